"""Which planted shapes the rows of a bank answer to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from motifkit.compare.comparison import RecoveredTruth
from motifkit.compare.overlaps import same_places
from motifkit.io.samples import PlantedShape
from motifkit.types import IntArray, Occurrence


def recovered_truth(
    occurrences: Sequence[Sequence[Occurrence]], truth: Sequence[PlantedShape]
) -> tuple[RecoveredTruth, ...]:
    """Score the occurrences of each row against the places of each shape.

    An occurrence is right when its intersection with a place is more than half of their union, each place
    counted once. Rows and shapes are matched one to one, so that the total F1 is largest.

    Parameters
    ----------
    occurrences : sequence of sequences of Occurrence
        Of each row; those in the first episode count, which is where the places lie.
    truth : sequence of PlantedShape

    Returns
    -------
    tuple of RecoveredTruth
        One a shape, by its number.

    Examples
    --------
    >>> row = [Occurrence(0, start, start + 4, 0.1) for start in (11, 30, 70)]
    >>> truth = [PlantedShape(s, s + 4, k) for s, k in ((10, 0), (30, 0), (90, 1))]
    >>> for one in recovered_truth([[], row], truth):
    ...     print(one.shape, one.row, round(one.precision, 2), one.recall, round(one.f1, 2))
    0 1 0.67 1.0 0.8
    1 None 0.0 0.0 0.0
    """
    shapes = sorted({place.shape for place in truth})
    if not shapes:
        return ()
    rows = [[(0, o.start, o.end) for o in row if o.episode == 0] for row in occurrences]
    places = [[(0, p.start, p.end) for p in truth if p.shape == shape] for shape in shapes]
    n_right = np.array([[len(same_places(row, wanted)) for row in rows] for wanted in places])
    n_found = np.array([len(row) for row in rows])
    n_wanted = np.array([len(wanted) for wanted in places])[:, None]
    f1 = 2 * n_right / (n_found + n_wanted)  # (shapes, rows)
    matched, by = linear_sum_assignment(f1, maximize=True)
    best = dict(zip(matched.tolist(), by.tolist(), strict=True))
    return tuple(
        _recovered(shape, best.get(i), n_right[i], n_found, n_wanted[i, 0]) for i, shape in enumerate(shapes)
    )


def _recovered(
    shape: int, row: int | None, n_right: IntArray, n_found: IntArray, n_wanted: int
) -> RecoveredTruth:
    if row is None or not n_right[row]:
        return RecoveredTruth(shape, None, 0.0, 0.0, 0.0)
    right = float(n_right[row])
    precision, recall = right / float(n_found[row]), right / float(n_wanted)
    return RecoveredTruth(shape, int(row), precision, recall, 2 * right / float(n_found[row] + n_wanted))
