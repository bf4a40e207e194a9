"""`motifkit record`: play episodes and log them, for `motifkit mine`."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import interrupt, options, outputs
from motifkit.cli.voice import Voice
from motifkit.errors import FileAccessError

if TYPE_CHECKING:
    from motifkit.cli.players import Player
    from motifkit.envs.recorder import TrajectoryRecorder

SCHEMA = "motifkit.record/1"

_STAGE = "episodes"
_LENGTH, _LEAST_LENGTH = 8, 3  # of windows to mine next, where episodes are long enough

_EXAMPLES = """\b
Examples:
  motifkit record CartPole-v1 --episodes 200 -o log/
  motifkit record --agent runs/delay64 --episodes 1000 -o log/
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit record`, by the names of the command's parameters."""

    env: str | None
    episodes: int
    output: str
    agent: str | None
    env_args: dict[str, Any]
    seed: int
    threads: int | None
    force: bool


@click.command("record", short_help="Log episodes of an environment, to be mined.", epilog=_EXAMPLES)
@click.argument("env", metavar="[ENV]", required=False)
@click.option(
    "--episodes", type=click.IntRange(min=1), default=200, show_default=True, help="Episodes to play."
)
@click.option("-o", "--output", metavar="DIRECTORY", required=True, help="Directory for the log.")
@click.option(
    "--agent", metavar="RUN", help="Run whose agent acts, by sampling.  [default: none, actions are random]"
)
@options.environment
@options.seed
@options.threads
@options.force
@options.speech
def record_command(voice: Voice, **given: Any) -> None:
    """Play episodes in ENV and log them in Minari's layout.

    ENV is memory-task, cue-mapping, planted-motif, trading, or any gymnasium id; with --agent it defaults to the
    environment of the training. Ctrl-C finishes the episode; all finished episodes are kept.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Record as asked, and say what was written.

    Raises
    ------
    MotifkitError
        When the environment or the agent cannot be had, or the log cannot be written.
    Stopped
        When a signal came; the episodes that were finished are kept.
    """
    if request.env is None and request.agent is None:
        raise options.unnamed_environment()
    target = Path(request.output)
    if target.exists() and not target.is_dir():
        raise FileAccessError(f"{target} is a file; name a directory for the log")

    from motifkit.envs.recorder import TrajectoryRecorder

    name, env, player = _random(request) if request.agent is None else _trained(request)
    recorder = TrajectoryRecorder(env, target, overwrite=request.force)
    began = time.perf_counter()
    try:
        lengths = _play(recorder, player, request, voice)
    finally:
        recorder.close()
    _conclude(voice, request, recorder, name, lengths, time.perf_counter() - began)


def _random(request: Request) -> tuple[str, Any, Player]:
    """Environment, and a policy that draws from its action space."""
    from motifkit.cli.players import RandomPlayer
    from motifkit.envs.registration import make_env

    assert request.env is not None
    env = make_env(request.env, **request.env_args)
    return request.env, env, RandomPlayer(env, request.seed)


def _trained(request: Request) -> tuple[str, Any, Player]:
    """Environment, and the policy of a saved agent."""
    from motifkit.cli import building
    from motifkit.cli.plan import TrainingPlan, fitted_in
    from motifkit.cli.players import AgentPlayer
    from motifkit.cli.run_directory import RunDirectory

    assert request.agent is not None
    directory = RunDirectory(request.agent)
    plan = TrainingPlan.read(directory)
    same = request.env in (None, plan.env)
    fitted = fitted_in(plan, request.env_args) if same else {}
    kept = plan.env_args if same else {}
    plan = replace(plan, env=request.env or plan.env, env_args={**kept, **request.env_args})
    threads = request.threads or plan.threads
    with building.torch_threads(threads):
        agent, env = building.loaded(plan, directory, fitted)
        return plan.env, env, AgentPlayer(agent, env, request.seed, threads)


def _play(recorder: TrajectoryRecorder, player: Player, request: Request, voice: Voice) -> list[int]:
    """Play the episodes that are asked for, or until a signal comes; gives their lengths."""
    import numpy as np

    rng = np.random.default_rng([request.seed, 29])
    n_asked, lengths = request.episodes, list[int]()
    with voice.stages() as progress, interrupt.finishing("finishing the episode") as told_to_end:
        for number in range(n_asked):
            if told_to_end():
                break
            observation, _ = recorder.reset(seed=int(rng.integers(2**31)), options=player.begin())
            reward, over, before = 0.0, False, recorder.n_steps
            while not over:
                action = player.act(observation, reward)
                observation, paid, terminated, truncated, _ = recorder.step(action)
                reward, over = float(paid), terminated or truncated
            player.end(observation, reward)
            lengths.append(recorder.n_steps - before)
            interrupt.leave(f"{request.output} holds {recorder.n_episodes:,} of {n_asked:,} episodes")
            if progress is not None:
                progress(_STAGE, number + 1, n_asked)
        recorder.close()  # while a signal still waits
    return lengths


def _conclude(
    voice: Voice,
    request: Request,
    recorder: TrajectoryRecorder,
    name: str,
    lengths: list[int],
    seconds: float,
) -> None:
    from motifkit.version import __version__
    from motifkit.words import counted

    how = f"the agent of {request.agent}" if request.agent else "a random policy"
    n, steps = counted(recorder.n_episodes, "episode"), counted(recorder.n_steps, "step")
    voice.say(f"{name}: {n}, {steps} in all, played by {how}, seed {request.seed}.")
    voice.pause()
    outputs.conclude(voice, [request.output], _following(request.output, lengths))
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


def _following(output: str, lengths: list[int]) -> list[str]:
    """Command to try next: mining, of windows that most episodes hold; none where episodes are too short."""
    from statistics import median_low

    middle = median_low(lengths) if lengths else 0
    return ["motifkit", "mine", output, "--len", str(min(_LENGTH, middle))] if middle >= _LEAST_LENGTH else []
