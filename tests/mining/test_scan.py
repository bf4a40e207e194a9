"""The scan statistic against its plain twin: surprise, distances to surrogates, scores, counts by chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from motifkit.mining.distances import euclidean
from motifkit.mining.scan import Scan, surprise
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, TrajectoryDataset
from tests import naive_scan

LENGTH = 4


def dataset(*parts):
    return TrajectoryDataset(tuple(Episode(np.asarray(p, float)[:, None]) for p in parts), ("x",))


def noise(n, seed):
    return np.random.default_rng(seed).normal(size=n)


def points_of(x, m=LENGTH):
    return collect_windows(dataset(x), m).points.astype(np.float32)


@pytest.fixture(scope="module")
def series():
    """Sixty points, their windows, and those of three surrogates of different lengths."""
    windows = collect_windows(dataset(noise(60, 0)), LENGTH)
    null = [points_of(noise(n, seed)) for seed, n in ((1, 60), (2, 60), (3, 20))]
    return windows, null, Scan(windows, null)


class TestSurprise:
    @pytest.mark.parametrize("n", [0, 1, 2, 7, 40, 400])
    @pytest.mark.parametrize("lam", [1e-6, 0.01, 0.5, 3.0, 50.0, 700.0])
    def test_equals_the_sum_of_probabilities(self, n, lam):
        assert surprise(n, lam) == pytest.approx(naive_scan.surprise(n, lam), rel=1e-9, abs=1e-9)

    @settings(max_examples=200, deadline=None)
    @given(n=st.integers(0, 500), lam=st.floats(1e-8, 2e3))
    def test_equals_scipy(self, n, lam):
        reference = poisson.sf(n - 1, lam)
        if reference > 1e-290:
            assert surprise(n, lam) == pytest.approx(-np.log(reference), rel=1e-9, abs=1e-12)
        else:
            assert surprise(n, lam) > 600

    @pytest.mark.parametrize(("n", "lam"), [(400, 0.01), (400, 1.0), (300, 1e-6), (200, 2.0), (2000, 100.0)])
    def test_far_out_where_the_chance_underflows_it_is_still_the_logarithm(self, n, lam):
        assert poisson.sf(n - 1, lam) < 1e-200
        assert surprise(n, lam) == pytest.approx(naive_scan.surprise(n, lam), rel=1e-9)

    @settings(max_examples=100, deadline=None)
    @given(n=st.integers(0, 600), lam=st.floats(1e-6, 500), more=st.floats(1.0, 10.0))
    def test_grows_with_the_count_and_falls_with_what_is_expected(self, n, lam, more):
        here = float(surprise(n, lam))
        assert np.isfinite(here) and here > -1e-12
        assert surprise(n + 1, lam) >= here - 1e-9 * (1 + here)
        assert surprise(n, lam * more) <= here + 1e-9 * (1 + here)

    def test_has_no_step_where_the_formula_changes(self):
        values = surprise(np.arange(1, 400), 0.5)
        assert (np.diff(values) > 0).all()
        assert (np.diff(values, 2) > -1e-9).all()

    def test_broadcasts(self):
        assert surprise([[1], [2]], [0.1, 1.0, 2.0]).shape == (2, 3)


class TestDistances:
    def test_euclidean_equals_loops(self):
        queries, points = points_of(noise(12, 0)), points_of(noise(30, 1))
        expected = [naive_scan.squared_distances(q, list(points)) for q in queries]
        np.testing.assert_allclose(euclidean(points)(queries), expected, atol=1e-5)

    def test_euclidean_is_never_negative(self):
        points = points_of(noise(200, 0)) * 100
        assert euclidean(points)(points).min() >= 0

    @pytest.mark.parametrize("largest", [1, 5, 40])
    def test_null_distances_are_the_nearest_of_each_surrogate(self, series, largest):
        windows, null, _ = series
        scan = Scan(windows, null, largest=largest)
        queries = scan.points[[0, 17, 40]]
        found = scan.null_distances(queries)
        expected = [naive_scan.nearest_in_each(q, [list(p) for p in null], largest) for q in queries]
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_expected_counts_windows_within_a_distance(self, series):
        _, null, scan = series
        pooled = scan.null_distances(scan.points[:1])[0]
        for squared in (-1.0, 0.0, float(pooled[0]), float(pooled[3]), 1.7, 1e9):
            got = scan.expected(pooled, np.array([squared]))[0]
            assert got == pytest.approx(naive_scan.expected(pooled.tolist(), squared, len(null)))


class TestScores:
    def assert_equal_to_loops(self, windows, null, banned, queries, largest=12):
        scan = Scan(windows, null, largest=largest)
        found = scan.scores(queries, scan.null_distances(queries), banned)
        for row, query in zip(found, queries, strict=True):
            expected = naive_scan.scores(
                query,
                list(scan.points),
                windows.position.tolist(),
                windows.length,
                [list(p) for p in null],
                banned.tolist(),
                largest,
            )
            np.testing.assert_allclose(row, expected, rtol=1e-4)

    def test_equal_loops(self, series):
        windows, null, scan = series
        self.assert_equal_to_loops(windows, null, np.zeros(len(windows), bool), scan.points[::7])

    def test_equal_loops_with_banned_windows(self, series):
        windows, null, scan = series
        banned = np.random.default_rng(5).random(len(windows)) < 0.4
        self.assert_equal_to_loops(windows, null, banned, scan.points[::7])

    def test_equal_loops_for_episodes_and_gaps(self):
        gappy = noise(40, 1)
        gappy[[9, 10, 25]] = np.nan
        windows = collect_windows(dataset(noise(13, 0), gappy, noise(5, 2)), LENGTH)
        null = [points_of(noise(58, seed)) for seed in (7, 8)]
        self.assert_equal_to_loops(
            windows, null, np.zeros(len(windows), bool), windows.points[::6].astype("f4")
        )

    def test_banned_windows_are_no_neighbours(self, series):
        windows, null, _ = series
        scan = Scan(windows, null)
        query = scan.points[:1]
        all_banned = np.ones(len(windows), bool)
        assert np.isneginf(scan.scores(query, scan.null_distances(query), all_banned)).all()
        all_banned[[0, 30]] = False
        assert np.isfinite(scan.scores(query, scan.null_distances(query), all_banned)[0]).tolist() == (
            [False, True] + [False] * (min(scan.largest, len(scan)) - 2)
        )

    def test_banning_lowers_no_distance_rank(self, series):
        windows, _, scan = series
        banned = np.zeros(len(windows), bool)
        banned[10:30] = True
        idx, squared = scan.occurrences(scan.points[3], 8, banned)
        assert not banned[idx].any() and (np.diff(squared) >= 0).all() and idx[0] == 3

    def test_windows_of_two_episodes_are_no_neighbours(self):
        shape = np.array([0.0, 1.0, -1.0, 2.0])
        windows = collect_windows(dataset(shape, shape, shape), LENGTH)
        assert len(windows) == 3
        scan = Scan(windows, [points_of(noise(60, 1))])
        score = scan.scores(scan.points[:1], scan.null_distances(scan.points[:1]), np.zeros(3, bool))[0]
        assert np.isfinite(score).tolist() == [False, True, True]
        assert scan.occurrences(scan.points[0], 9, np.zeros(3, bool))[0].tolist() == [0, 1, 2]

    def test_a_single_window_scores_nothing(self):
        windows = collect_windows(dataset([0.0, 1.0, -1.0, 2.0]), LENGTH)
        scan = Scan(windows, [points_of(noise(60, 1))])
        score = scan.scores(scan.points, scan.null_distances(scan.points), np.zeros(1, bool))
        assert np.isneginf(score).all()


class TestOccurrences:
    @pytest.mark.parametrize("n", [1, 3, 9, 40])
    def test_are_the_greedy_pick(self, series, n):
        windows, _, scan = series
        banned = np.zeros(len(windows), bool)
        banned[20:24] = True
        for query in scan.points[::11]:
            squared = euclidean(scan.points)(query[None])[0]
            order = np.lexsort((np.arange(len(squared)), squared)).tolist()
            expected = naive_scan.pick_non_overlapping(
                order, windows.position.tolist(), LENGTH, n, banned.tolist()
            )
            idx, distances = scan.occurrences(query, n, banned)
            assert idx.tolist() == expected
            np.testing.assert_allclose(distances, squared[expected])

    def test_expected_count_is_of_windows_that_do_not_overlap(self, series):
        _, null, scan = series
        for query in scan.points[::9]:
            for radius in (0.5, 1.0, 2.0, 9.0):
                n = 0
                for points in null:
                    squared = euclidean(points)(query[None])[0].tolist()
                    free = [False] * len(squared)
                    near = naive_scan.peaks(squared, range(len(squared)), LENGTH, free)
                    n += sum(d <= radius**2 for d in near)
                assert scan.count_expected(query, radius) == pytest.approx(max(n, 0.5) / len(null))

    def test_expected_count_is_bounded_by_the_room_when_distances_tie(self):
        # Ticks: every second window is the same, so that windows at equal distance overlap.
        windows = collect_windows(dataset(np.tile([0.0, 1.0], 40)), LENGTH)
        scan = Scan(windows, [windows.points.astype(np.float32)])
        room = -(-len(windows) // LENGTH)
        assert scan.count_expected(scan.points[0], 0.1) <= room

    def test_sizes_are_bounded_by_the_room_when_distances_tie(self):
        windows = collect_windows(dataset(np.tile([0.0, 1.0], 40)), LENGTH)
        scan = Scan(windows, [points_of(noise(80, 0))])
        query = scan.points[:1]
        score = scan.scores(query, scan.null_distances(query), np.zeros(len(scan), bool))
        assert np.isfinite(score).sum() <= -(-len(windows) // LENGTH)
