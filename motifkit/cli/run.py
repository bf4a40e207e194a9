"""`motifkit run`: a whole experiment from a file, gone on with where it stopped."""

from __future__ import annotations

import json
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import interrupt, options, outputs
from motifkit.cli.voice import Voice
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.pipeline.running import Progress
    from motifkit.pipeline.spec import Experiment
    from motifkit.pipeline.summary import Summary

_LINE_SECONDS = 60.0  # between two lines of progress where stderr is no terminal
_EXAMPLES = """\b
Examples:
  motifkit run pipelines/seeding.toml
  motifkit run pipelines/seeding.toml --set env.args.noise=0.5 --set train.seeds=3 -o runs/noise50
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit run`, by the names of the command's parameters."""

    file: str
    settings: tuple[str, ...]
    output: str | None
    processes: int | None
    force: bool

    @property
    def again(self) -> list[str]:
        """Command that goes on with the run."""
        settings = [word for one in self.settings for word in ("--set", one)]
        place = ["-o", self.output] if self.output else []
        return ["motifkit", "run", self.file, *settings, *place]


@click.command("run", short_help="Run a whole experiment from a file.", epilog=_EXAMPLES)
@click.argument("file")
@click.option(
    "--set",
    "settings",
    metavar="TABLE.KEY=VALUE",
    multiple=True,
    help="Override a value of FILE, in TOML; a bare word is text; repeatable.",
)
@click.option(
    "-o", "--output", metavar="DIRECTORY", help="Directory of the run.  [default: runs/ plus FILE's name]"
)
@click.option(
    "--processes", type=click.IntRange(min=1), help="Trainings to run in parallel.  [default: one per core]"
)
@click.option("--force", is_flag=True, help="Redo finished work.")
@options.speech
def run_command(voice: Voice, **given: Any) -> None:
    """Mine, seed, train and compare as FILE says, and sum up what came out.

    Work that was finished with the same inputs, parameters and version is not repeated, so the same command resumes
    an interrupted run.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Run the experiment and say what came out.

    Raises
    ------
    MotifkitError
        For everything that is unusable.
    Stopped
        When a signal came; what is finished is kept.
    """
    from motifkit.mining.threads import n_usable_cores
    from motifkit.pipeline.reading import read_experiment
    from motifkit.pipeline.running import require_directory, run_experiment
    from motifkit.pipeline.summary import summarise

    experiment = read_experiment(request.file, request.settings)
    directory = Path(request.output or f"runs/{Path(request.file).stem}")
    require_directory(directory)
    following = _Following(voice, shlex.join(request.again))
    n_processes = request.processes or n_usable_cores()
    voice.say(_plan(experiment, directory))
    if experiment.walk_forward is not None:
        _walk_forward(experiment, directory, n_processes, request.force, following)
        return
    manifest = run_experiment(
        experiment, directory, n_processes=n_processes, force=request.force, report=following
    )
    following.close()
    from motifkit.pipeline.reporting import write_outputs

    summary = summarise(experiment, manifest)
    written = write_outputs(summary, directory, manifest)
    _conclude(voice, summary, directory, [str(path) for path in written])


def _walk_forward(
    experiment: Experiment, directory: Path, n_processes: int, force: bool, following: _Following
) -> None:
    from motifkit.pipeline.reporting import SUMMARY, write_walk_forward
    from motifkit.pipeline.units import training_directory
    from motifkit.pipeline.walk_forward import run_walk_forward
    from motifkit.report.backtest import render_backtest, verdict

    voice = following.voice
    walk = run_walk_forward(experiment, directory, n_processes=n_processes, force=force, report=following)
    following.close()
    written = [str(path) for path in write_walk_forward(walk, directory)]
    voice.say(verdict(walk.report))
    voice.pause()
    voice.say(render_backtest(walk.report, width=voice.width, styled=voice.styled))
    voice.pause()
    last = walk.folds[-1]
    arm = (*last.experiment.compared, *last.experiment.train.arms)[0]
    place = directory / last.name / training_directory(arm, 0)
    outputs.conclude(voice, written, ["motifkit", "evaluate", str(place)])
    values = json.loads((directory / SUMMARY).read_text(encoding="utf-8"))
    voice.answer({**values, "files": written})


def _plan(experiment: Experiment, directory: Path) -> str:
    train, walk = experiment.train, experiment.walk_forward
    n = len(train.arms) * train.seeds * (1 if walk is None else walk.n_folds)
    folds = "" if walk is None else f" in each of {counted(walk.n_folds, 'fold')}"
    return (
        f"{counted(len(train.arms), 'arm')} with {counted(train.seeds, 'seed')}{folds}: {counted(n, 'training')} of "
        f"{counted(train.total_timesteps, 'step')} in {directory}."
    )


class _Following:
    """Tells on stderr how far the run is, and what an interrupt would leave."""

    def __init__(self, voice: Voice, again: str) -> None:
        self.voice, self._again = voice, again
        self._told_at: float | None = None
        self._open = False  # whether a line is there that the next one overwrites

    def __call__(self, progress: Progress) -> None:
        n, total = progress.n_done, len(progress.units)
        interrupt.leave(f"{n} of {total} parts are done and kept; resume with: {self._again}")
        left = progress.minutes_left
        words = f"{n} of {total} done" + ("" if left is None or n == total else f", {_minutes(left)} left")
        now = time.monotonic()
        if self.voice.shows_bars:
            click.echo(f"\r\x1b[K{words}", err=True, nl=False)
            self._open = True
        elif self.voice.verbose and (
            self._told_at is None or now - self._told_at >= _LINE_SECONDS or n == total
        ):
            click.echo(words, err=True)
            self._told_at = now

    def close(self) -> None:
        """Take the line away."""
        if self._open:
            click.echo("\r\x1b[K", err=True, nl=False)
        sys.stderr.flush()


def _minutes(left: float) -> str:
    return "less than a minute" if left < 1 else f"about {counted(round(left), 'minute')}"


def _conclude(voice: Voice, summary: Summary, directory: Path, written: list[str]) -> None:
    from motifkit.report.run_table import render_run

    voice.say(summary.sentence())
    voice.pause()
    voice.say(render_run(summary, width=voice.width, styled=voice.styled))
    voice.pause()
    outputs.conclude(voice, written, _next(summary.experiment, directory))
    voice.answer({**summary.as_dict(), "files": written})


def _next(experiment: Experiment, directory: Path) -> list[str]:
    """Command that looks at one training more closely."""
    from motifkit.pipeline.logs import is_own_log
    from motifkit.pipeline.units import compared_method, training_directory

    if not experiment.compared or not is_own_log(experiment):
        # `motifkit compare` cannot find again what was played at random.
        arm = (*experiment.compared, *experiment.train.arms)[0]
        return ["motifkit", "evaluate", str(directory / training_directory(arm, 0))]
    arm = experiment.compared[0]
    motifs = directory / "mined" / f"{compared_method(arm)}.npz"
    last = directory / training_directory(arm, experiment.train.seeds - 1)
    seed = ["--log-seed", str(experiment.data.seed)] if experiment.data.seed else []
    return ["motifkit", "compare", str(motifs), str(last), *seed, "-o", "report.html"]
