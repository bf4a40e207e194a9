"""What `motifkit benchmark` shows while agents train: a bar, and a line a training. rich is imported on use."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from motifkit.evaluation.benchmark import AgentPerformanceBenchmark


class Following:
    """Progress of a benchmark, a context manager that `AgentPerformanceBenchmark.run` calls.

    Parameters
    ----------
    voice : Voice
        Whether there is a bar, and a line a finished training.
    benchmark : AgentPerformanceBenchmark
        Whose runs are told.
    total : int
        Trainings.
    """

    def __init__(self, voice: Voice, benchmark: AgentPerformanceBenchmark, total: int) -> None:
        self._voice, self._benchmark, self._total = voice, benchmark, total
        self._n_told = 0
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._open = ExitStack()

    def __enter__(self) -> Following:
        if self._voice.shows_bars:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            bar = Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4)
            self._task = bar.add_task("training", total=self._total)
            self._bar = self._open.enter_context(bar)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note what begins now, and what has ended."""
        for run in self._benchmark.runs[self._n_told :]:
            self._voice.mutter(
                f"{run.agent} at delay {run.delay}, seed {run.seed}: return {run.mean:.2f} "
                f"after {run.num_timesteps:,} steps in {run.seconds:.1f} s"
            )
        self._n_told = len(self._benchmark.runs)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=stage, completed=done)
