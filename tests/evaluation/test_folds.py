"""Walk-forward folds: nothing is trained on what is tested, and every row is tested once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.folds import walk_forward_folds


@given(st.integers(40, 500), st.integers(1, 6), st.integers(0, 8), st.integers(0, 8))
def test_every_later_row_is_tested_once_by_what_ends_a_gap_before_it(n_rows, n_folds, purge, embargo):
    folds = walk_forward_folds(n_rows, n_folds, purge=purge, embargo=embargo)
    tested = [row for fold in folds for row in range(*fold.test)]
    assert tested == list(range(n_rows // 2, n_rows))
    for fold in folds:
        assert fold.train == (0, fold.test[0] - purge - embargo)
    lengths = [stop - start for start, stop in (fold.test for fold in folds)]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"n_folds": 0}, UsageError, "n_folds must be at least 1"),
        ({"purge": -1}, UsageError, "purge must be at least 0"),
        ({"purge": 30, "embargo": 20}, DataError, "nothing is left to train on"),
        ({"first_train": 99, "n_folds": 2}, DataError, "fewer than the 2 folds"),
        ({"first_train": 200}, DataError, "leave 0 to test on"),
    ],
)
def test_folds_that_leave_nothing_are_refused(how, error, words):
    with pytest.raises(error, match=words):
        walk_forward_folds(100, **how)
