"""Scoring against planted shapes."""

import numpy as np
import pytest

from motifkit.io.samples import PlantedShape
from motifkit.mining.recovery import recovered_shapes
from motifkit.types import MiningResult, Motif, Occurrence


def motif(label, starts, length=10, q=0.01, episode=0):
    places = tuple(Occurrence(episode, s, s + length, 0.1) for s in starts)
    return Motif(np.zeros((length, 1)), places, radius=0.1, score=1.0, q_value=q, label=label)


def score(motifs, truth):
    return recovered_shapes(MiningResult(tuple(motifs), "sax", {}, ("x",)), truth)


TRUTH = [PlantedShape(s, s + 10, k) for k, starts in enumerate(((0, 20, 40, 60), (100, 120))) for s in starts]


@pytest.mark.parametrize(("shift", "found"), [(0, True), (3, True), (-3, True), (4, False), (10, False)])
def test_overlap_must_be_more_than_half_of_the_union(shift, found):
    shape = score([motif("A", [100 + shift, 120 + shift])], TRUTH)[1]
    assert shape.found is found  # 7 / 13 and 6 / 14


def test_more_than_half_of_the_occurrences():
    assert [one.n_covered for one in score([motif("A", [0, 20])], TRUTH)] == [2, 0]
    assert not score([motif("A", [0, 20])], TRUTH)[0].found
    assert score([motif("A", [0, 20, 40])], TRUTH)[0].found


def test_one_motif_must_do_it():
    first = score([motif("A", [0, 20]), motif("B", [40, 60])], TRUTH)[0]
    assert (first.n_covered, first.found) == (2, False)
    first = score([motif("A", [0]), motif("B", [20, 40, 60])], TRUTH)[0]
    assert (first.label, first.found) == ("B", True)


@pytest.mark.parametrize("q", [0.05, 0.5, float("nan")])
def test_only_significant_motifs_count(q):
    shapes = score([motif("A", [0, 20, 40, 60], q=q)], TRUTH)
    assert [(one.n_covered, one.label) for one in shapes] == [(0, None), (0, None)]


def test_other_episodes_and_nothing():
    assert not score([motif("A", [0, 20, 40], episode=1)], TRUTH)[0].found
    assert score([], []) == []
