"""`motifkit record`: play episodes and log them, for `motifkit mine`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from motifkit.cli import interrupt, options, outputs
from motifkit.cli.voice import Voice
from motifkit.errors import FileAccessError, UsageError

if TYPE_CHECKING:
    from motifkit.envs.recorder import TrajectoryRecorder

SCHEMA = "motifkit.record/1"

_STAGE = "episodes"

_EXAMPLES = """\b
Examples:
  motifkit record CartPole-v1 --episodes 200 -o log/
  motifkit record --agent runs/delay64 --episodes 1000 -o log/
"""

# From an observation, whether it is an episode's first, and the last reward, to an action.
Act: TypeAlias = Callable[[Any, bool, float], Any]


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit record`, by the names of the command's parameters."""

    env: str | None
    episodes: int
    output: str
    policy: str | None
    agent: str | None
    delay: int | None
    hard: bool
    env_args: dict[str, Any]
    seed: int
    threads: int | None
    force: bool
    as_json: bool
    quiet: bool
    verbose: bool


@click.command("record", short_help="Log episodes of an environment, to be mined.", epilog=_EXAMPLES)
@click.argument("env", metavar="[ENV]", required=False)
@click.option(
    "--episodes", type=click.IntRange(min=1), default=200, show_default=True, help="Episodes to play."
)
@click.option("-o", "--output", metavar="DIRECTORY", required=True, help="Directory of the log.")
@click.option(
    "--policy", type=click.Choice(["random"]), help="How to act without an agent.  [default: random]"
)
@click.option(
    "--agent", metavar="RUN", help="Act with the agent in the directory of a run, drawing its actions."
)
@options.environment
@options.seed
@options.threads
@options.force
@options.speech
def record_command(**given: Any) -> None:
    """Play episodes in ENV and log them in Minari's layout.

    ENV is memory-task, cue-mapping, planted-motif, or the id of any gymnasium environment; with --agent it may be left
    out, and is the environment of the training. Ctrl-C finishes the episode; every finished episode is kept.
    """
    run(Request(**given))


def run(request: Request) -> None:
    """Record as asked, and say what was written.

    Raises
    ------
    MotifkitError
        When the environment or the agent cannot be had, or the log cannot be written.
    Stopped
        When a signal came; the episodes that were finished are kept.
    """
    voice = Voice(as_json=request.as_json, quiet=request.quiet, verbose=request.verbose)
    if request.policy is not None and request.agent is not None:
        raise UsageError("--policy and --agent exclude each other; give one of them")
    if request.env is None and request.agent is None:
        raise UsageError(
            "name an environment: memory-task, cue-mapping, planted-motif, or a gymnasium id such as CartPole-v1"
        )
    target = Path(request.output)
    if target.exists() and not target.is_dir():
        raise FileAccessError(f"{target} is a file; name a directory for the log")

    from motifkit.envs.recorder import TrajectoryRecorder

    name, env, act = _random(request) if request.agent is None else _trained(request)
    recorder = TrajectoryRecorder(env, target, overwrite=request.force)
    began = time.perf_counter()
    try:
        _play(recorder, act, request, voice)
    finally:
        recorder.close()
    _conclude(voice, request, recorder, name, time.perf_counter() - began)


def _random(request: Request) -> tuple[str, Any, Act]:
    """Environment, and a policy that draws from its action space."""
    from motifkit.envs.registration import make_env

    assert request.env is not None
    asked = options.environment_arguments(request.delay, request.hard, request.env_args)
    env = make_env(request.env, **asked)
    env.action_space.seed(request.seed)
    return request.env, env, lambda observation, first, reward: env.action_space.sample()


def _trained(request: Request) -> tuple[str, Any, Act]:
    """Environment, and the policy of a saved agent."""
    from motifkit.cli import building
    from motifkit.cli.plan import TrainingPlan
    from motifkit.cli.run_directory import RunDirectory

    assert request.agent is not None
    asked = options.environment_arguments(request.delay, request.hard, request.env_args)
    directory = RunDirectory(request.agent)
    plan = TrainingPlan.read(directory)
    kept = plan.env_args if request.env in (None, plan.env) else {}
    plan = replace(plan, env=request.env or plan.env, env_args={**kept, **asked})
    with building.torch_threads(request.threads or plan.threads):
        agent, env = building.loaded(plan, directory)
    agent.generator.manual_seed(request.seed)
    state: Any = None

    def act(observation: Any, first: bool, reward: float) -> Any:
        nonlocal state
        with building.torch_threads(request.threads or plan.threads):
            action, state = agent.predict(observation, None if first else state, reward=reward)
        return action

    return plan.env, env, act


def _play(recorder: TrajectoryRecorder, act: Act, request: Request, voice: Voice) -> None:
    """Play the episodes that are asked for, or until a signal comes."""
    import numpy as np

    rng = np.random.default_rng([request.seed, 29])
    n_asked = request.episodes
    with voice.stages() as progress, interrupt.finishing("finishing the episode") as told_to_end:
        for number in range(n_asked):
            if told_to_end():
                break
            observation, _ = recorder.reset(seed=int(rng.integers(2**31)))
            first, reward, over = True, 0.0, False
            while not over:
                observation, paid, terminated, truncated, _ = recorder.step(act(observation, first, reward))
                first, reward, over = False, float(paid), terminated or truncated
            interrupt.leave(f"{request.output} holds {recorder.n_episodes:,} of {n_asked:,} episodes")
            if progress is not None:
                progress(_STAGE, number + 1, n_asked)
        recorder.close()  # while a signal still waits


def _conclude(
    voice: Voice, request: Request, recorder: TrajectoryRecorder, name: str, seconds: float
) -> None:
    from motifkit import __version__
    from motifkit.words import counted

    how = f"the agent of {request.agent}" if request.agent else "a random policy"
    n, steps = counted(recorder.n_episodes, "episode"), counted(recorder.n_steps, "step")
    voice.say(f"{name}: {n} of {steps} in all, by {how}, seed {request.seed}.")
    voice.pause()
    for line in outputs.closing_lines([request.output], ["motifkit", "mine", request.output, "--len", "8"]):
        voice.say(line)
    voice.answer(
        {
            "schema": SCHEMA,
            "version": __version__,
            "env": name,
            "agent": request.agent,
            "seed": request.seed,
            "episodes": recorder.n_episodes,
            "timesteps": recorder.n_steps,
            "seconds": round(seconds, 3),
            "files": {"log": request.output},
        }
    )
