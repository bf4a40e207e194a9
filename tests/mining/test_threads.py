"""Jobs side by side: in order, as many at a time as asked, and stopped by the first that fails."""

import sys
import threading
import time
import warnings

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from motifkit.mining.threads import ignored_warnings, one_blas_thread, side_by_side


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_keep_their_order(n_threads):
    def slow_first(i):
        time.sleep(0.02 if i == 0 else 0)
        return i * i

    with side_by_side(n_threads) as run:
        assert list(run(slow_first, range(6))) == [0, 1, 4, 9, 16, 25]
        assert list(run(str, [])) == []


@pytest.mark.parametrize("n_threads", [1, 3])
def test_so_many_work_at_a_time(n_threads):
    lock, working, most = threading.Lock(), 0, 0

    def job(_):
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        time.sleep(0.05)
        with lock:
            working -= 1

    with side_by_side(n_threads) as run:
        list(run(job, range(6)))
    assert most == n_threads


@pytest.mark.parametrize("n_threads", [1, 2])
def test_an_error_is_passed_on_and_stops_the_rest(n_threads):
    begun = []

    def job(i):
        begun.append(i)
        time.sleep(0.01)
        if i == 1:
            raise KeyboardInterrupt
        return i

    with pytest.raises(KeyboardInterrupt), side_by_side(n_threads) as run:
        list(run(job, range(200)))
    assert len(begun) < 100


def test_overlapping_limits_of_blas_threads_are_restored():
    """One begins before another and ends before it, as calls in two threads do."""
    np.ones((2, 2)) @ np.ones((2, 2))  # NumPy brings the BLAS whose threads are limited
    before = blas_threads()
    with threadpool_limits(2, user_api="blas"):
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {2}
    assert blas_threads() == before


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_warning_filters_survive_threads():
    before = list(warnings.filters)

    def job(_):
        for _ in range(100):
            with ignored_warnings(UserWarning):
                warnings.warn("nobody sees this", UserWarning, stacklevel=1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with side_by_side(4) as run:
            list(run(job, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert warnings.filters == before
