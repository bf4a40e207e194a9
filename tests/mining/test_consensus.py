"""Sets on which passes agree, against the plain twin and by what must hold of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.io.samples import planted_series
from motifkit.mining import distances
from motifkit.mining.consensus import agreed_sets, places, together
from motifkit.mining.matrix_profile import mine_profile
from motifkit.mining.mine import mine
from motifkit.mining.null import NullModel
from motifkit.mining.threads import one_blas_thread
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, TrajectoryDataset
from tests import naive_consensus
from tests.mining.hidden_shapes import assert_gain, f1_gains


@st.composite
def passes_found(draw):
    """Positions of windows, a gap, and what some passes found: sets whose windows do not overlap within a pass."""
    position = np.cumsum(draw(st.lists(st.sampled_from([1, 1, 1, 2, 9]), min_size=4, max_size=50)))
    gap = draw(st.integers(1, 8))
    found = []
    for _ in range(draw(st.integers(1, 5))):
        free, sets = -gap, [[], [], []]
        for i, p in enumerate(position.tolist()):
            which = draw(st.integers(0, 4))
            if which < 3 and p - free >= gap:
                sets[which].append(i)
                free = p
        found.append([np.array(one, dtype=np.int64) for one in sets if one])
    return found, position, gap


@settings(max_examples=150, deadline=None)
@given(case=passes_found())
def test_places_equal_the_twin(case):
    found, position, gap = case
    windows_idx, found_in = places(found, position, gap)
    expected = naive_consensus.places([[s.tolist() for s in sets] for sets in found], position.tolist(), gap)
    assert windows_idx.tolist() == expected[0]
    assert found_in.tolist() == expected[1]


@settings(max_examples=60, deadline=None)
@given(case=passes_found())
def test_together_equals_the_twin(case):
    _, found_in = places(*case)
    expected = [
        [1.0 if i == j else naive_consensus.together(a, b) for j, b in enumerate(found_in)]
        for i, a in enumerate(found_in)
    ]
    np.testing.assert_allclose(
        together(found_in), np.array(expected).reshape((len(found_in),) * 2), atol=1e-12
    )


@settings(max_examples=150, deadline=None)
@given(case=passes_found(), n_motifs=st.integers(1, 4))
def test_agreed_sets_are_found_by_a_majority_and_do_not_overlap(case, n_motifs):
    found, position, gap = case
    sets = agreed_sets(found, position, gap, n_motifs)
    assert len(sets) <= n_motifs and all(len(idx) >= 2 for idx in sets)
    taken = np.sort(position[np.concatenate([*sets, np.empty(0, np.int64)])])
    assert (np.diff(taken) >= gap).all()
    for i in np.concatenate([*sets, np.empty(0, np.int64)]).tolist():
        near = [any((2 * np.abs(position[s] - position[i]) < gap).any() for s in sets) for sets in found]
        assert 2 * sum(near) >= len(found)


@settings(max_examples=60, deadline=None)
@given(case=passes_found())
def test_equal_passes_are_agreed_on_whole(case):
    found, position, gap = case
    expected = {tuple(idx.tolist()) for idx in found[0] if len(idx) > 1}
    assert {tuple(idx.tolist()) for idx in agreed_sets([found[0]] * 3, position, gap, 9)} == expected


def test_clusters_equal_average_linkage_in_loops():
    rng = np.random.default_rng(0)
    position = np.arange(0, 400, 10)
    for _ in range(8):
        labels = rng.integers(0, 3, 40)
        found = []
        for _ in range(15):  # each pass errs in a way of its own, seldom enough that ties do not matter
            seen = np.where(rng.random(40) < 0.15, rng.integers(0, 3, 40), labels)
            kept = rng.random(40) < 0.9
            found.append([np.flatnonzero((seen == s) & kept) for s in range(3)])
        windows_idx, found_in = places(found, position, 5)
        often = (found_in >= 0).mean(axis=1) >= 0.5
        clusters = naive_consensus.average_linkage(found_in[often].tolist(), 0.5)
        expected = {tuple(sorted(windows_idx[often][one].tolist())) for one in clusters if len(one) > 1}
        assert {tuple(idx.tolist()) for idx in agreed_sets(found, position, 5, 99)} == expected


def test_a_set_that_one_pass_merges_stays_apart():
    one, other = np.arange(0, 40, 10), np.arange(100, 140, 10)
    apart, merged = [one, other], [np.concatenate([one, other])]
    sets = agreed_sets([apart, apart, merged], np.arange(200), 5, 9)
    assert sorted(idx.tolist() for idx in sets) == [one.tolist(), other.tolist()]


def test_a_pass_that_misses_a_place_says_nothing_of_what_belongs_to_it():
    whole, cut = np.arange(0, 200, 10), np.arange(0, 160, 10)
    (found,) = agreed_sets([[whole]] * 5 + [[cut]] * 5, np.arange(300), 5, 9)
    assert found.tolist() == whole.tolist()


def test_no_pass_finds_anything():
    assert agreed_sets([[], []], np.arange(9), 3, 2) == []


@pytest.fixture(scope="module")
def planted():
    values, truth = planted_series(n=1000, n_shapes=2, length=16, count=12, noise=0.25, seed=0)
    data = TrajectoryDataset((Episode(values[:, None]),), ("x",))
    references = NullModel(data, 16, "zscore", joint=False, seed=0).references()
    return values, truth, collect_windows(data, 16), references


class TestPasses:
    def test_equal_seeds_give_equal_sets(self, planted):
        _, _, windows, references = planted
        one, other = (mine_profile(windows, references, 4, n_passes=4, seed=5) for _ in range(2))
        assert [s.windows_idx.tolist() for s in one] == [s.windows_idx.tolist() for s in other]

    def test_threads_change_nothing(self, planted, monkeypatch):
        monkeypatch.setattr(distances, "_BLOCK", 20_000)  # many blocks to share out
        _, _, windows, references = planted
        with one_blas_thread():
            one, other = (mine_profile(windows, references, 4, n_passes=4, n_threads=n) for n in (1, 3))
        assert [s.windows_idx.tolist() for s in one] == [s.windows_idx.tolist() for s in other]
        assert [s.score for s in one] == [s.score for s in other]

    def test_occurrences_begin_where_the_prototype_fits_best(self, planted):
        _, _, windows, references = planted
        for found in mine_profile(windows, references, 2):
            for i in found.windows_idx:
                squared = ((windows.points[max(0, i - 7) : i + 8] - found.prototype) ** 2).sum(axis=1)
                assert squared.min() == pytest.approx(((windows.points[i] - found.prototype) ** 2).sum())

    def test_where_votes_agree_on_fewer_motifs_others_fill_up(self, planted):
        _, _, windows, references = planted
        noises = [np.random.default_rng(seed).normal(size=100) for seed in range(3)]
        counts = [len(mine(noise, 4, n_motifs=6, n_surrogates=0).motifs) for noise in noises]
        assert max(counts) == 6 and min(counts) >= 5
        assert len(mine_profile(windows, references, 1)) == 1

    def test_planted_shapes_are_found_whole_whatever_the_seed(self, planted):
        values, truth, *_ = planted
        for seed in range(3):
            motifs = mine(values, 16, n_motifs=2, n_surrogates=0, seed=seed).motifs
            starts = [np.array([o.start for o in motif.occurrences]) for motif in motifs]
            for shape in (0, 1):
                at = np.array([p.start for p in truth if p.shape == shape])
                assert max((np.abs(at[:, None] - found).min(axis=1) < 8).sum() for found in starts) >= 11


@pytest.mark.slow
def test_ten_passes_find_more_of_hidden_shapes_than_one():
    assert_gain(f1_gains({"n_passes": 1}, {"n_passes": 10, "exchange": False}, noises=(0.6, 0.8)))
