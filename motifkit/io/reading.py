"""How a series is read: which columns, transformed how, and what becomes of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from motifkit.arguments import require_choice
from motifkit.errors import UsageError
from motifkit.io.series import GapPolicy, NaPolicy
from motifkit.types import Transform


@dataclass(frozen=True)
class Reading:
    """How a series is read.

    Parameters
    ----------
    column : str, optional
        The column to mine.
    columns : sequence of str or "all", optional
        Several, in this order; "all" takes every numeric one.
    transform : {"level", "log", "return"}
    na : {"error", "drop", "fill", "keep"}
        As in `motifkit.as_dataset`; "keep" leaves missing and infinite values, as NaN.
    mined : tuple of str, optional
        Channels that motifs were mined in, to be looked for when no column is named.
    price : str, optional
        Column of the prices, where there is one of this name; None chooses among the columns that are mined.

    Raises
    ------
    UsageError
        For unusable arguments.
    """

    column: str | None = None
    columns: Sequence[str] | Literal["all"] | None = None
    transform: Transform = "level"
    na: GapPolicy = "error"
    mined: tuple[str, ...] | None = None
    price: str | None = None

    def __post_init__(self) -> None:
        require_choice("transform", self.transform, get_args(Transform))
        if self.na != "keep":
            require_choice("na", self.na, get_args(NaPolicy))
        if self.column is not None and self.columns is not None:
            raise UsageError("column and columns exclude each other; give one of them")

    @property
    def names_columns(self) -> bool:
        """Whether columns are named."""
        return self.column is not None or self.columns is not None

    def named(self) -> list[str] | None:
        """The columns that are named, as text; None for none and for "all".

        Raises
        ------
        UsageError
            When they are no list, or an empty one.

        Examples
        --------
        >>> Reading(columns=np.array(["open", "close"])).named()
        ['open', 'close']
        """
        if self.column is not None:
            return [str(self.column)]
        if self.columns is None or (isinstance(self.columns, str) and self.columns == "all"):
            return None
        names = [] if isinstance(self.columns, str) or not np.iterable(self.columns) else list(self.columns)
        if not names:
            raise UsageError(f"columns must be a list of at least one name, or 'all', got {self.columns!r}")
        return [str(name) for name in names]
