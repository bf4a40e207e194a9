"""What an agent of the planted-motif task observes, in the environment and in data from elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError
from motifkit.types import Episode, FloatArray


def observation_rows(returns: npt.NDArray[Any], positions: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """Returns, beside them the positions unless None: (...) arrays to (..., 1) or (..., 2)."""
    return np.stack([returns] if positions is None else [returns, positions], axis=-1)


def planted_observations(episode: Episode, *, observe_position: bool = False) -> FloatArray:
    """What an agent of the planted-motif task would have observed in an episode, whatever it was logged from.

    The environment and those who seed an agent from mined data both go through here, so that both mean the
    same by a return.

    Parameters
    ----------
    episode : Episode
        With prices: the logarithmic returns of the prices, divided by their standard deviation (the task's
        have about 1); 0 in the first row, and throughout when they are all equal. Without: its own
        observations, which must hold the return first and, if at all, the position second.
    observe_position : bool
        Whether there is a column for the position held; 0 when the episode does not tell it.

    Returns
    -------
    (T, 1) or (T, 2) float array
        NaN where a value is missing.

    Raises
    ------
    DataError
        When a price is not positive, or the episode has no columns.

    Examples
    --------
    >>> prices = np.array([1.0, 2.0, 1.0, 2.0])
    >>> planted_observations(Episode(prices[:, None], prices=prices)).ravel().round(2)
    array([ 0.  ,  1.06, -1.06,  1.06])
    """
    columns = episode.observations
    if episode.prices is not None:
        returns, positions = _scaled_returns(episode.prices, episode.id), None
    elif columns.shape[1]:
        returns, positions = columns[:, 0], columns[:, 1] if columns.shape[1] > 1 else None
    else:
        raise DataError(f"episode {episode.id} has no observation column; its first must be the return")
    if observe_position and positions is None:
        positions = np.zeros(len(episode))
    return observation_rows(returns, positions if observe_position else None).astype(float)


def _scaled_returns(prices: FloatArray, name: str) -> FloatArray:
    wrong = np.flatnonzero(prices <= 0)
    if len(wrong):
        raise DataError(
            f"episode {name}: the price {prices[wrong[0]]:g} at row {wrong[0]} is not positive and has no return"
        )
    returns = np.zeros(len(prices))
    returns[1:] = np.diff(np.log(prices))
    known = returns[1:][np.isfinite(returns[1:])]
    scale = known.std() if len(known) else 0.0
    # Rounding leaves equal returns a deviation that is not quite 0.
    return returns / scale if scale > 1e-12 else np.where(np.isfinite(returns), 0.0, returns)
