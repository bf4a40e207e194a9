"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  const plot = (name) => byId("figure-" + name);
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const count = (n) => n.toLocaleString("en");
  let chosen = null;
  let shownAt = null;  // number of the occurrence that is zoomed in on

  // Not Plotly.restyle: it lets axes guess their type anew, and dates are then taken for numbers.
  const redraw = (name) => Plotly.react(plot(name), plot(name).data, plot(name).layout);

  // ---- colours, which follow the reader's light or dark page

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const roles = { line: "line", mined: "mined", learned: "learned", ghost: "mined", ink: "ink", bar: "line" };

  function paint(name) {
    const { data: traces, layout } = plot(name);
    Object.assign(layout, {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour("ink"), family: getComputedStyle(document.body).fontFamily, size: 12.5 },
      hoverlabel: { bgcolor: colour("panel"), font: { color: colour("ink") } },
    });
    for (const key of Object.keys(layout).filter((one) => /^[xy]axis\d*$/.test(one))) {
      const grey = { gridcolor: colour("grid"), linecolor: colour("rule"), zerolinecolor: colour("rule") };
      Object.assign(layout[key], grey);
    }
    for (const trace of traces) {
      const role = trace.meta && trace.meta.role;
      if (!role) continue;
      if (role === "candles") {
        for (const [way, name] of [["increasing", "up"], ["decreasing", "down"]]) {
          trace[way] = { line: { color: colour(name), width: 1.2 }, fillcolor: colour(name) };
        }
        continue;
      }
      const one = colour(roles[role] || role);
      const lit = (_, i) => (i === chosen ? colour("learned") : one);
      trace.marker = { ...trace.marker, color: role === "bar" && name === "rows" ? data.rows.map(lit) : one };
      if (trace.type === "scatter") {
        trace.line = { ...trace.line, color: one };
        trace.marker.line = { ...trace.marker.line, color: one };
      }
      if (trace.fill) trace.fillcolor = one;
      for (const bars of ["error_x", "error_y"]) if (trace[bars]) trace[bars] = { ...trace[bars], color: one };
    }
    for (const shape of layout.shapes || []) shape.line = { ...shape.line, color: colour("soft") };
    redraw(name);
  }

  // ---- the series, its line as fine as the zoom allows, and occurrences on it

  function decoded(text, Type) {
    return new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  }

  const timeline = data.timeline && plot("timeline") ? {
    rows: decoded(data.timeline.rows, Int32Array),
    values: decoded(data.timeline.values, Float64Array),
    onLine: decoded(data.timeline.on_line, Uint8Array),
    breaks: new Set(data.timeline.breaks),
    candles: data.timeline.candles ? data.timeline.candles.map((column) => decoded(column, Float64Array)) : null,
  } : null;
  if (timeline) timeline.x = data.timeline.times ? decoded(data.timeline.times, Float64Array) : timeline.rows;

  function lineBetween(from, to) {
    const seen = [];
    for (let i = 0; i < timeline.x.length; i++) if (timeline.x[i] >= from && timeline.x[i] <= to) seen.push(i);
    const all = seen.length <= data.timeline.max_line;
    const x = [], y = [];
    let last = null;
    for (const i of seen) {
      if (timeline.breaks.has(timeline.rows[i]) && last !== null) { x.push(timeline.x[i]); y.push(null); }
      if (all || timeline.onLine[i]) { x.push(timeline.x[i]); y.push(timeline.values[i]); last = i; }
    }
    return { x, y };
  }

  // More candles than can be told apart are put together: first open, highest, lowest, last close.
  const maxCandles = 240;

  function candlesBetween(from, to) {
    const seen = [];
    for (let i = 0; i < timeline.x.length; i++) if (timeline.x[i] >= from && timeline.x[i] <= to) seen.push(i);
    const size = Math.ceil(seen.length / maxCandles) || 1;
    const drawn = { x: [], open: [], high: [], low: [], close: [] };
    const [open, high, low, close] = timeline.candles;
    const known = (i) => [open, high, low, close].every((column) => Number.isFinite(column[i]));
    let group = [];
    const flush = () => {
      const some = group.filter(known);
      if (some.length) {
        drawn.x.push(timeline.x[group[Math.floor(group.length / 2)]]);
        drawn.open.push(open[some[0]]); drawn.close.push(close[some[some.length - 1]]);
        drawn.high.push(Math.max(...some.map((i) => high[i]))); drawn.low.push(Math.min(...some.map((i) => low[i])));
      }
      group = [];
    };
    for (const i of seen) {
      if (group.length === size || timeline.breaks.has(timeline.rows[i])) flush();
      group.push(i);
    }
    flush();
    return drawn;
  }

  function drawLine(from, to) {
    const { data: traces, layout } = plot("timeline");
    const margin = Number.isFinite(to - from) ? to - from : 0;
    const between = timeline.candles ? candlesBetween : lineBetween;
    Object.assign(traces[0], between(from - margin, to + margin));
    const seen = between(from, to);
    const inside = (timeline.candles ? seen.low.concat(seen.high) : seen.y).filter((v) => v !== null && Number.isFinite(v));
    if (Number.isFinite(from) && inside.length) {
      const scale = layout.yaxis.type === "log" ? Math.log10 : (v) => v;
      const low = scale(inside.reduce((a, b) => Math.min(a, b)));
      const high = scale(inside.reduce((a, b) => Math.max(a, b)));
      const pad = 0.08 * (high - low) || 1;
      layout.yaxis = { ...layout.yaxis, autorange: false, range: [low - pad, high + pad] };
    } else {
      layout.yaxis = { ...layout.yaxis, autorange: true };
    }
    redraw("timeline");
  }

  function told([at, length, episode, start, distance]) {
    const where = "rows " + count(start) + " to " + count(start + length);
    const whose = data.timeline.breaks.length ? " of episode " + episode : "";
    const day = data.timeline.times ? new Date(timeline.x[at]).toISOString().replace("T", " ").replace(/( 00:00)?:00.000Z/, "") + ", " : "";
    return day + where + whose + (distance === null ? "" : ", distance " + distance);
  }

  function pieces(occurrences) {
    const x = [], y = [], text = [];
    for (const one of occurrences) {
      for (let i = one[0]; i < one[0] + one[1]; i++) {
        x.push(timeline.x[i]); y.push(timeline.values[i]); text.push(told(one));
      }
      x.push(null); y.push(null); text.push("");
    }
    return { x, y, text };
  }

  function drawOccurrences(row) {
    const element = plot("timeline");
    const middle = (one) => timeline.x[one[0] + Math.floor(one[1] / 2)];
    [row.mined, row.learned].forEach((occurrences, i) => {
      Object.assign(element.data[1 + i], pieces(occurrences));
      Object.assign(element.data[3 + i], { x: occurrences.map(middle), y: occurrences.map(() => 1 - i), text: occurrences.map(told) });
    });
    redraw("timeline");
    Object.assign(element.dataset, { row: row.row, mined: row.mined.length, learned: row.learned.length });
    const some = (shown, all) => (shown < all ? "the nearest " + count(shown) + " of " + count(all) : count(all));
    byId("shown").textContent = data.mining ? some(row.mined.length, row.n_mined) + " occurrences" : (data.has_mined ? some(row.mined.length, row.n_mined) + " mined, " : "")
      + some(row.learned.length, row.n_learned) + " answered to now";
    const none = !row.mined.length && !row.learned.length;
    byId("previous").disabled = byId("next").disabled = none;
    shownAt = null;
  }

  function zoomTo(step) {
    const row = data.rows[chosen];
    const all = row.mined.concat(row.learned).sort((a, b) => a[0] - b[0]);
    const apart = all.filter((one, i) => i === 0 || one[0] >= all[i - 1][0] + all[i - 1][1]);
    shownAt = shownAt === null ? (step > 0 ? 0 : apart.length - 1) : (shownAt + step + apart.length) % apart.length;
    const [at, length] = apart[shownAt];
    const first = Math.max(at - 6 * length, 0), last = Math.min(at + 7 * length, timeline.x.length - 1);
    Plotly.relayout(plot("timeline"), { "xaxis.range": [timeline.x[first], timeline.x[last]].map(axisValue) });
  }

  const axisValue = (x) => (data.timeline.times ? new Date(x).toISOString() : x);
  // plotly gives dates back as text without a zone; they are UTC.
  const fromAxis = (v) => (typeof v === "string" ? Date.parse(v.replace(" ", "T").replace(/Z?$/, "Z")) : Number(v));

  function zoomed(change) {
    const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (change["xaxis.autorange"]) drawLine(-Infinity, Infinity);
    else if (range[0] !== undefined) drawLine(...range.map(fromAxis));
  }

  // ---- choosing a row

  function drawPrototypes(row) {
    const element = plot("prototypes");
    const n = element.data.length / 3;
    const channel = (window, j) => (window === null ? [] : window[j]);
    for (let j = 0; j < n; j++) {
      [row.mined_answer, row.mined_answer, row.answer].forEach((window, i) => {
        element.data[3 * j + i].y = channel(window, j);
      });
    }
    const titles = [row.label === null ? "no mined motif" : "mined: motif " + escaped(row.label),
      row.answer === null ? "answers to nothing now" : "answers to now"];
    element.layout.annotations = element.layout.annotations.map((one, i) => ({ ...one, text: titles[i] || "" }));
    redraw("prototypes");
  }

  function choose(index) {
    chosen = index;
    const row = data.rows[index];
    const lines = [...document.querySelectorAll("#rows tbody tr")];
    lines.forEach((line, i) => {
      line.setAttribute("aria-selected", String(i === index));
      line.tabIndex = i === index ? 0 : -1;
    });
    byId("chosen").textContent = row.title;
    const heads = [...document.querySelectorAll("#rows thead th")].map((th) => th.textContent);
    const cell = (one) => [...one.children].map((part) => part.textContent).join(", ") || one.textContent.trim();
    byId("chosen-facts").replaceChildren(...heads.map((name, i) => [name, cell(lines[index].cells[i])])
      .slice(data.mining ? 2 : 4).map(([name, value]) => {
        const [box, term, fact] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
        term.textContent = name; fact.textContent = value;
        box.append(term, fact);
        return box;
      }));
    if (plot("prototypes")) drawPrototypes(row);
    if (plot("rows")) paint("rows");
    if (timeline) drawOccurrences(row);
  }

  function listen() {
    const body = document.querySelector("#rows tbody");
    body.addEventListener("click", (event) => choose(Number(event.target.closest("tr").dataset.index)));
    body.addEventListener("keydown", (event) => {
      const line = event.target.closest("tr");
      const to = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling,
        Home: body.firstElementChild, End: body.lastElementChild }[event.key];
      if (to) { to.focus(); event.preventDefault(); }
      if (event.key === "Enter" || event.key === " ") { choose(Number(line.dataset.index)); event.preventDefault(); }
    });
    for (const name of ["rows", "map"].filter((one) => plot(one))) {
      plot(name).on("plotly_click", ({ points }) => {
        const index = data.rows.findIndex((row) => row.row === points[0].customdata);
        if (index >= 0) choose(index);
      });
    }
    if (!timeline) return;
    plot("timeline").on("plotly_relayout", zoomed);
    byId("previous").addEventListener("click", () => zoomTo(-1));
    byId("next").addEventListener("click", () => zoomTo(1));
    byId("whole").addEventListener("click", () => Plotly.relayout(plot("timeline"), { "xaxis.autorange": true }));
  }

  async function start() {
    const names = Object.keys(data.figures);
    for (const name of names) {
      const figure = data.figures[name];
      await Plotly.newPlot(plot(name), figure.data, figure.layout, config);
    }
    names.forEach(paint);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => names.forEach(paint));
    if (data.rows.length) {
      if (timeline) drawLine(-Infinity, Infinity);
      listen();
      choose(data.chosen);
    }
    document.documentElement.dataset.ready = "true";
  }

  start();
})();
