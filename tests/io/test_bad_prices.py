"""Every unusable price file gives one clear line of the right class."""

import gzip
import io
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.errors import CorruptFileError, DataError, FileAccessError, MotifkitError, UsageError
from motifkit.io.prices import as_dataset, read_prices

HEADER = "Date,Open,Close\n"
ROWS = "2020-01-02,1,2\n2020-01-03,3,4\n2020-01-06,5,6\n"


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


GZ = gzip.compress((HEADER + ROWS * 50).encode(), mtime=0)
ZIP = zipped({"a.csv": HEADER + ROWS})

# name of the file, content, options, error, what the message must say
CASES = {
    "empty": ("a.csv", "", {}, DataError, "a.csv is empty"),
    "empty gz": ("a.csv.gz", gzip.compress(b""), {}, DataError, "empty"),
    "blank": ("a.csv", "\n \n\n", {}, DataError, "no values"),
    "comments only": ("a.csv", "# x\n# y\n", {}, DataError, "no values"),
    "header only": ("a.csv", HEADER, {}, DataError, "header and no rows"),
    "yfinance header only": ("a.csv", "Price,Close\nTicker,A\nDate,\n", {}, DataError, "header and no rows"),
    "one row": ("a.csv", HEADER + "2020-01-02,1,2\n", {}, DataError, "1 usable row;"),
    "two rows, one return": ("a.csv", "x\n1\n2\n", {"transform": "return"}, DataError, "1 usable row;"),
    "no numeric column": (
        "a.csv",
        "Name,City\nx,y\nz,w\n",
        {},
        DataError,
        "no numeric column, only Name, City",
    ),
    "dates only": ("a.csv", "Date\n2020-01-02\n2020-01-03\n", {}, DataError, "no numeric column"),
    "several numeric": ("a.csv", "a,b\n1,2\n3,4\n", {}, DataError, "several numeric columns (a, b)"),
    "several, no header": ("a.csv", "1,2\n3,4\n", {}, DataError, "(column 1, column 2)"),
    "unknown column": (
        "a.csv",
        HEADER + ROWS,
        {"column": "Clsoe"},
        DataError,
        "only Open, Close; did you mean Close?",
    ),
    "unknown, far": (
        "a.csv",
        HEADER + ROWS,
        {"column": "xyz"},
        DataError,
        "no column 'xyz', only Open, Close",
    ),
    "date as column": ("a.csv", HEADER + ROWS, {"column": "Date"}, DataError, "no column 'Date'"),
    "column twice": ("a.csv", HEADER + ROWS, {"columns": ["open", "Open"]}, UsageError, "twice"),
    "both": (
        "a.csv",
        HEADER + ROWS,
        {"column": "open", "columns": ["Open"]},
        UsageError,
        "exclude each other",
    ),
    "no columns": ("a.csv", HEADER + ROWS, {"columns": []}, UsageError, "at least one"),
    "text columns": ("a.csv", HEADER + ROWS, {"columns": "Open"}, UsageError, "list of at least one"),
    "transform": (
        "a.csv",
        HEADER + ROWS,
        {"transform": "diff"},
        UsageError,
        "transform must be one of level, log",
    ),
    "na": ("a.csv", HEADER + ROWS, {"na": "skip"}, UsageError, "na must be one of error, drop, fill"),
    "text in numbers": (
        "a.csv",
        HEADER + ROWS + "2020-01-07,7,x7\n",
        {},
        DataError,
        "line 5, column Close: 'x7'",
    ),
    "text, one column": ("a.txt", "1\n2\n\nabc\n", {}, DataError, "line 4, column value: 'abc'"),
    "text after comments": ("a.csv", "# c\n\nx\n1\nfoo\n", {}, DataError, "line 5, column x: 'foo'"),
    "text after blanks": (
        "a.csv",
        HEADER + "\n\n" + ROWS + "2020-01-07,7,?\n",
        {},
        DataError,
        "line 7, column Close: '?'",
    ),
    "text, decimal comma": (
        "a.csv",
        "d;x\na;1,5\nb;2,5\nc;oops\n",
        {},
        DataError,
        "line 4, column x: 'oops'",
    ),
    "text, yfinance": (
        "a.csv",
        "Price,Close\nTicker,A\nDate,\n2020-01-02,1\n2020-01-03,bad\n",
        {},
        DataError,
        "line 5, column Close: 'bad'",
    ),
    "too many fields": (
        "a.csv",
        HEADER + ROWS + "2020-01-07,7,8,9\n",
        {},
        DataError,
        "line 5 has 4 fields, the header 3",
    ),
    "too few fields": (
        "a.csv",
        HEADER + "2020-01-02,1\n" + ROWS,
        {},
        DataError,
        "line 2 has 2 fields, the header 3",
    ),
    "many and few": ("a.csv", "a,b\n1\n1,2,3\n", {}, DataError, "line 2 has 1 field, the header 2"),
    "few and many": ("a.csv", "a,b\n1,2,3\n1\n", {}, DataError, "line 2 has 3 fields, the header 2"),
    "ragged, no header": (
        "a.csv",
        "2020-01-02,1\n2020-01-03,2,3\n",
        {},
        DataError,
        "line 2 has 3 fields, line 1 2",
    ),
    "ragged, quoted": ("a.csv", 'a,b\n"1",2\n"3"\n', {}, DataError, "line 3 has 1 field,"),
    "ragged, spaces": ("a.txt", "a b\n1 2\n3\n", {}, DataError, "has"),
    "open quote": (
        "a.csv",
        'Date,Close\n2020-01-02,1\n2020-01-03,"2\n2020-01-06,3\n',
        {},
        DataError,
        "line 3 cannot be split",
    ),
    "missing": (
        "a.csv",
        HEADER + ROWS + "2020-01-07,7,\n",
        {},
        DataError,
        "line 5, column Close: the value is missing",
    ),
    "missing, many": (
        "a.csv",
        "x\n1\nNaN\n3\nnull\n",
        {},
        DataError,
        "line 3, column x: the value is missing (2 rows of 4)",
    ),
    "infinite": ("a.csv", "x\n1\ninf\n3\n", {}, DataError, "line 3, column x: the value is infinite"),
    "overflow": ("a.csv", "x\n1\n1e999\n3\n", {}, DataError, "line 3, column x: the value is infinite"),
    "all missing": (
        "a.csv",
        HEADER + "2020-01-02,1,\n2020-01-03,2,\n",
        {"column": "close", "na": "fill"},
        DataError,
        "Close",
    ),
    "none complete": (
        "a.csv",
        "a,b\n1,\n,2\n",
        {"columns": ["a", "b"], "na": "drop"},
        DataError,
        "no row has a value",
    ),
    "missing, unsorted": (
        "a.csv",
        "Date,x\n2020-01-05,\n2020-01-03,2\n2020-01-02,\n",
        {},
        DataError,
        "line 2, column x",
    ),
    "log of zero": (
        "a.csv",
        "x\n1\n0\n2\n",
        {"transform": "log"},
        DataError,
        "line 3, column x: 0 is not positive",
    ),
    "return of negative": (
        "a.csv",
        "x\n1\n-2\n2\n",
        {"transform": "return"},
        DataError,
        "line 3, column x: -2 is not",
    ),
    "return too large": (
        "a.csv",
        "x\n1e-300\n1e308\n2\n",
        {"transform": "return"},
        DataError,
        "line 3, column x",
    ),
    "bad date": ("a.csv", "Date,x\n2020-01-02,1\nsoon,2\n", {}, DataError, "line 3: 'soon' is not a date"),
    "bad first date": (
        "a.csv",
        "Date,x\nsoon,1\n2020-01-02,2\n",
        {},
        DataError,
        "line 2: 'soon' is not a date",
    ),
    "no such day": (
        "a.csv",
        "Date,x\n2020-02-29,1\n2021-02-29,2\n",
        {},
        DataError,
        "line 3: '2021-02-29' is not",
    ),
    "two orders": (
        "a.csv",
        "Date,x\n13/01/2020,1\n14/01/2020,2\n01/15/2020,3\n",
        {},
        DataError,
        "line 4: '01/15/2020'",
    ),
    "no date": (
        "a.csv",
        "Date,x\n2020-01-02,1\n,2\n2020-01-03,3\n",
        {},
        DataError,
        "line 3: the date is missing",
    ),
    "mixed zones": (
        "a.csv",
        "Date,x\n2020-01-02 10:00:00+01:00,1\n2020-01-03 10:00:00,2\n",
        {},
        DataError,
        "line 3: '2020-01-03 10:00:00' has no offset from UTC, rows before have one",
    ),
    "mixed zones, other way": (
        "a.csv",
        "Date,x\n2020-01-02,1\n2020-01-03 10:00:00Z,2\n",
        {},
        DataError,
        "line 3: '2020-01-03 10:00:00Z' has an offset from UTC, rows before have none",
    ),
    "ambiguous thousands": (
        "a.csv",
        'x\n"1,234"\n"2,345"\n',
        {},
        DataError,
        "'1,234' may mean 1234 or 1.234",
    ),
    "thousands, tabs": ("a.csv", "d\tx\nq\t998\nr\t1,001\n", {}, DataError, "'1,001' may mean 1001 or 1.001"),
    "thousands, one column": ("a.csv", "x\n998\n1,001\n", {}, DataError, "'1,001' may mean 1001 or 1.001"),
    "mixed decimals": ("a.csv", "a;b\n1,5;x\n2.5;y\n", {}, DataError, "mixed"),
    "binary": ("a.csv", bytes(range(256)) * 4, {}, CorruptFileError, "binary"),
    "NUL inside": ("a.csv", b"x\n1\n\x002\n", {}, CorruptFileError, "offset 4"),
    "png": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), {}, CorruptFileError, "binary"),
    "no encoding": ("a.csv", b"x\n1\n\x81\x8d\n", {}, CorruptFileError, "not text"),
    "odd UTF-16": ("a.csv", b"\xff\xfex\x00\n", {}, CorruptFileError, "UTF-16"),
    "UTF-16 without mark": ("a.csv", "x\n1\n2\n".encode("utf-16-le"), {}, CorruptFileError, "binary"),
    "truncated gz": ("a.csv.gz", GZ[:-9], {}, CorruptFileError, "gzip"),
    "damaged gz": ("a.csv.gz", GZ[:30] + b"\x55" + GZ[31:], {}, CorruptFileError, "gzip"),
    "text named gz": ("a.csv.gz", HEADER + ROWS, {}, CorruptFileError, "not a gz file"),
    "truncated zip": ("a.zip", ZIP[:-30], {}, CorruptFileError, "zip"),
    "text named zip": ("a.zip", HEADER + ROWS, {}, CorruptFileError, "not a zip file"),
    "two in a zip": (
        "a.zip",
        zipped({"a.csv": ROWS, "b.csv": ROWS}),
        {},
        DataError,
        "2 files (a.csv, b.csv)",
    ),
    "result file": ("a.npz", zipped({"header.npy": "", "b.npy": ""}), {}, DataError, "motifkit match"),
    "none in a zip": ("a.zip", zipped({}), {}, DataError, "0 files"),
    "workbook": ("a.xlsx", zipped({"[Content_Types].xml": ""}), {}, DataError, "Excel"),
    "old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, DataError, "Excel"),
    "web page": ("a.csv", "<!DOCTYPE html>\n<html></html>\n", {}, DataError, "web page"),
    "text named parquet": ("a.parquet", HEADER + ROWS, {}, CorruptFileError, "Parquet"),
    "broken parquet": ("a.parquet", b"PAR1" + b"x" * 40 + b"PAR1", {}, CorruptFileError, "Parquet"),
}


def one_line(error: BaseException) -> str:
    message = str(error)
    assert message and "\n" not in message and "Traceback" not in message
    # A wrong argument is answered with what is allowed; anything else with what to do.
    assert ";" in message or isinstance(error, UsageError)
    return message


@pytest.mark.parametrize("case", CASES)
def test_bad_file(case, tmp_path):
    name, content, options, kind, told = CASES[case]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(MotifkitError) as caught:
        read_prices(path, **options)
    assert type(caught.value) is kind, caught.value
    message = one_line(caught.value)
    assert told in message, message
    if kind in (DataError, CorruptFileError):
        assert name in message


def test_missing_file_suggests_a_neighbour(tmp_path):
    (tmp_path / "prices.csv").write_text("x\n1\n2\n")
    with pytest.raises(FileAccessError, match=r"did you mean .*prices\.csv\?"):
        read_prices(tmp_path / "price.csv")
    with pytest.raises(FileAccessError, match="does not exist; check the path"):
        read_prices(tmp_path / "none" / "a.csv")


def test_directory_and_unusable_path(tmp_path):
    with pytest.raises(FileAccessError, match="is a directory"):
        read_prices(tmp_path)
    with pytest.raises(FileAccessError, match="cannot be read"):
        read_prices("a\0b")
    assert FileAccessError.exit_code == 4 and issubclass(FileAccessError, OSError)


def test_permission_denied(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n2\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def refuse(self):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(FileAccessError, match="permission"):
        read_prices(path)


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1....PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'motifkit\[parquet\]'"):
        read_prices(path)


OBJECTS = {
    "none": (None, UsageError, "NoneType"),
    "dict": ({"a": [1, 2]}, UsageError, "dict"),
    "strings": (np.array(["a", "b"]), DataError, "type"),
    "complex": (np.array([1j, 2j]), DataError, "complex"),
    "bool": (np.array([True, False]), DataError, "bool"),
    "dates": (np.array(["2020-01-01"], "datetime64[D]"), DataError, "datetime64"),
    "objects": (np.array([1.0, "x"], object), DataError, "numbers"),
    "scalar": (3.0, DataError, "shape ()"),
    "three dimensions": (np.zeros((2, 3, 4)), DataError, "(2, 3, 4)"),
    "no channels": (np.zeros((5, 0)), DataError, "(5, 0)"),
    "empty": (np.empty(0), DataError, "0 usable rows"),
    "huge": ([10**400, 1, 2], DataError, "too large"),
    "text thousands": (pd.DataFrame({"x": ["998", "1,001"]}), DataError, "column x: '1,001' may mean"),
    "empty list": ([], DataError, "0 usable rows"),
    "one": ([1.0], DataError, "1 usable row;"),
    "nan": (np.array([1.0, np.nan, 2.0]), DataError, "array: row 1, column value: the value is missing"),
    "unlike episodes": ([np.zeros((3, 2)), np.ones(4)], DataError, "episode 1 has channels value"),
    "empty frame": (pd.DataFrame(), DataError, "no rows"),
    "bool frame": (pd.DataFrame({"a": [True, False]}), DataError, "no numeric column"),
    "text frame": (
        pd.DataFrame({"a": [1, "x", 2]}),
        DataError,
        "DataFrame: row 1, column a: 'x' is not a number",
    ),
    "missing in series": (
        pd.Series([1.0, None, 3.0], pd.date_range("2020-01-01", periods=3)),
        DataError,
        "Series: row 1 (2020-01-02 00:00:00), column value",
    ),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_bad_object(case):
    data, kind, told = OBJECTS[case]
    with pytest.raises(kind) as caught:
        as_dataset(data)
    assert told in one_line(caught.value)


def test_columns_of_one_name():
    frame = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["Close", "Close"])
    with pytest.raises(DataError, match="2 columns named 'Close'"):
        as_dataset(frame, column="Close")


def test_unknown_array_channel():
    with pytest.raises(UsageError, match="columns of this array are 0, 1"):
        as_dataset(np.ones((5, 2)), columns=["0", "2"])


def test_dataset_is_not_chosen_from_again():
    data = as_dataset([1.0, 2.0, 3.0])
    with pytest.raises(UsageError, match="already"):
        as_dataset(data, column="x")
    with pytest.raises(UsageError, match="already"):
        as_dataset(data, transform="log")
    assert as_dataset(data) is data


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=60), st.text("0123456789.,;-+:eE \t\n\"'#$naifDateClos/ZTé", max_size=80))
)
def test_any_content_is_read_or_refused_in_one_line(content):
    """Whatever the bytes, the answer is a dataset without gaps or one line."""
    raw = content if isinstance(content, bytes) else content.encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(raw)
        try:
            data = read_prices(path)
        except MotifkitError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(data.episodes[0].observations).all() and data.n_steps >= 2
