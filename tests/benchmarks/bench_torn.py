"""Whether a shape stays one motif though more are asked for: `python -m tests.benchmarks.bench_torn`.

One shape in white noise or a random walk, two or ten motifs asked for: the share of its occurrences in the motif that
has most, and how often that is less than four fifths of those that are found. Then four shapes of unequal counts, ten
motifs asked for: F1 of the first four.
"""

from __future__ import annotations

import sys
from statistics import fmean
from typing import Literal, NamedTuple

import numpy as np

from motifkit.io.samples import planted_series
from motifkit.mining.mine import mine
from tests.benchmarks.bench_accuracy import Labelled, score, unequal


class Setting(NamedTuple):
    """What is planted."""

    background: Literal["noise", "walk"]
    n: int
    count: int
    length: int
    noise: float


SETTINGS = (
    Setting("noise", 4000, 20, 16, 0.1),
    Setting("noise", 4000, 20, 16, 0.5),
    Setting("noise", 4000, 20, 8, 0.3),
    Setting("noise", 4000, 20, 32, 0.3),
    Setting("noise", 4000, 40, 16, 0.3),
    Setting("noise", 4000, 40, 16, 0.5),
    Setting("noise", 20_000, 80, 16, 0.3),
    Setting("noise", 20_000, 80, 16, 0.5),
    Setting("walk", 4000, 20, 16, 0.1),
    Setting("walk", 4000, 20, 16, 0.3),
    Setting("walk", 4000, 20, 16, 0.5),
    Setting("walk", 4000, 40, 16, 0.3),
    Setting("walk", 4000, 40, 32, 0.3),
    Setting("walk", 20_000, 80, 16, 0.3),
)
N_DRAWS = 6


def hits(setting: Setting, n_motifs: int, seed: int) -> list[int]:
    """Occurrences of the shape in each motif."""
    background, n, count, length, noise = setting
    values, places = planted_series(n, 1, length, count, noise, background, seed=seed)
    starts = np.array([place.start for place in places])
    motifs = mine(values, length, n_motifs=n_motifs, n_surrogates=0).motifs
    return [sum(bool(np.abs(starts - o.start).min() < length / 2) for o in m.occurrences) for m in motifs]


def first_four_of_ten(series: Labelled) -> float:
    """F1 of the four most surprising motifs."""
    motifs = mine(series.x, series.length, n_motifs=10, n_surrogates=0).motifs[:4]
    return score([[(o.start, o.end) for o in motif.occurrences] for motif in motifs], series.truth).f1


def main() -> None:
    """Write a line a setting, then the mean share and the score of unequal counts."""
    sys.stdout.write("background  occurrences  length  noise  asked for  share in one  torn\n")
    shares: dict[str, list[float]] = {}
    for setting in SETTINGS:
        for n_motifs in (2, 10):
            found = [hits(setting, n_motifs, seed) for seed in range(N_DRAWS)]
            share = fmean(max(one) / setting.count for one in found)
            torn = sum(max(one) < 0.8 * sum(one) for one in found)
            shares.setdefault(setting.background, []).append(share)
            background, _, count, length, noise = setting
            sys.stdout.write(f"{background:>10}  {count:>11}  {length:>6}  {noise:>5}  {n_motifs:>9}  ")
            sys.stdout.write(f"{share:>12.2f}  {torn} of {N_DRAWS}\n")
            sys.stdout.flush()
    for background, some in shares.items():
        sys.stdout.write(f"mean share in {background} {fmean(some):.3f}\n")
    f1 = fmean(first_four_of_ten(series) for series in unequal())
    sys.stdout.write(f"unequal counts, first four of ten motifs: F1 {f1:.3f}\n")


if __name__ == "__main__":
    main()
