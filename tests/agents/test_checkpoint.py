"""A checkpoint brings the whole agent back; one that is damaged or of another agent is refused in one line."""

import shutil

import pytest
import torch

from motifkit import CueMappingEnv, MemoryTaskEnv, StrategicMemoryTransformerPolicy, TraceRL
from motifkit.agents.checkpoint import FORMAT, read_checkpoint
from motifkit.errors import CorruptFileError, DataError, FileAccessError, UsageError
from motifkit.memory.tensor_file import write_tensors
from tests.agents.small_agents import agent_of, same
from tests.memory.memories import KINDS

A_BATCH = 32  # steps of 8 episodes
STEPS = 2 * A_BATCH


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    agent = agent_of(kind="combined-cosine")
    agent.learn(STEPS)
    return agent.save(tmp_path_factory.mktemp("saved") / "agent.safetensors")


@pytest.fixture
def path(saved, tmp_path):
    """A copy that may be damaged."""
    return shutil.copy(saved, tmp_path / saved.name)


def rewritten(path, change):
    """The checkpoint after `change` has had its tensors and header."""
    tensors, header = read_checkpoint(path)
    change(tensors, header)
    return write_tensors(path, FORMAT, tensors, header, overwrite=True)


@pytest.mark.parametrize("kind", ["none", *KINDS])
def test_learning_goes_on_bit_by_bit(tmp_path, kind):
    agent = agent_of(kind=kind, memory_learn_retention=kind.startswith(("episodic", "combined")))
    agent.learn(STEPS)
    loaded = TraceRL.load(agent.save(tmp_path / "agent.safetensors"))
    assert same(agent, loaded)
    for one in (agent, loaded):
        one.learn(A_BATCH)
    assert same(agent, loaded)


def test_worlds_go_on_in_the_round_where_they_were(tmp_path):
    def learned(agent):
        agent.learn(96)
        return agent

    agent = learned(agent_of(CueMappingEnv(n_cues=2), kind="episodic-cosine", n_rounds=3))
    loaded = TraceRL.load(agent.save(tmp_path / "agent.safetensors"))
    assert same(learned(agent), learned(loaded))


def test_everything_optional_goes_on_too(tmp_path):
    agent = agent_of(use_rnd=True, reward_norm=True, intrinsic_expl=True)
    agent.learn(STEPS)
    loaded = TraceRL.load(agent.save(tmp_path / "agent.safetensors"))
    for one in (agent, loaded):
        one.learn(A_BATCH)
    assert same(agent, loaded)


def test_an_agent_that_only_was_loaded_saves_what_it_was(path, tmp_path):
    loaded = TraceRL.load(path)
    again = TraceRL.load(loaded.save(tmp_path / "again.safetensors"))
    assert same(loaded, again)
    tensors, _ = read_checkpoint(path)
    assert any(name.startswith("adam.") for name in tensors)


def test_arguments_change(path):
    agent = TraceRL.load(path, learning_rate=0.5)
    assert [group["lr"] for group in agent.optimiser.param_groups] == [0.5]
    with pytest.raises(UsageError, match="no argument 'learning_rat'"):
        TraceRL.load(path, learning_rat=0.5)


def test_other_spaces(path):
    with pytest.raises(DataError, match="was trained on observations"):
        TraceRL.load(path, CueMappingEnv(n_cues=5))


def test_a_policy_of_ones_own_has_to_be_given(tmp_path):
    class Own(StrategicMemoryTransformerPolicy):
        pass

    agent = agent_of(policy=Own, kind="episodic-cosine")
    agent.learn(STEPS)
    path = agent.save(tmp_path / "agent.safetensors")
    with pytest.raises(UsageError, match="policy_class=Own"):
        TraceRL.load(path)
    assert same(agent, TraceRL.load(path, policy_class=Own))


DAMAGES = {
    "a weight is gone": lambda tensors, header: tensors.pop(next(k for k in tensors if k.startswith("net."))),
    "a weight is larger": lambda tensors, header: tensors.update(
        {next(k for k in tensors if k.startswith("net.")): torch.zeros(3, 99)}
    ),
    "a moment is larger": lambda tensors, header: tensors.update({"adam.0.exp_avg": torch.zeros(3, 99)}),
    "moments of no weight": lambda tensors, header: tensors.update({"adam.9999.exp_avg": torch.zeros(3)}),
    "a moment is gone": lambda tensors, header: tensors.pop("adam.0.exp_avg"),
    "an episode is gone": lambda tensors, header: tensors.pop(
        next(k for k in tensors if k.startswith("episodes."))
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_does_not_fit_is_refused(path, damage):
    rewritten(path, DAMAGES[damage])
    with pytest.raises(CorruptFileError) as caught:
        TraceRL.load(path)
    assert "\n" not in str(caught.value)


def test_damaged_missing_and_foreign_files(path, tmp_path):
    content = path.read_bytes()
    for damaged in (content[:-7], content[:5], b"", b"text", bytes(64)):
        path.write_bytes(damaged)
        with pytest.raises(CorruptFileError):
            TraceRL.load(path)
    with pytest.raises(FileAccessError):
        TraceRL.load(tmp_path / "none.safetensors")
    with pytest.raises(CorruptFileError):
        TraceRL.load(write_tensors(tmp_path / "other", "other/1", {"x": torch.zeros(2)}, {}))


def test_the_environment_comes_back_as_it_was_set(tmp_path):
    agent = agent_of(MemoryTaskEnv(4))
    agent.env.delay = 7
    assert TraceRL.load(agent.save(tmp_path / "agent.safetensors")).env.delay == 7
