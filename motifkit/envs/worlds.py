"""Hidden cue-to-action maps, and when the next one takes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from motifkit.arguments import require_whole
from motifkit.errors import UsageError
from motifkit.types import IntArray

_N_WORLDS = 2**31


def world_map(world: int, n_cues: int, n_actions: int) -> IntArray:
    """Right action for each cue in a world.

    Parameters
    ----------
    world : int
        Seed of the map: equal worlds have equal maps.
    n_cues, n_actions : int
        Sizes.

    Returns
    -------
    (n_cues,) int64 array
        Each 0 .. n_actions - 1, drawn uniformly and independently.

    Examples
    --------
    >>> world_map(3, n_cues=8, n_actions=4)
    array([3, 0, 0, 0, 0, 3, 3, 2])
    """
    return np.random.default_rng(world).integers(n_actions, size=n_cues)


class Worlds:
    """The running world, and the count of its rounds.

    Parameters
    ----------
    n_cues, n_actions : int
        Sizes of the map.

    Attributes
    ----------
    world : int
        The running one; -1 before the first.
    round : int
        0-based number of the running round within its world.
    mapping : (n_cues,) int64 array
        Right action for each cue.

    Examples
    --------
    >>> worlds = Worlds(n_cues=8, n_actions=4)
    >>> worlds.begin_round(np.random.default_rng(0), {"world": 7}, rounds_per_world=2, seeded=False)
    >>> worlds.begin_round(np.random.default_rng(0), {}, rounds_per_world=2, seeded=False)
    >>> worlds.world, worlds.round
    (7, 1)
    """

    def __init__(self, n_cues: int, n_actions: int) -> None:
        self._n_actions = n_actions
        self.world = -1
        self.round = 0
        self.mapping: IntArray = np.zeros(n_cues, np.int64)

    def begin_round(
        self, rng: np.random.Generator, options: Mapping[str, Any], *, rounds_per_world: int, seeded: bool
    ) -> None:
        """Go on with the world for another round, or change it.

        Parameters
        ----------
        rng : Generator
            Draws a new world, when one is due.
        options : mapping
            `world` and `round` as in the reset of `CueMappingEnv`; the rest is not looked at.
        rounds_per_world : int
            Rounds after which a world is over, unless it is asked for by number.
        seeded : bool
            Whether the reset carried a seed: a new world is due then.

        Raises
        ------
        UsageError
            When an option is no whole number, or `round` comes without `world`.
        """
        asked = options.get("world")
        if asked is None:
            if options.get("round") is not None:
                raise UsageError("the reset option round needs the option world, whose round it is")
            if not seeded and 0 <= self.world and self.round + 1 < rounds_per_world:
                self.round += 1
            else:
                self._enter(int(rng.integers(_N_WORLDS)), 0)
            return
        world = require_whole("world", asked, 0)
        n_before = self.round + 1 if world == self.world else 0
        asked_round = options.get("round")
        self._enter(world, n_before if asked_round is None else require_whole("round", asked_round, 0))

    def _enter(self, world: int, number: int) -> None:
        if world != self.world:
            self.mapping = world_map(world, len(self.mapping), self._n_actions)
        self.world, self.round = world, number
