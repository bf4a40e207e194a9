"""SAX words against tslearn's transform, paired in one process: `python -m tests.benchmarks.bench_sax`."""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from motifkit.mining.sax_words import sax_words


def walk_windows(n: int, m: int) -> np.ndarray:
    """All z-normalised windows of a random walk, (n, m)."""
    walk = np.random.default_rng(0).normal(size=n + m - 1).cumsum()
    w = np.lib.stride_tricks.sliding_window_view(walk, m)
    return (w - w.mean(axis=1, keepdims=True)) / w.std(axis=1, keepdims=True)


def rows(n_repeats: int = 3) -> list[dict[str, Any]]:
    """Median seconds over `n_repeats` of tslearn, each followed by ten of ours."""
    from tslearn.piecewise import SymbolicAggregateApproximation

    w = walk_windows(20_000, 16)
    model = SymbolicAggregateApproximation(4, 5).fit(w[..., None])
    theirs, ours = [], []
    for _ in range(n_repeats):
        start = perf_counter()
        reference = model.transform(w[..., None])
        theirs.append(perf_counter() - start)
        for _ in range(10):
            start = perf_counter()
            words = sax_words(w, 4, 5)
            ours.append(perf_counter() - start)
    return [
        {
            "what": "SAX words, 20,000 windows of 16, 4 segments, alphabet 5",
            "tslearn_s": median(theirs),
            "motifkit_s": median(ours),
            "times_faster": median(theirs) / median(ours),
            "target": 50,
            "equal": bool(np.array_equal(words, reference[..., 0])),
        }
    ]


def main() -> None:
    """Write the figures as a table."""
    for row in rows():
        sys.stdout.write(
            f"{'':<60}{'tslearn s':>11}{'motifkit s':>12}{'faster':>9}{'target':>8}{'equal':>7}\n"
            f"{row['what']:<60}{row['tslearn_s']:>11.3f}{row['motifkit_s']:>12.5f}"
            f"{row['times_faster']:>8.0f}x{row['target']:>7}x{row['equal']!s:>7}\n"
        )


if __name__ == "__main__":
    main()
