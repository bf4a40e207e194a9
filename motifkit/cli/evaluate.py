"""`motifkit evaluate`: fresh episodes with an agent that `motifkit train` saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import options, outputs
from motifkit.cli.run_directory import RunDirectory
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.cli.fresh_episodes import FreshEpisodes
    from motifkit.cli.plan import TrainingPlan

SCHEMA = "motifkit.evaluation/1"

_EXAMPLES = """\b
Examples:
  motifkit evaluate runs/delay64 --episodes 1000
  motifkit evaluate runs/delay64 --delay 128
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit evaluate`, by the names of the command's parameters."""

    directory: str
    episodes: int
    stochastic: bool
    env_args: dict[str, Any]
    seed: int
    threads: int | None
    device: str | None
    max_episode_steps: int | None


@click.command("evaluate", short_help="Score a trained agent in fresh episodes.", epilog=_EXAMPLES)
@click.argument("directory", metavar="RUN")
@click.option(
    "--episodes",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Episodes to play; at least ten whole worlds where episodes share them.",
)
@click.option("--stochastic", is_flag=True, help="Sample actions instead of taking the most likely.")
@options.environment
@options.max_episode_steps
@options.seed
@options.threads
@click.option("--device", help="Torch device.  [default: as in training]")
@options.speech
def evaluate_command(voice: Voice, **given: Any) -> None:
    """Play fresh episodes with the agent in the directory RUN, without learning.

    The environment is that of the training, except for what --delay, --hard and --env-arg change. Features of prices
    stay scaled as in training.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Evaluate as asked, and say what came out.

    Raises
    ------
    MotifkitError
        When the run cannot be read, is damaged, or does not fit the environment.
    """
    directory = RunDirectory(request.directory)

    from motifkit.cli import building
    from motifkit.cli.fresh_episodes import play_fresh
    from motifkit.cli.plan import TrainingPlan, fitted_in

    plan = TrainingPlan.read(directory)
    directory.require_checkpoint()
    fitted = fitted_in(plan, request.env_args)
    plan = replace(
        plan,
        env_args={**plan.env_args, **request.env_args},
        threads=request.threads or plan.threads,
        device=request.device or plan.device,
        max_episode_steps=request.max_episode_steps or plan.max_episode_steps,
    )
    with building.torch_threads(plan.threads):
        building.require_device(plan.device)
        agent, env = building.loaded(plan, directory, fitted)
        fresh = play_fresh(
            agent, env, request.episodes, deterministic=not request.stochastic, seed=request.seed
        )
    _show(voice, plan, agent, fresh, directory, request.episodes)
    solved = fresh.solves(plan.until)
    voice.answer(
        {
            **_facts(plan, agent, directory),
            "seed": request.seed,
            "target": plan.until,
            "solved": solved,
            "evaluation": fresh.as_dict(),
        }
    )


def _facts(plan: TrainingPlan, agent: TraceRL, directory: RunDirectory) -> dict[str, Any]:
    from motifkit.version import __version__

    return {
        "schema": SCHEMA,
        "version": __version__,
        "run": str(directory),
        "env": plan.env,
        "env_args": env_args_of(plan, agent),
        "timesteps": agent.num_timesteps,
        "trained_with_seed": plan.seed,
    }


def env_args_of(plan: TrainingPlan, agent: TraceRL) -> dict[str, Any]:
    """Arguments of the environment, with what the curriculum set."""
    curriculum = agent.curriculum
    return plan.env_args if curriculum is None else {curriculum.attribute: curriculum.value, **plan.env_args}


def _show(
    voice: Voice,
    plan: TrainingPlan,
    agent: TraceRL,
    fresh: FreshEpisodes,
    directory: RunDirectory,
    n_episodes: int,
) -> None:
    from motifkit.cli.plan import titled

    where = titled(plan.env, env_args_of(plan, agent))
    voice.say(f"{directory}: {where}, trained for {agent.num_timesteps:,} steps with seed {plan.seed}.")
    voice.say(fresh.sentence(plan.until))
    voice.say(fresh.spread())
    if fresh.by_round:
        voice.say(fresh.rounds())
    voice.pause()
    following = _following(plan, agent, directory, n_episodes, solved=fresh.solves(plan.until))
    outputs.conclude(voice, [], following)


def _following(
    plan: TrainingPlan, agent: TraceRL, directory: RunDirectory, n_episodes: int, *, solved: bool | None
) -> list[str]:
    """Command to try next: a harder task where this one is solved, more training where it is not."""
    delay = env_args_of(plan, agent).get("delay")
    if solved and isinstance(delay, int):
        return ["motifkit", "evaluate", str(directory), "--delay", str(2 * delay)]
    if plan.experiment is not None:  # which trains no further
        return ["motifkit", "evaluate", str(directory), "--episodes", str(5 * n_episodes)]
    more = 2 * max(plan.steps, agent.num_timesteps)
    return ["motifkit", "train", "--resume", "-o", str(directory), "--steps", str(more)]
