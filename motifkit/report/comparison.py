"""Learned against mined motifs: in one sentence, and as JSON values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.io.json_values import json_value
from motifkit.report import comparison_wording as words
from motifkit.report.training import amount
from motifkit.words import counted, listed, plural

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison, RowComparison

SCHEMA = "motifkit.comparison/1"

_MAX_NAMED = 5  # rows that the sentence names one by one


def sentence(comparison: MotifComparison) -> str:
    """Say in one sentence what became of the mined motifs.

    Parameters
    ----------
    comparison : MotifComparison

    Returns
    -------
    str
        How many mined motifs are still used, how far their rows have moved, which rows matter to the return, what was
        learned that was not mined, what fell out of use, and how well the planted shapes are recovered where known.

    Examples
    --------
    >>> from motifkit.compare.comparison import MotifComparison
    >>> nan = float("nan")
    >>> sentence(MotifComparison((), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ()))
    'No row was seeded with a mined motif; nothing was learned that was not mined.'
    """
    parts = [
        *(_still_used(comparison), _drift(comparison), _return(comparison)),
        *(_discoveries(comparison), _fallen_out(comparison), _truth(comparison)),
    ]
    return "; ".join(part for part in parts if part) + "."


def _motif_of(label: str) -> str:
    """Motif behind a label, which may carry the offset of a view: "A" for "A-2"."""
    return re.sub(r"(?<=.)[+-][0-9]+$", "", label)


def _still_used(comparison: MotifComparison) -> str:
    labels = [row.label for row in comparison.rows if row.label is not None]
    used = [label for label in labels if label not in comparison.fallen_out]
    n, n_used = (len({_motif_of(label) for label in some}) for some in (labels, used))
    views = "" if len(labels) == n else f" ({len(used)} of their {len(labels)} rows)"
    if n == 0:
        return "No row was seeded with a mined motif"
    if n == 1:
        return f"The mined motif is {'still' if n_used else 'no longer'} used{views}"
    if n_used in (0, n):
        return f"{'All' if n_used else 'None of the'} {n} mined motifs {'are' if n_used else 'is'} still used{views}"
    return f"{n_used} of {n} mined motifs {'is' if n_used == 1 else 'are'} still used{views}"


def _drift(comparison: MotifComparison) -> str:
    drifts = [row.drift for row in comparison.rows if not math.isnan(row.drift)]
    if not drifts:
        return ""
    mean = words.cosine(sum(drifts) / len(drifts))
    return f"mean cosine to the mined rows {mean} (1 = unchanged)"


def _return(comparison: MotifComparison) -> str:
    rows = comparison.rows
    if all(math.isnan(row.return_loss) for row in rows):
        return ""
    important = sorted((row for row in rows if row.matters), key=lambda row: -row.return_loss)
    if not important:
        return "masking any single row costs no more return than chance explains"
    first = important[0]
    cost = (
        f"costs {amount(first.return_loss)} of {amount(comparison.mean_return)} "
        f"(95% interval {amount(first.return_loss_low)} to {amount(first.return_loss_high)})"
    )
    if len(important) == 1:
        return f"only {words.row_name(first)} matters to the return: masking it {cost}"
    which = (
        f"rows {listed([_short(row) for row in important])}"
        if len(important) <= _MAX_NAMED
        else f"{len(important)} of {len(rows)} rows"
    )
    return f"{which} matter to the return, most {words.row_name(first)}: masking it {cost}"


def _short(row: RowComparison) -> str:
    return words.row_name(row).removeprefix("row ")


def _discoveries(comparison: MotifComparison) -> str:
    found = comparison.discoveries
    if not found:
        return "nothing was learned that was not mined"
    if len(found) > _MAX_NAMED:
        return f"{len(found)} rows learned something that no miner found"
    which = f"{plural('row', len(found))} {listed([_short(row) for row in found])}"
    return f"{which} learned something that no miner found"


def _fallen_out(comparison: MotifComparison) -> str:
    seeded = [row.label for row in comparison.rows if row.label is not None]
    kept = {_motif_of(label) for label in seeded if label not in comparison.fallen_out}
    labels = list(dict.fromkeys(m for m in map(_motif_of, comparison.fallen_out) if m not in kept))
    if not labels:
        return ""
    if len(labels) > _MAX_NAMED:
        return f"{len(labels)} motifs fell out of use"
    return f"{plural('motif', len(labels))} {listed(labels)} fell out of use"


def _truth(comparison: MotifComparison) -> str:
    if not comparison.recovered:
        return ""
    shapes = counted(len(comparison.recovered), "planted shape")
    return f"the learned rows recover the {shapes} with a mean F1 of {words.cosine(comparison.f1)}"


def comparison_to_dict(comparison: MotifComparison) -> dict[str, Any]:
    """Comparison as values that JSON can hold.

    Parameters
    ----------
    comparison : MotifComparison

    Returns
    -------
    dict
        `schema` "motifkit.comparison/1", `sentence`, the fields of `MotifComparison` and of its rows, and what follows
        from them: `f1`, and `used`, `matters` and `discovery` of each row. NaN and infinity are None, times ISO 8601.

    Examples
    --------
    >>> from motifkit.compare.comparison import MotifComparison
    >>> nan = float("nan")
    >>> empty = MotifComparison((), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ())
    >>> comparison_to_dict(empty)["schema"], comparison_to_dict(empty)["cka"]
    ('motifkit.comparison/1', None)
    """
    values = {name: value for name, value in vars(comparison).items() if name not in ("rows", "recovered")}
    plain: dict[str, Any] = json_value(
        {"schema": SCHEMA, "sentence": sentence(comparison), **values, "f1": comparison.f1}
    )
    plain["rows"] = [_row_dict(row) for row in comparison.rows]
    plain["recovered"] = [json_value(vars(one)) for one in comparison.recovered]
    return plain


def _row_dict(row: RowComparison) -> dict[str, Any]:
    derived = {"used": row.is_used, "matters": row.matters, "discovery": row.is_discovery}
    occurrences = [  # their times to the microsecond, midnight too
        {name: str(one) if isinstance(one, np.datetime64) else one for name, one in o._asdict().items()}
        for o in row.occurrences
    ]
    plain: dict[str, Any] = json_value({**vars(row), **derived, "occurrences": occurrences})
    return plain
