"""Tables of the benchmarks: columns as wide as what stands in them, numbers to the right."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Write a table to stdout; the first column is text, the others are numbers."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    if title:
        sys.stdout.write(f"{title}\n")
    for first, *others in lines:
        numbers = "".join(f"  {text:>{width}}" for text, width in zip(others, widths[1:], strict=True))
        sys.stdout.write(f"{first:<{widths[0]}}{numbers}\n")
    sys.stdout.write("\n")
    sys.stdout.flush()


def interval_text(estimate: float, low: float, high: float) -> str:
    """An estimate with its interval: `0.61 [0.55, 0.66]`; without one for a single run."""
    return f"{estimate:.2f}" + (f" [{low:.2f}, {high:.2f}]" if low == low else "")


def numbers(words: str) -> tuple[int, ...]:
    """Whole numbers between commas; `0-9` stands for all from 0 to 9."""
    found: list[int] = []
    for word in words.split(","):
        first, _, last = word.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)
