"""Random batches of episodes, and the same batch with rubbish where no step is."""

import numpy as np
import torch

from motifkit.agents.batch import EpisodeBatch


def random_batch(lengths=(3, 5, 1), obs_dim=2, n_actions=3, seed=0, terminated=None):
    """Episodes of Discrete(n_actions), actions one-hot in the context."""
    rng = np.random.default_rng(seed)
    lengths = np.array(lengths)
    n, n_steps = len(lengths), lengths.max()
    mask = np.arange(n_steps) < lengths[:, None]
    observations = rng.normal(size=(n, n_steps, obs_dim)) * mask[..., None]
    actions = rng.integers(n_actions, size=(n, n_steps)) * mask
    rewards = rng.normal(size=(n, n_steps)) * mask
    final = rng.normal(size=(n, obs_dim))
    taken = np.eye(n_actions)[actions]
    rows = np.concatenate([taken, rewards[..., None]], 2)
    context = np.concatenate([observations, np.pad(rows, ((0, 0), (1, 0), (0, 0)))[:, :-1]], 2)
    closing = np.concatenate([final, rows[np.arange(n), lengths - 1]], 1)
    ended = rng.random(n) < 0.5 if terminated is None else np.full(n, terminated)

    def number(x):
        return torch.from_numpy(np.asarray(x, dtype=np.float32))

    return EpisodeBatch(
        observations=number(observations),
        context=number(context * mask[..., None]),
        closing=number(closing),
        actions=torch.from_numpy(actions),
        rewards=number(rewards),
        log_probs=number(rng.normal(size=(n, n_steps)) * mask),
        values=number(rng.normal(size=(n, n_steps)) * mask),
        lengths=torch.from_numpy(lengths),
        terminated=torch.from_numpy(ended),
        final_observations=number(final),
        final_values=number(rng.normal(size=n) * ~ended),
        cues=torch.from_numpy(rng.integers(2, size=n)),
    )


def spoiled(x, mask, value=float("nan")):
    """Copy of (B, T, ...) with `value` where `mask` is False."""
    away = ~mask.reshape(mask.shape + (1,) * (x.ndim - 2))
    return x.masked_fill(away, value)


def padded(batch, n_more=4):
    """The same episodes in a batch that is longer, with rubbish after each end where it may stand."""

    def longer(x, fill=0.0):
        shape = list(x.shape)
        shape[1] = n_more
        return torch.cat([x, torch.full(shape, fill, dtype=x.dtype)], 1)

    names = ("observations", "context", "actions", "rewards", "log_probs", "values")
    more = batch.replace(**{name: longer(getattr(batch, name)) for name in names})
    return more.replace(
        observations=spoiled(more.observations, more.mask, 7.0), actions=spoiled(more.actions, more.mask, 2)
    )
