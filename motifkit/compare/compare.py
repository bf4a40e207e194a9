"""Learned motifs against mined ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor

from motifkit.agents.environments import EnvLike
from motifkit.agents.trace_rl import TraceRL
from motifkit.arguments import require_whole
from motifkit.compare.answers import Answers, answers
from motifkit.compare.comparison import MotifComparison, RowComparison, mean_f1
from motifkit.compare.data_windows import DataWindows
from motifkit.compare.masking import return_losses
from motifkit.compare.opening import action_space_of, observer, opened
from motifkit.compare.overlaps import Place, same_places
from motifkit.compare.playing import FreshEpisodes
from motifkit.compare.prototypes import learned_occurrences
from motifkit.compare.recovery import recovered_truth
from motifkit.compare.structure import drift, effective_rank, linear_cka, match_rows
from motifkit.compare.usage import Usage
from motifkit.errors import DataError
from motifkit.evaluation.statistics import Interval
from motifkit.io.samples import PlantedShape
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.seeding.contexts import Observe
from motifkit.seeding.unfold import unfolded
from motifkit.seeding.windows import require_mined_in
from motifkit.types import FloatArray, MiningResult, Motif, Occurrence, TrajectoryDataset

_UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def compare_motifs(
    result: MiningResult,
    bank_or_checkpoint: MotifMemoryBank | TraceRL | str | Path,
    dataset: TrajectoryDataset,
    *,
    env: EnvLike | None = None,
    observe: Observe | None = None,
    truth: Sequence[PlantedShape] | None = None,
    n_episodes: int = 200,
    seed: int = 0,
) -> MotifComparison:
    """Say what became of mined motifs in a bank that has learned.

    Nothing is changed: not the agent, its memory, its bank, nor what chance will give them next.

    Parameters
    ----------
    result : MiningResult
        What the bank was seeded with. A bank that was never seeded is compared too; its rows then have no labels
        and no drift. Where rows were seeded with several offsets, each motif is taken at each of them, with labels
        such as "A-2" (see `motifkit.seeding.unfold.unfolded`).
    bank_or_checkpoint : MotifMemoryBank, TraceRL, or path
        A path is that of a bank (`save_bank`), a checkpoint (`TraceRL.save`), or the directory of a training that
        holds one. From a bank alone, usage is told over the data instead of fresh episodes, and what masking
        costs is not known.
    dataset : TrajectoryDataset
        What was mined.
    env : environment, optional
        Where the fresh episodes are played and the data come from. None takes the agent's own.
    observe : callable, optional
        Gives the observations (T, obs_dim) that the environment makes of an episode. None takes
        `env.observations_of` where the environment has that, else the episode's own.
    truth : sequence of PlantedShape, optional
        Where shapes lie in the first episode; None when that is not known.
    n_episodes : int
        Fresh episodes, played once with all rows and once without each. Pairs are exact where what happens by
        chance in the environment does not depend on the actions.
    seed : int
        Of the fresh episodes and the bootstrap; the same seed gives the same comparison.

    Returns
    -------
    MotifComparison
        Windows of the data that hold a missing value are passed over. Where motifs are not `bank.motif_len`
        steps long, windows of their length are stretched to it, as at seeding.

    Raises
    ------
    UsageError
        When there is no motif bank, or an argument is out of range.
    DataError
        When the result holds no motifs, was mined in other data, or is not what the bank was seeded with; when
        the data have other features than the bank; when the environment has other spaces than the agent.
    FileAccessError, CorruptFileError
        When a file cannot be read; when it is damaged or something else.

    Examples
    --------
    >>> from motifkit import as_dataset, mine, seed_motif_bank
    >>> from motifkit.io.samples import planted_series
    >>> values, truth = planted_series(n=1000, n_shapes=2, length=8, count=20, noise=0.1)
    >>> data = as_dataset(values)
    >>> result = mine(data, 8, n_motifs=2, n_surrogates=0)
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, mem_dim=16, n_motifs=3, motif_len=8, seed=0)
    >>> report = seed_motif_bank(bank, result, data, n_steps=100)
    >>> comparison = compare_motifs(result, bank, data, truth=truth)
    >>> [(row.label, row.matched_label, round(row.drift, 3)) for row in comparison.rows]
    [('A', 'A', 1.0), ('B', 'B', 1.0), (None, None, nan)]
    >>> comparison.f1 > 0.9, comparison.fallen_out
    (True, ())
    """
    require_whole("n_episodes", n_episodes, of="compare_motifs")
    require_whole("seed", seed, least=0, of="compare_motifs")
    if not result.motifs:
        raise DataError(f"the result of mining {result.source} holds no motifs to compare with")
    require_mined_in(result, dataset)
    bank, agent = opened(bank_or_checkpoint, env)
    seen = _as_seeded(bank, result, dataset)
    observe = observer(agent, env) if observe is None else observe
    data = DataWindows(bank, seen, dataset, observe, action_space_of(agent, env))
    mined = data.mined(seen.motifs)
    own = result.motifs[: bank.n_motifs]
    found = answers(bank, data, dataset, [max(1, motif.count // 2) for motif in own])
    played = _NOT_PLAYED if agent is None else _play(bank, FreshEpisodes(agent, env, n_episodes, seed), seed)
    usage = played.usage or found.usage
    rows = _rows(bank, seen.motifs, mined, found, usage, played.losses)
    windows = {i: window for i, window in enumerate(found.nearest) if rows[i].label == own[i].label}
    places = learned_occurrences(result, dataset, windows, found.occurrences, observe) if truth else ()
    seeded = bank.seeded_mask.cpu().numpy()
    learned = bank.motif_embeds.detach().double().cpu().numpy()
    before = bank.mined_embeds.double().cpu().numpy()[seeded]
    return MotifComparison(
        rows=rows,
        null_share=usage.null_share,
        cka=linear_cka(before, learned[seeded]),
        effective_rank_mined=effective_rank(before),
        effective_rank_learned=effective_rank(learned),
        recovered=recovered_truth(places, truth or ()),
        attended_f1=mean_f1(recovered_truth(found.occurrences, truth or ())),
        mean_return=float(played.returns.mean()) if len(played.returns) else float("nan"),
        n_episodes=len(played.returns),
        source=result.source,
        method=result.method,
        channels=_channels(dataset, bank.obs_dim),
        fallen_out=_fallen_out(rows, seen.motifs),
    )


def _as_seeded(bank: MotifMemoryBank, result: MiningResult, dataset: TrajectoryDataset) -> MiningResult:
    """Motifs at the offsets that the bank was seeded with: row `i`, if seeded, with the `i`-th of them."""
    n_seeded, of_rows = int(bank.seeded_mask.sum()), bank.seeded_offset.tolist()
    offsets = list(dict.fromkeys(of_rows[:n_seeded])) or [0]
    expected = [offset for offset in offsets for _ in result.motifs][: bank.n_motifs]
    seeded = bank.seeded_mask.nonzero()[:, 0].tolist()
    if n_seeded and (seeded != list(range(len(expected))) or of_rows[:n_seeded] != expected):
        raise DataError(
            f"{n_seeded} rows of the bank were seeded, but not with the {len(result.motifs)} motifs mined in "
            f"{result.source}; give the result that the bank was seeded with"
        )
    return unfolded(result, offsets, [len(episode) for episode in dataset.episodes])


class _Played(NamedTuple):
    """What fresh episodes told: returns (n,), usage, and what each row is worth."""

    returns: FloatArray
    usage: Usage | None
    losses: list[Interval] | None


_NOT_PLAYED = _Played(np.empty(0), None, None)


def _play(bank: MotifMemoryBank, fresh: FreshEpisodes, seed: int) -> _Played:
    usage, returns = Usage(bank), []
    for batch in fresh.play():
        usage.add_episodes(batch.context, batch.lengths)
        returns.append(batch.returns.double().cpu().numpy())
    together = np.concatenate(returns)
    return _Played(together, usage, return_losses(bank, fresh, together, seed=seed))


def _rows(
    bank: MotifMemoryBank,
    motifs: Sequence[Motif],
    mined: Sequence[Tensor],
    found: Answers,
    usage: Usage,
    losses: Sequence[Interval] | None,
) -> tuple[RowComparison, ...]:
    drifts, match, rows = drift(bank), match_rows(bank, mined), []
    nothing = np.full(found.windows.shape[1:], np.nan)
    for i, seeded in enumerate(bank.seeded_mask.tolist()):
        motif = int(match.motif[i])
        n_kept, n_gained, n_lost = _kept(found.occurrences[i], motifs, i if seeded else None)
        loss = _UNKNOWN if losses is None else losses[i]
        mean = mined[i][..., : bank.obs_dim].double().mean(0).numpy() if seeded else nothing
        rows.append(
            RowComparison(
                row=i,
                label=motifs[i].label if seeded else None,
                drift=float(drifts[i]),
                matched_label=None if motif < 0 else motifs[motif].label,
                matched_cosine=float(match.cosine[i]),
                usage=float(usage.share[i]),
                wins=float(usage.wins[i]),
                answer=found.windows[i],
                mined_answer=mean,
                occurrences=found.occurrences[i],
                n_kept=n_kept,
                n_gained=n_gained,
                n_lost=n_lost,
                return_loss=loss.estimate,
                return_loss_low=loss.low,
                return_loss_high=loss.high,
            )
        )
    return tuple(rows)


def _places(occurrences: Sequence[Occurrence]) -> list[Place]:
    return [(o.episode, o.start, o.end) for o in occurrences]


def _kept(
    occurrences: Sequence[Occurrence], motifs: Sequence[Motif], own: int | None
) -> tuple[int, int, int]:
    """Mined occurrences kept, others gained, mined ones lost.

    Of the row's own motif; a row without one cannot lose any, and keeps what any motif's occurrences cover.
    """
    wanted = motifs if own is None else [motifs[own]]
    mined = [place for motif in wanted for place in _places(motif.occurrences)]
    n_kept = len(same_places(_places(occurrences), mined))
    return n_kept, len(occurrences) - n_kept, 0 if own is None else len(mined) - n_kept


def _fallen_out(rows: Sequence[RowComparison], motifs: Sequence[Motif]) -> tuple[str, ...]:
    """Motifs whose row is no longer used, and of whose occurrences no other row that is used has more than half."""
    fallen = []
    for row, motif in zip(rows, motifs, strict=False):
        if row.label is not None and not row.is_used:
            mined = _places(motif.occurrences)
            others = [_places(one.occurrences) for one in rows if one.is_used]
            if not any(2 * len(same_places(mined, other)) > len(mined) for other in others):
                fallen.append(motif.label)
    return tuple(fallen)


def _channels(dataset: TrajectoryDataset, obs_dim: int) -> tuple[str, ...]:
    """Names of the observations; numbers where the environment makes other columns than the data have."""
    if len(dataset.channels) == obs_dim:
        return dataset.channels
    return tuple(f"observation {i}" for i in range(obs_dim))
