"""Steps a second of the trading task without an agent: `python -m tests.benchmarks trading`.

The native vector form beside a loop over the single form and gym-anytrading's StocksEnv, in turn in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from motifkit.envs import TradingEnv
from motifkit.io.samples import sample_path
from tests.benchmarks.aligned import write_table

SIZES = (1, 64, 256)
LENGTH = 128


def vector_run(n_envs: int, n_episodes: int = 8) -> Callable[[], int]:
    """Plays episodes in the vector form; gives the steps of all sub-environments."""
    envs = TradingEnv(episode_length=LENGTH, commission=0.001).as_vector(n_envs)
    actions = np.random.default_rng(0).integers(3, size=(LENGTH, n_envs))

    def run() -> int:
        for _ in range(n_episodes):
            envs.reset()
            for row in actions:
                envs.step(row)
        return n_episodes * LENGTH * n_envs

    return run


def loop_run(env: Any, n_actions: int, n_episodes: int = 8) -> Callable[[], int]:
    """Plays episodes one by one, to their end."""
    actions = np.random.default_rng(0).integers(n_actions, size=LENGTH).tolist()

    def run() -> int:
        n = 0
        for _ in range(n_episodes):
            env.reset()
            for action in actions:
                n += 1
                if any(env.step(action)[2:4]):
                    break
        return n

    return run


def stocks_env() -> Any:
    """gym-anytrading's environment on the same prices."""
    from gym_anytrading.envs import StocksEnv  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return StocksEnv(
        df=pd.read_csv(sample_path("goog.csv")), window_size=10, frame_bound=(10, 10 + LENGTH + 1)
    )


def main() -> None:
    """Write the figures as a table."""
    runs = {f"TradingVectorEnv, {n} at a time": vector_run(n) for n in SIZES}
    runs["TradingEnv in a loop"] = loop_run(TradingEnv(episode_length=LENGTH, commission=0.001), 3)
    refused = ""
    try:
        runs["gym-anytrading StocksEnv in a loop"] = loop_run(stocks_env(), 2)
    except Exception as error:  # whatever its import or its checks say
        refused = f"{type(error).__name__}: {error}"
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(5):
        for name, run in runs.items():
            began = perf_counter()
            n = run()
            rates[name].append(n / (perf_counter() - began))
    base = median(rates["TradingEnv in a loop"])
    rows = [(name, f"{median(all_):,.0f}", f"{median(all_) / base:.1f}x") for name, all_ in rates.items()]
    if refused:
        rows.append(("gym-anytrading StocksEnv in a loop", "not run", refused))
    write_table(("environment", "steps/s", "to the loop"), rows, "trading, goog.csv, episodes of 128")


if __name__ == "__main__":
    main()
