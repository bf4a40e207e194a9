"""Mined and learned motifs side by side, as plain values: what reports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motifkit.types import FloatArray, Occurrence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class RowComparison:
    """One row of a bank: what was mined for it, and what it has become.

    Parameters
    ----------
    row : int
        Number in the bank.
    label : str, optional
        Of the motif that it was seeded with; None for a row that began random.
    drift : float
        Cosine of the row to its mined value: 1 has not moved, 0 has nothing left of it. NaN without a label.
    matched_label : str, optional
        Motif whose occurrences, as the learned encoder sees them, fit the row best in a one-to-one match of rows
        and motifs (Hungarian); None when there are fewer motifs than rows and this row is left over.
    matched_cosine : float
        Their cosine; NaN without a match.
    usage : float
        Mean share of the attention over the steps of fresh episodes (over the windows of the data when there is
        no agent), 0 to 1.
    wins : float
        Share of those steps at which the row gets more than any other and the null slot.
    answer : (motif_len, obs_dim) float array
        Mean window of the data, weighted by the row's attention: what the row now answers to. NaN when it
        answers to nothing, that is, wins nowhere.
    mined_answer : (motif_len, obs_dim) float array
        Mean of the motif's mined occurrences, in the same units; NaN without a label.
    occurrences : tuple of Occurrence
        Windows of the data, without overlap, at which the row wins; nearest first, `distance` is 1 - cosine.
    n_kept, n_gained, n_lost : int
        Mined occurrences that the row still answers to, occurrences that it answers to besides, and mined ones that
        it no longer does. Of its own motif; for a row without a label, of any motif, and it cannot lose one.
    return_loss, return_loss_low, return_loss_high : float
        What the mean return of the same fresh episodes loses when the row is masked, and its 95% bootstrap interval
        over episodes. NaN without an agent.
    """

    row: int
    label: str | None
    drift: float
    matched_label: str | None
    matched_cosine: float
    usage: float
    wins: float
    answer: FloatArray
    mined_answer: FloatArray
    occurrences: tuple[Occurrence, ...]
    n_kept: int
    n_gained: int
    n_lost: int
    return_loss: float
    return_loss_low: float
    return_loss_high: float

    @property
    def is_used(self) -> bool:
        """Whether the row wins at one step in a thousand at least."""
        return self.wins >= 0.001

    @property
    def matters(self) -> bool:
        """Whether masking it costs return, by an interval apart from 0."""
        return self.return_loss_low > 0

    @property
    def is_discovery(self) -> bool:
        """Whether it answers to something no miner found: used, and most of its occurrences are not mined ones."""
        return self.is_used and self.n_gained > self.n_kept and not self.matched_cosine >= 0.5


@dataclass(frozen=True, eq=False)
class RecoveredTruth:
    """Planted shapes found again by learned rows.

    Parameters
    ----------
    shape : int
    row : int, optional
        Row that is matched with it; None when no row is left, or none answers to it.
    precision, recall, f1 : float
        Of the row's occurrences against the places of the shape.
    """

    shape: int
    row: int | None
    precision: float
    recall: float
    f1: float


def mean_f1(recovered: Sequence[RecoveredTruth]) -> float:
    """Mean F1 over shapes; NaN without any."""
    scores = [one.f1 for one in recovered]
    return sum(scores) / len(scores) if scores else float("nan")


@dataclass(frozen=True, eq=False)
class MotifComparison:
    """What became of mined motifs.

    Parameters
    ----------
    rows : tuple of RowComparison
        All rows of the bank, in its order.
    null_share : float
        Mean share of the attention that no row gets; NaN for attention without a null slot.
    cka : float
        Linear centred kernel alignment between the mined and the learned values of the seeded rows, 0 to 1; NaN for
        fewer than two.
    effective_rank_mined, effective_rank_learned : float
        exp of the entropy of the normalised singular values of the seeded rows, and of all learned ones.
    recovered : tuple of RecoveredTruth
        Of rows read as windows, see `motifkit.compare.prototypes`. Empty where the truth is not known.
    mean_return, n_episodes : float, int
        Of the fresh episodes; NaN and 0 without an agent.
    source, method, channels : str, str, tuple of str
        Of the mining result; `channels` names the observations' columns.
    fallen_out : tuple of str
        Labels of mined motifs whose seeded row is no longer used and that no other row answers to.
    attended_f1 : float
        Mean F1 over the planted shapes of the windows that rows win while the agent acts, whose null slot serves
        the return and lets false alarms pass; NaN where the truth is not known.

    Examples
    --------
    >>> nan = float("nan")
    >>> told = MotifComparison((), 0.2, nan, nan, 1.0, (), nan, 0, "goog.csv", "sax", ("Close",), ("B",))
    >>> told.null_share, told.fallen_out
    (0.2, ('B',))
    """

    rows: tuple[RowComparison, ...]
    null_share: float
    cka: float
    effective_rank_mined: float
    effective_rank_learned: float
    recovered: tuple[RecoveredTruth, ...]
    mean_return: float
    n_episodes: int
    source: str
    method: str
    channels: tuple[str, ...]
    fallen_out: tuple[str, ...]
    attended_f1: float = float("nan")

    @property
    def f1(self) -> float:
        """Mean F1 over the planted shapes; NaN where the truth is not known."""
        return mean_f1(self.recovered)

    @property
    def discoveries(self) -> tuple[RowComparison, ...]:
        """Rows that learned something no miner found."""
        return tuple(row for row in self.rows if row.is_discovery)

    def sentence(self) -> str:
        """The comparison in one plain sentence with numbers."""
        from motifkit.report.comparison import sentence

        return sentence(self)

    def to_frame(self) -> pd.DataFrame:
        """Table with a row for each row of the bank: the fields of `RowComparison` that are single values."""
        import pandas as pd

        return pd.DataFrame([_single_values(row) for row in self.rows])

    def as_dict(self) -> dict[str, Any]:
        """JSON values with a schema, NaN as None."""
        from motifkit.report.comparison import comparison_to_dict

        return comparison_to_dict(self)


def _single_values(row: RowComparison) -> dict[str, Any]:
    left_out = ("answer", "mined_answer", "occurrences")
    values = {name: value for name, value in vars(row).items() if name not in left_out}
    return values | {"used": row.is_used, "matters": row.matters, "discovery": row.is_discovery}
