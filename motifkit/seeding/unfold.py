"""Motifs as they are seen while they unfold: before they are over, and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral

import numpy as np

from motifkit.errors import UsageError
from motifkit.types import MiningResult, Motif


def unfolded(result: MiningResult, offsets: Sequence[int], n_steps: Sequence[int]) -> MiningResult:
    """Each motif as it is seen while it unfolds: windows that end so many steps after it does.

    An agent that knows a motif only once it is over acts too late: a window that ends two steps before the motif
    does (offset -2) says what comes next, and one that ends two steps later (offset 2) that it has been.

    Parameters
    ----------
    result : MiningResult
    offsets : sequence of int
        Steps from the end of an occurrence to the end of the window, at least one; 0 is the occurrence itself.
    n_steps : sequence of int
        Length of each episode; windows that would leave it are dropped.

    Returns
    -------
    MiningResult
        All motifs at the first offset, then all at the second; labels carry offsets other than 0.

    Raises
    ------
    UsageError
        When there is no offset, one twice, or one that is no whole number.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Motif, Occurrence
    >>> motif = Motif(np.zeros((4, 1)), (Occurrence(0, 3, 7, 0.1),), radius=0.1, score=9.0, label="A")
    >>> views = unfolded(MiningResult((motif,), "sax", {}, ("x",)), [0, -2], [20])
    >>> [(one.label, one.occurrences[0].start) for one in views.motifs]
    [('A', 3), ('A-2', 1)]
    """
    if not isinstance(offsets, Sequence | np.ndarray):
        raise UsageError(f"offsets={offsets!r} must be a sequence of whole numbers, such as (0, -1, 1)")
    whole = all(isinstance(offset, Integral) and not isinstance(offset, bool) for offset in offsets)
    if not len(offsets) or not whole or len(set(offsets)) < len(offsets):
        raise UsageError(
            f"offsets={list(offsets)} must be whole numbers, at least one, and none of them twice"
        )
    return replace(
        result, motifs=tuple(_seen_at(motif, int(k), n_steps) for k in offsets for motif in result.motifs)
    )


def _seen_at(motif: Motif, offset: int, n_steps: Sequence[int]) -> Motif:
    if not offset:
        return motif
    moved = tuple(
        o._replace(start=o.start + offset, end=o.end + offset, start_time=None, end_time=None)
        for o in motif.occurrences
        if o.start + offset >= 0 and o.end + offset <= n_steps[o.episode]
    )
    return replace(motif, occurrences=moved, label=f"{motif.label}{offset:+d}")
