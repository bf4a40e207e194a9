"""The three miners as scikit-learn estimators: `fit`, `motifs_`, `predict`, `get_params`, `clone`."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from motifkit.errors import UsageError
from motifkit.io.as_mined import read_as_mined
from motifkit.mining.frame import Frame
from motifkit.mining.match import label_windows
from motifkit.mining.mine import mine
from motifkit.mining.windows import collect_windows
from motifkit.types import IntArray, Method, MiningResult, Motif, Normalize

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from motifkit.io.prices import Data

RandomState: TypeAlias = int | np.random.RandomState | None


class _Miner(BaseEstimator):  # type: ignore[misc]  # scikit-learn carries no types
    """What the three share; subclasses name their method and their own parameters."""

    method: ClassVar[Method]
    _own: ClassVar[tuple[str, ...]] = ()

    result_: MiningResult
    n_features_in_: int
    feature_names_in_: npt.NDArray[np.object_]

    def fit(self, X: Data, y: object = None) -> Self:
        """Mine a series.

        Parameters
        ----------
        X : (T,) or (T, channels) array, Series, DataFrame or TrajectoryDataset
            All numeric columns of a frame are channels.
        y : ignored
            Present because scikit-learn passes it.

        Returns
        -------
        self
            With `result_` (MiningResult), `motifs_` (its motifs), `n_features_in_` (channels) and, for a frame,
            `feature_names_in_`.
        """
        names = ("length", "n_motifs", "normalize", "joint", "n_surrogates", "horizon", "n_threads")
        arguments = {name: getattr(self, name) for name in names}
        arguments |= {name: getattr(self, name) for name in self._own}
        seed = _seed(self.random_state)
        self.result_ = mine(X, method=self.method, seed=seed, columns="all", **arguments)
        self.n_features_in_ = len(self.result_.channels)
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if hasattr(X, "columns"):  # a frame
            self.feature_names_in_ = np.array(self.result_.channels, dtype=object)
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
            The columns of a frame are found by name. Values may be missing.

        Returns
        -------
        (n_windows,) int array
            One label per window, T - length + 1 an episode, episodes one after another: index into `motifs_`, or -1
            for windows of no motif, constant ones and those with missing values.

        Raises
        ------
        DataError
            When `X` lacks a column that was fitted, or has another number of channels or another transform.
        """
        check_is_fitted(self, "result_")
        # As fitted: parameters may have been set since.
        parameters = self.result_.parameters
        length = parameters["length"]
        dataset = read_as_mined(X, self.result_, na="keep")
        frame = Frame.of(dataset, parameters["normalize"])
        windows = collect_windows(frame.apply(dataset), length, frame.normalize, joint=parameters["joint"])
        sizes = [max(0, len(e) - length + 1) for e in dataset.episodes]
        offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        labels = np.full(offset[-1], -1, dtype=np.int64)
        labels[offset[windows.episode] + windows.start] = label_windows(self.result_, windows, frame)
        return labels

    def fit_predict(self, X: Data, y: object = None) -> IntArray:
        """Mine a series and label its windows."""
        return self.fit(X).predict(X)


def _seed(random_state: RandomState) -> int:
    """Seed as `mine` takes it: drawn anew for None, and from a generator of NumPy."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, Integral) and random_state >= 0 and not isinstance(random_state, bool):
        return int(random_state)
    raise UsageError(
        f"random_state must be a whole number of at least 0, None or a RandomState, got {random_state!r}"
    )


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
        random_state: RandomState = 0,
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

    `n_segments` of None makes words of four letters, or of three for windows of three rows; `alphabet_size` of None
    takes the letters from five.

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
        alphabet_size: int | None = 5,
        normalize: Normalize = "zscore",
        joint: bool = False,
        n_surrogates: int = 99,
        horizon: int | None = None,
        n_threads: int | None = None,
        random_state: RandomState = 0,
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
        random_state: RandomState = 0,
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
