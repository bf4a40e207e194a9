"""The picture has the panels, labels and lines that it should, whatever the data."""

import io
import warnings
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

from motifkit.io.prices import as_dataset, read_prices
from motifkit.io.samples import sample_path
from motifkit.report.figures import plot_motifs
from motifkit.report.thinning import thinned
from motifkit.report.timeline import Timeline
from motifkit.types import MiningResult, Motif, Occurrence


def made(dataset, n=3, length=4, count=6, q=0.02, **parameters):
    rng = np.random.default_rng(0)
    lengths = [len(episode) for episode in dataset.episodes]
    motifs = tuple(
        Motif(
            rng.normal(size=(length, len(dataset.channels))),
            tuple(
                Occurrence(i % len(lengths), s, s + length, 0.1)
                for i, s in enumerate(rng.integers(0, min(lengths) - length + 1, count).tolist())
            ),
            radius=0.5,
            score=3.0,
            expected_count=5.25,
            p_value=q,
            q_value=q,
            label=f"M{k}",
        )
        for k in range(n)
    )
    parameters = {"length": length, "normalize": "zscore", **parameters}
    return MiningResult(motifs, "matrix_profile", parameters, dataset.channels, source="goog.csv")


@pytest.fixture(scope="module")
def goog():
    return read_prices(sample_path("goog.csv"))


def by_label(figure):
    return {axes.get_label(): axes for axes in figure.axes}


def test_panels_titles_and_labels(goog):
    figure = plot_motifs(made(goog, n=7), goog)
    axes = by_label(figure)
    assert list(axes) == [*(f"motif M{k}" for k in range(7)), "price", "lanes"]
    panel = axes["motif M0"]
    assert panel.get_title("left") == "M0"
    assert panel.get_title("right") == "6 times, 5.2 by chance, q = .020"
    assert panel.get_ylabel() == "standard deviations"
    assert axes["motif M6"].get_xlabel() == "bar of the motif"
    assert axes["price"].get_ylabel() == "Adj Close (currency of the data)"
    assert axes["lanes"].get_xlabel() == "date"
    assert [text.get_text() for text in axes["lanes"].get_yticklabels()] == [f"M{k}" for k in range(7)]
    assert "goog.csv" in figure.get_suptitle()


def test_every_occurrence_is_drawn(goog):
    axes = by_label(plot_motifs(made(goog, n=2, count=6), goog))
    overlaid = [c for c in axes["motif M0"].collections if isinstance(c, LineCollection)]
    assert len(overlaid[0].get_segments()) == 6
    assert np.allclose([s[:, 1].mean() for s in overlaid[0].get_segments()], 0)  # normalised
    assert len(axes["motif M0"].lines) == 1
    assert sum(len(c.get_segments()) for c in axes["price"].collections) == 12


def test_a_line_a_channel(goog):
    data = read_prices(sample_path("goog.csv"), columns=["open", "high", "low", "close"])
    figure = plot_motifs(made(data, joint=True), data)
    axes = by_label(figure)
    assert [line.get_label() for line in axes["motif M1"].lines] == ["Open", "High", "Low", "Close"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Open", "High", "Low", "Close"]
    assert axes["price"].get_ylabel() == "price (currency of the data)"


def test_chance_pales_a_motif(goog):
    for q, alpha in ((0.02, 1.0), (0.4, 0.45), (np.nan, 1.0)):
        axes = by_label(plot_motifs(made(goog, n=1, q=q), goog))
        assert axes["price"].collections[0].get_alpha() == alpha


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_file(goog, tmp_path, suffix):
    path = tmp_path / f"m.{suffix}"
    path.write_bytes(b"what is there is replaced")
    plot_motifs(made(goog), goog, path)
    data = path.read_bytes()
    assert data.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix])
    if suffix == "png":
        image = Image.open(io.BytesIO(data))
        image.load()
        assert image.width > 1500
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_million_rows_without_times():
    values = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(size=1_000_000)) * 1e-3)
    data = as_dataset(values)
    figure = plot_motifs(made(data, n=2, count=5000), data)
    axes = by_label(figure)
    line = axes["price"].lines[0].get_ydata()
    assert len(line) <= 12_000 and line.max() == values.max() and line.min() == values.min()
    assert len(axes["price"].collections[0].get_segments()) <= 3000
    assert axes["lanes"].get_xlabel() == "row"
    figure.savefig(io.BytesIO())


def test_no_motifs_episodes_and_odd_prices(tmp_path):
    data = as_dataset([np.arange(30.0) + 1, np.arange(20.0) ** 3 + 1])
    plot_motifs(made(data, n=0), data, tmp_path / "none.png")
    axes = by_label(plot_motifs(made(data), data))
    assert len(axes["price"].lines) == 2 and axes["price"].get_yscale() == "log"
    negative = as_dataset(np.sin(np.arange(50.0)))
    axes = by_label(plot_motifs(made(negative, normalize="none"), negative))
    assert axes["price"].get_ylabel() == "value (unit of the data)"
    assert axes["motif M0"].get_ylabel() == "value"


def test_many_motifs_say_what_is_left_out(goog):
    figure = plot_motifs(made(goog, n=33), goog)
    assert len(figure.axes) == 32 and "the first 30 are shown" in figure.get_suptitle()


def test_an_array_will_do(goog):
    values = goog.episodes[0].observations.ravel()
    assert len(plot_motifs(replace(made(goog), fingerprint=""), values).axes) == len(
        plot_motifs(made(goog), goog).axes
    )


def test_other_data_are_refused(goog):
    with pytest.raises(ValueError, match="give the dataset that was mined"):
        plot_motifs(made(goog), as_dataset(np.arange(10.0)))
    both = read_prices(sample_path("goog.csv"), columns=["open", "close"])
    with pytest.raises(ValueError, match="1 channel, the dataset 2"):
        plot_motifs(made(goog), both)


def test_thinned_keeps_extremes():
    values = np.random.default_rng(0).normal(size=100_003)
    values[[5, 70_000]] = 50, -50
    values[40] = np.nan
    rows = thinned(values, 100)
    assert len(rows) <= 400 and (np.diff(rows) > 0).all()
    assert {0, 5, 70_000, 100_002} <= set(rows.tolist())


def test_timeline_counts_rows_on_over_episodes():
    timeline = Timeline(as_dataset([np.arange(5.0), np.arange(7.0)]))
    assert timeline.piece(Occurrence(1, 2, 4, 0.0)).tolist() == [[7.0, 2.0], [8.0, 3.0]]
    assert timeline.middles([Occurrence(1, 2, 5, 0.0)]).tolist() == [8.0]


@pytest.mark.parametrize("name", ["$_{100}$ and $_{200", "株価", ":smile:"])
@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_names_of_files_and_columns_are_drawn_as_they_are(tmp_path, name, suffix):
    data = replace(as_dataset(np.random.default_rng(0).normal(size=(60, 2)) + 9), channels=(name, "$x$ $"))
    result = replace(made(data), source=f"{name}.csv")
    files = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no letter is said to be missing in a font
        for _ in range(2):
            files.append(tmp_path / f"{len(files)}.{suffix}")
            plot_motifs(result, data, files[-1])
    assert files[0].read_bytes() == files[1].read_bytes()
