"""`motifkit benchmark` by click's runner, with agents that train for a moment."""

import json
import sys
from pathlib import Path

import pytest
from ended import one_line

from motifkit.cli import interrupt
from motifkit.evaluation import benchmark as evaluation
from motifkit.evaluation.contestants import Trained

QUICK = ("--delays", "1,2", "--seeds", "2", "--seconds", "0.1", "--episodes", "20", "--threads", "1")


class AlwaysOne:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return [1] * len(observation), None


@pytest.fixture
def contestants(monkeypatch):
    """Nobody trains; remembers who should have."""
    calls = []

    def train(name, make_agent, env, *, seed, budget):
        calls.append(
            {"name": name, "delay": env.delay, "difficulty": env.difficulty, "seed": seed, **vars(budget)}
        )
        return Trained(AlwaysOne(), 1000 * env.delay, 0.5 + env.delay)

    monkeypatch.setattr(evaluation, "train_contestant", train)
    return calls


def test_trains_and_compares(run):
    done = run("benchmark", *QUICK, "--agents", "trace-rl,ppo", "-o", "b.json")
    assert done.exit_code == 0, (done.output, done.exception)
    assert done.stdout.startswith("8 trainings of at most 0.1 s: 1 s in all, less where 0.95 is reached.\n")
    rows = [line for line in done.stdout.splitlines() if line.startswith("│ ")]
    assert [row.split("│")[2].strip() for row in rows] == ["agent", "TraceRL", "PPO", "TraceRL", "PPO"]
    assert "╭─" in done.stdout and "A straight line through TraceRL's times predicts " in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "wrote b.json",
        "next: motifkit train memory-task --delay 2 -o runs/delay2",
    ]
    answer = json.loads(Path("b.json").read_text())
    assert (answer["schema"], answer["complete"], len(answer["runs"])) == ("motifkit.benchmark/1", True, 8)


def test_options_reach_the_benchmark(run, contestants):
    done = run(
        *(
            "benchmark",
            "--delays",
            "3",
            "--seeds",
            2,
            "--seed",
            5,
            "--seconds",
            7,
            "--hard",
            "--until",
            "inf",
        ),
        *("--agents", "recurrent-ppo", "--episodes", 4, "--json", "-v"),
    )
    assert done.exit_code == 0, (done.output, done.exception)
    common = {
        "name": "RecurrentPPO",
        "delay": 3,
        "difficulty": 1,
        "timesteps": None,
        "seconds": 7.0,
        "stop_at": None,
    }
    assert contestants == [{**common, "seed": 5}, {**common, "seed": 6}]
    answer = json.loads(done.stdout)
    assert answer["settings"]["mode"] == "HARD" and answer["files"] == {"result": None}
    assert answer["runs"][0]["mean"] == 0.0 and answer["runs"][0]["n_eval_episodes"] == 4
    assert done.stderr.splitlines() == [
        f"RecurrentPPO at delay 3, seed {seed}: return 0.00 after 3,000 steps in 3.5 s" for seed in (5, 6)
    ]


def test_all_agents_by_default_and_no_fit_of_one_delay(run, contestants):
    done = run("benchmark", "--delays", "2", "--seeds", "1")
    assert [call["name"] for call in contestants] == ["TraceRL", "PPO", "RecurrentPPO"]
    assert "straight line" not in done.stdout and "wrote" not in done.stdout


def test_interrupt_keeps_what_is_finished(run, contestants, monkeypatch):
    train = evaluation.train_contestant

    def stops(*arguments, **options):
        if len(contestants) == 2:
            raise interrupt.Stopped(2)
        return train(*arguments, **options)

    monkeypatch.setattr(evaluation, "train_contestant", stops)
    with pytest.raises(interrupt.Stopped):
        run("benchmark", *QUICK, "-o", "b.json")
    answer = json.loads(Path("b.json").read_text())
    assert not answer["complete"] and [one["agent"] for one in answer["runs"]] == ["TraceRL", "PPO"]


def test_missing_packages_are_found_out_first(run, contestants, monkeypatch):
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)
    told = one_line(run("benchmark", *QUICK), 2)
    assert (
        "recurrent-ppo needs sb3-contrib, which is not installed; run pip install 'motifkit[bench]'" in told
    )
    assert not contestants
    assert run("benchmark", *QUICK, "--agents", "ppo").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--delays", "2,-4"), "'2,-4' must be different whole numbers"),
        (("--delays", "2,2"), "'2,2' must be different whole numbers"),
        (("--delays", ""), "must be different whole numbers"),
        (("--seeds", "0"), "--seeds"),
        (("--seconds", "0"), "0 must be a number above 0"),
        (("--seconds", "-3"), "-3 must be a number above 0"),
        (("--agents", "ppo,dqn"), "there is no agent 'dqn'; give some of trace-rl,ppo,recurrent-ppo"),
        (("--agents", "ppo,ppo"), "names an agent twice"),
        (("--episodes", "0"), "--episodes"),
    ],
)
def test_bad_options(run, contestants, arguments, told):
    assert told in one_line(run("benchmark", *arguments), 2)
    assert not contestants


def test_bad_outputs(run, contestants):
    Path("b.json").write_text("{}")
    assert "b.json exists already; use --force" in one_line(run("benchmark", *QUICK, "-o", "b.json"), 4)
    assert "directory none does not exist" in one_line(run("benchmark", *QUICK, "-o", "none/b.json"), 4)
    assert not contestants
    assert run("benchmark", *QUICK, "-o", "b.json", "--force").exit_code == 0
    assert json.loads(Path("b.json").read_text())["complete"]
