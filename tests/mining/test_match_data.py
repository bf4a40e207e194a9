"""What `match` searches: the columns, transform and price that were mined, and counts that compare."""

import numpy as np
import pandas as pd
import pytest

from motifkit.errors import DataError, UsageError
from motifkit.io.as_mined import read_as_mined
from motifkit.io.channels import with_channels
from motifkit.io.prices import as_dataset
from motifkit.io.samples import sample_path
from motifkit.mining.length_range import mine_lengths
from motifkit.mining.match import match
from motifkit.mining.mine import mine
from motifkit.mining.subspaces import mine_subspaces
from motifkit.types import MiningResult, Motif, Occurrence

GOOG = sample_path("goog.csv")
FRAME = pd.read_csv(GOOG).iloc[:300]
QUICK = {"n_motifs": 2, "n_surrogates": 0}


@pytest.fixture(scope="module")
def of_two():
    return mine(FRAME, 8, columns=["Open", "Close"], **QUICK)


def counts(result):
    return [motif.count for motif in result.motifs]


class TestColumns:
    def test_those_that_were_mined_are_searched(self, of_two):
        by_volume = mine(FRAME, 8, column="Volume", **QUICK)
        assert match(by_volume, FRAME).channels == ("Volume",)
        found = match(of_two, FRAME)
        assert found.channels == ("Open", "Close") and found.fingerprint == of_two.fingerprint
        assert match(by_volume, GOOG).channels == ("Volume",)

    def test_the_same_in_another_order_are_put_in_that_of_the_result(self, of_two):
        swapped = [match(of_two, FRAME, columns=["Close", "Open"]), match(of_two, FRAME[["Close", "Open"]])]
        swapped.append(match(of_two, as_dataset(FRAME, columns=["Close", "Open", "High"])))
        for found in swapped:
            assert found.channels == ("Open", "Close") and counts(found) == counts(match(of_two, FRAME))
        lower = match(of_two, FRAME.rename(columns=str.lower), columns=["close", "open"])
        assert lower.channels == ("open", "close") and counts(lower) == counts(swapped[0])

    def test_others_are_searched_when_they_are_named(self, of_two):
        assert match(of_two, FRAME, columns=["High", "Low"]).channels == ("High", "Low")
        with pytest.raises(DataError, match=r"1 channels \(High\), but the motifs have 2"):
            match(of_two, FRAME, column="High")
        with pytest.raises(DataError, match="no column 'Open', only High"):
            match(of_two, FRAME[["High"]])

    def test_arrays_and_series_go_by_their_place(self, of_two):
        values = FRAME[["Open", "Close"]].to_numpy()
        assert counts(match(of_two, values)) == counts(match(of_two, FRAME))
        of_array = mine(values[:, 0], 8, **QUICK)
        assert match(of_array, FRAME.High.rename("GOOG")).channels == ("GOOG",)
        assert match(of_array, FRAME).channels == ("Adj Close",)  # the default of a frame
        assert match(mine(values, 8, **QUICK), FRAME[["High", "Low"]]).channels == ("High", "Low")

    def test_one_of_an_array_is_found_by_its_number(self):
        result = mine_subspaces(np.random.default_rng(0).standard_normal((60, 3)), 8, 1, **QUICK)
        assert match(result, np.ones((60, 3)).cumsum(axis=0)).channels == result.channels


class TestTransform:
    def test_data_of_another_are_refused(self):
        level, log = (mine(FRAME, 8, transform=transform, **QUICK) for transform in ("level", "log"))
        for result, other in ((level, "log"), (level, "return"), (log, "level")):
            with pytest.raises(
                DataError, match=f"transform={other!r}, the motifs .* with {result.transform!r}"
            ):
                match(result, as_dataset(FRAME, transform=other))
        assert match(level, as_dataset(FRAME, transform="log"), transform="log").transform == "log"


class TestLength:
    def test_one_window_is_enough(self, of_two):
        first = of_two.motifs[0].occurrences[0]
        window = FRAME.iloc[first.start : first.end]
        assert match(of_two, window).motifs[0].count == 1
        with pytest.raises(DataError, match="needs at least 8 rows, but DataFrame has 7; give more rows"):
            match(of_two, window.iloc[:7])


class TestPrice:
    def test_returns_are_of_the_same_price_as_when_mined(self):
        dataset = as_dataset(FRAME, columns=["Open", "High", "Low", "Close"])
        result = mine(with_channels(dataset, ["High"]), 5, "dtw", **QUICK)
        assert result.channels == ("High",) and result.parameters["price_column"] == "Close"
        found = match(result, FRAME)
        assert found.channels == ("High",) and found.parameters["price_column"] == "Close"
        assert [m.outcome.unconditional for m in found.motifs] == [
            m.outcome.unconditional for m in result.motifs
        ]
        assert match(result, FRAME.rename(columns=str.lower)).parameters["price_column"] == "close"
        # Where it is not there, what was searched gives the returns, and the result says so.
        assert match(result, FRAME[["High"]]).parameters["price_column"] == "High"

    def test_a_price_beside_the_channels_is_not_transformed(self):
        frame = FRAME.assign(Close=-1.0)
        result = MiningResult((), "sax", {"price_column": "Close"}, ("High",), transform="log")
        read = read_as_mined(frame, result)
        assert read.channels == ("High",) and read.episodes[0].prices is None and read.price is None
        read = read_as_mined(FRAME, result)
        np.testing.assert_array_equal(read.episodes[0].prices, FRAME.Close)
        assert read.episodes[0].observations.shape == (300, 1) and read.price == "Close"


class TestCountsThatCompare:
    @pytest.mark.parametrize("method", ["matrix_profile", "sax", "dtw"])
    def test_mined_data_are_counted_by_the_rule_of_match(self, method):
        result = mine(FRAME, 12, method, n_motifs=5, n_surrogates=0)
        found = match(result, FRAME)
        assert [m.match_count for m in result.motifs] == counts(found)
        assert [m.match_count for m in found.motifs] == counts(found)

    def test_so_they_are_of_several_lengths_and_of_chosen_channels(self):
        prices = as_dataset(FRAME, columns=["Open", "Close"])
        for result in (
            mine_lengths(prices, (4, 6), n_motifs=4, n_surrogates=0),
            mine_subspaces(prices, 5, 1, "sax", **QUICK),
        ):
            assert [m.match_count for m in result.motifs] == counts(match(result, FRAME))


class TestResultsOfOthers:
    def test_one_made_by_hand_is_matched(self):
        motif = Motif(np.array([[-1.0], [0.0], [1.0]]), (Occurrence(0, 1, 4, 0.1),), radius=0.5, score=1.0)
        for method in ("matrix_profile", "dtw", "sax"):
            found = match(MiningResult((motif,), method, {}, ("Close",)), FRAME)
            assert found.parameters["horizon"] == 3 and (found.motifs[0].count > 0) == (method != "sax")

    def test_a_path_is_no_result(self):
        with pytest.raises(UsageError, match="must be a MiningResult, got str; read a file with"):
            match("motifs.npz", FRAME)
