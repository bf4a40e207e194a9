"""The packaged data are what their README says, and can be made again."""

import hashlib
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from motifkit.errors import FileAccessError, UsageError
from motifkit.io.prices import read_prices
from motifkit.io.samples import planted_series, sample_path

DATASETS = Path(__file__).parents[2] / "datasets"
STATED = dict(
    reversed(pair)
    for pair in re.findall(r"([0-9a-f]{64})  (\S+)", (DATASETS / "README.md").read_text(encoding="utf-8"))
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_readme_states_the_checksums():
    assert set(STATED) == {p.name for p in DATASETS.glob("*.csv")}
    for name, stated in STATED.items():
        assert digest(DATASETS / name) == stated, name
        assert digest(sample_path(name)) == stated


def test_planted_is_made_again(tmp_path):
    runpy.run_path(str(DATASETS / "make_planted.py"))["write"](tmp_path)
    for name in ("planted.csv", "planted_truth.csv"):
        assert digest(tmp_path / name) == STATED[name]


def test_goog_is_made_again(tmp_path):
    pytest.importorskip("matplotlib")
    assert runpy.run_path(str(DATASETS / "make_goog.py"))["write"](tmp_path / "goog.csv") == 1047
    assert digest(tmp_path / "goog.csv") == STATED["goog.csv"]


def test_planted_file_reads_back():
    values, truth = planted_series()
    data = read_prices(sample_path("planted.csv"))
    np.testing.assert_allclose(data.episodes[0].observations[:, 0], values, atol=5e-5)
    rows = sample_path("planted_truth.csv").read_text().split()[1:]
    assert rows == [f"{one.start},{one.end},{one.shape}" for one in truth]


@pytest.mark.parametrize("background", ["noise", "walk"])
def test_planted_shapes_lie_where_the_truth_says(background):
    values, truth = planted_series(1500, 3, 20, 10, noise=0.1, background=background, seed=4)
    starts = np.array([one.start for one in truth])
    assert len(values) == 1500 and (np.diff(starts) >= 20).all() and truth[-1].end <= 1500
    pieces = np.array([values[one.start : one.end] for one in truth])
    pieces = (pieces - pieces.mean(1, keepdims=True)) / pieces.std(1, keepdims=True)
    shape = np.array([one.shape for one in truth])
    assert np.bincount(shape).tolist() == [10, 10, 10]
    likeness = pieces @ pieces.T / 20
    same = shape[:, None] == shape[None, :]
    assert likeness[same].min() > 0.9 > 0.6 > likeness[~same].max()


def test_walk_goes_on_without_a_jump():
    values, truth = planted_series(2000, noise=0.0, background="walk", seed=1)
    steps = np.abs(np.diff(values))
    assert max(steps[one.end - 1] for one in truth if one.end < 2000) < 5


def test_seed_decides():
    assert np.array_equal(planted_series(seed=3)[0], planted_series(seed=3)[0])
    assert not np.array_equal(planted_series(seed=3)[0], planted_series(seed=4)[0])


def test_a_full_series_is_possible():
    values, truth = planted_series(n=64, n_shapes=2, length=8, count=4)
    assert [one.start for one in truth] == list(range(0, 64, 8)) and len(values) == 64


def test_bad_arguments():
    for options in (
        {"n": 100},
        {"n": 2000.5},
        {"length": 3},
        {"count": 0},
        {"noise": -1.0},
        {"noise": float("nan")},
        {"seed": -1},
        {"background": "sea"},
    ):
        with pytest.raises(UsageError):
            planted_series(**options)
    for name in ("none.csv", "../pyproject.toml", "README"):
        with pytest.raises(FileAccessError, match="there is no sample"):
            sample_path(name)
