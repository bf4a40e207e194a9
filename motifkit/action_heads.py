"""From features to a distribution over actions, one head for each kind of action space."""

from __future__ import annotations

import math
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from motifkit.errors import DataError, UsageError
from motifkit.memory.context import action_features

ActionSpace: TypeAlias = spaces.Space[Any]

_NO_BOUND = 1e30  # bounds beyond it, the largest floats among them, stand for none
_LOG_2PI = math.log(2 * math.pi)


class ActionHead(Protocol):
    """What an agent asks of a head; `logits` is what its linear layer gives, (..., n_logits)."""

    n_logits: int

    def sample(self, logits: Tensor, generator: torch.Generator | None, deterministic: bool) -> Tensor:
        """Actions, drawn with `generator`, or the likeliest ones."""

    def log_prob_entropy(self, logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probability of `actions` and the entropy, (...) each."""

    def features(self, actions: Tensor, action_dim: int) -> Tensor:
        """Actions as memories see them, (..., action_dim)."""

    def from_env(self, actions: np.ndarray[Any, Any]) -> Tensor:
        """Actions (T,) or (T, n) that the environment was given, as `sample` would have drawn them."""

    def to_env(self, actions: Tensor) -> np.ndarray[Any, Any]:
        """Actions as the environment takes them."""


class DiscreteHead(nn.Module):
    """Categorical over `Discrete(n)`; actions are 0 to n - 1 whatever the space's `start`."""

    def __init__(self, space: spaces.Discrete) -> None:
        super().__init__()
        self.n_logits = int(space.n)
        self._start = int(space.start)

    def sample(self, logits: Tensor, generator: torch.Generator | None, deterministic: bool) -> Tensor:
        """(..., n) -> (...) int64."""
        if deterministic:
            return logits.argmax(-1)
        # Gumbel-max: one draw a logit, faster than multinomial, which wants normalised rows.
        noise = torch.empty_like(logits).exponential_(generator=generator)
        return (logits.softmax(-1) / noise).argmax(-1)

    def log_prob_entropy(self, logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probability and entropy, (...) each."""
        log_probs = logits.log_softmax(-1)
        chosen = log_probs.gather(-1, actions[..., None])[..., 0]
        return chosen, -(log_probs.exp() * log_probs).sum(-1)

    def features(self, actions: Tensor, action_dim: int) -> Tensor:
        """One-hot when `action_dim` is n, the number when it is 1."""
        return action_features(actions, action_dim)

    def from_env(self, actions: np.ndarray[Any, Any]) -> Tensor:
        """(T,) -> (T,) int64."""
        return torch.from_numpy(np.ravel(actions).astype(np.int64) - self._start)

    def to_env(self, actions: Tensor) -> np.ndarray[Any, Any]:
        """int64 array from the space's start on."""
        return actions.cpu().numpy() + self._start


class MultiDiscreteHead(nn.Module):
    """Independent categoricals over `MultiDiscrete(nvec)`."""

    def __init__(self, space: spaces.MultiDiscrete) -> None:
        super().__init__()
        self._sizes = [int(n) for n in space.nvec.ravel()]
        self._shape = space.nvec.shape
        self._starts = np.ravel(space.start)
        self._heads = [DiscreteHead(spaces.Discrete(n)) for n in self._sizes]
        self.n_logits = sum(self._sizes)

    def sample(self, logits: Tensor, generator: torch.Generator | None, deterministic: bool) -> Tensor:
        """(..., n_logits) -> (..., n) int64."""
        parts = zip(self._heads, logits.split(self._sizes, -1), strict=True)  # type: ignore[no-untyped-call]
        return torch.stack([head.sample(part, generator, deterministic) for head, part in parts], -1)

    def log_prob_entropy(self, logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Sums over the categoricals, (...) each."""
        parts = zip(self._heads, logits.split(self._sizes, -1), actions.unbind(-1), strict=True)  # type: ignore[no-untyped-call]
        pairs = [head.log_prob_entropy(part, action) for head, part, action in parts]
        return torch.stack([p for p, _ in pairs]).sum(0), torch.stack([e for _, e in pairs]).sum(0)

    def features(self, actions: Tensor, action_dim: int) -> Tensor:
        """One-hots side by side when `action_dim` is their total, the numbers when it is their count."""
        if action_dim == len(self._sizes):
            return actions.float()
        return torch.cat(
            [action_features(a, n) for a, n in zip(actions.unbind(-1), self._sizes, strict=True)], -1
        )

    def from_env(self, actions: np.ndarray[Any, Any]) -> Tensor:
        """(T, n) -> (T, n) int64."""
        return torch.from_numpy(np.asarray(actions).astype(np.int64) - self._starts)

    def to_env(self, actions: Tensor) -> np.ndarray[Any, Any]:
        """int64 array of the space's shape."""
        return (actions.cpu().numpy() + self._starts).reshape(*actions.shape[:-1], *self._shape)


class BoxHead(nn.Module):
    """Gaussian over `Box`, with a learned deviation for each component; clipped to the box for the environment.

    `logits` are means in units where a bounded box reaches from -1 to 1.
    """

    _lowest: Tensor
    _highest: Tensor

    def __init__(self, space: spaces.Box) -> None:
        super().__init__()
        self.n_logits = int(np.prod(space.shape))
        self.log_std = nn.Parameter(torch.zeros(self.n_logits))
        self._low, self._high = space.low.ravel(), space.high.ravel()
        low, high = self._low.astype(np.float64), self._high.astype(np.float64)
        bounded = (np.abs(low) < _NO_BOUND) & (np.abs(high) < _NO_BOUND)
        self._scale = np.where(bounded, np.where(bounded, high, 0) - np.where(bounded, low, 0), 2.0) / 2
        self._middle = (np.where(bounded, high, 0) + np.where(bounded, low, 0)) / 2
        self._shape, self._dtype = space.shape, space.dtype
        for name, bounds, end in (("_lowest", low, -1.0), ("_highest", high, 1.0)):
            unit = torch.from_numpy(np.where(bounded, end, bounds)).float()
            self.register_buffer(name, unit, persistent=False)

    def sample(self, logits: Tensor, generator: torch.Generator | None, deterministic: bool) -> Tensor:
        """(..., n) -> (..., n) float, not clipped."""
        if deterministic:
            return logits
        noise = torch.empty_like(logits).normal_(generator=generator)
        return logits + self.log_std.exp() * noise

    def log_prob_entropy(self, logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Sums over the components, (...) each."""
        z = (actions - logits) * (-self.log_std).exp()
        log_prob = (-0.5 * z.square() - self.log_std - 0.5 * _LOG_2PI).sum(-1)
        entropy = (self.log_std + 0.5 * (1 + _LOG_2PI)).sum()
        return log_prob, entropy.expand(log_prob.shape)

    def features(self, actions: Tensor, action_dim: int) -> Tensor:
        """The components as they were done: inside the box, which is what a log can hold."""
        return actions.clamp(self._lowest, self._highest)

    def from_env(self, actions: np.ndarray[Any, Any]) -> Tensor:
        """(T, n) -> (T, n) float; components of a box of one point become 0."""
        actions = np.asarray(actions).reshape(len(actions), -1)
        return torch.from_numpy(
            (actions - self._middle) / np.where(self._scale > 0, self._scale, 1.0)
        ).float()

    def to_env(self, actions: Tensor) -> np.ndarray[Any, Any]:
        """Array of the space's shape and type, inside its bounds."""
        scaled = actions.cpu().numpy() * self._scale + self._middle
        clipped = np.clip(scaled, self._low, self._high).astype(self._dtype)
        shaped: np.ndarray[Any, Any] = clipped.reshape(*actions.shape[:-1], *self._shape)
        return shaped


def head_for(space: spaces.Space[Any]) -> ActionHead:
    """Head for an action space.

    Raises
    ------
    UsageError
        For other spaces than Discrete, MultiDiscrete and Box of floats.

    Examples
    --------
    >>> head_for(spaces.MultiDiscrete([2, 3])).n_logits
    5
    """
    if isinstance(space, spaces.Discrete):
        return DiscreteHead(space)
    if isinstance(space, spaces.MultiDiscrete):
        return MultiDiscreteHead(space)
    if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating):
        return BoxHead(space)
    raise UsageError(f"action space {space} is not supported; use Discrete, MultiDiscrete or a Box of floats")


def action_dims(space: spaces.Space[Any]) -> tuple[int, ...]:
    """Values of `action_dim` that a memory for this action space may have, the fullest first.

    Examples
    --------
    >>> action_dims(spaces.Discrete(3)), action_dims(spaces.MultiDiscrete([2, 3]))
    ((3, 1), (5, 2))
    """
    if isinstance(space, spaces.Discrete):
        return (int(space.n), 1)
    if isinstance(space, spaces.MultiDiscrete):
        return (int(space.nvec.sum()), int(space.nvec.size))
    return (int(np.prod(space.shape or ())),)


def logged_features(actions: np.ndarray[Any, Any], space: spaces.Space[Any], action_dim: int) -> Tensor:
    """Actions of a log as the memory of an agent holds them.

    Parameters
    ----------
    actions : (T,) or (T, n) array
        As the environment was given them. Choices that are one-hot already stay as they are.
    space : gymnasium.Space
        Of the environment.
    action_dim : int
        Features of an action, one of `action_dims`.

    Returns
    -------
    (T, action_dim) float tensor

    Raises
    ------
    DataError
        For a choice that the space does not have.

    Examples
    --------
    >>> logged_features(np.array([[-2.0], [0.0], [9.0]]), spaces.Box(-2, 2, (1,)), 1)[:, 0].tolist()
    [-1.0, 0.0, 1.0]
    >>> logged_features(np.array([5, 7]), spaces.Discrete(3, start=5), 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    head = head_for(space)
    if isinstance(space, spaces.Box):
        return head.features(head.from_env(actions), action_dim)
    n_choices = space.nvec.ravel() if isinstance(space, spaces.MultiDiscrete) else np.array([head.n_logits])
    columns = np.reshape(actions, (len(actions), -1))
    if columns.shape[1] != len(n_choices):
        return torch.from_numpy(columns).float()
    choices = head.from_env(columns)
    counted = choices.numpy().reshape(columns.shape)
    wrong = ((counted < 0) | (counted >= n_choices)).any(1)
    if wrong.any():
        raise DataError(
            f"the data hold action {columns[wrong][0].tolist()}, which {space} does not have; give data of "
            "this environment"
        )
    return head.features(choices, action_dim)
