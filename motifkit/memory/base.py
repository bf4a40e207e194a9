"""What every memory gives and takes, so that any policy works with any memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from motifkit.errors import UsageError
from motifkit.memory.entries import Entries

Trajectory: TypeAlias = Sequence[tuple[Any, Any, Any]] | Tensor | npt.NDArray[Any]
Attention: TypeAlias = npt.NDArray[np.float32] | None


class Retrieval(NamedTuple):
    """What a memory answers; always these three fields, also when it is empty.

    Parameters
    ----------
    readout : (..., D) tensor
        Attention-weighted content; zeros from an empty memory.
    episodic_attn : (..., N) tensor, optional
        Weight of each stored episode, 0 to 1; with a null slot they sum to less than 1. None from a memory
        that has no episodes to attend to.
    motif_attn : (..., K) tensor, optional
        Weight of each motif; None from a memory without motifs.

    Examples
    --------
    >>> import torch
    >>> readout, episodic_attn, motif_attn = Retrieval(torch.zeros(2), None, torch.tensor([0.9, 0.1]))
    >>> motif_attn.argmax().item()
    0
    """

    readout: Tensor
    episodic_attn: Tensor | None
    motif_attn: Tensor | None


class BaseMemoryBuffer(nn.Module):
    """Base of all memories, and of those that users write.

    A memory of one's own needs `retrieve(context_traj)` alone and may define `add_entry` and `reset`; the agent
    then calls it step by step. The batched methods of the memories in this package, `unroll`, `start` and
    `step`, are what makes them fast.

    Examples
    --------
    >>> import torch
    >>> class LastStep(BaseMemoryBuffer):
    ...     def retrieve(self, context_traj):
    ...         return Retrieval(torch.as_tensor(context_traj)[-1], None, None)
    >>> LastStep().retrieve(np.array([[1.0, 2.0], [3.0, 4.0]])).readout.tolist()
    [3.0, 4.0]
    """

    def retrieve(self, context_traj: Trajectory) -> Retrieval:
        """Answer to a trajectory up to now.

        Parameters
        ----------
        context_traj : list of (obs, action, reward), or tensor (T, F) or (B, T, F)
            Rows (obs_t, a_{t-1}, r_{t-1}), the first with zeros.
        """
        raise NotImplementedError(f"{type(self).__name__} must define retrieve(context_traj)")

    def add_entry(self, trajectory: Any, outcome: float) -> None:
        """Take in an episode that has ended; a memory that keeps none does nothing."""

    def reset(self) -> None:
        """Forget all episodes; learned weights stay."""

    def entries(self) -> Entries | None:
        """Stored episodes at this moment; None from a memory that keeps none."""
        return None

    def usefulness_parameters(self) -> list[nn.Parameter]:
        """Parameters that the usefulness loss alone trains."""
        return []

    def motif_parameters(self) -> list[nn.Parameter]:
        """Parameters that are motifs."""
        return []

    def get_trainable_parameters(self) -> list[nn.Parameter]:
        """All parameters, each once."""
        return list(self.parameters())

    def get_last_attention(self) -> Any:
        """Attention of the last call of `retrieve`, in NumPy; None before the first."""
        return getattr(self, "last_attn", None)


def as_numpy(attn: Tensor | None) -> Attention:
    """Attention detached from its graph."""
    return None if attn is None else attn.detach().cpu().numpy()


def require_single_precision(memory: nn.Module, weight: Tensor) -> None:
    """Raise a UsageError for a memory that was made `.double()` or `.half()`: rows and positions are float32."""
    if weight.dtype != torch.float32:
        kind = str(weight.dtype).removeprefix("torch.")
        raise UsageError(
            f"{type(memory).__name__} has {kind} weights; memories take float32 alone, call .float()"
        )


def at_last_step(retrieval: Retrieval, batched: bool) -> Retrieval:
    """Last step of a retrieval over whole sequences, (B, T, ...) -> (B, ...), or (...) of a single one."""
    rows = [None if field is None else field[:, -1] for field in retrieval]
    if not batched:
        rows = [None if row is None else row[0] for row in rows]
    readout, episodic, motif = rows
    assert readout is not None
    return Retrieval(readout, episodic, motif)


def is_batched(context_traj: Trajectory) -> bool:
    """Whether a trajectory as given to `retrieve` is a batch of them."""
    return isinstance(context_traj, Tensor | np.ndarray) and context_traj.ndim == 3


def as_retrieval(answer: Any, of_motifs: bool = False) -> Retrieval:
    """Answer of any memory, also one of a user's own that gives a readout and its attention alone."""
    if isinstance(answer, Retrieval):
        return answer
    if not isinstance(answer, tuple):
        return Retrieval(answer, None, None)
    if len(answer) == 2:
        readout, attn = answer
        return Retrieval(readout, None, attn) if of_motifs else Retrieval(readout, attn, None)
    return Retrieval(*answer)
