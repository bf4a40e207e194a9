"""A training as the command line runs it: saved on the way, and brought to a good end when a signal comes."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motifkit.cli import interrupt
from motifkit.errors import DivergedError
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.cli.plan import TrainingPlan
    from motifkit.cli.run_directory import RunDirectory
    from motifkit.cli.voice import Voice

SAVE_SECONDS = 30.0  # that a process which is killed loses at most, and the update under way

_LOG_INTERVAL = 10
_WINDOW = 2  # updates over which `--until` takes the mean
_N_CONFIRM = 100  # greedy episodes that must reach it too


@dataclass(frozen=True)
class Learned:
    """What a training, or its part since it was resumed, took.

    Parameters
    ----------
    timesteps, updates, episodes : int
        Of the whole run.
    new_timesteps : int
        Since it was resumed.
    seconds : float
        Wall-clock time since then.
    reason : {"until", "steps"}
        Why it ended.
    stage : str
        Where the curriculum stands, in words; empty without one.
    mastered : bool
        Whether the last stage of the curriculum is mastered; True without one.
    """

    timesteps: int
    updates: int
    episodes: int
    new_timesteps: int
    seconds: float
    reason: str
    stage: str
    mastered: bool

    @property
    def steps_per_second(self) -> float | None:
        """Environment steps a second, learning included; None when nothing was left to learn."""
        return round(self.new_timesteps / self.seconds, 1) if self.new_timesteps else None

    def sentence(self, until: float | None) -> str:
        """What was done, how long it took, and why it ended."""
        if not self.new_timesteps:
            return f"This run is already finished: {self.timesteps:,} steps{self.stage}."
        whole = self.new_timesteps == self.timesteps
        steps = "steps" if whole else f"more steps, {self.timesteps:,} in all,"
        why = {
            "steps": "reached the requested steps",
            "until": f"stopped when the mean return of two updates reached {until:g}"
            if until is not None
            else "",
        }[self.reason]
        return (
            f"Trained {self.new_timesteps:,} {steps} in {self.seconds:,.1f} s "
            f"({self.steps_per_second:,.0f} steps a second); {why}{self.stage}."
        )


class _Saver:
    """Callback that saves after the first update, which shows early whether that works, and then now and again."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._saved_at: float | None = None

    def __call__(self, agent: TraceRL) -> None:
        if self._saved_at is None or time.monotonic() - self._saved_at >= SAVE_SECONDS:
            self.save(agent)

    def save(self, agent: TraceRL) -> None:
        """Save now."""
        agent.save(self._directory.checkpoint)
        self._saved_at = time.monotonic()
        leave(self._directory, agent)


def leave(directory: RunDirectory, agent: TraceRL) -> None:
    """Have an interrupt say what the checkpoint holds and how to go on."""
    if not agent.num_timesteps:
        interrupt.leave(f"no update was finished yet; start {directory} over with --force")
        return
    steps = counted(agent.num_timesteps, "step")
    interrupt.leave(f"{directory.checkpoint} holds {steps}; resume with: {_resuming(directory)}")


def _resuming(directory: RunDirectory, *more: str) -> str:
    return shlex.join(["motifkit", "train", "--resume", "-o", str(directory), *more])


def learn(agent: TraceRL, plan: TrainingPlan, directory: RunDirectory, voice: Voice) -> Learned:
    """Train until the plan is fulfilled, and save.

    Raises
    ------
    Stopped
        When a signal came; the update under way was finished, and all saved.
    DivergedError
        When numbers stopped being finite; what was learned before is saved.
    """
    save, began, before = _Saver(directory), time.perf_counter(), agent.num_timesteps
    leave(directory, agent)
    with interrupt.finishing("finishing the update and saving") as told_to_end:
        if not fulfilled(agent, plan):
            stops = [save, lambda agent: not (told_to_end() or fulfilled(agent, plan))]
            try:
                agent.learn(
                    plan.steps - agent.num_timesteps,
                    log_interval=_LOG_INTERVAL,
                    callback=stops,
                    progress_bar=voice.shows_bars,
                )
            except DivergedError as error:
                save.save(agent)
                slower = _resuming(directory, "--lr", f"{plan.learning_rate / 10:g}")
                raise DivergedError(f"{error}; the last good state is saved, try: {slower}") from error
            save.save(agent)
    return Learned(
        timesteps=agent.num_timesteps,
        updates=agent.n_updates,
        episodes=agent.n_episodes,
        new_timesteps=agent.num_timesteps - before,
        seconds=time.perf_counter() - began,
        reason="until" if _reached(agent, plan) else "steps",
        stage=_stage(agent.curriculum),
        mastered=agent.curriculum is None or agent.curriculum.finished,
    )


def fulfilled(agent: TraceRL, plan: TrainingPlan) -> bool:
    """Whether nothing is left to do; by the agent alone, so that a resumed run ends where it would have."""
    return agent.num_timesteps >= plan.steps or _reached(agent, plan)


def _reached(agent: TraceRL, plan: TrainingPlan) -> bool:
    if agent.curriculum is not None:
        return agent.curriculum.finished
    recent = [record["return_mean"] for record in agent.history[-_WINDOW:]]
    if plan.until is None or len(recent) < _WINDOW or sum(recent) / _WINDOW < plan.until:
        return False
    # Those returns are of the policy before its last update.
    return agent.evaluate(n_episodes=_N_CONFIRM).mean >= plan.until


def _stage(curriculum: Any) -> str:
    if curriculum is None:
        return ""
    n = len(curriculum.stages)
    where = f"{curriculum.attribute} {curriculum.value:g}"
    if curriculum.finished:
        return f"; all {counted(n, 'stage')} of the curriculum mastered, the last with {where}"
    return f"; the curriculum stands at stage {curriculum.stage + 1} of {n}, {where}"
