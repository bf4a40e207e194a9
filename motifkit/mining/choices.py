"""What a choice costs: motifs of the best of several ways to mine, against surrogates mined in all these ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from motifkit.mining.arguments import MiningConfig
from motifkit.mining.frame import Frame
from motifkit.mining.mine import mine_whole
from motifkit.mining.miners import null_of, surrogate_miner_of
from motifkit.mining.null import NullModel
from motifkit.mining.occurrences import label_of
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.significance import p_values, q_values, surrogate_maxima
from motifkit.mining.threads import one_blas_thread
from motifkit.mining.windows import Windows
from motifkit.types import FloatArray, MiningResult, Motif, TrajectoryDataset


class Choice(NamedTuple):
    """One way to mine: `dataset` as `config` says. The choices of a run differ in length or in channels alone."""

    dataset: TrajectoryDataset
    config: MiningConfig

    def mined(self) -> MiningResult:
        """Motifs of this choice alone, without p-values."""
        return mine_whole(self.dataset, replace(self.config, n_surrogates=0, progress=None))


def tested(found: MiningResult, chosen: Choice, choices: Sequence[Choice]) -> MiningResult:
    """Result of a choice, its motifs with outcomes, and with p- and q-values that pay for having chosen.

    Each surrogate is mined in every way, and its best score over all of them counts (Westfall & Young 1993).
    """
    config = chosen.config
    maxima = np.empty(0)
    if config.n_surrogates and found.motifs:
        maxima = _best_of_surrogates(choices, found.motifs[0].score)
    return replace(
        found,
        motifs=add_outcomes(_with_p_values(found.motifs, maxima), chosen.dataset, config.horizon),
        parameters={
            **found.parameters,
            "n_surrogates": config.n_surrogates,
            "n_surrogates_mined": len(maxima),
        },
    )


class _SeveralNulls:
    """Surrogates cut in several ways: the `i`-th is drawn with the same random numbers in each."""

    def __init__(self, nulls: Sequence[NullModel]) -> None:
        self.nulls = nulls

    def sample(self, i: int) -> list[Windows]:
        return [null.sample(i) for null in self.nulls]


def _best_of_surrogates(choices: Sequence[Choice], best_found: float) -> FloatArray:
    """Best score of each surrogate over all choices."""
    nulls = [
        null_of(Frame.of(dataset, config.normalize).apply(dataset), config) for dataset, config in choices
    ]
    references = [null.references() for null in nulls]
    miners = [
        surrogate_miner_of(choice.config, exchange=not null.is_walk)
        for choice, null in zip(choices, nulls, strict=True)
    ]
    config = choices[0].config

    def best_score(surrogate: list[Windows]) -> float:
        scores = [
            found.score
            for windows, points, miner in zip(surrogate, references, miners, strict=True)
            if len(windows) and points
            for found in miner(windows, points, config.n_motifs)
        ]
        return max(scores, default=0.0)

    with one_blas_thread():
        return surrogate_maxima(
            _SeveralNulls(nulls),
            best_score,
            config.n_surrogates,
            best_found=best_found,
            n_threads=config.threads,
            progress=config.progress,
        )


def _with_p_values(motifs: Sequence[Motif], maxima: FloatArray) -> list[Motif]:
    """Motifs with p- and q-values by the best scores of surrogates, labelled in their order."""
    scores = np.array([motif.score for motif in motifs])
    unknown = np.full(len(motifs), np.nan)
    p, q = (p_values(scores, maxima), q_values(scores, maxima)) if len(maxima) else (unknown, unknown)
    return [
        replace(motif, p_value=float(p[i]), q_value=float(q[i]), label=label_of(i))
        for i, motif in enumerate(motifs)
    ]
