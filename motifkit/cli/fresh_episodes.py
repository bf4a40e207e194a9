"""Fresh episodes with a trained agent, and what they come to in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from motifkit.io.json_values import json_value
from motifkit.report.training import amount
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.types import FloatArray, IntArray

_MIN_WORLDS = 10  # episodes of one world are no independent samples


@dataclass(frozen=True)
class FreshEpisodes:
    """Returns of episodes that nothing was learned from.

    Parameters
    ----------
    n_episodes : int
    n_worlds : int
        Worlds that they were played in; 0 where there are none.
    mean, std : float
        Of the returns.
    low, high : float
        95% bootstrap interval of the mean, over worlds where there are any; NaN for a single sample.
    least, most : float
        Of the returns.
    length_mean : float
        Steps of an episode.
    by_round : tuple of float
        Mean return in each round of a world; empty where there are none.
    deterministic : bool
        Whether the likeliest actions were taken.
    """

    n_episodes: int
    n_worlds: int
    mean: float
    std: float
    low: float
    high: float
    least: float
    most: float
    length_mean: float
    by_round: tuple[float, ...]
    deterministic: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON values; NaN is None."""
        plain: dict[str, Any] = json_value(asdict(self))
        return plain

    def solves(self, target: float | None, *, mastered: bool = True) -> bool | None:
        """Whether the mean return reaches the target, in the last stage of a curriculum; None without one."""
        return None if target is None else mastered and self.mean >= target

    def sentence(self, target: float | None, *, mastered: bool = True) -> str:
        """What came out.

        Parameters
        ----------
        target : float, optional
            Mean return that counts as solved; None leaves the verdict out.
        mastered : bool
            Whether the curriculum, if there is one, was gone through.

        Examples
        --------
        >>> played = FreshEpisodes(100, 0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 64.0, (), True)
        >>> played.sentence(0.95)
        'Solved: mean return 1.00 in 100 fresh greedy episodes, 95% interval 1.00 to 1.00 (target 0.95).'
        """
        greedy = "greedy " if self.deterministic else ""
        where = f" in {counted(self.n_worlds, 'world')}" if self.n_worlds else ""
        episodes = f"{counted(self.n_episodes, f'fresh {greedy}episode')}{where}"
        found = f"mean return {amount(self.mean)} in {episodes}"
        if not math.isnan(self.low):
            found += f", 95% interval {amount(self.low)} to {amount(self.high)}"
        if target is None:
            return f"{found[0].upper()}{found[1:]}."
        verdict = "Solved" if self.solves(target, mastered=mastered) else "Not solved"
        stage = "" if mastered else " in the last stage"
        return f"{verdict}: {found} (target {target:g}{stage})."

    def spread(self) -> str:
        """Range and deviation of the returns, and the length."""
        return (
            f"Returns from {amount(self.least)} to {amount(self.most)}, standard deviation {amount(self.std)}; "
            f"mean length {self.length_mean:,.4g}."
        )

    def rounds(self) -> str:
        """Mean return in each round of a world."""
        return f"Mean return by round of a world: {', '.join(amount(x) for x in self.by_round)}."


def play_fresh(
    agent: TraceRL, env: Any, n_episodes: int, *, deterministic: bool = True, seed: int = 0
) -> FreshEpisodes:
    """Play fresh episodes, the memory as it is.

    Parameters
    ----------
    agent : TraceRL
    env : gymnasium.Env
        A MemoryTaskEnv shows each target equally often, so that always answering alike gets exactly 0.
    n_episodes : int
        Where episodes share worlds whole worlds are played, ten at least.
    deterministic : bool
    seed : int
        Of the episodes; they differ from those that training with the same number saw.
    """
    import numpy as np

    from motifkit.agents.environments import batch_of
    from motifkit.evaluation.statistics import bootstrap_interval

    n_rounds = batch_of(env, 1).rounds_per_world
    if n_rounds > 1:
        width = agent.n_envs * n_rounds
        n_episodes = max(_MIN_WORLDS, math.ceil(n_episodes / width)) * width
    returns, lengths, rounds = _played(agent, env, n_episodes, deterministic, seed, whole=n_rounds > 1)
    worlds = _world_means(returns, rounds) if n_rounds > 1 else None
    scores = returns if worlds is None else worlds
    _, low, high = bootstrap_interval(scores, np.mean)
    by_round = () if worlds is None else [returns[rounds == r].mean() for r in range(n_rounds)]
    return FreshEpisodes(
        n_episodes=len(returns),
        n_worlds=0 if worlds is None else len(worlds),
        mean=float(returns.mean()),
        std=float(returns.std()),
        low=low,
        high=high,
        least=float(returns.min()),
        most=float(returns.max()),
        length_mean=float(lengths.mean()),
        by_round=tuple(float(x) for x in by_round),
        deterministic=deterministic,
    )


def _played(
    agent: TraceRL, env: Any, n_episodes: int, deterministic: bool, seed: int, *, whole: bool
) -> tuple[FloatArray, IntArray, IntArray]:
    """Returns, lengths and rounds of the episodes, in one call when worlds must stay `whole`."""
    import numpy as np

    from motifkit.evaluation.episodes import balanced, fresh_portions

    # Targets are balanced among the episodes that begin together.
    most = n_episodes if whole else agent.n_envs
    parts = [
        agent.evaluate(env, n, deterministic, batch_seed, balanced(env))
        for n, batch_seed in fresh_portions(n_episodes, most, seed)
    ]
    returns, lengths, rounds = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("returns", "lengths", "rounds")
    )
    return returns, lengths, rounds


def _world_means(returns: FloatArray, rounds: IntArray) -> FloatArray:
    """Mean return of each world; a new one begins where the rounds start again."""
    import numpy as np

    begins = np.flatnonzero(np.diff(rounds, prepend=rounds.max() + 1) < 0)
    sizes = np.diff(begins, append=len(returns))
    means: FloatArray = np.add.reduceat(returns, begins) / sizes
    return means
