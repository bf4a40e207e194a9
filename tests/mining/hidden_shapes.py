"""How much more of shapes hidden in noise one way of mining finds than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from motifkit.io.samples import planted_series
from motifkit.mining.matrix_profile import mine_profile
from motifkit.mining.null import NullModel
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, TrajectoryDataset
from tests.benchmarks.bench_accuracy import score


def f1_gains(
    less: Mapping[str, Any], more: Mapping[str, Any], noises: Sequence[float], n_seeds: int = 10
) -> list[float]:
    """Differences of F1 of two ways of `mine_profile`, means over noises, for some seeds and the same series."""
    return [
        float(np.mean([_f1(seed, noise, more) - _f1(seed, noise, less) for noise in noises]))
        for seed in range(n_seeds)
    ]


def assert_gain(gains: Sequence[float]) -> None:
    """The mean gain is above zero by a bootstrap interval over seeds."""
    draws = np.random.default_rng(0).choice(gains, (2000, len(gains))).mean(axis=1)
    assert np.quantile(draws, 0.025) > 0, f"mean gain {np.mean(gains):.3f}, of each seed {np.round(gains, 3)}"


def _f1(seed: int, noise: float, how: Mapping[str, Any]) -> float:
    values, places = planted_series(3000, 4, 12, 10, noise, "noise", seed=seed)
    truth = [[(p.start, p.end) for p in places if p.shape == k] for k in range(4)]
    data = TrajectoryDataset((Episode(values[:, None]),), ("x",))
    references = NullModel(data, 12, "zscore", joint=False, seed=seed).references()
    sets = mine_profile(collect_windows(data, 12), references, 4, seed=seed, **how)
    return score([[(int(i), int(i) + 12) for i in s.windows_idx] for s in sets], truth).f1
