"""Windows as the agent will see them: rows (obs_t, a_{t-1}, r_{t-1}), cut out of the mined data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from motifkit.action_heads import ActionSpace
from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.mining.windows import finite_windows
from motifkit.seeding.contexts import Observe, contexts_of
from motifkit.seeding.unfold import unfolded
from motifkit.types import MiningResult, TrajectoryDataset

Resize: TypeAlias = Literal["error", "resample"]

N_BACKGROUND = 4096  # windows between the occurrences: enough to tell one in a thousand


@dataclass(frozen=True, eq=False)
class MotifWindows:
    """Occurrences of motifs and what lies between them, as windows of the bank's length.

    Parameters
    ----------
    occurrences : tuple of (n_k, L, F) float tensor
        One for each row, in the order of the rows.
    background : (n, L, F) float tensor
        Windows at which no occurrence begins; shifted ones are among them.
    labels : tuple of str
        Of the rows: the motif's, with the offset where it is not 0.
    offsets : tuple of int
        Of the rows, see `unfolded`.
    """

    occurrences: tuple[Tensor, ...]
    background: Tensor
    labels: tuple[str, ...]
    offsets: tuple[int, ...]

    @property
    def pooled(self) -> tuple[Tensor, Tensor]:
        """All occurrences (N, L, F), and the row (N,) that each belongs to."""
        rows = torch.repeat_interleave(
            torch.arange(len(self.occurrences)), torch.tensor([len(one) for one in self.occurrences])
        )
        return torch.cat(self.occurrences), rows


def cut_windows(
    bank: MotifMemoryBank,
    result: MiningResult,
    dataset: TrajectoryDataset,
    *,
    observe: Observe | None = None,
    action_space: ActionSpace | None = None,
    offsets: Sequence[int] = (0,),
    resize: Resize = "error",
    n_background: int = N_BACKGROUND,
    seed: int = 0,
) -> MotifWindows:
    """Cut the occurrences of the best motifs, as many as the bank has rows, and background windows.

    Parameters
    ----------
    bank : MotifMemoryBank
    result : MiningResult
    dataset : TrajectoryDataset
        What was mined.
    observe : callable, optional
        Gives the observations (T, obs_dim) that the environment would make of an episode; None takes the
        episode's own.
    action_space : gymnasium.Space, optional
        See `contexts_of`.
    offsets : sequence of int
        Windows of each occurrence, see `unfolded`.
    resize : {"error", "resample"}
        What becomes of motifs that are not `bank.motif_len` long: refused, or stretched to that length.
    n_background : int
        Background windows at most.
    seed : int
        Draws them.

    Raises
    ------
    UsageError
        For another `resize`.
    DataError
        When the result holds no motifs, or one of a single occurrence, was mined in other data, or does not
        fit the bank; when a window holds NaN.
    """
    require_whole("n_background", n_background, of="cut_windows")
    if resize not in ("error", "resample"):
        raise UsageError(f"resize={resize!r} is not known; choose 'error' or 'resample'")
    require_mined_in(result, dataset)
    if not result.motifs:
        raise DataError(f"the result of mining {result.source} holds no motifs, so there is nothing to seed")
    views = unfolded(result, offsets, [len(episode) for episode in dataset.episodes])
    motifs, ends = views.motifs[: bank.n_motifs], np.repeat(offsets, len(result.motifs))[: bank.n_motifs]
    for motif in motifs:
        if motif.count < 2:
            raise DataError(
                f"motif {motif.label} has {motif.count} occurrence, but a row needs at least two; mine fewer motifs"
            )
    _require_length(result, bank.motif_len, resize)
    contexts = contexts_of(bank, dataset, observe, action_space)
    cut = tuple(
        torch.from_numpy(
            np.stack(
                [resampled(contexts[o.episode][o.start : o.end], bank.motif_len) for o in motif.occurrences]
            )
        )
        for motif in motifs
    )
    for motif, windows in zip(motifs, cut, strict=True):
        if not torch.isfinite(windows).all():
            raise DataError(
                f"an occurrence of motif {motif.label} holds a value that is not finite; mend the data"
            )
    taken = {
        (o.episode, o.start + k) for motif in views.motifs for o in motif.occurrences for k in (-1, 0, 1)
    }
    length = motifs[0].length
    background = background_windows(contexts, length, taken, n_background, np.random.default_rng(seed))
    stretched = np.stack([resampled(window, bank.motif_len) for window in background])
    labels = tuple(motif.label for motif in motifs)
    return MotifWindows(cut, torch.from_numpy(stretched), labels, tuple(int(end) for end in ends))


def _require_length(result: MiningResult, motif_len: int, resize: Resize) -> None:
    length = result.motifs[0].length
    if length != motif_len and resize == "error":
        raise DataError(
            f"motifs are {length} steps long, the bank's windows {motif_len}; make the bank with "
            f"motif_len={length}, or allow resize='resample'"
        )


def require_mined_in(result: MiningResult, dataset: TrajectoryDataset) -> None:
    """Raise a DataError unless a result was mined in these data, in windows of one length."""
    if result.fingerprint != dataset.fingerprint:
        raise DataError(
            f"the motifs were mined in {result.source}, and these data ({dataset.source}) are not the same; give "
            "those that were mined, or match the motifs to these first"
        )
    lengths = sorted({motif.length for motif in result.motifs})
    if len(lengths) > 1:
        raise DataError(
            f"the motifs have several lengths ({lengths[0]} to {lengths[-1]} steps), but a bank's windows have one; "
            "mine a single length"
        )


def resampled(window: npt.NDArray[Any], length: int) -> npt.NDArray[np.float32]:
    """Window stretched to `length` rows: values between two rows lie on the line between them.

    Examples
    --------
    >>> resampled(np.array([[0.0], [2.0]]), 3)[:, 0]
    array([0., 1., 2.], dtype=float32)
    """
    if len(window) == length:
        return np.asarray(window, dtype=np.float32)
    at = np.linspace(0, len(window) - 1, length)
    rows = np.arange(len(window))
    return np.stack([np.interp(at, rows, column) for column in window.T], 1).astype(np.float32)


def background_windows(
    contexts: Sequence[npt.NDArray[np.float32]],
    length: int,
    taken: set[tuple[int, int]],
    n: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """Windows (at most `n`, length, F) drawn from all that hold only finite values and do not begin at `taken`.

    Raises
    ------
    DataError
        When there is none.
    """
    free = []
    for e, context in enumerate(contexts):
        if len(context) >= length:
            usable = finite_windows(context, length)
            usable[[start for episode, start in taken if episode == e and 0 <= start < len(usable)]] = False
            free += [(e, int(start)) for start in np.flatnonzero(usable)]
    if not free:
        raise DataError("no window lies between the occurrences to tell them apart from; give more data")
    picked = rng.choice(len(free), min(n, len(free)), replace=False)
    return np.stack([contexts[free[i][0]][free[i][1] : free[i][1] + length] for i in picked])
