"""How the tests share two cores: each worker has one, and the longest files come first."""

import os

LONGEST = {
    "test_docs.py",
    "test_docs_pages.py",
    "test_profile.py",
    "test_html_browser.py",
    "test_mine.py",
    "test_run_command.py",
}


def pytest_configure(config):
    """Keep a worker, and what it starts, on one core: threads of two workers would get in each other's way.

    Of stumpy and tslearn the tests want numbers, not speed, so what they compile need not be fast. Measurements do.
    """
    if config.option.markexpr == "not slow":
        os.environ |= {"NUMBA_OPT": "0", "NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"}
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
