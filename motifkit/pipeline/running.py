"""An experiment from its file to its summary: what is done stays, what is missing is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from motifkit.errors import FileAccessError
from motifkit.io.atomic import check_writable
from motifkit.pipeline.manifest import Manifest
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import Unit, units_of
from motifkit.pipeline.workers import work_off

TEMPORARY = ".*.????????.*"  # what `atomic_write` leaves behind when its process is killed


@dataclass
class Progress:
    """How far an experiment is.

    Parameters
    ----------
    units : sequence of Unit
        All of it.
    n_processes : int
    seconds : dict
        What finished units took, by name.
    """

    units: Sequence[Unit]
    n_processes: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def n_done(self) -> int:
        """Units that are done."""
        return len(self.seconds)

    @property
    def minutes_left(self) -> float | None:
        """Estimate from the mean of finished units of a kind; None before one is finished."""
        if not self.seconds:
            return None
        of_kind: dict[str, list[float]] = {}
        for unit in self.units:
            if unit.name in self.seconds:
                of_kind.setdefault(unit.kind, []).append(self.seconds[unit.name])
        known = {kind: sum(times) / len(times) for kind, times in of_kind.items()}
        if "train" not in known:
            return None
        left = [known.get(unit.kind, known["train"]) for unit in self.units if unit.name not in self.seconds]
        return sum(left) / self.n_processes / 60


Report: TypeAlias = Callable[[Progress], None]


def run_experiment(
    experiment: Experiment,
    directory: str | Path,
    *,
    n_processes: int = 1,
    force: bool = False,
    report: Report | None = None,
) -> Manifest:
    """Do what of an experiment is not done yet.

    Parameters
    ----------
    experiment : Experiment
    directory : str or Path
        Where its files lie; made when missing. What was done there with the same inputs, parameters and version
        is not done again.
    n_processes : int
        Trainings at a time.
    force : bool
        Do everything anew.
    report : callable, optional
        Called with the progress at the beginning and after each unit.

    Returns
    -------
    Manifest

    Raises
    ------
    MotifkitError
        When the directory holds something else, or a unit fails; what was finished before is kept.
    """
    directory = Path(directory)
    manifest = Manifest(directory)
    units = units_of(experiment)
    missing = [unit for unit in units if force or not manifest.is_done(unit.name, unit.hash)]
    # What a unit reads from is made first, also where only a file of it was lost.
    manifest.begin(experiment.as_dict(), [unit.name for unit in missing])
    remove_leftovers(directory)
    names = {unit.name for unit in missing}
    progress = Progress(units, n_processes)
    progress.seconds = {unit.name: manifest.seconds(unit.name) for unit in units if unit.name not in names}

    def finished(unit: Unit, seconds: float) -> None:
        manifest.finish(unit.name, unit.hash, unit.files, seconds)
        progress.seconds[unit.name] = seconds
        if report is not None:
            report(progress)

    if report is not None:
        report(progress)
    # Miners run one at a time: each takes all cores, and its time is one of the figures.
    mining = [unit for unit in missing if unit.kind == "mine"]
    try:
        work_off(mining, experiment, directory, 1, finished)
        work_off(
            [unit for unit in missing if unit.kind != "mine"], experiment, directory, n_processes, finished
        )
    finally:
        remove_leftovers(directory)
    return manifest


def remove_leftovers(directory: Path) -> None:
    """Remove temporary files of processes that were ended while they wrote."""
    for path in directory.rglob(TEMPORARY):
        with suppress(OSError):
            path.unlink()


def require_directory(directory: str | Path) -> None:
    """Refuse a place where the run cannot lie, before any work and without leaving anything behind.

    Raises
    ------
    FileAccessError, CorruptFileError
        See `Manifest`; when the directory cannot be written to.
    """
    manifest = Manifest(Path(directory))
    if manifest.directory.is_dir():
        check_writable(manifest.path, overwrite=True)
        return
    above = manifest.directory.absolute().parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise FileAccessError(f"{directory} cannot be made: {above} is a file; choose another place")
