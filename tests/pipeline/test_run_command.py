"""`motifkit run` as a user meets it: files, JSON, signals."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

import motifkit
from motifkit.cli.commands import cli
from motifkit.mining.mine import MiningResult

ROOT = Path(motifkit.__file__).resolve().parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def command(toml, *arguments):
    return [sys.executable, "-m", "motifkit", "run", toml.name, "-o", "run", *arguments]


@contextmanager
def started(toml, *arguments):
    """Process in a session of its own, once it has finished a training."""
    before = done_trainings(toml)
    process = subprocess.Popen(
        command(toml, *arguments),
        cwd=toml.parent,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        limit = time.monotonic() + 90
        while done_trainings(toml) == before:
            assert process.poll() is None and time.monotonic() < limit, process.communicate()
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def done_units(toml):
    path = toml.parent / "run" / "manifest.json"
    return json.loads(path.read_text())["units"] if path.exists() else {}


def done_trainings(toml):
    return {name for name in done_units(toml) if name.startswith("train/")}


def all_gone(group):
    """Whether every process of a session ends within seconds."""
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def require_whole(toml):
    """Check that files of finished units are there, and JSON files whole."""
    directory = toml.parent / "run"
    for unit in done_units(toml).values():
        assert all((directory / name).stat().st_size for name in unit["files"])
    for path in directory.rglob("*.json"):
        if not path.name.startswith("."):
            json.loads(path.read_text())


def test_a_run_from_file_to_report(toml, done):
    out = toml.parent / "run"
    arguments = ["run", str(toml), "-o", str(out), "--set", "train.seeds=1"]
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert values["schema"] == "motifkit.experiment/1"
    assert values["experiment"]["train"]["seeds"] == 1
    for name in ("manifest.json", "summary.json", "report.html", "figures/curves.png"):
        assert (out / name).stat().st_size > 100
    summary = json.loads((out / "summary.json").read_text())
    assert {**summary, "files": values["files"]} == values
    assert MiningResult.load(out / "mined" / "matrix_profile.npz").motifs
    assert '<th scope="row">random</th>' in (out / "report.html").read_text()
    # Once more: nothing is done again, the report neither.
    done.clear()
    written = (out / "report.html").stat().st_mtime_ns
    again = CliRunner().invoke(cli, arguments)
    assert again.exit_code == 0 and not done
    assert (out / "report.html").stat().st_mtime_ns == written
    assert "Mining and seeding took" in again.stdout and "next: motifkit" in again.stdout
    assert CliRunner().invoke(cli, [*arguments, "-q"]).output == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--set", "train.sedes=1"], 2, "did you mean seeds?"),
        (["--processes", "0"], 2, "--processes"),
        (["-o", "."], 4, "holds other files"),
        (["-o", "small.toml"], 4, "is a file"),
        (["-o", "small.toml/run"], 4, "is a file"),
    ],
)
def test_wrong_input_writes_nothing(toml, monkeypatch, arguments, code, words):
    monkeypatch.chdir(toml.parent)
    result = CliRunner().invoke(cli, ["run", "small.toml", *arguments])
    assert result.exit_code == code
    assert result.stderr.startswith("error: ") and words in result.stderr and result.stderr.count("\n") == 1
    assert os.listdir() == ["small.toml"]


def test_the_default_directory_has_the_name_of_the_file(toml, done, monkeypatch):
    monkeypatch.chdir(toml.parent)
    arguments = ["run", "small.toml", "--set", "train.seeds=1", "--set", "compare.arms=[]"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert Path("runs/small/summary.json").exists() and not Path("runs/small/report.html").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(toml, done, monkeypatch):
    with started(toml, "--processes", "2", "--set", "train.seeds=200") as process:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the trainings get it too
        began = time.monotonic()
        _, told = process.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert "interrupted; " in told and "done and kept; resume with: motifkit run small.toml" in told
    assert "train.seeds=200" in told and "Traceback" not in told
    assert all_gone(process.pid)
    require_whole(toml)
    before = {name: one["hash"] for name, one in done_units(toml).items()}
    times = {
        name: (toml.parent / "run" / name / "result.json").stat().st_mtime_ns for name in done_trainings(toml)
    }
    monkeypatch.chdir(toml.parent)
    arguments = ["--processes", "1", "--set", "train.seeds=1", "--json"]
    result = CliRunner().invoke(cli, [*command(toml)[3:], *arguments])
    assert result.exit_code == 0, result.output
    assert done and not set(done) & set(before)
    assert json.loads(result.stdout)["schema"] == "motifkit.experiment/1"
    after = done_units(toml)
    assert all(after[name]["hash"] == one for name, one in before.items())
    for name, stamp in times.items():
        assert (toml.parent / "run" / name / "result.json").stat().st_mtime_ns == stamp


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_kill_leaves_whole_files_and_no_process(toml, copied):
    with started(toml, "--processes", "1", "--set", "train.seeds=200") as process:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)  # ends once the trainings have closed their stderr too
    assert all_gone(process.pid)
    require_whole(toml)
