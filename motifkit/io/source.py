"""From a path (or standard input) to bytes or text: access, compression, text encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zipfile
import zlib
from pathlib import Path

from motifkit.errors import CorruptFileError, DataError, FileAccessError, suggestion
from motifkit.io.origin import printable

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = b"\t\n\r\f"
_CONTROLS = bytes(b for b in range(32) if b not in _TEXT_CONTROLS) + b"\x7f"


def read_bytes(path: str | Path) -> tuple[str, bytes]:
    """Bytes of a file or of standard input, decompressed when they are gzip or zip.

    Parameters
    ----------
    path : str or Path
        "-" reads standard input. Compression is told by the content, so that a misnamed file is read too.

    Returns
    -------
    source : str
        Name for messages: the file's name, or "stdin".
    data : bytes

    Raises
    ------
    FileAccessError
        When the path is missing, a directory, or not readable.
    CorruptFileError
        When the file is named .gz or .zip and is not, or is damaged or cut short.
    DataError
        When there is nothing in it, or an archive does not hold exactly one file.
    """
    source = "stdin" if str(path) == "-" else printable(Path(path).name or str(path))
    raw = _read_stdin() if str(path) == "-" else _read_file(Path(path))
    if not raw:
        raise DataError(f"{source} is empty; give a file with at least two rows of numbers")
    suffix = Path(source).suffix.lower()
    if raw.startswith(_GZIP):
        raw = _gunzip(raw, source)
    elif raw.startswith(_ZIP):
        raw = _unzip(raw, source)
    elif suffix in (".gz", ".zip"):
        raise CorruptFileError(
            f"{source} is not a {suffix[1:]} file although its name says so; fetch it again"
        )
    if not raw:
        raise DataError(f"{source} holds an empty file; give one with at least two rows of numbers")
    return source, raw


def _read_stdin() -> bytes:
    if sys.stdin is None:  # the shell closed it
        raise FileAccessError("stdin is closed; pipe data into it, or name a file")
    return sys.stdin.buffer.read()


def missing(path: Path) -> FileAccessError:
    """Error about a path that does not exist, with the one beside it that was probably meant."""
    beside = [one.as_posix() for one in path.parent.glob("*")]
    return FileAccessError(f"{path} does not exist{suggestion(path.name, beside, 'check the path')}")


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise FileAccessError(f"{path} is a directory; name one file in it") from None
    except FileNotFoundError:
        raise missing(path) from None
    except PermissionError:
        raise FileAccessError(f"{path} may not be read (permission denied); change its permissions") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise FileAccessError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _gunzip(raw: bytes, source: str) -> bytes:
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise CorruptFileError(
            f"{source} is a damaged or incomplete gzip file ({error}); fetch it again"
        ) from None


def _unzip(raw: bytes, source: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
            if "[Content_Types].xml" in names:
                raise DataError(f"{source} is an Excel workbook; save its sheet as CSV and give that")
            if names and all(name.endswith(".npy") for name in names):
                raise DataError(
                    f"{source} holds NumPy arrays, not a table; motifs of a result file are found in new data with "
                    "motifkit match"
                )
            if len(names) != 1:
                listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
                raise DataError(f"{source} holds {len(names)} files ({listed}); extract one and give that")
            return archive.read(names[0])
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or an unknown compression
        raise DataError(f"{source} cannot be unpacked ({error}); extract it and give the file") from None
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        raise CorruptFileError(
            f"{source} is a damaged or incomplete zip file ({error}); fetch it again"
        ) from None


def decode(raw: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    r"""Text of a file, with "\n" line ends, and what was assumed about its encoding.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 with one; else Windows-1252, the superset of
    Latin-1 in use, when nothing speaks against text.

    Raises
    ------
    CorruptFileError
        When the bytes are no text.

    Examples
    --------
    >>> decode("prix\n1,5".encode("utf-16"), "a.csv")
    ('prix\n1,5', ('decoded from UTF-16',))
    """
    text, notes = _decode(raw, source)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _decode(raw: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                message = f"{source} is damaged {encoding.upper()} text; save it as UTF-8"
                raise CorruptFileError(message) from None
            if "\0" in text:
                raise CorruptFileError(f"{source} is binary, not text; give a CSV file")
            return text, (f"decoded from {encoding.upper()}",)
    if raw.startswith(_OLD_EXCEL):
        raise DataError(f"{source} is an Excel workbook; save its sheet as CSV and give that")
    # Deleting the control bytes is the fastest way to learn whether there are any.
    if len(raw.translate(None, _CONTROLS)) != len(raw):
        at = next(i for i, byte in enumerate(raw) if byte in _CONTROLS)
        raise CorruptFileError(
            f"{source} is binary, not text (byte {raw[at]:#04x} at offset {at}); give a CSV file"
        )
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        at = error.start
    try:
        return raw.decode("cp1252"), ("decoded as Latin-1 (Windows-1252), not being UTF-8",)
    except UnicodeDecodeError:
        message = f"{source} is not text (byte {raw[at]:#04x} at offset {at} is not UTF-8); save it as UTF-8"
        raise CorruptFileError(message) from None
