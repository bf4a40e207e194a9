"""Mining results to NPZ files and back: a JSON header and flat arrays in a sealed archive."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motifkit.errors import CorruptFileError, FileAccessError, UsageError
from motifkit.io.atomic import atomic_write
from motifkit.io.result_checks import check_arrays, check_header
from motifkit.io.result_values import FORMAT, FORMAT_VERSION, MOTIF_FIELDS, OUTCOME_COUNTS, OUTCOME_FIELDS
from motifkit.io.sealed_npz import UNREADABLE, Arrays, in_short, seal, unseal
from motifkit.types import MiningResult, Motif, Occurrence, Outcome

_NOT_COUNTED = -1
_NO_TIME = np.iinfo(np.int64).min  # what NumPy itself stores for NaT


def save_result(result: MiningResult, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a result to exactly the path given, whole or not at all.

    The same result gives the same bytes.

    Parameters
    ----------
    result : MiningResult
    path : str or Path
        No suffix is added.
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    UsageError
        When a parameter of the result is not a JSON value.
    FileAccessError
        When the file is there and `overwrite` is false, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> motif = Motif(np.array([[-1.0], [1.0]]), (Occurrence(0, 3, 5, 0.1),), radius=0.1, score=2.0)
    >>> result = MiningResult((motif,), "sax", {"length": 2}, ("Close",))
    >>> path = save_result(result, Path(tempfile.mkdtemp()) / "motifs.npz")
    >>> load_result(path).motifs[0].occurrences
    (Occurrence(episode=0, start=3, end=5, distance=0.1, start_time=None, end_time=None),)
    """
    data = seal(_to_arrays(result))
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(data)
    return Path(path)


def load_result(path: str | Path) -> MiningResult:
    """Read a result that `save_result` wrote.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    FileAccessError
        When the file cannot be read.
    CorruptFileError
        When it is damaged, no result file, or of a newer format.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileAccessError(f"{path} does not exist; check the path") from None
    except IsADirectoryError:
        raise FileAccessError(f"{path} is a directory; name one file in it") from None
    except (OSError, ValueError) as error:
        raise FileAccessError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    arrays = unseal(data, path)
    try:
        return _from_arrays(arrays, path)
    except CorruptFileError:
        raise
    except UNREADABLE as error:
        raise CorruptFileError(
            f"{path} is not a valid motifkit result ({in_short(error)}); mine again"
        ) from None


def _to_arrays(result: MiningResult) -> Arrays:
    """Header and flat arrays; motifs lie one after the other, `*_offsets` say where each begins."""
    motifs = result.motifs
    occurrences = [o for motif in motifs for o in motif.occurrences]
    outcomes = [motif.outcome for motif in motifs if motif.outcome is not None]
    times = [t for o in occurrences for t in (o.start_time, o.end_time) if t is not None]
    unit = "ns" if any(np.datetime_data(t.dtype)[0] in ("ns", "ps", "fs", "as") for t in times) else "us"
    prototypes = [np.ascontiguousarray(motif.prototype, np.float64) for motif in motifs]
    arrays: Arrays = {
        "header": np.frombuffer(_header(result, unit), np.uint8),
        "prototype_shapes": np.array([p.shape for p in prototypes], np.int64).reshape(-1, 2),
        "prototype_values": np.concatenate([p.ravel() for p in prototypes] or [np.empty(0)]),
        "occurrence_offsets": np.cumsum([0] + [motif.count for motif in motifs], dtype=np.int64),
    }
    for name in ("episode", "start", "end"):
        arrays[f"occurrence_{name}"] = np.array([getattr(o, name) for o in occurrences], np.int64)
    arrays["occurrence_distance"] = np.array([o.distance for o in occurrences], np.float64)
    for name in ("start_time", "end_time"):
        arrays[f"occurrence_{name}"] = _times_to_int([getattr(o, name) for o in occurrences], unit)
    for name in MOTIF_FIELDS:
        arrays[name] = np.array([getattr(motif, name) for motif in motifs], np.float64)
    # Optional in the format: results of before the field was there load as well.
    arrays["match_count"] = np.array(
        [_NOT_COUNTED if motif.match_count is None else motif.match_count for motif in motifs], np.int64
    )
    arrays["outcome_mask"] = np.array([motif.outcome is not None for motif in motifs], np.bool_)
    for name in OUTCOME_COUNTS:
        arrays[f"outcome_{name}"] = np.array([getattr(o, name) for o in outcomes], np.int64)
    for name in OUTCOME_FIELDS:
        arrays[f"outcome_{name}"] = np.array([getattr(o, name) for o in outcomes], np.float64)
    return arrays


def _header(result: MiningResult, unit: str) -> bytes:
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "motifkit_version": result.version,
        "method": result.method,
        "parameters": dict(result.parameters),
        "channels": list(result.channels),
        "source": result.source,
        "fingerprint": result.fingerprint,
        "transform": result.transform,
        "n_steps": result.n_steps,
        "notes": list(result.notes),
        "time_unit": unit,
        "labels": [motif.label for motif in result.motifs],
        "words": [list(motif.words) for motif in result.motifs],
    }
    try:
        # Not sorted: the order of the parameters is theirs.
        return json.dumps(header, default=_plain).encode()
    except (TypeError, ValueError) as error:
        message = f"the result's parameters cannot be saved ({error}); use numbers, text and lists"
        raise UsageError(message) from None


def _plain(value: object) -> object:
    """JSON value of a NumPy scalar or array."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _times_to_int(times: list[np.datetime64 | None], unit: str) -> npt.NDArray[np.int64]:
    missing = np.datetime64("NaT", unit)  # type: ignore[call-overload]
    return np.array([missing if t is None else t for t in times], f"datetime64[{unit}]").astype(np.int64)


def _from_arrays(arrays: Arrays, path: Path) -> MiningResult:
    header = check_header(arrays, path)
    check_arrays(arrays, header)
    n, starts = len(header["labels"]), arrays["occurrence_offsets"].tolist()
    shapes = arrays["prototype_shapes"].tolist()
    cuts = np.cumsum([length * channels for length, channels in shapes], dtype=np.int64)[:-1]
    values = np.split(arrays["prototype_values"].astype(np.float64), cuts)
    occurrences, outcomes = _occurrences(arrays, header["time_unit"]), _outcomes(arrays)
    match_counts = arrays.get("match_count", np.full(n, _NOT_COUNTED)).tolist()
    motifs = tuple(
        Motif(
            values[k].reshape(shapes[k]),
            occurrences[starts[k] : starts[k + 1]],
            outcome=outcomes[k],
            label=str(header["labels"][k]),
            words=tuple(header["words"][k]),
            match_count=None if match_counts[k] == _NOT_COUNTED else int(match_counts[k]),
            **{name: float(arrays[name][k]) for name in MOTIF_FIELDS},
        )
        for k in range(n)
    )
    return MiningResult(
        motifs,
        header["method"],
        header["parameters"],
        tuple(header["channels"]),
        source=header["source"],
        fingerprint=header["fingerprint"],
        transform=header["transform"],
        n_steps=int(header["n_steps"]),
        version=header["motifkit_version"],
        notes=tuple(header["notes"]),
    )


def _occurrences(arrays: Arrays, unit: str) -> tuple[Occurrence, ...]:
    columns = [arrays[f"occurrence_{name}"].tolist() for name in ("episode", "start", "end", "distance")]
    for name in ("start_time", "end_time"):
        stored = arrays[f"occurrence_{name}"]
        times = stored.astype(np.int64).astype(f"datetime64[{unit}]")
        columns.append([None if i == _NO_TIME else t for i, t in zip(stored.tolist(), times, strict=True)])
    return tuple(Occurrence(*row) for row in zip(*columns, strict=True))


def _outcomes(arrays: Arrays) -> list[Outcome | None]:
    names = (*OUTCOME_COUNTS, *OUTCOME_FIELDS)
    rows = zip(*(arrays[f"outcome_{name}"].tolist() for name in names), strict=True)
    return [Outcome(*next(rows)) if there else None for there in arrays["outcome_mask"].tolist()]
