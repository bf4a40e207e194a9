"""Places that are the same, against the largest pairing there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.compare.overlaps import same_places
from tests import naive_compare as naive


@pytest.mark.parametrize(("shift", "same"), [(0, 1), (3, 1), (-3, 1), (4, 0), (-4, 0), (10, 0)])
def test_more_than_half_of_the_union(shift, same):
    assert len(same_places([(0, 100, 110)], [(0, 100 + shift, 110 + shift)])) == same  # 7 / 13 and 6 / 14


def test_exactly_half_is_not_enough():
    assert same_places([(0, 0, 4)], [(0, 0, 8)]) == []
    assert same_places([(0, 0, 5)], [(0, 0, 8)]) == [(0, 0)]


def test_places_are_taken_once_and_episodes_kept_apart():
    assert same_places([(0, 10, 18), (0, 11, 19)], [(0, 10, 18)]) == [(0, 0)]
    assert same_places([(0, 10, 18)], [(1, 10, 18)]) == []
    assert same_places([], [(0, 0, 8)]) == same_places([(0, 0, 8)], []) == []


@st.composite
def apart(draw):
    """Places of many lengths that do not overlap, in two episodes."""
    gaps = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), max_size=12))
    places, at = [], 0
    for gap, length in gaps:
        places.append((draw(st.integers(0, 1)), at + gap, at + gap + length))
        at += gap + length
    return draw(st.permutations(places))


@given(apart(), apart())
@settings(max_examples=150, deadline=None)
def test_as_many_pairs_as_can_be_of_places_apart(one, other):
    check(one, other)


@pytest.mark.parametrize("seed", range(30))
def test_as_many_pairs_as_can_be_of_equal_length(seed):
    rng = np.random.default_rng(seed)
    one, other = ([(0, int(s), int(s) + 9) for s in rng.integers(0, 60, 15)] for _ in range(2))
    check(one, other)


def check(one, other):
    pairs = same_places(one, other)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(naive.overlap(one[i], other[j]) > 0.5 for i, j in pairs)
    assert len(pairs) == naive.most_pairs(one, other)
