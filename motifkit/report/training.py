"""Training as it goes: a line an update, and a bar. Rich, which draws the bar, is imported on use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_WIDTHS = {
    "update": 6,
    "steps": 11,
    "return": 16,
    "length": 7,
    "steps/s": 8,
    "value": 8,
    "entropy": 8,
    "kl": 8,
}


def heading(*, staged: bool = False) -> str:
    """Names of the columns of `training_line`.

    Parameters
    ----------
    staged : bool
        Whether a curriculum runs, whose stage is the last column.

    Examples
    --------
    >>> heading()
    'update        steps            return   length   steps/s     value   entropy        kl'
    """
    names = "  ".join(name.rjust(width) for name, width in _WIDTHS.items())
    return f"{names}  stage" if staged else names


def training_line(record: Mapping[str, Any]) -> str:
    """One update as a line that stands below `heading`.

    Parameters
    ----------
    record : mapping
        An entry of `TraceRL.history`, with `steps_per_second`; what is missing or not finite shows as "-".

    Examples
    --------
    >>> line = training_line({"update": 10, "timesteps": 40960, "return_mean": 0.97, "return_std": 0.25})
    >>> line
    '    10       40,960      +0.97 ± 0.25        -         -         -         -         -'
    """
    cells = {
        "update": _count(record.get("update")),
        "steps": _count(record.get("timesteps")),
        "return": f"{_signed(record.get('return_mean'))} ± {amount(record.get('return_std'))}",
        "length": _length(record.get("length_mean")),
        "steps/s": _count(record.get("steps_per_second")),
        "value": _loss(record.get("value_loss")),
        "entropy": _loss(record.get("entropy")),
        "kl": _loss(record.get("approx_kl")),
    }
    line = "  ".join(cells[name].rjust(width) for name, width in _WIDTHS.items())
    return f"{line}  {record['curriculum']:g}" if "curriculum" in record else line


def amount(x: float | None) -> str:
    """Size of a return with as many decimals as it deserves, "-" for None and NaN.

    Examples
    --------
    >>> amount(0.948), amount(-123.456), amount(12345.6), amount(float("nan"))
    ('0.95', '-123.5', '12,346', '-')
    """
    if not _finite(x):
        return "-"
    assert x is not None
    text = f"{x:,.2f}" if abs(x) < 100 else f"{x:,.1f}" if abs(x) < 10_000 else f"{x:,.0f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def _signed(x: float | None) -> str:
    return amount(x) if not _finite(x) or amount(x).startswith("-") else f"+{amount(x)}"


def _finite(x: Any) -> bool:
    return isinstance(x, int | float) and math.isfinite(x)


def _count(x: Any) -> str:
    return f"{x:,.0f}" if _finite(x) else "-"


def _length(x: Any) -> str:
    return f"{x:,.4g}" if _finite(x) else "-"


def _loss(x: Any) -> str:
    """Four digits or so; a hundred-thousandth and less as a power of ten."""
    if not _finite(x):
        return "-"
    return f"{x:.4f}" if x == 0 or 1e-4 <= abs(x) < 1000 else f"{x:.1e}"


def training_bar(console: Console) -> Progress:
    """Bar of a training, not started yet; `bar_words` gives its field `words`.

    Parameters
    ----------
    console : rich.console.Console
        Lines that are printed to it appear above the bar.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}", justify="right"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        expand=True,
        refresh_per_second=4,
    )


def bar_words(record: Mapping[str, Any]) -> str:
    """What stands beside the bar.

    Examples
    --------
    >>> bar_words({"timesteps": 40960, "return_mean": 0.97, "steps_per_second": 21000.0, "curriculum": 8})
    'stage 8, 40,960 steps, 21,000/s, return +0.97'
    """
    stage = f"stage {record['curriculum']:g}, " if "curriculum" in record else ""
    return (
        f"{stage}{_count(record.get('timesteps'))} steps, {_count(record.get('steps_per_second'))}/s, "
        f"return {_signed(record.get('return_mean'))}"
    )
