"""Where a table keeps its times: which column, dates and clocks apart, numbers, the index of a frame."""

import numpy as np
import pandas as pd
import pytest

from motifkit.errors import DataError
from motifkit.io.prices import as_dataset, describe, read_prices

DAYS = pd.date_range("2020-01-01", periods=40)
BARS = pd.DatetimeIndex([day + pd.Timedelta(minutes=570 + 30 * k) for day in DAYS[:5] for k in range(13)])
VALUES = 100 + np.random.default_rng(0).normal(size=65).cumsum()


def read(tmp_path, header, form, times=BARS, **options):
    """Data of a file with a row for each time, written by `form` with PX for the price."""
    rows = [t.strftime(form).replace("PX", f"{v:.3f}") for t, v in zip(times, VALUES, strict=False)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *rows] if header else rows) + "\n")
    return read_prices(path, **options)


def times_of(data):
    return data.episodes[0].timestamps


INTRADAY = {
    "MetaTrader 4": ("", "%Y.%m.%d,%H:%M,PX"),
    "Stooq": ("<TICKER>,<PER>,<DATE>,<TIME>,<CLOSE>,<VOL>", "A.US,5,%Y%m%d,%H%M%S,PX,100"),
    "HHMM": ("Date,Time,Close", "%Y-%m-%d,%H%M,PX"),
    "number and text": ("Date,Time,Close", "%Y%m%d,%H:%M,PX"),
    "two numbers": ("Date,Time,Close", "%Y%m%d,%H%M,PX"),
    "quoted": ('"Date","Time","Close"', '"%Y-%m-%d","%H%M","PX"'),
    "trade date": ("Trade Date,Trade Time,Close", "%Y-%m-%d,%H:%M:%S,PX"),
    "German": ("Datum;Uhrzeit;Kurs", "%d.%m.%Y;%H:%M;PX"),
    "halves of the day": ("Date,Time,Close", "%d-%b-%Y,%I:%M %p,PX"),
    "spaces": ("", "%Y-%m-%d %H:%M PX"),
    "epoch beside a date": ("timestamp,trade_date,Close", "%s,%Y-%m-%d,PX"),
    "fourteen digits": ("Date,Close", "%Y%m%d%H%M%S,PX"),
    "twelve digits": ("Date,Close", "%Y%m%d%H%M,PX"),
    "histdata": ("", "%Y%m%d %H%M%S;PX"),
}


@pytest.mark.parametrize("case", INTRADAY)
def test_intraday(case, tmp_path):
    header, form = INTRADAY[case]
    form = form.replace("%s", "EPOCH")  # strftime's %s is local time
    if "EPOCH" in form:
        rows = [
            t.strftime(form).replace("EPOCH", str(int(t.timestamp()))).replace("PX", str(v))
            for t, v in zip(BARS, VALUES, strict=True)
        ]
        (tmp_path / "a.csv").write_text("\n".join([header, *rows]))
        data = read_prices(tmp_path / "a.csv")
    else:
        data = read(tmp_path, header, form)
    assert times_of(data).tolist() == BARS.to_numpy("datetime64[us]").tolist()
    assert data.repairs == ()


def test_hours(tmp_path):
    hours = pd.date_range("2020-01-02", periods=48, freq="h")
    assert times_of(read(tmp_path, "Date,Hour,Close", "%Y-%m-%d,%H,PX", hours)).tolist() == hours.tolist()


def test_clock_with_an_offset_goes_to_utc(tmp_path):
    data = read(tmp_path, "Date,Time,Close", "%Y-%m-%d,%H:%M:%S+01:00,PX")
    assert str(times_of(data)[0]) == "2020-01-01T08:30:00.000000"
    assert data.repairs == ("times converted to UTC from +01:00",)


def test_bad_time_of_day_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("Date,Time,x\n2020-01-02,09:30,1\n2020-01-02,noon,2\n")
    with pytest.raises(DataError, match="line 3: 'noon' is not a time of day"):
        read_prices(tmp_path / "a.csv")


def test_counter_beside_dates_is_no_clock(tmp_path):
    data = read(tmp_path, "Date,Time,Close", "%Y-%m-%d,%j,PX", DAYS)
    assert times_of(data).tolist() == DAYS.tolist()


def test_lost_times_are_an_error(tmp_path):
    with pytest.raises(
        DataError, match="60 of 65 rows repeat the date of a later row with other values; give"
    ):
        read(tmp_path, "Date,Bar,Close", "%Y-%m-%d,%H%M,PX")
    frame = pd.DataFrame({"ticker": ["A"] * 20 + ["B"] * 20, "Close": VALUES[:40]}, [*DAYS[:20]] * 2)
    with pytest.raises(DataError, match="20 of 40 rows repeat"):
        as_dataset(frame)
    twice = pd.DataFrame({"Close": [*VALUES[:20]] * 2}, [*DAYS[:20]] * 2)
    assert as_dataset(twice).repairs[-1] == "20 rows with a repeated date dropped, the last of each kept"


def test_named_column_goes_before_other_dates(tmp_path):
    data = read(tmp_path, "Expiry,Date,Close", "2021-02-01,%Y%m%d,PX", DAYS)
    assert times_of(data).tolist() == DAYS.tolist()
    frame = pd.DataFrame({"Expiry": DAYS[::-1], "Date": DAYS.strftime("%Y-%m-%d"), "Close": VALUES[:40]})
    assert times_of(as_dataset(frame)).tolist() == DAYS.tolist() and as_dataset(frame).repairs == ()


NEWEST = "rows sorted by date (newest came first)"
NUMBERS = {
    "seconds": (
        pd.date_range("1950", periods=40, freq="YS").astype("datetime64[s]").astype(int),
        "1950-01-01",
    ),
    "milliseconds": (
        pd.date_range("1928", periods=40, freq="2YS").astype("datetime64[ms]").astype(int),
        "1928-01-01",
    ),
    "months": (np.array([100 * year + m for year in range(2000, 2004) for m in range(1, 11)]), "2000-01-01"),
    "spreadsheet": (np.arange(43831, 43871), "2020-01-01"),
}


@pytest.mark.parametrize("case", NUMBERS)
@pytest.mark.parametrize("as_file", [True, False])
def test_numbers(case, as_file, tmp_path):
    numbers, first = NUMBERS[case]
    frame = pd.DataFrame({"Date": numbers[::-1], "Close": VALUES[:40]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    data = read_prices(tmp_path / "a.csv") if as_file else as_dataset(frame)
    assert str(times_of(data)[0].astype("datetime64[D]")) == first
    assert data.repairs[-1] == NEWEST and len(data.repairs) == 1 + (case == "spreadsheet")
    assert data.episodes[0].observations[:, 0].tolist() == VALUES[39::-1].tolist()


@pytest.mark.parametrize("quote", ["", '"'])
def test_nanoseconds_stay_apart(quote, tmp_path):
    numbers = 1_577_923_200_000_000_000 + 100 * np.arange(40)
    (tmp_path / "a.csv").write_text("time,x\n" + "".join(f"{quote}{n}{quote},{n % 7}\n" for n in numbers))
    data = read_prices(tmp_path / "a.csv")
    assert times_of(data).astype(int).tolist() == numbers.tolist() and data.repairs == ()


def test_unusable_time_column_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("Date,x\n3,1\n2,5\n1,4\n")
    told = "column Date holds no times that can be read; rows left in their order"
    assert read_prices(tmp_path / "a.csv").repairs == (told,)


def test_first_of_months(tmp_path):
    """Both readings run one way; as months the steps are even."""
    months = pd.date_range("2018-01-01", periods=40, freq="MS")
    for form, order in (("%d/%m/%Y,PX", "day, month, year"), ("%m/%d/%Y,PX", "month, day, year")):
        data = read(tmp_path, "Date,Close", form, months)
        assert times_of(data).tolist() == months.tolist()
        assert data.repairs == (f"dates read as {order}",)


def test_missing_dates_in_words(tmp_path):
    (tmp_path / "a.csv").write_text("Date,x\nNaT,9\n2020-01-02,1\nnull,5\n2020-01-03,2\n")
    data = read_prices(tmp_path / "a.csv", na="drop")
    assert data.episodes[0].observations.ravel().tolist() == [1, 2]
    assert data.repairs == ("2 rows without a date dropped",)


INDEXES = {
    "dates": pd.Index([t.date() for t in DAYS]),
    "timestamps": pd.Index(list(DAYS), dtype=object),
    "text": pd.Index(DAYS.strftime("%d.%m.%Y")),
    "numbers": pd.Index(DAYS.strftime("%Y%m%d").astype(int), name="Date"),
    "datetimes": DAYS,
    "periods": DAYS.to_period("D"),
}


@pytest.mark.parametrize("case", INDEXES)
def test_index(case):
    frame = pd.DataFrame({"Close": VALUES[:40]}, INDEXES[case][::-1])
    for data in (as_dataset(frame), as_dataset(frame["Close"])):
        assert times_of(data).tolist() == DAYS.tolist()
        assert data.repairs == (NEWEST,) and data.channels == ("Close",)
        assert data.episodes[0].observations[:, 0].tolist() == VALUES[39::-1].tolist()


def test_arrow_index():
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"Close": VALUES[:40]}, DAYS.astype("timestamp[ns][pyarrow]")[::-1])
    assert times_of(as_dataset(frame)).tolist() == DAYS.tolist()


def test_index_of_dates_with_a_column_of_clocks():
    frame = pd.DataFrame({"Time": BARS.strftime("%H:%M"), "Close": VALUES}, BARS.normalize())
    assert times_of(as_dataset(frame)).tolist() == BARS.tolist()


def test_index_of_labels_is_left_aside():
    frame = pd.DataFrame({"Close": VALUES[:3]}, ["a", "b", "c"])
    data = as_dataset(frame)
    assert times_of(data) is None and data.channels == ("Close",)


def test_index_of_several_levels_is_refused():
    index = pd.MultiIndex.from_product([["A", "B"], DAYS[:20]], names=["ticker", "date"])
    frame = pd.DataFrame({"Close": VALUES[:40]}, index)
    for data in (frame, frame["Close"]):
        with pytest.raises(DataError, match=r"several levels \(ticker, date\); select one series"):
            as_dataset(data)
    assert times_of(as_dataset(frame.loc["B"])).tolist() == DAYS[:20].tolist()


def test_description_shows_seconds_where_there_are_any():
    frame = pd.DataFrame({"x": [1.0, 2.0]}, pd.to_datetime(["2020-01-02 09:30:00", "2020-01-02 09:30:01"]))
    assert "2020-01-02 09:30:00 to 2020-01-02 09:30:01" in describe(as_dataset(frame))
