"""Mining from end to end, and its honesty: `python -m tests.benchmarks.bench_mine [--quick]`.

Whole processes are timed from start to end, as a user waits for them, after one run that fills the caches.
`--quick` leaves the honesty out, which takes minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import motifkit
from motifkit.io.samples import planted_series, sample_path
from motifkit.mining.mine import mine
from motifkit.mining.recovery import recovered_shapes

Row = dict[str, Any]
ROOT = Path(motifkit.__file__).resolve().parent.parent


def timed(job: Callable[[], Any], n_repeats: int) -> list[float]:
    """Seconds of each of several runs."""
    seconds = []
    for _ in range(n_repeats):
        began = perf_counter()
        job()
        seconds.append(perf_counter() - began)
    return seconds


def process(what: str, arguments: list[str], target: float | None, n_repeats: int = 5) -> Row:
    """Best and median seconds of a whole Python process."""

    def job() -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)

    job()
    seconds = timed(job, n_repeats)
    return {"what": what, "best_s": min(seconds), "median_s": median(seconds), "target": target}


def processes() -> list[Row]:
    """What a user waits for at the command line."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "motifs.npz")
        command = [
            "-m",
            "motifkit",
            "mine",
            str(sample_path("goog.csv")),
            "--len",
            "4",
            "--force",
            "-o",
            output,
        ]
        return [
            process("motifkit mine goog.csv --len 4, 99 surrogates", command, 3.0),
            process("motifkit --help", ["-m", "motifkit", "--help"], 0.3),
            process("import motifkit", ["-c", "import motifkit"], None),
            process("python alone", ["-c", "pass"], None),
        ]


def long_series(n: int = 20_000, length: int = 32) -> list[Row]:
    """`mine()` of a long planted series, without and with surrogates."""
    values, _ = planted_series(n=n, length=length, count=40)
    found = []
    for n_surrogates, n_repeats, target in ((0, 3, 3.0), (99, 1, None)):
        seconds = timed(lambda k=n_surrogates: mine(values, length, n_surrogates=k), n_repeats)
        what = f"mine(), n={n:,}, length {length}, {n_surrogates} surrogates"
        found.append({"what": what, "best_s": min(seconds), "median_s": median(seconds), "target": target})
    return found


def patternless(kind: str, n: int, seed: int) -> np.ndarray:
    """A random walk or white noise."""
    x = np.random.default_rng([11, seed]).normal(size=n)
    return x.cumsum() if kind == "walk" else x


def honesty(n: int = 2000, n_series: int = 20) -> list[Row]:
    """Series without motifs in which none has q < .05, and planted series of which every shape is found."""
    found = []
    for length in (4, 16):
        for kind in ("walk", "noise"):
            began = perf_counter()
            results = [mine(patternless(kind, n, seed), length) for seed in range(n_series)]
            n_clean = sum(not any(m.is_significant() for m in r.motifs) for r in results)
            what = f"{kind}s of {n:,} points, length {length}: clean"
            found.append(
                {"what": what, "n": n_clean, "of": n_series, "target": 19, "s": perf_counter() - began}
            )
    for background in ("noise", "walk"):
        began = perf_counter()
        n_shapes = 0
        for seed in range(3):
            values, truth = planted_series(noise=0.25, background=background, seed=seed)
            n_shapes += sum(shape.found for shape in recovered_shapes(mine(values, 16), truth))
        what = f"shapes planted in {background}, noise 0.25: found, q < .05"
        found.append({"what": what, "n": n_shapes, "of": 12, "target": 12, "s": perf_counter() - began})
    return found


def rows(quick: bool = False) -> list[Row]:
    """All figures; `quick` leaves the honesty out."""
    return processes() + long_series() + ([] if quick else honesty())


def main() -> None:
    """Write the figures as two tables."""
    sys.stdout.write(f"{'':<56}{'best s':>9}{'median s':>10}{'target':>8}\n")
    for row in processes() + long_series():
        target = "" if row["target"] is None else f"{row['target']:g}"
        sys.stdout.write(f"{row['what']:<56}{row['best_s']:>9.3f}{row['median_s']:>10.3f}{target:>8}\n")
    if "--quick" in sys.argv[1:]:
        return
    sys.stdout.write(f"\n{'':<56}{'series':>9}{'of':>10}{'target':>8}{'seconds':>9}\n")
    for row in honesty():
        sys.stdout.write(f"{row['what']:<56}{row['n']:>9}{row['of']:>10}{row['target']:>8}{row['s']:>9.1f}\n")


if __name__ == "__main__":
    main()
