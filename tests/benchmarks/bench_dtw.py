"""DTW k-means against tslearn, paired in one process: `python -m tests.benchmarks.bench_dtw [--quick]`.

tslearn is timed warm, as `TimeSeriesKMeans(metric="dtw", max_iter=10)`; with `n_jobs=2` it is ten times
slower on short windows, so that its default is the fair rival. Its inertia and ours both depend on the start
by some percent: compare the means over seeds; `worst` is the highest ratio of two runs with the same seed.
"""

from __future__ import annotations

import sys
import warnings
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from motifkit.mining.dtw_kmeans import dtw_kmeans


def candidate_windows(n: int, m: int, seed: int) -> np.ndarray:
    """z-normalised windows of a random walk that do not overlap, (n, m)."""
    w = np.random.default_rng(seed).normal(size=n * m).cumsum().reshape(n, m)
    return (w - w.mean(axis=1, keepdims=True)) / w.std(axis=1, keepdims=True)


def row(n: int, m: int, target: int, data_seeds: range, seeds: range, n_ours: int) -> dict[str, Any]:
    """One line of the table: medians of seconds, ratio of mean inertias, worst ratio of two inertias."""
    from tslearn.clustering import TimeSeriesKMeans

    TimeSeriesKMeans(2, metric="dtw", max_iter=2).fit(candidate_windows(20, m, 0)[..., None])  # compiles
    theirs, ours, reference, found = [], [], [], []
    for data_seed in data_seeds:
        w = candidate_windows(n, m, data_seed)
        for seed in seeds:
            start = perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = TimeSeriesKMeans(16, metric="dtw", max_iter=10, random_state=seed).fit(w[..., None])
            theirs.append(perf_counter() - start)
            reference.append(model.inertia_)
            for _ in range(n_ours):
                start = perf_counter()
                inertia = dtw_kmeans(w, 16, seed=seed).inertia
                ours.append(perf_counter() - start)
            found.append(inertia)
    return {
        "what": f"DTW k-means, {n:,} windows of {m}, k=16",
        "tslearn_s": median(theirs),
        "motifkit_s": median(ours),
        "times_faster": median(theirs) / median(ours),
        "times_faster_best": min(theirs) / min(ours),
        "target": target,
        "inertia_ratio": float(np.mean(found) / np.mean(reference)),
        "inertia_worst": float(np.max(np.divide(found, reference))),
        "n_runs": len(found),
    }


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Both figures of the issue; `quick` runs one seed of each."""
    few, some = (range(1), range(1)) if quick else (range(3), range(4))
    return [row(1000, 4, 200, few, some, 10), row(3000, 16, 10, few, range(1 if quick else 2), 3)]


def main() -> None:
    """Write the figures as a table."""
    heads = ("tslearn s", "motifkit s", "faster", "best/best", "target", "inertia", "worst", "runs")
    sys.stdout.write(f"{'':<40}" + "".join(f"{h:>11}" for h in heads) + "\n")
    for r in rows(quick="--quick" in sys.argv[1:]):
        sys.stdout.write(
            f"{r['what']:<40}{r['tslearn_s']:>11.2f}{r['motifkit_s']:>11.4f}{r['times_faster']:>10.0f}x"
            f"{r['times_faster_best']:>10.0f}x{r['target']:>10}x{r['inertia_ratio']:>11.4f}"
            f"{r['inertia_worst']:>11.4f}{r['n_runs']:>11}\n"
        )


if __name__ == "__main__":
    main()
