"""Arrays in an NPZ archive whose comment is the sha256 of every byte before it.

A damaged file is told before anything in it is believed, and nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import CorruptFileError

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]

# What NumPy, zipfile and json raise on content that somebody made up but gave a right checksum.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    MemoryError,
    SyntaxError,
)

_MARK = b"motifkit-sha256:"
_TRAILER = len(_MARK) + 64


def seal(arrays: Arrays) -> bytes:
    """Bytes of an archive that holds some arrays; the same arrays give the same bytes.

    Examples
    --------
    >>> unseal(seal({"x": np.arange(3)}), Path("x.npz"))
    {'x': array([0, 1, 2])}
    """
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


def unseal(data: bytes, path: Path) -> Arrays:
    """Arrays of an archive that `seal` made; `path` is for messages.

    Raises
    ------
    CorruptFileError
        When it is no such archive, or its checksum is wrong.
    """
    if data[-_TRAILER:-64] != _MARK:
        raise CorruptFileError(f"{path} is not a motifkit result, or was cut short; mine again to write one")
    if hashlib.sha256(data[:-64]).hexdigest().encode() != data[-64:]:
        raise CorruptFileError(
            f"{path} is damaged (its checksum does not match); mine again to write it anew"
        )
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except UNREADABLE as error:
        raise CorruptFileError(
            f"{path} is not a valid motifkit result ({in_short(error)}); mine again"
        ) from None


def in_short(error: BaseException) -> str:
    """First line of what an error says, or its kind."""
    lines = str(error).splitlines()
    return lines[0][:100] if lines else type(error).__name__
