"""Does the verdict ever claim an edge where none can be? `python -m tests.benchmarks.bench_random_walks [--runs 20]`.

`pipelines/prices.toml` with 2 folds and 3 seeds, over prices that are a random walk with Google's daily volatility.
Ends with 1 when a run claims an edge.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.benchmarks.aligned import write_table

N_BARS, VOLATILITY = 1047, 0.022
SMALLER = ("walk_forward.n_folds=2", "train.seeds=3")


def write_walk(path: Path, seed: int) -> None:
    """Prices that know nothing of their past."""
    close = 100 * np.exp(VOLATILITY * np.random.default_rng(seed).standard_normal(N_BARS).cumsum())
    days = np.arange(N_BARS) + np.datetime64("2020-01-01")
    lines = [f"{day},{price!r}\n" for day, price in zip(days, close.tolist(), strict=True)]
    path.write_text("Date,Close\n" + "".join(lines))


def run(folder: Path, seed: int) -> tuple[str, str, str, str, bool]:
    """One pipeline from mining to verdict."""
    prices = folder / f"walk{seed}.csv"
    write_walk(prices, seed)
    settings = (*SMALLER, f"env.args.prices={prices}")
    command = ["motifkit", "run", "pipelines/prices.toml", "-o", str(folder / f"run{seed}"), "--json"]
    command += [word for one in settings for word in ("--set", one)]
    began = perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)["backtest"]
    best = max(report["arms"], key=lambda arm: arm["statistics"]["return"]["estimate"])
    low = min(one["low"] for one in best["against"].values())
    deflated = max((arm["deflated_sharpe"] or 0.0) for arm in report["arms"])
    seconds = f"{perf_counter() - began:.0f}"
    return f"{best['name']}", f"{100 * low:.1f}", f"{deflated:.2f}", seconds, bool(report["has_edge"])


def main() -> int:
    """Run them all and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20)
    n_runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for seed in range(n_runs):
            rows.append(run(Path(folder), seed))
            sys.stderr.write(f"{seed + 1} of {n_runs}\n")
    claimed = sum(row[-1] for row in rows)
    heads = (
        "walk",
        "best arm",
        "lowest end against a baseline, %",
        "highest deflated",
        "seconds",
        "edge claimed",
    )
    lines = [(str(i), *row[:-1], "yes" if row[-1] else "no") for i, row in enumerate(rows)]
    write_table(heads, lines, f"An edge was claimed in {claimed} of {n_runs} random walks")
    return 1 if claimed else 0


if __name__ == "__main__":
    sys.exit(main())
