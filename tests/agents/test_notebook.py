"""The notebook's cells run as written, with other imports and shorter training; and so do its own classes."""

import functools
import warnings

import numpy as np
import pytest
import torch

from motifkit import CombinedMemoryModule, MotifMemoryBank, TraceRL, predict_ep_duration
from motifkit.agents.step_path import PerStepPathWarning
from motifkit.envs import MemoryTaskEnv
from motifkit.memory.episodic import StrategicMemoryBuffer
from motifkit.memory.initialise import drawn_from
from motifkit.policies import StrategicCombinedMemoryPolicy, StrategicMemoryTransformerPolicy
from tests.agents import notebook_cells as cells

IMPORTS = """
import torch
import torch.nn as nn
import numpy as np
from tabulate import tabulate
from motifkit import (
    AgentPerformanceBenchmark, BaseMemoryBuffer, CombinedMemoryModule, MemoryTaskEnv, MotifMemoryBank,
    StrategicCombinedMemoryPolicy, StrategicMemoryBuffer, StrategicMemoryTransformerPolicy, TraceRL,
)
"""

# What the test changes in the cells: where names come from, how long they train, and that they repeat.
SHORTER = {
    "from benchmark import AgentPerformanceBenchmark\n": "",
    "        verbose=0,\n": "        verbose=0,\n        seed=0,\n",
    "curriculum = [2, 4, 8, 16,32,64,128,256]": "curriculum = [2, 4]",
    "total_timesteps(delay, 100000)": "total_timesteps(delay, 512)",
    "    #agent.get_episodic_buffer().reset()": "    agent.get_episodic_buffer().reset()",
    "#agent.learn(\n#    total_timesteps=total_timesteps(DELAY, 1000),\n#    log_interval=50\n#)": (
        "agent.learn(\n    total_timesteps=total_timesteps(DELAY, 10),\n    log_interval=50\n)"
    ),
    "#agent.learn(\n#    total_timesteps=total_timesteps(DELAY, 100),\n#    log_interval=50\n#)": (
        "agent.learn(\n    total_timesteps=total_timesteps(DELAY, 10),\n    log_interval=50\n)"
    ),
}


def run(*sources, names=None, changes=SHORTER):
    """Names after the cells have run one after the other."""
    names = {} if names is None else names
    for source in sources:
        for written, shorter in changes.items():
            source = source.replace(written, shorter)
        exec(compile(source, "<notebook>", "exec"), names)
    return names


def silently(*sources, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return run(*sources, **how)


@functools.cache
def set_up():
    """Names after the cells that set up; whose agent has learned a little."""
    torch.manual_seed(0)
    return silently(IMPORTS, cells.SETUP)


def test_every_change_finds_its_place():
    written = "".join(value for name, value in vars(cells).items() if name.isupper())
    assert all(source in written for source in SHORTER)


def test_the_setting_up_cells_train_without_a_warning():
    """What the notebook had commented out: both agents learn."""
    names = dict(set_up())
    agent = names["agent"]
    assert agent.num_timesteps >= 40 and len(agent.get_episodic_buffer()) == 32
    assert agent.get_motif_bank() is names["motif_bank"]
    names = silently(cells.EPISODIC_AGENT, names=names)
    assert names["agent"] is not agent and names["agent"].num_timesteps >= 40


def test_the_notebooks_duration_fit_and_the_packages_agree():
    names = run(cells.DURATION)
    wanted = eval(cells.DURATION_OF_54.strip(), names)
    assert wanted == pytest.approx(0.8615542774982028)
    # The package's keeps the intercept, and with no figures it measures this machine.
    slope_alone = predict_ep_duration(54, [2, 4, 8], [0.02 * n for n in [2, 4, 8]])
    assert slope_alone == pytest.approx(1.08)


@pytest.mark.parametrize("cell", ["CURRICULUM_THAT_FAILED", "CURRICULUM"])
def test_the_cell_that_ended_in_an_error_runs_through_and_solves_its_task(cell, capsys):
    """An episodic memory alone with the combined policy; delays set in between; benchmark; table."""
    names = {**set_up(), "delay": 4}  # the last cell goes on from the loop of the one before
    torch.manual_seed(0)
    capsys.readouterr()
    names = silently(getattr(cells, cell), names=names)
    said = capsys.readouterr().out
    assert "--- Training with delay=2 ---" in said and "--- Training with delay=4 ---" in said
    assert said.count("Avg reward") == 2 and said.count("Std reward") == 2 and "╭" in said
    assert names["agent"].env.delay == 4 and len(names["agent"].get_episodic_buffer()) > 0
    assert (names["e_r"], names["e_s"]) == (1.0, 0.0)


# -- the notebook's three classes, pasted


def pasted():
    """The notebook's `MotifMemoryBank`, `CombinedMemoryModule` and `StrategicCombinedMemoryPolicy`."""
    head = (
        "import torch\nimport torch.nn as nn\nimport numpy as np\n"
        "from motifkit import BaseMemoryBuffer, StrategicMemoryBuffer, TraceRL, MemoryTaskEnv\n"
        "from motifkit import StrategicMemoryTransformerPolicy\n"
    )
    return run(head, cells.MOTIF_BANK, cells.COMBINED_MEMORY, cells.COMBINED_POLICY)


PASTED = pasted()
SIZES = {"obs_dim": 3, "action_dim": 1, "mem_dim": 8}


def our_buffer():
    return StrategicMemoryBuffer(**SIZES, max_entries=4)


def our_bank():
    return MotifMemoryBank(**SIZES, n_motifs=5)


def their_bank():
    return PASTED["MotifMemoryBank"](**SIZES, n_motifs=5)


MEMORIES = {
    "theirs": lambda: PASTED["CombinedMemoryModule"](our_buffer(), their_bank()),
    "theirs around ours": lambda: PASTED["CombinedMemoryModule"](our_buffer(), our_bank()),
    "ours around theirs": lambda: CombinedMemoryModule(our_buffer(), their_bank()),
    "ours": lambda: CombinedMemoryModule(our_buffer(), our_bank()),
    "their bank": their_bank,
    "none": lambda: None,
}
POLICIES = {
    "theirs": PASTED["StrategicCombinedMemoryPolicy"],
    "ours": StrategicCombinedMemoryPolicy,
    "ours for one": StrategicMemoryTransformerPolicy,
}
# The notebook's policy unpacks three values, its bank gives two.
PAIRS = [
    (policy, memory)
    for policy in POLICIES
    for memory in MEMORIES
    if not (policy == "theirs" and memory == "their bank")
    and not (policy != "theirs" and memory in ("ours", "none"))
]


def agent_of(policy, memory, **how):
    with drawn_from(0):
        memory = MEMORIES[memory]()
    how = {"n_envs": 3, "seed": 0, "n_epochs": 2, "n_minibatches": 1, **how}
    return TraceRL(POLICIES[policy], MemoryTaskEnv(2), memory, **how)


def state_of(module):
    return {name: value.clone() for name, value in module.named_parameters()}


@pytest.mark.parametrize(("policy", "memory"), PAIRS)
def test_pasted_classes_train_on_the_slow_path_and_say_so_once(policy, memory):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        agent = agent_of(policy, memory)
        before = state_of(agent.network)
        agent.learn(2 * 6, log_interval=1)
    told = [str(one.message) for one in caught if issubclass(one.category, PerStepPathWarning)]
    assert len(told) == 1 and "\n" not in told[0] and "slow" in told[0]
    assert len(caught) == 1
    after = state_of(agent.network)
    still = {name for name in before if torch.equal(before[name], after[name])}
    # Scores are learned with memory_learn_retention; the pasted table of 256 positions is used up to 2.
    assert {name.split(".")[-1] for name in still} <= {"usefulness_vec"}
    assert len(agent.history) == 2 and all(np.isfinite(one["value_loss"]) for one in agent.history)
    if "their bank" not in memory and memory != "none":
        assert len(agent.get_episodic_buffer()) == 4


@pytest.mark.parametrize(("policy", "memory"), PAIRS)
@pytest.mark.filterwarnings("ignore::motifkit.agents.step_path.PerStepPathWarning")
def test_pasted_classes_predict_evaluate_and_repeat(policy, memory):
    runs = []
    for _ in range(2):
        agent = agent_of(policy, memory, memory_learn_retention=True, n_epochs=1).learn(2 * 6)
        runs.append(state_of(agent.network))
    assert all(torch.equal(runs[0][name], runs[1][name]) for name in runs[0])
    assert len(agent.evaluate(n_episodes=5).returns) == 5
    state = None
    for t in range(3):
        action, state = agent.predict(np.zeros((2, 3)), state, np.full(2, t == 0), deterministic=True)
        assert action.shape == (2,)
    buffer = agent.get_episodic_buffer()
    if buffer is not None:
        assert buffer.usefulness_vec.any()
        buffer.reset()
        assert len(buffer) == 0
        agent.learn(6)


@pytest.mark.parametrize(("policy", "memory"), [pair for pair in PAIRS if pair[0] == "theirs"])
@pytest.mark.filterwarnings("ignore::motifkit.agents.step_path.PerStepPathWarning")
def test_the_pasted_policy_learns_from_the_probabilities_it_acted_with(policy, memory):
    """A batch is learned from once, in one step: nothing has moved before it."""
    agent = agent_of(policy, memory, n_epochs=1).learn(3 * 6, log_interval=1)
    assert [record["approx_kl"] for record in agent.history] == pytest.approx([0.0] * 3, abs=1e-6)


@pytest.mark.filterwarnings("ignore::motifkit.agents.step_path.PerStepPathWarning")
def test_the_notebooks_own_setting_with_its_own_classes():
    """The cell that builds the agent, with the three classes that precede it in the notebook."""
    torch.manual_seed(0)
    names = run(cells.SETUP, names=pasted(), changes={"N_MEMORIES = 32": "N_MEMORIES = 4"})
    agent = names["agent"]
    before = names["motif_bank"].motif_embeds.detach().clone()
    agent.n_envs = 2
    agent.learn(16)
    assert not torch.equal(before, names["motif_bank"].motif_embeds)
    assert isinstance(agent.policy, names["StrategicCombinedMemoryPolicy"])


def test_the_pasted_policy_learns_the_task():
    with pytest.warns(PerStepPathWarning, match="StrategicCombinedMemoryPolicy"):
        agent = agent_of("theirs", "none", n_envs=16, learning_rate=5e-3, n_minibatches=4)
    agent.env.delay = 2
    agent.learn(32 * 40, callback=lambda one: one.history[-1]["return_mean"] < 1.0)
    assert agent.evaluate(n_episodes=32).mean == 1.0
