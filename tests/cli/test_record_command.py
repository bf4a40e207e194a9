"""`motifkit record` by click's runner, and with a signal as a process."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ended import one_line

from motifkit import read_trajectories
from motifkit.cli.players import AgentPlayer
from motifkit.envs.cue_mapping import CueMappingEnv


def test_a_random_policy_is_logged_and_the_next_command_named(run):
    done = run("record", "CartPole-v1", "--episodes", "5", "-o", "log")
    assert done.exit_code == 0, (done.output, done.exception)
    assert done.stdout.splitlines()[-2:] == ["wrote log", "next: motifkit mine log --len 8"]
    log = read_trajectories("log")
    assert len(log.episodes) == 5 and f"5 episodes, {log.n_steps} steps in all" in done.stdout


@pytest.mark.parametrize(
    ("env", "following"),
    [
        (["memory-task", "--delay", "4"], ["next: motifkit mine log --len 4"]),
        (["cue-mapping"], []),
    ],
)
def test_mining_is_named_in_windows_that_episodes_hold(run, env, following):
    done = run("record", *env, "--episodes", "3", "-o", "log")
    assert done.stdout.splitlines()[-1 - len(following) :] == ["wrote log", *following]


def test_an_agent_plays_worlds_as_it_was_trained_in_them(run, monkeypatch):
    training = ("train", "cue-mapping", "--n-envs", "4", "--steps", "96", "--memory", "episodic")
    assert run(*training, "--env-arg", "rounds_per_world=3", "-q", "-o", "run").exit_code == 0
    resets, sizes = [], []
    begin, reset = AgentPlayer.begin, CueMappingEnv.reset

    def watched(player):
        options = begin(player)
        sizes.append(len(player._agent.get_episodic_buffer().entries().lengths))
        return options

    def seen(env, *, seed=None, options=None):
        resets.append((options["world"], options["round"]))
        return reset(env, seed=seed, options=options)

    monkeypatch.setattr(AgentPlayer, "begin", watched)
    monkeypatch.setattr(CueMappingEnv, "reset", seen)
    done = run("record", "--agent", "run", "--episodes", "16", "-o", "log")
    assert done.exit_code == 0, (done.output, done.exception)
    worlds = [world for world, _ in resets]
    assert worlds == [worlds[0]] * 12 + [worlds[12]] * 4 and worlds[0] != worlds[12]
    assert [number for _, number in resets] == [0] * 4 + [1] * 4 + [2] * 4 + [0] * 4
    assert sizes == [0] * 4 + [4] * 4 + [8] * 4 + [0] * 4


def test_equal_seeds_give_equal_logs(run):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        arguments = ("record", "CartPole-v1", "--episodes", "3", "--seed", seed, "-q", "-o", name)
        assert run(*arguments).stdout == ""
    a, b, c = (read_trajectories(name, actions=True).fingerprint for name in "abc")
    assert a == b != c


def test_json_says_what_was_written(run):
    done = run("record", "memory-task", "--delay", "4", "--episodes", "3", "--json", "-o", "log")
    told = json.loads(done.stdout)
    assert (told["schema"], told["episodes"], told["timesteps"]) == ("motifkit.record/1", 3, 12)
    assert told["files"] == {"log": "log"}


def test_a_log_is_replaced_only_by_force(run):
    arguments = ("record", "memory-task", "--delay", "4", "-o", "log", "--episodes")
    assert run(*arguments, "4").exit_code == 0
    assert "--force" in one_line(run(*arguments, "2"), 4)
    assert len(read_trajectories("log").episodes) == 4
    assert run(*arguments, "2", "--force").exit_code == 0
    assert len(read_trajectories("log").episodes) == 2


def test_a_trained_agent_acts_in_its_environment(run):
    training = ("train", "memory-task", "--delay", "3", "--n-envs", "16", "--steps", "48", "--threads", "1")
    assert run(*training, "-q", "-o", "run").exit_code == 0
    done = run("record", "--agent", "run", "--episodes", "4", "-o", "log")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "by the agent of run" in done.stdout
    assert [len(e) for e in read_trajectories("log").episodes] == [3] * 4
    assert (
        run("record", "--agent", "run", "--delay", "5", "--episodes", "2", "-q", "-o", "longer").exit_code
        == 0
    )
    assert [len(e) for e in read_trajectories("longer").episodes] == [5] * 2
    assert run("record", "--agent", "run", "--episodes", "4", "-q", "-o", "again").exit_code == 0
    logs = [read_trajectories(name, actions=True) for name in ("log", "again")]
    np.testing.assert_array_equal(*(log.episodes[3].observations for log in logs))


def test_wrong_use_is_one_line(run):
    assert "name an environment" in one_line(run("record", "-o", "log"), 2)
    assert "did you mean memory-task" in one_line(run("record", "memroy-task", "-o", "log"), 2)
    one_line(run("record", "memory-task", "--episodes", "0", "-o", "log"), 2)
    one_line(run("record", "memory-task"), 2)
    one_line(run("record", "--agent", "nowhere", "-o", "log"), 4)
    Path("file").write_text("x")
    assert "is a file" in one_line(run("record", "memory-task", "-o", "file"), 4)
    assert not Path("log").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_keeps_the_finished_episodes(tmp_path):
    command = [
        sys.executable,
        "-m",
        "motifkit",
        "record",
        "memory-task",
        "--episodes",
        "1000000",
        "-o",
        "log",
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "log" / "data" / "unmerged" / "episode_4.hdf5").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    n = len(read_trajectories(tmp_path / "log").episodes)
    assert n >= 5 and f"log holds {n:,} of 1,000,000 episodes" in told
    assert not (tmp_path / "log" / "data" / "unmerged").exists()
