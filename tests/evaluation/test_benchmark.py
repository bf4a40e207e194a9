"""The notebook's benchmark: its settings, its two numbers, and fair rows with intervals."""

import json
import logging
import math

import numpy as np
import pytest

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.benchmark import AgentPerformanceBenchmark
from motifkit.evaluation.benchmark_config import BenchmarkConfig
from motifkit.evaluation.benchmark_table import BenchmarkRun, BenchmarkTable
from motifkit.evaluation.contestants import Budget, train_agent
from motifkit.evaluation.statistics import bootstrap_interval
from tests.evaluation.stub_agents import Rememberer

NOTEBOOK = {
    "delay": 4,
    "n_train_episodes": 2000,
    "total_timesteps": 1_000_000,
    "difficulty": 0,
    "mode_name": "EASY",
    "verbose": 0,
    "eval_base": True,
}


def test_as_the_notebook_calls_it():
    benchmark = AgentPerformanceBenchmark(NOTEBOOK)
    mean, std = benchmark.evaluate(Rememberer(), "motif")
    assert (mean, std) == (1.0, 0.0) and type(mean) is type(std) is float
    assert benchmark.evaluate(Rememberer(blind=True), "blind") == (0.0, 1.0)
    assert [row["agent"] for row in benchmark.results] == ["motif", "blind"]
    assert [row["solved"] for row in benchmark.results] == [True, False]
    assert benchmark.results[0]["mode"] == "EASY" and benchmark.results[0]["n_episodes"] == 100
    assert not benchmark.runs


def test_run_trains_every_agent_alike():
    benchmark = AgentPerformanceBenchmark(
        {"delays": [2, 4], "seeds": [0, 1], "n_train_episodes": 100, "eval_base": False}
    )
    made, told = [], []

    def make(env, seed):
        made.append((env.delay, seed))
        return Rememberer(env, seed, blind=seed == 1)

    table = benchmark.run({"stub": make}, progress=lambda *args: told.append(args))
    assert made == [(2, 0), (2, 1), (4, 0), (4, 1)]
    assert told[0] == ("stub at delay 2, seed 0", 0, 4) and told[-1] == ("done", 4, 4)
    row = table.rows[1]
    assert (row.agent, row.delay, row.n_seeds, row.iqm, row.solved) == ("stub", 4, 2, 0.5, 0.5)
    assert row.episodes == 112  # 448 steps: 400, rounded up to whole updates of 64
    assert row.low == 0 and row.high == 1 and row.mean == 0.5 and row.std == pytest.approx(3**0.5 / 2)


def test_run_with_baselines():
    benchmark = AgentPerformanceBenchmark(
        {"delay": 1, "seeds": [0], "total_timesteps": 512, "n_eval_episodes": 10}
    )
    table = benchmark.run({"TraceRL": lambda env, seed: Rememberer(env, seed)})
    assert [row.agent for row in table.rows] == ["TraceRL", "PPO", "RecurrentPPO"]
    assert [run.num_timesteps for run in table.runs] == [512] * 3
    only = AgentPerformanceBenchmark({"delay": 2, "seeds": [3], "total_timesteps": 1}).run(["PPO"])
    assert [(run.agent, run.seed) for run in only.runs] == [("PPO", 3)]


def test_budget_ends_with_the_first_bound():
    assert BenchmarkConfig.from_mapping(NOTEBOOK).budget(4) == Budget(8000, None)
    assert BenchmarkConfig.from_mapping(NOTEBOOK).budget(1000) == Budget(1_000_000, None)
    assert BenchmarkConfig().budget(4) == Budget(None, 60.0)
    both = BenchmarkConfig.from_mapping({"seconds": 5, "total_timesteps": 10, "stop_at": 1})
    assert both.budget(4) == Budget(10, 5.0, 1.0)
    with pytest.raises(UsageError, match="needs an end"):
        Budget()


def test_time_and_success_end_a_training():
    def make(env, seed):
        return Rememberer(env, seed)

    timed = train_agent(make, None, seed=0, budget=Budget(seconds=0.05))
    assert 0.05 <= timed.seconds < 2 and timed.num_timesteps > 0
    learned = train_agent(make, None, seed=0, budget=Budget(timesteps=10**6, stop_at=0.5))
    assert 500 <= learned.num_timesteps <= 640


def test_table_and_frame_and_json():
    rng = np.random.default_rng(0)
    runs = [
        BenchmarkRun(agent, delay, seed, rng.choice([-1.0, 1.0], 50), 1000, 0.5)
        for seed in range(4)
        for delay in (16, 4)
        for agent in ("B", "A")
    ]
    table = BenchmarkTable(runs, {"mode": "HARD"})
    assert [(row.delay, row.agent) for row in table.rows] == [(4, "B"), (4, "A"), (16, "B"), (16, "A")]
    means = [run.mean for run in runs if run.agent == "A" and run.delay == 16]
    row = table.rows[-1]
    assert (row.iqm, row.low, row.high) == bootstrap_interval(means)
    assert row.steps_per_second == 2000 and row.seconds == 0.5 and row.episodes == 62.5
    frame = table.to_frame()
    assert frame.shape == (4, 12) and frame.iqm.tolist() == [row.iqm for row in table.rows]
    plain = table.as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["schema"] == "motifkit.benchmark/1" and len(plain["runs"]) == 16
    assert BenchmarkTable(()).to_frame().empty


def test_one_seed_has_no_interval():
    row = BenchmarkTable([BenchmarkRun("A", 4, 0, np.ones(10), 100, 1.0)])
    assert math.isnan(row.rows[0].low) and row.as_dict()["rows"][0]["low"] is None


def test_duration_from_the_run():
    benchmark = AgentPerformanceBenchmark({})
    benchmark.runs = [
        BenchmarkRun("TraceRL", delay, 0, np.ones(2), 100 * delay, 100 * (0.001 + 0.002 * delay))
        for delay in (2, 8)
    ]
    assert benchmark.predict_ep_duration(54) == pytest.approx(0.109)
    with pytest.raises(DataError, match="two different delays"):
        benchmark.predict_ep_duration(54, "PPO")


def test_says_what_it_does_only_when_asked(caplog):
    caplog.set_level(logging.INFO, "motifkit.evaluation")
    AgentPerformanceBenchmark({"verbose": 0}).evaluate(Rememberer())
    assert not caplog.messages
    AgentPerformanceBenchmark({"verbose": 1, "difficulty": "hard"}).evaluate(Rememberer(), "motif")
    assert caplog.messages == ["motif at delay 4 (HARD): 1.000 +- 0.000"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"dealy": 4}, r"no benchmark setting 'dealy'; did you mean delay\? The settings are: delay, n_tr"),
        ({3: 4}, "no benchmark setting 3"),
        ({"delay": 0}, "delay=0 .* at least 1"),
        ({"delay": 2.5}, "delay=2.5"),
        ({"difficulty": 2}, "difficulty must be"),
        ({"mode_name": 1}, "mode_name=1"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [0, 0]}, "different"),
        ({"seeds": [-1]}, "seeds=-1"),
        ({"delays": "2,4"}, "delays='2,4'"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"stop_at": "never"}, "stop_at='never'"),
        ({"eval_base": "no"}, "eval_base='no'"),
        ({"verbose": -1}, "verbose=-1"),
        ([("delay", 4)], "takes a dict"),
    ],
)
def test_bad_settings(config, told):
    with pytest.raises(UsageError, match=told) as caught:
        AgentPerformanceBenchmark(config)
    assert "\n" not in str(caught.value)


def test_unknown_agent():
    benchmark = AgentPerformanceBenchmark({"total_timesteps": 1})
    for agents in (["DQN"], "DQN"):
        with pytest.raises(UsageError, match="no agent 'DQN'; choose from TraceRL, PPO, RecurrentPPO"):
            benchmark.run(agents)


def test_every_setting_has_a_check():
    given = {**NOTEBOOK, "n_eval_episodes": 10, "seeds": 3, "delays": (2, 4), "seconds": 1, "stop_at": 0.9}
    config = BenchmarkConfig.from_mapping(given)
    assert config.seeds == (3,) and config.delays == (2, 4) and config.seconds == 1.0
    assert set(given) == set(config.as_dict())
