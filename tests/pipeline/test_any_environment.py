"""Experiments in environments without a log of their own, with curricula, and on files."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from motifkit import MotifMemoryBank, make_env, record_episodes
from motifkit.cli.commands import cli
from motifkit.cli.plan import TrainingPlan
from motifkit.cli.run_directory import RunDirectory
from motifkit.errors import DataError
from motifkit.io.digest import file_digest
from motifkit.pipeline.arms import make_bank
from motifkit.pipeline.logs import is_own_log, log_of, mined_channels
from motifkit.pipeline.reading import read_experiment
from motifkit.pipeline.reporting import write_outputs
from motifkit.pipeline.spec import ARMS, MineTable
from motifkit.pipeline.summary import summarise
from motifkit.pipeline.units import units_of
from motifkit.report.run_table import render_run
from motifkit.seeding.contexts import contexts_of

MEMORY = """
[data]
steps = 480
[env]
name = "memory-task"
args = { delay = 6 }
[mine]
length = 3
n_motifs = 2
columns = ["obs_0"]
normalize = "none"
[seed]
n_rows = 4
n_steps = 5
[train]
arms = ["none", "random", "mined"]
seeds = 2
curriculum = [1, 2, 8]
until = -1.0
total_timesteps = 2000
n_envs = 64
n_epochs = 1
n_minibatches = 2
mem_dim = 8
n_greedy = 8
[compare]
n_episodes = 4
arms = ["mined"]
"""

CARTPOLE = """
[data]
steps = 600
[env]
name = "CartPole-v1"
[mine]
length = 4
n_motifs = 2
columns = ["obs_2", "obs_3"]
actions = true
[seed]
n_rows = 4
n_steps = 5
[train]
arms = ["random", "mined", "kmeans"]
seeds = 2
total_timesteps = 400
n_envs = 8
n_epochs = 1
n_minibatches = 2
mem_dim = 8
n_greedy = 4
[compare]
n_episodes = 2
arms = ["mined"]
"""


@pytest.fixture
def toml(tmp_path, request):
    path = tmp_path / "small.toml"
    path.write_text(getattr(request, "param", MEMORY))
    return path


@pytest.fixture
def cartpole(tmp_path):
    path = tmp_path / "cartpole.toml"
    path.write_text(CARTPOLE)
    return path


def test_windows_are_what_the_agent_sees_whatever_was_mined(cartpole):
    log = log_of(read_experiment(cartpole))
    assert log.dataset.channels == ("obs_2", "obs_3", "last_action") and log.truth is None
    whole = record_episodes(make_env("CartPole-v1"), n_steps=600, seed=0)
    assert len({len(one) for one in whole.episodes}) > 3  # of unequal length
    for action_dim in (1, 2):
        bank = MotifMemoryBank(4, action_dim, 8, 4, 4, seed=0)
        for episode, context in zip(whole.episodes, contexts_of(bank, log.dataset, log.observe), strict=True):
            assert np.allclose(context[:, :4], episode.observations)
            done = np.eye(2)[episode.actions] if action_dim == 2 else episode.actions[:, None]
            assert not context[0, 4:].any()
            assert np.array_equal(context[1:, 4:-1], done[:-1])
            assert np.array_equal(context[1:, -1], episode.rewards[:-1])


@pytest.fixture(scope="module")
def cartpole_log(tmp_path_factory):
    """Arguments of `make_bank` but for the arm."""
    from motifkit.mining.mine import mine

    path = tmp_path_factory.mktemp("cartpole") / "cartpole.toml"
    path.write_text(CARTPOLE)
    experiment = read_experiment(path)
    log = log_of(experiment)
    result = mine(log.dataset, 4, n_motifs=2, n_surrogates=0)
    return {"env": make_env("CartPole-v1"), "log": log, "result": result, "table": experiment.seed}


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_begins_in_cartpole(cartpole_log, arm):
    how = cartpole_log
    bank = make_bank(arm, 0, **how, length=4, mem_dim=8).bank
    assert arm == "none" or (bank.obs_dim, bank.action_dim, bank.n_motifs) == (4, 1, 4)


def test_last_actions_and_rewards_can_be_mined():
    whole = record_episodes(make_env("memory-task", delay=4), n_episodes=5)
    both = mined_channels(whole, MineTable(columns=("obs_0",), actions=True, rewards=True))
    assert both.channels == ("obs_0", "last_action", "last_reward")
    rewards = mined_channels(whole, MineTable(columns=("obs_1",), rewards=True))
    assert rewards.channels == ("obs_1", "last_reward")
    for episode, one, other in zip(whole.episodes, both.episodes, rewards.episodes, strict=True):
        assert one.observations[0, 1:].tolist() == [0, 0]
        assert np.array_equal(one.observations[1:, 1], episode.actions[:-1])
        assert np.array_equal(other.observations[:, 1], one.observations[:, 2])
        assert np.array_equal(one.actions, episode.actions)
    assert len({whole.fingerprint, both.fingerprint, rewards.fingerprint}) == 3


def test_channels_that_are_not_there_are_named():
    whole = record_episodes(make_env("memory-task", delay=4), n_episodes=2)
    with pytest.raises(DataError, match=r"'obs_7', but motifkit/MemoryTask-v0 has obs_0.*did you mean obs_"):
        mined_channels(whole, MineTable(columns=("obs_7",)))


def test_a_curriculum_is_measured_by_the_stages_mastered(run_small):
    experiment, manifest, done = run_small()
    assert len(done) == 1 + 6 + 2
    summary = summarise(experiment, manifest)
    log = (manifest.directory / "train/mined/0/log.jsonl").read_text().splitlines()
    # Every return is at least -1, so each stage takes the two updates of a curriculum's window.
    assert [json.loads(line)["stages_mastered"] for line in log] == [0, 1, 1, 2, 2, 3]
    arm = summary.arms[2]
    assert arm.finals == (3.0, 3.0) and arm.gain.estimate == 0.0 and arm.n_never == 0
    assert arm.steps_shares == (1.0, 1.0) and summary.curves[0].estimate.tolist() == [0, 1, 1, 2, 2, 3]
    assert -1 <= arm.greedy.estimate <= 1
    words = summary.sentence() + render_run(summary, width=200)
    assert "'mined' took 100% [100%, 100%] of the steps of 'random' to master as many delays" in words
    assert "delays mastered" in words and "final return" not in words
    assert "nan" not in words and "oracle" not in words and "F1" not in words
    written = write_outputs(summary, manifest.directory, manifest)
    assert "delays mastered" in next(path for path in written if path.suffix == ".html").read_text()
    assert run_small()[2] == set()


def test_what_is_scored_is_the_environment_of_the_file(run_small):
    # Learning ends at delay 8, scoring goes by delay 6.
    _, manifest, _ = run_small("train.seeds=1", 'train.arms=["random"]')
    directory = str(manifest.directory / "train/random/0")
    plan = TrainingPlan.read(RunDirectory(directory))
    assert (plan.env, plan.env_args, plan.memory) == ("memory-task", {"delay": 6}, "motif")
    result = CliRunner().invoke(cli, ["evaluate", directory, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["evaluation"]["length_mean"] == 6


@pytest.mark.parametrize("toml", [CARTPOLE], indirect=True)
def test_a_run_in_an_environment_of_others(run_small):
    experiment, manifest, _ = run_small()
    summary = summarise(experiment, manifest)
    assert math.isnan(summary.oracle) and not is_own_log(experiment)
    for curve in summary.curves:
        assert (np.diff(curve.steps) > 0).all() and np.isfinite(curve.estimate).all()
    assert "of its learned rows, masking" in summary.sentence().lower()
    json.dumps(summary.as_dict(), allow_nan=False)
    write_outputs(summary, manifest.directory, manifest)
    assert (manifest.directory / "report.html").stat().st_size > 10_000


PRICES = "date,close\n" + "\n".join(
    f"2020-{1 + i // 28:02d}-{1 + i % 28:02d},{100 + 5 * math.sin(i / 2) + i % 3}" for i in range(300)
)
ON_PRICES = """
[env]
name = "planted-motif"
args = { n_steps = 12 }
[mine]
length = 8
n_motifs = 2
[seed]
n_rows = 2
n_steps = 5
[train]
arms = ["random", "mined"]
seeds = 1
total_timesteps = 192
n_envs = 8
n_epochs = 1
n_minibatches = 2
mem_dim = 8
n_greedy = 4
"""


@pytest.mark.parametrize("toml", [ON_PRICES], indirect=True)
def test_a_changed_data_file_is_mined_again_and_a_moved_one_is_not(run_small, tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(PRICES)
    settings = [f'data.file="{path}"', "data.transform=level"]
    assert run_small(*settings)[2] == {"mine/matrix_profile", "train/random/0", "train/mined/0"}
    path.rename(tmp_path / "moved.csv")
    settings[0] = f'data.file="{tmp_path / "moved.csv"}"'
    assert run_small(*settings)[2] == set()
    (tmp_path / "moved.csv").write_text(PRICES.replace("100", "101"))
    assert run_small(*settings)[2] == {"mine/matrix_profile", "train/mined/0"}


@pytest.mark.parametrize("toml", [CARTPOLE], indirect=True)
def test_logged_trajectories_are_mined_instead_of_new_ones(toml, tmp_path):
    recorded = record_episodes(make_env("CartPole-v1"), n_steps=300, seed=9)
    path = tmp_path / "log.csv"
    path.write_text(as_table(recorded))
    experiment = read_experiment(toml, [f'data.file="{path}"'])
    log = log_of(experiment)
    assert log.dataset.channels == ("obs_2", "obs_3", "last_action")
    bank = MotifMemoryBank(4, 2, 8, 4, 4, seed=0)
    wanted = contexts_of(bank, recorded)
    for whole, context in zip(wanted, contexts_of(bank, log.dataset, log.observe), strict=True):
        assert np.allclose(whole, context)
    assert not is_own_log(experiment)
    # How the log writes actions decides how wide a bank is, so that no bank outlives the log.
    before = {unit.name: unit.hash for unit in units_of(experiment)}
    path.write_text(as_table(recorded).replace("0.01", "0.02"))
    assert all(unit.hash != before[unit.name] for unit in units_of(experiment))


def as_table(dataset):
    """The log as a CSV file with an episode column."""
    lines = ["episode,obs_0,obs_1,obs_2,obs_3,action,reward"]
    for i, one in enumerate(dataset.episodes):
        rows = zip(one.observations.tolist(), one.actions.tolist(), one.rewards.tolist(), strict=True)
        lines += [f"{i},{','.join(map(repr, seen))},{done},{paid}" for seen, done, paid in rows]
    return "\n".join(lines) + "\n"


def test_episodes_of_one_name_are_told_apart(cartpole, monkeypatch):
    recorded = record_episodes(make_env("CartPole-v1"), n_steps=300, seed=9)
    same = replace(recorded, episodes=tuple(replace(one, id="log") for one in recorded.episodes))
    monkeypatch.setattr("motifkit.envs.recording.record_episodes", lambda *_, **__: same)
    log = log_of(read_experiment(cartpole))
    for whole, mined in zip(recorded.episodes, log.dataset.episodes, strict=True):
        assert np.array_equal(log.observe(mined), whole.observations)


def test_the_digest_of_a_directory_covers_names_and_contents(tmp_path):
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")
    seen = {file_digest(tmp_path)}
    (tmp_path / "b.csv").write_text("33")
    seen.add(file_digest(tmp_path))
    (tmp_path / "b.csv").rename(tmp_path / "c.csv")
    seen.add(file_digest(tmp_path))
    assert len(seen) == 3


def test_only_what_an_arm_looks_at_is_in_its_hash(toml):
    def hashes(*settings):
        return {unit.name: unit.hash for unit in units_of(read_experiment(toml, settings))}

    before = hashes()
    changed = {name for name, one in hashes("mine.rewards=true").items() if one != before[name]}
    assert changed == {"mine/matrix_profile", *(f"{k}" for k in before if "mined" in k)}
    assert all(one != before[name] for name, one in hashes("train.until=0.5").items() if "mine/" not in name)
