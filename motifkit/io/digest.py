"""Hashes of what files hold."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from motifkit.errors import FileAccessError

_BLOCK = 1 << 20  # bytes to hash at a time


def file_digest(path: str | Path) -> str:
    """Hash of the content of a file, or of all files in a directory with their names.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        sha256 in hex.

    Raises
    ------
    FileAccessError
        When one cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = path.write_text("x")
    >>> file_digest(path)[:8], file_digest(path.parent) == file_digest(path)
    ('2d711642', False)
    """
    path = Path(path)
    try:
        if not path.is_dir():
            return _digest_of(path, *_state(path))
        digest = hashlib.sha256()
        for one in sorted(file for file in path.rglob("*") if file.is_file()):
            digest.update(f"{one.relative_to(path).as_posix()}:{_digest_of(one, *_state(one))};".encode())
        return digest.hexdigest()
    except OSError as error:
        raise FileAccessError(f"{path} cannot be read: {error.strerror or error}") from None


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=4096)
def _digest_of(path: Path, size: int, changed: int) -> str:
    """Hash of a file; asked for by every unit, so it is kept while the file stays as it is."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
