"""Work on several threads whose result does not depend on how many they are."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

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


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products on one thread: jobs share the cores, and sums do not depend on their number."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
