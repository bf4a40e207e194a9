"""The HTML report in a browser: a motif is clicked, and its occurrences appear."""

from dataclasses import replace

import numpy as np
import pytest

from motifkit.report.html import comparison_html
from tests.report.comparisons import arms, comparison, curves, embeddings, mined, series
from tests.report.pages import HOSTILE, LAPTOP, PHONE, WIDEST

DRAWN = """() => {
  const { data, dataset, layout } = document.getElementById("figure-timeline");
  const known = (trace) => trace.x.filter((x) => x !== null);
  return { row: dataset.row, line: data[0].x.length, mined: known(data[1]), learned: known(data[2]),
           lanes: [data[3].x.length, data[4].x.length], type: layout.xaxis.type };
}"""


def everything(compared, **changed):
    given = {
        "series": series(),
        "embeddings": embeddings(compared),
        "mined": mined(compared),
        "curves": curves(),
        "arms": arms(),
    }
    return given | changed


@pytest.fixture(scope="module")
def whole_page(opened):
    """By the day, and too long to be drawn row by row."""
    return opened(
        comparison_html(comparison(), **everything(comparison(), series=series(20_000, dated=True)))
    )


@pytest.fixture(scope="module")
def page_of_names(opened):
    """Names that are long, or look like markup."""
    compared = comparison(
        n_channels=3, channels=("Open", HOSTILE, "a_very_long_name" * 8), source=HOSTILE + "x" * 300
    )
    compared = replace(compared, rows=(replace(compared.rows[0], label=HOSTILE), *compared.rows[1:]))
    given = everything(
        compared,
        series=series(name=HOSTILE, n_episodes=3),
        arms=[arms()[0]._replace(name=HOSTILE)],
        curves=[curves()[0]._replace(name=HOSTILE)],
    )
    return opened(comparison_html(compared, **given), viewport=PHONE, scheme="dark")


def rows_of(occurrences):
    return sorted(row for one in occurrences for row in range(one.start, one.end))


def times_of(occurrences):
    first = np.datetime64("2004-08-19", "ms") + np.array(rows_of(occurrences)) * np.timedelta64(1, "D")
    return first.astype(int).tolist()


def test_a_clicked_motif_shows_its_occurrences(whole_page):
    compared, page = comparison(), whole_page
    before = page.evaluate(DRAWN)
    assert before["row"] == "0" and page.locator("#chosen").inner_text() == "Row 0: motif A"
    page.locator("#rows tbody tr", has_text="B 0.91").click()
    page.wait_for_selector("#figure-timeline[data-row='1']")
    after = page.evaluate(DRAWN)
    assert after["learned"] == times_of(compared.rows[1].occurrences) != before["learned"]
    assert after["mined"] == times_of(mined(compared)["B"]) != before["mined"]
    assert after["lanes"] == [len(mined(compared)["B"]), 12]
    assert page.locator("#shown").inner_text() == "9 mined, 12 answered to now"
    assert page.locator("#figure-timeline .scatterlayer .trace path.js-line").count() == 1 + 9 + 12
    assert page.locator("tr[aria-selected='true']").get_attribute("data-index") == "1"
    shapes = page.evaluate("() => document.getElementById('figure-prototypes').data.map((one) => one.y)")
    assert np.allclose(shapes[0], compared.rows[1].mined_answer[:, 0], rtol=1e-4, atol=1e-5)
    assert np.allclose(shapes[2], compared.rows[1].answer[:, 0], rtol=1e-4, atol=1e-5)


def test_keys_and_bars_choose_rows(whole_page):
    page = whole_page
    page.locator("#rows tbody tr").first.click()
    page.locator("#rows tbody tr[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(DRAWN)["row"] == "0"
    page.keyboard.press("Enter")
    after = page.evaluate(DRAWN)
    assert after["row"] == "2" and not after["learned"] and len(after["mined"]) == 24
    assert "answers to nothing now" in page.locator("#figure-prototypes").inner_text()
    page.locator("#figure-rows .barlayer .point").nth(3).click(force=True)
    page.wait_for_selector("#figure-timeline[data-row='3']")


def test_occurrences_are_visited_one_by_one(whole_page):
    page = whole_page
    page.locator("#rows tbody tr").first.click()
    whole = page.evaluate(DRAWN)
    assert whole["type"] == "date" and 1_000 < whole["line"] <= 5_000
    page.locator("#next").click()
    page.wait_for_function("() => document.getElementById('figure-timeline').data[0].x.length < 500")
    near = page.evaluate("() => document.getElementById('figure-timeline').layout.xaxis.range")
    assert near[0].startswith("2004-08-19") and near[1].startswith("2004-1")
    page.locator("#whole").click()
    page.wait_for_function(
        "(n) => document.getElementById('figure-timeline').data[0].x.length === n", arg=whole["line"]
    )
    page.locator("#rows tbody tr").last.click()
    assert page.locator("#next").is_disabled()


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_is_wider_than_the_page(page_of_names, viewport):
    page = page_of_names
    page.set_viewport_size(viewport)
    page.wait_for_function(
        f"() => Math.abs(({WIDEST})() - {viewport['width']}) < 60"
    )  # figures are drawn anew
    page.locator("#rows tbody tr").nth(1).click()
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert page.evaluate(WIDEST) <= viewport["width"]


def test_without_times_occurrences_stand_on_rows(page_of_names):
    compared, page = comparison(), page_of_names
    page.locator("#rows tbody tr").nth(1).click()
    page.wait_for_selector("#figure-timeline[data-row='1']")
    drawn = page.evaluate(DRAWN)
    assert drawn["learned"] == rows_of(compared.rows[1].occurrences)
    assert drawn["mined"] == rows_of(mined(compared)["B"]) and drawn["type"] == "linear"


def test_names_are_only_text(page_of_names):
    page = page_of_names
    page.locator("#rows tbody tr").first.click()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img[src='x'], a").count() == 0
    assert page.locator("#chosen").inner_text() == f"Row 0: motif {HOSTILE}"


def test_little_is_given(opened):
    compared = comparison(agent=False, truth=False)
    page = opened(comparison_html(compared))
    page.locator("#rows tbody tr").nth(4).click()
    assert page.locator("#chosen").inner_text() == "Row 4: began random"
    page = opened(comparison_html(replace(compared, rows=()), curves=curves()))
    assert page.locator(".js-plotly-plot").count() == 1
