"""Small tasks, learned from scratch in seconds with fixed seeds."""

import gymnasium
import pytest

from motifkit import (
    CombinedMemoryModule,
    MemoryTaskEnv,
    MotifMemoryBank,
    StrategicCombinedMemoryPolicy,
    StrategicMemoryBuffer,
    StrategicMemoryTransformerPolicy,
    TraceRL,
)

EASY, HARD = 0, 1


def memory_of(kind, obs_dim=3, action_dim=1, mem_dim=16):
    if kind == "none":
        return None
    buffer = StrategicMemoryBuffer(obs_dim, action_dim, mem_dim, max_entries=16, seed=1)
    bank = MotifMemoryBank(obs_dim, action_dim, mem_dim, n_motifs=8, seed=2)
    return {"episodic": buffer, "motif": bank, "combined": CombinedMemoryModule(buffer, bank)}[kind]


def solved(agent):
    """Whether it answers rightly, greedily, in each of 100 fresh episodes."""
    return agent.evaluate(n_episodes=100).mean == 1.0


def go_on(agent):
    """Until training looks solved, and is."""
    return agent.history[-1]["return_mean"] < 0.8 or not solved(agent)


@pytest.mark.parametrize("kind", ["none", "episodic", "motif", "combined"])
@pytest.mark.parametrize(
    ("delay", "difficulty"),
    [
        (4, HARD),
        pytest.param(8, EASY, marks=pytest.mark.slow),
        pytest.param(8, HARD, marks=pytest.mark.slow),
    ],
)
def test_a_bit_is_remembered(delay, difficulty, kind):
    agent = TraceRL(
        StrategicCombinedMemoryPolicy,
        MemoryTaskEnv(delay, difficulty),
        memory_of(kind),
        memory_learn_retention=True,
        policy_kwargs={"mem_dim": 16},
        seed=0,
    )
    agent.learn(80 * 64 * delay, callback=go_on)
    assert agent.n_updates < 80 and solved(agent)
    assert agent.evaluate(n_episodes=100, seed=5).mean == 1.0


@pytest.mark.slow
def test_what_was_learned_is_kept_while_training_goes_on():
    """Episodes that all pay the same have nothing to teach: they must not be made much of."""
    below = n_evaluations = 0
    for seed in range(10):
        agent = TraceRL(StrategicMemoryTransformerPolicy, MemoryTaskEnv(8, HARD), seed=seed)
        agent.learn(80 * 64 * 8, callback=go_on)
        for _ in range(20):
            agent.learn(64 * 8)
            below += agent.evaluate(n_episodes=100).mean < 0.9
            n_evaluations += 1
    assert below <= n_evaluations // 40


@pytest.mark.slow
def test_a_pole_is_balanced_several_times_longer():
    env = gymnasium.make("CartPole-v1")
    agent = TraceRL(StrategicCombinedMemoryPolicy, env, memory_of("motif", obs_dim=4), n_envs=8, seed=0)
    before = agent.evaluate(n_episodes=20).mean
    agent.learn(16_000)
    after = agent.evaluate(n_episodes=20).mean
    assert before < 30 and after > 120


@pytest.mark.slow
def test_a_pendulum_is_swung_up():
    """-1,200 is what chance gets, -200 what a solved task pays."""
    env = gymnasium.make("Pendulum-v1")
    agent = TraceRL(
        StrategicMemoryTransformerPolicy,
        env,
        reward_norm=True,
        gamma=0.9,
        n_epochs=10,
        learning_rate=1e-3,
        n_envs=16,
        seed=0,
    )
    before = agent.evaluate(n_episodes=16, deterministic=False).mean
    agent.learn(40_000)
    after = agent.evaluate(n_episodes=16).mean
    assert before < -900 and after > -450
