"""The page of mined motifs in a browser: a motif is clicked, and its occurrences lie on the candles."""

import pytest

from motifkit.report.html_mining import mining_html
from tests.report.comparisons import comparison
from tests.report.mining_reports import ARMS, backtest, candles, result
from tests.report.pages import HOSTILE, LAPTOP, PHONE, WIDEST

DRAWN = """() => {
  const { data, dataset } = document.getElementById("figure-timeline");
  return { row: dataset.row, type: data[0].type, candles: data[0].x.length, lane: data[3].x.length,
           marked: data[1].x.filter((x) => x !== null) };
}"""
LONG = "an arm with a rather long name " * 3


@pytest.fixture(scope="module")
def full_page(opened):
    """With every part, and names that are long or look like markup; tests share it, since it takes seconds to open."""
    source = HOSTILE + "x" * 300
    named = backtest(names=(HOSTILE, LONG, *ARMS), verdict=HOSTILE)
    mined = result(labels=[HOSTILE, "B", "C"], source=source)
    page = mining_html(mined, candles(source=source), backtest=named, comparison=comparison())
    return opened(page, viewport=PHONE)


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


def test_a_clicked_motif_lies_on_the_candles_which_are_single_rows_where_zoomed_in(full_page):
    page = full_page
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


def test_names_on_the_mining_page_are_only_text(full_page):
    page = full_page
    page.locator("#rows tbody tr").first.click()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img[src='x'], a").count() == 0


def test_a_page_without_motifs_opens(opened):
    page = opened(mining_html(result(labels=""), candles()))
    assert page.locator(".js-plotly-plot, table").count() == 0
