"""Episodes told again: what changes, what becomes stale, and environments that cannot."""

import gymnasium
import numpy as np
import pytest
import torch

from motifkit.agents.hindsight import relabelled, require_relabel
from motifkit.errors import DataError, UsageError
from tests.agents.episode_batches import random_batch


class Failing:
    """Episodes whose last reward is negative succeed in hindsight, and begin with another observation."""

    def relabel(self, observations, actions, rewards, lengths):
        last = (np.arange(len(lengths)), lengths - 1)
        failed = np.flatnonzero(rewards[last] < 0)
        rewards[failed, lengths[failed] - 1] = 1.0
        observations[failed, 0, 0] = 100.0 + actions[last][failed]
        return observations, rewards


class Gives:
    def __init__(self, answer):
        self.relabel = lambda *given: answer(*given)


def mixed():
    """Episodes 0 and 2 fail."""
    batch = random_batch((3, 5, 1, 2))
    rewards = batch.rewards.clone()
    rewards[torch.arange(4), batch.lengths - 1] = torch.tensor([-1.0, 1.0, -1.0, 1.0])
    return batch.replace(rewards=rewards)


def test_changed_episodes_come_back():
    batch = mixed()
    kept = {name: value.clone() for name, value in vars(batch).items() if isinstance(value, torch.Tensor)}
    told = relabelled(batch, Failing())
    idx = torch.tensor([0, 2])
    last = (torch.arange(2), torch.tensor([2, 0]))
    assert torch.equal(told.lengths, torch.tensor([3, 1]))
    assert told.rewards[last].tolist() == [1, 1]
    assert torch.equal(told.rewards[0, :2], batch.rewards[0, :2])
    assert torch.equal(told.actions, batch.actions[idx])
    assert told.observations[0, 0, 0] == 100 + batch.actions[0, 2]
    assert torch.equal(told.observations[0, 1:], batch.observations[0, 1:])
    for name in ("log_probs", "values", "final_values"):
        assert (getattr(told, name) == 0).all() and getattr(told, name).shape == getattr(batch, name)[
            idx
        ].shape
    assert told.cues.tolist() == [-1, -1]
    assert all(torch.equal(value, getattr(batch, name)) for name, value in kept.items())  # not in place


def test_context_agrees_with_the_rest():
    batch = mixed()
    told = relabelled(batch, Failing())
    assert torch.equal(told.context[..., :2], told.observations)
    assert torch.equal(told.context[..., 2:-1], batch.context[[0, 2]][..., 2:-1])
    assert (told.context[:, 0, 2:] == 0).all()
    assert torch.equal(told.context[0, 1:3, -1], told.rewards[0, :2])
    assert (told.context[~told.mask] == 0).all()
    assert told.closing[:, -1].tolist() == [1, 1]
    assert torch.equal(told.closing[:, :-1], batch.closing[[0, 2]][:, :-1])


def test_nothing_changed():
    batch = mixed().replace(rewards=torch.zeros(4, 5))
    assert relabelled(batch, Failing()) is None
    beyond = Gives(lambda o, a, r, n: (np.where(o == 0, 7, o), np.where(r == 0, 7, r)))
    full = batch.replace(rewards=batch.rewards + batch.mask, observations=batch.observations + 1)
    assert relabelled(full, beyond) is None  # zeros stand only after the end, where nothing counts


def test_without_cues_and_in_double():
    batch = mixed().replace(cues=None)
    assert relabelled(batch, Failing()).cues is None
    double = Gives(lambda o, a, r, n: (o.astype(float)[::1], (r + 1)[:, ::-1].astype(float)[:, ::-1]))
    told = relabelled(batch, double)
    assert told.rewards.dtype == told.context.dtype == torch.float32 and len(told.lengths) == 4


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda o, a, r, n: r, "must give back"),
        (lambda o, a, r, n: (o, r, n), "must give back"),
        (lambda o, a, r, n: (o[:, :1], r), r"observations of shape \(4, 1, 2\) instead of \(4, 5, 2\)"),
        (lambda o, a, r, n: (o, r * np.nan), "rewards that are not finite"),
        (lambda o, a, r, n: (o.astype(object), r), "observations that are not finite numbers"),
    ],
)
def test_answers_that_cannot_be_used(answer, message):
    with pytest.raises(DataError, match=message):
        relabelled(mixed(), Gives(answer))


def test_environments():
    class Plain(gymnasium.Env):
        observation_space = action_space = gymnasium.spaces.Discrete(2)

    class Able(Plain, Failing):
        pass

    wrapped = gymnasium.wrappers.TimeLimit(Able(), 5)
    assert require_relabel(wrapped) == wrapped.unwrapped.relabel
    for env in (Plain(), gymnasium.wrappers.TimeLimit(Plain(), 5), object()):
        with pytest.raises(UsageError, match=r"no method relabel.*use her=False") as caught:
            require_relabel(env)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="Plain"):
        relabelled(mixed(), Plain())
