"""What is played is logged as Minari lays it out, and no finished episode is lost, whatever kills the process."""

import json
import os
import signal
import subprocess
import sys
import time

import gymnasium
import minari
import numpy as np
import pytest
from gymnasium import spaces

from motifkit import TrajectoryRecorder, make_env, read_trajectories
from motifkit.envs import recorder as recorder_module
from motifkit.errors import CorruptFileError, FileAccessError, UsageError


class Counting(gymnasium.Env):
    """Nested observations that count up, in one array that is written into again and again."""

    observation_space = spaces.Dict(
        at=spaces.Box(-1e9, 1e9, (2,)), pair=spaces.Tuple((spaces.Discrete(1000), spaces.MultiBinary(3)))
    )
    action_space = spaces.MultiDiscrete([3, 4])

    def __init__(self, length=5):
        self.length, self.t = length, 0
        self.at = np.zeros(2, np.float32)

    def seen(self):
        self.at[:] = self.t
        return {"at": self.at, "pair": (self.t, np.ones(3, np.int8))}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self.seen(), {}

    def step(self, action):
        self.t += 1
        return self.seen(), float(self.t), self.t >= self.length, False, {}


def play(env, n_episodes):
    env.action_space.seed(0)
    steps = []
    for number in range(n_episodes):
        observation, _ = env.reset(seed=number)
        over = False
        while not over:
            action = env.action_space.sample()
            before = np.array(observation, copy=True) if isinstance(observation, np.ndarray) else None
            observation, reward, terminated, truncated, _ = env.step(action)
            steps.append((before, action, reward))
            over = terminated or truncated
    return steps


def test_minari_and_motifkit_read_what_was_played(tmp_path):
    with TrajectoryRecorder(gymnasium.make("CartPole-v1"), tmp_path) as env:
        steps = play(env, 12)
    data, log = minari.MinariDataset(tmp_path / "data"), read_trajectories(tmp_path)
    assert (data.total_episodes, data.total_steps) == (12, len(steps)) == (len(log.episodes), log.n_steps)
    assert data.env_spec.id == "CartPole-v1" and data.observation_space == env.observation_space
    np.testing.assert_array_equal(
        np.vstack([e.observations for e in log.episodes]), np.vstack([s[0] for s in steps])
    )
    np.testing.assert_array_equal(np.concatenate([e.actions for e in log.episodes]), [s[1] for s in steps])
    for ours, theirs in zip(log.episodes, data, strict=True):
        np.testing.assert_array_equal(ours.observations, theirs.observations[:-1])
        assert len(theirs.observations) == len(theirs.rewards) + 1
    assert [m["seed"] for m in data.storage.get_episode_metadata(range(12))] == list(range(12))


def test_nested_spaces_and_reused_arrays_are_kept_as_they_were(tmp_path):
    with TrajectoryRecorder(Counting(), tmp_path) as env:
        play(env, 2)
    log, data = read_trajectories(tmp_path), minari.MinariDataset(tmp_path / "data")
    assert log.channels[:2] == ("obs.at.0", "obs.at.1") and "obs.pair.1.2" in log.channels
    np.testing.assert_array_equal(log.episodes[1].observations[:, 0], np.arange(5))
    np.testing.assert_array_equal(data[0].observations["at"][:, 1], np.arange(6))
    assert log.episodes[0].actions.shape == (5, 2) and log.episodes[0].actions.dtype == np.int64


def test_an_episode_that_is_cut_off_is_truncated(tmp_path):
    with TrajectoryRecorder(Counting(), tmp_path) as env:
        for n in (2, 5, 0, 3):
            env.reset()
            for _ in range(n):
                env.step(env.action_space.sample())
    log = read_trajectories(tmp_path)
    assert [len(e) for e in log.episodes] == [2, 5, 3]
    assert [(e.terminated, e.truncated) for e in log.episodes] == [(0, 1), (1, 0), (0, 1)]


def test_merging_now_and_then_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "_MERGE_AT", 3)
    with TrajectoryRecorder(make_env("memory-task", delay=4), tmp_path / "often") as env:
        play(env, 14)
        assert len(read_trajectories(tmp_path / "often").episodes) == 14  # while it is open
    monkeypatch.undo()
    with TrajectoryRecorder(make_env("memory-task", delay=4), tmp_path / "once") as env:
        play(env, 14)
    often, once = (read_trajectories(tmp_path / name) for name in ("often", "once"))
    assert often.fingerprint == once.fingerprint and [e.id for e in often.episodes][-1] == "13"


def test_a_log_is_gone_on_with_or_replaced_only_when_asked(tmp_path):
    def record(n, **how):
        with TrajectoryRecorder(Counting(), tmp_path, **how) as env:
            play(env, n)
        return len(read_trajectories(tmp_path).episodes)

    assert record(2) == 2
    with pytest.raises(FileAccessError, match="holds a log already"):
        record(1)
    assert record(3, append=True) == 5
    assert minari.MinariDataset(tmp_path / "data").total_episodes == 5
    assert record(1, overwrite=True) == 1
    with pytest.raises(UsageError, match="exclude each other"):
        record(1, append=True, overwrite=True)
    with pytest.raises(UsageError, match="other spaces"):
        TrajectoryRecorder(make_env("memory-task"), tmp_path, append=True)
    (tmp_path / "data" / "metadata.json").write_text("[]")
    with pytest.raises(CorruptFileError):
        record(1, append=True)


def test_places_and_spaces_that_cannot_be_used_are_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileAccessError, match="cannot be written to"):
        TrajectoryRecorder(Counting(), tmp_path / "file")
    env = Counting()
    env.observation_space = spaces.Text(5)
    with pytest.raises(UsageError, match="cannot be recorded"):
        TrajectoryRecorder(env, tmp_path / "log")
    assert not (tmp_path / "log").exists()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UsageError, match=r"motifkit\[trajectories\]"):
        TrajectoryRecorder(Counting(), tmp_path / "log")


RECORDING = """
import sys
from motifkit import TrajectoryRecorder, make_env
from motifkit.envs import recorder
recorder._MERGE_AT = 4
env = TrajectoryRecorder(make_env("memory-task", delay=6), sys.argv[1])
while True:
    env.reset(seed=env.n_episodes)
    for _ in range(6):
        env.step(env.n_episodes % 2)
    print(env.n_episodes, flush=True)
"""


@pytest.mark.parametrize("least", [3, 9, 20])
def test_no_finished_episode_is_lost_when_the_process_is_killed(tmp_path, least):
    process = subprocess.Popen(
        [sys.executable, "-c", RECORDING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    told = 0
    while told < least:
        told = int(process.stdout.readline())
    time.sleep(0.003 * least)  # so that it dies somewhere within its work
    os.kill(process.pid, signal.SIGKILL)
    told = int(([told, *process.stdout.read().split()])[-1])
    process.wait()
    log = read_trajectories(tmp_path)
    assert len(log.episodes) in (told, told + 1)  # it may have died before it could tell
    assert [e.id for e in log.episodes] == [str(i) for i in range(len(log.episodes))]
    assert all(len(e) == 6 and (e.actions == i % 2).all() for i, e in enumerate(log.episodes))
    seen = minari.MinariDataset(tmp_path / "data")
    assert [len(e.rewards) for e in seen] == [6] * seen.total_episodes
    TrajectoryRecorder(make_env("memory-task", delay=6), tmp_path, append=True).close()
    assert minari.MinariDataset(tmp_path / "data").total_episodes == len(log.episodes)
    assert read_trajectories(tmp_path).fingerprint == log.fingerprint


def test_episodes_that_were_merged_but_not_yet_removed_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module.Path, "unlink", lambda self, missing_ok=False: None)
    with TrajectoryRecorder(Counting(), tmp_path) as env:
        play(env, 3)
    assert len(list((tmp_path / "data" / "unmerged").glob("*.hdf5"))) == 3
    assert len(read_trajectories(tmp_path).episodes) == 3
    assert json.loads((tmp_path / "data" / "metadata.json").read_text())["total_episodes"] == 3
