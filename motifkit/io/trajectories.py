"""Logged trajectories from files: Minari and D4RL data sets, NPZ archives, tables with an episode column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from motifkit.errors import DataError, FileAccessError, UsageError
from motifkit.io.origin import printable
from motifkit.io.series import NaPolicy, fingerprint, require_rows
from motifkit.io.source import missing
from motifkit.io.trajectory_d4rl import read_d4rl
from motifkit.io.trajectory_episodes import episodes_of, mined_columns
from motifkit.io.trajectory_hdf5 import opened
from motifkit.io.trajectory_log import StepLog
from motifkit.io.trajectory_minari import METADATA_FILE, episode_number, minari_folder, read_minari
from motifkit.io.trajectory_npz import npz_names, read_npz
from motifkit.io.trajectory_tables import is_step_table, read_step_table, table_header
from motifkit.types import TrajectoryDataset

_HDF5 = (".hdf5", ".h5")
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".csv.gz")


def is_trajectory_log(path: str | Path) -> bool:
    """Tell whether a path holds logged trajectories rather than a price series or a result.

    Parameters
    ----------
    path : str or Path
        Names and headers are looked at; nothing is read in full.

    Returns
    -------
    bool
        True for a folder with a Minari data set, for any name that ends in `.hdf5` or `.h5`, for an NPZ archive
        with `observations`, and for a table with a column `episode` and one `obs` or `obs_*`. Else False, also for
        what cannot be read.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> is_trajectory_log("log/main_data.hdf5"), is_trajectory_log(sample_path("goog.csv"))
    (True, False)
    """
    place = Path(path)
    name = place.name.lower()
    if str(path) == "-":
        return False
    try:
        if place.is_dir():
            return minari_folder(place) is not None
        if name.endswith(_HDF5):
            return True
        if not place.is_file():
            return False
    except (OSError, ValueError):
        return False
    if name.endswith(".npz"):
        names = npz_names(place)
        return "observations" in names and "header" not in names
    return name.endswith(_TABLES) and is_step_table(table_header(place))


def read_trajectories(
    path: str | Path,
    *,
    channels: Sequence[str] | None = None,
    actions: bool = False,
    rewards: bool = False,
    na: NaPolicy = "error",
) -> TrajectoryDataset:
    r"""Read logged trajectories.

    Minari data sets (a folder or its `main_data.hdf5`; h5py is enough, and the environment is never built), D4RL
    files, NPZ archives of flat arrays, and CSV or Parquet tables with a column `episode`; see
    `motifkit.io.trajectory_minari`, `trajectory_d4rl`, `trajectory_npz` and `trajectory_tables` for the names of
    their parts.

    Parameters
    ----------
    path : str or Path
    channels : sequence of str, optional
        Observation channels to keep, in this order. None keeps all.
    actions, rewards : bool
        Append the actions ("action", or "action_0" and so on) and the rewards ("reward") to the observations, so
        that they are mined too.
    na : {"error", "drop", "fill"}
        What becomes of steps whose chosen channels, action or reward are missing or infinite: an error that names
        the first; they are removed, and windows run over the gaps; or the value before is repeated within the
        episode.

    Returns
    -------
    TrajectoryDataset
        One `Episode` for each logged one, row t holding (obs_t, a_t, r_t); an observation after the last action is
        dropped. `actions` are int64 (T,) for choices, else float; zeros, like `rewards`, where the log has none, and
        `repairs` says so.

    Raises
    ------
    UsageError
        For unusable arguments, an unknown kind of file, or HDF5 without h5py.
    DataError
        When the content cannot be mined: lacking or unequal parts, text, objects, unknown channels, no steps.
    FileAccessError, CorruptFileError
        When it cannot be read; when it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.csv"
    >>> n = path.write_text("episode,obs_0,action,reward\n0,1.5,1,0\n0,2.5,0,1\n1,3.5,1,1\n")
    >>> log = read_trajectories(path, actions=True)
    >>> log.channels, [len(episode) for episode in log.episodes]
    (('obs_0', 'action'), [2, 1])
    """
    if na not in get_args(NaPolicy):
        raise UsageError(f"na must be one of {', '.join(get_args(NaPolicy))}, got {na!r}")
    if isinstance(channels, str) or (channels is not None and not len(channels)):
        raise UsageError(f"channels must be a list of at least one name, got {channels!r}")
    log = _read(Path(path))
    values, names = mined_columns(log, channels, actions=actions, rewards=rewards)
    episodes, mended = episodes_of(log, values, names, na)
    if not episodes:
        raise DataError(f"{log.source} has no steps; give a log with at least two")
    require_rows(sum(len(e) for e in episodes), log.source)
    absent = [what for what, there in (("actions", log.actions), ("rewards", log.rewards)) if there is None]
    zeros = (f"no {' and no '.join(absent)} in the log, taken as 0",) if absent else ()
    return TrajectoryDataset(
        tuple(episodes),
        names,
        source=printable(log.source),
        fingerprint=fingerprint(episodes, names),
        repairs=(*log.notes, *zeros, *mended),
    )


def _read(path: Path) -> StepLog:
    if path.is_dir():
        if minari_folder(path) is None:
            if any((folder / METADATA_FILE).is_file() for folder in (path, path / "data")):
                raise DataError(
                    f"{path} is a Minari data set without main_data.hdf5; convert it to the format hdf5"
                )
            raise FileAccessError(
                f"{path} holds no log: it has neither main_data.hdf5 nor data/main_data.hdf5; name the folder of a "
                "Minari data set, or one file"
            )
        return read_minari(path)
    if not path.exists():
        raise missing(path)
    name = path.name.lower()
    if name.endswith(_HDF5):
        return _read_hdf5(path)
    if name.endswith(".npz"):
        return read_npz(path)
    if name.endswith(_TABLES):
        return read_step_table(path)
    raise UsageError(
        f"{path.name} is no kind of log that is known; give a folder, .hdf5, .npz, .csv or .parquet"
    )


def _read_hdf5(path: Path) -> StepLog:
    with opened(path) as file:
        flat = "observations" in file
        grouped = any(episode_number(name) is not None for name in file)
        held = list(file)[:8]
        if flat:
            return read_d4rl(file, path)
    if grouped or not held:
        return read_minari(path)
    raise DataError(
        f"{path.name} lacks observations, it holds {', '.join(held)}; give a D4RL file or one with groups "
        "episode_0, episode_1"
    )
