"""From a dataset to ranked, tested motifs: `mine()`, the same for every miner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from motifkit.io.prices import as_dataset
from motifkit.io.series import repair_notes
from motifkit.mining.arguments import MiningConfig
from motifkit.mining.frame import Frame, usable_windows
from motifkit.mining.many_series import counted_everywhere, sampled_stretches
from motifkit.mining.match import with_match_counts
from motifkit.mining.miners import miner_of, null_of, surrogate_miner_of
from motifkit.mining.null import NullModel, Progress
from motifkit.mining.occurrences import label_of, occurrences_of
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.select import MotifSet
from motifkit.mining.significance import p_values, q_values, surrogate_maxima
from motifkit.mining.threads import one_blas_thread, side_by_side
from motifkit.mining.windows import Windows
from motifkit.types import FloatArray, Method, MiningResult, Motif, Normalize, TrajectoryDataset, Transform
from motifkit.version import __version__

if TYPE_CHECKING:
    from motifkit.io.prices import Data
    from motifkit.io.series import NaPolicy


def mine(
    data: Data,
    length: int = 4,
    method: Method = "matrix_profile",
    n_motifs: int = 10,
    *,
    normalize: Normalize = "zscore",
    joint: bool = False,
    n_surrogates: int = 99,
    horizon: int | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    column: str | None = None,
    columns: Sequence[str] | None = None,
    transform: Transform = "level",
    na: NaPolicy = "error",
    progress: Progress | None = None,
    **options: Any,
) -> MiningResult:
    """Find the most surprising recurring patterns of a series, and say whether chance explains them.

    Parameters
    ----------
    data : path, Series, DataFrame, array, list or TrajectoryDataset
        See `motifkit.as_dataset`, which also explains `column`, `columns`, `transform` and `na`. Of several series
        with more than 50,000 rows in all, motifs are found and tested on random stretches of about 20,000 rows and
        then counted in all (`motifkit.mining.many_series`).
    length : int
        Rows of a motif, at least 3.
    method : {"matrix_profile", "sax", "dtw"}
        Nearest neighbours and a scan statistic; frequent SAX words; DTW clusters of candidate occurrences.
    n_motifs : int
        Most motifs to find. They compete for windows, so another number may give others, not just more. Those that
        chance explains are listed too; `Motif.is_significant` tells them apart.
    normalize : {"zscore", "mean", "none"}
        What of a window does not count: level and scale, level, or nothing. SAX needs "zscore".
    joint : bool
        Whether the channels of a window share one mean and scale, as the prices of a candle should.
    n_surrogates : int
        Surrogates that are mined for p- and q-values, which are NaN for 0. Fewer are mined where ten of them already
        reach the best motif.
    horizon : int, optional
        Bars of the forward returns in `Motif.outcome`. None means `length`.
    seed : int
        Of everything random. Equal seeds give equal results, whatever `n_threads` is.
    n_threads : int, optional
        Passes made, and surrogates mined, at a time. None takes every core.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    **options
        Of the miner: `n_segments`, `alphabet_size` for SAX; `n_clusters`, `warping_window` for DTW.

    Returns
    -------
    MiningResult
        Motifs, most surprising first; none when no window has a second one like it.

    Raises
    ------
    UsageError
        For an argument that is unusable whatever the data.
    DataError
        When the data are too short, constant, or have missing values and `na="error"`.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, truth = planted_series(n=600, n_shapes=2, length=16, count=10, seed=0)
    >>> result = mine(values, length=16, n_surrogates=19, n_motifs=2)
    >>> [motif.count for motif in result.motifs]
    [10, 10]
    """
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
    dataset = as_dataset(data, column=column, columns=columns, transform=transform, na=na)
    sample = sampled_stretches(dataset, length, seed)
    if sample is None:
        return with_match_counts(mine_whole(dataset, config), dataset)
    return counted_everywhere(mine_whole(sample, config), sample, dataset, config.horizon)


def mine_all(data: Data, length: int = 4, n_motifs: int = 10, **arguments: Any) -> dict[str, MiningResult]:
    """Results of all three miners on the same data, by method.

    Parameters
    ----------
    data, length, n_motifs, **arguments
        As in `mine`.

    Examples
    --------
    >>> walk = np.random.default_rng(0).normal(size=300).cumsum()
    >>> list(mine_all(walk, n_surrogates=0))
    ['matrix_profile', 'sax', 'dtw']
    """
    read = {
        name: arguments.pop(name) for name in ("column", "columns", "transform", "na") if name in arguments
    }
    dataset = as_dataset(data, **read)
    return {method: mine(dataset, length, method, n_motifs, **arguments) for method in get_args(Method)}


def mine_whole(dataset: TrajectoryDataset, config: MiningConfig) -> MiningResult:
    """Motifs of all rows of a dataset, however many these are.

    Raises
    ------
    DataError
        As in `mine`.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> data = as_dataset(planted_series(n=600, n_shapes=2, length=16, count=10, seed=0)[0])
    >>> config = MiningConfig(16, "matrix_profile", 2, "zscore", False, 0, 16, 0, None, None, {})
    >>> [motif.count for motif in mine_whole(data, config).motifs]
    [10, 10]
    """
    frame = Frame.of(dataset, config.normalize)
    windows = usable_windows(dataset, frame, config.length, joint=config.joint)
    null = null_of(dataset, config)
    with one_blas_thread():
        sets, maxima = _mine_and_test(windows, null, config)
    parameters = {
        "length": config.length,
        "n_motifs": config.n_motifs,
        "normalize": config.normalize,
        "joint": config.joint,
        "n_surrogates": config.n_surrogates,
        "n_surrogates_mined": len(maxima),
        "surrogate_kind": null.kind,
        "surrogates_keep_correlation": null.keeps_correlation,
        "surrogates_keep_volatility_clustering": null.keeps_volatility_clustering,
        "horizon": config.horizon,
        "price_column": dataset.price,
        "seed": config.seed,
        **({"n_series": len(dataset.episodes)} if len(dataset.episodes) > 1 else {}),
        **config.options,
    }
    return MiningResult(
        motifs=add_outcomes(_motifs(sets, maxima, windows, dataset, frame), dataset, config.horizon),
        method=config.method,
        parameters=parameters,
        channels=dataset.channels,
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        transform=dataset.transform,
        n_steps=dataset.n_steps,
        version=__version__,
        notes=repair_notes(dataset),
    )


def _mine_and_test(
    windows: Windows, null: NullModel, config: MiningConfig
) -> tuple[list[MotifSet], FloatArray]:
    """Motif sets, and the best score of each surrogate."""
    progress = config.progress
    if progress is not None:
        progress("motifs", 0, 1)
    with side_by_side(config.threads) as run:
        references = null.references(run)
    miner = miner_of(config, exchange=not null.is_walk)
    sets = miner(windows, references, config.n_motifs) if references else []
    if progress is not None:
        progress("motifs", 1, 1)
    if not sets or not config.n_surrogates:
        return sets, np.empty(0)
    surrogate_miner = surrogate_miner_of(config, exchange=not null.is_walk)

    def best_score(surrogate: Windows) -> float:
        if not len(surrogate):  # its few steps fell on gaps
            return 0.0
        found = surrogate_miner(surrogate, references, config.n_motifs)
        return max((one.score for one in found), default=0.0)

    maxima = surrogate_maxima(
        null,
        best_score,
        config.n_surrogates,
        best_found=max(found.score for found in sets),
        n_threads=config.threads,
        progress=progress,
    )
    return sets, maxima


def _motifs(
    sets: list[MotifSet],
    maxima: FloatArray,
    windows: Windows,
    dataset: TrajectoryDataset,
    frame: Frame,
) -> list[Motif]:
    scores = np.array([found.score for found in sets])
    unknown = np.full(len(sets), np.nan)
    tested = bool(len(maxima) and len(sets))
    p = p_values(scores, maxima) if tested else unknown
    q = q_values(scores, maxima) if tested else unknown
    return [
        Motif(
            prototype=frame.leave(found.prototype.reshape(windows.length, windows.n_channels)),
            occurrences=occurrences_of(found.windows_idx, found.distances * frame.unit, windows, dataset),
            radius=float(found.distances.max()) * frame.unit,
            score=found.score,
            expected_count=found.expected_count,
            p_value=float(p[i]),
            q_value=float(q[i]),
            label=label_of(i),
            words=found.words,
        )
        for i, found in enumerate(sets)
    ]
