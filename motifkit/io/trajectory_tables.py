"""Logged steps in a CSV or Parquet table: a row a step, with a column that names the episode."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motifkit.errors import CorruptFileError, DataError, UsageError
from motifkit.io.source import decode, read_bytes
from motifkit.io.trajectory_log import Array, StepLog
from motifkit.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

_PARQUET = (".parquet", ".pq")
_TERMINATED = ("terminated", "terminal", "terminals", "done")
_TRUNCATED = ("truncated", "timeout", "timeouts")
_TIME = "t"  # number of the step within its episode
_TRUE_FALSE = {"true": 1.0, "false": 0.0}


def table_header(path: Path) -> tuple[str, ...]:
    """Column names of a table, none when it is no table that can be read."""
    try:
        if path.name.lower().endswith(_PARQUET):
            import pyarrow.parquet as pq  # type: ignore[import-untyped]

            return tuple(str(name) for name in pq.read_schema(path).names)
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            first = file.readline(1 << 20).decode("utf-8-sig")
        return tuple(name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), []))
    except (ImportError, OSError, EOFError, ValueError, csv.Error):  # no pyarrow, no table
        return ()


def is_step_table(header: tuple[str, ...]) -> bool:
    """Whether a header has an episode column and at least one observation.

    Examples
    --------
    >>> is_step_table(("episode", "obs_0", "reward")), is_step_table(("Date", "Close"))
    (True, False)
    """
    return "episode" in header and any(_is_part(name, "obs") for name in header)


def read_step_table(path: Path) -> StepLog:
    """Steps of a table.

    Parameters
    ----------
    path : Path
        CSV with comma, semicolon or tab, or Parquet. Columns `episode` (numbers or words), `obs` or `obs_*`,
        and, where there are any, `action` or `action_*`, `reward`, `terminated`, `truncated`, and `t`, by which the
        rows of an episode are sorted; others are left out.

    Returns
    -------
    StepLog
        Episodes in the order in which they appear first. Rows of an episode that lie apart are gathered, in
        their order, and `notes` say so.

    Raises
    ------
    UsageError
        For Parquet without pyarrow.
    DataError
        When columns are lacking, or text stands where numbers belong: names row and column; when an episode goes on
        after it has ended.
    FileAccessError, CorruptFileError
        As `motifkit.read_prices`.
    """
    import pandas as pd

    frame, first_line = _frame(path)
    header = tuple(str(name) for name in frame.columns)
    if not is_step_table(header):
        lacking = "an obs column" if "episode" in header else "a column episode"
        raise DataError(
            f"{path.name} lacks {lacking}, it has {', '.join(header[:12])}; name the columns episode, obs_0, obs_1, "
            "action, reward, terminated, truncated"
        )
    if not len(frame):
        raise DataError(f"{path.name} has no rows; give a log with at least two steps")
    if frame["episode"].isna().any():
        row = int(np.flatnonzero(frame["episode"].isna())[0])
        raise DataError(f"{path.name}: row {row + first_line}, column episode is empty; fill it in")
    codes, labels = pd.factorize(frame["episode"])
    notes = _left_out(header)
    if (np.diff(codes) < 0).any():
        frame = frame.iloc[np.argsort(codes, kind="stable")]
        codes = np.sort(codes)
        notes = (*notes, "rows of an episode that lay apart were gathered")
    columns = _Columns(frame, path.name, first_line)
    if _TIME in header and (order := columns.order(codes)) is not None:
        columns.frame = frame = frame.iloc[order]
        notes = (*notes, f"rows of an episode were sorted by {_TIME}")
    lengths = np.bincount(codes, minlength=len(labels))
    names = tuple(name for name in header if _is_part(name, "obs"))
    action_names = tuple(name for name in header if _is_part(name, "action"))
    last = np.cumsum(lengths) - 1
    return StepLog(
        path.name,
        np.column_stack([columns.numbers(name) for name in names]),
        names,
        columns.actions(action_names),
        action_names,
        columns.numbers("reward") if "reward" in header else None,
        lengths,
        columns.ends(_TERMINATED, last),
        columns.ends(_TRUNCATED, last),
        tuple(str(label) for label in labels),
        notes,
    )


def _is_part(name: str, stem: str) -> bool:
    return name == stem or name.startswith((f"{stem}_", f"{stem}."))


def _left_out(header: tuple[str, ...]) -> tuple[str, ...]:
    used = {"episode", "reward", _TIME, *_TERMINATED, *_TRUNCATED}
    others = [name for name in header if name not in used and not _is_part(name, "obs")]
    others = [name for name in others if not _is_part(name, "action")]
    return (f"columns left out: {', '.join(others)}",) if others else ()


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _frame(path: Path) -> tuple[pd.DataFrame, int]:
    """The table, and the number of its first row in the words of messages."""
    import pandas as pd

    source, raw = read_bytes(path)
    if raw.startswith(b"PAR1") or source.lower().endswith(_PARQUET):
        try:
            return pd.read_parquet(io.BytesIO(raw), engine="pyarrow"), 1
        except ImportError:
            message = f"{source} is a Parquet file, which needs pyarrow; run: pip install 'motifkit[parquet]'"
            raise UsageError(message) from None
        except (OSError, ValueError) as error:  # pyarrow's errors are both
            first = (str(error).splitlines() or ["no reason given"])[0]
            raise CorruptFileError(
                f"{source} is not a readable Parquet file ({first}); fetch it again"
            ) from None
    text, _ = decode(raw, source)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=_delimiter(text.partition("\n")[0]),
            skipinitialspace=True,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{source} is no table ({' '.join(str(error).split())}); mend it") from None
    return frame.rename(columns=lambda name: str(name).strip()), 2


class _Columns:
    """Numbers of the columns of a frame."""

    def __init__(self, frame: pd.DataFrame, source: str, first_line: int) -> None:
        self.frame, self.source, self.first_line = frame, source, first_line

    def numbers(self, name: str) -> FloatArray:
        """Column as floats, NaN where a field is empty."""
        import pandas as pd

        column = self.frame[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
            return np.asarray(column.to_numpy(float, na_value=np.nan))
        texts = column.astype(str).str.strip().str.lower().map(lambda text: _TRUE_FALSE.get(text, text))
        values = pd.to_numeric(texts, errors="coerce").to_numpy(float, na_value=np.nan)
        wrong = np.flatnonzero(np.isnan(values) & ~column.isna().to_numpy() & (texts != "nan").to_numpy())
        if len(wrong):
            i = int(wrong[0])
            raise DataError(
                f"{self.source}: row {self._row(i)}, column {name}: {column.iloc[i]!r} is not a number; correct it or "
                "leave it empty"
            )
        return np.asarray(values)

    def actions(self, names: tuple[str, ...]) -> Array | None:
        """Columns of the actions, whole numbers as integers; None without any."""
        if not names:
            return None
        values = np.column_stack([self.numbers(name) for name in names])
        whole = all(self.frame[name].dtype.kind in "iub" for name in names)
        typed: Array = values.astype(np.int64) if whole else values
        return typed[:, 0] if names == ("action",) else typed

    def order(self, codes: IntArray) -> IntArray | None:
        """Rows as their time says, episode by episode (`codes`, which ascend); None where they lie so already."""
        times = self.numbers(_TIME)
        if np.isnan(times).any():
            row = self._row(int(np.flatnonzero(np.isnan(times))[0]))
            raise DataError(f"{self.source}: row {row}, column {_TIME} is empty; fill it in")
        sorted_rows = np.lexsort((times, codes))
        return None if (np.diff(sorted_rows) > 0).all() else sorted_rows

    def ends(self, names: tuple[str, ...], last: IntArray) -> BoolArray:
        """Flags in the `last` rows of the episodes, from the column that goes by one of some names; False without.

        Raises
        ------
        DataError
            When a flag stands in another row.
        """
        there = [name for name in names if name in self.frame.columns]
        if not there:
            return np.zeros(len(last), dtype=bool)
        flags: BoolArray = np.nan_to_num(self.numbers(there[0])) != 0
        ends: BoolArray = flags[last]
        flags[last] = False
        if flags.any():
            row = self._row(int(np.flatnonzero(flags)[0]))
            raise DataError(
                f"{self.source}: row {row} has {there[0]}, but its episode goes on after it; give what follows "
                "another number in column episode, or sort the rows"
            )
        return ends

    def _row(self, i: int) -> int:
        """Number of a row in the words of messages."""
        return int(self.frame.index[i]) + self.first_line
