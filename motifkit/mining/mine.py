"""From a dataset to ranked, tested motifs: `mine()`, the same for every miner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np

from motifkit import __version__
from motifkit.arguments import require_whole
from motifkit.io.prices import as_dataset
from motifkit.mining.arguments import checked_options
from motifkit.mining.distances import Float32Array
from motifkit.mining.frame import Frame, usable_windows
from motifkit.mining.many_series import counted_everywhere, sampled_stretches
from motifkit.mining.null import NullModel, Progress
from motifkit.mining.occurrences import label_of, occurrences_of
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.select import MotifSet
from motifkit.mining.significance import p_values, q_values, surrogate_maxima
from motifkit.mining.threads import n_usable_cores, one_blas_thread, side_by_side
from motifkit.mining.windows import Windows
from motifkit.types import (
    FloatArray,
    Method,
    MiningResult,
    Motif,
    Normalize,
    TrajectoryDataset,
    Transform,
)

if TYPE_CHECKING:
    from motifkit.io.prices import Data
    from motifkit.io.series import NaPolicy

_LEAST_OF_SAX = 0.3  # correlation at lags, up to which its references do not keep it

Miner: TypeAlias = Callable[[Windows, list[Float32Array], int], list[MotifSet]]


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
        Most motifs to list. Those that chance explains are listed too; `Motif.is_significant` tells them apart.
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
    horizon = length if horizon is None else horizon
    require_whole("length", length, 3)
    require_whole("n_motifs", n_motifs, 1)
    require_whole("n_surrogates", n_surrogates, 0)
    require_whole("horizon", horizon, 1)
    require_whole("seed", seed, 0)
    require_whole("n_threads", 1 if n_threads is None else n_threads, 1)
    options = checked_options(method, normalize, length, options)
    dataset = as_dataset(data, column=column, columns=columns, transform=transform, na=na)
    sample = sampled_stretches(dataset, length, seed)
    if sample is not None:
        usual = {"normalize": normalize, "joint": joint, "n_surrogates": n_surrogates, "horizon": horizon}
        again = {**usual, "seed": seed, "n_threads": n_threads, "progress": progress, **options}
        found = mine(sample, length, method, n_motifs, **again)
        return counted_everywhere(found, sample, dataset, horizon)
    frame = Frame.of(dataset, normalize)
    windows = usable_windows(dataset, frame, length, joint=joint)
    null = null_of(method, frame.apply(dataset), length, normalize, joint=joint, seed=seed)
    threads = n_threads or n_usable_cores()
    with one_blas_thread():
        sets, maxima = _mine_and_test(
            windows,
            null,
            miner_of(method, seed, options, n_threads=threads, exchange=not null.is_walk),
            miner_of(method, seed, options, for_surrogates=True, exchange=not null.is_walk),
            n_motifs,
            n_surrogates,
            threads,
            progress,
        )
    motifs = add_outcomes(_motifs(sets, maxima, windows, dataset, frame), dataset, horizon)
    parameters = {
        "length": length,
        "n_motifs": n_motifs,
        "normalize": normalize,
        "joint": joint,
        "n_surrogates": n_surrogates,
        "n_surrogates_mined": len(maxima),
        "surrogate_kind": null.kind,
        "surrogates_keep_correlation": null.keeps_correlation,
        "surrogates_keep_bursts": null.keeps_bursts,
        "horizon": horizon,
        "seed": seed,
        **({"n_series": len(dataset.episodes)} if len(dataset.episodes) > 1 else {}),
        **options,
    }
    return MiningResult(
        motifs=motifs,
        method=method,
        parameters=parameters,
        channels=dataset.channels,
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        transform=dataset.transform,
        n_steps=dataset.n_steps,
        version=__version__,
    )


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


def _mine_and_test(
    windows: Windows,
    null: NullModel,
    miner: Miner,
    surrogate_miner: Miner,
    n_motifs: int,
    n_surrogates: int,
    n_threads: int,
    progress: Progress | None,
) -> tuple[list[MotifSet], FloatArray]:
    """Motif sets, and the best score of each surrogate."""
    if progress is not None:
        progress("motifs", 0, 1)
    with side_by_side(n_threads) as run:
        references = null.references(run)
    sets = miner(windows, references, n_motifs) if references else []
    if progress is not None:
        progress("motifs", 1, 1)

    def best_score(surrogate: Windows) -> float:
        if not len(surrogate):  # its few steps fell on gaps
            return 0.0
        return max((found.score for found in surrogate_miner(surrogate, references, n_motifs)), default=0.0)

    if not sets or not n_surrogates:
        return sets, np.empty(0)
    best = max(found.score for found in sets)
    maxima = surrogate_maxima(
        null, best_score, n_surrogates, best_found=best, n_threads=n_threads, progress=progress
    )
    return sets, maxima


def null_of(
    method: Method, dataset: TrajectoryDataset, length: int, normalize: Normalize, *, joint: bool, seed: int
) -> NullModel:
    """What chance looks like to a method.

    A smooth shape that occurs often makes rows correlated a little. Few letters tell little more of a word than how
    smooth it is, so that to SAX such a shape would be hidden among references that are as smooth.
    """
    least = _LEAST_OF_SAX if method == "sax" else 0.0
    return NullModel(dataset, length, normalize, joint=joint, seed=seed, least_correlation=least)


def miner_of(
    method: Method,
    seed: int,
    options: Mapping[str, Any],
    *,
    for_surrogates: bool = False,
    n_threads: int = 1,
    exchange: bool = False,
) -> Miner:
    """Miner of a method, its options already checked.

    Surrogates are mined in few passes, for three sets, by the miner that otherwise makes several, on `n_threads`, with
    `exchange` as in `mine_profile`; SAX and DTW have one way, on one thread.
    """
    if method == "sax":
        from motifkit.mining.sax import mine_sax

        return partial(mine_sax, **options)
    if method == "dtw":
        from motifkit.mining.dtw import mine_dtw

        return partial(mine_dtw, seed=seed, **options)
    from motifkit.mining.matrix_profile import mine_profile, mine_surrogate

    if for_surrogates:
        return lambda windows, null, _: mine_surrogate(windows, null, exchange=exchange)
    return partial(mine_profile, seed=seed, n_threads=n_threads, exchange=exchange)


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
