"""Planted shapes found again by rows."""

import numpy as np
import pytest

from motifkit.compare.recovery import recovered_truth
from motifkit.io.samples import PlantedShape
from motifkit.types import Occurrence
from tests import naive_compare as naive

TRUTH = [PlantedShape(s, s + 10, k) for k, starts in enumerate(((0, 20, 40, 60), (100, 120))) for s in starts]


def row(*starts, episode=0, length=10):
    return tuple(Occurrence(episode, s, s + length, 0.1) for s in starts)


def test_scores_by_hand():
    first, second = recovered_truth([row(101, 121, 300), row(), row(0, 22, 37)], TRUTH)
    assert (first.shape, first.row, first.precision, first.recall) == (0, 2, 1.0, 0.75)
    assert np.isclose(first.f1, 6 / 7)
    assert (second.shape, second.row, second.recall) == (1, 0, 1.0)
    assert np.isclose(second.precision, 2 / 3) and np.isclose(second.f1, 0.8)


def test_a_place_counts_once():
    (first, _) = recovered_truth([row(0, 1, 2)], TRUTH)
    assert (first.precision, first.recall) == (1 / 3, 1 / 4)


def test_a_row_is_given_to_one_shape():
    first, second = recovered_truth([row(0, 20, 40, 60, 100, 120)], TRUTH)
    assert (first.row, second.row, second.f1) == (0, None, 0.0)


def test_other_episodes_do_not_count():
    first, _ = recovered_truth([(*row(0, 20), *row(40, 60, episode=1))], TRUTH)
    assert (first.precision, first.recall) == (1.0, 0.5)


def test_nothing_to_find_and_nothing_found():
    assert recovered_truth([row(0)], []) == ()
    assert [(one.row, one.f1) for one in recovered_truth([(), ()], TRUTH)] == [(None, 0.0)] * 2


@pytest.mark.parametrize("seed", range(10))
def test_the_total_f1_is_the_largest(seed):
    rng = np.random.default_rng(seed)
    starts = rng.permutation(np.arange(0, 400, 10))
    truth = [PlantedShape(int(s), int(s) + 10, i % 3) for i, s in enumerate(starts[:24])]
    rows = [row(*rng.choice(starts, 12, replace=False).tolist()) for _ in range(4)]
    found = recovered_truth(rows, truth)

    def f1(k, occurrences):
        wanted = [(0, p.start, p.end) for p in truth if p.shape == k]
        have = [(0, o.start, o.end) for o in occurrences]
        return 2 * naive.most_pairs(wanted, have) / (len(wanted) + len(have))

    table = np.array([[f1(k, one) for one in rows] for k in range(3)])
    assert np.isclose(sum(one.f1 for one in found), naive.best_total(table))
    assert all(one.row is None or np.isclose(one.f1, table[one.shape, one.row]) for one in found)
