"""Candlestick patterns equal their plain twin, and their tests claim what is there and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.errors import DataError, UsageError
from motifkit.io.prices import as_dataset
from motifkit.mining.candle_counts import candle_table, shuffled_candles
from motifkit.mining.candle_data import read_candles, require_candles
from motifkit.mining.candle_labels import label_candles
from motifkit.mining.candles import RULES, candle_patterns
from motifkit.mining.mine import mine
from motifkit.types import Episode, MiningResult, Motif, Occurrence, TrajectoryDataset
from tests.naive_candles import naive_patterns

NAMES = ("Open", "High", "Low", "Close")


def walk(n, seed):
    """Candles of a random walk of 24 ticks a bar, each opening where the last closed."""
    steps = 0.002 * np.random.default_rng(seed).normal(size=(n, 24))
    path = np.cumsum(steps.ravel()).reshape(n, 24)
    path = np.hstack([np.concatenate([[0.0], path[:-1, -1]])[:, None], path])
    return 100 * np.exp(np.stack([path[:, 0], path.max(1), path.min(1), path[:, -1]], axis=1))


def dataset(bars):
    return TrajectoryDataset((Episode(bars, prices=bars[:, 3]),), NAMES)


def planted(n, seed, every=6):
    """A walk in which, after a falling trend, engulfings stand more often than chance puts them."""
    moves = np.log(walk(n, seed))
    moves = moves[1:] - moves[:-1, 3:]
    out = [np.log([100.0, 100.5, 99.5, 100.0])]
    for i, move in enumerate(moves):
        bar = out[-1][3] + move
        if i % every == every - 1 and len(out) > 6 and out[-2][3] < out[-7][3]:
            previous = out[-1]
            if previous[3] > previous[0]:
                previous[[0, 3]] = previous[[3, 0]]
            low, high = previous[3], previous[0]
            bar = np.array([low - 0.001, high + 0.004, low - 0.003, high + 0.002])
        out.append(bar)
    return np.exp(np.array(out))


@st.composite
def candles(draw):
    """Candles on a coarse grid, where ties abound."""
    rows = draw(st.lists(st.lists(st.integers(1, 12), min_size=4, max_size=4), min_size=0, max_size=40))
    bars = np.array(rows, dtype=float).reshape(-1, 4)
    bars = np.stack([bars[:, 0], bars.max(1), bars.min(1), bars[:, 3]], axis=1)
    for i in draw(st.lists(st.integers(0, 39), max_size=2)):
        if i < len(bars):
            bars[i, i % 4] = np.nan
    return bars


@settings(max_examples=150, deadline=None)
@given(candles())
def test_patterns_equal_the_plain_twin(bars):
    found = candle_patterns(*bars.T)
    expected = naive_patterns([tuple(bar) for bar in bars.tolist()])
    assert {name: starts.tolist() for name, starts in found.items()} == expected


def test_walks_hold_every_pattern_and_equal_the_twin():
    bars = walk(3000, 0)
    found = candle_patterns(*bars.T)
    assert {name: starts.tolist() for name, starts in found.items()} == naive_patterns(bars.tolist())
    # The body of a random walk of 24 ticks never fills its range to 95%, all else occurs.
    assert {name for name, starts in found.items() if not len(starts)} <= {"marubozu"}


@settings(max_examples=50, deadline=None)
@given(candles(), st.integers(-40, 40))
def test_the_unit_of_prices_does_not_count(bars, power):
    found, scaled = candle_patterns(*bars.T), candle_patterns(*np.ldexp(bars, power).T)
    assert all(np.array_equal(found[name], scaled[name]) for name in found)


@settings(max_examples=50, deadline=None)
@given(candles(), st.integers(0, 40))
def test_no_rule_looks_ahead(bars, n):
    whole, part = candle_patterns(*bars.T), candle_patterns(*bars[:n].T)
    for rule in RULES:
        starts = whole[rule.name]
        assert np.array_equal(starts[starts + rule.n_bars <= min(n, len(bars))], part[rule.name])


@settings(max_examples=50, deadline=None)
@given(candles())
def test_turning_prices_around_swaps_the_mirrored_patterns(bars):
    found = candle_patterns(*bars.T)
    turned = candle_patterns(*(100 - bars[:, [0, 2, 1, 3]]).T)
    for one, other in (
        ("bullish engulfing", "bearish engulfing"),
        ("morning star", "evening star"),
        ("three rising candles", "three falling candles"),
    ):
        assert np.array_equal(found[one], turned[other])


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(UsageError, match="one length"):
        candle_patterns([1.0], [1.0], [1.0], [1.0, 2.0])


def test_shuffling_keeps_every_candle_whole():
    bars = walk(200, 1)
    out = shuffled_candles(bars, np.random.default_rng(0))
    require_candles(dataset(out))

    def shapes(x):
        moves = np.log(x[1:]) - np.log(x[:-1, 3:])
        return moves[np.lexsort(moves.T)]

    assert not np.allclose(out, bars)
    assert np.allclose(shapes(out), shapes(bars))


def test_random_walks_hold_no_claims():
    claimed = [candle_table(dataset(walk(500, seed)), seed=seed) for seed in range(20)]
    counts = sum(any(p.q_value < 0.05 for p in table) for table in claimed)
    returns = sum(any(p.outcome is not None and p.outcome.q_value < 0.05 for p in table) for table in claimed)
    assert counts <= 1
    assert returns <= 1


@pytest.mark.parametrize("seed", range(3))
def test_planted_engulfings_are_found(seed):
    found = {p.name: p for p in candle_table(dataset(planted(1000, seed)))}
    engulfing = found["bullish engulfing"]
    assert engulfing.count > engulfing.expected_count
    assert engulfing.q_value < 0.05


def test_single_bars_without_trend_are_not_tested():
    untested = {p.name for p in candle_table(dataset(walk(300, 0)), n_surrogates=9) if np.isnan(p.p_value)}
    assert untested == {"doji", "marubozu"}


def test_equal_seeds_give_equal_tables():
    tables = [candle_table(dataset(walk(300, 0)), n_surrogates=9, seed=3) for _ in range(2)]
    assert [p.expected_count for p in tables[0]] == [p.expected_count for p in tables[1]]


def test_a_missing_price_is_named(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Date,Open,High,Close\n2020-01-01,1,2,1\n2020-01-02,1,2,1\n")
    with pytest.raises(DataError, match="no column low"):
        read_candles(path)


@pytest.mark.parametrize(("bar", "said"), [("3,2,1,2", "high is below"), ("3,4,2,1", "low is above")])
def test_a_bar_that_contradicts_itself_is_named(tmp_path, bar, said):
    path = tmp_path / "x.csv"
    path.write_text(f"Date,Open,High,Low,Close\n2020-01-01,1,2,1,1\n2020-01-02,{bar}\n")
    with pytest.raises(DataError, match=rf"line 3 \(2020-01-02\): {said}"):
        read_candles(path)


def result_of(occurrences):
    motif = Motif(
        np.zeros((4, 4)), tuple(Occurrence(0, s, s + 4, 0.0) for s in occurrences), 1.0, 1.0, label="A"
    )
    return MiningResult((motif,), "matrix_profile", {"length": 4}, NAMES)


def test_a_motif_that_ends_with_a_pattern_is_named_after_it():
    bars = walk(2000, 0)
    starts = candle_patterns(*bars.T)["bullish engulfing"]
    (names,) = label_candles(result_of(starts[2:] - 2), dataset(bars))
    assert "bullish engulfing" in names


def test_a_motif_anywhere_has_no_name():
    bars = walk(2000, 0)
    assert label_candles(result_of(range(0, 1900, 19)), dataset(bars)) == ((),)


def test_one_place_alone_is_no_evidence_for_a_frequent_pattern():
    bars = walk(2000, 0)
    starts = candle_patterns(*bars.T)["three rising candles"]
    assert label_candles(result_of([starts[5] - 1]), dataset(bars)) == ((),)


def test_order_and_case_of_columns_do_not_count():
    bars = walk(2000, 0)
    result = result_of(candle_patterns(*bars.T)["bullish engulfing"][2:] - 2)
    other = TrajectoryDataset((Episode(bars[:, [3, 1, 0, 2]]),), ("CLOSE", "high", "OPEN", "Low"))
    assert label_candles(result, other) == label_candles(result, dataset(bars))


def test_data_without_candles_have_no_names():
    data = as_dataset(walk(300, 0)[:, 3])
    result = mine(data, n_motifs=2, n_surrogates=0)
    assert label_candles(result, data) == ((), ())


def test_joint_mining_gives_all_four_prices_one_mean_and_scale():
    (motif,) = mine(dataset(walk(400, 0)), joint=True, n_motifs=1, n_surrogates=0).motifs
    assert abs(motif.prototype.mean()) < 1e-9
    assert abs(motif.prototype.std() - 1) < 1e-9
    assert (motif.prototype[:, 1] >= motif.prototype[:, 2]).all()
