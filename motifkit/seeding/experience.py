"""What is done and paid in an environment while nobody knows better: actions and rewards for windows that have none."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from motifkit.agents.environments import EnvLike, batch_of, obs_dim_of, spaces_of
from motifkit.agents.rollout import PlaySettings, play
from motifkit.agents.trace_rl import TraceRL
from motifkit.arguments import require_whole
from motifkit.memory.window_encoder import windows_up_to_each_step
from motifkit.policies import StrategicMemoryTransformerPolicy

_N_ENVS = 16
_MOST_EPISODES = 1024  # where episodes are so short that steps would take for ever


def played_experience(
    env: EnvLike, action_dim: int, motif_len: int, *, n_steps: int = 2000, seed: int = 0
) -> Tensor:
    """Past actions and rewards of an agent that has learned nothing, as windows of a motif bank.

    Prices hold neither actions nor rewards, but the windows that an agent sees do. `seed_motif_bank` draws them from
    here, so that the encoder knows a shape whatever is done meanwhile.

    Parameters
    ----------
    env : environment
        Is copied, unless it is a vector environment.
    action_dim, motif_len : int
        Of the bank.
    n_steps : int
        Steps to play, about.
    seed : int

    Returns
    -------
    (n, motif_len, action_dim + 1) float tensor
        One window for each step that was played.

    Raises
    ------
    UsageError, DataError
        For numbers out of range; when the environment gives numbers that are not finite.

    Examples
    --------
    >>> from motifkit.envs.planted_motif import PlantedMotifEnv
    >>> played_experience(PlantedMotifEnv(n_steps=32), 1, 8, n_steps=512).shape
    torch.Size([512, 8, 2])
    """
    require_whole("n_steps", n_steps, of="played_experience")
    obs_dim = obs_dim_of(spaces_of(env)[0])
    agent = TraceRL(StrategicMemoryTransformerPolicy, env, n_envs=_N_ENVS, seed=seed)
    envs = batch_of(env, _N_ENVS)
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng([seed, 41])
    how = PlaySettings(action_dim, generator, max_steps=max(n_steps // envs.n_envs, motif_len))
    found: list[Tensor] = []
    n_played = n_episodes = 0
    while n_played < n_steps and n_episodes < _MOST_EPISODES:
        batch = play(agent.network, envs, int(rng.integers(2**31)), how)
        windows = windows_up_to_each_step(batch.context, motif_len)  # (B, T, L, F)
        found.append(windows[batch.mask][..., obs_dim:])
        n_played += int(batch.lengths.sum())
        n_episodes += envs.n_envs
    return torch.cat(found)
