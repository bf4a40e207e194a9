"""The estimators keep to scikit-learn's conventions: fitted state, names of features, random states, pipelines."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from motifkit.errors import DataError, UsageError
from motifkit.io.samples import sample_path
from motifkit.mining.estimators import MatrixProfileMiner, SAXMiner
from motifkit.mining.subspaces import mine_subspaces

FRAME = pd.read_csv(sample_path("goog.csv")).iloc[:300]
PAIR = FRAME[["Open", "Close"]]


def miner(**arguments):
    return MatrixProfileMiner(8, 2, n_surrogates=0, **arguments)


@pytest.fixture(scope="module")
def of_pair():
    return miner().fit(PAIR)


@pytest.fixture(scope="module")
def of_close():
    return miner().fit(FRAME.Close.to_numpy())


def test_all_numeric_columns_of_a_frame_are_fitted(of_pair):
    assert of_pair.n_features_in_ == 2 and of_pair.feature_names_in_.tolist() == ["Open", "Close"]
    assert miner().fit(FRAME).n_features_in_ == 6
    assert "left out: Close" in mine_subspaces(PAIR, 8, 1, n_motifs=1, n_surrogates=0).notes[-1]


def test_features_of_an_array_have_no_names(of_close):
    assert of_close.n_features_in_ == 1 and not hasattr(of_close, "feature_names_in_")
    again = miner().fit(PAIR).fit(PAIR.to_numpy())
    assert again.n_features_in_ == 2 and not hasattr(again, "feature_names_in_")


def test_columns_are_predicted_by_name(of_pair):
    labels = of_pair.predict(PAIR)
    assert (labels >= 0).any()
    for other in (PAIR[["Close", "Open"]], FRAME, PAIR.to_numpy()):
        np.testing.assert_array_equal(of_pair.predict(other), labels)
    with pytest.raises(DataError, match="no column 'Close', only Open"):
        of_pair.predict(FRAME[["Open"]])
    with pytest.raises(DataError, match="3 channels"):
        of_pair.predict(FRAME[["Open", "High", "Low"]].to_numpy())


def test_windows_that_cannot_be_compared_have_no_motif(of_close):
    values = FRAME.Close.to_numpy()
    for x in (np.ones(50), np.full(50, np.nan)):
        assert (of_close.predict(x) == -1).all() and len(of_close.predict(x)) == 43
    labels = of_close.predict(values)
    first = int(np.flatnonzero(labels >= 0)[0])
    gap = values.copy()
    gap[first] = np.nan
    expected = labels.copy()
    expected[max(0, first - 7) : first + 1] = -1
    np.testing.assert_array_equal(of_close.predict(gap), expected)
    np.testing.assert_array_equal(of_close.predict(values[first : first + 8]), labels[first : first + 1])
    assert len(of_close.predict(values[:7])) == 0


def test_prediction_is_as_fitted_whatever_is_set_since():
    model = miner().fit(FRAME.Close.to_numpy())
    labels = model.predict(FRAME.Close.to_numpy())
    model.set_params(length=5, normalize="none", joint=True)
    np.testing.assert_array_equal(model.predict(FRAME.Close.to_numpy()), labels)


def test_pipelines_hand_on_frames():
    pipeline = make_pipeline(StandardScaler(), miner()).set_output(transform="pandas").fit(PAIR)
    assert pipeline[-1].feature_names_in_.tolist() == ["Open", "Close"]
    assert pipeline.predict(PAIR).shape == (293,)


def test_random_states_are_those_of_scikit_learn():
    x = FRAME.Close.to_numpy()[:100]
    seeds = [
        miner(random_state=state).fit(x).result_.parameters["seed"]
        for state in (3, np.int64(3), None, None, np.random.RandomState(0), np.random.RandomState(0))
    ]
    assert seeds[:2] == [3, 3] and seeds[2] != seeds[3] and seeds[4] == seeds[5]
    for state in (-1, 1.5, "a", True):
        with pytest.raises(UsageError, match="random_state must be a whole number"):
            miner(random_state=state).fit(x)
    assert clone(miner(random_state=7)).random_state == 7


def test_none_is_the_default_of_sax_options():
    x = FRAME.Close.to_numpy()[:100]
    parameters = SAXMiner(8, 2, alphabet_size=None, n_surrogates=0).fit(x).result_.parameters
    assert (parameters["n_segments"], parameters["alphabet_size"]) == (4, 5)
