"""TraceRL: every option does what it says, runs repeat bit by bit, evaluation and divergence leave no trace."""

import copy

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import SyncVectorEnv

from motifkit import (
    ConfidenceAuxModule,
    CueAuxModule,
    CueMappingEnv,
    Curriculum,
    MemoryTaskEnv,
    NextObsAuxModule,
    TraceRL,
    UsageError,
)
from motifkit.agents.environments import obs_dim_of, spaces_of
from tests.agents.small_agents import FEAT_DIM, POLICY, agent_of, content, same, story, weights
from tests.agents.tiny_envs import Counting, Paying, Spaced
from tests.memory.memories import KINDS, SLOTS, made

# -- repeating


@pytest.mark.parametrize("kind", ["none", *KINDS])
def test_the_same_seed_learns_the_same_bit_by_bit(kind):
    def run(seed):
        torch.manual_seed(np.random.SeedSequence().generate_state(1)[0])  # the global one must not matter
        agent = agent_of(MemoryTaskEnv(4, difficulty=1), kind, seed, memory_learn_retention=True)
        return agent.learn(2 * 32, log_interval=1)

    one, two, other = run(0), run(0), run(1)
    assert len(one.history) == 2 and same(one, two)
    assert not torch.equal(weights(one), weights(other)) and story(one) != story(other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gymnasium.make("CartPole-v1", max_episode_steps=15),
        lambda: SyncVectorEnv([lambda: gymnasium.make("CartPole-v1", max_episode_steps=15)] * 4),
        lambda: CueMappingEnv(4, 2, rounds_per_world=3),
        lambda: gymnasium.make("Pendulum-v1", max_episode_steps=10),
        lambda: Spaced(spaces.Dict(a=spaces.Box(-1, 1, (2,)), b=spaces.Discrete(2))),
    ],
    ids=["cartpole", "vector", "worlds", "pendulum", "dict"],
)
def test_learning_repeats_and_is_not_disturbed_by_evaluation(make):
    """learn, evaluate, learn equals learn, learn; and both equal themselves."""
    env = make()
    obs_dim = obs_dim_of(spaces_of(env)[0])
    how = {
        "env": env,
        "obs_dim": obs_dim,
        "intrinsic_expl": True,
        "reward_norm": True,
        "use_rnd": True,
        "memory_learn_retention": True,
        "n_epochs": 1,
    }
    agents = [agent_of(**how) for _ in range(2)]
    for i, agent in enumerate(agents):
        agent.learn(25)
        if i:
            before = copy.deepcopy(content(agent)), agent.num_timesteps, len(agent.history)
            for deterministic in (True, False):
                agent.evaluate(n_episodes=5, deterministic=deterministic)
            after = content(agent), agent.num_timesteps, len(agent.history)
            assert before[1:] == after[1:]
            assert all(torch.equal(before[0][name], after[0][name]) for name in before[0])
        agent.learn(25)
    assert same(*agents)


def test_agents_of_different_seeds_start_differently_and_without_one_too():
    starts = [weights(agent_of(kind="none", seed=seed)) for seed in (0, 1, None, None)]
    assert len({tuple(start[:5].tolist()) for start in starts}) == 4


# -- options


def trained(n_updates=2, **how):
    agent = agent_of(**how)
    return agent.learn(n_updates * 32, log_interval=1)


@pytest.fixture(scope="module")
def usual():
    """What is learned without any option, on the task without and with distractors."""
    return {difficulty: weights(trained(env=MemoryTaskEnv(4, difficulty))) for difficulty in (0, 1)}


@pytest.mark.parametrize(
    "how",
    [
        {"memory_learn_retention": True},
        {"memory_learn_retention": True, "memory_retention_coef": 0.1},
        {"aux_modules": "cue"},
        {"intrinsic_expl": True, "intrinsic_eta": 0.5},
        {"use_rnd": True, "intrinsic_eta": 0.5, "env": MemoryTaskEnv(4, difficulty=1)},
        {"reward_norm": True},
        {"her": True},
        {"lam": 0.5},
        {"gamma": 0.9},
        {"ent_coef": 0.5},
        {"learning_rate": 1e-3},
        {"clip_range": 0.001},
        {"n_epochs": 1},
        {"n_minibatches": 1},
        {"vf_coef": 0.1},
        {"max_grad_norm": 1e-3},
        {"target_kl": 1e-9},
        {"n_rounds": 2},
        {"max_episode_steps": 2},
        {"n_envs": 16},
        {"seed": 5},
        {"policy_kwargs": {"nhead": 4}},
        {"curriculum": "delay"},
        {"kind": "motif-cosine"},
    ],
    ids=lambda how: "-".join(how),
)
def test_every_option_changes_what_is_learned(usual, how):
    if how.get("aux_modules"):
        torch.manual_seed(0)
        how = {"aux_modules": [CueAuxModule(FEAT_DIM)]}
    if how.get("curriculum"):
        how = {"curriculum": Curriculum((2, 3))}
    wanted = usual[how["env"].difficulty if "env" in how else 0]
    found = weights(trained(**how))
    assert found.isfinite().all()
    assert found.shape != wanted.shape or not torch.equal(found, wanted)


@pytest.mark.parametrize(
    "how",
    [
        {"verbose": 1},
        {"device": "cpu"},
        {"intrinsic_expl": False, "intrinsic_eta": 9.0},
        {"intrinsic_expl": True, "intrinsic_eta": 0.0},
        {"memory_retention_coef": 9.0},
        {"rnd_emb_dim": 4, "rnd_lr": 0.5},
        {"max_episode_steps": 100},
        {"n_rounds": 1},
    ],
    ids=lambda how: "-".join(how),
)
def test_options_without_effect_have_none(usual, how):
    assert torch.equal(weights(trained(**how)), usual[0])


def test_retention_moves_usefulness_and_its_coefficient_says_how_fast():
    def scores(agent):
        return agent.get_episodic_buffer().usefulness_vec.detach().abs().sum()

    without = trained(3, memory_learn_retention=False, memory_retention_coef=0.1)
    slow, fast = (trained(3, memory_learn_retention=True, memory_retention_coef=c) for c in (1e-4, 1e-2))
    assert scores(without) == 0 < 10 * scores(slow) < scores(fast)
    assert fast.history[-1]["usefulness_loss"] > 0 and "usefulness_loss" not in without.history[-1]


def test_what_came_last_has_no_score_yet():
    """Nobody has attended to it: what lay in its slot before must not be credited to it."""
    full = made("combined-cosine", n_entries=SLOTS)
    agent = trained(1, memory=full, memory_learn_retention=True)
    for _ in range(3):
        before = content(agent)["ages"]
        agent.learn(1)
        after = content(agent)
        new = before != after["ages"]
        assert new.sum() == 1  # an eighth of six slots, rounded up
        assert not after["usefulness"][new].any() and after["usefulness"][~new].all()


def test_auxiliary_modules_learn_and_are_logged():
    torch.manual_seed(0)
    modules = [
        CueAuxModule(FEAT_DIM),
        ConfidenceAuxModule(FEAT_DIM),
        NextObsAuxModule(FEAT_DIM, 3, action_dim=2),
    ]
    before = [copy.deepcopy(one.state_dict()) for one in modules]
    agent = agent_of(aux_modules=modules, n_envs=32, learning_rate=0.01).learn(8 * 128)
    for one, old in zip(modules, before, strict=True):
        assert not any(torch.equal(old[name], value) for name, value in one.state_dict().items())
        losses = [record[f"aux_{one.name}"] for record in agent.history]
        assert losses[-1] < 0.5 * losses[0]
    quiet = [CueAuxModule(FEAT_DIM, coef=0.0)]
    start = copy.deepcopy(quiet[0].state_dict())
    trained(aux_modules=quiet)
    assert all(torch.equal(start[name], value) for name, value in quiet[0].state_dict().items())


def test_exploration_counts_states_and_random_networks_learn():
    agent = trained(intrinsic_expl=True, use_rnd=True, rnd_emb_dim=7)
    assert agent.shaping.counts.n_states == 2  # target 1, and zeros
    assert agent.shaping.distillation.predictor[-1].out_features == 7
    hard = MemoryTaskEnv(4, difficulty=1)
    one, two = (trained(env=hard, use_rnd=True, rnd_lr=lr).shaping.distillation for lr in (1e-3, 1e-2))
    assert torch.equal(one.target[0].weight, two.target[0].weight)
    assert not torch.equal(one.predictor[0].weight, two.predictor[0].weight)


def test_bonuses_are_learned_from_and_not_reported():
    record = trained(1, intrinsic_expl=True, intrinsic_eta=100.0).history[0]
    plain = trained(1).history[0]
    assert record["return_mean"] == plain["return_mean"]
    assert record["value_loss"] > 10 * plain["value_loss"]


def test_normalised_rewards_make_the_scale_of_rewards_not_matter():
    losses = {
        (norm, pay): agent_of(Paying(pay), "none", reward_norm=norm).learn(24).history[0]["value_loss"]
        for norm in (False, True)
        for pay in (1.0, 1000.0)
    }
    assert losses[True, 1.0] == pytest.approx(losses[True, 1000.0], rel=1e-3)
    assert losses[False, 1000.0] > 1e5 * losses[False, 1.0]


def test_hindsight_needs_an_environment_that_can_relabel():
    with pytest.raises(UsageError, match="Counting has no method relabel"):
        agent_of(Counting(), her=True)
    for env in (lambda: MemoryTaskEnv(4), gymnasium.make("motifkit/MemoryTask-v0")):
        agent = TraceRL(POLICY, env, her=True, n_envs=8, seed=0)
        assert agent.learn(32).num_timesteps == 32  # only what was played counts


def test_what_hindsight_tells_is_not_counted_as_seen():
    agent = trained(her=True, reward_norm=True, intrinsic_expl=True, use_rnd=True)
    assert agent.shaping.normaliser.moments.count == agent.num_timesteps == 64
    assert agent.shaping.counts.state()["counts"].sum() == 64
    assert agent.shaping.distillation.observation_moments.count == 64


def test_episodes_are_cut_at_their_most():
    agent = agent_of(MemoryTaskEnv(9), max_episode_steps=3).learn(24)
    assert agent.history[0]["length_mean"] == 3 and agent.num_timesteps == 24
    assert agent.evaluate(n_episodes=3).lengths.tolist() == [3] * 3


def test_rounds_are_played_one_after_the_other_for_one_update():
    agent = agent_of(n_rounds=3).learn(1)
    assert agent.num_timesteps == 3 * 32 and agent.n_updates == 1 and agent.n_episodes == 24
    assert len(agent.history[0]["return_by_round"]) == 3
    worlds = agent_of(CueMappingEnv(3, 2, rounds_per_world=4)).learn(1)
    assert worlds.n_episodes == 4 * 8 and len(worlds.history[0]["return_by_round"]) == 4


def test_the_curriculum_sets_the_environment_and_goes_on():
    curriculum = Curriculum((2, 3, 5), threshold=-2.0, window=1)  # every return will do
    env = MemoryTaskEnv(9)
    agent = agent_of(env, curriculum=curriculum)
    assert agent.learn(16).evaluate(n_episodes=1).lengths.tolist() == [3]  # the next stage already
    agent.learn(24 + 40)
    assert [record["length_mean"] for record in agent.history] == [2, 3, 5]
    assert env.delay == 5 and curriculum.finished
    assert [record["curriculum"] for record in agent.history] == [2, 3, 5]


def test_the_environment_may_be_set_between_two_lessons():
    env = MemoryTaskEnv(2)
    agent = agent_of(env)
    agent.learn(16)
    agent.env.delay = 5
    agent.learn(40)
    assert [record["length_mean"] for record in agent.history] == [2, 5]
    agent.get_episodic_buffer().reset()
    assert len(agent.get_episodic_buffer()) == 0


def test_policy_arguments_reach_the_policy():
    agent = agent_of(policy_kwargs={"nhead": 4, "mem_dim": 16})
    assert agent.policy.encoder.n_heads == 4 and agent.policy.mem_dim == 16
    with pytest.raises(UsageError, match=r"policy_kwargs has 'heads'.*nhead"):
        agent_of(policy_kwargs={"heads": 4})


# -- learning


def test_learning_counts_and_stops():
    agent = agent_of()
    seen = []
    assert agent.learn(33, callback=lambda one: seen.append(one.num_timesteps)) is agent
    assert seen == [32, 64] and agent.num_timesteps == 64
    agent.learn(1000, callback=lambda one: False)
    assert agent.num_timesteps == 96 and agent.n_updates == 3 and agent.n_episodes == 24
    assert [record["update"] for record in agent.history] == [1, 2, 3]
    assert agent.history[-1]["timesteps"] == 96 and agent.history[-1]["episodes"] == 24
    assert {"return_mean", "return_std", "length_mean", "policy_loss", "seconds"} <= set(agent.history[0])


def test_attention_is_kept_now_and_then():
    agent = agent_of().learn(4 * 32, log_interval=2)
    assert [("motif_attn" in record) for record in agent.history] == [False, True, False, True]
    record = agent.history[-1]
    assert len(record["motif_attn"]) == 5 and 0 < sum(record["motif_attn"]) < 1
    assert len(record["episodic_attn"]) == 6 and 0 < sum(record["episodic_attn"]) < 1


def test_parts_of_the_memory_are_found():
    agent = agent_of()
    assert agent.get_episodic_buffer() is agent.memory.episodic_buffer
    assert agent.get_motif_bank() is agent.memory.motif_bank
    alone = agent_of(kind="none")
    assert alone.get_episodic_buffer() is None and alone.get_motif_bank() is None
    assert agent_of(kind="episodic-dot").get_motif_bank() is None


def test_every_weight_is_learned_once():
    agent = agent_of(memory_learn_retention=True)
    groups = agent.optimiser.param_groups
    listed = [id(p) for group in groups for p in group["params"]]
    listed += [id(p) for p in agent.get_episodic_buffer().usefulness_parameters()]
    assert sorted(listed) == sorted(id(p) for p in agent.policy.parameters())
