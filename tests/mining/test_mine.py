"""The three miners through `mine()`: planted shapes, what must hold of every result, edges, determinism."""

from functools import cache
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest

from motifkit.errors import MotifkitError
from motifkit.io.samples import planted_series
from motifkit.mining.mine import mine, mine_all
from motifkit.mining.recovery import recovered_shapes
from motifkit.mining.windows import normalize_windows
from motifkit.types import Episode, TrajectoryDataset

METHODS = ("matrix_profile", "sax", "dtw")
LENGTH = 16


def planted(background="noise"):
    return planted_series(
        n=1000, n_shapes=2, length=LENGTH, count=12, noise=0.25, background=background, seed=0
    )


@cache
def mined(method, background="noise", n_surrogates=0, n_motifs=2, n=1000, **arguments):
    """Mined from the first `n` rows of the planted series."""
    values = planted(background)[0][:n]
    return mine(values, LENGTH, method, n_motifs, n_surrogates=n_surrogates, **arguments)


def places(result):
    return [sorted((o.episode, o.start) for o in motif.occurrences) for motif in result.motifs]


def same(a, b):
    """Whether two results are equal bit by bit."""
    return a.to_json() == b.to_json() and all(
        np.array_equal(x.prototype, y.prototype) for x, y in zip(a.motifs, b.motifs, strict=True)
    )


def assert_sound(result, length, most=10):
    """What holds of every result of every miner."""
    assert len(result.motifs) <= most
    all_places = sorted(place for motif in places(result) for place in motif)
    for (e, start), (other, later) in pairwise(all_places):
        assert e != other or later - start >= length
    scores = [motif.score for motif in result.motifs]
    assert scores == sorted(scores, reverse=True) and np.isfinite(scores).all()
    assert [motif.label for motif in result.motifs] == list("ABCDEFGHIJKLM"[: len(scores)])
    for motif in result.motifs:
        assert motif.count == len(motif.occurrences) >= 2
        distances = [o.distance for o in motif.occurrences]
        assert distances == sorted(distances) and distances[-1] == motif.radius
        assert all(o.end - o.start == length for o in motif.occurrences)
        assert motif.prototype.shape == (length, len(result.channels))
        assert np.isfinite(motif.prototype).all() and motif.expected_count > 0


class TestPlanted:
    @pytest.mark.parametrize("background", ["noise", "walk"])
    @pytest.mark.parametrize("method", ["matrix_profile", "dtw"])
    def test_occurrences_are_found(self, method, background):
        _, truth = planted(background)
        result = mined(method, background)
        n_covered = [
            max(
                sum(
                    any(abs(o.start - place.start) <= LENGTH // 3 for o in motif.occurrences)
                    for place in truth
                    if place.shape == shape
                )
                for motif in result.motifs
            )
            for shape in (0, 1)
        ]
        assert min(n_covered) >= 11, n_covered
        assert all(motif.count <= 14 for motif in result.motifs)

    def test_sax_finds_a_shape(self):
        # Words cut a shape wherever a window begins, so that SAX finds less than the other two.
        _, truth = planted("walk")
        starts = [o.start for o in mined("sax", "walk").motifs[0].occurrences]
        hits = [
            sum(any(abs(s - p.start) <= LENGTH // 2 for s in starts) for p in truth if p.shape == k)
            for k in (0, 1)
        ]
        assert max(hits) >= 6

    @pytest.mark.parametrize("background", ["noise", "walk"])
    def test_planted_shapes_are_significant(self, background):
        truth = [place for place in planted(background)[1] if place.end <= 600]
        result = mined("matrix_profile", background, n_surrogates=20, n=600)
        shapes = recovered_shapes(result, truth)
        assert len(shapes) == 2 and min(shape.n_planted for shape in shapes) >= 6
        assert all(shape.found and shape.n_covered >= shape.n_planted - 1 for shape in shapes), shapes
        assert result.parameters["n_surrogates_mined"] == 20
        assert all(motif.is_significant() and motif.p_value == 1 / 21 for motif in result.motifs)

    @pytest.mark.parametrize("method", ["sax", "dtw"])
    def test_other_miners_find_significant_motifs_too(self, method):
        result = mined(method, "walk", n_surrogates=20, n=600)
        assert result.motifs[0].is_significant()


class TestResult:
    @pytest.mark.parametrize("background", ["noise", "walk"])
    @pytest.mark.parametrize("method", METHODS)
    def test_is_sound(self, method, background):
        values = planted(background)[0][:600]
        result = mine(values, LENGTH, method, n_surrogates=1)
        assert_sound(result, LENGTH)
        assert result.method == method and result.n_steps == len(values)
        assert result.parameters["seed"] == 0 and result.parameters["length"] == LENGTH

    @pytest.mark.parametrize("method", ["matrix_profile", "sax"])
    def test_prototype_is_the_normalised_mean_of_the_occurrences(self, method):
        values, _ = planted()
        for motif in mined(method).motifs:
            windows = np.array([values[o.start : o.end] for o in motif.occurrences])[..., None]
            points, _ = normalize_windows(windows)
            mean, _ = normalize_windows(points.mean(axis=0)[None, :, None])
            np.testing.assert_allclose(motif.prototype[:, 0], mean[0], atol=1e-9)
            distances = np.linalg.norm(points - mean, axis=1)
            np.testing.assert_allclose([o.distance for o in motif.occurrences], distances, atol=1e-9)

    @pytest.mark.parametrize("method", METHODS)
    def test_one_motif_may_be_asked_for(self, method):
        assert len(mined(method, n_motifs=1).motifs) == 1

    def test_fewer_motifs_are_given_than_asked_when_there_are_no_more(self):
        values = np.random.default_rng(0).normal(size=60)
        result = mine(values, 8, n_motifs=50, n_surrogates=0)
        assert 0 < len(result.motifs) < 50

    def test_words_are_those_of_sax_alone(self):
        assert not any(motif.words for motif in mined("matrix_profile").motifs)
        for motif in mined("sax").motifs:
            assert motif.words and {len(word) for word in motif.words} == {4}
        fine = mine(planted()[0], LENGTH, "sax", 2, n_surrogates=0, n_segments=8, alphabet_size=3)
        assert {len(word) for motif in fine.motifs for word in motif.words} == {8}
        assert fine.parameters["n_segments"] == 8 and fine.parameters["alphabet_size"] == 3

    def test_timestamps_are_those_of_the_rows(self):
        import pandas as pd

        values, _ = planted()
        times = pd.date_range("2020-01-01", periods=len(values), freq="D", tz="UTC")
        result = mine(pd.Series(values, index=times), LENGTH, n_motifs=1, n_surrogates=0)
        for o in result.motifs[0].occurrences:
            assert o.start_time == np.datetime64("2020-01-01") + np.timedelta64(o.start, "D")
            assert o.end_time == np.datetime64("2020-01-01") + np.timedelta64(o.end - 1, "D")

    def test_progress_reports_stages_in_order(self):
        calls = []
        noise = np.random.default_rng(0).normal(size=60)
        mine(noise, n_motifs=1, n_surrogates=3, progress=lambda *c: calls.append(c))
        assert calls == [("motifs", 0, 1), ("motifs", 1, 1), *(("surrogates", i, 3) for i in (1, 2, 3))]


class TestDeterminism:
    @pytest.mark.parametrize("method", METHODS)
    def test_equal_seeds_give_equal_results_whatever_the_threads(self, method):
        values = planted()[0][:300]
        results = [mine(values, LENGTH, method, 2, n_surrogates=5, seed=3, n_threads=n) for n in (1, 2, None)]
        assert all(same(results[0], other) for other in results[1:])

    def test_seeds_change_the_surrogates(self):
        values = np.random.default_rng(0).normal(size=150)
        expected = {mine(values, n_motifs=1, n_surrogates=0, seed=s).motifs[0].score for s in range(4)}
        assert len(expected) > 1

    def test_the_data_are_left_alone(self):
        values = planted()[0][:300]
        before = values.copy()
        mine(values, LENGTH, n_motifs=2, n_surrogates=1)
        np.testing.assert_array_equal(values, before)


class TestInvariance:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("change", ["affine", "float32", "1e307", "1e-300", "1e-306", "integers"])
    def test_scale_level_and_precision_do_not_matter(self, method, change):
        values = planted()[0][:300]
        plain = mined(method, n_surrogates=3, n=300)
        if change == "integers":
            values = np.round(values * 1000)
            plain = mine(values, LENGTH, method, 2, n_surrogates=3)
        changed = {
            "affine": lambda: values * 3 + 7,
            "float32": lambda: values.astype(np.float32),
            "integers": lambda: values.astype(np.int64),
        }
        other = mine(
            changed[change]() if change in changed else values * float(change),
            LENGTH,
            method,
            2,
            n_surrogates=3,
        )
        assert places(other) == places(plain)
        assert [m.count for m in other.motifs] == [m.count for m in plain.motifs]
        assert [m.score for m in other.motifs] == pytest.approx([m.score for m in plain.motifs], rel=1e-3)
        assert [m.p_value for m in other.motifs] == [m.p_value for m in plain.motifs]

    @pytest.mark.parametrize("method", ["matrix_profile", "dtw"])
    @pytest.mark.parametrize("normalize", ["mean", "none"])
    @pytest.mark.parametrize("scale", [1e-300, 1e-25, 1e20, 1e300])
    def test_scale_does_not_matter_without_scaling(self, method, normalize, scale):
        plain = mined(method, n=500, normalize=normalize)
        other = mine(planted()[0][:500] * scale, LENGTH, method, 2, n_surrogates=0, normalize=normalize)
        assert places(other) == places(plain)

    @pytest.mark.parametrize("method", ["matrix_profile", "dtw"])
    @pytest.mark.parametrize("level", [1e3, 1e5, -1e6])
    def test_level_does_not_matter_for_distances_of_raw_windows(self, method, level):
        plain = mined(method, n=500, normalize="none")
        other = mine(planted()[0][:500] + level, LENGTH, method, 2, n_surrogates=0, normalize="none")
        assert places(other) == places(plain)

    def test_one_huge_value_does_not_hide_the_rest(self):
        values = planted()[0].copy()
        starts = np.array([start for _, start in places(mined("matrix_profile"))[0]])
        spoiled = next(i for i in range(len(values)) if np.abs(starts - i).min() > 40)
        values[spoiled] = 1e300
        result = mine(values, LENGTH, n_motifs=2, n_surrogates=0)
        assert_sound(result, LENGTH)
        assert result.motifs[0].score > 30


class TestGapsAndEpisodes:
    @pytest.mark.parametrize("method", METHODS)
    def test_missing_values_are_in_no_occurrence(self, method):
        values = planted()[0][:500]
        values[[50, 51, 175, 176, 177, 350]] = np.nan
        values[250] = np.inf
        data = TrajectoryDataset((Episode(values[:, None]),), ("x",))
        result = mine(data, LENGTH, method, n_surrogates=1)
        assert_sound(result, LENGTH)
        assert result.motifs
        for motif in result.motifs:
            assert all(np.isfinite(values[o.start : o.end]).all() for o in motif.occurrences)

    @pytest.mark.parametrize("method", METHODS)
    def test_no_occurrence_crosses_episodes(self, method):
        values = planted()[0][:500]
        parts = [values[:150], values[150:155], values[155:170], values[170:187], values[187:]]
        result = mine(parts, LENGTH, method, n_surrogates=1)
        assert_sound(result, LENGTH)
        for motif in result.motifs:
            for o in motif.occurrences:
                assert 0 <= o.start < o.end <= len(parts[o.episode])
        assert {o.episode for m in result.motifs for o in m.occurrences} >= {0, 4}

    def test_windows_at_the_seam_of_episodes_are_both_found(self):
        shape = planted()[0][: 2 * LENGTH]
        rng = np.random.default_rng(0)
        episodes = [shape + 0.05 * rng.normal(size=len(shape)) for _ in range(8)]
        result = mine(episodes, 2 * LENGTH, n_motifs=1, n_surrogates=0)
        assert sorted((o.episode, o.start) for o in result.motifs[0].occurrences) == [
            (e, 0) for e in range(8)
        ]

    @pytest.mark.parametrize("method", METHODS)
    def test_constant_stretches_are_in_no_motif(self, method):
        values = planted()[0][:500]
        values[100:200] = 1.5
        result = mine(values, LENGTH, method, n_surrogates=1)
        assert_sound(result, LENGTH)
        assert result.motifs
        for motif in result.motifs:
            assert all(np.ptp(values[o.start : o.end]) > 0 for o in motif.occurrences)


class TestChannels:
    @pytest.mark.parametrize("joint", [False, True])
    @pytest.mark.parametrize("method", METHODS)
    def test_several_channels(self, method, joint):
        values, _ = planted()
        other = 2 * values + 0.1 * np.random.default_rng(0).normal(size=len(values))
        result = mine(np.stack([values, other], axis=1), LENGTH, method, 2, joint=joint, n_surrogates=1)
        assert_sound(result, LENGTH)
        for motif in result.motifs:
            scale = motif.prototype.std(axis=0)
            if joint:
                assert motif.prototype.std() == pytest.approx(1) and (method == "dtw" or scale[1] > scale[0])
            else:
                np.testing.assert_allclose(scale, 1)
        if method != "sax":
            assert [m.count for m in result.motifs] == pytest.approx([12, 12], abs=2)

    def test_channels_of_very_different_size_count_alike(self):
        values = planted()[0][:500]
        rng = np.random.default_rng(1)
        pair = np.stack([values, rng.normal(size=len(values))], axis=1)
        plain = mine(pair, LENGTH, n_motifs=2, n_surrogates=0)
        other = mine(pair * [1e-6, 1e9], LENGTH, n_motifs=2, n_surrogates=0)
        assert places(other) == places(plain)

    def test_a_constant_channel_is_passed_over(self):
        values, _ = planted()
        result = mine(np.stack([values, np.full_like(values, 4)], axis=1), LENGTH, n_motifs=2, n_surrogates=0)
        assert places(result) == places(mined("matrix_profile"))


class TestSmall:
    @pytest.mark.parametrize("kind", ["walk", "noise"])
    @pytest.mark.parametrize(("length", "n"), [(3, 6), (3, 7), (4, 8), (16, 32), (40, 80)])
    @pytest.mark.parametrize("method", METHODS)
    def test_the_shortest_data(self, method, length, n, kind):
        values = np.random.default_rng(0).normal(size=n)
        values = values.cumsum() if kind == "walk" else values
        assert_sound(mine(values, length, method, n_surrogates=19), length)

    @pytest.mark.parametrize("method", METHODS)
    def test_length_three(self, method):
        result = mine(np.random.default_rng(0).normal(size=150).cumsum(), 3, method, n_surrogates=2)
        assert_sound(result, 3)
        assert result.motifs

    @pytest.mark.parametrize("method", METHODS)
    def test_ticks_with_many_equal_windows(self, method):
        values = np.random.default_rng(0).integers(-1, 2, 200).cumsum().astype(float)
        result = mine(values, 4, method, 5, n_surrogates=2)
        assert_sound(result, 4)
        room = len(values) / 4
        assert all(m.count <= room and m.expected_count <= room for m in result.motifs)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "values", [np.tile([0.0, 1.0], 40), np.arange(60.0), np.r_[np.zeros(50), np.ones(50)]]
    )
    def test_regular_series(self, method, values):
        assert_sound(mine(values, 4, method, n_surrogates=2), 4)


class TestAll:
    def test_gives_what_each_miner_gives(self):
        results = mine_all(planted()[0][:300], LENGTH, 2, n_surrogates=3)
        assert list(results) == list(METHODS)
        for method, result in results.items():
            assert same(result, mined(method, n_surrogates=3, n=300))

    @pytest.mark.parametrize("length", [3, 4, 5])
    def test_runs_for_every_length(self, length):
        results = mine_all(np.random.default_rng(0).normal(size=100).cumsum(), length, 4, n_surrogates=0)
        for result in results.values():
            assert_sound(result, length)

    def test_reads_the_data_as_mine_does(self):
        values = np.exp(planted("walk")[0] / 50)
        for result in mine_all(values, LENGTH, 1, n_surrogates=0, transform="log").values():
            assert result.transform == "log"


NOISE = np.random.default_rng(0).normal(size=100)

USAGE = {
    "length 2": ({"length": 2}, "length must be a whole number of at least 3, got 2"),
    "length -1": ({"length": -1}, "length must be a whole number of at least 3, got -1"),
    "length 4.0": ({"length": 4.0}, "got 4.0"),
    "length text": ({"length": "4"}, "got '4'"),
    "length True": ({"length": True}, "got True"),
    "length None": ({"length": None}, "got None"),
    "n_motifs 0": ({"n_motifs": 0}, "n_motifs must be a whole number of at least 1, got 0"),
    "n_surrogates -1": ({"n_surrogates": -1}, "n_surrogates must be a whole number of at least 0, got -1"),
    "horizon 0": ({"horizon": 0}, "horizon must be a whole number of at least 1, got 0"),
    "n_threads 0": ({"n_threads": 0}, "n_threads must be a whole number of at least 1, got 0"),
    "seed -1": ({"seed": -1}, "seed"),
    "seed 1.5": ({"seed": 1.5}, "seed"),
    "method": ({"method": "stomp"}, "method must be one of matrix_profile, sax, dtw, got 'stomp'"),
    "normalize": ({"normalize": "l2"}, "normalize must be one of zscore, mean, none, got 'l2'"),
    "unknown option": ({"n_segments": 4}, "n_segments is no option of method matrix_profile; it takes: none"),
    "option of another": (
        {"method": "sax", "n_clusters": 4},
        "n_clusters is no option of method sax; it takes: n_segments, alphabet_size",
    ),
    "sax mean": ({"method": "sax", "normalize": "mean"}, "use normalize='zscore', not 'mean'"),
    "n_segments 0": ({"method": "sax", "n_segments": 0}, "n_segments"),
    "n_segments 5": ({"method": "sax", "n_segments": 5}, "n_segments"),
    "n_segments 2.5": ({"method": "sax", "n_segments": 2.5}, "n_segments"),
    "alphabet_size 1": ({"method": "sax", "alphabet_size": 1}, "alphabet_size"),
    "alphabet_size text": ({"method": "sax", "alphabet_size": "a"}, "alphabet_size"),
    "n_clusters 0": ({"method": "dtw", "n_clusters": 0}, "n_clusters"),
    "n_clusters 2.5": ({"method": "dtw", "n_clusters": 2.5}, "n_clusters"),
    "warping_window -1": ({"method": "dtw", "warping_window": -1}, "window"),
    "warping_window 1.5": ({"method": "dtw", "warping_window": 1.5}, "window"),
    "transform": ({"transform": "sqrt"}, "transform must be one of level, log, return, got 'sqrt'"),
}


def raised(data, **arguments):
    with pytest.raises(MotifkitError) as caught:
        mine(data, **{"n_surrogates": 0, **arguments})
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("case", USAGE)
def test_unusable_arguments_are_named(case):
    arguments, told = USAGE[case]
    error = raised(NOISE, **arguments)
    assert error.exit_code == 2 and told in str(error)


def gappy(every):
    values = NOISE.copy()
    values[::every] = np.nan
    return TrajectoryDataset((Episode(values[:, None]),), ("close",), source="a.csv")


DATA = {
    "fewer than two windows": (
        NOISE[:7],
        "needs at least 8 rows, but array has 7; pass a smaller length",
    ),
    "fewer than one window": (NOISE[:3], "needs at least 8 rows, but array has 3"),
    "constant": (np.full(50, 2.5), "array: column value is constant (2.5 in every row)"),
    "all channels constant": (np.full((50, 2), 2.5), "column 0, 1 is constant"),
    "missing value": ([*NOISE, np.nan], "100"),
    "gaps everywhere": (gappy(3), "a.csv: column close has no 4 rows in a row that vary and miss no value"),
    "nothing but gaps": (gappy(1), "close has no 4 rows in a row"),
    "episodes all too short": ([NOISE[:3]] * 5, "has no 4 rows in a row"),
    "text": (np.array(["a", "b"] * 10), "give real numbers"),
    "three dimensions": (NOISE.reshape(4, 5, 5)[None], "shape"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", DATA)
def test_unusable_data_are_named(case, method):
    data, told = DATA[case]
    error = raised(data, method=method)
    assert error.exit_code in (2, 3) and told in str(error), str(error)


@pytest.mark.parametrize("method", ["sax", "dtw"])
def test_surrogates_are_mined_for_as_many_motifs_as_the_data(method, monkeypatch):
    # The second or third may turn out more surprising than the first; for the data it would count.
    module = import_module(f"motifkit.mining.{method}")
    miner, asked = getattr(module, f"mine_{method}"), []

    def asked_for(windows, null, n_motifs, **options):
        asked.append(n_motifs)
        return miner(windows, null, n_motifs, **options)

    monkeypatch.setattr(module, f"mine_{method}", asked_for)
    mine(np.random.default_rng(0).normal(size=200), 4, method, n_motifs=3, n_surrogates=4)
    assert asked == [3] * 5
