"""Every bad input of the issue, by the command line and the real miner: one line, the code, no file."""

import gzip
import os

import pytest
from ended import one_line

HEADER = "Date,Open,Close\n"


def rows(n, value=lambda i: i % 7 + 1):
    return "".join(f"2020-{1 + i // 28:02}-{1 + i % 28:02},{i},{value(i)}\n" for i in range(n))


GOOD = HEADER + rows(40, lambda i: (i * 7919) % 31 + 1)

# content, arguments, exit code, what the line must say
CASES = {
    "empty": ("", [], 3, "empty"),
    "header only": (HEADER, [], 3, "header and no rows"),
    "one row": (HEADER + rows(1), [], 3, "1 usable row"),
    "fewer than 2 len": (HEADER + rows(7), [], 3, "has 7"),
    "no numeric column": ("Name,City\nx,y\nz,w\n", [], 3, "no numeric column"),
    "unknown column": (GOOD, ["--column", "Clsoe"], 3, "only Open, Close; did you mean Close?"),
    "text in numbers": (GOOD + "2020-03-01,1,abc\n", [], 3, "line 42, column Close: 'abc'"),
    "ragged": (GOOD + "2020-03-01,1\n", [], 3, "line 42 has 2 fields"),
    "missing": (GOOD + "2020-03-01,1,\n", [], 3, "line 42, column Close: the value is missing"),
    "infinite": (GOOD + "2020-03-01,1,inf\n", [], 3, "line 42, column Close: the value is infinite"),
    "constant": (HEADER + rows(40, lambda i: 5), [], 3, "constant"),
    "mixed zones": (
        "Date,Close\n2020-01-02 10:00:00+01:00,1\n2020-01-03 10:00:00,2\n",
        [],
        3,
        "line 3",
    ),
    "binary": (bytes(range(256)) * 4, [], 5, "binary"),
    "truncated gzip": (gzip.compress(GOOD.encode(), mtime=0)[:-9], [], 5, "gzip"),
    "len 2": (GOOD, ["--len", "2"], 2, "at least 3 rows"),
    "len too long": (GOOD, ["--len", "41"], 3, "41"),
    "missing directory": (GOOD, ["-o", "none/motifs.npz"], 4, "directory none does not exist"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_file(case, run, tmp_path):
    content, arguments, code, told = CASES[case]
    name = "a.csv.gz" if "gzip" in case else "a.csv"
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = set(os.listdir(tmp_path))
    assert told in one_line(run("mine", name, *arguments), code)
    assert set(os.listdir(tmp_path)) == before


# Odd, but usable: said on the first line and mined.
USABLE = {
    "duplicate dates": (GOOD.encode() + b"2020-02-12,1,3\n", "repeated date"),
    "unsorted": (HEADER.encode() + "".join(reversed(GOOD.splitlines(True)[1:])).encode(), "sorted by date"),
    "utf-16": (GOOD.encode("utf-16"), "decoded from UTF-16"),
    "latin-1": (GOOD.replace("Open", "Eröffnung").encode("latin-1"), "Latin-1"),
    "huge": ((HEADER + rows(60, lambda i: f"{(i * 7919) % 31 + 1}e306")).encode(), "no repairs"),
    "tiny": ((HEADER + rows(60, lambda i: f"{(i * 7919) % 31 + 1}e-300")).encode(), "no repairs"),
}


@pytest.mark.parametrize("case", USABLE)
def test_odd_file_is_mined(case, run, tmp_path):
    content, told = USABLE[case]
    (tmp_path / "a.csv").write_bytes(content)
    done = run("mine", "a.csv", "--surrogates", "3")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert told in done.stdout.splitlines()[0]
    assert "nan" not in done.stdout.lower() and "inf" not in done.stdout.lower()


def test_missing_file_and_directory(run, tmp_path):
    assert "does not exist; did you mean" in one_line(run("mine", "gogg.csv"), 4)
    assert "is a directory" in one_line(run("mine", "."), 4)
    assert [path.name for path in tmp_path.iterdir()] == ["goog.csv"]


def test_unwritable_directory(run, tmp_path, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # root writes everywhere

        def refuse(*arguments, **options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    assert "may not be written to" in one_line(run("mine", "goog.csv", "-o", "locked/motifs.npz"), 4)
    assert not list(folder.iterdir())
