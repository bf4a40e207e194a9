"""Many series at once: motifs found and tested on random stretches of them, then counted in all.

Surrogates of a million rows cannot be mined by the hundred. A random sample of stretches is mined and tested instead,
by the very procedure that its own surrogates go through, so the p-values stay maximum-statistic p-values: neither the
data nor the surrogates see more than the sample. What was found is then looked for in all series, as `match` does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motifkit.mining.match import match
from motifkit.types import Episode, MiningResult, Motif, TrajectoryDataset

MOST_STEPS = 50_000  # several series with more rows than this are sampled
SAMPLED_STEPS = 20_000
STRETCH = 500


def sampled_stretches(dataset: TrajectoryDataset, length: int, seed: int) -> TrajectoryDataset | None:
    """Random stretches of several long series, on which motifs are found and tested.

    Parameters
    ----------
    dataset : TrajectoryDataset
    length : int
        Rows of a motif; a stretch has room for many.
    seed : int

    Returns
    -------
    TrajectoryDataset
        About 20,000 rows in stretches of 500 (or of 20 windows' length), or of a whole episode where that is
        shorter; all stretches are equally likely. They have no prices, and are named after their episodes.
    None
        For a single series, and for no more than 50,000 rows in all: those are mined as a whole.

    Examples
    --------
    >>> data = TrajectoryDataset(tuple(Episode(np.zeros((1_000, 1))) for _ in range(60)), ("x",))
    >>> sampled_stretches(data, 4, 0).n_steps
    20000
    >>> sampled_stretches(replace(data, episodes=data.episodes[:50]), 4, 0) is None
    True
    """
    if len(dataset.episodes) < 2 or dataset.n_steps <= MOST_STEPS:
        return None
    size = max(STRETCH, 20 * length)
    places = [
        (e, start)
        for e, episode in enumerate(dataset.episodes)
        for start in range(0, len(episode), size)
        if min(len(episode) - start, size) >= length
    ]
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,))).permutation(len(places))
    chosen: list[tuple[int, int]] = []
    n_steps = 0
    for i in order:
        e, start = places[i]
        chosen.append((e, start))
        n_steps += min(len(dataset.episodes[e]) - start, size)
        if n_steps >= SAMPLED_STEPS:
            break
    # In the order of the data, so that neighbours of an episode stay neighbours.
    episodes = tuple(
        Episode(dataset.episodes[e].observations[start : start + size], id=dataset.episodes[e].id)
        for e, start in sorted(chosen)
    )
    return replace(dataset, episodes=episodes)


def counted_everywhere(
    found: MiningResult, sample: TrajectoryDataset, dataset: TrajectoryDataset, horizon: int
) -> MiningResult:
    """Motifs of a sample with their occurrences in all series.

    Parameters
    ----------
    found : MiningResult
        Of mining the sample.
    sample, dataset : TrajectoryDataset
    horizon : int
        Bars of the forward returns.

    Returns
    -------
    MiningResult
        Score, p- and q-values are those of the sample; expected counts are scaled to all rows; occurrences are all
        windows within the radius, as in `motifkit.match`. A note says so.
    """
    everywhere = match(found, dataset, horizon=horizon) if found.motifs else found
    scale = dataset.n_steps / sample.n_steps
    motifs = tuple(
        _tested(motif, old, scale) for motif, old in zip(everywhere.motifs, found.motifs, strict=True)
    )
    note = (
        f"Motifs were found and tested on {len(sample.episodes):,} random stretches, {sample.n_steps:,} of "
        f"{dataset.n_steps:,} rows, and then counted in all."
    )
    return replace(
        found,
        motifs=motifs,
        parameters={
            **found.parameters,
            "n_series": len(dataset.episodes),
            "n_steps_tested": sample.n_steps,
        },
        fingerprint=dataset.fingerprint,
        n_steps=dataset.n_steps,
        notes=(*found.notes, note),
    )


def _tested(motif: Motif, old: Motif, scale: float) -> Motif:
    return replace(motif, expected_count=old.expected_count * scale, p_value=old.p_value, q_value=old.q_value)
