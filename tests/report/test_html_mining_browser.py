"""The page of mined motifs in a browser: a motif is clicked, and its occurrences lie on the candles."""

import pytest

from motifkit.report.html_mining import write_mining_report
from tests.report.comparisons import comparison
from tests.report.mining_reports import ARMS, backtest, candles, result
from tests.report.test_html_browser import BROWSER, HOSTILE, LAPTOP, PHONE, WIDEST, browser

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")

DRAWN = """() => {
  const { data, dataset } = document.getElementById("figure-timeline");
  return { row: dataset.row, type: data[0].type, candles: data[0].x.length, lane: data[3].x.length,
           marked: data[1].x.filter((x) => x !== null) };
}"""
LONG = "an arm with a rather long name " * 3

__all__ = ["browser"]  # a fixture


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """Open a page without a network; whatever a page complains of or asks for fails the last test."""
    complaints, contexts = [], []
    folder = tmp_path_factory.mktemp("pages")

    def open_page(mined, data, **given):
        path = folder / f"{len(contexts)}.html"
        write_mining_report(path, mined, data, **given)
        contexts.append(browser.new_context(viewport=PHONE, offline=True))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: one.url == path.as_uri() or complaints.append(one.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def test_a_clicked_motif_lies_on_the_candles_which_are_single_rows_where_zoomed_in(opened):
    page = opened(result(), candles())
    before = page.evaluate(DRAWN)
    assert before["type"] == "candlestick" and before["row"] == "0" and before["lane"] == 20
    page.locator("#rows tbody tr").nth(1).click()
    page.wait_for_selector("#figure-timeline[data-row='1']")
    after = page.evaluate(DRAWN)
    assert after["lane"] == 15 and len(after["marked"]) == 15 * 8 and after["marked"] != before["marked"]
    assert page.locator("#shown").inner_text() == "15 occurrences"
    assert page.locator("#figure-timeline .boxlayer path").count() == after["candles"] > 100
    page.locator("#next").click()
    page.wait_for_function("() => document.getElementById('figure-timeline').data[0].x.length < 400")
    steps = page.evaluate(
        "() => { const x = document.getElementById('figure-timeline').data[0].x; return [...x].map(Number) }"
    )
    page.wait_for_function(
        """() => { const x = document.getElementById('figure-timeline').data[0].x;
                   return x.length > 50 && Number(x[1]) - Number(x[0]) === 86400000 }"""
    )
    assert steps == sorted(steps)


@pytest.fixture(scope="module")
def full_page(opened):
    """With every part, and names that are long or look like markup; tests share it, since it takes seconds to open."""
    source = HOSTILE + "x" * 300
    named = backtest(names=(HOSTILE, LONG, *ARMS), verdict=HOSTILE)
    return opened(
        result(labels=[HOSTILE, "B", "C"], source=source),
        candles(source=source),
        backtest=named,
        comparison=comparison(),
    )


def test_all_arms_are_drawn(full_page):
    page = full_page
    legend = page.locator("#figure-equity .legendtext").all_text_contents()
    assert legend == [HOSTILE, LONG, *ARMS]
    assert page.locator("#figure-equity .scatterlayer path.js-line").count() >= len(ARMS)
    assert page.locator("#backtest .lede").inner_text() == HOSTILE
    assert page.locator("#figure-outcomes .point").count() == 3
    assert page.locator(".js-plotly-plot").count() == 4


def test_the_mining_page_is_no_wider_than_the_screen(full_page):
    page = full_page
    assert page.evaluate(WIDEST) <= PHONE["width"]
    page.set_viewport_size(LAPTOP)
    page.wait_for_function(f"() => ({WIDEST})() > {PHONE['width']}")  # the figures have been drawn anew
    assert page.evaluate(WIDEST) <= LAPTOP["width"]


def test_names_on_the_mining_page_are_only_text(full_page):
    page = full_page
    page.locator("#rows tbody tr").first.click()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img[src='x'], a").count() == 0


def test_a_page_without_motifs_opens(opened):
    page = opened(result(labels=""), candles())
    assert page.locator(".js-plotly-plot, table").count() == 0
