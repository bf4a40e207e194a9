"""Hindsight: episodes told again as if what was reached had been the goal."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from motifkit.agents.batch import EpisodeBatch
from motifkit.errors import DataError, UsageError
from motifkit.types import IntArray


class Relabel(Protocol):
    """What an environment that can relabel gives: its method `relabel`."""

    def __call__(
        self,
        observations: npt.NDArray[Any],
        actions: npt.NDArray[Any],
        rewards: npt.NDArray[Any],
        lengths: IntArray,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Give observations (B, T, o) and rewards (B, T) under the goals that were reached."""


def require_relabel(env: Any) -> Relabel:
    """The environment's method `relabel`, its own or that of what it wraps.

    Raises
    ------
    UsageError
        It has none.

    Examples
    --------
    >>> class Plain: ...
    >>> require_relabel(Plain())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    motifkit.errors.UsageError: her=True needs an environment that can relabel episodes, but Plain has no ...
    """
    base = getattr(env, "unwrapped", env)
    for one in (env, base):
        method = getattr(one, "relabel", None)
        if callable(method):
            found: Relabel = method
            return found
    raise UsageError(
        f"her=True needs an environment that can relabel episodes, but {type(base).__name__} has no method "
        "relabel(observations, actions, rewards, lengths): use her=False"
    )


def relabelled(batch: EpisodeBatch, env: Any) -> EpisodeBatch | None:
    """Episodes that look different in hindsight, as a batch of their own.

    Parameters
    ----------
    batch : EpisodeBatch
    env : gymnasium environment
        Has, itself or below its wrappers, a method `relabel`; observations reach it as the policy saw them.

    Returns
    -------
    EpisodeBatch or None
        The changed episodes with new observations, context, closing row and rewards. `log_probs`, `values` and
        `final_values` are zeros, because they belong to what the policy saw: the caller computes them
        anew. Final observations stay as they were, and `cues` are -1, unknown. None when no episode changed.

    Raises
    ------
    UsageError
        The environment has no `relabel`.
    DataError
        What it gave back has another shape or is not finite.

    References
    ----------
    Andrychowicz et al., Hindsight experience replay, NeurIPS 2017.

    Examples
    --------
    >>> class Generous:
    ...     def relabel(self, observations, actions, rewards, lengths):
    ...         return observations, np.where(actions == 1, 1.0, rewards)
    >>> flat, context = torch.zeros(2, 1), torch.zeros(2, 1, 3)
    >>> batch = EpisodeBatch(torch.ones(2, 1, 1), context, context[:, 0], torch.tensor([[0], [1]]), flat,
    ...     flat, flat, torch.tensor([1, 1]), torch.tensor([True, True]), flat, torch.zeros(2))
    >>> relabelled(batch, Generous()).rewards
    tensor([[1.]])
    """
    observations, rewards = _ask(batch, env)
    mask = batch.mask
    observations = observations.to(batch.observations).masked_fill(~mask[..., None], 0.0)
    rewards = rewards.to(batch.rewards).masked_fill(~mask, 0.0)
    changed = ((observations != batch.observations).any(-1) | (rewards != batch.rewards)) & mask
    idx = changed.any(1).nonzero()[:, 0]
    if len(idx) == 0:
        return None

    told = batch.rows(idx)
    observations, rewards = observations[idx], rewards[idx]
    context = told.context.clone()
    context[..., : observations.shape[-1]] = observations
    context[:, 1:, -1] = rewards[:, :-1]
    closing = told.closing.clone()
    closing[:, -1] = rewards.gather(1, told.lengths[:, None] - 1)[:, 0]
    return told.replace(
        observations=observations,
        context=context.masked_fill(~told.mask[..., None], 0.0),
        closing=closing,
        rewards=rewards,
        log_probs=torch.zeros_like(told.log_probs),
        values=torch.zeros_like(told.values),
        final_values=torch.zeros_like(told.final_values),
        cues=None if told.cues is None else torch.full_like(told.cues, -1),
    )


def _ask(batch: EpisodeBatch, env: Any) -> tuple[Tensor, Tensor]:
    """Observations and rewards as the environment gives them back, checked."""
    fields = (batch.observations, batch.actions, batch.rewards, batch.lengths)
    # Copies: an environment may relabel in place.
    answer = require_relabel(env)(*(one.detach().cpu().numpy().copy() for one in fields))
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise DataError("the environment's relabel must give back (observations, rewards)")
    mask = batch.mask.cpu().numpy()
    given = [np.asarray(one) for one in answer]
    for name, new, old in zip(
        ("observations", "rewards"), given, (batch.observations, batch.rewards), strict=True
    ):
        if new.shape != tuple(old.shape):
            raise DataError(
                f"the environment's relabel gave {name} of shape {new.shape} instead of {tuple(old.shape)}"
            )
        if new.dtype.kind not in "buif" or not np.isfinite(new[mask]).all():
            raise DataError(f"the environment's relabel gave {name} that are not finite numbers")
    # Contiguous, because torch takes no arrays that run backwards.
    seen, paid = (torch.from_numpy(np.ascontiguousarray(one)) for one in given)
    return seen, paid
