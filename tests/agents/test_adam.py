"""Our Adam moves weights as torch's does."""

import subprocess
import sys

import pytest
import torch

from motifkit.agents.adam import Adam, moments_from, moments_of


def parameters(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in [(3, 4), (), (5,)]]


def give_gradients(weights, step):
    """Another weight has no gradient at each step."""
    generator = torch.Generator().manual_seed(100 + step)
    for i, weight in enumerate(weights):
        slope = torch.randn(weight.shape, generator=generator) * 10.0 ** (step % 5 - 3)
        weight.grad = None if i == step % 4 else slope


@pytest.mark.parametrize("foreach", [None, True])
def test_equals_that_of_torch_bit_by_bit(foreach):
    ours, theirs = parameters(), parameters()
    one = Adam(ours, 0.01, eps=1e-5)
    other = torch.optim.Adam(theirs, lr=0.01, eps=1e-5, foreach=foreach)
    for step in range(20):
        if step == 10:
            one.param_groups[0]["lr"] = other.param_groups[0]["lr"] = 0.003
        give_gradients(ours, step)
        give_gradients(theirs, step)
        one.step()
        other.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    for i, moments in other.state_dict()["state"].items():
        assert all(torch.equal(moments[name], one.moments[i][name]) for name in moments)
    one.zero_grad()
    assert all(weight.grad is None for weight in ours)


def test_goes_on_from_its_moments():
    straight, stopped = parameters(), parameters()
    one, other = Adam(straight, 0.1), Adam(stopped, 0.1)
    for step in range(8):
        if step == 4:
            kept = moments_of(other)
            other = Adam(stopped, 0.1)
            other.moments = moments_from(stopped, kept)
        for optimiser, weights in ((one, straight), (other, stopped)):
            give_gradients(weights, step)
            optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(straight, stopped, strict=True))


def test_moments_lie_where_their_weights_do():
    weights = parameters()
    optimiser = Adam(weights, 0.1)
    give_gradients(weights, 3)
    optimiser.step()
    elsewhere = [torch.nn.Parameter(weight.detach().to("meta")) for weight in weights]
    for moments in moments_from(elsewhere, moments_of(optimiser)).values():
        devices = {name: moment.device.type for name, moment in moments.items()}
        assert devices == {"step": "cpu", "exp_avg": "meta", "exp_avg_sq": "meta"}


def test_learning_and_playing_do_not_wait_for_the_compiler_of_torch(tmp_path):
    code = (
        "import sys, motifkit as mk; env = mk.MemoryTaskEnv(2); "
        "memory = mk.StrategicMemoryBuffer(env.observation_space.shape[0], 1, seed=0); "
        "how = {'memory_learn_retention': True, 'use_rnd': True, 'n_envs': 4, 'seed': 0}; "
        "agent = mk.TraceRL(mk.StrategicCombinedMemoryPolicy, env, memory, **how); "
        "agent.learn(16); assert agent.n_updates > 1; "
        f"mk.TraceRL.load(agent.save({str(tmp_path / 'agent.safetensors')!r})).evaluate(n_episodes=4); "
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
