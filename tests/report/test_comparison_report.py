"""The report of learned against mined motifs says what the comparison holds, whatever its names and sizes."""

import base64
import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from motifkit.errors import FileAccessError
from motifkit.report import html_figures
from motifkit.report.comparison import comparison_to_dict, sentence
from motifkit.report.comparison_figures import comparison_figures, save_comparison_figures
from motifkit.report.comparison_table import render_comparison
from motifkit.report.embedding_map import Embeddings, embedding_map
from motifkit.report.html import comparison_html
from motifkit.report.html_page import write_page
from motifkit.report.series import Series, SeriesAxis, keep
from motifkit.types import Occurrence
from tests.report.comparisons import (
    arms,
    comparison,
    curves,
    embeddings,
    mined,
    places,
    row,
    series,
)

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>$x_{$"


class Page(HTMLParser):
    """Tags, text and data of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.texts, self._inside = [], [], [], None
        self.feed(text)
        self.data = json.loads(self.scripts[0], parse_constant=pytest.fail)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.texts.append(data)


def decoded(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def full_page(compared, **changed):
    given = {
        "series": series(dated=True),
        "embeddings": embeddings(compared),
        "mined": mined(compared),
        "curves": curves(),
        "arms": arms(),
    }
    return comparison_html(compared, **(given | changed))


def test_sentence_says_it_all():
    assert sentence(comparison()) == (
        "3 of 4 mined motifs are still used; mean cosine to the mined rows 0.89 (1 = unchanged); "
        "rows 0 (A), 1 (B) and 4 matter to the return, most row 0 (A): masking it costs 3.14 of 12.40 (95% interval "
        "2.40 to 3.90); row 4 learned something that no miner found; motif C fell out of use; the learned rows "
        "recover the 3 planted shapes with a mean F1 of 0.64."
    )
    assert comparison().sentence() == sentence(comparison())


@pytest.mark.parametrize(
    ("rows", "fallen", "told"),
    [
        ([row(0, "A"), row(1, "B")], (), "All 2 mined motifs are still used; "),
        ([row(0, "A"), row(1, "B")], ("A", "B"), "None of the 2 mined motifs is still used; "),
        ([row(0, "A")], (), "The mined motif is still used; "),
        ([row(0, "A")], ("A",), "The mined motif is no longer used; "),
        ([row(0, None)], (), "No row was seeded with a mined motif; "),
    ],
)
def test_sentence_counts(rows, fallen, told):
    compared = replace(comparison(agent=False, truth=False), rows=tuple(rows), fallen_out=fallen)
    assert sentence(compared).startswith(told) and "nan" not in sentence(compared)


def test_sentence_about_the_return():
    few = (row(0, "A", loss=(0.1, -0.2, 0.4)), row(1, "B", loss=(0.0, -0.1, 0.1)))
    compared = replace(comparison(), rows=few)
    assert "masking any single row costs no more return than chance explains" in sentence(compared)
    one = replace(compared, rows=(few[0], row(1, "B", loss=(2.0, 1.0, 3.0))))
    assert "only row 1 (B) matters to the return: masking it costs 2.00 of 12.40" in sentence(one)
    many = replace(compared, rows=tuple(row(k, None, loss=(k + 1.0, 0.5, k + 2.0)) for k in range(9)))
    assert "9 of 9 rows matter to the return, most row 8: masking it costs 9.00" in sentence(many)
    assert "matter" not in sentence(comparison(agent=False))


def test_dict_is_strict_json():
    found = Occurrence(0, 5, 13, 0.25, np.datetime64("2004-08-19", "us"), np.datetime64("2004-08-26", "us"))
    compared = replace(comparison(agent=False), rows=(row(0, "A", occurrences=(found,)), row(1, None, n=0)))
    plain = json.loads(json.dumps(comparison_to_dict(compared), allow_nan=False))
    assert plain["schema"] == "motifkit.comparison/1" and plain["mean_return"] is None
    assert plain["rows"][0]["occurrences"] == [
        {
            "episode": 0,
            "start": 5,
            "end": 13,
            "distance": 0.25,
            "start_time": "2004-08-19T00:00:00.000000",
            "end_time": "2004-08-26T00:00:00.000000",
        }
    ]
    assert plain["rows"][0]["used"] is True and plain["rows"][0]["matters"] is False
    assert plain["rows"][1]["drift"] is None and plain["rows"][1]["answer"][0] == [None]
    assert plain["recovered"][2] == {"shape": 2, "row": None, "precision": None, "recall": 0.0, "f1": 0.0}
    assert plain["channels"] == ["Close"] and plain["f1"] == pytest.approx(0.6357, abs=1e-4)
    assert plain == compared.as_dict()


@pytest.mark.parametrize("width", [72, 80, 100, 120])
@pytest.mark.parametrize("given", [{}, {"n_channels": 4}, {"agent": False}], ids=str)
def test_table_fits(width, given):
    text = render_comparison(comparison(**given), width=width)
    assert max(map(len, text.splitlines())) <= width and "nan" not in text and "\x1b" not in text


def test_table_says_what_became_of_rows():
    lines = render_comparison(comparison()).splitlines()
    assert lines[2].split()[4:] == [
        *("0.97", "A", "0.91", "6.4%", "8.0%", "20", "/", "20", "/", "3", "3.14", "[2.40,", "3.90]"),
        *("used,", "matters"),
    ]
    assert lines[4].endswith("unused, fell out") and lines[6].endswith("used, matters, discovery")
    assert "masked" not in render_comparison(comparison(agent=False))
    styled = render_comparison(comparison(), styled=True).splitlines()
    assert "\x1b[1m" in styled[2] and "\x1b[2m" in styled[4]


def test_page_is_one_file_with_everything():
    text = full_page(comparison())
    page = Page(text)
    assert len(page.scripts) == 3 and not [a for _, a in page.tags if {"src", "href"} & set(a)]
    assert "default-src 'none'" in text and len(text) < 6_000_000
    shown = " ".join(" ".join(page.texts).split())
    for words in (
        *(sentence(comparison()), "12.40 over 50 fresh episodes", "3.14 [2.40, 3.90]", "20 / 20 / 3"),
        *("12.90 [12.10, 13.60] 62,000 81.0%", "6.10 [5.20, 7.30] never -", "Planted shapes recovered"),
    ):
        assert words in shown
    assert list(page.data["figures"]) == ["prototypes", "rows", "timeline", "map", "curves"]
    labels = {name: figure["layout"] for name, figure in page.data["figures"].items()}
    assert labels["timeline"]["xaxis"]["title"]["text"] == "date (UTC)"
    assert labels["timeline"]["yaxis"]["title"]["text"] == "Close (USD)"
    assert labels["curves"]["xaxis"]["title"]["text"] == "environment steps"
    assert labels["prototypes"]["yaxis"]["title"]["text"] == "Close (as observed)"


def test_page_carries_windows_and_occurrences():
    compared = comparison()
    data = Page(full_page(compared)).data
    assert data["chosen"] == 0  # the row that costs most
    one = data["rows"][1]
    assert one["answer"] == [[pytest.approx(x, rel=1e-5) for x in compared.rows[1].answer[:, 0]]]
    assert data["rows"][2]["answer"] is None and data["rows"][4]["mined_answer"] is None
    starts = [place[3] for place in one["learned"]]
    assert starts == sorted(o.start for o in compared.rows[1].occurrences)
    assert [place[3] for place in one["mined"]] == sorted(o.start for o in mined(compared)["B"])
    rows = decoded(data["timeline"]["rows"], "<i4")
    assert all(rows[at] == start for at, _, _, start, _ in one["learned"])


def test_names_are_only_text():
    compared = comparison(channels=(HOSTILE,), source=HOSTILE)
    compared = replace(compared, rows=(replace(compared.rows[0], label=HOSTILE), *compared.rows[1:]))
    text = full_page(
        compared,
        series=series(name=HOSTILE, unit=HOSTILE),
        arms=[replace_name(arms()[0])],
        curves=[replace_name(curves()[0])],
    )
    page = Page(text)
    assert len(page.scripts) == 3 and not [tag for tag, _ in page.tags if tag == "img"]
    assert page.data["rows"][0]["label"] == HOSTILE and HOSTILE in " ".join(page.texts)
    assert HOSTILE not in json.dumps(page.data["figures"])  # plotly reads some HTML


def replace_name(one):
    return one._replace(name=HOSTILE)


def test_long_series_are_thinned():
    given = series(20_000, dated=True)
    text = full_page(comparison(), series=given)
    data = Page(text).data["timeline"]
    assert len(text) < 6_000_000
    values, on_line = decoded(data["values"], "<f8"), decoded(data["on_line"], "u1").astype(bool)
    assert 1_000 < on_line.sum() <= 5_000 and len(values) == 20_000
    assert values[on_line].max() == given[0].values.max() and values[on_line].min() == given[0].values.min()


def test_very_long_series_keep_what_is_shown():
    axis = SeriesAxis(series(300_000))
    groups = {f"row {k}": places(700, 13 * k, every=401) for k in range(20)}
    kept, shown = keep(axis, groups)
    assert len(kept.rows) <= 55_000 and 10 <= len(shown["row 3"]) < 700
    assert shown["row 3"][0] == groups["row 3"][0]  # the nearest
    for one in shown["row 3"]:
        assert (np.diff(kept.rows[kept.position(one.start) :][: one.end - one.start]) == 1).all()


def test_many_short_episodes():
    axis = SeriesAxis([Series(np.arange(10.0))] * 10_000)
    assert len(axis.line_rows()) <= 10_000 and axis.time_label == "row"
    gap = SeriesAxis([Series(np.array([1.0, np.nan, 3.0]))])
    assert gap.line_rows().tolist() == [0, 1, 2] and not gap.spans_decades


def test_less_is_given():
    compared = comparison(agent=False, truth=False, n_channels=9)
    page = Page(comparison_html(compared))
    assert list(page.data["figures"]) == ["prototypes", "rows"] and page.data["timeline"] is None
    shown = " ".join(page.texts)
    assert "return lost when masked" not in shown and "3 are not" in shown and "nan" not in shown
    assert len(page.data["rows"][0]["answer"]) == html_figures.MAX_CHANNELS
    none = Page(comparison_html(replace(compared, rows=()), series=series(), curves=curves(), title="Mine"))
    assert list(none.data["figures"]) == ["curves"] and "Mine" in none.texts


@pytest.mark.parametrize("one", [Occurrence(0, 4995, 5003, 0.1), Occurrence(1, 0, 8, 0.1)])
def test_occurrences_of_other_data_are_refused(one, tmp_path):
    compared = replace(comparison(), rows=(row(0, "A", occurrences=(one,)),))
    with pytest.raises(ValueError, match=r"row 0 occurs at rows .* give the data that were compared"):
        comparison_html(compared, series=series())
    with pytest.raises(ValueError, match="give the data"):
        save_comparison_figures(tmp_path, compared, series=series())
    assert not list(tmp_path.iterdir())


def test_a_report_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "report.html"
    write_page(path, comparison_html(comparison()))
    before = path.read_bytes()
    with pytest.raises(FileAccessError, match="exists already"):
        write_page(path, comparison_html(comparison(source="other.csv")))
    assert path.read_bytes() == before
    write_page(path, comparison_html(comparison(source="other.csv")), overwrite=True)
    assert b"other.csv" in path.read_bytes()


def test_pictures(tmp_path):
    compared = comparison()
    given = {
        "series": series(20_000, dated=True),
        "embeddings": embeddings(compared),
        "mined": mined(compared),
        "curves": curves(),
    }
    figures = comparison_figures(compared, **given)
    assert all(axes.get_xlabel() for figure in figures.values() for axes in figure.axes[-1:])
    lines, lanes = figures["occurrences"].axes
    assert lines.get_ylabel() == "Close (USD)" and lanes.get_xlabel() == "date (UTC)"
    assert len(lanes.collections[0].get_segments()) == 23 and len(lanes.collections[1].get_segments()) == 40
    panels = {axes.get_label(): axes for axes in figures["prototypes"].axes}
    assert np.array_equal(panels["mined 1"].lines[0].get_ydata(), compared.rows[1].mined_answer[:, 0])
    assert np.array_equal(panels["learned 1"].lines[0].get_ydata(), compared.rows[1].answer[:, 0])
    assert panels["mined 4"].texts[0].get_text() == "no mined motif"
    paths = save_comparison_figures(tmp_path, compared, **given)
    assert [path.name for path in paths] == [
        *("prototypes.png", "rows.png", "occurrences.png", "map.png", "curves.png")
    ]
    for path in paths:
        with Image.open(path) as image:
            image.load()
            assert image.width > 900
    (tmp_path / "map.png").unlink()
    with pytest.raises(FileAccessError, match="exists already"):
        save_comparison_figures(tmp_path, compared, **given)
    assert not (tmp_path / "map.png").exists()


def test_pictures_of_hostile_names_and_channels(tmp_path):
    compared = comparison(n_channels=5, channels=(HOSTILE, "b"), source=HOSTILE)
    compared = replace(compared, rows=(replace(compared.rows[0], label=HOSTILE), compared.rows[4]))
    named = [replace_name(curves()[0])]
    saved = save_comparison_figures(
        tmp_path, compared, series=series(name=HOSTILE, n_episodes=2), curves=named
    )
    assert len(saved) == 4


def test_map_keeps_directions():
    rng = np.random.default_rng(0)
    mined_rows, learned = rng.normal(size=(3, 8)), rng.normal(size=(5, 8))
    found = embedding_map(Embeddings(mined_rows, learned, ("A", "B", "C")))
    longer = embedding_map(Embeddings(7 * mined_rows, learned, ("A", "B", "C")))
    assert np.allclose(found.mined, longer.mined) and 0 < found.shares[1] <= found.shares[0] <= 1
    learned[2] = np.nan
    assert np.isnan(embedding_map(Embeddings(mined_rows, learned, ("A", "B", "C"))).learned[2]).all()
    one = embedding_map(Embeddings(np.empty((0, 8)), np.ones((1, 8)), ()))
    assert one.learned.tolist() == [[0, 0]] and one.shares == (0, 0)
    with pytest.raises(ValueError, match="3 mined rows have 1 labels"):
        embedding_map(Embeddings(mined_rows, learned, ("A",)))
    with pytest.raises(ValueError, match="got"):
        embedding_map(Embeddings(mined_rows[:, :4], learned, ("A", "B", "C")))
