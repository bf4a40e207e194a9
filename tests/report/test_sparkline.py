"""Small pictures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motifkit.report.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([5], "▄"),
        ([2, 2, 2], "▄▄▄"),
        (range(8), "▁▂▃▄▅▆▇█"),
        ([1, math.nan, 2, math.inf], "▁ █ "),
        ([math.nan], " "),
        ([-1e308, 0, 1e308], "▁▅█"),
        ([1e-300, 2e-300], "▁█"),
    ],
)
def test_drawn(values, drawn):
    assert sparkline(list(values)) == drawn


@given(st.lists(st.floats(), max_size=30))
def test_one_character_a_value(values):
    assert len(sparkline(values)) == len(values)


def test_two_dimensions():
    with pytest.raises(ValueError, match="one-dimensional"):
        sparkline(np.zeros((3, 2)))
