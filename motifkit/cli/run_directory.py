"""The directory of a training: what it holds, and when it may be written to or gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from motifkit.cli import interrupt
from motifkit.errors import CorruptFileError, FileAccessError
from motifkit.io.atomic import check_writable, make_directory, write_json
from motifkit.run_files import CHECKPOINT, CONFIG, CONFIG_SCHEMA, LOG, RESULT

_EVENTS = "events.out.tfevents.*"  # TensorBoard's


class RunDirectory:
    """Names of the files of a run.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    config : Path
        JSON: how the run was begun, see `motifkit.cli.plan.TrainingPlan`.
    checkpoint : Path
        All that learning goes on from.
    log : Path
        A JSON line an update.
    result : Path
        JSON: what came out; there only once the training has come to its end.

    Examples
    --------
    >>> RunDirectory("runs/delay64").checkpoint.as_posix()
    'runs/delay64/checkpoint.safetensors'
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config = self.path / CONFIG
        self.checkpoint = self.path / CHECKPOINT
        self.log = self.path / LOG
        self.result = self.path / RESULT

    def __str__(self) -> str:
        return str(self.path)

    @property
    def _files(self) -> tuple[Path, ...]:
        return self.config, self.checkpoint, self.log, self.result

    def require_free(self, *, force: bool) -> None:
        """Refuse a place where no run can begin, before any work.

        Raises
        ------
        FileAccessError
            When it is a file, or holds a run and `force` is false.
        CorruptFileError
            When its config.json is not one of motifkit's, which nothing overwrites.
        """
        if self.path.exists() and not self.path.is_dir():
            raise FileAccessError(f"{self} is a file; name a directory for the run")
        there = [path for path in self._files if path.exists()]
        if there and not force:
            raise FileAccessError(
                f"{self} already holds a run ({there[0].name}); resume it with --resume, start over with --force, "
                "or name another directory"
            )
        if self.config.exists():
            self.read_config()
        if self.path.exists():
            check_writable(self.config, overwrite=True)

    def begin(self, config: Mapping[str, Any]) -> None:
        """Make the directory, take away what an earlier run left, and write config.json.

        Raises
        ------
        FileAccessError
            When that fails.
        """
        make_directory(self.path)
        # The checkpoint goes first: it must never stand beside the plan of another run.
        self._remove([self.checkpoint, self.result, self.log, *self.path.glob(_EVENTS)])
        self.remove_leftovers()
        write_json(self.config, config, indent=2)

    def _remove(self, paths: Iterable[Path]) -> None:
        try:
            for path in paths:
                path.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise FileAccessError(f"{self} cannot be written to: {reason}; choose another place") from None

    def remove_leftovers(self) -> None:
        """Remove temporary files of a process that was killed while it saved."""
        for path in self.path.glob(f".{self.checkpoint.stem}.????????{self.checkpoint.suffix}"):
            with suppress(OSError):
                path.unlink()

    def resume(self, config: Mapping[str, Any]) -> None:
        """Write config.json, which may have changed, and take away what is no longer true.

        Raises
        ------
        FileAccessError
            When that fails.
        """
        self._remove([self.result])
        self.remove_leftovers()
        write_json(self.config, config, indent=2)

    def write_result(self, values: Mapping[str, Any]) -> None:
        """Write what came out."""
        with interrupt.committing([str(self.result)]):
            write_json(self.result, values, indent=2)

    def read_config(self) -> dict[str, Any]:
        """Values of config.json.

        Raises
        ------
        FileAccessError
            When there is no run.
        CorruptFileError
            When the file is damaged or not one of motifkit's.
        """
        if not self.path.exists():
            raise FileAccessError(
                f"{self} does not exist; name the directory of a run, as `train -o` made it"
            )
        if not self.path.is_dir():
            raise FileAccessError(f"{self} is a file; name the directory of a run")
        try:
            text = self.config.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise FileAccessError(
                f"{self} holds no run: it has no {self.config.name}; make one with: motifkit train"
            ) from None
        except UnicodeDecodeError:
            raise CorruptFileError(
                f"{self.config} is not valid UTF-8 text; use another copy of the run"
            ) from None
        except OSError as error:
            raise FileAccessError(f"{self.config} cannot be read: {error.strerror}") from None
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CorruptFileError(
                f"{self.config} is not valid JSON ({error}); use another copy of the run"
            ) from None
        if not isinstance(values, dict) or values.get("schema") != CONFIG_SCHEMA:
            found = values.get("schema") if isinstance(values, dict) else None
            raise CorruptFileError(
                f"{self.config} has schema {found!r}, this version reads {CONFIG_SCHEMA!r}; name the directory of a run"
            )
        return values

    def require_checkpoint(self) -> None:
        """Raise a FileAccessError when no update was finished yet."""
        if not self.checkpoint.exists():
            raise FileAccessError(
                f"{self} has no {self.checkpoint.name}: it was stopped before its first update; start over with --force"
            )
