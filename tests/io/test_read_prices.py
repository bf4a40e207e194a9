"""Every form of price file that can be read, and what is said about it."""

import gzip
import io
import time
import types
import zipfile

import numpy as np
import pandas as pd
import pytest

from motifkit.io.prices import as_dataset, describe, read_prices
from motifkit.io.samples import sample_path
from motifkit.io.series import fingerprint
from motifkit.types import TrajectoryDataset

PLAIN = "Date,Open,Close\n2020-01-02,1,2\n2020-01-03,3,4.5\n"
YAHOO = "Price,Close,High,Open\nTicker,OPEN,OPEN,OPEN\nDate,,,\n2020-01-02,1.5,2,3\n2020-01-03,4.5,5,6\n"
COMMAS = ("decimal commas read",)
GAPS = "3 rows with missing or infinite values dropped, so that windows run over the gaps"
LATIN = "decoded as Latin-1 (Windows-1252), not being UTF-8"
MANY = "Price,Close,Close\nTicker,OPEN,MSFT\nDate,,\n2020-01-02,1.5,2\n2020-01-03,4.5,5\n"


def read(tmp_path, content, name="a.csv", **options) -> TrajectoryDataset:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_prices(path, **options)


def values(data):
    return data.episodes[0].observations.ravel().tolist()


def days(data):
    return data.episodes[0].timestamps.astype("datetime64[D]").astype(str).tolist()


# content, options, values, channel, repairs
FORMS = {
    "plain": (PLAIN, {}, [2, 4.5], "Close", ()),
    "any case": (PLAIN.replace("Close", "CLOSE"), {}, [2, 4.5], "CLOSE", ()),
    "adjusted first": ("adj_close,date,close\n1,2020-01-02,5\n2,2020-01-03,6\n", {}, [1, 2], "adj_close", ()),
    "chosen in any case": (PLAIN, {"column": "OPEN"}, [1, 3], "Open", ()),
    "close/last": (
        "Date,Close/Last,Open\n01/31/2020,$2,1\n02/03/2020,$1.5,1\n",
        {},
        [2, 1.5],
        "Close/Last",
        (),
    ),
    "one column": ("1\n2.5\n3\n", {}, [1, 2.5, 3], "value", ()),
    "one column, header": ("price\n1\n2.5\n", {}, [1, 2.5], "price", ()),
    "no header, dates": ("2020-01-02,1\n2020-01-03,2\n", {}, [1, 2], "column 2", ()),
    "no header, by number": ("1,5\n2,6\n", {"column": "2"}, [5, 6], "column 2", ()),
    "semicolons": ("Date;x\n02.01.2020;1,5\n03.01.2020;2\n", {}, [1.5, 2], "x", COMMAS),
    "semicolons, points": ("Date;x\n02.01.2020;1.5\n03.01.2020;2\n", {}, [1.5, 2], "x", ()),
    "grouped, comma": ("a;x\nq;1.234,5\nr;1.234\n", {}, [1234.5, 1234], "x", COMMAS),
    "grouped, quoted": ('a,x\nq,"1,234.5"\nr,"2,000"\n', {}, [1234.5, 2000], "x", ()),
    "comma in one column": ("x\n1,5\n2,25\n", {}, [1.5, 2.25], "x", COMMAS),
    "quoted commas": (
        '"Date","x"\n"02.01.2020","1.234,56"\n"03.01.2020","2,5"\n',
        {},
        [1234.56, 2.5],
        "x",
        COMMAS,
    ),
    "tabs": ("Date\tx\n2020-01-02\t1\n2020-01-03\t2\n", {}, [1, 2], "x", ()),
    "bars": ("Date|x\n2020-01-02|1\n2020-01-03|2\n", {}, [1, 2], "x", ()),
    "spaces": ("Date  x\n2020-01-02 1\n2020-01-03   2\n", {}, [1, 2], "x", ()),
    "comments, blanks": ("# from nowhere\n\nx\n1\n2\n\n\n", {}, [1, 2], "x", ()),
    "blank rows": ("Date,x\n2020-01-02,1\n\n  \n2020-01-03,2\n", {}, [1, 2], "x", ()),
    "dos": (PLAIN.replace("\n", "\r\n"), {}, [2, 4.5], "Close", ()),
    "old mac": (PLAIN.replace("\n", "\r"), {}, [2, 4.5], "Close", ()),
    "no last newline": ("x\n1\n2", {}, [1, 2], "x", ()),
    "byte order mark": (PLAIN.encode("utf-8-sig"), {}, [2, 4.5], "Close", ()),
    "UTF-16": (PLAIN.encode("utf-16"), {}, [2, 4.5], "Close", ("decoded from UTF-16",)),
    "latin-1": ("Tag;Börse\n02.01.2020;1\n03.01.2020;2\n".encode("latin-1"), {}, [1, 2], "Börse", (LATIN,)),
    "gzip": (gzip.compress(PLAIN.encode()), {}, [2, 4.5], "Close", ()),
    "yfinance, ticker OPEN": (YAHOO, {}, [1.5, 4.5], "Close", ()),
    "yfinance, column": (YAHOO, {"column": "open"}, [3, 6], "Open", ()),
    "yfinance, two tickers": (MANY, {"column": "Close MSFT"}, [2, 5], "Close MSFT", ()),
    "yfinance, by ticker": (
        "Ticker,OPEN,OPEN\nPrice,Open,Close\nDate,,\n2020-01-02,1,2\n2020-01-03,3,4\n",
        {},
        [2, 4],
        "Close",
        (),
    ),
    "yfinance, unlabelled": (
        ",Close,Open\n,OPEN,OPEN\nDate,,\n2020-01-02,1,2\n2020-01-03,3,4\n",
        {},
        [1, 3],
        "Close",
        (),
    ),
    "unnamed index": (",x\n0,5\n1,6\n2,4\n", {}, [5, 6, 4], "x", ()),
    "unnamed dates": (",x\n2020-01-02,5\n2020-01-03,6\n", {}, [5, 6], "x", ()),
    "step counter": ("time,x\n0,5\n1,6\n", {}, [5, 6], "x", ()),
    "MetaTrader": (
        "<DATE>\t<TIME>\t<CLOSE>\n2020.01.02\t10:00:00\t2\n2020.01.02\t10:05:00\t4\n",
        {},
        [2, 4],
        "<CLOSE>",
        (),
    ),
    "thousands in one column": ("x\n1,234.50\n998\n1,235\n", {}, [1234.5, 998, 1235], "x", ()),
    "grouped with points": (
        "x;n\n998;12.345.678\n1.001;12.345.679\n",
        {"column": "x"},
        [998, 1001],
        "x",
        COMMAS,
    ),
    "empty last fields": ("a\tb\tc\n1\t2\t3\n4\t5\t\n\t\t\n\n", {"column": "a"}, [1, 4], "a", ()),
    "quoted row numbers": ('"","Date","x"\n"1",2020-01-02,5\n"2",2020-01-03,6\n', {}, [5, 6], "x", ()),
    "text, no header": ("AAPL,1.5\nAAPL,1.6\n", {}, [1.5, 1.6], "column 2", ()),
    "numbers as names": (
        "Date,0.5,2020\n2020-01-02,1,2\n2020-01-03,3,4\n",
        {"column": "0.5"},
        [1, 3],
        "0.5",
        (),
    ),
    "years as names": ("land,2019,2020\nDE,1.5,2\nFR,1,2\n", {"column": "2019"}, [1.5, 1], "2019", ()),
    "names twice": ("a,a,a (2)\n1,2,3\n4,5,6\n", {"column": "a (2)"}, [3, 6], "a (2)", ()),
    "names twice, quoted": ('a,a,a (2)\n"1",2,3\n4,5,6\n', {"column": "a (3)"}, [2, 5], "a (3)", ()),
    "extremes": ("x\n1e308\n1e-300\n", {}, [1e308, 1e-300], "x", ()),
    "log": ("x\n1\n10\n", {"transform": "log"}, [0, np.log(10)], "x", ()),
    "return": ("x\n1\n2\n1\n", {"transform": "return"}, [1, -0.5], "x", ()),
    "sorted": (
        "Date,x\n2020-01-03,3\n2020-01-02,2\n2020-01-05,5\n",
        {},
        [2, 3, 5],
        "x",
        ("rows sorted by date",),
    ),
    "reversed": (
        "Date,x\n2020-01-03,3\n2020-01-02,2\n",
        {},
        [2, 3],
        "x",
        ("rows sorted by date (newest came first)",),
    ),
    "repeated": (
        "Date,x\n2020-01-02,1\n2020-01-02,9\n2020-01-03,2\n2020-01-03,2\n",
        {},
        [9, 2],
        "x",
        ("2 rows with a repeated date dropped, the last of each kept",),
    ),
    "dropped": ("x\n1\nNA\n-\n2\ninf\n3\n", {"na": "drop"}, [1, 2, 3], "x", (GAPS,)),
    "filled": (
        "x\nnan\n1\n\n2\n",
        {"na": "fill"},
        [1, 1, 2],
        "x",
        ("1 leading row without a value dropped", "1 missing value filled with the one before"),
    ),
    "dateless dropped": (
        "Date,x\n2020-01-02,1\n,5\n2020-01-03,2\n",
        {"na": "drop"},
        [1, 2],
        "x",
        ("1 row without a date dropped",),
    ),
}


@pytest.mark.parametrize("case", FORMS)
def test_form(case, tmp_path):
    content, options, expected, channel, repairs = FORMS[case]
    data = read(tmp_path, content, **options)
    assert values(data) == expected
    assert data.channels == (channel,)
    assert data.repairs == repairs
    assert data.source == "a.csv"
    assert data.fingerprint == fingerprint(data.episodes, data.channels)


DATES = {
    "iso": (["2020-01-02", "2020-01-03"], ["2020-01-02", "2020-01-03"]),
    "iso times": (
        ["2020-01-02 09:30", "2020-01-02T10:30:00.5"],
        ["2020-01-02T09:30", "2020-01-02T10:30:00.5"],
    ),
    "zulu": (["2020-01-02T09:30:00Z", "2020-01-03T09:30:00Z"], ["2020-01-02T09:30", "2020-01-03T09:30"]),
    "UTC": (["2020-01-02 09:30:00 UTC", "2020-01-03 09:30:00 UTC"], ["2020-01-02T09:30", "2020-01-03T09:30"]),
    "slashes": (["2020/1/2", "2020/1/13"], ["2020-01-02", "2020-01-13"]),
    "american": (["1/2/2020", "1/13/2020"], ["2020-01-02", "2020-01-13"]),
    "european": (["2/1/2020", "13/1/2020"], ["2020-01-02", "2020-01-13"]),
    "dots": (["02.01.2020", "13.01.2020"], ["2020-01-02", "2020-01-13"]),
    "words": (["Jan 02, 2020", "Feb 03, 2020"], ["2020-01-02", "2020-02-03"]),
    "dashes": (["02-Jan-2020", "03-Feb-2020"], ["2020-01-02", "2020-02-03"]),
    "clock": (["01/02/2020 09:30 PM", "01/13/2020 10:30 AM"], ["2020-01-02T21:30", "2020-01-13T10:30"]),
    "compact": (["20200102", "20200113"], ["2020-01-02", "2020-01-13"]),
    "seconds": (["1577923200", "1577926800"], ["2020-01-02T00:00", "2020-01-02T01:00"]),
    "milliseconds": (["1577923200500", "1577926800000"], ["2020-01-02T00:00:00.5", "2020-01-02T01:00"]),
    "old and far": (["1789-07-14", "2200-01-01"], ["1789-07-14", "2200-01-01"]),
}


@pytest.mark.parametrize("case", DATES)
def test_dates(case, tmp_path):
    written, expected = DATES[case]
    text = "Date;x\n" + "".join(f"{d};{i}\n" for i, d in enumerate(written))
    times = read(tmp_path, text).episodes[0].timestamps
    assert times.dtype == "datetime64[us]"
    assert times.tolist() == np.array(expected, "datetime64[us]").tolist()


def test_offsets_that_change_over_the_year(tmp_path):
    text = "Date,x\n2020-01-02 00:00:00-05:00,1\n2020-07-02 00:00:00-04:00,2\n2020-12-02 00:00:00-05:00,3\n"
    data = read(tmp_path, text)
    assert data.episodes[0].timestamps.astype("datetime64[h]").astype(str).tolist() == [
        *("2020-01-02T05", "2020-07-02T04", "2020-12-02T05"),
    ]
    assert data.repairs == ("times converted to UTC from -04:00, -05:00",)


def test_ambiguous_day_and_month_is_said(tmp_path):
    up = read(tmp_path, "Date,x\n01/02/2020,1\n01/03/2020,2\n02/01/2020,3\n")
    assert days(up) == ["2020-01-02", "2020-01-03", "2020-02-01"]
    assert up.repairs == ("dates read as month, day, year",)
    # Only read with the day first does this column run forwards.
    other = read(tmp_path, "Date,x\n11/01/2020,1\n12/01/2020,2\n01/02/2020,3\n")
    assert days(other)[-1] == "2020-02-01"
    assert other.repairs == ("dates read as day, month, year",)


def test_columns_in_the_order_asked(tmp_path):
    text = "Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-02,1,4,1,3,2,10\n2020-01-03,2,5,1,4,3,11\n"
    data = read(tmp_path, text, columns=["close", "OPEN"])
    assert data.channels == ("Close", "Open") and data.adjusted is False
    assert data.episodes[0].observations.tolist() == [[3, 1], [4, 2]]
    assert data.episodes[0].prices.tolist() == [3, 4]
    assert "columns Close, Open (not adjusted)" in describe(data)
    lows = read(tmp_path, text, columns=["low", "high", "volume"])
    assert lows.episodes[0].prices.tolist() == [4, 5]


def test_two_tickers_need_a_choice(tmp_path):
    with pytest.raises(ValueError, match=r"several numeric columns \(Close OPEN, Close MSFT\)"):
        read(tmp_path, MANY)
    assert read(tmp_path, MANY, columns=["close open", "close msft"]).episodes[0].observations.shape == (2, 2)


def test_whether_adjusted(tmp_path):
    both = "Date,Close,Adj Close\n2020-01-02,1,2\n2020-01-03,3,4\n"
    assert read(tmp_path, both).adjusted is True
    assert read(tmp_path, both, column="close").adjusted is False
    alone = read(tmp_path, PLAIN)
    assert alone.adjusted is None and "column Close (whether adjusted is not stated)" in describe(alone)
    other = read(tmp_path, "x\n1\n2\n")
    assert describe(other) == "a.csv: 2 rows, column x, level; no repairs"


def test_prices_follow_the_transform(tmp_path):
    text = "Date,x\n2020-01-02,1\n2020-01-03,2\n2020-01-06,4\n"
    data = read(tmp_path, text, transform="return")
    episode = data.episodes[0]
    assert episode.prices.tolist() == [2, 4] and days(data) == ["2020-01-03", "2020-01-06"]
    assert describe(data) == "a.csv: 2 rows, 2020-01-03 to 2020-01-06, column x, returns; no repairs"
    assert read(tmp_path, text, transform="log").episodes[0].prices.tolist() == [1, 2, 4]
    assert read(tmp_path, "x\n-1\n2\n").episodes[0].prices is None


def test_fill_across_the_cut(tmp_path):
    """A value before the first complete row still fills the gap that follows it."""
    data = read(tmp_path, "a,b\n1,\n,5\n3,\n", columns=["a", "b"], na="fill")
    assert data.episodes[0].observations.tolist() == [[1, 5], [3, 5]]


def test_intraday_description(tmp_path):
    data = read(tmp_path, "Date,x\n2020-01-02 09:30,1\n2020-01-02 10:30,2\n")
    assert describe(data).startswith("a.csv: 2 rows, 2020-01-02 09:30 to 2020-01-02 10:30, column x")


def test_stdin(monkeypatch):
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(gzip.compress(PLAIN.encode()))))
    data = read_prices("-")
    assert data.source == "stdin" and values(data) == [2, 4.5]


def test_zip_beside_mac_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/prices.csv", PLAIN)
        archive.writestr("__MACOSX/folder/._prices.csv", "x")
    assert values(read_prices(tmp_path / "a.zip")) == [2, 4.5]


@pytest.mark.parametrize("index", [True, False])
def test_parquet(index, tmp_path):
    frame = pd.DataFrame({"Close": [1.0, 2.0]}, pd.DatetimeIndex(["2020-01-02", "2020-01-03"], name="Date"))
    (frame if index else frame.reset_index()).to_parquet(tmp_path / "a.parquet")
    data = read_prices(tmp_path / "a.parquet")
    assert values(data) == [1, 2] and days(data) == ["2020-01-02", "2020-01-03"]


def test_quoted_line_breaks_keep_line_numbers(tmp_path):
    text = 'note,x\n"one\ntwo",1\nthree,2\nfour,bad\n'
    with pytest.raises(ValueError, match="line 5, column x: 'bad'"):
        read(tmp_path, text)


def test_frames():
    index = pd.date_range("2020-01-02", periods=3, tz="America/New_York")
    frame = pd.DataFrame({"Open": [1, 2, 3], "Close": [4, 5, 6]}, index)
    data = as_dataset(frame)
    assert values(data) == [4, 5, 6] and data.source == "DataFrame"
    assert data.repairs == ("times converted from America/New_York to UTC",)
    assert as_dataset(frame["Open"]).channels == ("Open",)
    dated = as_dataset(pd.DataFrame({"when": ["2020-01-02", "2020-01-03"], "x": [1.0, 2.0]}))
    assert days(dated) == ["2020-01-02", "2020-01-03"]
    assert as_dataset(pd.Series([1.0, 2.0])).episodes[0].timestamps is None
    nullable = pd.DataFrame({"x": pd.array([1, None, 3], "Int64")})
    assert values(as_dataset(nullable, na="drop")) == [1, 3]
    periods = pd.Series([1.0, 2.0], pd.period_range("2020-01", periods=2, freq="M"))
    assert days(as_dataset(periods)) == ["2020-01-01", "2020-02-01"]


def test_frame_with_tickers():
    columns = pd.MultiIndex.from_tuples([("Close", "OPEN"), ("Open", "OPEN")], names=["Price", "Ticker"])
    frame = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], pd.date_range("2020-01-02", periods=2), columns)
    assert values(as_dataset(frame)) == [1, 3]
    assert values(as_dataset(frame.swaplevel(axis=1))) == [1, 3]


def test_a_frame_is_left_as_it_was():
    frame = pd.DataFrame({"Date": ["2020-01-03", "2020-01-02"], "x": [1.0, 2.0]})
    before = frame.copy()
    as_dataset(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_arrays():
    one = as_dataset(np.arange(1, 6, dtype=np.float32))
    assert one.episodes[0].observations.dtype == np.float64 and one.channels == ("value",)
    assert one.episodes[0].prices.tolist() == [1, 2, 3, 4, 5]
    two = as_dataset(np.arange(1.0, 11).reshape(5, 2))
    assert two.channels == ("0", "1") and two.episodes[0].prices is None
    assert as_dataset(np.arange(1.0, 11).reshape(5, 2), column="1").episodes[0].prices.tolist() == [
        2,
        4,
        6,
        8,
        10,
    ]
    several = as_dataset([np.ones(3), [1.0, 2.0]])
    assert [len(e) for e in several.episodes] == [3, 2] and several.channels == ("value",)
    assert describe(several) == "array: 5 rows in 2 episodes, column value, level; no repairs"
    assert values(as_dataset([1.0, None, 3.0], na="fill")) == [1, 1, 3]
    assert values(as_dataset(np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]), na="drop")) == [1, 3]


def test_arrays_are_not_shared():
    x = np.ones(5)
    data = as_dataset(x)
    x[:] = 7
    assert values(data) == [1] * 5


def test_list_of_paths(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(PLAIN)
    data = as_dataset([tmp_path / "a.csv", str(tmp_path / "b.csv")])
    assert [e.id for e in data.episodes] == ["0", "1"] and data.source == "2 sources"


def test_fingerprint_depends_on_what_is_mined():
    base = as_dataset([np.arange(4.0), np.arange(4.0)])
    assert base.fingerprint == as_dataset([np.arange(4), [0, 1, 2, 3]]).fingerprint
    others = [as_dataset(np.tile(np.arange(4.0), 2)), as_dataset([np.arange(4.0), np.arange(4.0) + 1])]
    assert len({base.fingerprint, *(o.fingerprint for o in others)}) == 3


def test_goog_is_read_fast():
    path = sample_path("goog.csv")
    first = read_prices(path)
    assert first.n_steps == 1047 and first.repairs == () and first.adjusted is True
    assert describe(first) == (
        "goog.csv: 1,047 rows, 2004-08-19 to 2008-10-14, column Adj Close (adjusted), level; no repairs"
    )
    best = min(_seconds(lambda: read_prices(path)) for _ in range(5))
    assert best < 0.05


def _seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
