"""What a training leaves to read: a JSON line an update, TensorBoard events, and a line or bar on the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motifkit.errors import UsageError
from motifkit.io.atomic import atomic_write, check_writable, make_directory
from motifkit.io.json_values import json_value
from motifkit.run_files import LOG

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_FLUSH_SECONDS = 10  # of TensorBoard's events, which a process that is killed loses
_HEADING_EVERY = 20  # lines


class RunLog:
    """Log of one agent's training.

    Parameters
    ----------
    log_dir : str or path, optional
        Directory for `log.jsonl`, made when missing. Lines are flushed one by one, so that a process that is
        killed loses none. An agent that goes on from a checkpoint appends; what the file holds of updates
        after that checkpoint is dropped first, so that each update stands there once. A log of another
        training that is found there is kept as `log-1.jsonl`. None writes no file.
    verbose : int
        From 1 on a line on stderr for every update that is to be shown.
    tensorboard : bool
        Also write TensorBoard events to `log_dir`, over the steps of the environments.

    Raises
    ------
    FileAccessError
        When the directory cannot be made or written to.
    UsageError
        When TensorBoard is not installed, or has no directory to write to.

    Examples
    --------
    >>> import tempfile
    >>> log = RunLog(tempfile.mkdtemp())
    >>> with log.showing(None):
    ...     log.update({"update": 1, "timesteps": 64, "return_mean": float("nan")}, done=64, show=False)
    >>> log.path.read_text().splitlines()
    ['{"update": 1, "timesteps": 64, "return_mean": null}']
    """

    def __init__(self, log_dir: str | Path | None, *, verbose: int = 0, tensorboard: bool = False) -> None:
        if tensorboard and log_dir is None:
            raise UsageError("tensorboard=True needs a place for its files; give log_dir as well")
        self.log_dir = None if log_dir is None else Path(log_dir)
        self.path = None if self.log_dir is None else self.log_dir / LOG
        self._verbose = verbose
        self._writer_class = _summary_writer_class() if tensorboard else None
        self._writer: Any = None
        self._begun = False
        self._done = 0  # steps of the running `learn` up to the last update
        self._n_shown = 0
        self._console: Console | None = None
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if self.path is not None:
            make_directory(self.path.parent)
            check_writable(self.path, overwrite=True)

    @contextmanager
    def showing(self, total: int | None) -> Iterator[None]:
        """Show a bar of `total` steps on stderr while the block runs, if that is a terminal; None shows none.

        Parameters
        ----------
        total : int, optional
        """
        self._done = self._n_shown = 0
        self._console = _stderr() if self._verbose or total is not None else None
        console = self._console
        if total is not None and console is not None and console.is_terminal and not console.is_dumb_terminal:
            from motifkit.report.training import training_bar

            self._bar = training_bar(console)
            self._task = self._bar.add_task("training", total=total, words="")
            self._bar.start()
        try:
            yield
        finally:
            if self._bar is not None:
                self._bar.stop()
            self._bar = None
            if self._writer is not None:
                self._writer.flush()

    def update(self, record: Mapping[str, Any], *, done: int, show: bool) -> None:
        """Log an update.

        Parameters
        ----------
        record : mapping
            JSON values and NaN, which becomes null; `update` counts from 1 and `timesteps` are those so far.
        done : int
            Steps since `showing` began.
        show : bool
            Whether it gets a line on the terminal.
        """
        steps, self._done = done - self._done, done
        line = dict(record)
        if line.get("seconds"):
            line["steps_per_second"] = round(steps / line["seconds"], 1)
        if not self._begun:
            self._begin(line)
        if self.path is not None:
            # Opened for each line: it is in the system's hands at once, and no handle outlives the agent.
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(json_value(line), allow_nan=False) + "\n")
        if self._writer is not None:
            for name, value in _scalars(line).items():
                self._writer.add_scalar(name, value, int(line["timesteps"]))
        self._show(line, with_line=show and bool(self._verbose))

    def drop_after(self, update: int) -> None:
        """Drop what the file holds of updates after one, which no checkpoint knows."""
        if self.path is not None and self.path.exists():
            _drop_from(self.path, update + 1)

    def _begin(self, record: Mapping[str, Any]) -> None:
        """Make room for the first line of this agent."""
        self._begun = True
        first = int(record["update"])
        if self.path is not None and self.path.exists():
            if first == 1:
                _keep(self.path)
            else:
                self.drop_after(first - 1)
        if self._writer_class is not None:
            self._writer = self._writer_class(
                str(self.log_dir),
                purge_step=None if first == 1 else int(record["timesteps"]),
                flush_secs=_FLUSH_SECONDS,
            )

    def _show(self, record: Mapping[str, Any], *, with_line: bool) -> None:
        if with_line:
            from motifkit.report.training import heading, training_line

            console = self._console or _stderr()
            if self._n_shown % _HEADING_EVERY == 0:
                console.print(heading(staged="curriculum" in record), style="bold")
            console.print(training_line(record))
            self._n_shown += 1
        if self._bar is not None and self._task is not None:
            from motifkit.report.training import bar_words

            self._bar.update(self._task, completed=self._done, words=bar_words(record))


def _keep(path: Path) -> None:
    """Rename another training's log to the first free name."""
    n = 1
    while path.with_name(f"{path.stem}-{n}{path.suffix}").exists():
        n += 1
    path.rename(path.with_name(f"{path.stem}-{n}{path.suffix}"))


def _drop_from(path: Path, first: int) -> None:
    """Drop lines of update `first` and later, and what a process that was killed left half-written."""
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if line.endswith(b"\n") and 0 < _number_of(line) < first]
    if kept != lines:
        with atomic_write(path, overwrite=True) as temporary:
            temporary.write_bytes(b"".join(kept))


def _number_of(line: bytes) -> int:
    """Number of the update that a line is about, 0 when it is none."""
    try:
        number = json.loads(line)["update"]
    except (ValueError, KeyError, TypeError):
        return 0
    return number if isinstance(number, int) else 0


def _scalars(record: Mapping[str, Any]) -> dict[str, float]:
    """Curves of a record: its numbers, and the mean return of each round."""
    counters = ("update", "timesteps")
    found = {k: v for k, v in record.items() if isinstance(v, int | float) and k not in counters}
    by_round = record.get("return_by_round", [])
    return found | {f"return_by_round/{i}": value for i, value in enumerate(by_round)}


def _summary_writer_class() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "TensorBoard is not installed; pip install 'motifkit[tensorboard]', or leave tensorboard out"
        ) from error
    return SummaryWriter


def _stderr() -> Console:
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
