"""Where values came from, in the words of messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _plain_row(i: int) -> str:
    return f"row {i}"


def printable(name: str) -> str:
    r"""Name of a file with what is no text replaced, since it stands in tables, pictures and pages.

    Examples
    --------
    >>> import os
    >>> printable(os.fsdecode(b"caf\xe9.csv"))
    'caf�.csv'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass(frozen=True)
class Origin:
    """A source and the way its rows are named.

    Parameters
    ----------
    source : str
        File name, "array" and the like.
    locate : callable
        Name of the row at an index, counted from 0 as it was read; lines of a file count from 1, with the
        header.

    Examples
    --------
    >>> Origin("prices.csv", lambda i: f"line {i + 2}").row(5)
    'prices.csv: line 7'
    """

    source: str
    locate: Callable[[int], str] = _plain_row

    def row(self, i: int) -> str:
        """Source and row, for the beginning of a message."""
        return f"{self.source}: {self.locate(i)}"
