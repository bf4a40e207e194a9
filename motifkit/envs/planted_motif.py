"""The trading task in which recurring shapes tell what follows: a motif that was mined is worth something here."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.utils.seeding import np_random

from motifkit.arguments import require_whole
from motifkit.envs.planted_motif_rules import PlantedMotifRules
from motifkit.envs.planted_motif_vector import PlantedMotifVectorEnv
from motifkit.envs.planted_series import PlantedSample
from motifkit.envs.registration import PLANTED_MOTIF_ID, spec_of
from motifkit.errors import UsageError
from motifkit.io.samples import PlantedShape
from motifkit.io.series import fingerprint
from motifkit.types import Episode, FloatArray, TrajectoryDataset

__all__ = ["LoggedSeries", "PlantedMotifEnv", "PlantedMotifVectorEnv"]


class LoggedSeries(NamedTuple):
    """A log to mine, and where the shapes lie in it, by start; one that the end cuts off is not listed."""

    dataset: TrajectoryDataset
    truth: list[PlantedShape]


class PlantedMotifEnv(PlantedMotifRules, gymnasium.Env[npt.NDArray[np.float32], Any]):
    """Hold a position in a series of returns in which shapes recur and move what follows.

    The returns are standard normal. At a free step one of `n_shapes` shapes begins with probability `rate`:
    its `length` steps plus noise, then `hold` returns that drift up (shapes 0, 2, ...) or down (1, 3, ...).
    An action chooses the position for the next return, and pays position times that return, less `cost` times
    the change of position. The position before the first action is 0; leaving it at the end is free.

    After `n_steps` actions the series ends and the episode has *terminated*: nothing can be earned beyond, so
    that a learner must not add the value of what would follow, as it would after a time limit.

    Parameters
    ----------
    n_shapes : int
        Number of shapes, at least 1.
    length : int
        Steps of a shape, at least 4.
    noise : float
        Standard deviation of the noise on each occurrence of a shape (which itself has 1), at least 0.
    drift : float
        Mean of the returns that follow a shape, up to its sign; at least 0.
    hold : int
        Returns that drift after a shape, at least 1.
    rate : float
        Probability that a shape begins at a free step, 0 to 1; at 0 there are none and nothing is to be won.
    n_steps : int
        Steps of an episode, at least 1.
    cost : float
        Price of changing the position by 1, at least 0.
    position : {"discrete", "continuous"}
        Three positions, or any from short to long.
    observe_position : bool
        Whether the position held is part of the observation; with a cost it matters.
    series_seed : int
        Draws the shapes, which are the same in every episode; `reset(seed=...)` draws where they fall.

    Attributes
    ----------
    observation_space : Box
        float32 of shape (1,), the latest return; (2,) with the position held over it. The bounds are beyond
        what can be drawn.
    action_space : Discrete(3) or Box(-1, 1, (1,), float32)
        0 flat, 1 long, 2 short; or the position itself, brought into the bounds when it lies outside.
    series : PlantedSeries
        Draws the returns; `series.shapes` are the shapes.

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> env = PlantedMotifEnv(n_steps=2, cost=0.1)
    >>> observation, info = env.reset(seed=0)
    >>> info
    {'shape': -1, 'drift': 0.0}
    >>> observation, reward, terminated, truncated, info = env.step(1)
    >>> round(reward - observation.item(), 6), terminated
    (-0.1, False)
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]

    def __init__(
        self,
        n_shapes: int = 4,
        length: int = 8,
        noise: float = 0.25,
        drift: float = 1.0,
        hold: int = 3,
        rate: float = 0.03,
        n_steps: int = 128,
        cost: float = 0.0,
        position: Literal["discrete", "continuous"] = "discrete",
        observe_position: bool = False,
        series_seed: int = 7,
    ) -> None:
        super().__init__(
            n_shapes, length, noise, drift, hold, rate, n_steps, cost, position, observe_position, series_seed
        )
        self.spec = spec_of(PLANTED_MOTIF_ID, **self.settings)
        self.observation_space = self._observation_space()  # type: ignore[assignment]
        self.action_space = self._action_space()
        self._sample: PlantedSample | None = None  # of the running episode
        self._n_taken = 0
        self._held: FloatArray = np.zeros(1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin a series.

        Parameters
        ----------
        seed : int, optional
            Restarts the random numbers; None goes on with them.
        options : dict, optional
            There are none.

        Returns
        -------
        observation : (1,) or (2,) float32 array
            The first return, and the position 0 where it is observed.
        info : dict
            The truth: `shape`, which shape ended with this return, -1 for none; `drift`, the mean that a shape
            before gives the next return, 0 for none.

        Raises
        ------
        UsageError
            For any option.
        """
        if options:
            raise UsageError(f"reset has no option {next(iter(options))!r}; it takes none")
        super().reset(seed=seed)
        # One step more than is ever seen: the last info tells the drift of the return after the end.
        self._sample = self.series.sample(1, self.n_steps + 2, self.np_random)
        self._n_taken, self._held = 0, np.zeros(1)
        return self._observation(self._sample), self._info(self._sample)

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Take a position for the next return.

        Parameters
        ----------
        action : int, or (1,) float array
            0 flat, 1 long, 2 short; or the position, which is brought into [-1, 1].

        Returns
        -------
        observation : (1,) or (2,) float32 array
            The return that came, and the position held over it where that is observed.
        reward : float
            Position times that return, less `cost` times the change of position.
        terminated : bool
            True at the last step.
        truncated : bool
            False.
        info : dict
            As at the reset.

        Raises
        ------
        UsageError
            For an action that is none, or when no episode is running.
        """
        sample = self._sample
        if sample is None or self._n_taken >= sample.returns.shape[1] - 2:
            state = "no episode has begun" if sample is None else "the episode is over"
            raise UsageError(f"{state}; call reset() before step()")
        position = self._position_of(action)
        self._n_taken += 1
        reward = self._pay(self._held, position, sample.returns[:, self._n_taken])[0]
        self._held = position
        terminated = self._n_taken == sample.returns.shape[1] - 2
        return self._observation(sample), float(reward), terminated, False, self._info(sample)

    def as_vector(self, n_envs: int) -> PlantedMotifVectorEnv:
        """Native vector form with the present settings.

        Parameters
        ----------
        n_envs : int
            Number of sub-environments.
        """
        return PlantedMotifVectorEnv(n_envs, **self.settings)

    def log(self, n_steps: int, seed: int = 0) -> LoggedSeries:
        """Long log of an agent that acts at random, to be mined.

        Parameters
        ----------
        n_steps : int
            Rows, at least 2.
        seed : int
            Decides all; the series is that of an episode of `n_steps` steps that `reset` begins with it.

        Returns
        -------
        LoggedSeries
            `dataset`: one terminated episode with the observations, uniformly random actions and the rewards,
            as in this environment. `truth`: the shapes in it.

        Raises
        ------
        UsageError
            For other arguments.

        Examples
        --------
        >>> dataset, truth = PlantedMotifEnv().log(1000)
        >>> dataset.n_steps, dataset.channels, truth[0]
        (1000, ('return',), PlantedShape(start=14, end=22, shape=2))
        """
        n = require_whole("n_steps", n_steps, 2)
        rng = np_random(require_whole("seed", seed, 0))[0]
        returns, shape, _ = (rows[0] for rows in self.series.sample(1, n + 2, rng))
        discrete = self.position == "discrete"
        actions = rng.integers(3, size=n) if discrete else rng.uniform(-1, 1, (n, 1)).astype(np.float32)
        positions = self._positions_of(actions, n)
        before = np.append(0.0, positions[:-1])
        episode = Episode(
            self._observe(returns[:n], before).astype(float),
            actions=actions,
            rewards=self._pay(before, positions, returns[1 : n + 1]),
            terminated=True,
        )
        dataset = TrajectoryDataset(
            (episode,),
            self.channels,
            source="planted-motif",
            fingerprint=fingerprint([episode], self.channels),
        )
        ends = np.flatnonzero(shape[:n] >= 0) + 1
        length = self.series.length
        return LoggedSeries(
            dataset, [PlantedShape(int(end) - length, int(end), int(shape[end - 1])) for end in ends]
        )

    def _observation(self, sample: PlantedSample) -> npt.NDArray[np.float32]:
        row: npt.NDArray[np.float32] = self._observe(sample.returns[:, self._n_taken], self._held)[0]
        return row

    def _info(self, sample: PlantedSample) -> dict[str, Any]:
        t = self._n_taken
        return {"shape": int(sample.shape[0, t]), "drift": float(sample.drift[0, t + 1])}
