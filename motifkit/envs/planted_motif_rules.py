"""What the single and the vector form of the planted-motif task share: settings, positions, pay, and the oracle."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.utils.seeding import np_random

from motifkit.arguments import require_number, require_whole
from motifkit.envs.arguments import require_action, require_actions, require_positions
from motifkit.envs.planted_features import observation_rows, planted_observations
from motifkit.envs.planted_series import PlantedSeries
from motifkit.errors import UsageError
from motifkit.types import Episode, FloatArray

_POSITIONS = np.array([0.0, 1.0, -1.0])  # of the actions flat, long, short


class PlantedMotifRules:
    """Settings of the task.

    Parameters
    ----------
    n_shapes, length, noise, drift, hold, rate, n_steps, cost, position, observe_position, series_seed
        As for `motifkit.envs.PlantedMotifEnv`.

    Attributes
    ----------
    series : PlantedSeries
        Draws the returns.
    n_steps, cost, position, observe_position
        As given.

    Raises
    ------
    UsageError
        For other values.

    Examples
    --------
    >>> rules = PlantedMotifRules(length=4, observe_position=True)
    >>> rules.channels, rules.series.shapes.shape
    (('return', 'position'), (4, 4))
    """

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
        seed = require_whole("series_seed", series_seed, 0)
        self.series = PlantedSeries(n_shapes, length, noise, drift, hold, rate, seed)
        self.n_steps = require_whole("n_steps", n_steps, 1)
        self.cost = require_number("cost", cost, least=0)
        if position not in ("discrete", "continuous"):
            raise UsageError(f"position must be 'discrete' or 'continuous', got {position!r}")
        if not isinstance(observe_position, bool | np.bool_):
            raise UsageError(f"observe_position must be True or False, got {observe_position!r}")
        self.position: Literal["discrete", "continuous"] = position
        self.observe_position = bool(observe_position)

    @property
    def settings(self) -> dict[str, Any]:
        """The present settings, as the constructor takes them."""
        names = ("n_shapes", "length", "noise", "drift", "hold", "rate")
        own = ("n_steps", "cost", "position", "observe_position")
        return (
            {name: getattr(self.series, name) for name in names}
            | {name: getattr(self, name) for name in own}
            | {"series_seed": self.series.seed}
        )

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the observation columns."""
        return ("return", "position") if self.observe_position else ("return",)

    def observations_of(self, episode: Episode) -> FloatArray:
        """What an agent in this environment would have observed in an episode; see `planted_observations`."""
        return planted_observations(episode, observe_position=self.observe_position)

    def oracle_return(
        self, n_episodes: int = 1000, seed: int = 0, knows: Literal["drift", "shapes"] = "shapes"
    ) -> float:
        """Mean return of an episode for one who knows what an agent has to find out.

        Parameters
        ----------
        n_episodes : int
            Episodes to average over, at least 1.
        seed : int
            Draws the episodes, those that `as_vector(n_episodes).reset(seed=seed)` begins.
        knows : {"drift", "shapes"}
            "shapes": knows the shapes and rules, and reads off the returns which shape is running
            (`PlantedSeries.forecast`). It also earns within a shape, whose rest it foresees.
            "drift": is told the drift of the next return, as in `info`, which is 0 until a shape has ended, and
            nothing else.

        Returns
        -------
        float
            Without a cost "shapes" is the best that any agent can reach. With one, both move only when the
            next return is expected to earn the cost of a step by 1, which is good and not the best.

        Raises
        ------
        UsageError
            For other arguments.
        """
        n = require_whole("n_episodes", n_episodes, 1)
        rng = np_random(require_whole("seed", seed, 0))[0]
        if knows not in ("drift", "shapes"):
            raise UsageError(f"knows must be 'drift' or 'shapes', got {knows!r}")
        returns, _, drift = self.series.sample(n, self.n_steps + 2, rng)
        expected = drift[:, 1:] if knows == "drift" else self.series.forecast(returns[:, : self.n_steps])
        held, total = np.zeros(n), np.zeros(n)
        for t in range(self.n_steps):
            wanted = np.sign(expected[:, t]).astype(float)
            # Without a cost a position that promises nothing only adds to the spread.
            moves = np.abs(expected[:, t]) > self.cost if self.cost else np.ones(n, dtype=bool)
            position = np.where(moves, wanted, held)
            total += self._pay(held, position, returns[:, t + 1])
            held = position
        return float(total.mean())

    def _observation_space(self) -> spaces.Box:
        bounds = np.array([self.series.bound, 1.0][: len(self.channels)], np.float32)
        return spaces.Box(-bounds, bounds, dtype=np.float32)

    def _action_space(self) -> spaces.Discrete | spaces.Box:
        if self.position == "discrete":
            return spaces.Discrete(len(_POSITIONS))
        return spaces.Box(-1.0, 1.0, (1,), np.float32)

    def _position_of(self, action: Any) -> FloatArray:
        """(1,) position that the action asks for."""
        # Agents with a Gaussian head ask for positions beyond the bounds now and then, and mean the bound.
        if self.position == "discrete":
            return np.asarray(_POSITIONS[[require_action(action, len(_POSITIONS))]])
        return require_positions("action", action, ((1,), ()), clip=True)

    def _positions_of(self, actions: npt.ArrayLike, n_envs: int) -> FloatArray:
        """(n_envs,) positions that the actions ask for."""
        if self.position == "discrete":
            return np.asarray(_POSITIONS[require_actions(actions, n_envs, len(_POSITIONS))])
        return require_positions("actions", actions, ((n_envs, 1), (n_envs,)), clip=True)

    def _pay(self, before: FloatArray, position: FloatArray, next_return: npt.NDArray[Any]) -> FloatArray:
        """Rewards for going from one position to the next and holding that over the next return."""
        paid: FloatArray = position * next_return.astype(float) - self.cost * np.abs(position - before)
        return paid

    def _observe(self, returns: npt.NDArray[Any], positions: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """(..., channels) observations of (...) returns while these positions are held."""
        rows = observation_rows(returns, positions if self.observe_position else None)
        return rows.astype(np.float32)
