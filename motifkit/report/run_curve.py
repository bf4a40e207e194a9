"""The learning curve of one training, from its log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from motifkit.report.curves import Curve
from motifkit.types import FloatArray

_MOST_POINTS = 500
_Z = 1.96  # of a 95% interval


def curve_of_log(path: str | Path, name: str = "this run") -> Curve | None:
    r"""Mean return of the episodes of each update, with the 95% interval of that mean.

    Parameters
    ----------
    path : str or Path
        `log.jsonl` of a training. Of more than 500 updates neighbours are taken together.
    name : str
        Of the curve.

    Returns
    -------
    Curve, optional
        None when there is no such file, or nothing in it that can be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.jsonl"
    >>> record = {"timesteps": 64, "episodes": 16, "return_mean": 2.0, "return_std": 4.0}
    >>> _ = path.write_text(json.dumps(record) + "\n")
    >>> curve_of_log(path).low.round(2)
    array([0.04])
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        records = [_numbers(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, AttributeError):
        return None  # the comparison does not hang on it
    if not records:
        return None
    steps, episodes, mean, spread = np.array(records, dtype=float).T
    n = np.diff(episodes, prepend=0.0)
    error = spread / np.sqrt(np.maximum(n, 1))
    parts = np.array_split(np.arange(len(steps)), min(len(steps), _MOST_POINTS))
    centre, half = _means(mean, parts), _Z * _errors(error, parts)
    return Curve(name, np.array([steps[part[-1]] for part in parts]), centre, centre - half, centre + half)


def _numbers(record: dict[str, Any]) -> list[float]:
    """Steps, episodes, mean and deviation; NaN for what is missing."""
    names = ("timesteps", "episodes", "return_mean", "return_std")
    values = (record.get(name) for name in names)
    return [np.nan if value is None else float(value) for value in values]


def _means(values: FloatArray, parts: list[Any]) -> FloatArray:
    return np.array([values[part].mean() for part in parts])


def _errors(errors: FloatArray, parts: list[Any]) -> FloatArray:
    """Standard errors of the means over each part."""
    return np.array([np.sqrt((errors[part] ** 2).sum()) / len(part) for part in parts])
