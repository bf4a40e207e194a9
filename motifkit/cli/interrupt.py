"""Ends the process within a second of Ctrl-C, also while C code keeps Python from noticing it.

Python runs a signal handler only between two bytecodes: a k-d tree query or a matrix product that takes a
minute holds it back for that minute. The wake-up descriptor does not wait: the C handler writes to it at
once, and a thread that reads it ends the process when Python has not done so itself in `GRACE` seconds.
Outputs appear whole and at the end (`motifkit.io.atomic`), so that nothing half-written can stay behind.

Work that should not be thrown away gets the time it needs: `finishing` only notes the first signal, `patient`
waits until Python notices. A second signal ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

GRACE = 0.5  # seconds; a user waits no longer than a second

_COMMIT_LIMIT = 5.0  # seconds that renaming files may take on a slow disk before it counts as stuck
_ECHO = 0.3  # seconds in which a second signal is the first again: shells and wrappers pass on one more
_CLEAR_LINE = b"\r\x1b[K"
_SHOW_CURSOR = _CLEAR_LINE + b"\x1b[?25h"  # a progress bar that is cut off has hidden it
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """The process was told to end by signal `signum`."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class _State:
    """What the handler, the watching thread and the main thread share."""

    received: int | None = None  # the signal that came first; later ones change nothing
    raises = True  # whether the handler ends what runs
    waits_for: str | None = None  # what the process has the time to do before it ends; None: nothing
    committing = False  # while files take their names, which is not to be cut in two
    written: tuple[str, ...] = ()
    left: str | None = None  # what to say in the place of `written`
    ending = threading.Lock()


def install() -> None:
    """Answer SIGINT and SIGTERM; also where the parent shell left SIGINT ignored, as for background jobs."""
    for signum in _SIGNALS:
        signal.signal(signum, _on_signal)
    if os.name == "nt":  # where the wake-up descriptor must be a socket; Python answers alone there
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader,), name="motifkit-interrupt", daemon=True).start()


def release() -> None:
    """Give the signals their default effect back; the work is over."""
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_DFL)


def received() -> int | None:
    """Signal that told the process to end, None without one."""
    return _State.received


def signal_of(stop: KeyboardInterrupt) -> int:
    """Signal that an exception stands for."""
    return stop.signum if isinstance(stop, Stopped) else int(signal.SIGINT)


def leave(what: str) -> None:
    """Set what is said when the process is told to end, such as which files hold how much."""
    _State.left = what


@contextmanager
def committing(names: Sequence[str]) -> Iterator[None]:
    """Hold signals back while finished files take their names, and remember the names.

    Raises
    ------
    Stopped
        At the end, when a signal came meanwhile.
    """
    _State.committing = True
    try:
        yield
        _State.written = (*_State.written, *names)
    finally:
        _State.committing = False
    if _State.received is not None and _State.raises:
        raise Stopped(_State.received)


@contextmanager
def finishing(what: str) -> Iterator[Callable[[], bool]]:
    """Let work come to a good end when a signal asks for it.

    Parameters
    ----------
    what : str
        What is finished first, for the message that answers the signal.

    Yields
    ------
    callable
        Whether a signal came. The block should ask between its steps, and end.

    Raises
    ------
    Stopped
        At the end, when a signal came.
    """
    _State.waits_for, _State.raises = what, False
    try:
        yield lambda: _State.received is not None
    finally:
        _State.waits_for, _State.raises = None, True
    if _State.received is not None:
        raise Stopped(_State.received)


@contextmanager
def patient(what: str) -> Iterator[None]:
    """Raise `Stopped` at a signal as always, but give the process the time to say what it has so far."""
    _State.waits_for = what
    try:
        yield
    finally:
        if _State.received is None:  # else the watching thread may not have looked yet
            _State.waits_for = None


def _on_signal(signum: int, frame: FrameType | None) -> None:
    if _State.received is not None:
        return
    _State.received = signum
    if _State.raises and not _State.committing:
        raise Stopped(signum)


def _watch(reader: int) -> None:
    """Wait for a signal, then for Python to end the process, and end it otherwise."""
    signum = _next_signal(reader)
    if _State.waits_for is not None:
        again = "once more to end at once" if os.isatty(2) else "a second signal ends at once"
        _tell(f"{_verb(signum)}: {_State.waits_for} first; {again}")
        first = time.monotonic()
        while _next_signal(reader) and time.monotonic() - first < _ECHO:
            pass
    else:
        time.sleep(GRACE)
    limit = time.monotonic() + _COMMIT_LIMIT
    while _State.committing and time.monotonic() < limit:
        time.sleep(0.01)
    end(signum)


def _next_signal(reader: int) -> int:
    signum = 0
    while signum not in _SIGNALS:
        signum = os.read(reader, 1)[0]
    return signum


def _verb(signum: int) -> str:
    return "interrupted" if signum == signal.SIGINT else "terminated"


def _tell(text: str, before: bytes = _CLEAR_LINE) -> None:
    """Write a line to stderr, though not through sys.stderr: the main thread may hold its lock."""
    with suppress(OSError):
        if os.isatty(2):
            os.write(2, before)
        os.write(2, f"{text}\n".encode(errors="replace"))


def end(signum: int) -> NoReturn:
    """Say what was written and end the process at once, with 130 for SIGINT and 143 for SIGTERM.

    Not through `sys.exit`, which would wait for worker threads that are inside C code.
    """
    if not _State.ending.acquire(blocking=False):
        while True:  # the other thread is about to end the process
            time.sleep(1)
    told = (
        f"these files were written: {', '.join(_State.written)}" if _State.written else "nothing was written"
    )
    _tell(f"{_verb(signum)}; {_State.left or told}", before=_SHOW_CURSOR)
    if threading.current_thread() is threading.main_thread():
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    os._exit(128 + signum)
