"""Surrogates asked side by side answer as if each were asked alone."""

import numpy as np
import pytest

from motifkit.mining import references
from motifkit.mining.distances import blocks, euclidean
from motifkit.mining.dtw import dtw_metric
from motifkit.mining.references import References
from tests import naive_scan

SIZES = [30, 30, 30, 12, 30, 30, 7]


def surrogates(sizes=SIZES, d=4):
    return [np.random.default_rng(i).normal(size=(n, d)).astype(np.float32) for i, n in enumerate(sizes)]


QUERIES = np.random.default_rng(99).normal(size=(5, 4)).astype(np.float32)


@pytest.mark.parametrize("together", [1, 60, 10_000])
@pytest.mark.parametrize(
    "some", [[0], [0, 1, 2], [0, 2, 5], [1, 3, 4, 5], [2, 4, 6], list(range(len(SIZES)))]
)
@pytest.mark.parametrize("n", [1, 9, 40])
@pytest.mark.parametrize("n_queries", [1, len(QUERIES)])  # few are also asked about surrogates in between
def test_nearest_are_those_of_each_surrogate(together, some, n, n_queries, monkeypatch):
    monkeypatch.setattr(references, "_SIDE_BY_SIDE", together)
    points, queries = surrogates(), QUERIES[:n_queries]
    found = References(points).among(some).nearest(queries, n)
    assert len(found) == len(some)
    for i, near in zip(some, found, strict=True):
        expected = [naive_scan.nearest_in_each(q, [list(points[i])], n) for q in queries]
        np.testing.assert_allclose(np.sort(near, axis=1), expected, atol=1e-5)


@pytest.mark.parametrize("together", [1, 60, 10_000])
@pytest.mark.parametrize("some", [[0], [1, 3, 4, 5], list(range(len(SIZES)))])
def test_counts_are_those_of_each_surrogate(together, some, monkeypatch):
    monkeypatch.setattr(references, "_SIDE_BY_SIDE", together)
    points = surrogates()
    chosen = References(points).among(some)
    for query in QUERIES:
        for squared_radius in (0.0, 2.0, 6.0, 1e9):
            n = 0
            for i in some:
                squared = euclidean(points[i])(query[None])[0].tolist()
                near = naive_scan.peaks(squared, range(len(squared)), 3, [False] * len(squared))
                n += sum(d <= squared_radius for d in near)
            assert chosen.count_within(query, squared_radius, 3) == n


def test_some_of_some_and_their_fewest():
    some = References(surrogates()).among([1, 3, 6])
    assert len(some) == 3 and some.fewest == 7
    assert some.among([0, 1]).fewest == 12 and len(some) == 3


@pytest.mark.parametrize("metric", [euclidean, dtw_metric(4, 1, 1)])
def test_parts_and_stretches_of_the_points_have_their_distances(metric):
    points = np.concatenate(surrogates())
    distances = metric(points)
    np.testing.assert_array_equal(metric(*surrogates())(QUERIES), distances(QUERIES))
    np.testing.assert_allclose(
        distances(QUERIES, slice(20, 50)), distances(QUERIES)[:, 20:50], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("n_queries", "n_points"), [(0, 10), (7, 1), (7, 1_999_999), (3, 9_000_000), (2, 0)])
def test_blocks_cover_all_queries_once(n_queries, n_points):
    covered = [i for block in blocks(n_queries, n_points) for i in range(block.start, block.stop)]
    assert covered == list(range(n_queries))


def test_small_distances_are_told_apart_beside_a_point_far_away():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(6, 8)).astype(np.float32) / 100
    far = np.full((1, 8), 1000, np.float32)
    alone, beside = euclidean(points)(points), euclidean(points, far)(points)[:, :6]
    exact = ((points[:, None].astype(float) - points) ** 2).sum(axis=2)
    np.testing.assert_allclose(beside, exact, atol=1e-6 * exact.max() + 1e-9)
    np.testing.assert_array_equal(alone, beside)
    assert (np.diag(beside) == 0).all()  # what is equal is at no distance, whatever the rounding
