"""Whether chance explains a motif: p-values from re-mined surrogates, q-values over the motifs that are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from motifkit.mining.null import Progress
from motifkit.mining.threads import side_by_side
from motifkit.types import FloatArray

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

ENOUGH = 10  # surrogates at least as surprising as the best motif settle that chance explains it
_FEWEST_FOR_TAIL = 19


class Draws(Protocol[T_co]):
    """What surrogates are drawn from, for example a `NullModel`."""

    def sample(self, i: int, /) -> T_co:
        """The `i`-th surrogate, cut into windows."""


def surrogate_maxima(
    null: Draws[T],
    best_score: Callable[[T], float],
    n_surrogates: int,
    *,
    best_found: float,
    n_threads: int = 1,
    progress: Progress | None = None,
) -> FloatArray:
    """Score of the most surprising motif of each surrogate.

    Mining stops early once `ENOUGH` surrogates reach the score of the data's best motif (Besag & Clifford 1991): no
    motif can become significant any more, and their share is estimated well enough.

    Parameters
    ----------
    null : Draws
        A `NullModel`, or what draws surrogates like one.
    best_score : callable
        Mines windows and gives the score of the best motif, 0 for none.
    n_surrogates : int
    best_found : float
        Score of the best motif of the data.
    n_threads : int
        Surrogates mined side by side; the result does not depend on it.
    progress : callable, optional
        Called as ``progress("surrogates", done, total)``.

    Returns
    -------
    (n,) float array
        `n_surrogates` values, or fewer when it stopped early.
    """
    maxima: list[float] = []
    n_reached = 0
    for score in _in_order(lambda i: best_score(null.sample(i)), n_surrogates, n_threads):
        maxima.append(score)
        n_reached += score >= best_found
        if progress is not None:
            progress("surrogates", len(maxima), n_surrogates)
        if n_reached >= ENOUGH:
            break
    return np.array(maxima)


def p_values(scores: npt.ArrayLike, maxima: FloatArray) -> FloatArray:
    """Share of surrogates whose best motif is at least as surprising, counting the data as one more.

    Choosing the best of many windows is paid for, because the same choice was made in every surrogate: these are
    maximum-statistic p-values (Westfall & Young 1993).

    Parameters
    ----------
    scores : (k,) float array
        Of the motifs.
    maxima : (n,) float array
        Of the surrogates.

    Returns
    -------
    (k,) float array
        At least 1 / (n + 1).

    Examples
    --------
    >>> p_values([9.0, 2.5], np.array([1.0, 2.0, 3.0]))
    array([0.25, 0.5 ])
    """
    reached = (np.asarray(maxima)[None, :] >= np.asarray(scores, float)[:, None]).sum(axis=1)
    return np.asarray((1 + reached) / (1 + len(maxima)))


def tail_p_values(scores: npt.ArrayLike, maxima: FloatArray) -> FloatArray:
    """p-values beyond the resolution of the surrogates, from an exponential tail over their largest quarter.

    With k excesses of mean b over the threshold u, a new excess exceeds s - u with the chance
    (1 + (s - u) / (k b))**-k, which allows for b being estimated (a predictive F distribution). After
    Knijnenburg et al. 2009, with the exponential in place of the generalised Pareto.

    Parameters
    ----------
    scores, maxima
        As in `p_values`.

    Returns
    -------
    (k,) float array
        Those of `p_values` where at least 10 surrogates reach the score, or where there are fewer than 19 surrogates.

    Examples
    --------
    >>> maxima = -np.log(np.linspace(0.01, 0.99, 99))
    >>> bool(tail_p_values([10.0], maxima)[0] < 1e-3)
    True
    """
    scores = np.asarray(scores, float)
    counted = p_values(scores, maxima)
    n = len(maxima)
    if n < _FEWEST_FOR_TAIL:
        return counted
    k = n // 4
    ordered = np.sort(maxima)[::-1]
    threshold = ordered[k]
    scale = max(float((ordered[:k] - threshold).mean()), 1e-9)
    tail = k / (n + 1) * (1 + np.maximum(scores - threshold, 0) / (k * scale)) ** -float(k)
    reached = (ordered[None, :] >= scores[:, None]).sum(axis=1)
    return np.asarray(np.where(reached < ENOUGH, tail, counted))


def q_values(scores: npt.ArrayLike, maxima: FloatArray) -> FloatArray:
    """False discovery rate at which each listed motif would still be called significant.

    Benjamini & Hochberg (1995) over the tail p-values, and never below the plain p-value: what the surrogates cannot
    resolve is not claimed.

    Examples
    --------
    >>> maxima = -np.log(np.linspace(0.01, 0.99, 99))
    >>> q_values([40.0, 1.0], maxima).round(2)
    array([0.01, 0.37])
    """
    return np.maximum(benjamini_hochberg(tail_p_values(scores, maxima)), p_values(scores, maxima))


def benjamini_hochberg(p: npt.ArrayLike) -> FloatArray:
    """Step-up adjusted p-values; NaN stays NaN and is not counted.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    p = np.asarray(p, float)
    q = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(-p[known], kind="stable")]
    n = len(order)
    q[order] = np.minimum(np.minimum.accumulate(p[order] * n / np.arange(n, 0, -1)), 1.0)
    return q


def _in_order(job: Callable[[int], float], n: int, n_threads: int) -> Iterator[float]:
    """Results of jobs 0 to n - 1 in this order, a few of them computed ahead."""
    with side_by_side(n_threads) as run:
        for start in range(0, n, 2 * n_threads):
            yield from run(job, range(start, min(n, start + 2 * n_threads)))
