"""Advantages by hand and against the plain twin; what stands after an episode's end changes nothing."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.agents.advantages import advantage_scale, gae
from tests import naive_gae
from tests.agents.episode_batches import random_batch, spoiled


def arguments(batch):
    return (batch.rewards, batch.values, batch.lengths, batch.terminated, batch.final_values)


def test_by_hand():
    rewards = torch.tensor([[1.0, 2.0], [1.0, 2.0], [3.0, 0.0]])
    values = torch.tensor([[0.5, 1.5], [0.5, 1.5], [2.0, 0.0]])
    advantages, returns = gae(
        rewards,
        values,
        torch.tensor([2, 2, 1]),
        torch.tensor([True, False, False]),
        torch.tensor([0.0, 4.0, 6.0]),
        gamma=0.5,
        lam=0.8,
    )
    # Episode 0: delta = 1 + .5 * 1.5 - .5 = 1.25, then 2 - 1.5 = .5; 1.25 + .4 * .5 = 1.45.
    # Episode 1: the last delta has .5 * 4 more: 2.5; 1.25 + .4 * 2.5 = 2.25.
    # Episode 2: 3 + .5 * 6 - 2 = 4.
    np.testing.assert_allclose(advantages, [[1.45, 0.5], [2.25, 2.5], [4.0, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(returns, [[1.95, 2.0], [2.75, 4.0], [6.0, 0.0]], rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    gamma=st.floats(0, 1),
    lam=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_equals_the_twin(lengths, gamma, lam, seed):
    batch = random_batch(lengths, seed=seed)
    advantages, returns = gae(*arguments(batch), gamma=gamma, lam=lam)
    for i in range(len(lengths)):
        expected = naive_gae.gae(
            batch.rewards[i].tolist(),
            batch.values[i].tolist(),
            lengths[i],
            bool(batch.terminated[i]),
            float(batch.final_values[i]),
            gamma,
            lam,
        )
        np.testing.assert_allclose(advantages[i], expected, atol=1e-5)
    np.testing.assert_allclose(returns, advantages + batch.values, atol=1e-6)


def test_ends():
    batch = random_batch(terminated=True)
    exact = gae(*arguments(batch))
    rewards, values, lengths, terminated, final = arguments(batch)
    rubbish = (
        spoiled(rewards, batch.mask),
        spoiled(values, batch.mask),
        lengths,
        terminated,
        final * torch.nan,
    )
    for one, other in zip(exact, gae(*rubbish), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    cut = gae(rewards, values, lengths, ~terminated, final + 1)[0]
    last = (torch.arange(len(lengths)), lengths - 1)
    torch.testing.assert_close(cut[last] - exact[0][last], torch.full((len(lengths),), 0.99))


def test_limits():
    batch = random_batch(terminated=True)
    _, returns = gae(*arguments(batch), gamma=1.0, lam=1.0)
    torch.testing.assert_close(returns[:, 0], batch.returns)  # Monte Carlo
    advantages, _ = gae(*arguments(batch), gamma=0.0, lam=0.3)
    torch.testing.assert_close(advantages, batch.rewards - batch.values)


def test_has_no_gradient():
    batch = random_batch()
    values = batch.values.requires_grad_()
    advantages, returns = gae(batch.rewards, values, batch.lengths, batch.terminated, batch.final_values)
    assert not advantages.requires_grad and not returns.requires_grad


@pytest.mark.slow
def test_is_fast():
    n, n_steps = 64, 1024
    x = torch.randn(n, n_steps, generator=torch.Generator().manual_seed(0))
    lengths, ended = torch.full((n,), n_steps), torch.ones(n, dtype=torch.bool)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        gae(x, x, lengths, ended, x[:, 0])
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.02


def test_scale_keeps_the_sign_of_every_advantage_and_its_size_out():
    x = torch.randn(50) + 3
    scaled = x / advantage_scale(x, torch.zeros(50))
    assert abs(scaled.square().mean() - 1) < 1e-5 and (scaled.sign() == x.sign()).all()
    assert torch.allclose(1e3 * x / advantage_scale(1e3 * x, torch.zeros(50)), scaled)


def test_scale_does_not_blow_up_noise():
    noise = 1e-6 * torch.randn(50)
    assert (noise / advantage_scale(noise, torch.ones(50))).abs().max() < 1e-4
    assert advantage_scale(torch.zeros(3), torch.zeros(3)) > 0
