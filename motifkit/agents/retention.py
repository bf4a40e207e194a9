"""What the slots of an episodic memory are worth, learned from those who attended to them."""

from __future__ import annotations

from typing import Any

import torch

from motifkit.agents.batch import EpisodeBatch

_STEP = 10.0  # times the coefficient: with .01 a slot moves a tenth of the way to the returns that it served


class Retention:
    """Plain gradient descent on the usefulness of memory slots.

    Learned right after the episodes that attended, before new entries take the place of old ones: so a score
    is never trained by attention to what is gone.

    Parameters
    ----------
    buffer : StrategicMemoryBuffer
    coef : float
        Weight of the usefulness loss; it sets how fast scores move.
    """

    def __init__(self, buffer: Any, coef: float) -> None:
        self.buffer, self.coef = buffer, coef

    def learn(self, batch: EpisodeBatch) -> float | None:
        """Learn from a batch; gives the loss before, None when there was nothing to attend to."""
        share = batch.episodic_share
        if share is None or not share.shape[1]:
            return None
        slots = None if batch.entries is None else batch.entries.slots
        self.buffer.observe_returns(batch.returns)
        loss = self.buffer.usefulness_loss(share, batch.returns, slots)
        scores = list(self.buffer.usefulness_parameters())
        slopes = torch.autograd.grad(self.coef * loss, scores, allow_unused=True)
        with torch.no_grad():
            for score, slope in zip(scores, slopes, strict=True):
                if slope is not None:
                    score.add_(slope, alpha=-_STEP)
        return float(loss.detach())
