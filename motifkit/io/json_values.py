"""Values as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_value(value: Any) -> Any:
    """Make a value of what JSON can hold, all the way down.

    Parameters
    ----------
    value : object
        NaN and infinity become None, as NaT does; times become ISO 8601 text as short as it tells all; arrays and
        tuples become lists, mappings and named tuples dictionaries. Anything else stays as it is.

    Examples
    --------
    >>> json_value({"p": float("nan"), "day": np.datetime64("2004-08-19T00:00"), "counts": np.array([1, 2])})
    {'p': None, 'day': '2004-08-19', 'counts': [1, 2]}
    """
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(np.datetime_as_string(value, "auto"))
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(key): json_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(one) for one in value]
    return value
