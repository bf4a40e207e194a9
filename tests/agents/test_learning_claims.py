"""What the agent is said to learn, from scratch and in time; `make bench` runs it, best on an idle machine."""

import pytest

from motifkit import MemoryTaskEnv
from motifkit.evaluation.contestants import Budget, default_agent, train_agent
from motifkit.evaluation.episodes import evaluate_policy


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("difficulty", "seconds"), [("easy", 15.0), ("hard", 30.0)])
def test_delay_64_is_solved_in_time(difficulty, seconds, seed):
    env = MemoryTaskEnv(64, difficulty)
    trained = train_agent(default_agent, env, seed=seed, budget=Budget(seconds=seconds, stop_at=0.98))
    assert evaluate_policy(trained.agent, env, 100, seed=seed).tolist() == [1.0] * 100
