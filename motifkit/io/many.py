"""Many series files as one dataset, an episode each, and counts of motifs by series."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from motifkit.errors import DataError, MotifkitError, UsageError
from motifkit.io.as_mined import read_as_mined
from motifkit.io.layout import normalise_name
from motifkit.io.prices import describe, read_prices
from motifkit.io.series import NaPolicy, fingerprint
from motifkit.types import MiningResult, TrajectoryDataset, Transform
from motifkit.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from motifkit.io.prices import Data


class ManySeries(NamedTuple):
    """What was read from many files.

    `dataset` holds an episode a file, whose id is the name of the file; `skipped` has a line for every file that was
    left out, which says why.
    """

    dataset: TrajectoryDataset
    skipped: tuple[str, ...]


def read_many(
    paths: Sequence[str | Path],
    *,
    column: str | None = None,
    columns: Sequence[str] | None = None,
    transform: Transform = "level",
    na: NaPolicy = "error",
    skip_bad: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ManySeries:
    """Read price series from many files, to be mined together.

    Parameters
    ----------
    paths : sequence of str or Path
        Each file once. Standard input cannot be one of several.
    column, columns, transform, na
        As in `motifkit.read_prices`, for every file. All files must give the same channels.
    skip_bad : bool
        Whether files that cannot be read, have other channels or repeat another file's values are left out. Otherwise
        the first of them ends the reading.
    progress : callable, optional
        Called as ``progress("reading", done, total)``.

    Returns
    -------
    ManySeries
        The dataset's `repairs` begin with the name of the file.

    Raises
    ------
    UsageError
        When a file is named twice, or standard input among others.
    MotifkitError
        The error of the first bad file, with the number of the others: unless `skip_bad`, or when all are bad.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> many = read_many([sample_path("goog.csv"), sample_path("planted.csv")], column="close", skip_bad=True)
    >>> [episode.id for episode in many.dataset.episodes], len(many.skipped)
    (['goog.csv'], 1)
    """
    named = _names([str(path) for path in paths])
    parts: dict[str, TrajectoryDataset] = {}
    errors: list[MotifkitError] = []
    first_of: dict[str, str] = {}
    for i, (name, path) in enumerate(named.items()):
        try:
            part = read_prices(path, column=column, columns=columns, transform=transform, na=na)
            _require_same_channels(name, part, parts)
            _require_new_values(name, part, first_of)
            parts[name] = part
        except UsageError:
            raise  # the arguments are wrong, whatever the file
        except MotifkitError as error:
            errors.append(error)
        if progress is not None:
            progress("reading", i + 1, len(named))
    if errors and not (skip_bad and parts):
        raise type(errors[0])(_first_and_others(errors, any_good=bool(parts)))
    return ManySeries(_joined(parts), tuple(" ".join(str(error).split()) for error in errors))


def _names(paths: Sequence[str]) -> dict[str, str]:
    """Paths by the name of their series: the file's, or the whole path where two files share theirs."""
    places: dict[str, str] = {}
    for path in paths:
        if path == "-":
            raise UsageError("standard input cannot be one of several files; write it to a file first")
        place = os.path.realpath(path)
        if place in places:
            raise UsageError(f"{path} is named twice; give each file once, or its motifs count twice")
        places[place] = path
    if not paths:
        raise UsageError("no file is named; give at least one")
    shared = Counter(os.path.basename(path) for path in paths)
    return {path if shared[(base := os.path.basename(path))] > 1 else base: path for path in paths}


def _require_same_channels(name: str, part: TrajectoryDataset, parts: dict[str, TrajectoryDataset]) -> None:
    if not parts:
        return
    first_name, first = next(iter(parts.items()))
    if [normalise_name(c) for c in part.channels] != [normalise_name(c) for c in first.channels]:
        raise DataError(
            f"{name} has column {', '.join(part.channels)} where {first_name} has {', '.join(first.channels)}; "
            "name a column that all files have (--column)"
        )


def _require_new_values(name: str, part: TrajectoryDataset, first_of: dict[str, str]) -> None:
    """A series that is there twice would make every window of it recur."""
    # Not the fingerprint, which the spelling of a column's name changes.
    values = fingerprint(part.episodes, ())
    if values in first_of:
        raise DataError(f"{name} holds the same values as {first_of[values]}; give one of them")
    first_of[values] = name


def _first_and_others(errors: Sequence[MotifkitError], *, any_good: bool) -> str:
    others = len(errors) - 1
    told = str(errors[0])
    if others:
        told += f" (and {counted(others, 'other')} like it)"
    return told + ("; --skip-bad leaves such files out" if any_good else "; no file can be mined")


def _joined(parts: dict[str, TrajectoryDataset]) -> TrajectoryDataset:
    """One dataset, an episode a file."""
    first = next(iter(parts.values()))
    episodes = tuple(replace(part.episodes[0], id=name) for name, part in parts.items())
    adjusted = {part.adjusted for part in parts.values()}
    return replace(
        first,
        episodes=episodes,
        source=first.source if len(parts) == 1 else f"{len(parts):,} files",
        fingerprint=fingerprint(episodes, first.channels),
        adjusted=first.adjusted if len(adjusted) == 1 else None,
        repairs=tuple(f"{name}: {repair}" for name, part in parts.items() for repair in part.repairs),
    )


def describe_many(dataset: TrajectoryDataset) -> str:
    """One line on what was read from many files; the repairs are counted, and the first is told.

    Examples
    --------
    >>> from motifkit.io.prices import as_dataset
    >>> data = replace(as_dataset([[1.0, 2.0], [3.0, 5.0]]), source="2 files", repairs=("a.csv: 1 row dropped",))
    >>> describe_many(data)
    '2 files: 4 rows in 2 episodes, column value, level; 1 repair (a.csv: 1 row dropped)'
    """
    n = len(dataset.repairs)
    repairs: tuple[str, ...] = ()
    if n:
        more = ", ..." if n > 1 else ""
        repairs = (f"{counted(n, 'repair')} ({dataset.repairs[0]}{more})",)
    return describe(replace(dataset, repairs=repairs))


def counts_by_series(result: MiningResult, dataset: Data) -> pd.DataFrame:
    """How often each motif occurs in each series.

    Parameters
    ----------
    result : MiningResult
        Mined or matched in `dataset`.
    dataset : TrajectoryDataset, or what `motifkit.as_dataset` makes one of

    Returns
    -------
    DataFrame
        A row an episode, indexed by its id, a column a motif, by its label; zeros included.

    Raises
    ------
    DataError
        When the result is of other data.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.io.prices import as_dataset
    >>> from motifkit.types import Motif, Occurrence
    >>> places = (Occurrence(1, 0, 3, 0.1), Occurrence(1, 4, 7, 0.2))
    >>> motif = Motif(np.zeros((3, 1)), places, radius=0.2, score=2.0, label="A")
    >>> data = as_dataset([np.arange(9.0), np.arange(8.0)])
    >>> counts_by_series(MiningResult((motif,), "sax", {}, ("value",)), data)["A"].tolist()
    [0, 2]
    """
    import pandas as pd

    if not isinstance(dataset, TrajectoryDataset):
        dataset = read_as_mined(dataset, result)
    if result.fingerprint and dataset.fingerprint and result.fingerprint != dataset.fingerprint:
        raise DataError(
            f"the motifs were found in {result.source}, not in {dataset.source}; give the data that was mined"
        )
    counts = [Counter(o.episode for o in motif.occurrences) for motif in result.motifs]
    if any(e >= len(dataset.episodes) for count in counts for e in count):
        raise DataError(f"the motifs occur in more series than {dataset.source} has; give the data mined")
    return pd.DataFrame(
        {
            motif.label: [count[e] for e in range(len(dataset.episodes))]
            for motif, count in zip(result.motifs, counts, strict=True)
        },
        index=pd.Index([episode.id for episode in dataset.episodes], name="series"),
        dtype="int64",
    )
