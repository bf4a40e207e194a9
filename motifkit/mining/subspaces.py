"""Motifs of the channels that matter: every choice of so many is mined, the most surprising one is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.io.channels import with_channels
from motifkit.io.prices import as_dataset
from motifkit.mining.arguments import MiningConfig
from motifkit.mining.choices import Choice, tested
from motifkit.mining.many_series import counted_everywhere, sampled_stretches
from motifkit.mining.match import with_match_counts
from motifkit.mining.null import Progress
from motifkit.types import Method, MiningResult, Normalize, TrajectoryDataset

if TYPE_CHECKING:
    from motifkit.io.prices import Data

MOST_CHOICES = 70  # 4 of 8 channels; each choice is mined, and mined again in each surrogate


def mine_subspaces(
    data: Data,
    length: int = 4,
    n_channels: int = 2,
    method: Method = "matrix_profile",
    n_motifs: int = 10,
    *,
    normalize: Normalize = "zscore",
    joint: bool = False,
    n_surrogates: int = 99,
    horizon: int | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> MiningResult:
    """Find the most surprising patterns in those channels that hold the most surprising one.

    Channels that have no part in a pattern hide it when windows of all are compared. So every choice of `n_channels` is
    mined, and the one with the highest score is kept. Each surrogate is mined with every choice too, and its best score
    over all of them is what the motifs are tested against: choosing the channels is paid for (Westfall & Young 1993).

    Parameters
    ----------
    data : path, DataFrame, array, list or TrajectoryDataset
        See `motifkit.as_dataset`; all numeric columns of a frame or file are channels. Make a dataset first to leave
        some out, or to take transforms.
    length : int
        Rows of a motif.
    n_channels : int
        Channels to choose, at least 1; at most 70 choices.
    method, n_motifs, normalize, joint, n_surrogates, horizon, seed, n_threads, progress, **options
        As in `motifkit.mine`.

    Returns
    -------
    MiningResult
        With the chosen channels alone. A note names the others.

    Raises
    ------
    UsageError, DataError
        As in `motifkit.mine`; when there are fewer channels, or too many choices.

    References
    ----------
    Yeh, Kavantzas and Keogh (2017), Matrix profile VI: meaningful multidimensional motif discovery.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=600, n_shapes=1, length=16, count=10, seed=0)
    >>> noise = np.random.default_rng(0).standard_normal((600, 2))
    >>> data = np.column_stack([noise[:, 0], values, noise[:, 1]])
    >>> mine_subspaces(data, 16, 1, n_motifs=1, n_surrogates=0).channels
    ('1',)
    """
    require_whole("n_channels", n_channels, 1)
    config = MiningConfig(
        length=length,
        method=method,
        n_motifs=n_motifs,
        normalize=normalize,
        joint=joint,
        n_surrogates=n_surrogates,
        horizon=length if horizon is None else horizon,
        seed=seed,
        n_threads=n_threads,
        progress=progress,
        options=options,
    )
    dataset = as_dataset(data, columns="all")
    _require_choices(dataset, n_channels)
    sample = sampled_stretches(dataset, length, seed)
    here = dataset if sample is None else sample
    choices = [
        Choice(with_channels(here, some), config) for some in combinations(dataset.channels, n_channels)
    ]
    each = [choice.mined() for choice in choices]
    best = int(np.argmax([result.motifs[0].score if result.motifs else -np.inf for result in each]))
    kept = tested(each[best], choices[best], choices)
    kept = replace(
        kept,
        parameters={**kept.parameters, "n_channels": n_channels, "n_choices": len(choices)},
        notes=(*kept.notes, _note(dataset.channels, kept.channels, len(choices))),
    )
    chosen = choices[best].dataset
    if sample is None:
        return with_match_counts(kept, chosen)
    return counted_everywhere(kept, chosen, with_channels(dataset, kept.channels), config.horizon)


def _require_choices(dataset: TrajectoryDataset, n_channels: int) -> None:
    n = len(dataset.channels)
    if n_channels > n:
        raise DataError(
            f"{n_channels} channels cannot be chosen out of {n} ({', '.join(dataset.channels)}); choose fewer, or read "
            "more columns"
        )
    if comb(n, n_channels) > MOST_CHOICES:
        raise UsageError(
            f"{n_channels} of {n} channels can be chosen in {comb(n, n_channels):,} ways, more than {MOST_CHOICES}; "
            "name fewer columns"
        )


def _note(names: Sequence[str], chosen: Sequence[str], n_choices: int) -> str:
    left = [name for name in names if name not in chosen]
    if not left:
        return f"all channels were taken: {', '.join(chosen)}"
    return (
        f"channels {', '.join(chosen)} were chosen out of {n_choices} choices, which p and q account for; left out: "
        f"{', '.join(left)}"
    )
