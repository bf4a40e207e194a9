"""Logs of two million steps: reading and mining, `python -m tests.benchmarks.bench_trajectories [--quick]`.

10,000 episodes of about 200 steps of a random walk, in Minari's layout; read whole, and one channel mined with the
settings that `mine` has of itself, significance included. Each runs in a process of its own, whose memory at the
most is told. `--quick` takes a twentieth of the episodes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from motifkit.io.trajectories import read_trajectories
from motifkit.mining.mine import mine

Row = dict[str, Any]
N_EPISODES = 10_000
TARGETS = {"read": (60, 2.0), "mine": (180, 3.0)}  # seconds, GB


def write_log(folder: Path, n_episodes: int, seed: int = 0) -> None:
    """Minari data set of random walks with four channels."""
    import h5py

    rng = np.random.default_rng(seed)
    lengths = rng.integers(100, 301, size=n_episodes)
    with h5py.File(folder / "main_data.hdf5", "w") as file:
        for i, n in enumerate(lengths):
            group = file.create_group(f"episode_{i}")
            group["observations"] = rng.normal(size=(n + 1, 4)).cumsum(axis=0).astype(np.float32)
            group["actions"] = rng.integers(0, 2, n)
            group["rewards"] = np.ones(n)
            group["terminations"] = np.arange(n) == n - 1
            group["truncations"] = np.zeros(n, bool)


def measure(what: str, folder: str) -> None:
    """Do one thing, and write seconds, gigabytes at the most, and steps."""
    began = perf_counter()
    log = read_trajectories(folder, channels=["obs_0"] if what == "mine" else None)
    if what == "mine":
        began = perf_counter()
        mine(log, length=8)
    seconds = perf_counter() - began
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(f"{seconds} {gigabytes} {log.n_steps}")


def rows(quick: bool = False) -> list[Row]:
    """Seconds and memory of reading and of mining."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        n_episodes = N_EPISODES // 20 if quick else N_EPISODES
        write_log(Path(folder), n_episodes)
        for what, (most_s, most_gb) in TARGETS.items():
            command = [sys.executable, "-m", "tests.benchmarks.bench_trajectories", what, folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, gigabytes, n = (float(x) for x in done.stdout.split())
            told = f"{what}, {int(n):,} steps in {n_episodes:,} episodes"
            found.append({"what": told, "s": seconds, "gb": gigabytes, "most_s": most_s, "most_gb": most_gb})
    return found


def main() -> None:
    """Write the figures as a table."""
    if sys.argv[1:2] and sys.argv[1] in TARGETS:
        measure(sys.argv[1], sys.argv[2])
        return
    sys.stdout.write(f"{'':<48}{'s':>8}{'target':>8}{'GB':>8}{'target':>8}\n")
    for row in rows("--quick" in sys.argv[1:]):
        sys.stdout.write(
            f"{row['what']:<48}{row['s']:>8.1f}{row['most_s']:>8}{row['gb']:>8.2f}{row['most_gb']:>8}\n"
        )


if __name__ == "__main__":
    main()
