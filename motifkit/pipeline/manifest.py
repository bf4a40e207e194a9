"""What of an experiment is done: a hash for each unit of work over all that it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from motifkit.errors import CorruptFileError, FileAccessError
from motifkit.io.atomic import make_directory, write_json
from motifkit.io.digest import file_digest
from motifkit.version import __version__

SCHEMA = "motifkit.manifest/2"
NAME = "manifest.json"


class Done(NamedTuple):
    """A finished unit: hash of what it depends on, content hashes of its files by name relative to the run, seconds."""

    hash: str
    files: dict[str, str]
    seconds: float


class Manifest:
    """manifest.json of a run's directory.

    Parameters
    ----------
    directory : Path
        Need not exist until `save`.

    Raises
    ------
    FileAccessError
        When the directory is a file, or holds other things than a run.
    CorruptFileError
        When the file is damaged or not one of motifkit's.

    Examples
    --------
    >>> import tempfile
    >>> manifest = Manifest(Path(tempfile.mkdtemp()))
    >>> manifest.finish("mine/sax", "abc", [], 1.5)
    >>> Manifest(manifest.directory).is_done("mine/sax", "abc")
    True
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / NAME
        self._experiment: Mapping[str, Any] = {}
        self._units = self._read()

    def _read(self) -> dict[str, Done]:
        if self.directory.exists() and not self.directory.is_dir():
            raise FileAccessError(f"{self.directory} is a file; name a directory for the run")
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.directory.is_dir() and any(self.directory.iterdir()):
                raise FileAccessError(
                    f"{self.directory} holds other files but no {NAME}; name another directory for the run"
                ) from None
            return {}
        except NotADirectoryError:
            above = next(one for one in self.directory.parents if one.exists())
            raise FileAccessError(f"{above} is a file; name another directory for the run") from None
        except OSError as error:
            raise FileAccessError(f"{self.path} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise self._corrupt("is not valid JSON") from None
        try:
            if values["schema"] != SCHEMA:
                raise self._corrupt(f"has schema {values['schema']!r}, this version reads {SCHEMA!r}")
            return {
                name: Done(str(one["hash"]), dict(one["files"]), float(one["seconds"]))
                for name, one in values["units"].items()
            }
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, CorruptFileError):
                raise
            raise self._corrupt("does not describe a run") from None

    def _corrupt(self, what: str) -> CorruptFileError:
        return CorruptFileError(f"{self.path} {what}; name another directory for the run")

    def is_done(self, unit: str, hash: str) -> bool:
        """Whether a unit was finished with that hash, and its files are there as it wrote them."""
        done = self._units.get(unit)
        return (
            done is not None
            and done.hash == hash
            and all(self._is_as_written(name, digest) for name, digest in done.files.items())
        )

    def _is_as_written(self, name: str, digest: str) -> bool:
        path = self.directory / name
        return path.is_file() and file_digest(path) == digest

    def seconds(self, unit: str) -> float:
        """What a finished unit took."""
        return self._units[unit].seconds

    def begin(self, experiment: Mapping[str, Any], stale: Iterable[str]) -> None:
        """Forget units that are to be done again, before their files change under them.

        Raises
        ------
        FileAccessError
            When the directory cannot be made or written to.
        """
        make_directory(self.directory)
        self._experiment = dict(experiment)
        for unit in stale:
            self._units.pop(unit, None)
        self._save()

    def finish(self, unit: str, hash: str, files: Iterable[str], seconds: float) -> None:
        """Note a unit whose files are written, and save."""
        digests = {name: file_digest(self.directory / name) for name in files}
        self._units[unit] = Done(hash, digests, round(seconds, 3))
        self._save()

    def _save(self) -> None:
        units = {name: done._asdict() for name, done in sorted(self._units.items())}
        write_json(
            self.path,
            {"schema": SCHEMA, "version": __version__, "experiment": self._experiment, "units": units},
        )


def hash_of(kind: str, parameters: Mapping[str, Any], inputs: Iterable[str] = ()) -> str:
    """Hash over what a unit depends on, and motifkit's version.

    Parameters
    ----------
    kind : str
        What is done.
    parameters : mapping
        JSON values.
    inputs : iterable of str
        Hashes of the units whose files are read.

    Examples
    --------
    >>> hash_of("mine", {"length": 8}) == hash_of("mine", {"length": 8})
    True
    >>> hash_of("mine", {"length": 8}) == hash_of("mine", {"length": 9})
    False
    """
    values = [kind, dict(parameters), list(inputs), __version__]
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
