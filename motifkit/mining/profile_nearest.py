"""The nearest of each window so far, while pairs that may be near come in from the products."""

from __future__ import annotations

import numpy as np

from motifkit.types import BoolArray, FloatArray, IntArray

_PAIRS = 2**21  # pairs waiting for their distance, at most
_SETTLED = 1e-9  # a row whose k nearest are nearer than this is done: nothing could differ from them by more
_CHUNK_VALUES = 2**20


class NearestSoFar:
    """The k nearest of each row so far, by distances computed from the windows."""

    def __init__(self, x: FloatArray, y: FloatArray, k: int) -> None:
        self.x, self.y, self.k = x, y, k
        self.values: FloatArray = np.full((len(x), k), np.inf)
        self.rows: IntArray = np.full((len(x), k), -1, np.int64)
        self.settled: BoolArray = np.zeros(len(x), np.bool_)
        self.waiting: list[tuple[IntArray, IntArray]] = []
        self.n_waiting = 0

    def add(self, rows: IntArray, columns: IntArray) -> None:
        """Take pairs in, of a row of `x` and one of `y` each."""
        self.waiting.append((rows, columns))
        self.n_waiting += len(rows)
        # Few pairs a row are the rule. Many mean that windows repeat: then most rows are soon settled.
        if self.n_waiting > min(_PAIRS, 4 * self.k * len(self.x)):
            self._merge()

    def finish(self) -> tuple[FloatArray, IntArray]:
        """Distances (n, k), nearest first and infinite where there are fewer, and rows of `y`, -1 there."""
        self._merge()
        return self.values, self.rows

    def _merge(self) -> None:
        if not self.n_waiting:
            return
        rows = np.concatenate([r for r, _ in self.waiting])
        columns = np.concatenate([c for _, c in self.waiting])
        self.waiting, self.n_waiting = [], 0
        distance = np.empty(len(rows))
        step = max(1, _CHUNK_VALUES // self.x.shape[1])
        for low in range(0, len(rows), step):
            part = slice(low, low + step)
            d = self.x[rows[part]] - self.y[columns[part]]
            distance[part] = np.sqrt(np.einsum("ij,ij->i", d, d))
        seen = np.flatnonzero(np.bincount(rows, minlength=len(self.x)))
        old = self.rows[seen] >= 0
        rows = np.concatenate([rows, np.repeat(seen, self.k)[old.ravel()]])
        columns = np.concatenate([columns, self.rows[seen][old]])
        distance = np.concatenate([distance, self.values[seen][old]])
        order = np.lexsort((columns, distance, rows))
        rows, columns, distance = rows[order], columns[order], distance[order]
        first = np.r_[True, rows[1:] != rows[:-1]]
        begin = np.flatnonzero(first)
        rank = np.arange(len(rows)) - np.repeat(begin, np.diff(np.r_[begin, len(rows)]))
        keep = rank < self.k
        self.values[rows[keep], rank[keep]] = distance[keep]
        self.rows[rows[keep], rank[keep]] = columns[keep]
        self.settled = self.values[:, -1] < _SETTLED
