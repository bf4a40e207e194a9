"""Motifs of several lengths: found at about their own, listed once, honest, kept by files and by match."""

import numpy as np
import pytest

from motifkit.errors import UsageError
from motifkit.mining.length_range import lengths_between, mine_lengths, without_repeats
from motifkit.mining.match import match
from motifkit.types import MiningResult, Motif, Occurrence

SHORT = np.array([0, 4.0, -3, 3, -4])
LONG = np.array([0, 1, 3, 5, 3, -2, -6, -3, 2, 5, 1.0])


def two_shapes(seed=0, n=540):
    """Noise with shapes of lengths 5 and 11 planted in turn, 12 times each."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    starts = {5: range(15, n - 20, 42), 11: range(33, n - 20, 42)}
    for shape in (SHORT, LONG):
        for s in starts[len(shape)]:
            x[s : s + len(shape)] = 2 * shape + 0.3 * rng.normal(size=len(shape))
    return x, starts


@pytest.fixture(scope="module")
def found():
    x, _ = two_shapes()
    return mine_lengths(x, (4, 12), n_motifs=3, n_surrogates=3, n_threads=1)


def lies_at(motif, starts, length):
    """Share of planted places that an occurrence covers by more than half."""
    places = [(o.start, o.end) for o in motif.occurrences]
    hit = [any(min(e, s + length) - max(b, s) > length / 2 for b, e in places) for s in starts]
    return np.mean(hit)


@pytest.mark.parametrize(("length", "lengths"), [(5, (4, 5, 6)), (11, (8, 10, 12))])
def test_both_planted_lengths_are_found(found, length, lengths):
    _, starts = two_shapes()
    at = [m for m in found.motifs if m.length in lengths and lies_at(m, starts[length], length) >= 0.75]
    assert at and min(m.p_value for m in at) == 0.25  # none of 3 surrogates is as surprising


def test_a_result_of_several_lengths_is_saved_shown_and_matched(found, tmp_path):
    from motifkit.report.terminal import render_match, render_result
    from motifkit.report.wording import title

    assert len({m.length for m in found.motifs}) > 1
    loaded = MiningResult.load(found.save(tmp_path / "m.npz"))
    assert [m.prototype.shape for m in loaded.motifs] == [m.prototype.shape for m in found.motifs]
    again = match(loaded, two_shapes()[0])
    for new, old in zip(again.motifs, found.motifs, strict=True):
        assert (new.length, new.label) == (old.length, old.label)
        assert all(o.end - o.start == new.length for o in new.occurrences)
        assert new.count >= 0.75 * old.count
    rows = render_result(found).splitlines()
    assert any("rows" in row.split() for row in rows[:3]) and render_match(again, found)
    assert "of 4 to 12 rows" in title(found)


def test_p_values_of_patternless_series_are_not_too_small():
    each = (mined_patternless(seed, n=80, n_surrogates=9, method="sax") for seed in range(8))
    least = np.array([min((motif.p_value for motif in motifs), default=1) for motifs in each])
    assert np.count_nonzero(least <= 0.1) <= 2  # of 8 at .1, three happen in one case of twenty-six


@pytest.mark.slow
def test_nineteen_of_twenty_patternless_series_are_clean():
    each = (mined_patternless(seed, n=500, n_surrogates=99) for seed in range(20))
    assert sum(any(motif.is_significant() for motif in motifs) for motifs in each) <= 1


def mined_patternless(seed, n, n_surrogates, method="matrix_profile"):
    x = np.random.default_rng([17, seed]).normal(size=n)
    x = x.cumsum() if seed % 2 else x
    return mine_lengths(x, (4, 6), method, n_motifs=3, n_surrogates=n_surrogates, n_threads=1).motifs


def motif_at(starts, length, score):
    places = tuple(Occurrence(0, s, s + length, 0.1) for s in starts)
    return Motif(np.zeros((length, 1)), places, 0.1, score=score)


def test_repeats_go_and_neighbours_stay():
    best = motif_at((10, 50, 90), 8, 9.0)
    shifted = motif_at((11, 51, 200), 6, 8.0)  # two of three within the best
    apart = motif_at((30, 70, 90), 8, 7.0)  # one of three
    touching = motif_at((16, 56, 96), 8, 6.0)  # overlap of two rows
    kept = without_repeats([touching, apart, shifted, best])
    assert [motif.score for motif in kept] == [9.0, 7.0, 6.0]


def test_lengths_of_a_range_hold_its_ends():
    assert lengths_between(3, 3) == (3,)
    for longest in (9, 40, 500):
        mined = lengths_between(4, longest)
        assert mined[0] == 4 and mined[-1] == longest and len(mined) <= 6
    for wrong in ((2, 5), (6, 5)):
        with pytest.raises(UsageError):
            lengths_between(*wrong)


def test_the_order_of_listing_is_that_of_surprise(found):
    scores = [motif.score for motif in found.motifs]
    assert scores == sorted(scores, reverse=True)
    p = [motif.p_value for motif in found.motifs]
    assert p == sorted(p)
