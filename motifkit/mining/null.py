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
    which gives p-values. The two never mix, so the data and the mined surrogates meet the same references. Surrogates
    that are mined keep any correlation at lags.

    Parameters
    ----------
    dataset : TrajectoryDataset
    length, normalize, joint
        As in `collect_windows`.
    seed : int
        Surrogate `i` depends on the seed and on `i` alone, whatever else is drawn.
    least_correlation : float
        Correlation at lags, up to which references do not keep it.

    Attributes
    ----------
    kind : {"increments", "values"}
        What surrogates keep in random order.
    keeps_correlation : bool
        Whether these foretell each other; the surrogates that are mined then keep the correlation at lags.
    keeps_volatility_clustering : bool
        Whether volatility comes in bursts, in one episode at least; surrogates have them where the data do.
    """

    def __init__(
        self,
        dataset: TrajectoryDataset,
        length: int,
        normalize: Normalize,
        *,
        joint: bool,
        seed: int,
        least_correlation: float = 0.0,
    ) -> None:
        self.dataset = dataset
        self.length = length
        self.normalize: Normalize = normalize
        self.joint = joint
        self.seed = seed
        self._mined = Surrogates(dataset)
        self.kind = self._mined.kind
        self.keeps_correlation = self._mined.keeps_correlation
        self.keeps_volatility_clustering = self._mined.keeps_volatility_clustering
        self._references = self._mined
        if self.keeps_correlation and least_correlation:
            self._references = Surrogates(dataset, self.kind, least_correlation)
        size = max(1, dataset.n_steps)
        self.n_references = int(np.clip(_MOST_WINDOWS // size, _FEWEST_REFERENCES, _MOST_REFERENCES))

    @property
    def is_walk(self) -> bool:
        """Whether increments are what is exchangeable."""
        return self.kind == "increments"

    def references(self, run: Map = one_by_one) -> list[Float32Array]:
        """Points (n, d) of the windows of each reference surrogate; those without any are left out."""
        drawn = run(
            lambda i: self._draw(self._references, 0, i).points.astype(np.float32), range(self.n_references)
        )
        return [points for points in drawn if len(points)]

    def sample(self, i: int) -> Windows:
        """Windows of the `i`-th surrogate that is to be mined."""
        return self._draw(self._mined, 1, i)

    def _draw(self, surrogates: Surrogates, stream: int, i: int) -> Windows:
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(stream, i)))
        return collect_windows(surrogates.draw(rng), self.length, self.normalize, joint=self.joint)
