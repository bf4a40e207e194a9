"""The usefulness of slots follows the returns of those who attended, and never swings beyond them."""

from types import SimpleNamespace

import pytest
import torch

from motifkit.agents.retention import Retention
from tests.memory.memories import buffer, filled

SLOTS, ROWS = 32, 16


def batches(n, spread, seed=0):
    """Attention (ROWS, SLOTS): all of it on the first slot, or spread over all; and random returns."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        share = torch.zeros(ROWS, SLOTS)
        share[:, 0] = 1.0
        if spread:
            share = torch.rand(ROWS, SLOTS, generator=generator)
            share /= share.sum(1, keepdim=True)
        returns = 5 * torch.randn(ROWS, generator=generator)
        yield SimpleNamespace(episodic_share=share, returns=returns, entries=None)


@pytest.mark.parametrize("coef", [0.01, 1.0, 1e6])
@pytest.mark.parametrize("spread", [False, True])
def test_scores_stay_within_what_they_are_trained_to(coef, spread):
    memory = filled(buffer(max_entries=SLOTS), SLOTS)
    retention, low, high = Retention(memory, coef), 0.0, 0.0
    for batch in batches(30, spread):
        retention.learn(batch)
        mean, variance, _ = memory.return_moments.tolist()
        targets = (batch.returns - mean) / (variance + 1e-4) ** 0.5
        low, high = min(low, float(targets.min())), max(high, float(targets.max()))
        scores = memory.usefulness_vec.detach()
        assert low - 1e-4 <= scores.min() and scores.max() <= high + 1e-4
    assert scores[0] != 0 and (spread or not scores[1:].any())


def test_steps_that_stop_short_are_plain_gradient_descent():
    memory, twin = (filled(buffer(max_entries=SLOTS), SLOTS) for _ in "ab")
    retention = Retention(memory, 0.01)
    for batch in batches(5, spread=True):
        retention.learn(batch)
        twin.observe_returns(batch.returns)
        loss = 0.01 * twin.usefulness_loss(batch.episodic_share, batch.returns)
        (slope,) = torch.autograd.grad(loss, [twin.usefulness_vec])
        with torch.no_grad():
            twin.usefulness_vec.add_(slope, alpha=-10.0)
        assert torch.equal(memory.usefulness_vec, twin.usefulness_vec)
