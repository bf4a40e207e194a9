"""Count-based exploration: states seen seldom pay a bonus."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from motifkit.arguments import require_number
from motifkit.errors import CorruptFileError, DataError
from motifkit.types import IntArray

_LARGEST_CELL = 2.0**62


class CountBonus:
    """Bonus eta / sqrt(n(s)) for a state s that was seen n(s) times.

    States are observations rounded to a grid. A cell is known by a 64-bit hash of its coordinates, so a
    state takes 16 bytes whatever the width of the observations; two of a million cells share a hash with
    probability 3e-8.

    Parameters
    ----------
    eta : float
        Bonus of a state on its first visit, at least 0.
    bins : float
        Cells per unit of each entry of the observation: 10 tells 0.1 from 0.2. Positive. Scale to the
        environment: cells so fine that every state is new make the bonus a constant.

    Raises
    ------
    UsageError
        `eta` is negative, or `bins` not positive.

    Notes
    -----
    All visits of a batch are counted before any is paid, so that the bonus does not depend on the order in
    which parallel episodes are read: a state first seen k times in one batch pays eta / sqrt(k) each time.

    References
    ----------
    Strehl and Littman, An analysis of model-based interval estimation for Markov decision processes,
    Journal of Computer and System Sciences 74, 2008; Tang et al., #Exploration, NeurIPS 2017.

    Examples
    --------
    >>> count = CountBonus(eta=1.0)
    >>> seen = torch.tensor([[[0.0], [0.0], [0.0], [0.0], [0.5]]])
    >>> count.bonus(seen, torch.ones(1, 5, dtype=torch.bool))
    tensor([[0.5000, 0.5000, 0.5000, 0.5000, 1.0000]])
    """

    def __init__(self, eta: float = 0.01, bins: float = 10.0) -> None:
        self.eta = require_number("eta", eta, least=0, of="CountBonus")
        self.bins = require_number("bins", bins, above=0, of="CountBonus")
        self._keys: IntArray = np.empty(0, dtype=np.int64)  # sorted
        self._counts: IntArray = np.empty(0, dtype=np.int64)

    @property
    def n_states(self) -> int:
        """Cells seen so far."""
        return len(self._keys)

    def bonus(self, observations: Tensor, mask: Tensor) -> Tensor:
        """Count the visits of a batch, then pay each.

        Parameters
        ----------
        observations : (B, T, obs_dim) float tensor
        mask : (B, T) bool tensor
            True for real steps; others are neither counted nor paid.

        Returns
        -------
        (B, T) float tensor
            On the device and in the precision of `observations`, 0 where `mask` is False.

        Raises
        ------
        DataError
            A real step's observation is not finite.
        """
        rows = observations.detach()[mask].cpu().numpy().astype(np.float64)  # (n, obs_dim)
        paid = observations.new_zeros(mask.shape)
        if len(rows) == 0:
            return paid
        if not np.isfinite(rows).all():
            raise DataError("cannot count observations that are NaN or infinite: mend the environment")
        keys, key_idx, visits = np.unique(self._hashed(rows), return_inverse=True, return_counts=True)
        counts = self._add(keys, visits)
        paid[mask] = torch.from_numpy(self.eta / np.sqrt(counts))[key_idx].to(paid)
        return paid

    def state(self) -> dict[str, IntArray]:
        """`keys` (n_states,) int64, sorted hashes of cells, and `counts` (n_states,) int64: copies."""
        return {"keys": self._keys.copy(), "counts": self._counts.copy()}

    def load_state(self, state: Mapping[str, IntArray]) -> None:
        """Take over what `state` gave.

        Raises
        ------
        CorruptFileError
            That is not such a state.
        """
        if set(state) != {"keys", "counts"}:
            raise CorruptFileError("the visit counts need 'keys' and 'counts': use another checkpoint")
        keys, counts = np.array(state["keys"]), np.array(state["counts"])
        whole = keys.dtype == counts.dtype == np.int64 and keys.ndim == 1 and keys.shape == counts.shape
        if not whole or (keys[1:] <= keys[:-1]).any() or (counts < 1).any():
            raise CorruptFileError("the visit counts are damaged: use another checkpoint")
        self._keys, self._counts = keys, counts

    def _hashed(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> IntArray:
        """(n,) hashes of the cells that (n, obs_dim) observations lie in."""
        limit = _LARGEST_CELL / self.bins
        cells = np.rint(np.clip(rows, -limit, limit) * self.bins).astype(np.int64)
        hashed = np.zeros(len(cells), dtype=np.uint64)
        for column in np.ascontiguousarray(cells.T).view(np.uint64):
            # One round of splitmix64 an entry; for a given prefix it maps 64 bits to 64 bits one to one.
            hashed = (hashed + np.uint64(0x9E3779B97F4A7C15)) ^ column
            hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            hashed = hashed ^ (hashed >> np.uint64(31))
        return hashed.view(np.int64)

    def _add(self, keys: IntArray, visits: IntArray) -> IntArray:
        """Add visits of sorted, distinct keys; gives back the new count of each."""
        place = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), dtype=bool)
        inside = place < len(self._keys)
        known[inside] = self._keys[place[inside]] == keys[inside]
        self._counts[place[known]] += visits[known]
        self._keys = np.insert(self._keys, place[~known], keys[~known])
        self._counts = np.insert(self._counts, place[~known], visits[~known])
        return self._counts[np.searchsorted(self._keys, keys)]
