"""How the tests share two cores: each worker has one, and the longest files come first. And peers compile little."""

import importlib
import os

import pytest

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


@pytest.fixture(scope="session")
def stumpy():
    """stumpy, of which the inner loops alone are compiled: 5 s instead of 30."""
    import_compiling("stumpy", {"_compute_diagonal", "_shift_insert_at_index", "_rolling_nanstd_1d"})


@pytest.fixture(scope="session")
def tslearn():
    """tslearn, of which the inner loops alone are compiled: 1 s instead of 10."""
    import_compiling("tslearn.metrics", {"_njit_accumulated_matrix"})


def import_compiling(name, loops):
    """Import a module so that of its functions numba compiles those named; the others count as compiled."""
    import numba

    def njit(*signature, parallel=False, **options):
        if signature and callable(signature[0]):
            return njit(**options)(signature[0])
        return lambda f: compiled(*signature, **options)(f) if f.__name__ in loops else ready(f)

    def ready(f):
        f.signatures = ["any"]
        return f

    compiled = numba.njit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba, "njit", njit)
        importlib.import_module(name)
