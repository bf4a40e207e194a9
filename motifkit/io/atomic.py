"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from motifkit.errors import FileAccessError


@contextmanager
def atomic_write(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Write a file so that at no time half of it can be seen under its name.

    The body of the `with` block writes to a temporary file in the same directory. When it ends that file is
    flushed to the disk and takes the name; when it raises, whatever it raises, the temporary file is removed
    and a file that was there before is untouched.

    Parameters
    ----------
    path : str or Path
        A symbolic link is followed.
    overwrite : bool
        Whether a file that is there may be replaced; its permissions are kept.

    Yields
    ------
    Path
        The temporary file, empty, with the suffix of `path`, so that writers that go by it work.

    Raises
    ------
    FileAccessError
        When the file is there and `overwrite` is false, when the directory is missing or cannot be written
        to, or when writing fails, as on a full disk.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with atomic_write(target) as temporary:
    ...     n = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    asked, target = Path(path), _resolved(path)
    mode = _check_target(asked, target, overwrite)
    temporary = target.with_name(f".{target.stem[:64]}.{secrets.token_hex(4)}{target.suffix}")
    try:
        _create(temporary, asked)
        try:
            yield temporary
            _settle(temporary, mode)
            _check_target(asked, target, overwrite)  # it may have appeared meanwhile
            os.replace(temporary, target)
        except OSError as error:
            if isinstance(error, FileAccessError):
                raise
            reason = error.strerror or str(error)
            raise FileAccessError(f"{asked} cannot be written: {reason}; choose another place") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    _sync_directory(target.parent)


def check_writable(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise the error that `atomic_write` would, before long work and without leaving anything behind.

    Raises
    ------
    FileAccessError
        As `atomic_write`.
    """
    asked, target = Path(path), _resolved(path)
    _check_target(asked, target, overwrite)
    probe = target.with_name(f".{secrets.token_hex(8)}")
    try:
        _create(probe, asked)
    finally:
        with suppress(OSError):
            probe.unlink()


def write_json(path: str | Path, values: Mapping[str, Any], *, indent: int = 1) -> None:
    r"""Write JSON in place of what is there, whole or not at all; NaN is refused.

    Parameters
    ----------
    path : str or Path
    values : mapping
        JSON values, see `motifkit.io.json_values.json_value`; collections of other kinds are written as lists.
    indent : int
        Spaces.

    Raises
    ------
    FileAccessError
        As `atomic_write`.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.json"
    >>> write_json(target, {"length": 4})
    >>> target.read_text()
    '{\n "length": 4\n}\n'
    """
    text = json.dumps(values, indent=indent, allow_nan=False, default=list) + "\n"
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def make_directory(path: Path) -> None:
    """Make a directory and those above it, where they are missing.

    Raises
    ------
    FileAccessError
        When there is a file of that name, or it cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> make_directory(Path(tempfile.mkdtemp()) / "runs" / "first")
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileAccessError(f"{path} is a file where a directory is needed; name another one") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        reason = getattr(error, "strerror", None) or error
        raise FileAccessError(f"directory {path} cannot be made: {reason}; choose another place") from None


def _resolved(path: str | Path) -> Path:
    """Path behind symbolic links, so that a link stays one."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise FileAccessError(f"{path} cannot be written: {error}; choose another place") from None


def _check_target(asked: Path, target: Path, overwrite: bool) -> int | None:
    """Permissions of the file that is to be replaced, None when there is none."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileAccessError(f"{asked} cannot be written: {reason}; choose another place") from None
    if stat.S_ISDIR(status.st_mode):
        raise FileAccessError(f"{asked} is a directory; name a file in it")
    if not stat.S_ISREG(status.st_mode):  # renaming over /dev/null would replace the device
        raise FileAccessError(f"{asked} is not a regular file; choose another place")
    if not overwrite:
        raise FileAccessError(f"{asked} exists already; use --force to overwrite it, or choose another name")
    return stat.S_IMODE(status.st_mode)


def _create(temporary: Path, asked: Path) -> None:
    try:
        # Not mkstemp: the file should get the permissions that the umask gives any other.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except (FileNotFoundError, NotADirectoryError):
        if temporary.parent.is_dir():  # like /proc
            raise FileAccessError(f"directory {asked.parent} takes no files; choose another place") from None
        raise FileAccessError(f"directory {asked.parent} does not exist; make it first") from None
    except PermissionError:
        message = f"directory {asked.parent} may not be written to; choose another place"
        raise FileAccessError(message) from None
    except OSError as error:
        raise FileAccessError(f"{asked} cannot be written: {error.strerror}; choose another place") from None


def _settle(temporary: Path, mode: int | None) -> None:
    """Force the content to the disk, so that the name never points to less than all of it."""
    handle = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    if mode is not None:
        os.chmod(temporary, mode)


def _sync_directory(directory: Path) -> None:
    """Force the new name to the disk; not every platform and file system can."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
