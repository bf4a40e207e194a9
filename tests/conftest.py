"""Fixtures that several test modules share, and a core for each of several workers."""

import os


def pytest_configure():
    """Keep a worker, and what it starts, on one core: threads of two workers would get in each other's way."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})
