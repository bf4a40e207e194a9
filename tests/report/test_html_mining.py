"""The page of mined motifs holds what there is to show and nothing else, whatever the names."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from motifkit.errors import DataError, FileAccessError
from motifkit.report.candle_chart import candles_end_to_end
from motifkit.report.html import comparison_html
from motifkit.report.html_backtest import OutOfSample, equity_figure, statistic_rows
from motifkit.report.html_mining import mining_html
from motifkit.report.html_page import write_page
from motifkit.report.outcome_panel import outcome_figure, outcome_words
from motifkit.report.series import MAX_ROWS
from tests.report.comparisons import comparison, series
from tests.report.mining_reports import ARMS, backtest, candles, result

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


def data_of(page):
    text = re.search(r'<script type="application/json" id="report-data">(.*?)</script>', page, re.S)[1]
    return json.loads(text, parse_constant=pytest.fail)


def test_candles_are_those_of_the_data():
    data = candles()
    plain = data_of(mining_html(result(), data))
    assert plain["figures"]["timeline"]["data"][0]["type"] == "candlestick"
    drawn = [np.frombuffer(base64.b64decode(one), "<f8") for one in plain["timeline"]["candles"]]
    assert np.array_equal(np.stack(drawn, 1), data.episodes[0].observations)
    assert np.array_equal(np.frombuffer(base64.b64decode(plain["timeline"]["values"]), "<f8"), drawn[3])


def test_channels_are_found_by_name_in_any_order():
    data = candles(named=("close", "LOW", "Volume", "high"))
    assert candles_end_to_end(data) is None
    renamed = replace(data, channels=("close", "LOW", "Open", "high"))
    assert np.array_equal(candles_end_to_end(renamed), data.episodes[0].observations[:, [2, 3, 1, 0]])
    assert candles_end_to_end(replace(renamed, transform="return")) is None
    logs = replace(renamed, transform="log")
    assert np.allclose(candles_end_to_end(logs), np.exp(candles_end_to_end(renamed)))


def test_a_line_is_drawn_where_there_are_no_candles():
    plain = data_of(mining_html(result(), candles(named=("Close",))))
    assert plain["figures"]["timeline"]["data"][0]["type"] == "scatter"
    assert "candles" not in plain["timeline"]
    given = mining_html(result(), candles(named=("Close",)), ohlc=candles_end_to_end(candles()))
    assert data_of(given)["figures"]["timeline"]["data"][0]["type"] == "candlestick"


def test_too_many_candles_become_a_line():
    plain = data_of(mining_html(result(), candles(MAX_ROWS + 1)))
    assert plain["figures"]["timeline"]["data"][0]["type"] == "scatter"


def test_candles_of_another_length_are_refused():
    with pytest.raises(DataError, match=r"ohlc has shape \(9, 4\), the series wants \(3000, 4\)"):
        mining_html(result(), candles(named=("Close",)), ohlc=np.ones((9, 4)))


def test_other_data_than_were_mined_are_refused():
    with pytest.raises(DataError, match="give the data that were mined"):
        mining_html(replace(result(), fingerprint="a"), replace(candles(), fingerprint="b"))


def test_panels_without_content_are_left_out():
    page = mining_html(result(outcomes=False), candles())
    assert set(data_of(page)["figures"]) == {"timeline"}
    for heading in ("What followed each motif", "Out of sample", "What became of them in training"):
        assert heading not in page
    empty = mining_html(replace(result(), motifs=()), candles())
    assert data_of(empty)["figures"] == {} and "No motif was found." in empty


def test_everything_is_there_when_given():
    page = mining_html(result(), candles(), backtest=backtest(), comparison=comparison())
    assert set(data_of(page)["figures"]) == {"timeline", "outcomes", "equity", "bank"}
    for heading in ("What followed each motif", "Out of sample", "What became of them in training"):
        assert heading in page
    header = page[page.index("<header>") : page.index("</header>")]
    assert "Out of sample: No arm does better than holding." in header


def test_plotly_is_there_once_and_the_page_stays_small():
    page = mining_html(result(), candles(), backtest=backtest())
    assert page.count("plotly.js v") == 1
    assert len(re.findall(r"<script", page[: page.index("plotly.js v")])) == 2
    assert len(page.encode()) < 6_000_000


def test_a_page_without_figures_does_without_plotly():
    page = mining_html(replace(result(), motifs=()), candles())
    assert "plotly.js v" not in page and len(page.encode()) < 60_000


def test_outcomes_keep_point_and_interval():
    motifs = result().motifs
    trace = outcome_figure(motifs)["data"][0]
    assert trace["y"] == ["A (n=20)", "B (n=15)", "C (n=10)"]
    for x, up, down, motif in zip(
        trace["x"], trace["error_x"]["array"], trace["error_x"]["arrayminus"], motifs, strict=True
    ):
        one = motif.outcome
        assert np.allclose([x, x + up, x - down], [100 * one.lift, 100 * one.high, 100 * one.low])
    assert trace["marker"]["symbol"] == ["circle", "circle-open", "circle-open"]


def test_outcome_words_count_what_survives_the_correction():
    motifs = result().motifs
    assert outcome_words(motifs).startswith("Returns after 1 of 3 motifs differ")
    assert outcome_words(motifs[1:]).startswith("Returns after none of 2 motifs")
    assert outcome_words(result(outcomes=False).motifs) == ""


def test_equity_keeps_arms_and_folds():
    figure = equity_figure(backtest())
    lines = [one for one in figure["data"] if one.get("mode") == "lines"]
    assert [one["name"] for one in lines] == list(ARMS)
    assert [shape["x0"][:10] for shape in figure["layout"]["shapes"]] == ["2010-07-20", "2011-02-05"]
    bands = [one for one in figure["data"] if one.get("fill") == "toself"]
    assert [len(one["x"]) for one in bands] == [1200] * 3


def test_a_band_that_is_not_known_is_not_drawn():
    given = backtest()
    given.curves[1].low[:] = np.nan
    bands = [one for one in equity_figure(given)["data"] if one.get("fill") == "toself"]
    assert [len(one["x"]) for one in bands] == [1200, 0, 1200]


def test_ragged_equity_is_refused():
    given = backtest()
    given.curves[0].equity = given.curves[0].equity[1:]
    with pytest.raises(DataError, match="'seeded agent' has arrays of different lengths"):
        equity_figure(given)


def test_missing_statistics_leave_a_dash():
    given = backtest()
    names, rows = statistic_rows(given._replace(statistics=given.statistics[:-1]))
    assert names == ["Sharpe ratio", "drawdown"]
    assert rows[0] == ["seeded agent", "0.50 [0.10, 0.90]", "0.50 [0.10, 0.90]"] and rows[2][2] == "-"


def test_names_are_escaped():
    given = backtest(names=(HOSTILE,), verdict=HOSTILE)
    page = mining_html(result(labels=[HOSTILE], source=HOSTILE), candles(source=HOSTILE), backtest=given)
    assert HOSTILE not in page and "<img" not in page[: page.index("plotly.js v")]
    assert HOSTILE not in comparison_html(comparison(source=HOSTILE), backtest=given)


def test_the_comparison_takes_a_backtest_and_candles():
    given = {"series": series(5000), "ohlc": candles_end_to_end(candles(5000))}
    page = comparison_html(comparison(), backtest=backtest(), **given)
    assert data_of(page)["figures"]["timeline"]["data"][0]["type"] == "candlestick"
    assert "equity" in data_of(page)["figures"]
    assert "Out of sample: No arm" in page[page.index("<header>") : page.index("</header>")]
    bare = comparison_html(comparison(), backtest=OutOfSample("Nothing was traded."))
    assert "Nothing was traded." in bare and "equity" not in data_of(bare)["figures"]


def test_a_file_that_is_there_stays(tmp_path):
    path = tmp_path / "report.html"
    write_page(path, mining_html(result(), candles()))
    with pytest.raises(FileAccessError):
        write_page(path, mining_html(result(), candles(), title="other"))
    write_page(path, mining_html(result(), candles(), title="other"), overwrite=True)
    assert "<h1>other</h1>" in path.read_text(encoding="utf-8")
