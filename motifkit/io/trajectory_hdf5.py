"""HDF5 files opened so that every fault is one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motifkit.errors import CorruptFileError, FileAccessError, MotifkitError, UsageError

if TYPE_CHECKING:
    import h5py


def import_h5py(what: str) -> Any:
    """The h5py module.

    Raises
    ------
    UsageError
        When it is not installed; names the extra.
    """
    try:
        import h5py
    except ImportError:
        message = f"{what} needs h5py; run: pip install 'motifkit[trajectories]'"
        raise UsageError(message) from None
    return h5py


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading.

    Raises
    ------
    UsageError
        Without h5py.
    FileAccessError
        When the file is missing or may not be read.
    CorruptFileError
        When it is no HDF5, is cut short, or breaks off while the block reads it.
    """
    h5py = import_h5py(f"{path.name} is an HDF5 file, which")
    try:
        with path.open("rb") as handle:
            handle.read(1)
    except OSError as error:
        raise FileAccessError(f"{path} cannot be read: {error.strerror}; check the path") from None
    try:
        with h5py.File(path, "r") as file:
            yield file
    except MotifkitError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorruptFileError(
            f"{path.name} is a damaged or incomplete HDF5 file ({reason[:120]}); fetch or record it again"
        ) from None
