"""What the return loses when a row of the bank is not there."""

from __future__ import annotations

import numpy as np

from motifkit.compare.playing import FreshEpisodes
from motifkit.evaluation.statistics import Interval, bootstrap_interval
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.types import FloatArray


def return_losses(
    bank: MotifMemoryBank, fresh: FreshEpisodes, returns: FloatArray, *, seed: int = 0
) -> list[Interval]:
    """Play the same episodes without each row in turn.

    Episodes are compared in pairs. A pair is exact, the same episode with and without the row, where what
    happens by chance in the environment does not depend on the actions; elsewhere the two drift apart once the
    agent acts differently, and the interval is wider, though still right.

    Parameters
    ----------
    bank : MotifMemoryBank
        Of the agent that plays.
    fresh : FreshEpisodes
    returns : (n,) float array
        With all rows.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of Interval
        For each row the mean loss, and its 95% interval over episodes.
    """
    losses = []
    for row in range(bank.n_motifs):
        with bank.masked([row]):
            lost = returns - _returns_of(fresh)
        losses.append(bootstrap_interval(lost, np.mean, seed=seed))
    return losses


def _returns_of(fresh: FreshEpisodes) -> FloatArray:
    return np.concatenate([batch.returns.double().cpu().numpy() for batch in fresh.play()])
