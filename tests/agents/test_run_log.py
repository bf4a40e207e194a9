"""The log of a training: lines on disk, curves, and what the terminal shows."""

import io
import json
import math
import os
import sys

import pytest

from motifkit.agents.run_log import RunLog
from motifkit.agents.trace_rl import TraceRL
from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import FileAccessError, UsageError
from motifkit.policies import StrategicMemoryTransformerPolicy


def record(update, **more):
    return {
        "update": update,
        "timesteps": 64 * update,
        "episodes": 8 * update,
        "return_mean": 0.5,
        "return_std": 0.25,
        "length_mean": 8.0,
        "value_loss": 0.125,
        "seconds": 0.5,
        **more,
    }


def filled(log, updates, *, show=False, total=None, **more):
    with log.showing(total):
        for n, update in enumerate(updates, 1):
            log.update(record(update, **more), done=64 * n, show=show)
    return log


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(monkeypatch):
    """A terminal for stderr; called by the test itself, since pytest puts its own stream back before it."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    return stream


def test_a_line_an_update_that_is_there_at_once(tmp_path):
    log = RunLog(tmp_path / "made" / "run")
    with log.showing(None):
        for n in (1, 2):
            log.update(record(n), done=64 * n, show=False)
            assert [line["update"] for line in lines(log.path)] == list(range(1, n + 1))
    assert lines(log.path)[1] == {**record(2), "steps_per_second": 128.0}


def test_what_is_no_number_becomes_null(tmp_path):
    log = filled(
        RunLog(tmp_path), [1], return_mean=math.nan, kl=-math.inf, by=[1.0, math.nan], deep={"x": math.inf}
    )
    line = lines(log.path)[0]
    assert (line["return_mean"], line["kl"], line["by"], line["deep"]) == (
        None,
        None,
        [1.0, None],
        {"x": None},
    )
    assert "NaN" not in log.path.read_text() and "Infinity" not in log.path.read_text()


def test_going_on_appends(tmp_path):
    filled(RunLog(tmp_path), [1, 2])
    log = filled(RunLog(tmp_path), [3])
    filled(log, [4])
    assert [line["update"] for line in lines(log.path)] == [1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_going_on_drops_what_came_after_the_checkpoint(tmp_path):
    log = filled(RunLog(tmp_path), [1, 2, 3, 4])
    with log.path.open("a") as file:
        file.write('{"update": 5, "timest')  # killed while it wrote
    filled(RunLog(tmp_path), [3], return_mean=1.0)
    assert [(line["update"], line["return_mean"]) for line in lines(log.path)] == [
        (1, 0.5),
        (2, 0.5),
        (3, 1.0),
    ]


def test_the_log_of_another_training_is_kept(tmp_path):
    for _ in range(3):
        log = filled(RunLog(tmp_path), [1, 2])
    assert len(lines(log.path)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log-1.jsonl", "log-2.jsonl", "log.jsonl"]


def test_nothing_is_written_or_said_without_being_asked(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = filled(RunLog(None), [1, 2], show=True)
    assert log.path is None and not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_unusable_directories(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileAccessError, match="file is a file where a directory is needed"):
        RunLog(tmp_path / "file")

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(FileAccessError, match="new cannot be made: Permission denied; choose another"):
        RunLog(tmp_path / "new")


def test_lines_on_the_terminal_are_aligned(capfd):
    log = RunLog(None, verbose=1)
    with log.showing(None):
        for n, update in enumerate((9, 10_000), 1):
            log.update(record(update, approx_kl=0.00312, entropy=math.nan), done=64 * n, show=True)
        log.update(record(10_001), done=192, show=False)
    out, told = capfd.readouterr()
    assert not out
    heading, first, second = told.splitlines()
    assert heading.split() == ["update", "steps", "return", "length", "steps/s", "value", "entropy", "kl"]
    assert len(heading) == len(first) == len(second)
    for name, cell in {"steps": "640,000", "kl": "0.0031", "entropy": "-", "length": "8"}.items():
        end = heading.index(name) + len(name)
        assert second[:end].endswith(f" {cell}")
    assert "+0.50 ± 0.25" in first


def test_a_curriculum_shows_its_stage(capfd):
    filled(RunLog(None, verbose=1), [1], show=True, curriculum=16)
    heading, line = capfd.readouterr().err.splitlines()
    assert heading.endswith("  stage") and line.endswith("  16")


def test_a_bar_where_there_is_a_terminal(monkeypatch):
    terminal = on_terminal(monkeypatch)
    filled(RunLog(None, verbose=1), [1, 2], show=True, total=128)
    told = terminal.getvalue()
    assert "128 steps, 128/s, return +0.50" in told and "\x1b[?25h" in told  # the cursor is back
    assert "update" in told  # lines stand above it


@pytest.mark.parametrize("why", ["pipe", "dumb", "not asked"])
def test_no_bar(why, monkeypatch):
    terminal = on_terminal(monkeypatch)
    if why == "pipe":
        monkeypatch.setattr(terminal, "isatty", lambda: False, raising=False)
    if why == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    filled(RunLog(None), [1], total=None if why == "not asked" else 64)
    assert not terminal.getvalue()


def test_the_bar_goes_when_training_fails(monkeypatch):
    terminal = on_terminal(monkeypatch)
    log = RunLog(None)
    with pytest.raises(KeyError), log.showing(64):
        log.update(record(1), done=64, show=False)
        raise KeyError
    assert terminal.getvalue().count("\x1b[?25h") == 1


def test_tensorboard_curves(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    filled(RunLog(tmp_path, tensorboard=True), [1, 2, 3], return_by_round=[0.0, 1.0])
    filled(RunLog(tmp_path, tensorboard=True), [3, 4], return_mean=0.75, entropy=math.nan)
    events = EventAccumulator(str(tmp_path)).Reload()
    curves = set(events.Tags()["scalars"])
    assert {"return_mean", "value_loss", "steps_per_second", "return_by_round/1"} <= curves
    assert not curves & {"update", "timesteps"}
    points = [(point.step, point.value) for point in events.Scalars("return_mean")]
    assert points == [(64, 0.5), (128, 0.5), (192, 0.75), (256, 0.75)]  # the dropped update is gone here too


def test_tensorboard_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install 'motifkit\[tensorboard\]'"):
        RunLog(tmp_path, tensorboard=True)
    RunLog(tmp_path)


def test_an_agent_logs_its_history_and_goes_on(tmp_path):
    agent = TraceRL(
        StrategicMemoryTransformerPolicy, MemoryTaskEnv(delay=2), n_envs=4, seed=0, log_dir=tmp_path / "log"
    )
    agent.learn(16)
    found = lines(agent.log.path)
    assert [{k: v for k, v in line.items() if k != "steps_per_second"} for line in found] == agent.history
    assert found[0]["steps_per_second"] == pytest.approx(8 / agent.history[0]["seconds"], abs=0.1)
    path = agent.save(tmp_path / "agent.safetensors")
    agent.learn(8)  # not saved
    TraceRL.load(path, log_dir=tmp_path / "log").learn(16)
    assert [line["update"] for line in lines(agent.log.path)] == [1, 2, 3, 4]
