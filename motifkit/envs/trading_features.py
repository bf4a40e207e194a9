"""What an agent of the trading task observes of the market: one function for the environment and for mining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motifkit.arguments import require_whole
from motifkit.envs.trading_prices import Bars, PriceSource, read_bars
from motifkit.errors import DataError, UsageError, suggestion
from motifkit.io.series import fingerprint
from motifkit.types import Episode, FloatArray, TrajectoryDataset

FEATURES = ("return", "range", "gap", "volume")
"""Names of the market features, in the order of the columns."""

_NEEDS = {"return": (), "range": ("high", "low"), "gap": ("open",), "volume": ("volume",)}
CLIP = 5.0
"""Scaled features lie within plus and minus this."""


def raw_features(bars: Bars, names: Sequence[str]) -> FloatArray:
    """Features before scaling; row t looks at bars t and t - 1 alone.

    Parameters
    ----------
    bars : Bars
    names : sequence of str
        "return": logarithm of close over the close before. "range": high less low, over the close. "gap":
        logarithm of open over the close before. "volume": logarithm of volume + 1 less that of the bar before.

    Returns
    -------
    (T, n_features) float array
        NaN in the first row where the bar before is needed.

    Examples
    --------
    >>> raw_features(Bars(np.array([1.0, np.e])), ["return"]).ravel()
    array([nan,  1.])
    """
    before = np.append(np.nan, np.log(bars.close[:-1]))
    made = {"return": lambda: np.log(bars.close) - before}
    made["range"] = lambda: (bars.others["high"] - bars.others["low"]) / bars.close
    made["gap"] = lambda: np.log(bars.others["open"]) - before
    made["volume"] = lambda: np.diff(np.log1p(bars.others["volume"]), prepend=np.nan)
    return np.column_stack([made[name]() for name in names])


def feature_names(bars: Bars, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Features that are asked for, in the order of `FEATURES`; None means all that the bars have columns for.

    Raises
    ------
    UsageError
        For an unknown name, or none.
    DataError
        When the bars lack the columns.
    """
    has = [name for name in FEATURES if all(need in bars.others for need in _NEEDS[name])]
    if wanted is None:
        return tuple(has)
    if isinstance(wanted, str) or not len(wanted):
        raise UsageError(f"features must be a list of {', '.join(FEATURES)}, got {wanted!r}")
    for name in wanted:
        if name not in FEATURES:
            raise UsageError(
                f"features are {', '.join(FEATURES)}, got {name!r}{suggestion(str(name), FEATURES)}"
            )
        if name not in has:
            lacks = " and ".join(need for need in _NEEDS[name] if need not in bars.others)
            raise DataError(
                f"{bars.source}: the feature {name} needs a column {lacks}; leave the feature out"
            )
    return tuple(name for name in FEATURES if name in wanted)


def checked_rows(name: str, rows: tuple[int, int] | None, n: int, least: int) -> tuple[int, int]:
    """Half-open range of rows; None means all.

    Raises
    ------
    UsageError
        When it is no pair of whole numbers, or lies outside the data.
    DataError
        When it holds fewer than `least` rows.
    """
    if rows is None:
        first, stop = 0, n
    else:
        if not isinstance(rows, tuple | list) or len(rows) != 2:
            raise UsageError(f"{name} must be a pair (start, stop), got {rows!r}")
        first = require_whole(f"{name} start", rows[0], 0, n)
        stop = require_whole(f"{name} stop", rows[1], 0, n)
    if stop - first < least:
        raise DataError(
            f"{name} {first} to {stop} hold {max(stop - first, 0)} bars; at least {least} are needed"
        )
    return first, stop


@dataclass(frozen=True)
class TradingFeatures:
    """Scaling of market features, fitted on training rows.

    Parameters
    ----------
    names : tuple of str
        Of `FEATURES`.
    mean, scale : tuple of float
        Mean and standard deviation of each over the training rows; a scale of 1 for a feature that is constant.

    Examples
    --------
    >>> features = TradingFeatures.fit(Bars(np.array([1.0, 2.0, 1.0, 2.0])))
    >>> features.transform(Bars(np.array([2.0, 2.0]))).ravel().round(2)
    array([ 0.  , -0.35])
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(
        cls, prices: PriceSource, rows: tuple[int, int] | None = None, features: Sequence[str] | None = None
    ) -> TradingFeatures:
        """Fit on `rows` (start, stop) alone, None being all.

        Parameters
        ----------
        prices : Bars, or what `read_bars` takes
        rows : (int, int), optional
            Training rows, half-open; at least 2. None means all.
        features : sequence of str, optional
            None takes all that there are columns for.

        Raises
        ------
        UsageError, DataError
            For unknown features, missing columns, or rows outside the data.
        """
        bars = read_bars(prices)
        names = feature_names(bars, features)
        first, stop = checked_rows("fit_rows", rows, len(bars), 2)
        raw = raw_features(bars, names)[first:stop]
        mean, scale = np.nanmean(raw, axis=0), np.nanstd(raw, axis=0)
        # Rounding leaves equal values a deviation that is not quite 0.
        constant = scale <= 1e-12 * np.maximum(np.abs(mean), 1e-3)
        scale = np.where(constant, 1.0, scale)
        return cls(names, tuple(map(float, mean)), tuple(map(float, scale)))

    def transform(self, prices: PriceSource) -> FloatArray:
        """Scaled features.

        Parameters
        ----------
        prices : Bars, or what `read_bars` takes

        Returns
        -------
        (T, n_features) float array
            Within plus and minus `CLIP`; 0, the mean, in a first row that has no bar before it.

        Raises
        ------
        DataError
            When the bars lack columns.
        """
        bars = read_bars(prices)
        raw = raw_features(bars, feature_names(bars, self.names))
        scaled = (raw - np.array(self.mean)) / np.array(self.scale)
        clipped: FloatArray = np.clip(np.nan_to_num(scaled, nan=0.0), -CLIP, CLIP)
        return clipped


def market_observations(
    prices: PriceSource, features: TradingFeatures | None = None, rows: tuple[int, int] | None = None
) -> TrajectoryDataset:
    """What an agent would see of the market, to be mined.

    Parameters
    ----------
    prices : path, DataFrame, TrajectoryDataset or Bars
        As for `TradingEnv`.
    features : TradingFeatures, optional
        Those of the environment, `env.features`; None fits them on `rows`.
    rows : (int, int), optional
        Rows to keep, half-open. None means all.

    Returns
    -------
    TrajectoryDataset
        One episode with the market features as channels, and closing prices and times.

    Raises
    ------
    UsageError, DataError
        As for `TradingEnv`.

    Examples
    --------
    >>> market_observations(None).channels
    ('return', 'range', 'gap', 'volume')
    """
    bars = read_bars(prices)
    first, stop = checked_rows("rows", rows, len(bars), 2)
    fitted = TradingFeatures.fit(bars, (first, stop)) if features is None else features
    episode = Episode(
        fitted.transform(bars)[first:stop],
        timestamps=None if bars.times is None else bars.times[first:stop],
        prices=bars.close[first:stop],
    )
    return TrajectoryDataset(
        (episode,),
        fitted.names,
        source=bars.source,
        fingerprint=fingerprint([episode], fitted.names),
    )
