"""Files that a command writes: refused before the work or written whole, all of them or none."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from motifkit.cli import interrupt
from motifkit.errors import UsageError
from motifkit.io.atomic import atomic_write, check_writable

if TYPE_CHECKING:
    from motifkit.cli.voice import Voice
    from motifkit.types import MiningResult, TrajectoryDataset


def require_targets(targets: Sequence[str], *, inputs: Sequence[str], force: bool) -> None:
    """Refuse outputs that cannot be written, before any work.

    Parameters
    ----------
    targets : sequence of str
        Paths to write.
    inputs : sequence of str
        Paths that are read, which no output may overwrite, whatever `force` says.
    force : bool
        Whether files that exist may be overwritten.

    Raises
    ------
    UsageError
        When two outputs are the same file, or one is an input, a file in a folder that is read, or "-".
    FileAccessError
        When a file exists and `force` is false, or cannot be written.
    """
    places = [os.path.realpath(target) for target in targets]
    for i, (target, place) in enumerate(zip(targets, places, strict=True)):
        if target == "-":
            raise UsageError("outputs are files, not stdout; name one, or use --json for the result as text")
        if place in places[:i]:
            raise UsageError(f"{target} is named for two outputs; choose two names")
        if any(_same_file(target, one) for one in inputs):
            raise UsageError(f"{target} is the input; choose another name for the output")
        if os.path.exists(target) and any(_is_part_of(place, one) for one in inputs):
            raise UsageError(f"{target} is a file of the input; write the output outside its folder")
        check_writable(target, overwrite=force)


def _same_file(target: str, source: str) -> bool:
    with suppress(OSError, ValueError):
        return source != "-" and os.path.samefile(target, source)
    return False


def _is_part_of(place: str, source: str) -> bool:
    """Whether a file lies in the folder that an input is, or that a data set of Minari named by its file is."""
    from motifkit.io.trajectory_minari import MAIN_FILE

    folder = os.path.realpath(source)
    if os.path.basename(folder) == MAIN_FILE:
        folder = os.path.dirname(folder)
    return source != "-" and os.path.isdir(folder) and place.startswith(os.path.join(folder, ""))


def write_together(writers: Mapping[str, Callable[[Path], object]], *, force: bool) -> None:
    """Write files so that either all appear or none.

    Parameters
    ----------
    writers : mapping of str to callable
        For each path what writes the content to the temporary file it is given.
    force : bool
        Whether files that exist may be overwritten.
    """
    with ExitStack() as files:
        for path, write in writers.items():
            write(files.enter_context(atomic_write(path, overwrite=force)))
        with interrupt.committing(list(writers)):
            files.close()


def result_writers(
    result: MiningResult, dataset: TrajectoryDataset, output: str | None, picture: str | None
) -> dict[str, Callable[[Path], object]]:
    """Writers for a result and its picture, for those that are asked for."""
    writers: dict[str, Callable[[Path], object]] = {}
    if output is not None:
        writers[output] = partial(result.save, overwrite=True)
    if picture is not None:
        writers[picture] = partial(_draw, result, dataset)
    return writers


def _draw(result: MiningResult, dataset: TrajectoryDataset, path: Path) -> None:
    from motifkit.report.axes import save_figure
    from motifkit.report.figures import plot_motifs  # matplotlib takes a second

    save_figure(plot_motifs(result, dataset), path)


def with_suffix_of_method(path: str, method: str) -> str:
    """Path of one method's file when all write theirs.

    Examples
    --------
    >>> with_suffix_of_method("out/motifs.npz", "sax")
    'out/motifs-sax.npz'
    """
    stem, suffix = os.path.splitext(path)
    return f"{stem}-{method}{suffix}"


def conclude(voice: Voice, written: Sequence[str], following: Sequence[str]) -> None:
    """Name the files that were written and the command to try next, where there is one.

    Examples
    --------
    >>> from motifkit.cli.voice import Voice
    >>> voice = Voice(as_json=False, quiet=False, verbose=False)
    >>> conclude(voice, ["a.npz", "a.png"], ["motifkit", "match", "a.npz", "NEW.csv"])
    wrote a.npz and a.png
    next: motifkit match a.npz NEW.csv
    """
    if written:
        named = written[0] if len(written) == 1 else f"{', '.join(written[:-1])} and {written[-1]}"
        voice.say(f"wrote {named}")
    if following:
        voice.say(f"next: {shlex.join(following)}")
