"""`motifkit benchmark`: TraceRL beside PPO and RecurrentPPO in the memory task, with the same time for each."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import interrupt, options, outputs
from motifkit.cli.following import Following
from motifkit.cli.voice import Voice
from motifkit.errors import DataError, UsageError
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.evaluation.benchmark import AgentPerformanceBenchmark
    from motifkit.evaluation.benchmark_table import BenchmarkTable

_AGENTS = {"trace-rl": "TraceRL", "ppo": "PPO", "recurrent-ppo": "RecurrentPPO"}
_PACKAGES = {"ppo": "stable_baselines3", "recurrent-ppo": "sb3_contrib"}
_EXAMPLES = """\b
Examples:
  motifkit benchmark --delays 2,4,8
  motifkit benchmark --delays 16,64 --agents trace-rl --seeds 10 --hard -o benchmark.json
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit benchmark`, by the names of the command's parameters."""

    delays: list[int]
    n_seeds: int
    seconds: float
    agents: list[str]
    hard: bool
    until: float
    episodes: int
    output: str | None
    seed: int
    threads: int | None
    force: bool


def _names(ctx: click.Context, param: click.Parameter, value: str) -> list[str]:
    """Agents between commas."""
    names = [name.strip() for name in value.split(",")]
    unknown = [name for name in names if name not in _AGENTS]
    if unknown or len(set(names)) < len(names):
        what = f"there is no agent {unknown[0]!r}" if unknown else f"{value!r} names an agent twice"
        raise click.BadParameter(f"{what}; give some of {','.join(_AGENTS)}")
    return names


@click.command("benchmark", short_help="Compare agents in the memory task.", epilog=_EXAMPLES)
@click.option(
    "--delays",
    default="2,4,8,16",
    show_default=True,
    callback=options.whole_numbers,
    help="Steps per episode, each compared on its own.",
)
@click.option(
    "--seeds",
    "n_seeds",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Trainings per agent and delay; claims need ten.",
)
@click.option(
    "--seconds",
    type=float,
    default=30.0,
    show_default=True,
    callback=options.positive,
    help="Wall-clock limit of a training, in seconds.",
)
@click.option(
    "--agents",
    default=",".join(_AGENTS),
    show_default=True,
    callback=_names,
    help="Agents to compare.",
)
@click.option("--hard", is_flag=True, help="With distractors after the target.")
@click.option(
    "--until",
    type=float,
    default=0.95,
    show_default=True,
    callback=options.no_nan,
    metavar="RETURN",
    help="Mean training return that ends a training early; inf never does.",
)
@click.option(
    "--episodes",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Fresh greedy episodes after each training.",
)
@click.option("-o", "--output", metavar="PATH", help="JSON file for all results.  [default: none]")
@options.seed
@options.threads
@options.force
@options.speech
def benchmark_command(voice: Voice, **given: Any) -> None:
    """Train agents from scratch in the memory task, each for the same time, and compare what they learned.

    PPO and RecurrentPPO need: pip install 'motifkit[bench]'. Ctrl-C shows the results so far.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Compare as asked, and say what came out.

    Raises
    ------
    MotifkitError
        For unusable options, and baselines that are not installed.
    Stopped
        When a signal came, after showing what was finished.
    """
    _require_installed(request.agents)
    paths = [] if request.output is None else [request.output]
    outputs.require_targets(paths, inputs=[], force=request.force)

    from motifkit.cli.building import torch_threads
    from motifkit.evaluation.benchmark import AgentPerformanceBenchmark

    benchmark = AgentPerformanceBenchmark(
        {
            "delays": request.delays,
            "seeds": [request.seed + i for i in range(request.n_seeds)],
            "seconds": request.seconds,
            "difficulty": "hard" if request.hard else "easy",
            "stop_at": None if math.isinf(request.until) else request.until,
            "n_eval_episodes": request.episodes,
        }
    )
    names = [_AGENTS[name] for name in request.agents]
    n_runs = len(names) * len(request.delays) * request.n_seeds
    each = f"{counted(n_runs, 'training')} of at most {request.seconds:g} s"
    less = "" if math.isinf(request.until) else f", less where {request.until:g} is reached"
    voice.say(f"{each}: {_duration(n_runs * request.seconds)} in all{less}.")
    try:
        with torch_threads(request.threads), interrupt.patient("showing what is finished"):
            with Following(voice, benchmark, n_runs) as following:
                table = benchmark.run(names, progress=following)
    except interrupt.Stopped:
        if benchmark.runs:
            _conclude(request, voice, benchmark, benchmark.table(), complete=False)
        raise
    _conclude(request, voice, benchmark, table, complete=True)


def _require_installed(agents: Sequence[str]) -> None:
    """Raise a UsageError for an agent whose package is missing, before others train for minutes."""
    for agent in agents:
        package = _PACKAGES.get(agent)
        if package is not None and find_spec(package) is None:
            raise UsageError(
                f"{agent} needs {package.replace('_', '-')}, which is not installed; run "
                "pip install 'motifkit[bench]', or choose --agents trace-rl"
            )


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} minutes"


def _conclude(
    request: Request,
    voice: Voice,
    benchmark: AgentPerformanceBenchmark,
    table: BenchmarkTable,
    *,
    complete: bool,
) -> None:
    """Table, sentences, file and JSON of what has run."""
    voice.pause()
    if not complete:
        voice.say(f"Interrupted: {counted(len(table.runs), 'training')} finished.")
    voice.say(table.render(width=voice.width, styled=voice.styled))
    voice.say(_duration_sentence(benchmark, [row.delay for row in table.rows if row.agent == "TraceRL"]))
    answer = {**table.as_dict(), "complete": complete}
    written = [] if request.output is None else [request.output]
    # After a signal the writing ends by raising it once more; `run` does so at the end.
    with nullcontext() if complete else suppress(interrupt.Stopped):
        outputs.write_together({path: partial(_write, answer) for path in written}, force=request.force)
    voice.answer({**answer, "files": {"result": request.output}})
    voice.pause()
    outputs.conclude(voice, written, _following_command(request))


def _write(answer: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(answer, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _duration_sentence(benchmark: AgentPerformanceBenchmark, delays: Sequence[int]) -> str:
    """Predicted seconds of an episode at twice the longest delay, as in the notebook; empty without a fit."""
    if not delays:
        return ""
    further = 2 * max(delays)
    try:
        seconds = benchmark.predict_ep_duration(further)
    except DataError:  # one delay alone
        return ""
    return (
        f"A straight line through TraceRL's times predicts {1000 * seconds:,.2g} ms for a training episode at "
        f"delay {further:,}."
    )


def _following_command(request: Request) -> list[str]:
    delay = str(max(request.delays))
    hard = ["--hard"] if request.hard else []
    return ["motifkit", "train", "memory-task", "--delay", delay, *hard, "-o", f"runs/delay{delay}"]
