"""Surrogates: what each kind keeps, what it destroys, and that seeds repeat."""

from functools import cache

import numpy as np
import pytest
from scipy.signal import lfilter

from motifkit.errors import MotifkitError
from motifkit.mining.autoregression import fit_autoregression, standardised
from motifkit.mining.frame import Frame
from motifkit.mining.mine import mine
from motifkit.mining.null import NullModel
from motifkit.mining.surrogates import Surrogates, surrogate_kind
from motifkit.types import Episode, TrajectoryDataset

KINDS = ("values", "increments")


def dataset(*parts, channels=1):
    parts = [np.asarray(p, float).reshape(len(p), channels) for p in parts]
    return TrajectoryDataset(tuple(Episode(p) for p in parts), tuple(f"c{i}" for i in range(channels)))


def walk(n, channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, channels)).cumsum(axis=0)


def drawn(data, kind, seed=1):
    copy = Surrogates(data, kind).draw(np.random.default_rng(seed))
    return [episode.observations for episode in copy.episodes]


def autoregressive(n, phi, seed=0):
    return lfilter([1], [1, -phi], np.random.default_rng(seed).normal(size=n))


@pytest.mark.parametrize("n", [3, 4, 101, 200])
def test_values_are_a_permutation(n):
    x = np.random.default_rng(0).normal(size=(n, 1))
    (out,) = drawn(dataset(x), "values")
    np.testing.assert_array_equal(np.sort(out, axis=0), np.sort(x, axis=0))
    assert n < 10 or not np.array_equal(out, x)


@pytest.mark.parametrize("n", [3, 4, 101, 200])
def test_increments_are_a_permutation(n):
    x = walk(n) + 50
    (out,) = drawn(dataset(x), "increments")
    assert out[0] == x[0]
    np.testing.assert_allclose(np.sort(np.diff(out[:, 0])), np.sort(np.diff(x[:, 0])), atol=1e-9)
    assert out[-1, 0] == pytest.approx(x[-1, 0])
    assert n < 10 or not np.allclose(out, x)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [101, 2000])
def test_innovations_are_a_permutation_and_the_autocorrelation_stays(n, kind):
    x = autoregressive(n, 0.7)[:, None] + 3
    x = x if kind == "values" else np.concatenate([[[5.0]], x]).cumsum(axis=0)
    data = dataset(x)
    assert Surrogates(data, kind).keeps_correlation
    (out,) = drawn(data, kind)
    moves, copied = (one if kind == "values" else np.diff(one, axis=0) for one in (x, out))
    model = fit_autoregression([moves])
    _, mean, deviation = standardised(moves)
    before, after = (model.innovations((one - mean) / deviation)[:, 0] for one in (moves, copied))
    assert out[0] == pytest.approx(x[0])
    np.testing.assert_allclose(np.sort(after[1:]), np.sort(before[1:]), atol=1e-8)
    if n == 2000:
        assert np.mean(np.isclose(after, before)) < 0.01
        for lag in (1, 2):
            kept = [np.corrcoef(one[lag:, 0], one[:-lag, 0])[0, 1] for one in (moves, copied)]
            assert kept[0] == pytest.approx(kept[1], abs=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_that_follows_another_still_does(kind):
    first, second = np.random.default_rng(0).normal(size=(2, 2000))
    moves = np.column_stack([first, 0.9 * np.roll(first, 2) + 0.4 * second])
    (out,) = drawn(dataset(moves if kind == "values" else moves.cumsum(axis=0), channels=2), kind)
    copied = out if kind == "values" else np.diff(out, axis=0)
    assert np.corrcoef(copied[2:, 1], copied[:-2, 0])[0, 1] == pytest.approx(0.91, abs=0.03)
    assert abs(np.corrcoef(copied[:, 0], moves[-len(copied) :, 0])[0, 1]) < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_missing_rows_stay_where_they_are(kind):
    x = walk(80, channels=2)
    x[[0, 5, 6, 40], 0] = np.nan
    x[70, 1] = np.inf
    (out,) = drawn(dataset(x, channels=2), kind)
    missing = ~np.isfinite(x).all(axis=1)
    np.testing.assert_array_equal(out[missing], x[missing])
    assert np.isfinite(out[~missing]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_channels_are_treated_alike(kind):
    x = walk(100)
    (out,) = drawn(dataset(np.hstack([x, 2 * x + 1, -x]), channels=3), kind)
    np.testing.assert_allclose(out[:, 1], 2 * out[:, 0] + 1, atol=1e-9)
    np.testing.assert_allclose(out[:, 2], -out[:, 0], atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_episodes_keep_their_lengths_and_do_not_mix(kind):
    parts = [walk(40), walk(7, seed=1) + 1e6, walk(2, seed=2) - 1e6, walk(0)]
    outs = drawn(dataset(*parts), kind)
    assert [len(o) for o in outs] == [40, 7, 2, 0]
    assert outs[0].max() < 1e5 and outs[1].min() > 9e5 and outs[2].max() < -9e5


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_repeat_and_differ(kind):
    data = dataset(walk(60))
    one, again, other = drawn(data, kind, 4)[0], drawn(data, kind, 4)[0], drawn(data, kind, 5)[0]
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_themselves_are_left_alone(kind):
    x = walk(60)
    before = x.copy()
    drawn(dataset(x), kind)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("seed", range(3))
def test_kind_follows_the_autocorrelation(seed):
    noise = np.random.default_rng(seed).normal(size=1000)
    assert surrogate_kind(dataset(noise)) == "values"
    assert surrogate_kind(dataset(noise.cumsum())) == "increments"
    assert surrogate_kind(dataset(autoregressive(1000, 0.7, seed))) == "values"


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_kind_does_not_depend_on_scale_or_level(scale):
    x = walk(500)
    for one, kind in ((x, "increments"), (np.diff(x, axis=0), "values")):
        assert surrogate_kind(dataset(one * scale)) == kind
        assert surrogate_kind(dataset((one + 100) * scale)) == kind


def test_kind_passes_over_missing_values_and_short_episodes():
    x = walk(500)
    x[::50] = np.nan
    assert surrogate_kind(dataset(x, [1.0, -1.0], [np.nan])) == "increments"
    assert surrogate_kind(dataset([np.nan, np.nan, np.nan, np.nan])) == "values"


@pytest.mark.parametrize("kind", KINDS)
def test_extreme_values_give_finite_surrogates_in_their_frame(kind):
    x = walk(400)
    x = (x - (x.max() + x.min()) / 2) / np.ptp(x) * 2 * 1.7e308 * 0.999
    data = dataset(x)
    (out,) = drawn(Frame.of(data, "zscore").apply(data), kind)
    assert np.isfinite(out).all()


@cache
def mined(phi, top):
    x = autoregressive(200, phi)
    return mine(x / np.abs(x).max() * top, 8, n_motifs=2, n_surrogates=4).motifs


@pytest.mark.parametrize("top", [1.7e308, 1e-300])
@pytest.mark.parametrize("phi", [0.0, 0.7, 1.0])
def test_extreme_scales_are_mined_like_any_other(phi, top):
    plain, scaled = mined(phi, 1.0), mined(phi, top)
    assert [m.p_value for m in scaled] == [m.p_value for m in plain]
    assert [m.score for m in scaled] == pytest.approx([m.score for m in plain], rel=1e-5)


def test_reference_and_mined_surrogates_are_different_streams():
    null = NullModel(dataset(walk(100)), 4, "zscore", joint=False, seed=0)
    again = NullModel(dataset(walk(100)), 4, "zscore", joint=False, seed=0)
    references = null.references()
    assert len(references) == null.n_references
    assert not np.array_equal(references[0], null.sample(0).points.astype(np.float32))
    assert not np.array_equal(references[0], references[1])
    # The fifth is the fifth, whatever was drawn before.
    np.testing.assert_array_equal(null.sample(5).points, again.sample(5).points)


@pytest.mark.parametrize(("phi", "least", "kept"), [(0.2, 0.3, False), (0.5, 0.3, True), (0.2, 0.0, True)])
def test_references_keep_a_correlation_above_the_least_and_mined_surrogates_any(phi, least, kept):
    x = autoregressive(3000, phi)
    null = NullModel(dataset(x / x.std()), 3, "none", joint=False, seed=0, least_correlation=least)
    lag1 = [(points[:, 0] * points[:, 1]).mean() for points in (null.references()[0], null.sample(0).points)]
    assert null.keeps_correlation
    assert lag1 == pytest.approx([phi if kept else 0, phi], abs=0.08)


def test_candles_whose_range_lasts_are_permuted_whole():
    volatility = 1 + 0.5 * np.sin(np.arange(600) / 3)  # foretold by the bars before, but in no bursts
    data = dataset(random_candles(600, 0, volatility), channels=4)
    (out,) = drawn(data, "increments")
    assert not Surrogates(data, "increments").keeps_correlation
    assert (out[1:, 1] >= out[1:].max(axis=1) - 1e-9).all() and (
        out[1:, 2] <= out[1:].min(axis=1) + 1e-9
    ).all()


def test_the_distance_of_two_walks_that_stay_together_dies_away_as_before():
    close = walk(2000)[:, 0]
    spread = autoregressive(2000, 0.8, seed=1)
    (out,) = drawn(dataset(np.column_stack([close + spread, close]), channels=2), "increments")
    copied = out[:, 0] - out[:, 1]
    assert np.corrcoef(copied[1:], copied[:-1])[0, 1] == pytest.approx(0.8, abs=0.07)
    assert copied.std() == pytest.approx(spread.std(), rel=0.15)


@pytest.mark.parametrize("method", ["matrix_profile", "sax", "dtw"])
def test_a_surrogate_without_usable_windows_counts_as_one_without_motifs(method):
    # Two steps between gaps: some surrogates put both steps across a gap, where no window lies.
    x = np.zeros(100)
    x[27:] += 1
    x[67:] += 1
    x[4::5] = np.nan
    data = TrajectoryDataset((Episode(x[:, None]),), ("x",))
    try:
        result = mine(data, 4, method, n_surrogates=60)
    except MotifkitError as error:  # a clear line would do as well
        assert "\n" not in str(error)
    else:
        assert all(m.p_value >= 1 / 61 for m in result.motifs)


def calm_and_wild(n, seed=0):
    """Steps of three calm hundreds, a wild one, and so on."""
    wild = np.arange(n) // 100 % 4 == 3
    return np.random.default_rng(seed).normal(size=n) * np.where(wild, 5, 1), wild


@pytest.mark.parametrize("kind", ["values", "increments"])
def test_bursts_of_volatility_stay_where_they_are(kind):
    steps, wild = calm_and_wild(2000)
    x = (steps if kind == "values" else np.r_[0, steps].cumsum())[:, None]
    missing = np.zeros(len(x), dtype=bool)
    missing[::97] = kind == "values"
    x[missing] = np.nan
    (out,) = drawn(dataset(x), kind)
    copied, kept = (out[:, 0], ~missing) if kind == "values" else (np.diff(out[:, 0]), ~missing[1:])
    assert copied[wild & kept].std() > 3 * copied[~wild & kept].std()  # shuffled, they would be alike
    np.testing.assert_allclose(np.sort(copied[kept]), np.sort(steps[kept]), atol=1e-9)
    assert np.mean(np.isclose(copied[kept], steps[kept])) < 0.05


def test_each_episode_keeps_its_own_bursts():
    steps, wild = calm_and_wild(1200)
    steady = np.random.default_rng(1).normal(size=900)
    first, second, third = drawn(dataset(steps, steady, [1.0, 2.0]), "values")
    assert first[wild].std() > 3 * first[~wild].std()
    # Alone, the steady one is permuted as a whole: its wildest rows are spread.
    largest = np.sort(np.argsort(-np.abs(second[:, 0]))[:90])
    assert 300 < largest.mean() < 600
    np.testing.assert_array_equal(third, [[1.0], [2.0]])


def test_bursts_between_walk_and_noise_stay_where_they_are():
    steps, wild = calm_and_wild(2000)
    x = lfilter([1], [1, -0.7], steps)
    (out,) = drawn(dataset(x), "values")
    copied = np.diff(out[:, 0])
    assert copied[wild[1:]].std() > 3 * copied[~wild[1:]].std()
    lag1 = [np.corrcoef(one[:-1], one[1:])[0, 1] for one in (x, out[:, 0])]
    assert lag1[0] == pytest.approx(lag1[1], abs=0.1)
    assert abs(np.corrcoef(out[:, 0], x)[0, 1]) < 0.3


def test_a_series_that_rests_off_its_mean_does_not_swamp_its_surrogate():
    x = lfilter([1], [1, -0.7], np.random.default_rng(0).normal(size=1000))
    x[600:] = 5.0
    (out,) = drawn(dataset(x), "values")
    assert np.abs(out).max() < 5 * np.abs(x).max()


def test_results_tell_whether_surrogates_keep_volatility_clustering():
    steps, _ = calm_and_wild(800)
    for x, kept in ((steps, True), (np.random.default_rng(1).normal(size=800), False)):
        found = mine(x, 8, n_motifs=1, n_surrogates=0)
        assert found.parameters["surrogates_keep_volatility_clustering"] is kept


def random_candles(n, seed, volatility=1.0):
    """Open, high, low and close of a random walk of 24 ticks a bar: no pattern beyond that of every candle."""
    ticks = np.random.default_rng(seed).normal(size=(n, 24)).cumsum(axis=1)
    ticks *= np.broadcast_to(volatility, n)[:, None]
    opens = np.concatenate([[0], ticks[:-1, -1].cumsum()])
    path = np.column_stack([opens, ticks + opens[:, None]])
    return 1000 + np.column_stack([opens, path.max(axis=1), path.min(axis=1), path[:, -1]])


@pytest.mark.parametrize("volatility", [1.0, np.repeat([1, 1, 4], 100)])
def test_candles_stay_candles(volatility):
    (out,) = drawn(dataset(random_candles(300, 0, volatility), channels=4), "increments")
    opens, highs, lows, closes = out[1:].T
    assert (highs >= np.maximum(opens, closes) - 1e-9).all() and (
        lows <= np.minimum(opens, closes) + 1e-9
    ).all()


def test_channels_that_walk_apart_keep_their_increments():
    x = np.column_stack([walk(300), -3 * walk(300, seed=7)])
    (out,) = drawn(dataset(x, channels=2), "increments")
    for j in range(2):
        np.testing.assert_allclose(np.sort(np.diff(out[:, j])), np.sort(np.diff(x[:, j])), atol=1e-9)


def test_patternless_candles_are_not_significant():
    data = (dataset(random_candles(400, seed), channels=4) for seed in range(3))
    results = [mine(one, 5, joint=True, n_surrogates=19, n_motifs=3) for one in data]
    assert sum(result.motifs[0].p_value <= 0.05 for result in results) <= 1
