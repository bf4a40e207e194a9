"""What may change between saving and loading, and what an argument may be."""

import numpy as np
import pytest
import torch

from motifkit import LinearLearningRate, MotifMemoryBank, StrategicMemoryBuffer, TraceRL
from motifkit.agents.checkpoint import FORMAT, read_checkpoint
from motifkit.errors import CorruptFileError, UsageError
from motifkit.memory.tensor_file import write_tensors
from tests.agents.small_agents import agent_of, same

STEPS = 64


def saved(tmp_path, **how):
    return agent_of(**how).learn(STEPS).save(tmp_path / "agent")


@pytest.mark.parametrize(
    "how",
    [
        {"device": torch.device("cpu")},
        {"n_envs": np.int64(8), "n_epochs": np.int32(2), "max_episode_steps": np.int32(3)},
        {"learning_rate": np.float32(1e-3), "gamma": np.float64(0.9), "target_kl": np.float32(1)},
        {"her": np.bool_(False), "use_rnd": np.bool_(True), "rnd_lr": np.float32(1e-3)},
        {"seed": np.int64(3), "verbose": False, "n_rounds": np.int8(1)},
        {"policy_kwargs": {"nhead": np.int64(2)}},
        {"kind": "none", "memory": MotifMemoryBank(3, 1, mem_dim=np.int64(8), n_motifs=np.int8(3))},
        {
            "kind": "none",
            "memory": StrategicMemoryBuffer(3, 1, np.int64(8), np.int8(3), admission=np.float32(0.5)),
        },
    ],
)
def test_numbers_of_numpy_are_saved(tmp_path, how):
    agent = agent_of(**how).learn(STEPS)
    assert same(agent, TraceRL.load(agent.save(tmp_path / "agent")))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"verbose": "x"}, "verbose='x' of TraceRL must be a whole number"),
        ({"reward_norm": "no"}, "reward_norm='no' of TraceRL must be True or False"),
        ({"rnd_emb_dim": 0}, "rnd_emb_dim=0"),
        ({"policy_kwargs": {"nhead": torch.ones(2)}}, "policy_kwargs has nhead=.*checkpoint cannot hold"),
        ({"policy_kwargs": 3}, "policy_kwargs=3 of TraceRL must be a dict"),
    ],
)
def test_what_no_checkpoint_can_hold_is_refused_at_once(how, words):
    with pytest.raises(UsageError, match=words) as caught:
        agent_of(**how)
    assert "\n" not in str(caught.value)


def test_the_learning_rate_goes_on_where_it_was(tmp_path):
    agent = agent_of().learn(STEPS, callback=LinearLearningRate(2 * STEPS))
    path = agent.save(tmp_path / "agent")
    again, given = TraceRL.load(path), TraceRL.load(path, learning_rate=0.5)
    assert again.optimiser.param_groups[0]["lr"] == agent.optimiser.param_groups[0]["lr"] == 1e-3
    assert again.config.learning_rate == 2e-3  # what the callback takes its share of
    assert given.optimiser.param_groups[0]["lr"] == 0.5


def test_a_seed_begins_the_random_numbers_anew(tmp_path):
    path = saved(tmp_path)
    one, other, third = (TraceRL.load(path, seed=seed) for seed in (99, 99, 98))
    assert one.seed == 99
    assert one.rng.bit_generator.state == np.random.default_rng(99).bit_generator.state
    assert torch.equal(one.generator.get_state(), other.generator.get_state())
    assert not torch.equal(one.generator.get_state(), third.generator.get_state())


def test_another_device_begins_its_random_numbers_anew(tmp_path):
    path = saved(tmp_path)
    tensors, header = read_checkpoint(path)
    tensors["generator"] = torch.zeros(16, dtype=torch.uint8)  # as large as CUDA's
    write_tensors(path, FORMAT, tensors, header, overwrite=True)
    with pytest.raises(CorruptFileError, match="does not fit"):
        TraceRL.load(path)
    header["arguments"]["device"] = "cuda:0"
    write_tensors(path, FORMAT, tensors, header, overwrite=True)
    one, other = (TraceRL.load(path, device="cpu") for _ in "ab")
    assert same(one, other)
    assert one.rng.bit_generator.state == header["rng"]
    assert one.generator.initial_seed() != one.seed  # or it would draw what was drawn at the start


def test_parts_of_the_reward_that_are_new_begin_with_nothing_seen(tmp_path):
    path = saved(tmp_path)
    agent = TraceRL.load(path, reward_norm=True, use_rnd=True, intrinsic_expl=True)
    assert agent.shaping.normaliser.moments.count == agent.shaping.counts.n_states == 0
    agent.learn(STEPS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"policy_kwargs": {"nhead": 2, "mem_dim": 16}},
            r"policy_kwargs as given: .* is \(.*\) in the file, \(.*\) here",
        ),
        ({"memory": MotifMemoryBank(3, 1, mem_dim=8, n_motifs=9)}, "memory as given: .*motif_embeds"),
    ],
)
def test_other_sizes_are_named(tmp_path, given, words):
    path = saved(tmp_path, kind="motif-cosine")
    with pytest.raises(UsageError, match=words) as caught:
        TraceRL.load(path, **given)
    assert "\n" not in str(caught.value)


def test_equal_agents_make_equal_files(tmp_path):
    agent = agent_of().learn(STEPS)
    one, other = (agent.save(tmp_path / name) for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert same(agent, TraceRL.load(one))
