"""Training as a process: signals let it save, and nothing leaves half a checkpoint."""

import json
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
from motifkit.agents.trace_rl import TraceRL

ROOT = Path(motifkit.__file__).resolve().parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
RUN = "\nfrom motifkit.cli import main\nmain()\n"

ENDLESS = (
    *("train", "memory-task", "--delay", "8", "--n-envs", "50"),
    *("--until", "inf", "--threads", "1", "-o", "run"),
)

# Saves after every update, so that a signal is likely to come while it does.
EAGER = """
from motifkit.cli import training
training.SAVE_SECONDS = 0
"""

# Is busy with one update for longer than any test waits.
STUCK = """
import time
from pathlib import Path
from motifkit.agents import learning

def update(agent, envs, *, with_attention):
    Path("busy").touch()
    time.sleep(60)

assert learning.one_update, "the name to patch"
learning.one_update = update
"""

# The third training lasts for longer than any test waits.
LONG_BENCHMARK = """
import time
from pathlib import Path
from motifkit.evaluation import benchmark
from motifkit.evaluation.contestants import Trained

class Zero:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return [0] * len(observation), None

n = 0

def train(*arguments, **options):
    global n
    n += 1
    if n == 3:
        Path("busy").touch()
        time.sleep(60)
    return Trained(Zero(), 100, 1.0)

benchmark.train_contestant = train
"""


@contextmanager
def started(folder, arguments, busy, code=""):
    """Process, once `busy(folder)` says that its work has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", code + RUN, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        limit = time.monotonic() + 60
        while not busy(folder):
            assert process.poll() is None and time.monotonic() < limit, process.communicate()
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def n_lines(folder):
    path = folder / "run" / "log.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0


def after_two_updates(folder):
    return n_lines(folder) >= 2


def when_busy(folder):
    return (folder / "busy").exists()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_update_end_and_saves(signum, code, run, tmp_path):
    with started(tmp_path, ENDLESS, after_two_updates) as process:
        seconds, _, told = stopped(process, signum)
    assert process.returncode == code and seconds < 5, (process.returncode, seconds, told)
    first, last = told.splitlines()
    verb = "interrupted" if signum == signal.SIGINT else "terminated"
    assert first == f"{verb}: finishing the update and saving first; a second signal ends at once"
    agent = TraceRL.load(tmp_path / "run" / "checkpoint.safetensors")
    assert last == (
        f"{verb}; run/checkpoint.safetensors holds {agent.num_timesteps:,} steps; "
        "resume with: motifkit train --resume -o run"
    )
    assert agent.n_updates == n_lines(tmp_path) >= 2  # nothing of what was logged is lost
    assert not (tmp_path / "run" / "result.json").exists()
    done = run("train", "--resume", "-o", "run", "--steps", agent.num_timesteps + 1)
    assert done.exit_code == 0, (done.output, done.exception)
    assert json.loads((tmp_path / "run" / "result.json").read_text())["updates"] == agent.n_updates + 1


def test_kill_leaves_a_whole_checkpoint(run, tmp_path):
    with started(tmp_path, ENDLESS, after_two_updates, EAGER) as process:
        stopped(process, signal.SIGKILL)
    agent = TraceRL.load(tmp_path / "run" / "checkpoint.safetensors")
    assert n_lines(tmp_path) - 1 <= agent.n_updates <= n_lines(tmp_path)
    done = run("train", "--resume", "-o", "run", "--steps", agent.num_timesteps + 1)
    assert done.exit_code == 0, (done.output, done.exception)
    assert n_lines(tmp_path) == agent.n_updates + 1
    names = {"checkpoint.safetensors", "config.json", "log.jsonl", "result.json"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == names  # no temporary file stays


def test_a_second_signal_ends_at_once(tmp_path):
    with started(tmp_path, ENDLESS, when_busy, STUCK) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None
        seconds, _, told = stopped(process, signal.SIGINT)
    assert process.returncode == 130 and seconds < 1, (process.returncode, seconds)
    assert told.splitlines()[1] == "interrupted; no update was finished yet; start run over with --force"


def test_an_interrupted_benchmark_shows_what_is_finished(tmp_path):
    arguments = ("benchmark", "--delays", "2", "--seeds", "2", "--agents", "trace-rl,ppo", "-o", "b.json")
    with started(tmp_path, arguments, when_busy, LONG_BENCHMARK) as process:
        seconds, out, told = stopped(process, signal.SIGINT)
    assert process.returncode == 130 and seconds < 5, (process.returncode, seconds)
    assert "Interrupted: 2 trainings finished." in out and "│ PPO " in out and "wrote b.json" in out
    assert told.splitlines()[-1] == "interrupted; these files were written: b.json"
    assert not json.loads((tmp_path / "b.json").read_text())["complete"]


def test_the_commands_load_nothing_heavy():
    statement = "import motifkit.cli.train, motifkit.cli.evaluate, motifkit.cli.benchmark, motifkit.cli.plan"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert not set(done.stdout.split()) & {"torch", "gymnasium", "numpy", "rich", "pandas"}


def test_the_group_lists_the_commands_in_order_of_use(run):
    told = run("--help").stdout
    names = [line.split()[0] for line in told.partition("Commands:")[2].splitlines() if line.strip()]
    assert names == "mine match candles demo record seed train evaluate compare benchmark run".split()
