"""Time and memory of `motifkit mine` over 500 price files, as a whole command.

Half of the runs are walks, where chance settles the matter after a few surrogates; the other half has a shape planted
in every file, so that all 99 surrogates are mined.

Run by `python -m tests.benchmarks many`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

N_FILES, N_BARS = 500, 2_500
TARGET_S, TARGET_GB = 180.0, 3.0
_SHAPE = np.array([0.0, 3.0, -2.0, 0.0]) * 0.03


def write_files(folder: Path, *, planted: bool) -> list[str]:
    """Daily price files of random walks, each with 25 noisy copies of a zigzag of 4 rows when `planted`."""
    dates = pd.bdate_range("2014-01-01", periods=N_BARS).strftime("%Y-%m-%d")
    names = []
    for i in range(N_FILES):
        rng = np.random.default_rng([i, planted])
        log = (0.01 * rng.normal(size=N_BARS)).cumsum()
        for start in range(50, N_BARS - 4, 100) if planted else ():
            log[start : start + 4] = log[start] + _SHAPE * (1 + 0.02 * rng.normal(size=4))
        close = 100 * np.exp(log)
        prices = {
            "Date": dates,
            "Open": close * (1 + 0.002 * rng.normal(size=N_BARS)),
            "High": close * 1.003,
            "Low": close * 0.997,
            "Close": close,
            "Volume": rng.integers(100_000, 10_000_000, N_BARS),
        }
        pd.DataFrame(prices).round(4).to_csv(folder / f"t{i:03d}.csv", index=False)
        names.append(f"t{i:03d}.csv")
    return names


def run(folder: Path, names: list[str]) -> tuple[float, float, str]:
    """Seconds, GB at the peak, and the sentence on significance of one command."""
    out = folder / "out.txt"
    began = time.perf_counter()
    with out.open("w") as stdout:
        command = [sys.executable, "-m", "motifkit", "mine", *names, "--len", "4", "--force"]
        child = subprocess.Popen(command, cwd=folder, stdout=stdout)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError(f"motifkit mine ended with status {status}")
    told = [line for line in out.read_text().splitlines() if "chance" in line.lower() and "." in line]
    return seconds, usage.ru_maxrss / 1e6, told[-1]


def main() -> None:
    """Write the figures as a table."""
    sys.stdout.write(f"{'':<44}{'seconds':>9}{'target':>8}{'peak GB':>9}{'target':>8}\n")
    for planted in (False, True):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seconds, peak, told = run(folder, write_files(folder, planted=planted))
        what = f"{N_FILES} files of {N_BARS:,} bars, {'planted' if planted else 'walks'}"
        sys.stdout.write(
            f"{what:<44}{seconds:>9.1f}{TARGET_S:>8.0f}{peak:>9.2f}{TARGET_GB:>8.0f}\n  {told}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
