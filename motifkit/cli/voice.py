"""What a command says, and where: text or JSON on stdout, progress and times on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 1.0  # seconds before a stage gets a bar


class Voice:
    """Speaks for one run of a command.

    Parameters
    ----------
    as_json : bool
        Text is kept back, so that stdout holds JSON and nothing else.
    quiet : bool
        Nothing but JSON and errors.
    verbose : bool
        Times of the stages go to stderr, or a line for every part of long work.

    Attributes
    ----------
    speaks : bool
        Whether text is written at all.
    shows_bars : bool
        Whether stderr is a terminal that may show bars.
    verbose : bool
    """

    def __init__(self, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self._as_json, self._quiet = as_json, quiet
        self.speaks = not (as_json or quiet)
        self.verbose = verbose
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.shows_bars = terminal and not quiet and not os.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """Columns that a table may take."""
        from motifkit.report.terminal import PIPE_WIDTH

        return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if sys.stdout.isatty() else PIPE_WIDTH

    @property
    def styled(self) -> bool:
        """Whether stdout takes colours."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return sys.stdout.isatty() and not plain

    def say(self, text: str) -> None:
        """Write lines for people; nothing for an empty text."""
        if self.speaks and text:
            click.echo(text)

    def pause(self) -> None:
        """Write an empty line."""
        if self.speaks:
            click.echo()

    def warn(self, text: str) -> None:
        """Write a line to stderr, also beside JSON."""
        if not self._quiet:
            click.echo(text, err=True)

    def mutter(self, text: str) -> None:
        """Write a line to stderr for those who want to know more."""
        if self.verbose:
            click.echo(text, err=True)

    def answer(self, values: Mapping[str, Any]) -> None:
        """Write the JSON answer, when it is asked for."""
        if self._as_json:
            click.echo(json.dumps(values, allow_nan=False))

    @contextmanager
    def stages(self) -> Iterator[Stages | None]:
        """Follow the progress of long work; None when nobody looks."""
        if not self.shows_bars and not self.verbose:
            yield None
            return
        stages = Stages(self.shows_bars)
        try:
            yield stages
        finally:
            stages.close()
            for name, seconds in stages.seconds.items() if self.verbose else ():
                click.echo(f"{name}: {seconds:.2f} s", err=True)


class Stages:
    """Progress callback that draws a bar for every stage that takes longer than a second.

    Examples
    --------
    >>> stages = Stages(shows_bars=False)
    >>> stages("profile", 1, 2)
    >>> stages("profile", 2, 2)
    >>> list(stages.seconds)
    ['profile']
    """

    def __init__(self, shows_bars: bool) -> None:
        self.seconds: dict[str, float] = {}
        self._shows_bars = shows_bars
        self._stage = ""
        self._now = self._began = time.monotonic()
        self._bars: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps of a stage are done."""
        now = time.monotonic()
        if stage != self._stage:
            self._end_bar()
            # The time since the last call went into the new stage.
            self._stage, self._began = stage, self._now
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._now
        self._now = now
        if self._shows_bars and now - self._began > _PATIENCE and done < total:
            self._show(stage, done, total)

    def _show(self, stage: str, done: int, total: int) -> None:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bars = Progress(console=Console(stderr=True), transient=True)
            self._bars.start()
        if self._task is None:
            self._task = self._bars.add_task(stage)
        self._bars.update(self._task, completed=done, total=total)

    def _end_bar(self) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def close(self) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()
