"""The mixture of motifs before the surrogates' density: against its plain twin, and what exchange must hold."""

import numpy as np
import pytest

from motifkit.io.samples import planted_series
from motifkit.mining import mixture as module
from motifkit.mining.exchange import exchanged
from motifkit.mining.matrix_profile import mine_profile
from motifkit.mining.merging import _moves, merged
from motifkit.mining.mine import mine
from motifkit.mining.mixture import Mixture
from motifkit.mining.null import NullModel
from motifkit.mining.scan import Scan
from motifkit.mining.threads import one_blas_thread
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, TrajectoryDataset
from tests import naive_mixture as naive
from tests.mining.hidden_shapes import assert_gain, f1_gains

SETTINGS = {
    "share": module._AROUND,
    "shrinkage": module._SHRINKAGE,
}


def prepared(values, length, normalize="zscore", seed=0, n_references=None):
    data = TrajectoryDataset((Episode(np.asarray(values, float).reshape(len(values), -1)),), ("x",))
    references = NullModel(data, length, normalize, joint=False, seed=seed).references()[:n_references]
    windows = collect_windows(data, length, normalize)
    return windows, references, Mixture(Scan(windows, references), references)


@pytest.fixture(scope="module")
def small():
    return prepared(np.random.default_rng(3).normal(size=140), 6)


SETS = [np.array([3, 40, 77, 120]), np.array([20, 60]), np.array([10, 90, 100])]


@pytest.fixture(scope="module")
def parts(small):
    windows, references, _ = small
    null = np.concatenate(references).tolist()
    return naive.components([s.tolist() for s in SETS], windows.points.tolist(), null, **SETTINGS)


class TestTwin:
    def test_components(self, small, parts):
        fitted = small[2].fit(SETS)
        for shape, variance, peak, part in zip(*fitted, parts, strict=True):
            to_template = [naive.squared(part[0], point) for point in small[0].points]
            np.testing.assert_allclose(shape.squared, to_template, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose([variance, peak], part[1:3], rtol=1e-4)
            assert shape.spread == pytest.approx(np.mean(part[3]), rel=1e-9)

    def test_odds_and_evidence(self, small, parts):
        windows, _, mixture = small
        expected = [[naive.log_odds(part, point) for point in windows.points] for part in parts]
        fitted = mixture.fit(SETS)
        every = np.arange(len(windows))
        np.testing.assert_allclose(fitted.log_odds(every), expected, rtol=1e-3, atol=1e-3)
        assert fitted.evidence() == pytest.approx(naive.evidence(parts, module._PRICE), rel=1e-4)

    def test_no_likely_window_is_out_of_reach(self, small):
        windows, _, mixture = small
        for seed in range(20):
            rng = np.random.default_rng(seed)
            fitted = mixture.fit([rng.choice(len(windows), 4, replace=False) for _ in range(3)])
            likely = np.flatnonzero((fitted.log_odds(np.arange(len(windows))) > 0).any(axis=0))
            assert set(likely) <= set(fitted.within_reach())

    @pytest.mark.parametrize("seed", range(20))
    def test_assignment(self, small, seed):
        windows, _, mixture = small
        odds = np.random.default_rng(seed).normal(-1, 2, (3, len(windows))).astype(np.float32)
        expected = naive.assign(odds.tolist(), windows.position.tolist(), 6)
        assert [idx.tolist() for idx in mixture.assign(np.arange(len(windows)), odds)] == expected


@pytest.mark.parametrize("normalize", ["zscore", "mean", "none"])
def test_equal_windows_give_finite_odds(normalize):
    x = np.random.default_rng(0).normal(size=200)
    for at in (20, 80, 140):
        x[at : at + 8] = x[20:28]
    mixture = prepared(x, 8, normalize)[2]
    sets, evidence = mixture.refined([np.array([20, 80, 140])])
    assert np.isfinite(evidence)
    assert sorted(sets[0].tolist()) == [20, 80, 140]


def test_refining_never_ends_with_less_evidence_than_its_first_round(small):
    _, _, mixture = small
    for seed in range(10):
        rng = np.random.default_rng(seed)
        start = [np.sort(rng.choice(np.arange(0, 134, 7), 4, replace=False)) for _ in range(3)]
        assert mixture.refined(start)[1] >= mixture.refined(start, n_rounds=1)[1]


def test_nothing_to_refine_gives_nothing(small):
    assert small[2].refined([]) == ([], -np.inf)
    assert small[2].refined([np.array([3])]) == ([], -np.inf)


@pytest.fixture(scope="module")
def alike():
    """Noise with ten occurrences each of two shapes that differ at their ends alone, and where they are."""
    rng = np.random.default_rng(1)
    first = np.sin(np.linspace(0, 2 * np.pi, 24))
    shapes = [first, first + np.repeat([0.0, -1.6], [16, 8])]
    x, starts = rng.normal(size=1200), [[], []]
    for i, at in enumerate(range(20, 1180, 58)):
        x[at : at + 24] = 2 * shapes[i % 2] + 0.3 * rng.normal(size=24)
        starts[i % 2].append(at)
    return prepared(x, 24), starts


class TestExchange:
    def test_a_merged_set_gives_way_to_the_two_that_it_holds(self, alike):
        (_, _, mixture), (one, two) = alike
        both, stray = np.array(one + two), np.array([300, 600])
        for others in ([np.array(one), np.array(two)], [np.array(two[:5]), np.array(one[:4])]):
            sets = exchanged(mixture, [both, stray], others, 2)
            assert sorted(sorted(idx.tolist()) for idx in sets) == sorted([one, two])

    def test_evidence_never_falls_and_sets_do_not_overlap(self, alike):
        (windows, _, mixture), (one, two) = alike
        start = [np.array(one[:6]), np.array(two + one[6:])]
        rng = np.random.default_rng(0)
        others = [np.sort(rng.choice(np.arange(0, 1170, 25), 5, replace=False)) for _ in range(6)]
        sets = exchanged(mixture, start, others, 3)
        assert mixture.fit(sets).evidence() >= mixture.refined(start)[1]
        assert len(sets) <= 3
        assert np.diff(np.sort(windows.position[np.concatenate(sets)])).min() >= windows.length

    def test_two_halves_of_a_shape_become_one(self, alike):
        (_, _, mixture), (one, two) = alike
        sets = exchanged(mixture, [np.array(one[:5]), np.array(two), np.array(one[5:])], [], 3)
        assert sorted(sorted(idx.tolist()) for idx in sets) == sorted([one, two])

    def test_without_others_sets_are_refined_alone(self, alike):
        (_, _, mixture), (one, two) = alike
        start = [np.array(one), np.array(two)]
        assert [s.tolist() for s in exchanged(mixture, start, [], 2)] == [
            s.tolist() for s in mixture.refined(start)[0]
        ]

    def test_the_miner_tells_alike_shapes_apart(self, alike):
        (windows, references, _), (one, two) = alike
        with one_blas_thread():
            found = [np.sort(s.windows_idx) for s in mine_profile(windows, references, 2)]
        for true in (one, two):
            assert any(len(idx) == 10 and np.abs(idx - true).max() <= 4 for idx in found)


class TestJoined:
    @pytest.mark.parametrize("seed", range(6))
    def test_equals_the_twin(self, seed):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=300).cumsum()
        at = rng.permutation(np.arange(5, 280, 12))[:12]
        for start in at:
            x[start : start + 8] = x[start] + 3 * np.sin(np.arange(8)) + 0.3 * rng.normal(size=8)
        windows, references, mixture = prepared(x, 8, n_references=8)
        moved = at + rng.choice([0, 1], 12) * (seed % 2)
        sets = [moved[:4], moved[4:7], moved[7:], rng.permutation(np.arange(0, 290, 17))[:3]]
        expected = naive.merged(
            [s.tolist() for s in sets],
            windows.points.tolist(),
            np.concatenate(references).tolist()[:: max(1, sum(map(len, references)) // module._BACKGROUND)],
            windows.position.tolist(),
            reach=1,
            length=8,
            price=module._PRICE,
            **SETTINGS,
        )
        found = merged(mixture, sets, len)
        assert sorted(sorted(s.tolist()) for s in found) == sorted(map(sorted, expected))
        assert len(expected) < len(sets)

    def test_halves_that_begin_a_few_rows_apart_become_one(self, alike):
        (_, _, mixture), (one, two) = alike
        halves = [np.array(one[:5]), np.array(two), np.array(one[5:]) + 2]
        assert sorted(sorted(idx.tolist()) for idx in merged(mixture, halves, len)) in (
            sorted([one, two]),
            sorted([(np.array(one) + 2).tolist(), two]),
        )

    def test_different_shapes_stay_apart(self, alike):
        (_, _, mixture), (one, two) = alike
        sets = [np.array(one), np.array(two)]
        assert [idx.tolist() for idx in merged(mixture, sets, len)] == [one, two]

    def test_a_merge_less_surprising_than_its_parts_is_not_made(self, alike):
        (_, _, mixture), (one, two) = alike
        halves = [np.array(one[:5]), np.array(two), np.array(one[5:])]
        assert len(merged(mixture, halves, len)) == 2
        assert [idx.tolist() for idx in merged(mixture, halves, lambda idx: -len(idx))] == [
            idx.tolist() for idx in halves
        ]

    @pytest.mark.parametrize(
        ("sets", "first", "second"),
        [
            ([[0, 30], [60, 134]], {0, 1, 2, 3}, {0, -1, -2, -3}),  # no window lies before 0 or after 134
            ([[20, 60], [28, 90]], {0, -1, -2, -3, 1, 2}, {0, -1, -2, 1, 2, 3}),  # a window has six rows
        ],
    )
    def test_sets_move_within_the_series_and_onto_no_other_window(self, small, sets, first, second):
        sets = [np.array(idx) for idx in sets]
        for j, rows in enumerate([first, second]):
            moves = _moves(small[2].scan, sets, j, reach=3)
            assert {tuple(idx.tolist()) for idx in moves} == {tuple((sets[j] + r).tolist()) for r in rows}

    def test_nothing_gives_nothing(self, small):
        assert merged(small[2], [], len) == []


@pytest.mark.parametrize(
    ("background", "n", "count", "noise", "n_motifs"),
    [
        ("noise", 2000, 24, 0.5, 10),
        ("noise", 4000, 40, 0.3, 2),
        ("walk", 2000, 20, 0.1, 10),
        ("walk", 4000, 40, 0.3, 2),
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_a_frequent_shape_stays_one_motif_though_more_are_asked_for(
    background, n, count, noise, n_motifs, seed
):
    """Room for more motifs than there are must not tear a shape apart."""
    values, truth = planted_series(n, 1, 16, count, noise, background, seed=seed)
    starts = np.array([place.start for place in truth])
    motifs = mine(values, 16, n_motifs=n_motifs, n_surrogates=0).motifs
    hits = [
        np.count_nonzero(np.abs(np.subtract.outer([o.start for o in m.occurrences], starts)) < 6)
        for m in motifs
    ]
    assert hits[0] >= 0.9 * count and max(hits[1:], default=0) <= 0.1 * count


def test_strays_are_not_joined_to_a_clear_motif():
    """In this walk seven occurrences and six strays have more evidence as one set, which nobody would call a motif."""
    values, _ = planted_series(noise=0.25, background="walk", seed=0)
    assert sum(motif.score > 25 for motif in mine(values, 16, n_surrogates=0).motifs) == 4


@pytest.mark.slow
def test_exchange_finds_more_of_hidden_shapes():
    assert_gain(f1_gains({"exchange": False}, {"exchange": True}, noises=(0.4, 0.6), n_seeds=30))
