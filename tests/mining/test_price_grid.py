"""Grids that prices lie on: found under every transform, and surrogates that stay on them."""

import numpy as np
import pytest

from motifkit.io.prices import as_dataset
from motifkit.mining.frame import Frame
from motifkit.mining.mine import mine
from motifkit.mining.price_grid import PriceGrid
from motifkit.mining.surrogates import Surrogates
from motifkit.types import Episode, TrajectoryDataset


def ticks(n, deviation=0.7, seed=0):
    """Random walk of whole ticks, whose steps are negatively correlated by the rounding."""
    return np.round(np.random.default_rng(seed).normal(0, deviation, n).cumsum())


def prices_of(observations, transform, first):
    if transform == "level":
        return observations[:, 0]
    if transform == "log":
        return np.exp(observations[:, 0])
    return np.concatenate([[first], first * (1 + observations[:, 0]).cumprod()])


@pytest.mark.parametrize("transform", ["level", "log", "return"])
@pytest.mark.parametrize(
    ("spacing", "base"), [(0.01, 50.0), (0.25, 100.125), (0.015625, 110.0), (1.0, 900.0)]
)
def test_surrogates_move_by_whole_ticks(spacing, base, transform):
    prices = base + spacing * ticks(500)
    data = as_dataset(prices, transform=transform)
    grid = PriceGrid(data)
    assert grid.spacing == pytest.approx([spacing])
    surrogate = Surrogates(data).draw(np.random.default_rng(1)).episodes[0].observations
    steps = np.diff(prices_of(surrogate, transform, prices[0])) / spacing
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert len(surrogate) == len(data.episodes[0]) and not np.allclose(
        surrogate, data.episodes[0].observations
    )


@pytest.mark.parametrize("transform", ["level", "log", "return"])
def test_steps_are_the_same_and_keep_their_correlation(transform):
    prices = 2000 + ticks(2000)
    data = as_dataset(prices, transform=transform)
    surrogates = Surrogates(data)
    assert surrogates.keeps_correlation
    copy = surrogates.draw(np.random.default_rng(3)).episodes[0].observations
    before, after = np.diff(prices), np.round(np.diff(prices_of(copy, transform, prices[0])))
    assert np.mean(np.sort(before) == np.sort(after)) > 0.97  # a compounded path may round to a neighbour
    lag1 = [np.corrcoef(steps[1:], steps[:-1])[0, 1] for steps in (before, after)]
    assert lag1[0] < -0.1 and lag1[1] == pytest.approx(lag1[0], abs=0.05)


def test_single_precision_hides_no_grid():
    prices = (1.08 + 1e-4 * ticks(300)).astype(np.float32)
    assert PriceGrid(as_dataset(prices)).spacing == pytest.approx([1e-4])


def test_each_channel_has_its_own():
    rng = np.random.default_rng(0)
    x = np.column_stack([20 + 0.05 * ticks(200), rng.normal(size=200).cumsum(), rng.integers(0, 2, 200)])
    data = as_dataset(x)
    np.testing.assert_allclose(PriceGrid(data).spacing, [0.05, 0, 1])
    copy = Surrogates(data).draw(rng).episodes[0].observations
    assert set(np.unique(copy[:, 2])) <= {0.0, 1.0}
    np.testing.assert_allclose(copy[:, 0] / 0.05, np.round(copy[:, 0] / 0.05), atol=1e-6)


@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(0).normal(size=300).cumsum(),
        np.round(np.random.default_rng(0).normal(size=300).cumsum(), 6),  # too fine to matter
        np.full(300, 2.5),
        np.arange(5.0),  # too few to tell
        np.random.default_rng(0).normal(size=300) * 1e307,
        np.random.default_rng(0).normal(size=300) * 1e-300,
    ],
)
def test_no_grid(x):
    data = TrajectoryDataset((Episode(x[:, None]),), ("x",))
    grid = PriceGrid(data)
    assert not grid and grid.rounded(x[:, None], 0) is not None
    np.testing.assert_array_equal(grid.rounded(x[:, None], 0), x[:, None])


def test_returns_of_several_channels_have_none():
    both = np.column_stack([50 + 0.01 * ticks(200), 60 + 0.01 * ticks(200, seed=1)])
    assert not PriceGrid(as_dataset(both, transform="return"))


def test_missing_rows_are_passed_over():
    x = 5 + 0.5 * ticks(100)
    x[[3, 50]] = np.nan
    data = TrajectoryDataset((Episode(x[:, None]),), ("x",))
    assert PriceGrid(data).spacing == [0.5]
    copy = Surrogates(data).draw(np.random.default_rng(0)).episodes[0].observations
    np.testing.assert_array_equal(np.isnan(copy), np.isnan(data.episodes[0].observations))


@pytest.mark.parametrize("normalize", ["zscore", "mean", "none"])
def test_a_frame_changes_no_grid(normalize):
    data = as_dataset(20 + 0.05 * ticks(200), transform="log")
    frame = Frame.of(data, normalize)
    framed = frame.apply(data)
    inside = Surrogates(framed, grid=PriceGrid(data, frame)).draw(np.random.default_rng(0))
    prices = np.exp(inside.episodes[0].observations[:, 0] * frame.scale + frame.origin)
    np.testing.assert_allclose(prices / 0.05, np.round(prices / 0.05), atol=1e-6)


def test_equal_windows_are_counted_whatever_their_rounding():
    x = 100 + np.random.default_rng(5).choice([-0.25, 0, 0.25], 1000, p=[0.2, 0.6, 0.2]).cumsum()
    for motif in mine(x, 4, n_motifs=2, n_surrogates=9).motifs:
        assert motif.expected_count > motif.count / 4 and motif.p_value > 0.1
