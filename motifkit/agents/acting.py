"""Acting outside of training, one observation at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from gymnasium.vector.utils import batch_space, iterate
from torch import Tensor

from motifkit.agents.environments import flat
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.errors import DataError

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL

Array = npt.NDArray[Any]


class ActingState:
    """Episodes so far of a number of environments; made and carried on by `TraceRL.predict`.

    Parameters
    ----------
    n_rows : int
        Number of environments.
    """

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self.observations: list[list[Tensor]] = [[] for _ in range(n_rows)]
        self.context: list[list[Tensor]] = [[] for _ in range(n_rows)]
        self.past: Tensor | None = None  # features of the last actions
        self.cache: Any = None  # while all episodes are equally long

    @property
    def in_step(self) -> bool:
        """Whether all episodes are equally long, so that they can share a cache."""
        return len({len(rows) for rows in self.observations}) == 1

    def forget(self, starts: Array) -> None:
        """Begin new episodes where `starts` is true."""
        for i in np.flatnonzero(starts):
            self.observations[i], self.context[i] = [], []
        if starts.any():
            self.cache = None
            if self.past is not None:
                self.past[torch.from_numpy(starts)] = 0.0


@torch.no_grad()
def act(
    agent: TraceRL,
    observation: Any,
    state: ActingState | None,
    episode_start: Any,
    deterministic: bool,
    reward: Any,
) -> tuple[Any, ActingState]:
    """Action and next state; see `TraceRL.predict`."""
    rows, single = _rows(agent.observation_space, observation)
    n = len(rows)
    state = ActingState(n) if state is None else state
    if state.n_rows != n:
        raise DataError(
            f"state is of {state.n_rows} environments, but there are {n} observations; start anew"
        )
    starts = np.zeros(n, dtype=bool) if episode_start is None else np.asarray(episode_start, bool).reshape(-1)
    if len(starts) != n:
        raise DataError(f"episode_start has {len(starts)} values for {n} observations; give one for each")
    state.forget(starts)
    paid = np.zeros(n, np.float32) if reward is None else np.asarray(reward, np.float32).reshape(-1)
    if len(paid) != n or not np.isfinite(paid).all():
        raise DataError(f"reward={reward} must be a finite number for each of {n} observations")
    paid = np.where([bool(rows) for rows in state.observations], paid, 0).astype(np.float32)
    obs = torch.from_numpy(rows).to(agent.device)
    past = obs.new_zeros(n, agent.action_dim) if state.past is None else state.past
    row = torch.cat([obs, past, torch.from_numpy(paid).to(agent.device)[:, None]], 1)
    logits = _logits(agent.network, obs, row, state)
    head = agent.network.head
    actions = head.sample(logits, agent.generator, deterministic)
    state.past = head.features(actions, agent.action_dim).clone()
    chosen = head.to_env(actions)
    return (chosen[0] if single else chosen), state


def _logits(policy: UnrolledPolicy, obs: Tensor, row: Tensor, state: ActingState) -> Tensor:
    """(n, n_logits): with a cache while episodes are in step, by full passes over them otherwise."""
    shares_cache = state.in_step and (state.cache is not None or not state.observations[0])
    for i in range(state.n_rows):
        state.observations[i].append(obs[i])
        state.context[i].append(row[i])
    if shares_cache:
        state.cache = policy.start(state.n_rows) if state.cache is None else state.cache
        return policy.step(obs, row, state.cache).logits
    each = []
    for rows, context in zip(state.observations, state.context, strict=True):
        each.append(policy.unroll(torch.stack(rows)[None], torch.stack(context)[None]).logits[0, -1])
    return torch.stack(each)


def _apart(space: spaces.Space[Any], observations: Any) -> Any:
    """Observations of several environments one by one; those of a Dict come as a dict of arrays."""
    if not isinstance(observations, dict):
        return observations
    n = len(next(iter(observations.values())))
    return iterate(batch_space(space, n), observations)


def _rows(space: spaces.Space[Any], observation: Any) -> tuple[Array, bool]:
    """Observations as (n, obs_dim), and whether there was one environment alone."""
    if isinstance(space, spaces.Box):
        try:
            values = np.asarray(observation, dtype=np.float32)
        except (TypeError, ValueError):
            raise DataError(
                f"observation is a {type(observation).__name__}, but the agent was trained on arrays of shape "
                f"{space.shape}; give such an array, or several with their number in front"
            ) from None
        single = values.shape == space.shape
        if not single and values.shape[1:] != space.shape:
            raise DataError(
                f"observation has shape {values.shape}, but the agent was trained on {space.shape}; "
                "give one of that shape, or several with their number in front"
            )
        rows = values.reshape(1 if single else len(values), -1)
    else:
        single = space.contains(observation)
        rows = np.stack(
            [flat(space, one) for one in ([observation] if single else _apart(space, observation))]
        )
    if not np.isfinite(rows).all():
        raise DataError("observation holds a number that is not finite; mend the environment")
    return rows, single
