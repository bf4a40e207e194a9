"""Work on several threads whose result does not depend on how many they are."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, RLock
from typing import Any, Protocol, TypeVar

from motifkit.arguments import require_whole
from motifkit.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

_UNDER_WAY = 16


class Map(Protocol):
    """Applies a function to every item, results in the order of the items."""

    def __call__(self, job: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        """Results, one after the other."""


def one_by_one(job: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
    """`Map` without threads."""
    return map(job, items)


def n_usable_cores() -> int:
    """Cores that this process may use, which `taskset` or a scheduler may have limited.

    Examples
    --------
    >>> n_usable_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def side_by_side(n_threads: int) -> Iterator[Map]:
    """`Map` on so many threads, for jobs that leave the interpreter's lock to others; what fails cancels the rest.

    Examples
    --------
    >>> with side_by_side(2) as run:
    ...     list(run(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    if n_threads == 1:
        yield one_by_one
        return
    with ThreadPoolExecutor(n_threads) as pool:
        yield lambda job, items: pool.map(job, items)


def bounded(pool: ThreadPoolExecutor, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Results in order; few jobs are under way at a time, which bounds memory and lets an interrupt end it.

    Examples
    --------
    >>> with ThreadPoolExecutor(2) as pool:
    ...     list(bounded(pool, abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(job, item))
        if len(waiting) > _UNDER_WAY:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class _OneBlasThread:
    """The limit of one BLAS thread, which is the process's: the first in sets it, the last out restores what was."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            if not self._users:
                self._limit = threadpool_limits(1, user_api="blas")
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._limit.restore_original_limits()


_ONE_BLAS_THREAD = _OneBlasThread()


def one_blas_thread() -> AbstractContextManager[None]:
    """Keep matrix products on one thread: jobs share the cores, and sums do not depend on their number.

    Calls may overlap in several threads: the limit holds until the last of them ends.
    """
    return _ONE_BLAS_THREAD


_FILTERS = RLock()


@contextmanager
def ignored_warnings(category: type[Warning], message: str = "") -> Iterator[None]:
    """Ignore warnings of a category whose text begins with `message`, one thread at a time.

    Filters of warnings are the process's: of two threads that changed them at once, the last to leave would put
    back those of the other.
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message, category)
        yield


def require_threads(n_threads: object) -> int:
    """Number of threads to use: all cores for None.

    Raises
    ------
    UsageError
        When it is not a whole number of at least 1.

    Examples
    --------
    >>> require_threads(3)
    3
    >>> require_threads(-1)
    Traceback (most recent call last):
    motifkit.errors.UsageError: n_threads must be a whole number of at least 1, got -1; None takes every core
    """
    if n_threads is None:
        return n_usable_cores()
    try:
        return require_whole("n_threads", n_threads)
    except UsageError as error:
        raise UsageError(f"{error}; None takes every core") from None
