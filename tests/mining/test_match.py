"""Known motifs in new data, labels of windows, the estimators, and which motifs miners agree on."""

from functools import cache

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from motifkit.errors import DataError, MotifkitError, UsageError
from motifkit.io.samples import planted_series
from motifkit.mining.agreement import agreement
from motifkit.mining.estimators import DTWMiner, MatrixProfileMiner, SAXMiner
from motifkit.mining.frame import Frame
from motifkit.mining.match import label_windows, match
from motifkit.mining.mine import mine, mine_all
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, MiningResult, Motif, Occurrence, TrajectoryDataset

METHODS = ("matrix_profile", "sax", "dtw")
MINERS = (MatrixProfileMiner, SAXMiner, DTWMiner)
LENGTH = 16


@cache
def planted():
    values, truth = planted_series(n=3200, n_shapes=2, length=LENGTH, count=20, noise=0.25, seed=0)
    return values, truth


@cache
def mined(method, n_motifs=2, **arguments):
    """Mined from the first half of the planted series."""
    return mine(planted()[0][:1600], LENGTH, method, n_motifs, n_surrogates=0, **arguments)


def starts(motif):
    return sorted((o.episode, o.start) for o in motif.occurrences)


def with_gaps(values, *rows):
    values = np.array(values, float)
    values[list(rows)] = np.nan
    return TrajectoryDataset((Episode(values[:, None]),), ("x",))


class TestMatch:
    @pytest.mark.parametrize("method", METHODS)
    def test_mined_data_give_back_what_was_mined(self, method):
        result = mined(method)
        back = match(result, planted()[0][:1600])
        for before, after in zip(result.motifs, back.motifs, strict=True):
            lost = set(starts(before)) - set(starts(after))
            # Where two motifs claim a window the nearer prototype gets it. In mining SAX goes by words, and the default
            # miner weighs the spread of each motif.
            assert len(lost) <= (0 if method == "dtw" else 0.2 * before.count)
            assert after.label == before.label and after.radius == before.radius
            distances = {(o.episode, o.start): o.distance for o in after.occurrences}
            for o in before.occurrences:
                if (o.episode, o.start) not in lost:
                    assert distances[o.episode, o.start] == pytest.approx(o.distance, abs=1e-6)

    @pytest.mark.parametrize("method", ["matrix_profile", "dtw"])
    def test_planted_shapes_are_found_in_new_data(self, method):
        values, truth = planted()
        found = match(mined(method), values[1600:])
        for shape in (0, 1):
            where = [p.start - 1600 for p in truth if p.shape == shape and p.start >= 1600]
            n_hits = [
                sum(any(abs(o.start - s) <= LENGTH // 3 for o in m.occurrences) for s in where)
                for m in found.motifs
            ]
            assert max(n_hits) >= 0.5 * len(where), (n_hits, len(where))

    @pytest.mark.parametrize("method", METHODS)
    def test_occurrences_do_not_overlap_and_are_near_enough(self, method):
        found = match(mined(method), planted()[0][1600:])
        where = sorted(s for m in found.motifs for _, s in starts(m))
        assert (np.diff(where) >= LENGTH).all()
        for motif in found.motifs:
            distances = [o.distance for o in motif.occurrences]
            assert distances == sorted(distances)
            assert method == "sax" or all(d <= motif.radius * (1 + 1e-6) for d in distances)

    @pytest.mark.parametrize("method", METHODS)
    def test_a_result_from_a_file_works_identically(self, method, tmp_path):
        path = mined(method).save(tmp_path / "motifs.npz")
        new = planted()[0][1600:]
        assert match(MiningResult.load(path), new).to_json() == match(mined(method), new).to_json()

    def test_chances_belong_to_the_data_that_were_mined(self):
        found = match(mined("matrix_profile"), planted()[0][1600:])
        assert all(np.isnan([m.expected_count, m.p_value, m.q_value]).all() for m in found.motifs)
        assert found.parameters["matched_from"] == mined("matrix_profile").fingerprint
        assert found.n_steps == 1600 and found.fingerprint != mined("matrix_profile").fingerprint

    def test_data_without_the_shapes_give_motifs_without_occurrences(self):
        new = np.linspace(0, 1, 50) ** 2
        found = match(mined("matrix_profile"), new)
        assert [m.count for m in found.motifs] == [0, 0] and all(m.outcome is None for m in found.motifs)
        assert all(np.isnan(m.distance) for m in found.motifs)
        assert "MiningResult" in repr(found) and len(found.to_frame()) == 2

    def test_scale_and_level_of_new_data_do_not_matter(self):
        new = planted()[0][1600:]
        plain = match(mined("matrix_profile"), new)
        other = match(mined("matrix_profile"), new * 1e5 - 40)
        assert [starts(m) for m in other.motifs] == [starts(m) for m in plain.motifs]

    def test_transform_and_horizon_are_those_of_the_result_unless_given(self):
        prices = np.exp(planted()[0].cumsum() / 100)
        result = mine(prices[:600], 8, n_motifs=1, n_surrogates=0, transform="return", horizon=3)
        found = match(result, prices[600:])
        assert found.transform == "return" and found.parameters["horizon"] == 3
        assert match(result, prices[600:], horizon=5).parameters["horizon"] == 5
        assert match(result, prices[600:], transform="log").transform == "log"

    def test_several_channels(self):
        values, _ = planted()
        pair = np.stack([values, np.roll(values, 2)], axis=1)
        result = mine(pair[:1600], LENGTH, n_motifs=2, n_surrogates=0, joint=True)
        back = match(result, pair[:1600])
        assert all(set(starts(a)) <= set(starts(b)) for a, b in zip(result.motifs, back.motifs, strict=True))

    def test_episodes_and_gaps(self):
        values, _ = planted()
        found = match(mined("matrix_profile"), [values[:300], values[300:310], values[310:700]])
        assert {o.episode for m in found.motifs for o in m.occurrences} == {0, 2}
        gaps = with_gaps(
            values[:400], *(s for _, s in starts(match(mined("matrix_profile"), values[:400]).motifs[0]))
        )
        assert all(
            np.isfinite(gaps.episodes[0].observations[o.start : o.end]).all()
            for m in match(mined("matrix_profile"), gaps).motifs
            for o in m.occurrences
        )

    def test_errors_are_one_line(self):
        result, values = mined("matrix_profile"), planted()[0]
        cases = [
            (
                DataError,
                "2 channels (0, 1), but the motifs have 1",
                lambda: match(result, values[:1600].reshape(-1, 2)),
            ),
            (DataError, "needs at least 16 rows, but array has 15", lambda: match(result, values[:15])),
            (DataError, "constant", lambda: match(result, np.ones(100))),
            (
                UsageError,
                "horizon must be a whole number of at least 1, got 0",
                lambda: match(result, values, horizon=0),
            ),
            (UsageError, "horizon", lambda: match(result, values, horizon=1.5)),
            (UsageError, "horizon", lambda: match(result, values, horizon="3")),
            (DataError, "holds no motifs", lambda: match(MiningResult((), "sax", {}, ("x",)), values)),
        ]
        for kind, told, call in cases:
            with pytest.raises(MotifkitError) as caught:
                call()
            assert isinstance(caught.value, kind)
            assert told in str(caught.value) and "\n" not in str(caught.value)


class TestLabels:
    @pytest.mark.parametrize("method", METHODS)
    def test_occurrences_are_labelled_with_their_motif(self, method):
        result = mined(method)
        dataset = with_gaps(planted()[0][:1600])
        windows = collect_windows(dataset, LENGTH)
        labels = label_windows(result, windows, Frame.of(dataset, "zscore"))
        assert labels.shape == (len(windows),) and set(labels.tolist()) <= {-1, 0, 1}
        n_right = sum(labels[o.start] == i for i, m in enumerate(result.motifs) for o in m.occurrences)
        assert n_right >= 0.9 * sum(m.count for m in result.motifs)
        assert np.mean(labels == -1) > 0.4


class TestEstimators:
    @pytest.mark.parametrize("miner", MINERS)
    def test_fit_gives_what_mine_gives(self, miner):
        values = planted()[0][:1600]
        model = miner(LENGTH, 2, n_surrogates=0)
        assert model.fit(values) is model
        assert model.result_.as_dict()["motifs"] == mined(model.method).as_dict()["motifs"]
        assert model.motifs_ is model.result_.motifs

    @pytest.mark.parametrize("miner", MINERS)
    def test_parameters_are_read_set_and_cloned(self, miner):
        model = miner(length=7, n_surrogates=3, random_state=5)
        parameters = model.get_params()
        assert parameters["length"] == 7 and parameters["n_motifs"] == 10
        assert clone(model).get_params() == parameters and clone(model) is not model
        assert model.set_params(n_motifs=2) is model and model.n_motifs == 2
        with pytest.raises(ValueError, match="colour"):
            model.set_params(colour="red")
        assert "length=7" in repr(model)

    def test_options_of_their_own_reach_the_miner(self):
        values = planted()[0][:400]
        sax = SAXMiner(LENGTH, 1, n_segments=8, alphabet_size=3, n_surrogates=0).fit(values)
        assert sax.result_.parameters["n_segments"] == 8 and len(sax.motifs_[0].words[0]) == 8
        dtw = DTWMiner(LENGTH, 1, n_clusters=3, warping_window=2, n_surrogates=0).fit(values)
        assert dtw.result_.parameters["n_clusters"] == 3 and dtw.result_.parameters["warping_window"] == 2

    @pytest.mark.parametrize("miner", MINERS)
    def test_defaults_are_those_of_mine(self, miner):
        values = planted()[0][:80]
        by_class = miner(n_surrogates=0).fit(values).result_
        by_function = mine(values, method=miner.method, n_surrogates=0)
        assert [starts(m) for m in by_class.motifs] == [starts(m) for m in by_function.motifs]

    @pytest.mark.parametrize("miner", MINERS)
    def test_nothing_works_before_fit(self, miner):
        for call in (lambda m: m.motifs_, lambda m: m.predict(planted()[0])):
            with pytest.raises(NotFittedError):
                call(miner())
        assert not hasattr(miner(), "result_")

    @pytest.mark.parametrize("miner", MINERS)
    def test_predict_labels_every_window(self, miner):
        values = planted()[0][:1600]
        model = miner(LENGTH, 2, n_surrogates=0)
        labels = model.fit_predict(values)
        assert labels.shape == (1600 - LENGTH + 1,)
        np.testing.assert_array_equal(labels, model.predict(values))
        n_right = sum(labels[o.start] == i for i, m in enumerate(model.motifs_) for o in m.occurrences)
        assert n_right >= 0.9 * sum(m.count for m in model.motifs_)

    @pytest.mark.parametrize("miner", MINERS)
    def test_predict_gives_none_to_missing_and_constant_windows(self, miner):
        model = miner(LENGTH, 2, n_surrogates=0).fit(planted()[0][:1600])
        values = planted()[0][1600:].copy()
        values[100:140] = 3.0
        values[300] = np.nan
        values[400] = -np.inf
        labels = model.predict(TrajectoryDataset((Episode(values[:, None]),), ("x",)))
        assert (labels[100 : 140 - LENGTH + 1] == -1).all()
        assert (labels[300 - LENGTH + 1 : 301] == -1).all() and (labels[400 - LENGTH + 1 : 401] == -1).all()
        assert (labels >= 0).any()

    def test_predict_puts_episodes_one_after_another(self):
        values = planted()[0]
        model = MatrixProfileMiner(LENGTH, 2, n_surrogates=0).fit(values[:1600])
        parts = [values[:300], values[300:310], values[300:600]]
        labels = model.predict(parts)
        assert len(labels) == 285 + 0 + 285
        np.testing.assert_array_equal(labels[:285], model.predict(parts[0]))
        np.testing.assert_array_equal(labels[285:], model.predict(parts[2]))

    def test_predict_after_finding_nothing(self):
        model = MatrixProfileMiner(8, n_surrogates=0).fit(np.random.default_rng(1).normal(size=16))
        assert not model.motifs_
        assert (model.predict(np.random.default_rng(2).normal(size=40)) == -1).all()


class TestAgreement:
    def result(self, method, *motifs):
        made = tuple(
            Motif(
                np.zeros((LENGTH, 1)),
                tuple(Occurrence(0, s, s + LENGTH, 0.1) for s in where),
                radius=0.1,
                score=1.0,
                label="ABC"[i],
            )
            for i, where in enumerate(motifs)
        )
        return MiningResult(made, method, {}, ("x",))

    def test_miners_agree_on_planted_shapes(self):
        groups = agreement(mine_all(planted()[0][:1600], LENGTH, 2, n_surrogates=0))
        pairs = [g for g in groups if {"matrix_profile", "dtw"} <= set(g.labels)]
        assert len(pairs) == 2
        assert all(g.n_shared >= 2 and 0.25 <= g.jaccard <= 1 for g in groups)

    def test_counts_and_jaccard_are_of_shared_places(self):
        one = self.result("matrix_profile", [0, 100, 200, 300])
        two = self.result("dtw", [900, 950], [5, 95, 206, 400, 500])
        (group,) = agreement({"matrix_profile": one, "dtw": two})
        assert group.labels == {"matrix_profile": "A", "dtw": "B"}
        assert (group.n_shared, group.jaccard) == (2, 2 / 7)  # 6 rows apart is too far

    def test_too_little_in_common_is_no_agreement(self):
        one = self.result("matrix_profile", [0, 100, 200])
        two = self.result("sax", [0, 500, 600])
        assert agreement({"matrix_profile": one, "sax": two}) == ()
        assert agreement({"matrix_profile": one, "sax": self.result("sax")}) == ()
        assert agreement({"matrix_profile": one}) == ()

    def test_every_motif_is_in_one_group_of_each_miner(self):
        results = {
            "matrix_profile": self.result("matrix_profile", [0, 100, 200, 300], [400, 500]),
            "sax": self.result("sax", [400, 500], [0, 100, 200]),
            "dtw": self.result("dtw", [0, 100, 200, 300, 350], [420, 600]),
        }
        groups = agreement(results)
        assert [g.labels for g in groups] == [
            {"matrix_profile": "A", "sax": "B", "dtw": "A"},
            {"matrix_profile": "B", "sax": "A"},
        ]
        used = [(method, label) for g in groups for method, label in g.labels.items()]
        assert len(used) == len(set(used))
        assert groups[0].n_shared == 3 and groups[0].jaccard == pytest.approx(3 / 5)
