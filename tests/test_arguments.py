"""Checks of arguments: NumPy's numbers pass as plain ones, and every refusal says what would do."""

import math

import numpy as np
import pytest

from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_whole_numbers_become_plain(value):
    found = require_whole("n", value, 1, 3)
    assert found == 3 and type(found) is int


@pytest.mark.parametrize("value", [2, 2.5, np.float32(2.5)])
def test_numbers_become_plain(value):
    found = require_number("x", value, least=2, most=2.5)
    assert found == value and type(found) is float


@pytest.mark.parametrize("value", [0, 4, True, np.True_, 2.0, "2", None])
def test_other_than_whole_numbers_are_refused(value):
    with pytest.raises(UsageError, match=r"^n must be a whole number from 1 to 3, got "):
        require_whole("n", value, 1, 3)


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf])
def test_other_than_finite_numbers_are_refused(value):
    with pytest.raises(UsageError, match=r"^x=.* of Thing must be a finite number$"):
        require_number("x", value, of="Thing")


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"least": 1}, "a finite number of at least 1"),
        ({"above": 0}, "a finite number above 0"),
        ({"above": 0, "most": 1}, "a finite number above 0 and of at most 1"),
        ({"least": 0.5, "most": 1}, "a number from 0.5 to 1"),
    ],
)
def test_bounds_are_said(bounds, said):
    with pytest.raises(UsageError, match=f"x must be {said}, got 0$"):
        require_number("x", 0, **bounds)
