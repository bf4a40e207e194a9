"""Panel of the HTML report that shows what trading out of sample came to. plotly is imported on use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError
from motifkit.report.html_figures import LEGEND, add_band, finished
from motifkit.report.training import amount
from motifkit.types import FloatArray


class EquityLine(Protocol):
    """Equity of one arm over time, with its band."""

    @property
    def name(self) -> str:
        """Of the arm."""

    @property
    def timestamps(self) -> npt.NDArray[Any]:
        """(T,) datetime64 in UTC, or row numbers."""

    @property
    def equity(self) -> FloatArray:
        """(T,) relative to the start."""

    @property
    def low(self) -> FloatArray:
        """(T,) lower end of the band; NaN for none."""

    @property
    def high(self) -> FloatArray:
        """(T,) upper end of the band."""


class Statistic(NamedTuple):
    """One number of one arm with its interval; NaN ends when there is none."""

    arm: str
    name: str
    value: float
    low: float
    high: float


class OutOfSample(NamedTuple):
    """What a backtest shows of itself on a page.

    Parameters
    ----------
    verdict : str
        One sentence.
    curves : sequence of EquityLine
        An arm or baseline each.
    boundaries : sequence
        Where folds begin, in the unit of the timestamps.
    statistics : sequence of Statistic
        Table of an arm a row and a name a column.

    Examples
    --------
    >>> OutOfSample("No better than holding.").statistics
    ()
    """

    verdict: str
    curves: Sequence[EquityLine] = ()
    boundaries: Sequence[Any] = ()
    statistics: Sequence[Statistic] = ()


def equity_figure(backtest: OutOfSample) -> dict[str, Any]:
    """Equity of every arm with its band; thin lines where folds begin.

    Parameters
    ----------
    backtest : OutOfSample
        With one curve or more.

    Returns
    -------
    dict
        Figure as JSON values.

    Raises
    ------
    DataError
        When a curve's arrays differ in length.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> line = np.ones(3)
    >>> curve = SimpleNamespace(name="hold", timestamps=np.arange(3), equity=line, low=line, high=line)
    >>> len(equity_figure(OutOfSample("-", [curve], [1]))["data"])
    2
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, curve in enumerate(backtest.curves):
        _add_curve(figure, curve, i)
    for place in _places(np.asarray(backtest.boundaries)) if len(backtest.boundaries) else ():
        figure.add_vline(x=place, line={"width": 0.8, "dash": "dot"})
    figure.update_layout(
        legend=LEGEND,
        xaxis_title="date (UTC)" if _dated(backtest) else "row",
        yaxis_title="equity (start = 1)",
    )
    return finished(figure, height=430)


def _add_curve(figure: Any, curve: EquityLine, i: int) -> None:
    equity, low, high = (np.asarray(one, float) for one in (curve.equity, curve.low, curve.high))
    if len({len(curve.timestamps), len(equity), len(low), len(high)}) > 1:
        raise DataError(
            f"equity curve {curve.name!r} has arrays of different lengths; give one value per time"
        )
    times = np.array(_places(np.asarray(curve.timestamps)), dtype=object)
    add_band(figure, i, curve.name, times, equity, low, high, hovertemplate="%{x}: %{y:.3f}")


def _dated(backtest: OutOfSample) -> bool:
    return any(np.asarray(one.timestamps).dtype.kind == "M" for one in backtest.curves)


def _places(times: npt.NDArray[Any]) -> list[Any]:
    """Times as plotly reads them: text in UTC, or numbers."""
    plain: list[Any] = (
        times.astype("datetime64[s]").astype(str) if times.dtype.kind == "M" else times
    ).tolist()
    return plain


def statistic_rows(backtest: OutOfSample) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the table of statistics, an arm a row, "-" where one is missing.

    Parameters
    ----------
    backtest : OutOfSample

    Returns
    -------
    list of str, list of list of str

    Examples
    --------
    >>> statistic_rows(OutOfSample("-", statistics=[Statistic("hold", "Sharpe", 1.0, 0.5, 1.5)]))
    (['Sharpe'], [['hold', '1.00 [0.50, 1.50]']])
    """
    names = list(dict.fromkeys(one.name for one in backtest.statistics))
    cells = {(one.arm, one.name): _cell(one) for one in backtest.statistics}
    arms = dict.fromkeys(one.arm for one in backtest.statistics)
    return names, [[arm, *(cells.get((arm, name), "-") for name in names)] for arm in arms]


def _cell(one: Statistic) -> str:
    known = np.isfinite(one.low) and np.isfinite(one.high)
    return amount(one.value) + (f" [{amount(one.low)}, {amount(one.high)}]" if known else "")
