"""Figures of the matrix profile: `python -m tests.benchmarks.bench_profile`; `--calibrate`: the cost model.

Every ratio pairs both sides in one run on one machine, turn and turn about, and is taken of the best times.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from motifkit.mining.profile import matrix_profile
from motifkit.mining.profile_windows import z_normalize

Row = dict[str, Any]


def series(kind: str, n: int, seed: int = 0) -> np.ndarray:
    """A walk, white noise, smooth curve or integer ticks of `n` points; "goog" has 1,047 closes."""
    rng = np.random.default_rng(seed)
    if kind == "goog":
        from matplotlib.cbook import get_sample_data

        return np.asarray(get_sample_data("goog.npz")["price_data"]["close"], dtype=float)
    if kind == "walk":
        return rng.normal(size=n).cumsum()
    if kind == "smooth":
        return np.convolve(rng.normal(size=n + 29).cumsum(), np.hanning(30), "valid")
    if kind == "ticks":
        return rng.integers(-3, 4, n).cumsum().astype(float)
    return rng.normal(size=n)


def paired(a: Callable[[], Any], b: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Best seconds of `a` and of `b`, run alternately `repeats` times."""
    best = [np.inf, np.inf]
    for _ in range(repeats):
        for which, function in enumerate((a, b)):
            began = perf_counter()
            function()
            best[which] = min(best[which], perf_counter() - began)
    return best[0], best[1]


def against_warm_stumpy(kind: str, n: int, m: int, repeats: int = 1) -> Row:
    """`engine="auto"` beside `stumpy.stump`, compiled before, and how far their results are apart."""
    import stumpy

    warnings.filterwarnings(
        "ignore", category=UserWarning, module="stumpy"
    )  # of repeated windows, of large m
    x = series(kind, n)
    stumpy.stump(x[:200], 4)
    ours = matrix_profile(x, m)
    found: list[Any] = []
    mine, theirs = paired(lambda: matrix_profile(x, m), lambda: found.append(stumpy.stump(x, m)), repeats)
    values = found[0][:, 0].astype(float)
    indices = found[0][:, 1].astype(int)
    # Another index is wrong only where the named window is farther away than stumpy's: compare distances.
    other = np.flatnonzero(indices != ours.indices)
    worse = ours.values[other] - _distances(x, m, other, indices[other])
    return {
        "what": f"{kind} n={len(x):,} m={m}, stumpy warm",
        "engine": ours.engine,
        "motifkit_s": mine,
        "stumpy_s": theirs,
        "ratio": theirs / mine,
        "largest_difference": float(np.abs(values - ours.values).max()),
        "other_indices": len(other),
        "nearer_ones_missed": int((worse > 1e-9).sum()),
    }


def _distances(x: np.ndarray, m: int, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    reach = np.arange(m)[:, None]
    return np.linalg.norm(z_normalize(x[i + reach]) - z_normalize(x[j + reach]), axis=0)


def fresh_process(n: int = 20_000, m: int = 50) -> Row:
    """Whole processes, from start to end: Python, imports, numba's compilation, the profile."""
    data = f"import numpy as np; x = np.random.default_rng(0).normal(size={n}).cumsum();"
    ours = data + f"from motifkit.mining.profile import matrix_profile; matrix_profile(x, {m})"
    theirs = data + f"import stumpy; stumpy.stump(x, {m})"
    mine, other = paired(lambda: _python(ours), lambda: _python(theirs), 2)
    what = f"walk n={n:,} m={m}, fresh process"
    return {"what": what, "engine": "auto", "motifkit_s": mine, "stumpy_s": other, "ratio": other / mine}


def peak_memory(n: int = 1_000_000, m: int = 4) -> Row:
    """Largest resident memory of a whole process."""
    code = (
        "import resource, time; import numpy as np; from motifkit.mining.profile import matrix_profile;"
        f"x = np.random.default_rng(0).normal(size={n}).cumsum(); t = time.perf_counter();"
        f"matrix_profile(x, {m});"
        "print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
    )
    seconds, gib = map(float, _python(code).split())
    return {
        "what": f"walk n={n:,} m={m}, peak {gib:.2f} GiB",
        "engine": "auto",
        "motifkit_s": seconds,
        "peak_gib": gib,
    }


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def figures() -> list[Row]:
    """The figures that the project promises, and some that it does not."""
    rows = [fresh_process(), peak_memory()]
    for kind in ("walk", "noise"):
        rows += [against_warm_stumpy(kind, 20_000, 50, 5), against_warm_stumpy(kind, 100_000, 8)]
    rows += [against_warm_stumpy(kind, 20_000, 4, 3) for kind in ("ticks", "smooth")]
    rows += [against_warm_stumpy(kind, 20_000, 50, 3) for kind in ("ticks", "smooth")]
    rows += [against_warm_stumpy("goog", 0, m, 5) for m in (4, 8, 20, 50)]
    rows += [against_warm_stumpy("walk", 20_000, m, 3) for m in (12, 16, 200, 500)]
    rows += [against_warm_stumpy(kind, 200_000, 4) for kind in ("walk", "noise")]
    return rows


def calibrate() -> list[Row]:
    """Seconds of the three engines over lengths: what the constants in `choose_engine` come from."""
    matrix_profile(series("walk", 300), 4, engine="stumpy")
    rows = []
    for n in (5_000, 20_000, 60_000):
        for m in (4, 6, 8, 10, 12, 16, 50, 200, 500, 1000):
            for kind in ("walk", "noise"):
                x = series(kind, n)
                row: Row = {"what": f"{kind} n={n:,} m={m}"}
                for engine in ("kdtree", "blas", "stumpy"):
                    slow = (engine == "kdtree" and (m > 16 or n * 2.0**m > 3e8)) or (m > 200 and n > 20_000)
                    if not slow:
                        run = lambda x=x, m=m, engine=engine: matrix_profile(x, m, engine=engine)  # noqa: E731
                        row[f"{engine}_s"] = paired(run, run, 1 if n > 20_000 else 2)[0]
                rows.append(row)
    return rows


def table(rows: list[Row]) -> str:
    """Rows as an aligned table; columns in the order in which they first appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names] + [[_cell(row.get(name, "")) for name in names] for row in rows]
    widths = [max(len(line[c]) for line in cells) for c in range(len(names))]
    return "\n".join(
        "  ".join(
            text.rjust(w) if c else text.ljust(w)
            for c, (text, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.stdout.write(table(calibrate() if "--calibrate" in sys.argv else figures()) + "\n")
