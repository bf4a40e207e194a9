"""How much of what was planted a miner finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from motifkit.io.samples import PlantedShape
from motifkit.types import MiningResult, Motif

_MIN_OVERLAP = 0.5  # intersection over union above which an occurrence counts as covered


class RecoveredShape(NamedTuple):
    """How well one planted shape was found.

    `label` is the motif that covers most of the shape's `n_planted` occurrences, None when no motif covers
    any; `n_covered` is how many it covers.
    """

    shape: int
    n_planted: int
    n_covered: int
    label: str | None

    @property
    def found(self) -> bool:
        """Whether one motif covers more than half of the occurrences."""
        return 2 * self.n_covered > self.n_planted


def recovered_shapes(
    result: MiningResult, truth: Sequence[PlantedShape], *, alpha: float = 0.05
) -> list[RecoveredShape]:
    """Score a result against the places where shapes were planted.

    An occurrence of a shape is covered by a motif that has an occurrence whose intersection with it is more
    than half of their union.

    Parameters
    ----------
    result : MiningResult
        Only motifs with `q_value < alpha` count.
    truth : sequence of PlantedShape
    alpha : float

    Returns
    -------
    list of RecoveredShape
        One a shape, by its number.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Occurrence
    >>> places = tuple(Occurrence(0, start, start + 4, 0.1) for start in (10, 31, 70))
    >>> motif = Motif(np.zeros((4, 1)), places, radius=0.1, score=9.0, q_value=0.01, label="A")
    >>> truth = [PlantedShape(s, s + 4, k) for s, k in ((10, 0), (30, 0), (50, 0), (90, 1))]
    >>> for shape in recovered_shapes(MiningResult((motif,), "sax", {}, ("x",)), truth):
    ...     print(shape, shape.found)
    RecoveredShape(shape=0, n_planted=3, n_covered=2, label='A') True
    RecoveredShape(shape=1, n_planted=1, n_covered=0, label=None) False
    """
    motifs = [motif for motif in result.motifs if motif.is_significant(alpha)]
    shapes = []
    for shape in sorted({place.shape for place in truth}):
        places = [place for place in truth if place.shape == shape]
        covered = [(_n_covered(motif, places), motif.label) for motif in motifs]
        n_covered, label = max(covered, key=lambda one: one[0], default=(0, ""))
        shapes.append(RecoveredShape(shape, len(places), n_covered, label if n_covered else None))
    return shapes


def _n_covered(motif: Motif, places: Sequence[PlantedShape]) -> int:
    return sum(
        any(_overlap(o.start, o.end, place) > _MIN_OVERLAP for o in motif.occurrences if o.episode == 0)
        for place in places
    )


def _overlap(start: int, end: int, place: PlantedShape) -> float:
    """Intersection over union of two half-open intervals."""
    shared = min(end, place.end) - max(start, place.start)
    return max(shared, 0) / (max(end, place.end) - min(start, place.start))
