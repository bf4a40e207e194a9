"""The arms of the seeding experiment: how a motif bank begins, everything else being equal."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from torch.nn import functional

from motifkit.action_heads import action_dims
from motifkit.errors import DataError, UsageError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.mining.windows import finite_windows
from motifkit.pipeline.logs import Log
from motifkit.pipeline.spec import ARMS, SeedTable, method_of
from motifkit.seeding import SeedingReport, pretrain_encoder, seed_motif_bank
from motifkit.seeding.contexts import contexts_of
from motifkit.seeding.windows import cut_windows
from motifkit.types import MiningResult, TrajectoryDataset

_AT_ONCE = 4096  # windows to encode


class ArmBank(NamedTuple):
    """A bank, and what became of the motifs; None where none were written."""

    bank: MotifMemoryBank | None
    report: SeedingReport | None


def make_bank(
    arm: str,
    seed: int,
    *,
    env: Any,
    log: Log,
    result: MiningResult | None,
    table: SeedTable,
    length: int,
    mem_dim: int,
) -> ArmBank:
    """Motif bank as an arm begins with it.

    Parameters
    ----------
    arm : str
        "none": no bank. "notebook": random rows and dot attention, as in the notebook. "random": random rows.
        "kmeans": centres of all windows of the log, as the untrained encoder sees them. "untrained": mined rows,
        encoder not pretrained. "pretrained": encoder pretrained, rows random. "mined" or "mined:METHOD": all of
        `seed_motif_bank`. "ends": the same at offset 0 alone, the rest of the rows random. "frozen": as "mined",
        and does not learn.
    seed : int
        Draws the first weights, which are the same in all arms, and everything random in seeding.
    env : gymnasium.Env
        Its spaces; where the log holds no actions, what is done in it at random.
    log : Log
        What was mined.
    result : MiningResult, optional
        Motifs of the arm's miner; may be None for arms that use none.
    table : SeedTable
    length, mem_dim : int
        Of the windows and the embeddings.

    Returns
    -------
    ArmBank

    Raises
    ------
    UsageError
        For an unknown arm, or one that lacks its result.
    DataError
        See `seed_motif_bank`; when the log has fewer windows than the bank rows.
    """
    if arm not in ARMS:
        raise UsageError(f"there is no arm {arm!r}; choose from {', '.join(ARMS)}")
    if arm == "none":
        return ArmBank(None, None)
    from motifkit.agents.environments import obs_dim_of

    dataset, observe = log.dataset, log.observe
    bank = MotifMemoryBank(
        obs_dim_of(env.observation_space),
        action_dim_of(dataset, env.action_space),
        mem_dim,
        table.n_rows,
        length,
        attention="dot" if arm == "notebook" else "cosine",
        seed=seed,
    )
    if arm == "kmeans":
        write_centres(bank, dataset, observe, env.action_space, seed=seed)
    if method_of(arm) is None:
        return ArmBank(bank, None)
    if result is None:
        raise UsageError(f"arm {arm!r} needs a mining result; give that of {method_of(arm)}")
    how: dict[str, Any] = {"observe": observe, "action_space": env.action_space, "seed": seed}
    learning: dict[str, Any] = {
        "n_steps": table.n_steps,
        "reconstruction": table.reconstruction,
        "experience": _experience(dataset, env, bank),
    }
    if arm == "pretrained":
        windows = cut_windows(bank, result, dataset, offsets=table.offsets, **how)
        pretrain_encoder(bank, windows, seed=seed, **learning)
        return ArmBank(bank, None)
    offsets = (0,) if arm == "ends" else table.offsets
    report = seed_motif_bank(
        bank, result, dataset, pretrain=arm != "untrained", offsets=offsets, **how, **learning
    )
    return ArmBank(bank.freeze() if arm == "frozen" else bank, report)


def action_dim_of(dataset: TrajectoryDataset, space: spaces.Space[Any]) -> int:
    """Features of an action in a bank: as many as the log has, where that suits the space, else the fewest.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Episode
    >>> one_hot = TrajectoryDataset((Episode(np.zeros((2, 1)), np.eye(2)),), ("x",))
    >>> action_dim_of(one_hot, spaces.Discrete(2)), action_dim_of(one_hot, spaces.Discrete(3))
    (2, 1)
    """
    allowed = action_dims(space)
    actions = dataset.episodes[0].actions if dataset.episodes else None
    logged = None if actions is None or actions.ndim != 2 else actions.shape[1]
    return logged if logged in allowed else allowed[-1]


def _experience(dataset: TrajectoryDataset, env: Any, bank: MotifMemoryBank) -> torch.Tensor | None:
    """Actions and rewards to put into windows of data that have none, such as prices."""
    if any(one.actions is not None for one in dataset.episodes):
        return None
    from motifkit.seeding.experience import played_experience

    return played_experience(env, bank.action_dim, bank.motif_len)


@torch.no_grad()
def write_centres(
    bank: MotifMemoryBank,
    dataset: TrajectoryDataset,
    observe: Any = None,
    action_space: spaces.Space[Any] | None = None,
    *,
    seed: int = 0,
) -> None:
    """Make the rows of a bank the k-means centres of all windows of a dataset, as its encoder sees them.

    This is the naive way to initialise a bank from data; it is here to be compared with. The rows are not
    marked as seeded: they stand for no motif.

    Parameters
    ----------
    bank : MotifMemoryBank
    dataset : TrajectoryDataset
    observe, action_space
        See `motifkit.seeding.contexts.contexts_of`.
    seed : int
        Of the first centres.

    Raises
    ------
    DataError
        When there are fewer windows than rows.
    """
    from sklearn.cluster import KMeans

    embedded = []
    for context in contexts_of(bank, dataset, observe, action_space):
        if len(context) >= bank.motif_len:
            windows = torch.from_numpy(context).unfold(0, bank.motif_len, 1).transpose(1, 2)  # (n, L, F)
            finite = torch.from_numpy(finite_windows(context, bank.motif_len))
            parts = torch.split(windows[finite], _AT_ONCE)
            embedded += [functional.normalize(bank.encoder(part), dim=-1) for part in parts]
    points = torch.cat(embedded).numpy() if embedded else np.empty((0, bank.mem_dim))
    if len(points) < bank.n_motifs:
        raise DataError(
            f"{dataset.source} has {len(points)} windows of {bank.motif_len} steps, fewer than the bank's "
            f"{bank.n_motifs} rows; log more steps"
        )
    centres = KMeans(bank.n_motifs, n_init=1, random_state=seed).fit(points).cluster_centers_
    # As long as random rows are.
    rows = functional.normalize(torch.from_numpy(centres).float(), dim=-1) * bank.mem_dim**0.5
    bank.motif_embeds.copy_(rows)
