"""Mining results as plain values, as JSON has them."""

from __future__ import annotations

from typing import Any

from motifkit.io.json_values import json_value
from motifkit.types import MiningResult, Motif

FORMAT = "motifkit.mining-result"
FORMAT_VERSION = 1

MOTIF_FIELDS = ("radius", "score", "expected_count", "p_value", "q_value")
OUTCOME_COUNTS = ("horizon", "n")
OUTCOME_FIELDS = ("mean", "unconditional", "lift", "low", "high", "p_value", "q_value")
_RESULT_FIELDS = (
    "method",
    "parameters",
    "channels",
    "source",
    "fingerprint",
    "transform",
    "n_steps",
    "version",
    "notes",
)


def result_to_dict(result: MiningResult) -> dict[str, Any]:
    """Plain values of a result, as JSON has them: NaN and infinity become None, times ISO 8601 text.

    Parameters
    ----------
    result : MiningResult

    Returns
    -------
    dict
        With `schema` "motifkit.mining-result/1"; occurrences lie in their motif.

    Examples
    --------
    >>> result_to_dict(MiningResult((), "sax", {}, ("Close",)))["schema"]
    'motifkit.mining-result/1'
    """
    plain: dict[str, Any] = {"schema": f"{FORMAT}/{FORMAT_VERSION}"}
    for name in _RESULT_FIELDS:
        plain[name] = json_value(getattr(result, name))
    plain["motifs"] = [_motif_to_dict(motif) for motif in result.motifs]
    return plain


def _motif_to_dict(motif: Motif) -> dict[str, Any]:
    outcome = motif.outcome
    names = ("label", "length", "count", "match_count", "distance", *MOTIF_FIELDS, "words")
    return {
        **{name: json_value(getattr(motif, name)) for name in names},
        "prototype": json_value(motif.prototype),
        "outcome": None
        if outcome is None
        else {name: json_value(getattr(outcome, name)) for name in (*OUTCOME_COUNTS, *OUTCOME_FIELDS)},
        "occurrences": json_value(motif.occurrences),
    }
