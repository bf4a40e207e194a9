"""Write mined motifs into a motif bank: pretrain its encoder, encode the occurrences, set the threshold."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import torch
from torch import Tensor
from torch.nn import functional

from motifkit.action_heads import ActionSpace
from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.seeding.calibrate import calibrate as set_threshold
from motifkit.seeding.calibrate import cosines
from motifkit.seeding.contexts import Observe
from motifkit.seeding.pretrain import pretrain_encoder, redrawn
from motifkit.seeding.seeding_report import SeededRow, SeedingReport
from motifkit.seeding.windows import MotifWindows, Resize, cut_windows
from motifkit.types import MiningResult, TrajectoryDataset


def seed_motif_bank(
    bank: MotifMemoryBank,
    result: MiningResult,
    dataset: TrajectoryDataset,
    pretrain: bool = True,
    calibrate: bool = True,
    seed: int = 0,
    *,
    observe: Observe | None = None,
    action_space: ActionSpace | None = None,
    offsets: Sequence[int] = (0,),
    experience: Tensor | None = None,
    resize: Resize = "error",
    n_steps: int = 1000,
    reconstruction: float = 0.0,
) -> SeedingReport:
    """Make mined motifs the first rows of a bank: all motifs at the first offset, in the result's order, and so on.

    Parameters
    ----------
    bank : MotifMemoryBank
        Is changed: encoder, `motif_embeds`, `mined_embeds`, `seeded_mask` and the attention's threshold.
        Rows beyond the motifs stay random.
    result : MiningResult
        More motifs than rows: the first, which are the most surprising, are taken.
    dataset : TrajectoryDataset
        What was mined.
    pretrain : bool
        Whether to train the encoder first. Untrained it maps all windows to nearly one direction, and rows
        that it encodes do not help.
    calibrate : bool
        Whether to set the null slot's threshold from occurrences and background.
    seed : int
        Of everything random; the same seed gives the same bank, bit by bit.
    observe : callable, optional
        Gives the observations that the environment makes of an episode, `env.observations_of`; None takes the
        episode's own.
    action_space : gymnasium.Space, optional
        `env.action_space`, where the data hold actions: those of a Box are then scaled, and choices counted from 0,
        as in the context of an agent. None takes the numbers in the data.
    offsets : sequence of int
        Views of each motif that get a row: windows that end so many steps after it does. (0,) knows it when it
        is over; with (0, -1, 1, -2, 2, -3, -4) the agent also sees it coming, and that it has been. See `unfolded`.
    experience : (n, L, action_dim + 1) tensor, optional
        Stretches of past actions and rewards as they occur in the environment; None takes those of the dataset.
    resize : {"error", "resample"}
        What becomes of motifs that are not `bank.motif_len` long.
    n_steps, reconstruction
        See `pretrain_encoder`.

    Returns
    -------
    SeedingReport

    Raises
    ------
    UsageError, DataError
        See `cut_windows` and `pretrain_encoder`; the bank is then unchanged.

    Examples
    --------
    >>> from motifkit import MotifMemoryBank, as_dataset, mine
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=8, count=20, noise=0.1)
    >>> data = as_dataset(values)
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, mem_dim=16, n_motifs=3, motif_len=8, seed=0)
    >>> report = seed_motif_bank(bank, mine(data, 8, n_motifs=2, n_surrogates=0), data, n_steps=100)
    >>> report.wins > 0.9, bank.seeded_mask.tolist()
    (True, [True, True, False])
    """
    require_whole("seed", seed, least=0, of="seed_motif_bank")
    if bank.frozen:
        raise UsageError("the bank is frozen; call bank.freeze(False) first, and freeze it afterwards")
    began = perf_counter()
    windows = cut_windows(
        bank,
        result,
        dataset,
        observe=observe,
        action_space=action_space,
        offsets=offsets,
        resize=resize,
        seed=seed,
    )
    pool = _pool(windows, bank, experience)
    trained = None
    if pretrain:
        trained = pretrain_encoder(
            bank, windows, n_steps=n_steps, reconstruction=reconstruction, experience=pool, seed=seed
        )
    generator = torch.Generator().manual_seed(seed + 1)
    occurrences, owner = windows.pooled
    occurrences = redrawn(occurrences, bank.obs_dim, pool, generator)
    background = redrawn(windows.background, bank.obs_dim, pool, generator)
    n_rows = len(windows.occurrences)
    write_rows(bank, _row_means(bank, occurrences, owner, n_rows), windows.offsets)
    with torch.no_grad():
        inside, outside = cosines(bank, occurrences, n_rows), cosines(bank, background, n_rows)
    if calibrate:
        set_threshold(bank, inside.gather(1, owner[:, None].to(inside.device))[:, 0], outside.amax(1))
    return SeedingReport(
        rows=_judge_rows(bank, inside.cpu(), owner, windows.labels),
        n_random=bank.n_motifs - n_rows,
        n_left_out=max(0, len(result.motifs) * len(offsets) - n_rows),
        false_alarm_rate=_false_alarms(bank, outside),
        threshold=bank.attention.threshold.item() if bank.attention.has_null_slot else float("nan"),
        scale=bank.attention.scale.item() if bank.attention.has_null_slot else float("nan"),
        pretraining=trained,
        seconds=perf_counter() - began,
    )


def _pool(windows: MotifWindows, bank: MotifMemoryBank, experience: Tensor | None) -> Tensor:
    if experience is None:
        return torch.cat([*windows.occurrences, windows.background])[..., bank.obs_dim :]
    wanted = (bank.motif_len, bank.action_dim + 1)
    if experience.ndim != 3 or tuple(experience.shape[1:]) != wanted or not len(experience):
        raise UsageError(
            f"experience has shape {tuple(experience.shape)}; give (n, {wanted[0]}, {wanted[1]}), the last actions "
            "and rewards of windows"
        )
    if not torch.isfinite(experience).all():
        raise DataError("experience holds a number that is not finite; mend the environment")
    return experience.float()


@torch.no_grad()
def _row_means(bank: MotifMemoryBank, occurrences: Tensor, owner: Tensor, n_rows: int) -> Tensor:
    """Mean direction (n, D) of the occurrences of each motif."""
    embedded = functional.normalize(bank.encoder(occurrences.to(bank.motif_embeds.device)), dim=-1)
    return torch.stack([embedded[owner.to(embedded.device) == row].mean(0) for row in range(n_rows)])


@torch.no_grad()
def write_rows(bank: MotifMemoryBank, rows: Tensor, offsets: Sequence[int]) -> None:
    """Write directions (n, D) to the first rows of a bank, as long as random ones are, and mark them as seeded."""
    n = len(rows)
    bank.seeded_offset.zero_()
    bank.seeded_offset[:n] = torch.tensor(offsets)
    bank.motif_embeds[:n] = functional.normalize(rows, dim=-1) * bank.mem_dim**0.5
    bank.seeded_mask.fill_(False)
    bank.seeded_mask[:n] = True
    bank.mined_embeds.zero_()
    bank.mined_embeds[:n] = bank.motif_embeds[:n]


def _judge_rows(
    bank: MotifMemoryBank, inside: Tensor, owner: Tensor, labels: tuple[str, ...]
) -> tuple[SeededRow, ...]:
    floor = bank.attention.threshold.item() if bank.attention.has_null_slot else -torch.inf
    judged = []
    for row, label in enumerate(labels):
        mine = inside[owner == row]  # (n, K)
        own = mine[:, row]
        others = torch.cat([mine[:, :row], mine[:, row + 1 :]], 1)
        best = others.amax(1) if others.shape[1] else torch.full_like(own, torch.nan)
        wins = (own > torch.nan_to_num(best, nan=-torch.inf)) & (own > floor)
        judged.append(
            SeededRow(
                row,
                label,
                len(own),
                float(own.mean()),
                float((own - best).mean()),
                float(wins.float().mean()),
            )
        )
    return tuple(judged)


def _false_alarms(bank: MotifMemoryBank, outside: Tensor) -> float:
    if not bank.attention.has_null_slot:
        return float("nan")
    return float((outside.amax(1) > bank.attention.threshold).float().mean())
