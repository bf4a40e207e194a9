"""Which columns are read: lists of any kind, all of them, the same name twice, and the price beside them."""

import numpy as np
import pandas as pd
import pytest

from motifkit.errors import DataError, UsageError
from motifkit.io.prices import as_dataset, dataset_of, read_prices
from motifkit.io.reading import Reading
from motifkit.types import Episode, TrajectoryDataset

FRAME = pd.DataFrame(
    {
        "Date": ["2020-01-02", "2020-01-03", "2020-01-06"],
        "Open": [1.0, 2.0, 3.0],
        "Close": [2.0, 3.0, 4.0],
        "Name": ["a", "b", "c"],
    }
)


@pytest.mark.parametrize(
    "columns",
    [["Close", "Open"], ("close", "open"), pd.Index(["Close", "Open"]), np.array(["Close", "Open"])],
)
def test_columns_are_any_list_of_names(columns):
    assert as_dataset(FRAME, columns=columns).channels == ("Close", "Open")


@pytest.mark.parametrize("columns", ["Open", [], np.array([]), 5])
def test_columns_are_a_list(columns):
    for data in (FRAME, np.ones((5, 2))):
        with pytest.raises(UsageError, match="columns must be a list of at least one name, or 'all'"):
            as_dataset(data, columns=columns)


def test_all_columns_are_all_numbers(tmp_path):
    assert as_dataset(FRAME, columns="all").channels == ("Open", "Close")
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    assert read_prices(tmp_path / "a.csv", columns="all").channels == ("Open", "Close")
    assert as_dataset(np.ones((5, 3)), columns="all").channels == ("0", "1", "2")
    dataset = as_dataset(FRAME)
    assert as_dataset(dataset, columns="all") is dataset
    with pytest.raises(DataError, match="no numeric column"):
        as_dataset(FRAME[["Date", "Name"]], columns="all")


def test_a_name_that_is_there_twice_is_said_to_be():
    frame = pd.DataFrame(np.ones((5, 2)), columns=["a", "a"])
    with pytest.raises(DataError, match="has 2 columns named 'a'; give each its own name"):
        as_dataset(frame, column="a")


def test_the_column_of_the_prices_is_named():
    assert as_dataset(FRAME, columns=["Close", "Open"]).price == "Close"
    assert as_dataset([FRAME, FRAME]).price == "Close"
    assert as_dataset([1.0, 2.0]).price == "value" and as_dataset([-1.0, 2.0]).price is None


def test_gaps_that_are_kept_are_missing():
    frame = FRAME.assign(Close=[2.0, np.nan, np.inf])
    (episode,) = dataset_of(frame, Reading("Close", na="keep")).episodes
    assert np.isnan(episode.observations.ravel()).tolist() == [False, True, True] and episode.prices is None
    (episode,) = dataset_of(frame, Reading("Close", transform="return", na="keep")).episodes
    assert np.isnan(episode.observations).all()
    with pytest.raises(UsageError, match="na must be one of error, drop, fill"):
        as_dataset(frame, na="leave")


def test_a_log_is_no_price_series(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("episode,obs_0\n0,1\n0,2\n1,3\n")
    for read in (as_dataset, read_prices):
        with pytest.raises(DataError, match=r"is a log of trajectories.*motifkit\.read_trajectories"):
            read(path, column="obs_0")


def test_episodes_fit_their_channels():
    with pytest.raises(DataError, match=r"episode 1 has observations of shape \(3, 2\), .* are \(x\)"):
        TrajectoryDataset((Episode(np.ones((3, 1))), Episode(np.ones((3, 2)))), ("x",))


def test_lists_are_read_as_arrays():
    episode = Episode([[1], [2]], actions=[0, 1], rewards=[0, 1], timestamps=["2020-01-02", "2020-01-03"])
    np.testing.assert_array_equal(episode.to_context(), [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    assert episode.observations.dtype == float and episode.timestamps.dtype.kind == "M"
    with pytest.raises(DataError, match="observations cannot be read as an array"):
        Episode([[1.0], [2.0, 3.0]])
