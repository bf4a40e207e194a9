"""A batch of whole episodes, played with caches so that a step costs the same early and late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.environments import Array, EnvBatch, require_finite
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.errors import DataError
from motifkit.memory.context import step_mask
from motifkit.memory.entries import Entries
from motifkit.memory.episodic import episodic_buffer
from motifkit.policies import PolicyOutput

MOST_STEPS = 20_000  # of episodes without a limit; attention costs the square of their length


@dataclass(frozen=True)
class PlaySettings:
    """How episodes are played.

    Parameters
    ----------
    action_dim : int
        Features of an action in the context rows.
    generator : torch.Generator, optional
        Draws the actions; None uses torch's own.
    deterministic : bool
        Take the likeliest action instead.
    max_steps : int, optional
        Episodes that are longer are cut short there; None waits for their end, `MOST_STEPS` at most.
    options : dict, optional
        Passed to `reset`.
    """

    action_dim: int
    generator: torch.Generator | None = None
    deterministic: bool = False
    max_steps: int | None = None
    options: dict[str, Any] | None = None


@torch.no_grad()
def play(
    policy: UnrolledPolicy,
    envs: EnvBatch,
    seed: int,
    how: PlaySettings,
    entries: Entries | None = None,
) -> EpisodeBatch:
    """Play one episode in each environment.

    Parameters
    ----------
    policy : UnrolledPolicy
    envs : EnvBatch
    seed : int
        Seed of the episodes.
    how : PlaySettings
    entries : Entries, optional
        Content of the episodic memory; None means the present one.

    Returns
    -------
    EpisodeBatch

    Raises
    ------
    DataError
        When the environment gives NaN or infinite numbers, or does not end its episodes.
    """
    observations, info = envs.reset(seed, how.options)
    entries = _entries_of(policy) if entries is None else entries
    record = _Record(policy, envs.n_envs, how.action_dim, entries)
    state = policy.start(envs.n_envs, entries)
    alive = np.ones(envs.n_envs, dtype=bool)
    lengths = np.zeros(envs.n_envs, dtype=np.int64)
    ended_well = np.zeros(envs.n_envs, dtype=bool)
    final = observations.copy()
    rewards = np.zeros(envs.n_envs, dtype=np.float32)
    while alive.any() and (how.max_steps is None or len(record.rewards) < how.max_steps):
        if how.max_steps is None and len(record.rewards) == MOST_STEPS:
            raise DataError(
                f"{alive.sum()} of {len(alive)} episodes have not ended after {MOST_STEPS:,} steps; set "
                "max_episode_steps, of TraceRL or of gymnasium.make"
            )
        require_finite(observations, rewards, len(record.rewards))
        obs, row = record.open(observations, rewards)
        output = policy.step(obs, row, state)
        actions = policy.head.sample(output.logits, how.generator, how.deterministic)
        observations, rewards, terminated, truncated = envs.step(policy.head.to_env(actions), alive)
        rewards = np.where(alive, rewards, 0).astype(np.float32)
        record.close(output, actions, rewards, alive)
        lengths += alive
        final[alive] = observations[alive]
        ended_well |= alive & terminated
        alive = alive & ~(terminated | truncated)
        observations = np.where(alive[:, None], observations, 0).astype(np.float32)
    require_finite(final, rewards, len(record.rewards))
    bootstrap = _final_values(policy, record, state, final, ended_well, lengths)
    return record.batch(lengths, ended_well, final, bootstrap, info)


def _entries_of(policy: UnrolledPolicy) -> Entries | None:
    buffer = episodic_buffer(policy.memory)
    return None if buffer is None else buffer.entries()


def _final_values(
    policy: UnrolledPolicy, record: _Record, state: Any, final: Array, terminated: Array, lengths: Array
) -> Tensor:
    """Value of what was seen after the last action of episodes that were cut short; 0 of the others."""
    values = torch.zeros(len(final), device=record.device)
    if terminated.all():
        return values
    last = len(record.rewards)
    cut_last = ~terminated & (lengths == last)
    if cut_last.any():  # the caches stand where these episodes were cut
        obs, row = record.open(final, record.rewards[-1].cpu().numpy(), keep=False)
        at_end = policy.step(obs, row, state).values
        values = torch.where(torch.from_numpy(cut_last).to(values.device), at_end, values)
    for length in np.unique(lengths[~terminated & ~cut_last]):
        picked = torch.from_numpy(np.flatnonzero(~terminated & (lengths == length)))
        values[picked] = record.value_after(policy, picked, int(length), final)
    return values


class _Record:
    """Rows of the episodes as they come."""

    def __init__(self, policy: UnrolledPolicy, n_envs: int, action_dim: int, entries: Entries | None) -> None:
        self.device = next(policy.parameters()).device
        self._head, self._action_dim = policy.head, action_dim
        self._entries = entries
        self._past = torch.zeros(n_envs, action_dim, device=self.device)
        self.observations: list[Tensor] = []
        self.context: list[Tensor] = []
        self.actions: list[Tensor] = []
        self.rewards: list[Tensor] = []
        self.log_probs: list[Tensor] = []
        self.values: list[Tensor] = []
        self.attention: Tensor | None = None  # (B, N) sums over the steps so far

    def open(self, observations: Array, rewards: Array, keep: bool = True) -> tuple[Tensor, Tensor]:
        """Observation (B, obs_dim) and context row (B, F) of the next step."""
        obs = torch.from_numpy(observations).to(self.device)
        paid = torch.from_numpy(rewards).to(self.device)[:, None]
        row = torch.cat([obs, self._past, paid], 1)
        if keep:
            self.observations.append(obs)
            self.context.append(row)
        return obs, row

    def close(self, output: PolicyOutput, actions: Tensor, rewards: Array, alive: Array) -> None:
        """What was done and what it earned."""
        attn = None if output.retrieval is None else output.retrieval.episodic_attn
        if attn is not None:
            attn = attn if alive.all() else attn * torch.from_numpy(alive).to(self.device)[:, None]
            self.attention = attn.clone() if self.attention is None else self.attention.add_(attn)
        self.actions.append(actions)
        self.rewards.append(torch.from_numpy(rewards).to(self.device))
        self.log_probs.append(self._head.log_prob_entropy(output.logits, actions)[0])
        self.values.append(output.values)
        self._past = self._head.features(actions, self._action_dim)

    def value_after(self, policy: UnrolledPolicy, picked: Tensor, length: int, final: Array) -> Tensor:
        """Value of the final observations of some episodes, by a full pass."""
        last_obs = torch.from_numpy(final).to(self.device)[picked]
        past = self._head.features(self.actions[length - 1][picked], self._action_dim)
        last_row = torch.cat([last_obs, past, self.rewards[length - 1][picked][:, None]], 1)
        obs = torch.stack([o[picked] for o in self.observations[:length]] + [last_obs], 1)
        rows = torch.stack([r[picked] for r in self.context[:length]] + [last_row], 1)
        return policy.unroll(obs, rows, self._entries).values[:, -1]

    def batch(
        self,
        lengths: Array,
        terminated: Array,
        final: Array,
        final_values: Tensor,
        info: dict[str, Any],
    ) -> EpisodeBatch:
        """All rows as one batch, zeros after each episode's end."""
        n_rows = torch.from_numpy(lengths).to(self.device)
        rewards = torch.stack(self.rewards, 1)
        mask = step_mask(n_rows, rewards.shape[1])
        last = n_rows - 1
        rows = torch.arange(len(lengths), device=self.device)
        actions = torch.stack(self.actions, 1)
        past = self._head.features(actions[rows, last], self._action_dim)
        final_obs = torch.from_numpy(final).to(self.device)
        cues = info.get("cue")
        return EpisodeBatch(
            observations=torch.stack(self.observations, 1) * mask[..., None],
            context=torch.stack(self.context, 1) * mask[..., None],
            closing=torch.cat([final_obs, past, rewards[rows, last][:, None]], 1),
            actions=actions * mask.reshape(*mask.shape, *[1] * (actions.ndim - 2)),
            rewards=rewards,
            log_probs=torch.stack(self.log_probs, 1) * mask,
            values=torch.stack(self.values, 1) * mask,
            lengths=n_rows,
            terminated=torch.from_numpy(terminated).to(self.device),
            final_observations=final_obs,
            final_values=final_values,
            cues=None if cues is None else torch.as_tensor(np.asarray(cues), device=self.device).long(),
            episodic_share=None if self.attention is None else self.attention / n_rows[:, None],
            entries=self._entries,
        )
