"""Policies: the episode so far and what the memory answers to it, in one feature for acting and judging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from gymnasium import spaces
from torch import Tensor, nn

from motifkit.action_heads import ActionHead, head_for
from motifkit.errors import UsageError
from motifkit.memory.base import Retrieval
from motifkit.memory.encoder import CausalEncoder, EncoderCache
from motifkit.memory.entries import Entries

_HIDDEN = 64  # width of the layer between features and heads
_SMALL = 0.01  # gain of the action head: the first policy is near uniform


class PolicyOutput(NamedTuple):
    """What a policy says at each of a batch of steps.

    Parameters
    ----------
    logits : (..., n_logits) tensor
        Parameters of the action distribution, see `motifkit.action_heads`.
    values : (...) tensor
        Expected discounted sum of rewards from here on.
    features : (..., feat_dim) tensor
        What both were computed from, and what auxiliary modules see.
    retrieval : Retrieval, optional
        The memory's answer; None without a memory.
    """

    logits: Tensor
    values: Tensor
    features: Tensor
    retrieval: Retrieval | None


class PolicyState(NamedTuple):
    """State of a rollout: caches of the policy's encoder and of the memory."""

    cache: EncoderCache
    memory: Any


class StrategicMemoryTransformerPolicy(nn.Module):
    """Transformer over the observations so far, beside one memory's readout.

    Parameters
    ----------
    obs_dim : int
        Features of an observation.
    mem_dim : int
        Width of the encoder; `nhead` must divide it.
    nhead : int
        Attention heads.
    memory : BaseMemoryBuffer, optional
        Any memory; None acts on the episode alone.
    aux_modules : iterable of AuxModule, optional
        Heads with losses of their own, see `motifkit.agents.auxiliary`.
    action_space : gymnasium space, optional
        Discrete, MultiDiscrete or Box; None means Discrete(2).

    Attributes
    ----------
    feat_dim : int
        Width of the features, which auxiliary modules must take: `mem_dim` plus the readout's width, or twice
        `mem_dim` without a memory.

    Raises
    ------
    UsageError
        When `nhead` does not divide `mem_dim`, or the memory was made for other observations.

    Examples
    --------
    >>> policy = StrategicMemoryTransformerPolicy(obs_dim=3, mem_dim=8, nhead=2)
    >>> logits, value, aux_predictions = policy(torch.zeros(5, 3))
    >>> logits.shape, value.shape, aux_predictions
    (torch.Size([2]), torch.Size([]), {})
    """

    def __init__(
        self,
        obs_dim: int,
        mem_dim: int = 32,
        nhead: int = 4,
        memory: nn.Module | None = None,
        aux_modules: Iterable[nn.Module] | None = None,
        *,
        action_space: spaces.Space[Any] | None = None,
    ) -> None:
        super().__init__()
        _require_fit(memory, obs_dim)
        self.obs_dim, self.mem_dim, self.nhead = obs_dim, mem_dim, nhead
        self.action_space = spaces.Discrete(2) if action_space is None else action_space
        self.head: ActionHead = head_for(self.action_space)
        self.encoder = CausalEncoder(obs_dim, mem_dim, nhead)
        self.memory = memory
        self.aux_modules = nn.ModuleList(aux_modules or [])
        self.feat_dim = mem_dim + self._readout_room()
        # One hidden layer: what a remembered outcome means for an action is no linear matter.
        self.policy_head = _two_layers(self.feat_dim, self.head.n_logits)
        self.value_head = _two_layers(self.feat_dim, 1)
        with torch.no_grad():
            for parameter in self.policy_head[-1].parameters():
                parameter.mul_(_SMALL)

    def _readout_room(self) -> int:
        """Width that the features keep for the memory."""
        return self.mem_dim if self.memory is None else readout_dim(self.memory)

    def config(self) -> dict[str, Any]:
        """Arguments that make a policy like this one, apart from memory, auxiliary modules and space."""
        return {"obs_dim": self.obs_dim, "mem_dim": self.mem_dim, "nhead": self.nhead}

    def forward(
        self,
        trajectory: Tensor,
        obs_t: Tensor | None = None,
        actions: Tensor | None = None,
        rewards: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Judge the last step of one episode so far.

        Parameters
        ----------
        trajectory : (T, obs_dim) tensor
            Observations up to now.
        obs_t : tensor, optional
            The last observation again; taken from `trajectory`.
        actions, rewards : (T - 1,) or (T,) tensor, optional
            Those before each step; filled up with zeros on the left. Without them the memory is not asked.

        Returns
        -------
        logits : (n_logits,) tensor
        value : () tensor
        aux_preds : dict of str to tensor
            Prediction of each auxiliary module by its name.
        """
        context = None
        if self.memory is not None and actions is not None and rewards is not None:
            context = self._context(trajectory, actions, rewards)[None]
        output = self.unroll(trajectory[None], context)
        features = output.features[0, -1]
        aux_preds = {str(aux.name): aux.head(features) for aux in self.aux_modules}  # type: ignore[operator]
        return output.logits[0, -1], output.values[0, -1], aux_preds

    def unroll(
        self, observations: Tensor, context: Tensor | None, entries: Entries | None = None
    ) -> PolicyOutput:
        """Judge every step of whole episodes.

        Parameters
        ----------
        observations : (B, T, obs_dim) tensor
        context : (B, T, F) tensor, optional
            What the memory sees; None leaves it out.
        entries : Entries, optional
            Content of the episodic memory; None means the present one.

        Returns
        -------
        PolicyOutput
            With (B, T) in front.
        """
        retrieval = None
        if self.memory is not None and context is not None:
            retrieval = self.memory.unroll(context, entries)  # type: ignore[operator]
        return self._judge(self.encoder(observations), retrieval)

    def start(self, n_rows: int, entries: Entries | None = None) -> PolicyState:
        """State of a rollout of `n_rows` episodes with the present weights."""
        memory = None if self.memory is None else self.memory.start(n_rows, entries)  # type: ignore[operator]
        return PolicyState(self.encoder.start(n_rows), memory)

    def step(self, obs: Tensor, row: Tensor | None, state: PolicyState) -> PolicyOutput:
        """Judge the next step of a rollout: observation (B, obs_dim), context row (B, F)."""
        retrieval = None
        if self.memory is not None and row is not None:
            retrieval = self.memory.step(row, state.memory)  # type: ignore[operator]
        return self._judge(self.encoder.step(obs, state.cache), retrieval)

    def _judge(self, encoded: Tensor, retrieval: Retrieval | None) -> PolicyOutput:
        room = self.feat_dim - self.mem_dim
        if retrieval is None:
            readout = encoded.new_zeros(*encoded.shape[:-1], room)
        else:
            readout = self._placed(retrieval, room)
        features = torch.cat([encoded, readout], -1)  # (..., feat_dim)
        return PolicyOutput(
            self.policy_head(features), self.value_head(features).squeeze(-1), features, retrieval
        )

    def _placed(self, retrieval: Retrieval, room: int) -> Tensor:
        """Readout at its place in the `room` features kept for it."""
        return retrieval.readout

    def _context(self, trajectory: Tensor, actions: Tensor, rewards: Tensor) -> Tensor:
        """(T, F) rows from the arguments of `forward`."""
        n = len(trajectory)
        assert self.memory is not None
        width = int(self.memory.action_dim)  # type: ignore[arg-type]
        past = self.head.features(actions, width).reshape(len(actions), width)
        past = torch.cat([past.new_zeros(n - len(past), width), past])
        paid = torch.cat([trajectory.new_zeros(n - len(rewards)), rewards.float()])[:, None]
        return torch.cat([trajectory, past, paid], 1)


class StrategicCombinedMemoryPolicy(StrategicMemoryTransformerPolicy):
    """The same with room for two memories: the features are [episode, episodic readout, motif readout].

    A memory of one kind takes its own place and leaves zeros in the other. Parameters as in
    `StrategicMemoryTransformerPolicy`; without a memory `feat_dim` is three times `mem_dim`.

    Examples
    --------
    >>> from motifkit.memory.episodic import StrategicMemoryBuffer
    >>> memory = StrategicMemoryBuffer(obs_dim=3, action_dim=1, mem_dim=8, max_entries=4)
    >>> StrategicCombinedMemoryPolicy(obs_dim=3, mem_dim=8, memory=memory).feat_dim
    24
    """

    def _readout_room(self) -> int:
        width = 0 if self.memory is None else readout_dim(self.memory)
        return max(width, 2 * self.mem_dim)

    def _placed(self, retrieval: Retrieval, room: int) -> Tensor:
        readout = retrieval.readout
        zeros = readout.new_zeros(*readout.shape[:-1], room - readout.shape[-1])
        of_motifs_alone = retrieval.episodic_attn is None and retrieval.motif_attn is not None
        parts = [zeros, readout] if of_motifs_alone else [readout, zeros]
        return torch.cat(parts, -1)


def _two_layers(in_dim: int, out_dim: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(in_dim, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, out_dim))


def readout_dim(memory: nn.Module) -> int:
    """Width of a memory's readout.

    Raises
    ------
    UsageError
        When the memory does not say.
    """
    for name in ("readout_dim", "mem_dim"):
        width = getattr(memory, name, None)
        if isinstance(width, int):
            return width
    raise UsageError(f"{type(memory).__name__} has neither readout_dim nor mem_dim; give it one of them")


def _require_fit(memory: nn.Module | None, obs_dim: int) -> None:
    made_for = getattr(memory, "obs_dim", obs_dim)
    if made_for != obs_dim:
        raise UsageError(
            f"the memory was made with obs_dim={made_for}, but observations have {obs_dim} features; "
            f"make it with obs_dim={obs_dim}"
        )
