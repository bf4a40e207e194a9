"""Episodic memory: the agent's own past episodes, attended to, with a learned usefulness that decides what goes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.memory.admission import most_novel
from motifkit.memory.attention import AttentionKind, MemoryAttention
from motifkit.memory.base import (
    BaseMemoryBuffer,
    Retrieval,
    Trajectory,
    as_numpy,
    at_last_step,
    is_batched,
    require_single_precision,
)
from motifkit.memory.context import as_context, closed_context
from motifkit.memory.entries import Entries
from motifkit.memory.episode_encoder import EpisodeCache, EpisodeEncoder
from motifkit.memory.episode_store import EpisodeStore, Eviction
from motifkit.memory.initialise import drawn_from
from motifkit.types import Episode


class EpisodicState(NamedTuple):
    """State of a rollout: the encoder's cache, and the memory as encoded when the rollout began."""

    cache: EpisodeCache
    keys: Tensor
    values: Tensor


class StrategicMemoryBuffer(BaseMemoryBuffer):
    """Past episodes as memory slots.

    Raw trajectories are kept and encoded anew by the present encoder whenever they are attended to, so that
    stored and live embeddings agree and gradients reach the encoder. Each slot has a usefulness, trained to
    the standardised return of the episodes that attended to it.

    Episodes are no part of `state_dict()`, which holds weights and scores alone: `content()` gives them and
    `load_content()` puts them back. `TraceRL.save` writes both.

    Parameters
    ----------
    obs_dim, action_dim : int
        Features of an observation and of an action.
    mem_dim : int
        Width D of the embeddings.
    max_entries : int
        Slots N.
    device : str
        Device of the parameters; trajectories are kept in main memory.
    attention : {"cosine", "dot"}
        "cosine" has a null slot for "nothing of this kind yet"; "dot" is plain softmax attention with the
        embeddings themselves as keys and values.
    eviction : {"usefulness", "fifo"}
        What goes when the buffer is full: the least useful entry, or the oldest.
    admission : float
        Share of the slots, above 0 and at most 1, that one batch of parallel episodes may replace when the
        buffer is full; those that differ most from what is stored are let in.
    n_heads : int
        Heads of the encoder; must divide `mem_dim`.
    seed : int, optional
        Draws the first weights; None uses torch's global generator.

    Attributes
    ----------
    usefulness_vec : Parameter (N,)
        Score of each slot in standard deviations of the return, 0 (the mean) for a new entry.

    Raises
    ------
    UsageError
        For sizes below 1 and choices that do not exist.

    Examples
    --------
    >>> memory = StrategicMemoryBuffer(obs_dim=2, action_dim=1, mem_dim=8, max_entries=4)
    >>> memory.add_entry([([0.0, 1.0], 0, 0.0), ([0.0, 0.0], 1, 1.0)], outcome=1.0)
    >>> found = memory.retrieve([([0.0, 1.0], 0, 0.0)])
    >>> found.readout.shape, found.episodic_attn.shape, found.motif_attn
    (torch.Size([8]), torch.Size([1]), None)
    """

    return_moments: Tensor

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        mem_dim: int = 32,
        max_entries: int = 100,
        device: str = "cpu",
        *,
        attention: AttentionKind = "cosine",
        eviction: Eviction = "usefulness",
        admission: float = 0.125,
        n_heads: int = 2,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        whole = partial(require_whole, of="StrategicMemoryBuffer")
        obs_dim, action_dim = whole("obs_dim", obs_dim), whole("action_dim", action_dim)
        mem_dim, max_entries = whole("mem_dim", mem_dim), whole("max_entries", max_entries)
        n_heads = whole("n_heads", n_heads)
        if eviction not in get_args(Eviction):
            raise UsageError(f"eviction={eviction!r} is not known; choose 'usefulness' or 'fifo'")
        if not 0 < admission <= 1:
            raise UsageError(f"admission={admission} must be above 0 and at most 1")
        admission = float(admission)
        self.obs_dim, self.action_dim, self.mem_dim = obs_dim, action_dim, mem_dim
        self.max_entries, self.device = max_entries, device
        self.eviction, self.admission = eviction, admission
        self.last_attn: Any = None
        with drawn_from(seed):
            self.encoder = EpisodeEncoder(obs_dim + action_dim + 1, mem_dim, n_heads)
            self.outcome_embed = nn.Linear(1, mem_dim)
            if attention == "cosine":
                self.to_key = nn.Linear(mem_dim, mem_dim)
                self.to_value = nn.Linear(mem_dim, mem_dim)
        self.attention = MemoryAttention(attention)
        self.usefulness_vec = nn.Parameter(torch.zeros(max_entries))
        self.register_buffer("return_moments", torch.tensor([0.0, 1.0, 0.0]))  # mean, variance, seen
        self._shown: Entries | None = None
        self.store = EpisodeStore(max_entries, obs_dim + action_dim + 1)
        self.to(device)

    @property
    def readout_dim(self) -> int:
        """Width of a readout."""
        return self.mem_dim

    def __len__(self) -> int:
        return len(self.store)

    def __bool__(self) -> bool:
        return True  # an empty memory is still a memory

    def config(self) -> dict[str, Any]:
        """Arguments that make a buffer like this one, JSON values only."""
        names = ("obs_dim", "action_dim", "mem_dim", "max_entries", "eviction", "admission")
        given = {name: getattr(self, name) for name in names}
        return {**given, "attention": self.attention.kind, "n_heads": self.encoder.n_heads}

    # -- reading

    def entries(self) -> Entries:
        """Stored episodes at this moment."""
        return self.store.entries() if self._shown is None else self._shown

    @contextmanager
    def showing(self, entries: Entries | None) -> Iterator[None]:
        """Answer as if `entries` were the content, for callers that can only ask for the present one."""
        before, self._shown = self._shown, entries
        try:
            yield
        finally:
            self._shown = before

    def embed(self, entries: Entries) -> tuple[Tensor, Tensor]:
        """Embeddings of entries by the present encoder, without and with their outcomes: (N, D) each."""
        device = self.usefulness_vec.device
        if not entries.n_entries:
            nothing = torch.zeros(0, self.mem_dim, device=device)
            return nothing, nothing
        encoded = self.encoder.last(entries.context.to(device), entries.lengths.to(device))  # (N, D)
        outcomes = entries.outcomes.to(device)
        squashed = outcomes.sign() * outcomes.abs().log1p()  # returns of a thousand must not drown the rest
        return encoded, encoded + self.outcome_embed(squashed[:, None])

    def retrieve(self, context_traj: Trajectory) -> Retrieval:
        """Episodes that a trajectory up to now resembles; see `BaseMemoryBuffer.retrieve`.

        Returns
        -------
        Retrieval
            readout (D,) and episodic_attn (N,), with B in front for a batch; motif_attn is None.

        Raises
        ------
        DataError
            When the trajectory is empty or has another width.
        UsageError
            When the weights are not float32.
        """
        require_single_precision(self, self.usefulness_vec)
        context = as_context(context_traj, self.obs_dim, self.action_dim).to(self.usefulness_vec.device)
        found = at_last_step(self.unroll(context), is_batched(context_traj))
        self.last_attn = as_numpy(found.episodic_attn)
        return found

    def retrieve_with_custom_query(self, query: Tensor) -> Retrieval:
        """Episodes that an embedding (..., D) of the caller's own resembles."""
        return self._attend(query, *self._keys_values(self.entries()))

    def unroll(self, context: Tensor, entries: Entries | None = None) -> Retrieval:
        """Answer at every step of whole episodes.

        Parameters
        ----------
        context : (B, T, F) tensor
        entries : Entries, optional
            Content to attend to; None means the present one.

        Returns
        -------
        Retrieval
            readout (B, T, D), episodic_attn (B, T, N).
        """
        keys, values = self._keys_values(self.entries() if entries is None else entries)
        if not len(keys):
            return self._nothing(context.shape[:2])
        return self._attend(self.encoder(context), keys, values)

    def start(self, n_rows: int, entries: Entries | None = None) -> EpisodicState:
        """State of a rollout of `n_rows` episodes against the present content, with the present weights."""
        keys, values = self._keys_values(self.entries() if entries is None else entries)
        return EpisodicState(self.encoder.start(n_rows), keys, values)

    def step(self, row: Tensor, state: EpisodicState) -> Retrieval:
        """Answer at the next step of a rollout: row (B, F) -> readout (B, D)."""
        if not len(state.keys):
            return self._nothing(row.shape[:1])
        return self._attend(self.encoder.step(row, state.cache), state.keys, state.values)

    def _keys_values(self, entries: Entries) -> tuple[Tensor, Tensor]:
        encoded, with_outcome = self.embed(entries)
        if self.attention.kind == "dot":
            return with_outcome, with_outcome
        return self.to_key(encoded), self.to_value(with_outcome)

    def _attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Retrieval:
        # Queries pass through the same map as keys, so that alike stays alike before anything is learned.
        query = query if self.attention.kind == "dot" else self.to_key(query)
        if not len(keys):
            return self._nothing(query.shape[:-1])
        if self.attention.kind == "cosine":
            # Every embedding starts out alike; what tells entries apart is how they differ from their mean.
            common = keys.sum(0) / (len(keys) + 1)
            query, keys = query - common, keys - common
        readout, attn = self.attention(query, keys, values)
        return Retrieval(readout, attn, None)

    def _nothing(self, shape: tuple[int, ...]) -> Retrieval:
        device = self.usefulness_vec.device
        empty = torch.zeros(*shape, self.mem_dim, device=device)
        return Retrieval(empty, torch.zeros(*shape, 0, device=device), None)

    # -- writing

    def add_entry(self, trajectory: Trajectory | Episode, outcome: float) -> None:
        """Store an episode; when the buffer is full the least useful entry goes.

        Parameters
        ----------
        trajectory : Episode, or list or tensor of rows as `retrieve` takes them
            An `Episode` is closed with one more row that holds its last action and reward; rows are stored as
            they are.
        outcome : float
            Return of the episode.

        Raises
        ------
        DataError
            When the trajectory is empty, has another width or is a batch of several, or the outcome is not finite.
        """
        if not math.isfinite(outcome):
            raise DataError(f"outcome={outcome} must be a finite number")
        if isinstance(trajectory, Episode):
            trajectory = closed_context(trajectory, self.action_dim)
        context = as_context(trajectory, self.obs_dim, self.action_dim)
        if len(context) > 1:
            raise DataError(
                f"trajectory holds {len(context)} episodes, which one outcome cannot stand for; "
                "add them one by one, or use add_batch"
            )
        self._put(context[0], outcome)

    @torch.no_grad()
    def add_batch(self, context: Tensor, lengths: Tensor, outcomes: Tensor) -> Tensor:
        """Store some of a batch of episodes that ended together, by the admission rule.

        Free slots take as many as they can; beyond them at most `admission` of the slots are replaced.

        Parameters
        ----------
        context : (B, T, F) tensor
            Closed trajectories.
        lengths : (B,) int64 tensor
            Rows of each.
        outcomes : (B,) float tensor

        Returns
        -------
        (n,) int64 tensor
            Which were stored.
        """
        most = self.store.n_free or math.ceil(self.admission * self.max_entries)
        if len(context) > most:
            offered = Entries(context, lengths, outcomes.float(), torch.arange(len(context)))
            chosen = most_novel(self.embed(offered)[1], self.embed(self.entries())[1], most)
        else:
            chosen = torch.arange(len(context))
        finite = torch.nan_to_num(outcomes.float())  # sums of huge rewards
        taken: set[int] = set()  # so that one of the batch does not push out another
        for i in chosen.tolist():
            taken.add(self._put(context[i, : lengths[i]], float(finite[i]), taken))
        return chosen

    @torch.no_grad()
    def _put(self, rows: Tensor, outcome: float, spared: Collection[int] = ()) -> int:
        slot = self.store.put(rows, outcome, self.usefulness_vec, self.eviction, spared)
        self.usefulness_vec[slot] = 0.0
        return slot

    def reset(self) -> None:
        """Forget all episodes and their scores; the weights stay."""
        self.store.clear()
        with torch.no_grad():
            self.usefulness_vec.zero_()

    def content(self) -> dict[str, Tensor]:
        """All that is stored, with its scores, as tensors; `load_content` puts it back."""
        return {
            **self.store.state(),
            "usefulness": self.usefulness_vec.detach().clone(),
            "return_moments": self.return_moments.clone(),
        }

    @torch.no_grad()
    def load_content(self, content: dict[str, Tensor]) -> None:
        """Hold what `content` gave."""
        self.store.load_state(content)
        self.usefulness_vec.copy_(content["usefulness"])
        self.return_moments.copy_(content["return_moments"])

    # -- usefulness

    def usefulness_loss(
        self, attn: Tensor, episode_return: Tensor | float, slots: Tensor | None = None
    ) -> Tensor:
        """Squared error between each slot's usefulness and the returns of those who attended to it.

        Parameters
        ----------
        attn : (N,) or (B, N) tensor
            Attention of each episode over the entries, the mean over its steps; no gradient flows into it.
        episode_return : float or (B,) tensor
            Return of each episode; standardised by its running mean and deviation.
        slots : (N,) int64 tensor, optional
            Slot of each entry; None means 0 to N - 1.

        Returns
        -------
        () tensor
            Weighted by `N * attn`, so that evenly spread attention gives every slot the weight 1.
        """
        if not attn.numel():
            return self.usefulness_vec.sum() * 0.0
        attn = attn.detach().reshape(-1, attn.shape[-1])  # (B, N)
        returns = torch.as_tensor(episode_return, dtype=torch.float32, device=attn.device).reshape(-1, 1)
        mean, variance, _ = self.return_moments
        z = (returns - mean) / (
            variance + 1e-4
        ).sqrt()  # (B, 1); equal returns are no reason for large scores
        slots = torch.arange(attn.shape[1], device=attn.device) if slots is None else slots.to(attn.device)
        error = (self.usefulness_vec[slots] - z).square()  # (B, N)
        loss: Tensor = (attn.shape[1] * attn * error).mean(0).sum() / 2
        return loss

    @torch.no_grad()
    def observe_returns(self, returns: Tensor) -> None:
        """Follow the mean and variance of the returns, by which usefulness is measured; (B,) tensor."""
        mean, variance, seen = self.return_moments
        weight = 1.0 if seen == 0 else 0.1
        delta = returns.float().mean() - mean
        spread = returns.float().var(unbiased=False)
        self.return_moments[1] = (1 - weight) * (variance + weight * delta**2) + weight * spread
        self.return_moments[0] = mean + weight * delta
        self.return_moments[2] = seen + len(returns)

    def usefulness_parameters(self) -> list[nn.Parameter]:
        """The usefulness of the slots."""
        return [self.usefulness_vec]


def episodic_buffer(memory: Any) -> StrategicMemoryBuffer | None:
    """The episodic memory inside a memory, None when it has none."""
    parts = memory.modules() if isinstance(memory, nn.Module) else ()
    return next((part for part in parts if isinstance(part, StrategicMemoryBuffer)), None)
