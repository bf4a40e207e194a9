"""The three miners behind one call, and what chance looks like to each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from motifkit.mining.arguments import MiningConfig
from motifkit.mining.distances import Float32Array
from motifkit.mining.null import NullModel
from motifkit.mining.select import MotifSet
from motifkit.mining.windows import Windows
from motifkit.types import TrajectoryDataset

_LEAST_OF_SAX = 0.3  # correlation at lags, up to which its references do not keep it

Miner: TypeAlias = Callable[[Windows, list[Float32Array], int], list[MotifSet]]


def null_of(dataset: TrajectoryDataset, config: MiningConfig) -> NullModel:
    """What chance looks like to a method.

    A smooth shape that occurs often makes rows correlated a little. Few letters tell little more of a word than how
    smooth it is, so that to SAX such a shape would be hidden among references that are as smooth.
    """
    return NullModel(
        dataset,
        config.length,
        config.normalize,
        joint=config.joint,
        seed=config.seed,
        least_correlation=_LEAST_OF_SAX if config.method == "sax" else 0.0,
    )


def miner_of(config: MiningConfig, *, exchange: bool) -> Miner:
    """Miner of the data: the default one makes several passes side by side, with `exchange` as in `mine_profile`."""
    if config.method != "matrix_profile":
        return _single_pass_miner(config)
    from motifkit.mining.matrix_profile import mine_profile

    return partial(mine_profile, seed=config.seed, n_threads=config.threads, exchange=exchange)


def surrogate_miner_of(config: MiningConfig, *, exchange: bool) -> Miner:
    """Miner of a surrogate, on one thread: where `miner_of` makes several passes, few and for three sets."""
    if config.method != "matrix_profile":
        return _single_pass_miner(config)
    from motifkit.mining.matrix_profile import mine_surrogate

    return lambda windows, null, _: mine_surrogate(windows, null, exchange=exchange)


def _single_pass_miner(config: MiningConfig) -> Miner:
    """SAX and DTW, which have one way to mine data and surrogates."""
    if config.method == "sax":
        from motifkit.mining.sax import mine_sax

        return partial(mine_sax, **config.options)
    from motifkit.mining.dtw import mine_dtw

    return partial(mine_dtw, seed=config.seed, **config.options)
