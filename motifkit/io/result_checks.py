"""Whether the parts of a result file are what they should be and fit each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np

from motifkit.errors import CorruptFileError
from motifkit.io.result_values import FORMAT, FORMAT_VERSION, MOTIF_FIELDS, OUTCOME_COUNTS, OUTCOME_FIELDS
from motifkit.io.sealed_npz import Arrays
from motifkit.types import Method, Transform


def check_header(arrays: Arrays, path: Path) -> dict[str, Any]:
    """Header of a result file, or an error that says why it cannot be one."""
    header = json.loads(arrays["header"].astype(np.uint8).tobytes().decode())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("its header is of another format")
    version = header["format_version"]
    if version > FORMAT_VERSION:
        raise CorruptFileError(
            f"{path} has format version {version}, newer than {FORMAT_VERSION} of this motifkit; upgrade it"
        )
    if header["method"] not in get_args(Method) or header["transform"] not in get_args(Transform):
        raise ValueError(f"unknown method {header['method']!r} or transform {header['transform']!r}")
    if not isinstance(header["parameters"], dict) or header["time_unit"] not in ("us", "ns"):
        raise ValueError("its parameters or its time unit are unusable")
    return header


def check_arrays(arrays: Arrays, header: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the arrays fit each other."""
    n = len(header["labels"])
    offsets, shapes, mask = (
        arrays[name] for name in ("occurrence_offsets", "prototype_shapes", "outcome_mask")
    )
    occurrence_names = [
        name for name in arrays if name.startswith("occurrence_") and name != "occurrence_offsets"
    ]
    outcome_names = [f"outcome_{name}" for name in (*OUTCOME_COUNTS, *OUTCOME_FIELDS)]
    n_occurrences = int(offsets[-1])
    expected: dict[str, tuple[int, ...]] = {
        "occurrence_offsets": (n + 1,),
        "prototype_shapes": (n, 2),
        "prototype_values": (int(shapes.prod(axis=1).sum()),),
        "outcome_mask": (n,),
        **dict.fromkeys(MOTIF_FIELDS, (n,)),
        **dict.fromkeys(occurrence_names, (n_occurrences,)),
        **dict.fromkeys(outcome_names, (int(mask.sum()),)),
    }
    if "match_count" in arrays:
        expected["match_count"] = (n,)
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"array {name} has shape {arrays[name].shape} instead of {shape}")
    if len(header["words"]) != n or offsets[0] != 0 or (np.diff(offsets) < 0).any() or (shapes < 0).any():
        raise ValueError("its arrays do not fit each other")
