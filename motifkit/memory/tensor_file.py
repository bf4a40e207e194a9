"""Tensors and what they mean in one file: safetensors with a JSON header and a checksum, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motifkit.errors import CorruptFileError, FileAccessError
from motifkit.io.atomic import atomic_write


def write_tensors(
    path: str | Path,
    file_format: str,
    tensors: Mapping[str, Tensor],
    header: Mapping[str, Any],
    *,
    overwrite: bool = False,
) -> Path:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : path
        Written to exactly.
    file_format : str
        Name and version of what is in it, such as "motifkit.bank/1".
    tensors : mapping of str to tensor
    header : mapping
        JSON values.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    FileAccessError
        As `motifkit.io.atomic.atomic_write`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.safetensors"
    >>> _ = write_tensors(path, "example/1", {"x": torch.arange(3.0)}, {"about": "three numbers"})
    >>> read_tensors(path, "example/1", "example")
    ({'x': tensor([0., 1., 2.])}, {'about': 'three numbers'})
    """
    from safetensors.torch import save

    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    text = json.dumps(header, allow_nan=True)
    metadata = {"format": file_format, "header": text, "checksum": _checksum(plain, text)}
    path = Path(path)
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(_in_order(save(plain, metadata)))  # save_file makes other permissions
    return path


def read_tensors(path: str | Path, file_format: str, what: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file that `write_tensors` wrote.

    Parameters
    ----------
    path : path
    file_format : str
        What it must be.
    what : str
        The same in words, for messages: "checkpoint".

    Returns
    -------
    tensors : dict of str to tensor
    header : dict

    Raises
    ------
    FileAccessError, CorruptFileError
        When the file cannot be read; when it is damaged, something else, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb"):
            pass
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except OSError as error:
        raise FileAccessError(f"{path} cannot be read: {error.strerror or error}; name a {what}") from None
    except SafetensorError as error:
        raise CorruptFileError(f"{path} is damaged or no {what} ({error}); use another copy") from None
    if metadata.get("format") != file_format:
        raise CorruptFileError(
            f"{path} has format {metadata.get('format', 'unknown')!r}, this version reads {file_format!r}; "
            "load it with the motifkit that wrote it"
        )
    header = metadata.get("header", "")
    if _checksum(tensors, header) != metadata.get("checksum"):
        raise CorruptFileError(f"{path} is damaged: its checksum does not fit; use another copy")
    return tensors, json.loads(header)


def _in_order(content: bytes) -> bytes:
    """The same safetensors file with its metadata sorted, so that equal content makes equal files.

    safetensors writes metadata in another order each time. Its header is JSON behind its own length in 8 bytes; where
    tensors lie is counted from its end.
    """
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at multiples of 8
    return len(text).to_bytes(8, "little") + text + content[8 + n :]


def _checksum(tensors: Mapping[str, Tensor], header: str) -> str:
    """sha256 of all values and of the header."""
    total = sha256(header.encode())
    for name in sorted(tensors):
        value = tensors[name]
        total.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        total.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
