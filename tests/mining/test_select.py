"""Occurrences that do not overlap, and windows shared out among motifs, against the plain twins."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.mining.select import MotifSet, assign_to_nearest, neighbourhood, pick_non_overlapping, ranked
from tests import naive_scan


@st.composite
def positions(draw):
    """Ascending positions with gaps, as windows have around missing values and between episodes."""
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 5, 20]), min_size=1, max_size=40))
    return np.cumsum(steps)


@settings(max_examples=150, deadline=None)
@given(position=positions(), gap=st.integers(1, 9), limit=st.integers(1, 50), data=st.data())
def test_pick_apart_equals_the_twin(position, gap, limit, data):
    n = len(position)
    order = np.array(data.draw(st.permutations(range(n))))[: data.draw(st.integers(0, n))].astype(np.int64)
    banned = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    for ban in (None, banned):
        found = pick_non_overlapping(order, position, gap, limit, ban).tolist()
        expected = naive_scan.pick_non_overlapping(
            order.tolist(), position.tolist(), gap, limit, None if ban is None else ban.tolist()
        )
        assert found == expected


@settings(max_examples=150, deadline=None)
@given(position=positions(), gap=st.integers(1, 9), data=st.data())
def test_share_out_equals_the_twin(position, gap, data):
    n = len(position)
    claims = []
    for _ in range(data.draw(st.integers(1, 4))):
        idx = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=12))
        distance = st.sampled_from([0.0, 0.1, 0.5, 0.5, 2.0])  # with ties
        claims.append((idx, data.draw(st.lists(distance, min_size=len(idx), max_size=len(idx)))))
    arrays = [(np.array(idx, np.int64), np.array(d, float)) for idx, d in claims]
    found = [kept.tolist() for kept in assign_to_nearest(arrays, position, gap)]
    assert found == naive_scan.assign_to_nearest(claims, position.tolist(), gap)
    where = np.sort(position[[i for kept in found for i in kept]])
    assert (np.diff(where) >= gap).all()


@settings(max_examples=100, deadline=None)
@given(position=positions(), gap=st.integers(1, 30), data=st.data())
def test_neighbourhood_holds_exactly_what_overlaps(position, gap, data):
    i = data.draw(st.integers(0, len(position) - 1))
    inside = np.zeros(len(position), bool)
    inside[neighbourhood(position, i, gap)] = True
    assert inside.tolist() == [abs(int(p) - int(position[i])) < gap for p in position]


def test_ranked_puts_the_most_surprising_first_and_of_equals_the_nearer():
    def one(score, distance):
        return MotifSet(np.zeros(3), np.array([0, 9]), np.array([distance, distance]), score, 1.0)

    sets = [one(2.0, 0.1), one(5.0, 0.9), one(5.0, 0.3)]
    assert [(s.score, s.distances[0]) for s in ranked(sets)] == [(5.0, 0.3), (5.0, 0.9), (2.0, 0.1)]
