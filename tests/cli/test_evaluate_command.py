"""`motifkit evaluate` by click's runner, with an agent that was hardly trained."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from ended import one_line

from motifkit.cli.fresh_episodes import FreshEpisodes, _world_means


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run of the memory task."""
    from click.testing import CliRunner

    from motifkit.cli.commands import cli

    folder = tmp_path_factory.mktemp("saved") / "run"
    arguments = ("train", "memory-task", "--delay", "2", "--n-envs", "16", "--steps", "32", "--threads", "1")
    done = CliRunner().invoke(cli, [*arguments, "-q", "-o", str(folder)])
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


@pytest.fixture
def trained(run, saved):
    shutil.copytree(saved, "run")
    return Path("run")


def found(done):
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_sentences(run, trained):
    before = {path.name: path.read_bytes() for path in trained.iterdir()}
    done = run("evaluate", trained, "--episodes", 50)
    assert done.exit_code == 0 and not done.stderr, (done.output, done.exception)
    lines = done.stdout.splitlines()
    assert lines[0] == "run: memory-task (delay 2), trained for 32 steps with seed 0."
    assert "olved: mean return " in lines[1] and " in 50 fresh greedy episodes, 95% interval " in lines[1]
    assert lines[2].startswith("Returns from ") and lines[2].endswith("; mean length 2.")
    assert lines[-1].startswith("next: motifkit ")
    assert {path.name: path.read_bytes() for path in trained.iterdir()} == before


def test_values(run, trained):
    answer = found(run("evaluate", trained, "--episodes", 300, "--json", "--stochastic"))
    assert (answer["schema"], answer["env_args"], answer["timesteps"]) == (
        "motifkit.evaluation/1",
        {"delay": 2},
        32,
    )
    played = answer["evaluation"]
    assert (played["n_episodes"], played["length_mean"], played["deterministic"]) == (300, 2.0, False)
    assert (played["least"], played["most"], answer["target"]) == (-1.0, 1.0, 0.95)
    assert played["low"] < played["mean"] < played["high"] and not answer["solved"]
    assert played["high"] - played["low"] == pytest.approx(4 * played["std"] / math.sqrt(300), rel=0.15)


def test_episodes_without_a_limit_of_their_own_are_cut_short(run):
    """CliffWalking runs until the goal is reached, which a greedy agent may never do."""
    train = (
        "train",
        "CliffWalking-v1",
        "--memory",
        "none",
        "--n-envs",
        4,
        "--until",
        "inf",
        "-q",
        "-o",
        "run",
    )
    done = run(*train, "--max-episode-steps", 9, "--steps", 36)
    assert done.exit_code == 0, (done.output, done.exception)
    assert found(run("evaluate", "run", "--json"))["evaluation"]["length_mean"] == 9
    answer = found(run("evaluate", "run", "--max-episode-steps", 7, "--json"))
    assert answer["evaluation"]["length_mean"] == 7
    run("train", "--resume", "-o", "run", "--steps", 60, "--max-episode-steps", 6, "-q")
    assert json.loads(Path("run/config.json").read_text())["max_episode_steps"] == 6
    assert found(run("evaluate", "run", "--json"))["evaluation"]["length_mean"] == 6


def test_seeds_choose_the_episodes(run, trained):
    answers = [
        found(run("evaluate", trained, "--episodes", 51, "--seed", seed, "--json", "--stochastic"))[
            "evaluation"
        ]
        for seed in (1, 1, 2)
    ]
    assert answers[0] == answers[1] != answers[2]


def test_one_episode_has_no_interval(run, trained):
    played = found(run("evaluate", trained, "--episodes", 1, "--json"))["evaluation"]
    assert (played["n_episodes"], played["low"], played["high"]) == (1, None, None)
    told = run("evaluate", trained, "--episodes", 1).stdout
    assert "in 1 fresh greedy episode (target" in told and "nan" not in told


def test_another_environment_of_the_same_kind(run, trained):
    answer = found(run("evaluate", trained, "--delay", 5, "--hard", "--json"))
    assert (
        answer["env_args"] == {"delay": 5, "difficulty": "hard"} and answer["evaluation"]["length_mean"] == 5
    )
    answer = found(run("evaluate", trained, "--env-arg", "delay=3", "--json"))
    assert answer["env_args"] == {"delay": 3}
    assert "no argument 'dely'" in one_line(run("evaluate", trained, "--env-arg", "dely=3"), 2)


def test_worlds(run):
    assert run("train", "cue-mapping", "--n-envs", 4, "--steps", 24, "-o", "run", "-q").exit_code == 0
    done = run("evaluate", "run", "--episodes", 250)
    assert " in 264 fresh greedy episodes in 11 worlds, 95% interval " in done.stdout
    line = next(
        line for line in done.stdout.splitlines() if line.startswith("Mean return by round of a world: ")
    )
    assert line.count(",") == 5
    told = one_line(run("evaluate", "run", "--env-arg", "n_cues=5"), 3)
    assert "was trained on observations" in told


def test_means_of_worlds():
    returns, rounds = np.array([1.0, 0.0, 0.5, 0.5, -1.0, -1.0, 0.0, 0.0]), np.array([0, 0, 1, 1, 0, 0, 1, 1])
    assert _world_means(returns, rounds).tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    ("mean", "target", "mastered", "begin", "solved"),
    [
        (0.96, 0.95, True, "Solved: mean return 0.96", True),
        (0.94, 0.95, True, "Not solved: mean return 0.94", False),
        (0.96, 0.95, False, "Not solved: mean return 0.96", False),
        (0.96, None, True, "Mean return 0.96", None),
    ],
)
def test_verdict(mean, target, mastered, begin, solved):
    played = FreshEpisodes(10, 0, mean, 0.1, 0.9, 1.0, 0.0, 1.0, 2.0, (), True)
    assert played.sentence(target, mastered=mastered).startswith(begin)
    assert played.solves(target, mastered=mastered) is solved


def test_bad_runs(run, trained):
    assert "none does not exist" in one_line(run("evaluate", "none"), 4)
    assert "goog.csv is a file" in one_line(run("evaluate", "goog.csv"), 4)
    assert "holds no run: it has no config.json" in one_line(run("evaluate", "."), 4)
    checkpoint = trained / "checkpoint.safetensors"
    whole = checkpoint.read_bytes()
    for content in (whole[:-3], whole[:7], whole[:-1] + bytes([whole[-1] ^ 1]), b"text"):
        checkpoint.write_bytes(content)
        assert "checkpoint.safetensors" in one_line(run("evaluate", trained), 5)
    checkpoint.unlink()
    assert "has no checkpoint.safetensors" in one_line(run("evaluate", trained), 4)
    Path("foreign").mkdir()
    Path("foreign/config.json").write_text("[]")
    assert "foreign/config.json has schema None" in one_line(run("evaluate", "foreign"), 5)
    Path("foreign/config.json").write_bytes(b"\xff\xfe{")
    assert "foreign/config.json is not valid UTF-8 text" in one_line(run("evaluate", "foreign"), 5)


@pytest.mark.parametrize(
    "arguments",
    [(), ("run", "--episodes", "0"), ("run", "--seed", "-1"), ("run", "--delay", "0"), ("run", "--x")],
)
def test_bad_options(run, arguments):
    one_line(run("evaluate", *arguments), 2)
