"""Results of the benchmark: one run an agent, delay and seed, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.evaluation.statistics import bootstrap_interval
from motifkit.io.json_values import json_value
from motifkit.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "motifkit.benchmark/1"
SOLVED = 0.95  # mean return at which the memory task counts as solved


@dataclass(frozen=True, eq=False)
class BenchmarkRun:
    """One agent, trained once and evaluated.

    Parameters
    ----------
    agent : str
        Its name in the table.
    delay : int
        Steps of an episode.
    seed : int
        Of the training.
    returns : (n_eval_episodes,) float array
        Returns of its evaluation episodes.
    num_timesteps : int
        Environment steps it trained for.
    seconds : float
        Wall-clock time of the training.
    """

    agent: str
    delay: int
    seed: int
    returns: FloatArray = field(repr=False)
    num_timesteps: int
    seconds: float

    @property
    def mean(self) -> float:
        """Mean return of the evaluation episodes."""
        return float(self.returns.mean())

    @property
    def std(self) -> float:
        """Standard deviation of the returns of the evaluation episodes."""
        return float(self.returns.std())

    @property
    def n_episodes(self) -> float:
        """Training episodes, the last one counted in part."""
        return self.num_timesteps / self.delay

    @property
    def solved(self) -> bool:
        """Whether the mean return is at least 0.95."""
        return self.mean >= SOLVED

    def as_dict(self) -> dict[str, Any]:
        """JSON values, with the summary of the returns in their place."""
        plain = {name: value for name, value in vars(self).items() if name != "returns"}
        return {**plain, "mean": self.mean, "std": self.std, "n_eval_episodes": len(self.returns)}


@dataclass(frozen=True)
class BenchmarkRow:
    """All runs of one agent at one delay.

    Parameters
    ----------
    agent : str
    delay : int
    n_seeds : int
        Runs.
    iqm : float
        Interquartile mean of the runs' mean returns.
    low, high : float
        95% bootstrap interval of it over the runs; NaN when there is but one.
    mean, std : float
        Of the returns of all evaluation episodes of all runs.
    episodes : float
        Training episodes a run.
    steps_per_second : float
        Environment steps a second of training, learning included.
    seconds : float
        Wall-clock time of training a run.
    solved : float
        Share of the runs whose mean return is at least 0.95.
    """

    agent: str
    delay: int
    n_seeds: int
    iqm: float
    low: float
    high: float
    mean: float
    std: float
    episodes: float
    steps_per_second: float
    seconds: float
    solved: float


@dataclass(frozen=True, eq=False)
class BenchmarkTable:
    """Runs of the benchmark and the settings they were made with.

    Parameters
    ----------
    runs : sequence of BenchmarkRun
    settings : mapping
        JSON values: those of the benchmark, and `mode`, the name of the difficulty.

    Examples
    --------
    >>> runs = [BenchmarkRun("TraceRL", 4, seed, np.ones(100), 8000, 2.0) for seed in range(3)]
    >>> table = BenchmarkTable(runs, {"mode": "EASY"})
    >>> row = table.rows[0]
    >>> row.iqm, row.solved, row.episodes, row.steps_per_second
    (1.0, 1.0, 2000.0, 4000.0)
    """

    runs: Sequence[BenchmarkRun]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[BenchmarkRow, ...]:
        """One row an agent and delay, delays rising, agents in the order in which they first ran."""
        agents = list(dict.fromkeys(run.agent for run in self.runs))
        groups: dict[tuple[int, str], list[BenchmarkRun]] = {}
        for run in sorted(self.runs, key=lambda run: (run.delay, agents.index(run.agent))):
            groups.setdefault((run.delay, run.agent), []).append(run)
        return tuple(_row(runs) for runs in groups.values())

    def to_frame(self) -> pd.DataFrame:
        """Rows as a data frame, a column for each field of `BenchmarkRow`."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows], columns=list(BenchmarkRow.__annotations__))

    def as_dict(self) -> dict[str, Any]:
        """JSON values: `schema` "motifkit.benchmark/1", `version`, `settings`, `rows` and `runs`; NaN is None."""
        from motifkit.version import __version__

        return {
            "schema": SCHEMA,
            "version": __version__,
            "settings": dict(self.settings),
            "rows": [json_value(asdict(row)) for row in self.rows],
            "runs": [json_value(run.as_dict()) for run in self.runs],
        }

    def render(self, *, width: int = 120, styled: bool = False) -> str:
        """Table with rounded corners, as text.

        Parameters
        ----------
        width : int
            Columns of the terminal; in a narrow one the less important facts are left out.
        styled : bool
            Whether to write ANSI codes.
        """
        from motifkit.report.benchmark_table import render_benchmark

        return render_benchmark(self, width=width, styled=styled)


def _row(runs: Sequence[BenchmarkRun]) -> BenchmarkRow:
    returns = np.concatenate([run.returns for run in runs])
    seconds = sum(run.seconds for run in runs)
    return BenchmarkRow(
        runs[0].agent,
        runs[0].delay,
        len(runs),
        *bootstrap_interval([run.mean for run in runs]),
        mean=float(returns.mean()),
        std=float(returns.std()),
        episodes=float(np.mean([run.n_episodes for run in runs])),
        steps_per_second=sum(run.num_timesteps for run in runs) / seconds if seconds else math.nan,
        seconds=seconds / len(runs),
        solved=float(np.mean([run.solved for run in runs])),
    )
