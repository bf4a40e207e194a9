"""`motifkit train`: an agent with a memory, from an environment's name to a checkpoint that scores."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import options, outputs
from motifkit.cli.agent_options import agent_options, require_used
from motifkit.cli.run_directory import RunDirectory
from motifkit.cli.voice import Voice
from motifkit.errors import UsageError

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.cli.fresh_episodes import FreshEpisodes
    from motifkit.cli.plan import TrainingPlan
    from motifkit.cli.training import Learned

SCHEMA = "motifkit.training/1"

_EVALUATION_EPISODES = 100
_EXAMPLES = """\b
Examples:
  motifkit train memory-task --delay 64 --seed 0 -o runs/delay64
  motifkit train memory-task --curriculum 2,4,8,16,32,64 -o runs/curriculum
  motifkit train CartPole-v1 --memory none --n-envs 16
  motifkit train planted-motif --bank bank.safetensors -o runs/seeded
  motifkit train --resume -o runs/delay64
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit train`: what a plan keeps is `chosen`, of which `asked` are no defaults."""

    output: str | None
    resume: bool
    force: bool
    chosen: dict[str, Any]
    asked: set[str]


@click.command("train", short_help="Train an agent with a memory.", epilog=_EXAMPLES)
@click.argument("env", required=False, metavar="[ENV]")
@options.environment
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    help="Maximum steps, all episodes together.  [default: 5,000,000 in memory-task, else 1,000,000]",
)
@click.option(
    "--until",
    type=float,
    callback=options.no_nan,
    metavar="RETURN",
    help="Stop once the mean return of two updates reaches this; inf never does.  "
    "[default: 0.95 in memory-task, else gymnasium's reward_threshold]",
)
@click.option(
    "--curriculum",
    metavar="2,4,8,...",
    callback=options.whole_numbers,
    help="Delays to train on in turn, each until --until is reached.",
)
@agent_options
@options.seed
@options.threads
@click.option("--device", default="cpu", show_default=True, help="Torch device, such as cuda.")
@click.option("-o", "--output", metavar="DIRECTORY", help="Directory of the run.  [default: runs/ENV]")
@click.option("--resume", is_flag=True, help="Resume the run in the directory.")
@click.option("--force", is_flag=True, help="Start over where a run exists.")
@options.speech
@click.pass_context
def train_command(
    ctx: click.Context, /, voice: Voice, output: str | None, resume: bool, force: bool, **chosen: Any
) -> None:
    """Train TraceRL in ENV: memory-task, cue-mapping, planted-motif, trading, or any gymnasium id.

    Saves a checkpoint every 30 seconds and at the end. Ctrl-C finishes the update, saves, and says how to resume;
    the options of the run are kept in its directory.
    """
    default = click.core.ParameterSource.DEFAULT
    asked = {name for name in chosen if ctx.get_parameter_source(name) is not default}
    if chosen["env_args"]:  # also by --delay and --hard
        asked.add("env_args")
    run(Request(output, resume, force, chosen, asked), voice)


def run(request: Request, voice: Voice) -> None:
    """Train as asked, write the run, and say what came of it.

    Raises
    ------
    MotifkitError
        For everything that is unusable.
    Stopped
        When a signal came.
    """
    directory = _directory(request)

    from motifkit.cli import building, training
    from motifkit.cli.fresh_episodes import play_fresh

    plan, make = (_resumed if request.resume else _new)(request, directory)
    with building.torch_threads(plan.threads):
        building.require_device(plan.device)
        agent = make(log_dir=directory.path, verbose=int(voice.verbose))
        _introduce(voice, plan, agent, directory)
        learned = training.learn(agent, plan, directory, voice)
        fresh = play_fresh(agent, agent.env, _EVALUATION_EPISODES, seed=plan.seed)
    result = _result(plan, agent, learned, fresh)
    directory.write_result(result)
    _conclude(voice, plan, directory, learned, fresh)
    files = {"checkpoint": directory.checkpoint, "config": directory.config, "log": directory.log}
    voice.answer({**result, "files": {k: str(v) for k, v in {**files, "result": directory.result}.items()}})


def _directory(request: Request) -> RunDirectory:
    """Where the run is, once the options make sense."""
    env, output = request.chosen["env"], request.output
    if request.resume and request.force:
        raise UsageError("--resume and --force cannot be combined; give one of them")
    if env is None and not request.resume:
        raise options.unnamed_environment()
    if env is None and output is None:
        raise UsageError("--resume needs the directory of the run; name it with -o")
    return RunDirectory(output or f"runs/{str(env).replace('/', '-').replace(':', '-')}")


def _new(request: Request, directory: RunDirectory) -> tuple[TrainingPlan, Callable[..., TraceRL]]:
    """Plan of a new run, and what makes its agent and its directory."""
    from motifkit.cli import building
    from motifkit.cli.seeded_bank import with_sizes_of_bank

    directory.require_free(force=request.force)
    chosen = request.chosen
    require_used(chosen, request.asked)
    if chosen["bank"] is not None:
        chosen = with_sizes_of_bank(chosen, request.asked)
    plan, env = building.settled(chosen)
    return plan, partial(building.begun, plan, env, directory)


def _resumed(request: Request, directory: RunDirectory) -> tuple[TrainingPlan, Callable[..., TraceRL]]:
    """Plan of a run that goes on, and what loads its agent."""
    from motifkit.cli import building
    from motifkit.cli.plan import TrainingPlan, changed

    asked = {name: value for name, value in request.chosen.items() if name in request.asked}
    plan = TrainingPlan.read(directory)
    if plan.experiment is not None:
        raise UsageError(
            f"{directory} is a part of an experiment of `motifkit run` and cannot be resumed alone; raise "
            "train.total_timesteps in the experiment's file, or train anew in another directory"
        )
    plan = changed(plan, asked, directory)
    directory.require_checkpoint()
    return plan, partial(building.resumed, plan, directory)


def _introduce(voice: Voice, plan: TrainingPlan, agent: TraceRL, directory: RunDirectory) -> None:
    memories = {
        "combined": "past episodes and motifs in memory",
        "episodic": "past episodes in memory",
        "motif": "motifs in memory",
        "none": "no memory",
    }
    at = f"Resuming {directory} at {agent.num_timesteps:,} steps: " if agent.num_timesteps else ""
    end = "" if plan.until is None else f", until the mean return is {plan.until:g}"
    voice.say(
        f"{at}{plan.title}, seed {plan.seed}, {memories[plan.memory]}; at most {plan.steps:,} steps{end}."
    )


def _result(plan: TrainingPlan, agent: TraceRL, learned: Learned, fresh: FreshEpisodes) -> dict[str, Any]:
    """JSON values of result.json, and of the answer."""
    from motifkit.version import __version__

    return {
        "schema": SCHEMA,
        "version": __version__,
        "env": plan.env,
        "env_args": plan.env_args,
        "seed": plan.seed,
        "timesteps": learned.timesteps,
        "updates": learned.updates,
        "episodes": learned.episodes,
        "new_timesteps": learned.new_timesteps,
        "seconds": round(learned.seconds, 3),
        "steps_per_second": learned.steps_per_second,
        "ended_by": learned.reason,
        "curriculum": agent.curriculum and {**agent.curriculum.config(), **agent.curriculum.state()},
        "target": plan.until,
        "solved": fresh.solves(plan.until, mastered=learned.mastered),
        "evaluation": fresh.as_dict(),
    }


def _conclude(
    voice: Voice, plan: TrainingPlan, directory: RunDirectory, learned: Learned, fresh: FreshEpisodes
) -> None:
    voice.say(learned.sentence(plan.until))
    voice.say(fresh.sentence(plan.until, mastered=learned.mastered))
    if fresh.by_round:
        voice.say(fresh.rounds())
    if fresh.solves(plan.until, mastered=learned.mastered) is False and learned.reason == "steps":
        more = ["motifkit", "train", "--resume", "-o", str(directory), "--steps", str(2 * plan.steps)]
        voice.say(f"More steps may help: {shlex.join(more)}")
    voice.pause()
    written = [
        str(path) for path in (directory.checkpoint, directory.config, directory.log, directory.result)
    ]
    following = ["motifkit", "evaluate", str(directory), "--episodes", str(_EVALUATION_EPISODES)]
    outputs.conclude(voice, written, following)
