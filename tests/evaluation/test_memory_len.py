"""bsuite's memory_len: the score by hand, and returns noted however an agent trains."""

import json
from copy import deepcopy

import numpy as np
import pytest

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.memory_len import (
    MEMORY_LENGTHS,
    MemoryLenScore,
    RecordedMemoryTask,
    memory_len_score,
    regret_ratio,
)
from tests.evaluation.stub_agents import Player, Rememberer


def bsuite_score(returns_of):
    """What bsuite's analysis computes, in its own order: total_perfect, regret, ratio, mean."""
    ratios = []
    for returns in returns_of:
        episode = min(len(returns), 10_000)
        total_perfect = sum(r == 1 for r in returns[:episode])
        ratios.append((episode - total_perfect) / 0.5 / episode)
    return np.mean(np.array(ratios) < 0.75), ratios


def test_the_lengths_are_bsuites():
    assert len(MEMORY_LENGTHS) == 23 and MEMORY_LENGTHS[0] == 1 and MEMORY_LENGTHS[-1] == 100
    assert sum(MEMORY_LENGTHS) == 663 and MEMORY_LENGTHS[10:16] == (12, 14, 17, 20, 25, 30)


def test_score_equals_bsuites():
    rng = np.random.default_rng(0)
    played = [np.where(rng.random(12_000) < p, 1.0, -1.0) for p in (0.5, 0.6, 0.62, 0.63, 0.9, 1.0)]
    score, ratios = bsuite_score(played)
    ours = [regret_ratio(returns) for returns in played]
    assert ours == pytest.approx(ratios)
    assert MemoryLenScore(tuple(range(6)), tuple(ours), (10_000,) * 6).score == score == 0.5


def test_regret_ratio_edges():
    assert regret_ratio([1.0]) == 0 and regret_ratio([-1.0]) == 2 and regret_ratio([1.0, -1.0]) == 1
    assert regret_ratio([1.0, -1.0, -1.0], n_episodes=1) == 0
    with pytest.raises(DataError, match="no training episode"):
        regret_ratio([])


@pytest.mark.parametrize("vector", [True, False])
def test_returns_are_noted(vector):
    def make(env, seed):
        return Player(deepcopy(env), seed, vector=vector, right=1.0 if env.delay < 5 else 0.5)

    told = []
    score = memory_len_score(make, lengths=(1, 3, 7, 9), n_episodes=100, progress=lambda *a: told.append(a))
    assert score.n_episodes == (100,) * 4 and score.ratios[:2] == (0.0, 0.0)
    assert all(0.75 <= ratio < 1.25 for ratio in score.ratios[2:]) and score.score == 0.5
    assert told[0] == ("length 1", 0, 4) and told[-1] == ("done", 4, 4)
    plain = score.as_dict()
    assert json.loads(json.dumps(plain)) == plain and plain["schema"] == "motifkit.memory-len/1"
    assert score.to_frame().learned.tolist() == [True, True, False, False]


def test_vectors_note_each_episode_once():
    env = RecordedMemoryTask(2)
    vector = env.as_vector(4)
    targets = vector.reset(seed=0)[1]["cue"]
    for _ in range(4):  # two steps more than an episode has
        vector.step(targets)
    assert env.returns == [1.0] * 4


def test_an_agent_that_never_plays():
    with pytest.raises(DataError, match="no training episode ended"):
        memory_len_score(Rememberer, lengths=(2,), n_episodes=10)
    for arguments in ({"lengths": ()}, {"n_episodes": 0}):
        with pytest.raises(UsageError):
            memory_len_score(Rememberer, **arguments)
