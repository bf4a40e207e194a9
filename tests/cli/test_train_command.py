"""`motifkit train` by click's runner, on tasks that are learned in a moment."""

import inspect
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from ended import one_line
from safetensors.torch import load_file

from motifkit import make_env
from motifkit.agents.trace_rl import TraceRL
from motifkit.cli import fresh_episodes, training
from motifkit.cli.commands import cli
from motifkit.cli.train import train_command
from motifkit.errors import DivergedError

QUICK = ("memory-task", "--delay", 2, "--n-envs", 16, "--epochs", 1, "--threads", 1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run that stopped before it was solved."""
    folder = tmp_path_factory.mktemp("saved") / "run"
    arguments = ("train", *QUICK, "--steps", 64, "--until", "inf", "-o", folder, "-q")
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert (done.exit_code, done.output) == (0, ""), (done.output, done.exception)
    return folder


@pytest.fixture
def trained(run, saved):
    """A copy of that run, in the folder of this test."""
    shutil.copytree(saved, "run")
    return Path("run")


def read(path):
    return json.loads(path.read_text())


def test_trains_until_solved_and_leaves_a_run(run):
    done = run("train", *QUICK, "--n-envs", 32, "--seed", 1, "-o", "runs/quick")
    assert done.exit_code == 0, (done.output, done.exception)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        "memory-task (delay 2), seed 1, past episodes and motifs in memory; at most 5,000,000"
    )
    assert "stopped when the mean return of two updates reached 0.95." in lines[1]
    assert lines[2].startswith(
        "Solved: mean return 1.00 in 100 fresh greedy episodes, 95% interval 1.00 to 1.00"
    )
    assert lines[-1] == "next: motifkit evaluate runs/quick --episodes 100"
    files = {"checkpoint.safetensors", "config.json", "log.jsonl", "result.json"}
    assert {path.name for path in Path("runs/quick").iterdir()} == files
    assert all(f"runs/quick/{name}" in lines[-2] for name in files)
    assert not done.stderr  # no bar on a pipe
    config, result = read(Path("runs/quick/config.json")), read(Path("runs/quick/result.json"))
    assert (config["schema"], config["env"], config["env_args"]) == (
        "motifkit.run/1",
        "memory-task",
        {"delay": 2},
    )
    assert (result["schema"], result["solved"], result["ended_by"]) == ("motifkit.training/1", True, "until")
    assert result["evaluation"]["mean"] == 1.0 and result["evaluation"]["n_episodes"] == 100
    log = [json.loads(line) for line in Path("runs/quick/log.jsonl").read_text().splitlines()]
    assert log[-1]["timesteps"] == result["timesteps"] and len(log) == result["updates"]
    agent = TraceRL.load("runs/quick/checkpoint.safetensors")
    assert (agent.num_timesteps, agent.env.delay) == (result["timesteps"], 2)


def test_json_is_all_of_stdout(run):
    done = run("train", *QUICK, "--steps", 32, "--json", "-v", "-o", "run")
    answer = json.loads(done.stdout)
    assert answer["files"]["log"] == "run/log.jsonl" and answer["timesteps"] == 32
    assert {k: v for k, v in answer.items() if k != "files"} == read(Path("run/result.json"))


def test_verbose_shows_lines(run, monkeypatch):
    monkeypatch.setattr(training, "_LOG_INTERVAL", 1)
    done = run("train", *QUICK, "--steps", 64, "-v", "-o", "run")
    heading, *lines = done.stderr.splitlines()
    assert heading.split()[:3] == ["update", "steps", "return"] and [line.split()[1] for line in lines] == [
        "32",
        "64",
    ]


def test_not_solved_is_said(run, trained):
    result = read(trained / "result.json")
    assert (result["target"], result["solved"], result["ended_by"]) == (None, None, "steps")
    done = run("train", *QUICK, "--steps", 32, "--until", 1.5, "-o", "b")
    assert "Not solved: mean return " in done.stdout and "(target 1.5)" in done.stdout
    assert "More steps may help: motifkit train --resume -o b --steps 64" in done.stdout


def test_defaults_are_those_of_the_agent():
    signature = inspect.signature(TraceRL).parameters
    defaults = {param.name: param.default for param in train_command.params}
    for name in ("n_envs", "n_epochs", "n_minibatches", "learning_rate", "gamma", "ent_coef", "device"):
        assert defaults[name] == signature[name].default, name


def test_options_reach_the_agent(run, monkeypatch):
    made = {}

    def note(self, *arguments, **options):
        made.update(dict(zip(("policy", "env", "memory"), arguments, strict=True)), **options)
        raise KeyError("enough")

    monkeypatch.setattr(TraceRL, "__init__", note)
    done = run(
        *("train", "memory-task", "--delay", 3, "--hard", "--policy", "transformer", "--memory", "episodic"),
        *("--max-entries", 7, "--mem-dim", 16, "--n-envs", 5, "--lr", 0.5, "--epochs", 6, "--minibatches", 2),
        *("--her", "--rnd", "--count-bonus", "--reward-norm", "--no-learn-retention", "--seed", 9),
    )
    assert isinstance(done.exception, SystemExit) and done.exit_code == 1
    assert made["policy"].__name__ == "StrategicMemoryTransformerPolicy"
    assert (made["env"].delay, made["env"].difficulty) == (3, 1)
    assert (made["memory"].max_entries, made["memory"].mem_dim) == (7, 16)
    named = {
        "n_envs": 5,
        "learning_rate": 0.5,
        "n_epochs": 6,
        "n_minibatches": 2,
        "her": True,
        "use_rnd": True,
    }
    more = {"intrinsic_expl": True, "reward_norm": True, "memory_learn_retention": False, "seed": 9}
    assert {name: made[name] for name in {**named, **more}} == {**named, **more}
    assert not Path("runs").exists()  # nothing is made before the agent is


def test_gamma_and_entropy_reach_the_agent(run):
    run("train", *QUICK, "--steps", 32, "--gamma", 0.5, "--ent-coef", 0, "-o", "run", "-q")
    agent = TraceRL.load("run/checkpoint.safetensors")
    assert (agent.settings.gamma, agent.settings.ent_coef) == (0.5, 0.0)


def test_a_config_from_before_banks(run, trained):
    config = read(trained / "config.json")
    for name in ("bank", "gamma", "ent_coef"):
        del config[name]
    (trained / "config.json").write_text(json.dumps(config))
    assert run("train", "--resume", "-o", trained, "--steps", 96).exit_code == 0
    assert read(trained / "config.json")["bank"] is None


@pytest.mark.parametrize("memory", ["motif", "none"])
def test_other_memories_and_environments(run, memory):
    done = run(
        *("train", "CartPole-v1", "--memory", memory, "--mem-dim", 8),
        *(("--n-motifs", 4, "--motif-len", 2) if memory == "motif" else ()),
        *("--n-envs", 25, "--steps", 20),
    )
    assert done.exit_code == 0, (done.output, done.exception)
    config = read(Path("runs/CartPole-v1/config.json"))
    assert config["until"] == 475.0 and config["steps"] == 20
    assert run("evaluate", "runs/CartPole-v1", "--episodes", 4).exit_code == 0


@pytest.mark.parametrize(
    ("memory", "option"),
    [
        ("none", ("--n-motifs", 5)),
        ("episodic", ("--motif-len", 9)),
        ("motif", ("--max-entries", 3)),
        ("none", ("--no-learn-retention",)),
    ],
)
def test_options_of_a_memory_that_is_not_there_are_refused(run, memory, option):
    told = one_line(run("train", *QUICK, "--memory", memory, *option), 2)
    assert f"{option[0]} has no effect with --memory {memory}" in told


def test_a_log_holds_no_more_updates_than_the_checkpoint(run, trained):
    log = trained / "log.jsonl"
    before = log.read_text()
    log.write_text(before + json.dumps({**json.loads(before.splitlines()[-1]), "update": 99}) + "\n")
    assert run("train", "--resume", "-o", trained, "--steps", 10, "-q").exit_code == 0
    assert log.read_text() == before


def test_features_of_prices_stay_scaled_as_in_training(run, monkeypatch):
    training = ("train", "trading", "--steps", 64, "--n-envs", 4, "--env-arg", "episode_length=8")
    assert run(*training, "--env-arg", "rows=[0,500]", "-o", "run", "-q").exit_code == 0
    seen = []
    play = fresh_episodes.play_fresh
    monkeypatch.setattr(
        fresh_episodes,
        "play_fresh",
        lambda agent, env, *a, **k: seen.append(env) or play(agent, env, *a, **k),
    )
    done = run("evaluate", "run", "--env-arg", "rows=[500,1000]", "--episodes", 4)
    assert done.exit_code == 0, (done.output, done.exception)
    assert seen[0].unwrapped.rows == (500, 1000)
    assert seen[0].unwrapped.features == make_env("trading", rows=(0, 500), episode_length=8).features


def test_curriculum(run):
    told = one_line(run("train", "planted-motif", "--curriculum", "2,4", "--until", 1), 2)
    assert "--curriculum goes through delays, but planted-motif has none" in told

    done = run("train", "memory-task", "--curriculum", "1,2", "--n-envs", 32, "-o", "run")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "all 2 stages of the curriculum mastered, the last with delay 2" in done.stdout
    assert "Solved: " in done.stdout and read(Path("run/result.json"))["curriculum"]["finished"]
    assert "run: memory-task (delay 2), trained" in run("evaluate", "run").stdout
    done = run("train", "memory-task", "--curriculum", "1,16", "--steps", 512, "--n-envs", 32, "-o", "short")
    assert "the curriculum stands at stage 2 of 2, delay 16" in done.stdout
    assert "Not solved: " in done.stdout and "(target 0.95 in the last stage)" in done.stdout


def test_resuming_goes_on_as_if_it_had_never_stopped(run, trained):
    done = run("train", "--resume", "-o", trained, "--steps", 160)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "Resuming run at 64 steps: memory-task (delay 2), seed 0" in done.stdout
    assert "Trained 96 more steps, 160 in all, in " in done.stdout
    assert [json.loads(line)["update"] for line in (trained / "log.jsonl").open()] == [1, 2, 3, 4, 5]
    assert read(trained / "config.json")["steps"] == 160
    run("train", *QUICK, "--steps", 160, "--until", "inf", "-o", "straight")
    one, other = (load_file(folder / "checkpoint.safetensors") for folder in (trained, Path("straight")))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_resuming_a_run_that_is_over_changes_nothing(run, trained):
    before = (trained / "checkpoint.safetensors").read_bytes()
    (trained / "result.json").unlink()
    (trained / ".checkpoint.0123abcd.safetensors").write_text("left by a process that was killed")
    done = run("train", "memory-task", "--resume", "-o", trained)
    assert done.exit_code == 0 and "This run is already finished: 64 steps." in done.stdout
    assert (trained / "checkpoint.safetensors").read_bytes() == before
    assert {path.name for path in trained.iterdir()} == {
        "checkpoint.safetensors",
        "config.json",
        "log.jsonl",
        "result.json",
    }


def test_resuming_keeps_to_what_was_chosen(run, trained):
    for arguments, told in {
        ("cue-mapping",): "run was started with env memory-task, not env cue-mapping",
        ("--delay", "4"): "run was started with delay=2, not delay=4",
        ("--hard",): "run was started with difficulty=unset, not difficulty=hard",
        ("--memory", "none"): "run was started with memory combined, not memory none",
        ("--seed", "3"): "run was started with seed 0, not seed 3",
        ("--force",): "--resume and --force cannot be combined",
    }.items():
        assert told in one_line(run("train", *arguments, "--resume", "-o", trained), 2)
    done = run("train", *QUICK, "--resume", "-o", trained, "--lr", 0.5)
    assert done.exit_code == 0 and read(trained / "config.json")["learning_rate"] == 0.5


def test_a_run_is_not_overwritten_without_force(run, trained):
    before = {path.name: path.read_bytes() for path in trained.iterdir()}
    told = one_line(run("train", *QUICK, "-o", trained), 4)
    assert "run already holds a run (config.json); resume it with --resume, start over with --force" in told
    assert {path.name: path.read_bytes() for path in trained.iterdir()} == before
    done = run("train", *QUICK, "--steps", 32, "-o", trained, "--force")
    assert done.exit_code == 0 and read(trained / "config.json")["steps"] == 32
    assert len((trained / "log.jsonl").read_text().splitlines()) == 1


def test_force_keeps_away_from_what_is_not_ours(run):
    Path("mine").mkdir()
    Path("mine/config.json").write_text('{"name": "precious"}')
    told = one_line(run("train", *QUICK, "-o", "mine", "--force"), 5)
    assert "mine/config.json has schema None" in told
    assert [path.name for path in Path("mine").iterdir()] == ["config.json"]


def test_resuming_what_cannot_be_resumed(run, trained):
    assert "none does not exist" in one_line(run("train", "--resume", "-o", "none"), 4)
    assert "--resume needs the directory" in one_line(run("train", "--resume"), 2)
    assert ". holds no run: it has no config.json" in one_line(run("train", "--resume", "-o", "."), 4)
    whole = (trained / "checkpoint.safetensors").read_bytes()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 1
    for content in (bytes(damaged), whole[:1000], b"", b"PK\x03\x04"):
        (trained / "checkpoint.safetensors").write_bytes(content)
        assert "checkpoint.safetensors" in one_line(run("train", "--resume", "-o", trained), 5)
    (trained / "checkpoint.safetensors").unlink()
    told = one_line(run("train", "--resume", "-o", trained), 4)
    assert "stopped before its first update; start over with --force" in told


def test_a_checkpoint_of_another_environment(run, trained):
    run("train", "cue-mapping", "--n-envs", 4, "--steps", 24, "-o", "other", "-q")
    shutil.copy("other/checkpoint.safetensors", trained)
    told = one_line(run("train", "--resume", "-o", trained), 3)
    assert "was trained on observations Box(0.0, 1.0, (8,), float32)" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": "motifkit.run/9"}, "has schema 'motifkit.run/9'"),
        ({"steps": "many"}, "has steps='many'"),
        ({"n_envs": True}, "has n_envs=True"),
        ({"env": None}, "has env=None"),
        (None, "lacks 'steps'"),
        ("{", "is not valid JSON"),
    ],
)
def test_a_damaged_config(run, trained, change, told):
    config = read(trained / "config.json")
    if change is None:
        del config["steps"]
    text = change if isinstance(change, str) else json.dumps({**config, **(change or {})})
    (trained / "config.json").write_text(text)
    assert told in one_line(run("train", "--resume", "-o", trained), 5)
    assert told in one_line(run("evaluate", trained), 5)


BAD = {
    (): (2, "name an environment: memory-task"),
    ("memroy-task",): (2, "no environment is named 'memroy-task'; did you mean memory-task?"),
    ("CartPole-v1", "--delay", "4"): (2, "no argument 'delay'"),
    ("memory-task", "--delay", "-4"): (2, "--delay"),
    ("memory-task", "--steps", "0"): (2, "--steps"),
    ("memory-task", "--n-envs", "-1"): (2, "--n-envs"),
    ("memory-task", "--seed", "-1"): (2, "--seed"),
    ("memory-task", "--threads", "0"): (2, "--threads"),
    ("memory-task", "--lr", "nan"): (2, "nan must be a number above 0"),
    ("memory-task", "--lr", "-0.1"): (2, "-0.1 must be a number above 0"),
    ("memory-task", "--gamma", "1.5"): (2, "1.5 must be a number from 0 to 1"),
    ("memory-task", "--ent-coef", "-1"): (2, "-1 must be a number of at least 0"),
    ("memory-task", "--until", "nan"): (2, "nan is not a mean return"),
    ("memory-task", "--curriculum", "4,x"): (2, "'4,x' must be different whole numbers"),
    ("memory-task", "--curriculum", "4,-8"): (2, "'4,-8' must be different whole numbers"),
    ("memory-task", "--curriculum", "4,8", "--delay", "4"): (2, "--curriculum sets the delay itself"),
    ("memory-task", "--curriculum", "4,8", "--until", "inf"): (2, "--curriculum needs --until"),
    ("CartPole-v1", "--curriculum", "4,8"): (2, "but CartPole-v1 has none"),
    ("memory-task", "--env-arg", "delay"): (2, "'delay' is not KEY=VALUE"),
    ("memory-task", "--env-arg", "delay=NaN"): (2, "delay must be a whole number"),
    ("memory-task", "--env-arg", "delay=2", "--delay", "2"): (2, "delay is given twice"),
    ("memory-task", "--env-arg", "delay=2", "--env-arg", "delay=3"): (2, "delay is given twice"),
    ("memory-task", "--memory", "all"): (2, "--memory"),
    ("memory-task", "--mem-dim", "30"): (2, "mem_dim=30"),
    ("memory-task", "--device", "quark"): (2, "torch knows no device 'quark'"),
    ("memory-task", "--device", "meta"): (2, "--device meta cannot be used here"),
    ("CartPole-v1", "--her"): (2, "relabel"),
    ("memory-task", "-o", "goog.csv"): (4, "goog.csv is a file; name a directory"),
    ("memory-task", "-o", "goog.csv/run"): (4, "goog.csv/run cannot be made"),
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input(arguments, run, tmp_path):
    code, told = BAD[arguments]
    assert told in one_line(run("train", *arguments), code)
    assert [path.name for path in tmp_path.iterdir()] == ["goog.csv"]


def test_a_directory_that_may_not_be_written_to(run, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)  # root writes everywhere
    assert "locked/run cannot be made: Permission denied" in one_line(
        run("train", *QUICK, "-o", "locked/run"), 4
    )


def test_divergence_keeps_the_last_good_state(run, trained, monkeypatch):
    good = load_file(trained / "checkpoint.safetensors")

    def diverge(net, *arguments):
        with torch.no_grad():
            next(net.parameters()).fill_(np.nan)
        raise DivergedError("training diverged (total=nan); lower learning_rate")

    monkeypatch.setattr("motifkit.agents.updating.ppo_update", diverge)
    told = one_line(run("train", "--resume", "-o", trained, "--steps", 128), 3)
    assert "saved, try: motifkit train --resume -o run --lr 0.0002" in told
    kept = load_file(trained / "checkpoint.safetensors")
    weights = [name for name in good if name.startswith("net.") and name.endswith("weight")]
    assert weights and all(torch.equal(kept[name], good[name]) for name in weights)


def test_a_disk_that_is_full(run, trained, monkeypatch):
    before = (trained / "checkpoint.safetensors").read_bytes()

    def refuse(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save", refuse)
    told = one_line(run("train", "--resume", "-o", trained, "--steps", 128), 4)
    assert "No space left on device" in told
    assert (trained / "checkpoint.safetensors").read_bytes() == before


def test_threads_are_put_back(run):
    before = torch.get_num_threads()
    assert run("train", *QUICK, "--steps", 32, "--threads", 1).exit_code == 0
    assert torch.get_num_threads() == before


def test_checkpoints_come_at_most_every_half_minute(run, monkeypatch):
    saved = []
    monkeypatch.setattr(TraceRL, "save", lambda self, path: saved.append(self.num_timesteps))
    assert run("train", *QUICK, "--steps", 128, "--until", "inf").exit_code == 0
    assert saved == [32, 128]  # the first shows early that saving works
    saved.clear()
    monkeypatch.setattr(training, "SAVE_SECONDS", 0)
    assert run("train", *QUICK, "--steps", 128, "--until", "inf", "--force").exit_code == 0
    assert saved == [32, 64, 96, 128, 128]


def test_worlds_are_counted_whole(run):
    done = run("train", "cue-mapping", "--n-envs", 4, "--steps", 24, "-o", "run", "--json")
    found = json.loads(done.stdout)["evaluation"]
    assert (found["n_worlds"], found["n_episodes"], len(found["by_round"])) == (10, 240, 6)
    assert np.mean(found["by_round"]) == pytest.approx(found["mean"])
