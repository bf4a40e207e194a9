"""Counts and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def plural(noun: str, n: int) -> str:
    """Noun as it stands beside a number.

    Examples
    --------
    >>> plural("row", 1), plural("row", 0)
    ('row', 'rows')
    """
    return noun if n == 1 else f"{noun}s"


def counted(n: int, noun: str) -> str:
    """Count with its noun.

    Examples
    --------
    >>> counted(1, "motif"), counted(1200, "row")
    ('1 motif', '1,200 rows')
    """
    return f"{n:,} {plural(noun, n)}"


def listed(names: Sequence[str]) -> str:
    """Names with commas and an "and".

    Examples
    --------
    >>> listed(["A"]), listed(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
