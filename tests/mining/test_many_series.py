"""Motifs of many series, found and tested on a sample, counted in all: found, honest, never across series."""

import numpy as np
import pytest

from motifkit.mining import many_series
from motifkit.mining.mine import mine
from motifkit.mining.windows import sliding_windows
from motifkit.types import Episode, TrajectoryDataset


@pytest.fixture
def small_sample(monkeypatch):
    """A sample that is small beside small data."""
    monkeypatch.setattr(many_series, "MOST_STEPS", 2_000)
    monkeypatch.setattr(many_series, "SAMPLED_STEPS", 800)
    monkeypatch.setattr(many_series, "STRETCH", 80)


def dataset_of(series):
    episodes = tuple(Episode(x[:, None], id=f"t{i}") for i, x in enumerate(series))
    return TrajectoryDataset(episodes, ("x",), source="many", fingerprint="f")


def noises(seed, n_series=30, n=120, walk=False):
    x = np.random.default_rng([11, seed]).normal(size=(n_series, n))
    return x.cumsum(axis=1) if walk else x


def test_one_series_is_never_sampled():
    one = dataset_of([np.zeros(60_000)])
    assert many_series.sampled_stretches(one, 4, 0) is None


def test_stretches_are_pieces_of_the_series_without_overlap(small_sample):
    series = [np.arange(1_000.0 * i, 1_000.0 * i + 120) for i in range(30)]
    sample = many_series.sampled_stretches(dataset_of(series), 4, 3)
    values = np.concatenate([e.observations.ravel() for e in sample.episodes])
    assert 800 <= len(values) < 880 and len(np.unique(values)) == len(values)
    for episode in sample.episodes:
        assert (np.diff(episode.observations.ravel()) == 1).all()
        assert episode.id == f"t{int(episode.observations[0, 0] // 1_000)}"


@pytest.mark.parametrize("method", ["matrix_profile", "sax", "dtw"])
def test_occurrences_are_counted_in_all_series_and_do_not_overlap(small_sample, method):
    data = dataset_of(noises(0))
    result = mine(data, 4, method, 4, n_surrogates=0)
    assert (result.n_steps, result.parameters["n_series"], result.fingerprint) == (3_600, 30, "f")
    assert result.parameters["n_steps_tested"] < 3_600 and "counted in all" in result.notes[-1]
    taken = set()
    for motif in result.motifs:
        assert motif.expected_count > 0
        for o in motif.occurrences:
            assert 0 <= o.start < o.end <= 120
            rows = {(o.episode, t) for t in range(o.start, o.end)}
            assert not rows & taken
            taken |= rows


def test_a_planted_shape_is_found_in_series_outside_the_sample(small_sample):
    rng = np.random.default_rng(5)
    shape = np.array([0, 3.0, -2, 4, -4, 2, -3, 0]) * 2
    series = rng.normal(size=(30, 120))
    planted = [(e, int(s)) for e in range(30) for s in (rng.integers(5, 50), rng.integers(65, 110))]
    for e, s in planted:
        series[e, s : s + 8] = shape + 0.2 * rng.normal(size=8)
    # One motif, since a second may take a part of so clear a shape.
    result = mine(dataset_of(series), 8, n_motifs=1, n_surrogates=20)
    motif = result.motifs[0]
    found = {(o.episode, o.start) for o in motif.occurrences}
    hit = sum(any((e, s + d) in found for d in (-2, -1, 0, 1, 2)) for e, s in planted)
    # The radius is that of the occurrences in the sample, a quarter of all: some others lie just outside.
    assert motif.is_significant() and hit >= 42  # of 60
    assert len({e for e, _ in found}) >= 24


def test_equal_seeds_give_equal_results_whatever_the_threads(small_sample):
    data = dataset_of(noises(1))
    one, two = (mine(data, 4, n_motifs=2, n_surrogates=4, n_threads=n, seed=3) for n in (1, 2))
    assert [m.occurrences for m in one.motifs] == [m.occurrences for m in two.motifs]
    assert [m.p_value for m in one.motifs] == [m.p_value for m in two.motifs]


def mined_patternless(seed, n_surrogates, method="matrix_profile", **size):
    data = dataset_of(noises(seed, walk=seed % 2 == 1, **size))
    return mine(data, 4, method, n_motifs=3, n_surrogates=n_surrogates, n_threads=1).motifs


def test_p_values_of_sets_of_patternless_series_are_not_too_small(small_sample):
    each = (mined_patternless(seed, 9, "sax") for seed in range(12))
    least = np.array([min((motif.p_value for motif in motifs), default=1) for motifs in each])
    assert (
        np.count_nonzero(least <= 0.1) <= 4
    )  # of 12 at .1, five happen in one case of two hundred and thirty


@pytest.mark.slow
def test_nineteen_of_twenty_sets_of_patternless_series_are_clean(small_sample, monkeypatch):
    monkeypatch.setattr(many_series, "SAMPLED_STEPS", 1_500)
    monkeypatch.setattr(many_series, "STRETCH", 100)
    each = (mined_patternless(seed, 39, n_series=40, n=150) for seed in range(20))
    assert sum(any(motif.is_significant() for motif in motifs) for motifs in each) <= 1


def test_windows_never_cross_series(small_sample):
    """A shape that appears only where two series meet is no motif."""
    series = noises(2)
    for x in series:
        x[-2:], x[:2] = (50.0, -50.0), (70.0, -30.0)
    crossing = np.array([50.0, -50.0, 70.0, -30.0])
    result = mine(dataset_of(series), 4, n_motifs=3, n_surrogates=0)
    assert result.motifs
    for motif in result.motifs:
        for o in motif.occurrences[:50]:
            window = sliding_windows(series[o.episode][:, None], 4)[o.start, :, 0]
            assert not np.array_equal(window, crossing)
