"""What became of motifs that were written into a bank, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motifkit.io.json_values import json_value
from motifkit.seeding.pretrain import PretrainingReport

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SeededRow:
    """How well a row tells the occurrences of its motif.

    Parameters
    ----------
    row : int
        Number of the row in the bank.
    label : str
        Of the motif, with the offset where it is not 0.
    n_occurrences : int
    own_cosine : float
        Mean cosine of the occurrences to the row.
    margin : float
        By how much it exceeds that to the best other row, on average; NaN with a single row.
    wins : float
        Share of the occurrences that give this row more attention than any other and the null slot.
    """

    row: int
    label: str
    n_occurrences: int
    own_cosine: float
    margin: float
    wins: float


@dataclass(frozen=True)
class SeedingReport:
    """What became of the motifs.

    Parameters
    ----------
    rows : tuple of SeededRow
    n_random : int
        Rows of the bank that stay random, for want of motifs.
    n_left_out : int
        Views, which are motifs at an offset, that found no row.
    false_alarm_rate : float
        Share of background windows that give a row more attention than the null slot; NaN without one.
    threshold, scale : float
        Of the attention; NaN for attention without a null slot.
    pretraining : PretrainingReport, optional
        None when the encoder was not trained.
    seconds : float

    Examples
    --------
    >>> row = SeededRow(0, "A", 40, own_cosine=0.97, margin=0.61, wins=0.975)
    >>> report = SeedingReport((row,), 7, 0, 0.004, threshold=0.7, scale=12.0, pretraining=None, seconds=1.5)
    >>> report.wins, report.as_dict()["rows"][0]["label"]
    (0.975, 'A')
    """

    rows: tuple[SeededRow, ...]
    n_random: int
    n_left_out: int
    false_alarm_rate: float
    threshold: float
    scale: float
    pretraining: PretrainingReport | None
    seconds: float

    @property
    def wins(self) -> float:
        """Share of all occurrences whose own row wins."""
        n = sum(row.n_occurrences for row in self.rows)
        return sum(row.wins * row.n_occurrences for row in self.rows) / n

    def to_frame(self) -> pd.DataFrame:
        """Table with a row for each that was seeded: `row, label, n_occurrences, own_cosine, margin, wins`."""
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.rows])

    def as_dict(self) -> dict[str, Any]:
        """JSON values, NaN as None."""
        rows = [json_value(vars(row)) for row in self.rows]
        numbers = {
            key: json_value(value) for key, value in vars(self).items() if isinstance(value, int | float)
        }
        trained = None if self.pretraining is None else self.pretraining._asdict()
        return {"rows": rows, "wins": self.wins, **numbers, "pretraining": trained}
