"""What the slots of an episodic memory are worth, learned from those who attended to them."""

from __future__ import annotations

from typing import Any

import torch

from motifkit.agents.batch import EpisodeBatch

_STEP = 10.0  # times the coefficient: with .01 a slot moves a tenth of the way to the returns that it served


class Retention:
    """Gradient descent on the usefulness of memory slots, with steps that never go beyond the returns.

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
        # How far the step takes each slot towards the returns; all the way is the most, beyond it scores swing out.
        reach = _STEP * self.coef * share.shape[1] * share.mean(0)
        with torch.no_grad():
            for score, slope in zip(scores, slopes, strict=True):
                if slope is not None:
                    most = torch.ones_like(score)
                    most[slice(len(reach)) if slots is None else slots.to(score.device)] = reach.clamp(
                        min=1.0
                    )
                    score.add_(slope / most, alpha=-_STEP)
        return float(loss.detach())
