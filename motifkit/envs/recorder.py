"""A wrapper that logs every episode of an environment in Minari's layout, and survives being killed."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gymnasium

from motifkit.envs.minari_layout import metadata_of, stacked, write_arrays
from motifkit.errors import CorruptFileError, FileAccessError, UsageError
from motifkit.io.atomic import atomic_write
from motifkit.io.trajectory_hdf5 import import_h5py, opened
from motifkit.io.trajectory_minari import MAIN_FILE, METADATA_FILE, UNMERGED, episode_number

_SPACES = ("observation_space", "action_space")
_MERGE_AT = 100  # episodes that lie beside the main file, at least, before they are merged into it


class TrajectoryRecorder(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Environment that writes what is played in it to a log that Minari and `read_trajectories` read.

    Each episode becomes a file of its own when it ends, whole or not at all, and these are merged into
    `data/main_data.hdf5` from time to time, which is replaced whole as well. So whatever happens to the process, every
    finished episode can be read by `motifkit.read_trajectories`; Minari sees those that were merged, which are all
    after `close()` or once the log was opened with `append=True`.

    Parameters
    ----------
    env : gymnasium.Env
    path : str or Path
        Folder of the log, which is made; the files lie in `path/data`.
    append : bool
        Go on with a log that is there. Its spaces must be the same.
    overwrite : bool
        Replace a log that is there.

    Attributes
    ----------
    n_episodes, n_steps : int
        Finished episodes of the log, and steps of this recorder's.

    Raises
    ------
    UsageError
        Without h5py, for spaces that are no numbers, and when both `append` and `overwrite` are set.
    FileAccessError
        When there is a log and neither is set, or the folder cannot be written to.

    Notes
    -----
    An episode that is cut off by `reset` or `close` is logged as truncated. One whose process dies is lost.
    The layout is that of Minari 0.5 (Younis et al. 2024, "Minari").

    Examples
    --------
    >>> import tempfile
    >>> from motifkit import make_env, read_trajectories
    >>> folder = tempfile.mkdtemp()
    >>> with TrajectoryRecorder(make_env("memory-task", delay=4), folder) as env:
    ...     _ = env.reset(seed=0)
    ...     ended = [env.step(0)[2] for _ in range(4)]
    >>> ended[-1], len(read_trajectories(folder).episodes[0])
    (True, 4)
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        path: str | Path,
        *,
        append: bool = False,
        overwrite: bool = False,
    ) -> None:
        super().__init__(env)
        if append and overwrite:
            raise UsageError("append and overwrite exclude each other; give one of them")
        self._h5py = import_h5py("recording trajectories")
        self.path = Path(path)
        self._folder = self.path / "data"
        self._unmerged = self._folder / UNMERGED
        self.n_episodes = self.n_steps = 0
        self._open = True
        self._forget()
        self._begin(metadata_of(env), append=append, overwrite=overwrite)

    # -- the environment

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; one that was not finished is logged as truncated."""
        self._finish(cut=True)
        observation, info = self.env.reset(seed=seed, options=options)
        self._forget()
        self._seed = seed
        self._observations.append(copy.deepcopy(observation))
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and log the episode when it ends."""
        self._actions.append(copy.deepcopy(action))
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
        except BaseException:
            self._actions.pop()
            raise
        self._observations.append(copy.deepcopy(observation))  # some environments write into the last one
        self._rewards.append(float(reward))
        self._ended = (bool(terminated), bool(truncated))
        if terminated or truncated:
            self._finish()
        return observation, reward, terminated, truncated, info

    def close(self) -> None:
        """Log the episode that is not finished as truncated, merge all into the main file, and close."""
        if self._open:
            self._open = False
            self._finish(cut=True)
            self._merge()
        super().close()

    # -- the log

    def _forget(self) -> None:
        self._observations: list[Any] = []
        self._actions: list[Any] = []
        self._rewards: list[float] = []
        self._ended = (False, False)
        self._seed = None

    def _begin(self, metadata: dict[str, Any], *, append: bool, overwrite: bool) -> None:
        main = self._folder / MAIN_FILE
        there = main.exists() or (self._folder / METADATA_FILE).exists()
        if there and not (append or overwrite):
            raise FileAccessError(
                f"{self.path} holds a log already; replace it by --force (overwrite=True), append=True adds to it, "
                "or name another folder"
            )
        with _refusing(self.path):
            self._unmerged.mkdir(parents=True, exist_ok=True)
            if there and append:
                self._described = self._known(metadata)
                self._merge()
                return
            # The main file goes first, so that at no time old episodes stand beside new metadata.
            for path in (main, self._folder / METADATA_FILE, *self._unmerged.glob("episode_*.hdf5")):
                path.unlink(missing_ok=True)
            self._described = metadata
            self._write(main, lambda file: None)
            self._write_metadata()

    def _known(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Metadata of the log that is gone on with."""
        path = self._folder / METADATA_FILE
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            same = all(json.loads(known[name]) == json.loads(metadata[name]) for name in _SPACES)
        except (ValueError, KeyError, TypeError):
            raise CorruptFileError(f"{path} is no metadata of a log; record to another folder") from None
        if not same:
            raise UsageError(
                f"{self.path} is a log of other spaces ({known['dataset_id']}); record to another folder"
            )
        return dict(known)

    def _finish(self, *, cut: bool = False) -> None:
        """Log the episode, if it has a step."""
        n = len(self._rewards)
        if not n:
            return
        terminated, truncated = self._ended
        flags = {"terminations": terminated, "truncations": truncated or (cut and not terminated)}
        number = self.n_episodes

        def write(file: Any) -> None:
            group = file.create_group(f"episode_{number}")
            group.attrs.update({"id": number, "total_steps": n})
            if self._seed is not None:
                group.attrs["seed"] = self._seed
            write_arrays(group, "observations", stacked(self.env.observation_space, self._observations))
            write_arrays(group, "actions", stacked(self.env.action_space, self._actions))
            group.create_dataset("rewards", data=self._rewards)
            for name, last in flags.items():
                group.create_dataset(name, data=[False] * (n - 1) + [last])

        self._write(self._unmerged / f"episode_{number}.hdf5", write)
        self.n_episodes += 1
        self.n_steps += n
        self._forget()
        n_merged = self._described["total_episodes"]
        # As many again as are merged, so that copying the main file costs each episode little.
        if self.n_episodes - n_merged >= max(_MERGE_AT, n_merged):
            self._merge()

    def _merge(self) -> None:
        """Move the episodes that lie beside the main file into it."""
        main = self._folder / MAIN_FILE
        parts = {
            number: part
            for part in self._unmerged.glob("episode_*.hdf5")
            if (number := episode_number(part.stem)) is not None
        }
        with opened(main) as file:
            merged = {n for n in (episode_number(name) for name in file) if n is not None}
        new = sorted(parts.keys() - merged)
        if new:
            self._write(main, lambda file: self._copy(file, [parts[n] for n in new]), start=main)
        self.n_episodes = max([*merged, *new], default=-1) + 1
        self._count()
        with suppress(OSError):
            for part in parts.values():
                part.unlink()
            if not self._open:
                self._unmerged.rmdir()

    def _copy(self, file: Any, parts: list[Path]) -> None:
        for part in parts:
            with opened(part) as source:
                source.copy(part.stem, file)

    def _count(self) -> None:
        """Write how much the main file holds; Minari reads as many episodes as the metadata say."""
        with opened(self._folder / MAIN_FILE) as file:
            sizes = [
                int(file[name].attrs["total_steps"]) for name in file if episode_number(name) is not None
            ]
        self._described |= {"total_episodes": len(sizes), "total_steps": sum(sizes)}
        self._write_metadata()

    def _write_metadata(self) -> None:
        with atomic_write(self._folder / METADATA_FILE, overwrite=True) as temporary:
            temporary.write_text(json.dumps(self._described), encoding="utf-8")

    def _write(self, path: Path, fill: Callable[[Any], None], *, start: Path | None = None) -> None:
        """Write an HDF5 file whole or not at all, beginning with a copy of `start`."""
        with atomic_write(path, overwrite=True) as temporary:
            if start is not None:
                shutil.copyfile(start, temporary)
            with self._h5py.File(temporary, "w" if start is None else "a") as file:
                fill(file)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn an error of the system on a folder into one line."""
    try:
        yield
    except FileAccessError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise FileAccessError(f"{path} cannot be written to: {reason}; choose another place") from None
