"""From logged steps to episodes: the columns to mine, and what becomes of missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motifkit.errors import DataError, UsageError, suggestion
from motifkit.io.origin import Origin
from motifkit.io.series import NaPolicy, build_episode
from motifkit.io.trajectory_log import Array, StepLog
from motifkit.types import Episode, FloatArray


def mined_columns(
    log: StepLog, channels: Sequence[str] | None, *, actions: bool, rewards: bool
) -> tuple[FloatArray, tuple[str, ...]]:
    """Columns to mine, and their names."""
    values, names = log.observations, log.channels
    if channels is not None:
        wanted = [_find(str(name), log) for name in channels]
        twice = next((j for j in wanted if wanted.count(j) > 1), None)
        if twice is not None:
            raise UsageError(f"channel {names[twice]} is asked for twice; name each channel once")
        values, names = values[:, wanted], tuple(names[j] for j in wanted)
    parts: list[Array] = [values]
    if actions:
        if log.actions is None:
            raise DataError(f"{log.source} has no actions; leave them out, or record them")
        parts.append(log.actions.reshape(len(values), -1))
        names = (*names, *log.action_names)
    if rewards:
        if log.rewards is None:
            raise DataError(f"{log.source} has no rewards; leave them out, or record them")
        parts.append(log.rewards[:, None])
        names = (*names, "reward")
    joined = np.hstack(parts) if len(parts) > 1 else values
    return np.ascontiguousarray(joined, dtype=float), names


def _find(name: str, log: StepLog) -> int:
    if name in log.channels:
        return log.channels.index(name)
    near = suggestion(name, log.channels, "choose one of these", cutoff=0.5)
    listed = ", ".join(log.channels[:12])
    more = f" and {len(log.channels) - 12} more" if len(log.channels) > 12 else ""
    raise DataError(f"{log.source} has no channel {name!r}, only {listed}{more}{near}")


def episodes_of(
    log: StepLog, values: FloatArray, names: tuple[str, ...], na: NaPolicy
) -> tuple[list[Episode], tuple[str, ...]]:
    """Episodes of the log, and what was mended."""
    n = len(values)
    acted = np.zeros(n, dtype=np.int64) if log.actions is None else log.actions
    paid = np.zeros(n) if log.rewards is None else log.rewards
    checked = np.column_stack([values, acted.reshape(n, -1), paid])
    good = np.isfinite(checked).all(axis=1)
    ends = np.cumsum(log.lengths)
    gaps = np.add.reduceat(~good, (ends - log.lengths)[log.lengths > 0]) if n else np.zeros(0)
    n_gaps = np.zeros(len(ends), dtype=np.int64)
    n_gaps[log.lengths > 0] = gaps
    labels = (*names, *(log.action_names or ("action",)), "reward")
    episodes, counts = [], _Counts()
    for i, (end, size) in enumerate(zip(ends.tolist(), log.lengths.tolist(), strict=True)):
        if not size:
            counts.empty += 1
            continue
        rows = slice(end - size, end)
        episode = Episode(
            values[rows],
            acted[rows],
            paid[rows],
            bool(log.terminated[i]),
            bool(log.truncated[i]),
            id=log.ids[i],
        )
        if n_gaps[i]:
            mended = _mend(episode, checked[rows], labels, na, log.source, counts)
            if mended is None:
                continue
            episode = mended
        episodes.append(episode)
    return episodes, counts.words()


@dataclass
class _Counts:
    """What was mended, over all episodes."""

    empty: int = 0
    lost: int = 0
    dropped: int = 0
    filled: int = 0

    def words(self) -> tuple[str, ...]:
        told = (
            (self.empty, "episodes without a step dropped"),
            (self.lost, "episodes without a usable step dropped"),
            (self.dropped, "steps with missing values dropped, so that windows run over the gaps"),
            (self.filled, "missing values filled with the one before"),
        )
        return tuple(f"{n:,} {what}" for n, what in told if n)


def _mend(
    episode: Episode, checked: FloatArray, labels: Sequence[str], na: NaPolicy, source: str, counts: _Counts
) -> Episode | None:
    """Episode without gaps; None when nothing of it is left."""
    bad = ~np.isfinite(checked)
    if na != "error" and (bad.any(axis=1).all() if na == "drop" else bad.all(axis=0).any()):
        counts.lost += 1
        return None
    origin = Origin(f"{source}: episode {episode.id}", lambda i: f"step {i}")
    # The number of the row goes along as one more column, since actions have to follow.
    numbered = np.column_stack([checked, np.arange(len(checked))])
    kept, _ = build_episode(
        numbered,
        None,
        names=[*labels, "row"],
        price=None,
        transform="level",
        na=na,
        origin=origin,
        id=episode.id,
    )
    rows, columns = kept.observations[:, -1].astype(int), kept.observations[:, :-1]
    counts.dropped += len(checked) - len(rows)
    counts.filled += int(bad[rows].sum())
    assert episode.actions is not None
    width = episode.observations.shape[1]
    acted = columns[:, width:-1].astype(episode.actions.dtype).reshape(len(rows), *episode.actions.shape[1:])
    return replace(
        episode,
        observations=np.ascontiguousarray(columns[:, :width]),
        actions=acted,
        rewards=np.ascontiguousarray(columns[:, -1]),
    )
