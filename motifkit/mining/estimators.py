"""The three miners as scikit-learn estimators: `fit`, `motifs_`, `predict`, `get_params`, `clone`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from motifkit.io.prices import as_dataset
from motifkit.mining.frame import Frame, usable_windows
from motifkit.mining.match import label_windows
from motifkit.mining.mine import mine
from motifkit.types import IntArray, Method, MiningResult, Motif, Normalize

if TYPE_CHECKING:
    from typing import Self

    from motifkit.io.prices import Data


class _Miner(BaseEstimator):  # type: ignore[misc]  # scikit-learn carries no types
    """What the three share; subclasses name their method and their own parameters."""

    method: ClassVar[Method]
    _own: ClassVar[tuple[str, ...]] = ()

    result_: MiningResult

    def fit(self, X: Data, y: object = None) -> Self:
        """Mine a series.

        Parameters
        ----------
        X : (T,) or (T, channels) array, Series, DataFrame or TrajectoryDataset
        y : ignored
            Present because scikit-learn passes it.

        Returns
        -------
        self
            With `result_` (MiningResult) and `motifs_` (its motifs).
        """
        names = ("length", "n_motifs", "normalize", "joint", "n_surrogates", "horizon", "n_threads")
        arguments = {name: getattr(self, name) for name in names}
        arguments |= {name: value for name in self._own if (value := getattr(self, name)) is not None}
        self.result_ = mine(X, method=self.method, seed=self.random_state, **arguments)
        return self

    @property
    def motifs_(self) -> tuple[Motif, ...]:
        """Motifs of the fitted series, most surprising first."""
        check_is_fitted(self, "result_")
        return self.result_.motifs

    def predict(self, X: Data) -> IntArray:
        """Motif that each window belongs to.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        (n_windows,) int array
            One label per window, T - length + 1 an episode, episodes one after another: index into `motifs_`, or -1
            for windows of no motif, constant ones and those with missing values.
        """
        check_is_fitted(self, "result_")
        dataset = as_dataset(X)
        frame = Frame.of(dataset, self.normalize)
        windows = usable_windows(dataset, frame, self.length, joint=self.joint)
        sizes = [max(0, len(e) - self.length + 1) for e in dataset.episodes]
        offset = np.concatenate([[0], np.cumsum(sizes)])
        labels = np.full(offset[-1], -1, dtype=np.int64)
        labels[offset[windows.episode] + windows.start] = label_windows(self.result_, windows, frame)
        return labels

    def fit_predict(self, X: Data, y: object = None) -> IntArray:
        """Mine a series and label its windows."""
        return self.fit(X).predict(X)


class MatrixProfileMiner(_Miner):
    """Motifs from nearest neighbours and a scan statistic; see `motifkit.mine` for the parameters.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> miner = MatrixProfileMiner(length=16, n_motifs=2, n_surrogates=0).fit(values)
    >>> [motif.count for motif in miner.motifs_], miner.predict(values).shape
    ([10, 10], (985,))
    """

    method = "matrix_profile"

    def __init__(
        self,
        length: int = 4,
        n_motifs: int = 10,
        *,
        normalize: Normalize = "zscore",
        joint: bool = False,
        n_surrogates: int = 99,
        horizon: int | None = None,
        n_threads: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.length = length
        self.n_motifs = n_motifs
        self.normalize = normalize
        self.joint = joint
        self.n_surrogates = n_surrogates
        self.horizon = horizon
        self.n_threads = n_threads
        self.random_state = random_state


class SAXMiner(_Miner):
    """Motifs from frequent SAX words; see `motifkit.mine` for the parameters.

    `n_segments` of None makes words of four letters, or of three for windows of three rows.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> miner = SAXMiner(length=16, n_motifs=2, n_surrogates=0).fit(values)
    >>> len(miner.motifs_[0].words[0])
    4
    """

    method = "sax"
    _own = ("n_segments", "alphabet_size")

    def __init__(
        self,
        length: int = 4,
        n_motifs: int = 10,
        *,
        n_segments: int | None = None,
        alphabet_size: int = 5,
        normalize: Normalize = "zscore",
        joint: bool = False,
        n_surrogates: int = 99,
        horizon: int | None = None,
        n_threads: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.length = length
        self.n_motifs = n_motifs
        self.n_segments = n_segments
        self.alphabet_size = alphabet_size
        self.normalize = normalize
        self.joint = joint
        self.n_surrogates = n_surrogates
        self.horizon = horizon
        self.n_threads = n_threads
        self.random_state = random_state


class DTWMiner(_Miner):
    """Motifs from DTW clusters of candidate occurrences; see `motifkit.mine` for the parameters.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> miner = DTWMiner(length=16, n_motifs=2, n_surrogates=0).fit(values)
    >>> miner.motifs_[0].prototype.shape
    (16, 1)
    """

    method = "dtw"
    _own = ("n_clusters", "warping_window")

    def __init__(
        self,
        length: int = 4,
        n_motifs: int = 10,
        *,
        n_clusters: int | None = None,
        warping_window: int | None = None,
        normalize: Normalize = "zscore",
        joint: bool = False,
        n_surrogates: int = 99,
        horizon: int | None = None,
        n_threads: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.length = length
        self.n_motifs = n_motifs
        self.n_clusters = n_clusters
        self.warping_window = warping_window
        self.normalize = normalize
        self.joint = joint
        self.n_surrogates = n_surrogates
        self.horizon = horizon
        self.n_threads = n_threads
        self.random_state = random_state
