"""Learned rows read as windows."""

from dataclasses import replace

import numpy as np
import pytest

from motifkit import as_dataset, match, mine
from motifkit.compare.comparison import mean_f1
from motifkit.compare.prototypes import learned_occurrences
from motifkit.compare.recovery import recovered_truth
from motifkit.io.samples import planted_series
from motifkit.types import Occurrence


@pytest.fixture(scope="module")
def planted():
    values, truth = planted_series(n=1500, n_shapes=2, length=8, count=25, noise=0.1)
    data = as_dataset(values)
    return data, truth, mine(data, 8, n_motifs=2, n_surrogates=0)


def windows_of(data, result, scale=1.0):
    """Mean occurrence of each motif, as a row that has not moved would answer to."""
    series = data.episodes[0].observations
    return {
        i: scale * np.mean([series[o.start : o.end] for o in motif.occurrences], 0)
        for i, motif in enumerate(result.motifs)
    }


NOTHING = ((), (Occurrence(0, 3, 11, 0.5),), (Occurrence(0, 40, 48, 0.5),))


@pytest.mark.parametrize("scale", [1.0, 7.0])
def test_rows_that_have_not_moved_find_what_was_planted(planted, scale):
    data, truth, result = planted
    places = learned_occurrences(result, data, windows_of(data, result, scale), NOTHING, None)
    assert mean_f1(recovered_truth(places, truth)) > 0.9
    assert places[2] == NOTHING[2]  # no motif of its own: what it wins
    alone = match(result, data).motifs
    assert [abs(len(row) - motif.count) <= 2 for row, motif in zip(places, alone, strict=False)] == [True] * 2


def test_a_row_that_learned_something_else_does_not(planted):
    data, truth, result = planted
    windows = {0: windows_of(data, result)[0], 1: np.linspace(0, 1, 8)[:, None] ** 3}
    places = learned_occurrences(result, data, windows, NOTHING, None)
    scores = sorted(one.f1 for one in recovered_truth(places, truth))
    assert scores[0] < 0.3 < 0.9 < scores[1]


def test_what_cannot_be_compared_keeps_the_windows_that_rows_win(planted):
    data, _, result = planted
    windows = windows_of(data, result)
    assert learned_occurrences(result, data, {}, NOTHING, None) == list(NOTHING)
    doubled = learned_occurrences(result, data, windows, NOTHING, lambda episode: 2 * episode.observations)
    assert doubled == list(NOTHING)
    longer = {i: np.vstack([window, window]) for i, window in windows.items()}
    assert learned_occurrences(result, data, longer, NOTHING, None) == list(NOTHING)
    by_hand = replace(result, parameters={})
    assert learned_occurrences(by_hand, data, windows, NOTHING, None) == list(NOTHING)
    same = learned_occurrences(result, data, windows, NOTHING, lambda episode: episode.observations)
    assert same == learned_occurrences(result, data, windows, NOTHING, None) != list(NOTHING)
