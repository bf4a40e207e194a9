"""Units of work side by side in processes that end with the one that started them."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any, NamedTuple

from motifkit import errors
from motifkit.errors import MotifkitError
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import Unit

_JOIN_SECONDS = 5.0


class _Worker(NamedTuple):
    process: SpawnProcess
    pipe: Connection


def work_off(
    units: Sequence[Unit],
    experiment: Experiment,
    directory: Path,
    n_processes: int,
    finished: Callable[[Unit, float], None],
) -> None:
    """Do units side by side, each after those that it reads from.

    Parameters
    ----------
    units : sequence of Unit
        In an order in which they could be done one by one. What they read from and is not among them is done.
    experiment, directory
        See `Workshop`.
    n_processes : int
    finished : callable
        Called with each unit once its files are written, and the seconds it took.

    Raises
    ------
    MotifkitError
        What a unit raised, with its name; the other processes are ended, and their units are not done.
    """
    if not units:
        return
    with _workers(min(n_processes, len(units)), experiment, directory) as workers:
        waiting, busy, idle = list(units), dict[Connection, Unit](), [worker.pipe for worker in workers]
        undone = {unit.name for unit in units}
        while undone:
            while idle and (unit := _next(waiting, undone)) is not None:
                pipe = idle.pop()
                waiting.remove(unit)
                busy[pipe] = unit
                with suppress(OSError):  # a process that has died is noticed below
                    pipe.send(unit)
            answering = connection.wait(list(busy))
            for pipe in [one for one in busy if one in answering]:
                unit = busy.pop(pipe)
                finished(unit, _answer(pipe, unit))
                undone.remove(unit.name)
                idle.append(pipe)


def _next(waiting: Sequence[Unit], undone: set[str]) -> Unit | None:
    """First unit that has all it reads from."""
    return next((unit for unit in waiting if not undone.intersection(unit.after)), None)


def _answer(pipe: Connection, unit: Unit) -> float:
    """Seconds that a unit took."""
    try:
        kind, value = pipe.recv()
    except (EOFError, OSError):
        raise MotifkitError(
            f"the process of {unit.name} was killed, perhaps out of memory; retry with fewer --processes"
        ) from None
    if kind == "done":
        return float(value)
    raise getattr(errors, kind, RuntimeError)(f"{unit.name}: {value}")


@contextmanager
def _workers(n: int, experiment: Experiment, directory: Path) -> Iterator[list[_Worker]]:
    context = get_context("spawn")
    workers: list[_Worker] = []
    try:
        with _interrupts_held():
            for _ in range(n):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, experiment, directory), daemon=True)
                process.start()
                theirs.close()
                workers.append(_Worker(process, ours))
        yield workers
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join(_JOIN_SECONDS)
            worker.pipe.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: a process that is started inside never hears it, and is ended by the one that started it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, experiment: Experiment, directory: Path) -> None:
    """Life of a process: do the units that come through the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    from motifkit.pipeline.training import Workshop, one_thread

    one_thread()
    workshop = Workshop(experiment, directory)
    while True:
        try:
            unit = pipe.recv()
        except EOFError:
            return
        began = perf_counter()
        answer: tuple[str, Any]
        try:
            workshop.do(unit)
            answer = ("done", perf_counter() - began)
        except MotifkitError as error:
            answer = (type(error).__name__, str(error))
        except Exception:
            answer = ("RuntimeError", traceback.format_exc(limit=-3))
        pipe.send(answer)


def _end_with_parent() -> None:
    """Wait until the process that started this one is gone, however that came, and go too."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
