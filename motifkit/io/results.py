"""Mining results to NPZ files and back, and to plain values for JSON.

A result file is an uncompressed NPZ archive: a JSON header and flat arrays. The archive's comment holds the
sha256 of every byte before it, so that a damaged file is told before anything in it is believed. Nothing is
ever unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from motifkit.errors import CorruptFileError, FileAccessError, UsageError
from motifkit.io.atomic import atomic_write
from motifkit.types import Method, MiningResult, Motif, Occurrence, Outcome, Transform

FORMAT = "motifkit.mining-result"
FORMAT_VERSION = 1

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]

_MARK = b"motifkit-sha256:"
_TRAILER = len(_MARK) + 64
_MOTIF_FIELDS = ("radius", "score", "expected_count", "p_value", "q_value")
_RESULT_FIELDS = (
    *("method", "parameters", "channels", "source", "fingerprint"),
    *("transform", "n_steps", "version", "notes"),
)
_OUTCOME_COUNTS = ("horizon", "n")
_OUTCOME_FIELDS = ("mean", "unconditional", "lift", "low", "high", "p_value", "q_value")
_NO_TIME = np.iinfo(np.int64).min  # what NumPy itself stores for NaT
# What NumPy, zipfile and json raise on content that somebody made up but gave a right checksum.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(EOFError, OSError, NotImplementedError, RuntimeError, OverflowError, MemoryError, SyntaxError),
)


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
        When a parameter of the result is no JSON value.
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
    data = _pack(_to_arrays(result))
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
    arrays = _unpack(data, path)
    try:
        return _from_arrays(arrays, path)
    except CorruptFileError:
        raise
    except _UNREADABLE as error:
        raise CorruptFileError(
            f"{path} is not a valid motifkit result ({_short(error)}); mine again"
        ) from None


def _pack(arrays: Arrays) -> bytes:
    """NPZ archive whose comment is the checksum of all bytes before it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            # ZipInfo's own date is 1980: the clock must not change the bytes.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
        archive.comment = _MARK + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def _unpack(data: bytes, path: Path) -> Arrays:
    """Arrays of an archive whose checksum is right."""
    if data[-_TRAILER:-64] != _MARK:
        raise CorruptFileError(f"{path} is not a motifkit result, or was cut short; mine again to write one")
    if hashlib.sha256(data[:-64]).hexdigest().encode() != data[-64:]:
        raise CorruptFileError(
            f"{path} is damaged (its checksum does not match); mine again to write it anew"
        )
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _UNREADABLE as error:
        raise CorruptFileError(
            f"{path} is not a valid motifkit result ({_short(error)}); mine again"
        ) from None


def _short(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:100] if lines else type(error).__name__


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
    for name in _MOTIF_FIELDS:
        arrays[name] = np.array([getattr(motif, name) for motif in motifs], np.float64)
    arrays["outcome_mask"] = np.array([motif.outcome is not None for motif in motifs], np.bool_)
    for name in _OUTCOME_COUNTS:
        arrays[f"outcome_{name}"] = np.array([getattr(o, name) for o in outcomes], np.int64)
    for name in _OUTCOME_FIELDS:
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
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _times_to_int(times: list[np.datetime64 | None], unit: str) -> npt.NDArray[np.int64]:
    missing = np.datetime64("NaT", unit)  # type: ignore[call-overload]
    return np.array([missing if t is None else t for t in times], f"datetime64[{unit}]").astype(np.int64)


def _from_arrays(arrays: Arrays, path: Path) -> MiningResult:
    header = _check_header(arrays, path)
    _check_arrays(arrays, header)
    n, starts = len(header["labels"]), arrays["occurrence_offsets"].tolist()
    shapes = arrays["prototype_shapes"].tolist()
    cuts = np.cumsum([length * channels for length, channels in shapes], dtype=np.int64)[:-1]
    values = np.split(arrays["prototype_values"].astype(np.float64), cuts)
    occurrences, outcomes = _occurrences(arrays, header["time_unit"]), _outcomes(arrays)
    motifs = tuple(
        Motif(
            values[k].reshape(shapes[k]),
            occurrences[starts[k] : starts[k + 1]],
            outcome=outcomes[k],
            label=str(header["labels"][k]),
            words=tuple(header["words"][k]),
            **{name: float(arrays[name][k]) for name in _MOTIF_FIELDS},
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


def _check_header(arrays: Arrays, path: Path) -> dict[str, Any]:
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


def _check_arrays(arrays: Arrays, header: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the arrays fit each other."""
    n = len(header["labels"])
    offsets, shapes, mask = (
        arrays[name] for name in ("occurrence_offsets", "prototype_shapes", "outcome_mask")
    )
    occurrence_names = [
        name for name in arrays if name.startswith("occurrence_") and name != "occurrence_offsets"
    ]
    outcome_names = [f"outcome_{name}" for name in (*_OUTCOME_COUNTS, *_OUTCOME_FIELDS)]
    n_occurrences = int(offsets[-1])
    expected: dict[str, tuple[int, ...]] = {
        "occurrence_offsets": (n + 1,),
        "prototype_shapes": (n, 2),
        "prototype_values": (int(shapes.prod(axis=1).sum()),),
        "outcome_mask": (n,),
        **dict.fromkeys(_MOTIF_FIELDS, (n,)),
        **dict.fromkeys(occurrence_names, (n_occurrences,)),
        **dict.fromkeys(outcome_names, (int(mask.sum()),)),
    }
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"array {name} has shape {arrays[name].shape} instead of {shape}")
    if len(header["words"]) != n or offsets[0] != 0 or (np.diff(offsets) < 0).any() or (shapes < 0).any():
        raise ValueError("its arrays do not fit each other")


def _occurrences(arrays: Arrays, unit: str) -> tuple[Occurrence, ...]:
    columns = [arrays[f"occurrence_{name}"].tolist() for name in ("episode", "start", "end", "distance")]
    for name in ("start_time", "end_time"):
        stored = arrays[f"occurrence_{name}"]
        times = stored.astype(np.int64).astype(f"datetime64[{unit}]")
        columns.append([None if i == _NO_TIME else t for i, t in zip(stored.tolist(), times, strict=True)])
    return tuple(Occurrence(*row) for row in zip(*columns, strict=True))


def _outcomes(arrays: Arrays) -> list[Outcome | None]:
    names = (*_OUTCOME_COUNTS, *_OUTCOME_FIELDS)
    rows = zip(*(arrays[f"outcome_{name}"].tolist() for name in names), strict=True)
    return [Outcome(*next(rows)) if there else None for there in arrays["outcome_mask"].tolist()]


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
        plain[name] = _json_value(getattr(result, name))
    plain["motifs"] = [_motif_to_dict(motif) for motif in result.motifs]
    return plain


def _motif_to_dict(motif: Motif) -> dict[str, Any]:
    outcome = motif.outcome
    names = ("label", "length", "count", "distance", *_MOTIF_FIELDS, "words")
    return {
        **{name: _json_value(getattr(motif, name)) for name in names},
        "prototype": _json_value(motif.prototype),
        "outcome": None
        if outcome is None
        else {name: _json_value(getattr(outcome, name)) for name in (*_OUTCOME_COUNTS, *_OUTCOME_FIELDS)},
        "occurrences": [{name: _json_value(v) for name, v in o._asdict().items()} for o in motif.occurrences],
    }


def _json_value(value: Any) -> Any:
    """Value that JSON can hold."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(np.datetime_as_string(value, "auto"))
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _json_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(one) for one in value]
    return value
