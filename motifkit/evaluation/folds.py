"""Walk-forward folds: every part is tested by what was learned before it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from motifkit.errors import DataError, UsageError


@dataclass(frozen=True)
class Fold:
    """One step of a walk forward, in half-open rows.

    Parameters
    ----------
    number : int
        From 1 on.
    train : (int, int)
        What may be mined, fitted and learned from.
    test : (int, int)
        Later rows, in which what was learned is tried.

    Examples
    --------
    >>> Fold(1, train=(0, 70), test=(80, 100)).test
    (80, 100)
    """

    number: int
    train: tuple[int, int]
    test: tuple[int, int]


def walk_forward_folds(
    n_rows: int, n_folds: int = 4, *, first_train: int | None = None, purge: int = 0, embargo: int = 0
) -> tuple[Fold, ...]:
    """Folds whose test parts follow one another, each after a training part that begins at row 0.

    Parameters
    ----------
    n_rows : int
        Rows of the series.
    n_folds : int
        Test parts, of equal length but for one row.
    first_train : int, optional
        Rows before the first test part. None takes half of all.
    purge : int
        Last rows before a test part that are not trained on, because what follows from a decision in them, or a
        window that begins in them, reaches into it.
    embargo : int
        Further rows left out before those, so that what lingers from day to day, such as volatility, is not
        learned right before it is tested.

    Returns
    -------
    tuple of Fold

    Raises
    ------
    UsageError
        For a count that is none.
    DataError
        When a part would be empty.

    References
    ----------
    Lopez de Prado (2018), Advances in financial machine learning, ch. 7 and 12.

    Examples
    --------
    >>> for fold in walk_forward_folds(100, 2, purge=3, embargo=2):
    ...     print(fold.train, fold.test)
    (0, 45) (50, 75)
    (0, 70) (75, 100)
    """
    for name, value, least in (("n_folds", n_folds, 1), ("purge", purge, 0), ("embargo", embargo, 0)):
        if value < least:
            raise UsageError(f"{name} must be at least {least}, got {value}")
    first = n_rows // 2 if first_train is None else first_train
    gap = purge + embargo
    if first - gap < 1:
        raise DataError(
            f"the first fold has {max(first, 0)} rows before its test part and leaves out {gap} of them, so that "
            "nothing is left to train on; leave out fewer, or give a longer series"
        )
    if n_rows - first < n_folds:
        raise DataError(
            f"{n_rows} rows leave {max(n_rows - first, 0)} to test on, fewer than the {n_folds} folds; "
            "give a longer series or fewer folds"
        )
    edges = np.linspace(first, n_rows, n_folds + 1).round().astype(int).tolist()
    return tuple(
        Fold(i + 1, (0, start - gap), (start, stop)) for i, (start, stop) in enumerate(pairwise(edges))
    )
