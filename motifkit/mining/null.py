"""What chance looks like: the surrogates that a mining run measures its motifs against."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from motifkit.mining.distances import Float32Array
from motifkit.mining.surrogates import Surrogates
from motifkit.mining.threads import Map, one_by_one
from motifkit.mining.windows import Windows, collect_windows
from motifkit.types import Normalize, TrajectoryDataset

Progress: TypeAlias = Callable[[str, int, int], None]

_MOST_WINDOWS = 2_000_000  # in all reference surrogates together
_MOST_REFERENCES, _FEWEST_REFERENCES = 32, 4


class NullModel:
    """Draws surrogates of a dataset, each from a random stream of its own.

    The reference surrogates say how many windows lie near a query by chance; further ones are mined like the data,
    which gives p-values. The two never mix, so the data and the mined surrogates meet the same references.

    Parameters
    ----------
    dataset : TrajectoryDataset
    length, normalize, joint
        As in `collect_windows`.
    seed : int
        Surrogate `i` depends on the seed and on `i` alone, whatever else is drawn.

    Attributes
    ----------
    kind : {"increments", "values", "innovations"}
        What surrogates keep in random order.
    keeps_bursts : bool
        Whether volatility comes in bursts, in one episode at least; surrogates have them where the data do.
    """

    def __init__(
        self, dataset: TrajectoryDataset, length: int, normalize: Normalize, *, joint: bool, seed: int
    ) -> None:
        self.dataset = dataset
        self.length = length
        self.normalize: Normalize = normalize
        self.joint = joint
        self.seed = seed
        self._surrogates = Surrogates(dataset)
        self.kind = self._surrogates.kind
        self.keeps_bursts = self._surrogates.keeps_bursts
        size = max(1, dataset.n_steps)
        self.n_references = int(np.clip(_MOST_WINDOWS // size, _FEWEST_REFERENCES, _MOST_REFERENCES))

    @property
    def is_walk(self) -> bool:
        """Whether increments are what is exchangeable."""
        return self.kind == "increments"

    def references(self, run: Map = one_by_one) -> list[Float32Array]:
        """Points (n, d) of the windows of each reference surrogate; those without any are left out."""
        drawn = run(lambda i: self._draw(0, i).points.astype(np.float32), range(self.n_references))
        return [points for points in drawn if len(points)]

    def sample(self, i: int) -> Windows:
        """Windows of the `i`-th surrogate that is to be mined."""
        return self._draw(1, i)

    def _draw(self, stream: int, i: int) -> Windows:
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(stream, i)))
        copy = self._surrogates.draw(rng)
        return collect_windows(copy, self.length, self.normalize, joint=self.joint)
