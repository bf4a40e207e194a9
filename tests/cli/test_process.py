"""What only a process shows: start-up time, signals, pipes, and what an import loads."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from ended import stopped

import motifkit
from motifkit.cli.commands import _COMMANDS
from motifkit.io.samples import sample_path

# Found also where it is not installed.
ROOT = Path(motifkit.__file__).resolve().parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

COMMAND = [sys.executable, "-m", "motifkit"]
GOOG = str(sample_path("goog.csv"))

# A miner that says when it has begun, and is then busy for longer than any test waits.
BUSY = """
import os, sys, types
from pathlib import Path

def python():
    while True:
        pass

def c_code():
    import hashlib
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000_000)

def tree():
    import numpy as np
    from scipy.spatial import cKDTree
    points = np.random.default_rng(0).normal(size=(60_000, 24))
    tree = cKDTree(points)
    Path("busy").touch()
    tree.query(points, k=20)

def blas():
    import numpy as np
    a = np.ones((3000, 3000))
    Path("busy").touch()
    for _ in range(100):
        np.linalg.eigvalsh(a @ a)

def mine(*arguments, **options):
    work = globals()[os.environ["WORK"]]
    if work in (python, c_code):
        Path("busy").touch()
    work()

module = types.ModuleType("motifkit.mining.mine")
module.mine, module.mine_all = mine, mine
sys.modules["motifkit.mining.mine"] = module
"""

# Stops for good in the middle of writing the file.
HALF = """
import sys, time
from pathlib import Path
from motifkit.cli import outputs

def writers(result, dataset, output, picture):
    def write(path):
        path.write_bytes(b"half")
        Path("busy").touch()
        time.sleep(60)
    return {output: write}

outputs.result_writers = writers
import types
module = types.ModuleType("motifkit.mining.mine")
module.mine = module.mine_all = lambda *a, **k: types.SimpleNamespace(channels=None)
sys.modules["motifkit.mining.mine"] = module
"""

RUN = "\nfrom motifkit.cli import main\nmain()\n"


@contextmanager
def started(code, folder, work="", **options):
    """Process that mines, once its work has begun."""
    arguments = [sys.executable, "-c", code + RUN, "mine", GOOG, "-o", "motifs.npz", "-q"]
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env={**ENVIRONMENT, "WORK": work},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        **options,
    )
    try:
        limit = time.monotonic() + 60
        while not (folder / "busy").exists():
            assert process.poll() is None and time.monotonic() < limit, process.stderr.read()
            time.sleep(0.02)
        time.sleep(0.2)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("work", ["python", "c_code", "tree", "blas"])
def test_interrupt_ends_within_a_second(work, tmp_path):
    with started(BUSY, tmp_path, work) as process:
        seconds, _, told = stopped(process, signal.SIGINT)
    assert process.returncode == 130 and seconds < 1.0, (process.returncode, seconds)
    assert told == "interrupted; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["busy"]


def test_interrupt_where_the_shell_ignores_it(tmp_path):
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    with started(BUSY, tmp_path, "c_code", preexec_fn=ignore) as process:
        seconds, _, _ = stopped(process, signal.SIGINT)
    assert process.returncode == 130 and seconds < 1.0


def test_terminate(tmp_path):
    with started(BUSY, tmp_path, "c_code") as process:
        seconds, _, told = stopped(process, signal.SIGTERM)
    assert process.returncode == 143 and seconds < 1.0
    assert told == "terminated; nothing was written\n"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_half_file(signum, tmp_path):
    with started(HALF, tmp_path) as process:
        stopped(process, signum)
    assert not (tmp_path / "motifs.npz").exists()
    if signum != signal.SIGKILL:  # which leaves the temporary file, for nothing can clean up after it
        assert [path.name for path in tmp_path.iterdir()] == ["busy"]


def test_help_starts_fast():
    def seconds():
        began = time.monotonic()
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True, env=ENVIRONMENT)
        return time.monotonic() - began

    assert any(seconds() < 0.5 for _ in range(5))  # 0.1 on an idle machine


def loaded_by(statement):
    """Names of the modules that a statement loads in a fresh process."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    return set(done.stdout.split())


def test_import_is_light():
    heavy = {
        "torch",
        "stumpy",
        "tslearn",
        "matplotlib",
        "pandas",
        "scipy",
        "numba",
        "sklearn",
        "rich",
        "numpy",
    }
    assert not loaded_by("import motifkit") & heavy
    modules = ", ".join(f"motifkit.cli.{name}" for name in _COMMANDS)  # as --help does
    assert not loaded_by(f"import motifkit.cli.commands, {modules}") & heavy
    assert not loaded_by("import motifkit.report.figures, motifkit.report.terminal") & (heavy - {"numpy"})


def test_broken_pipe_is_quiet(tmp_path):
    done = subprocess.run(
        f"{sys.executable} -m motifkit mine --help | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert not done.stderr and done.stdout.strip() in ("141", "0")


def test_module_runs_and_reports(tmp_path):
    done = subprocess.run(
        [*COMMAND, "mine", "none.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 4 and done.stderr.startswith("error: none.csv does not exist")


@pytest.mark.skipif(os.name == "nt", reason="closes streams by the shell's syntax")
@pytest.mark.parametrize(("closed", "code", "told"), [("<&-", 4, "error: stdin is closed"), (">&-", 0, "")])
def test_closed_streams(tmp_path, closed, code, told):
    source = "-" if closed == "<&-" else GOOG
    command = f"{sys.executable} -m motifkit mine {source} --surrogates 0 {closed}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == code and done.stderr.startswith(told)
