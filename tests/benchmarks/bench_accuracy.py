"""How many labelled occurrences the default miner finds: `python -m tests.benchmarks.bench_accuracy [FOLDER]`.

FOLDER holds `.npz` files without pickles: the series `x`, the occurrences `start`, `end` (exclusive) and `label`, the
length `L` and the number of sets `k`. The miner is told `L` and `k` and nothing else. Without a folder the series are
made here: planted shapes of several lengths, noises and backgrounds, and of unequal counts.

The score follows PROM (arXiv 2412.09346): an occurrence is found when an occurrence of a motif covers it with more
than half of their union; motifs and labels are paired one to one so that most are found; precision, recall and F1 are
over all occurrences together.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from motifkit.io.samples import planted_series
from motifkit.mining.mine import mine

Interval = tuple[int, int]
_FIELDS = ("x", "start", "end", "label", "L", "k")


class Labelled(NamedTuple):
    """A series, and the sets of intervals that lie in it."""

    name: str
    x: np.ndarray
    truth: list[list[Interval]]
    length: int
    n_sets: int


class Score(NamedTuple):
    """Micro precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


def overlap(a: Interval, b: Interval) -> float:
    """Intersection over union of two half-open intervals."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(shared, 0) / (max(a[1], b[1]) - min(a[0], b[0]))


def score(found: Sequence[Sequence[Interval]], truth: Sequence[Sequence[Interval]]) -> Score:
    """PROM-like score of the sets found; a true occurrence belongs to the one that covers it best."""
    n_found, n_true = sum(map(len, found)), sum(map(len, truth))
    if not n_found or not n_true:
        return Score(0.0, 0.0, 0.0)
    hits = np.zeros((len(found), len(truth)), dtype=int)
    for label, places in enumerate(truth):
        for place in places:
            covers = [
                (max((overlap(one, place) for one in group), default=0.0), -i)
                for i, group in enumerate(found)
            ]
            best, i = max(covers)
            if best > 0.5:
                hits[-i, label] += 1
    pairs = linear_sum_assignment(hits, maximize=True)
    n_hits = int(hits[pairs].sum())
    return Score(n_hits / n_found, n_hits / n_true, 2 * n_hits / (n_found + n_true))


def from_folder(folder: Path) -> Iterator[Labelled]:
    """The labelled series of a folder, by name."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in _FIELDS if name not in archive.files]
            if missing:
                raise SystemExit(f"{path.name} has no {', '.join(missing)}; it needs {', '.join(_FIELDS)}")
            x, start, end, label = (archive[name] for name in ("x", "start", "end", "label"))
            truth = [
                [(int(s), int(e)) for s, e, one in zip(start, end, label, strict=True) if one == which]
                for which in np.unique(label)
            ]
            yield Labelled(path.stem, np.asarray(x, float), truth, int(archive["L"]), int(archive["k"]))


def planted() -> Iterator[Labelled]:
    """Sister series with known places, from easy to hard, always the same."""
    cases = [(2000, 4, 8), (2000, 3, 16), (3000, 3, 32), (5000, 3, 64)]
    for number, (n, k, length) in enumerate(cases):
        for noise in (0.25, 0.5, 0.75):
            for background in ("noise", "walk"):
                x, places = planted_series(n, k, length, 10, noise, background, seed=100 + number)
                truth = [[(p.start, p.end) for p in places if p.shape == shape] for shape in range(k)]
                yield Labelled(f"length {length}, noise {noise}, {background}", x, truth, length, k)


def unequal() -> Iterator[Labelled]:
    """Noise in which four shapes lie 40, 20, 10 and 5 times, so that nobody counts on like sizes."""
    for noise in (0.3, 0.55):
        for seed in range(20):
            rng = np.random.default_rng(seed)
            x, places = planted_series(4000, 4, 16, 40, noise, "noise", seed=seed)
            truth: list[list[Interval]] = [[], [], [], []]
            for place in places:
                if len(truth[place.shape]) < (40, 20, 10, 5)[place.shape]:
                    truth[place.shape].append((place.start, place.end))
                else:
                    x[place.start : place.end] = rng.normal(size=16)
            yield Labelled(f"unequal, noise {noise}, seed {seed}", x, truth, 16, 4)


def measured(series: Labelled) -> dict[str, Any]:
    """Score and seconds of one series."""
    began = perf_counter()
    result = mine(series.x, series.length, n_motifs=series.n_sets, n_surrogates=0)
    seconds = perf_counter() - began
    found = [[(o.start, o.end) for o in motif.occurrences] for motif in result.motifs[: series.n_sets]]
    return {
        "what": series.name,
        "n": len(series.x),
        **score(found, series.truth)._asdict(),
        "seconds": seconds,
    }


def rows(folder: Path | None = None) -> list[dict[str, Any]]:
    """A row a series, of a folder or of those made here."""
    return [
        measured(series)
        for series in (chain(planted(), unequal()) if folder is None else from_folder(folder))
    ]


def main() -> None:
    """Write the scores as a table, the means last."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder is None:
        sys.stdout.write(
            f"planted series; to score labelled ones, give a folder of .npz files with {', '.join(_FIELDS)}\n"
        )
    found = rows(folder)
    if not found:
        raise SystemExit(f"{folder} holds no .npz files with {', '.join(_FIELDS)}")
    columns = ("precision", "recall", "f1", "seconds")
    heads = ("n", *columns)
    sys.stdout.write(f"{'':<32}" + "".join(f"{head:>11}" for head in heads) + "\n")
    mean = {"what": "mean", "n": "", **{name: fmean(row[name] for row in found) for name in columns}}
    for row in (*found, mean):
        numbers = "".join(f"{row[name]:>11.3f}" for name in columns)
        sys.stdout.write(f"{row['what']:<32}{row['n']:>11}{numbers}\n")


if __name__ == "__main__":
    main()
