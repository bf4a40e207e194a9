"""Ends the process within a second of Ctrl-C, also while C code keeps Python from noticing it.

Python runs a signal handler only between two bytecodes: a k-d tree query or a matrix product that takes a
minute holds it back for that minute. The wake-up descriptor does not wait: the C handler writes to it at
once, and a thread that reads it ends the process when Python has not done so itself in `GRACE` seconds.
Outputs appear whole and at the end (`motifkit.io.atomic`), so that nothing half-written can stay behind.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

GRACE = 0.5  # seconds; a user waits no longer than a second

_COMMIT_LIMIT = 5.0  # seconds that renaming files may take on a slow disk before it counts as stuck
_SHOW_CURSOR = b"\r\x1b[K\x1b[?25h"  # a progress bar that is cut off has hidden it
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """The process was told to end by signal `signum`."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class _State:
    """What the handler, the watching thread and the main thread share."""

    received: int | None = None  # the signal that came first; later ones change nothing
    committing = False  # while files take their names, which is not to be cut in two
    written: tuple[str, ...] = ()
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
    if _State.received is not None:
        raise Stopped(_State.received)


def _on_signal(signum: int, frame: FrameType | None) -> None:
    if _State.received is None:
        _State.received = signum
        if not _State.committing:
            raise Stopped(signum)


def _watch(reader: int) -> None:
    """Wait for a signal, then for Python to end the process, and end it otherwise."""
    signum = 0
    while signum not in _SIGNALS:
        signum = os.read(reader, 1)[0]
    time.sleep(GRACE)
    limit = time.monotonic() + _COMMIT_LIMIT
    while _State.committing and time.monotonic() < limit:
        time.sleep(0.01)
    end(signum)


def end(signum: int) -> NoReturn:
    """Say what was written and end the process at once, with 130 for SIGINT and 143 for SIGTERM.

    Not through `sys.exit`, which would wait for worker threads that are inside C code.
    """
    if not _State.ending.acquire(blocking=False):
        while True:  # the other thread is about to end the process
            time.sleep(1)
    verb = "interrupted" if signum == signal.SIGINT else "terminated"
    told = f"the files were written: {', '.join(_State.written)}" if _State.written else "nothing was written"
    # Not through sys.stderr: the main thread may hold its lock.
    with suppress(OSError):
        if os.isatty(2):
            os.write(2, _SHOW_CURSOR)
        os.write(2, f"{verb}; {told}\n".encode(errors="replace"))
    if threading.current_thread() is threading.main_thread():
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    os._exit(128 + signum)
