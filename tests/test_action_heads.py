"""Action heads: probabilities as torch.distributions has them, sampling, bounds, and what memories see."""

import warnings

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch import distributions

from motifkit.action_heads import action_dims, head_for
from motifkit.errors import UsageError

SPACES = {
    "discrete": spaces.Discrete(4),
    "discrete from 5": spaces.Discrete(3, start=5),
    "one choice": spaces.Discrete(1),
    "multi": spaces.MultiDiscrete([2, 3, 4]),
    "multi from": spaces.MultiDiscrete([2, 3], start=[10, -4]),
    "multi grid": spaces.MultiDiscrete([[2, 3], [4, 2]]),
    "box": spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 10.0], np.float32)),
    "box of one": spaces.Box(-1.0, 3.0, (1,)),
    "box grid": spaces.Box(-1.0, 1.0, (2, 2), np.float64),
    "open box": spaces.Box(-np.inf, np.inf, (2,)),
    "half-open box": spaces.Box(0.0, np.inf, (2,)),
    "number": spaces.Box(-2.0, 2.0, ()),
}


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@torch.no_grad()
def sample(head, logits, seed=0, deterministic=False):
    return head.sample(logits, rng(seed), deterministic)


def logits_of(head, n=6, scale=1.0):
    return scale * torch.randn(n, head.n_logits, generator=rng(7))


@pytest.mark.parametrize("name", SPACES)
def test_actions_lie_in_the_space(name):
    space = SPACES[name]
    head = head_for(space)
    for deterministic in (False, True):
        actions = sample(head, logits_of(head, 200, scale=3.0), deterministic=deterministic)
        given = head.to_env(actions)
        assert given.shape == (200, *space.shape) and given.dtype == space.dtype
        assert all(space.contains(np.asarray(one) if isinstance(space, spaces.Box) else one) for one in given)
        single = head.to_env(actions[:1])[0]
        assert np.array_equal(single, given[0])


@pytest.mark.parametrize("name", ["discrete", "discrete from 5"])
def test_categorical_probabilities_and_entropy(name):
    head = head_for(SPACES[name])
    logits = logits_of(head, scale=3.0)
    actions = sample(head, logits)
    assert actions.min() >= 0 and actions.max() < head.n_logits  # from 0 whatever the start
    log_probs, entropy = head.log_prob_entropy(logits, actions)
    reference = distributions.Categorical(logits=logits)
    assert torch.allclose(log_probs, reference.log_prob(actions), atol=1e-6)
    assert torch.allclose(entropy, reference.entropy(), atol=1e-6)


@pytest.mark.parametrize("name", ["multi", "multi grid"])
def test_several_choices_are_independent(name):
    space = SPACES[name]
    head, sizes = head_for(space), space.nvec.ravel().tolist()
    assert head.n_logits == sum(sizes)
    logits = logits_of(head, scale=2.0)
    actions = sample(head, logits)
    log_probs, entropy = head.log_prob_entropy(logits, actions)
    parts = [distributions.Categorical(logits=part) for part in logits.split(sizes, -1)]
    assert torch.allclose(log_probs, sum(p.log_prob(actions[:, i]) for i, p in enumerate(parts)), atol=1e-6)
    assert torch.allclose(entropy, sum(p.entropy() for p in parts), atol=1e-6)


@pytest.mark.parametrize("name", ["box", "box of one", "box grid", "open box", "number"])
def test_gaussian_probabilities_and_entropy(name):
    head = head_for(SPACES[name])
    with torch.no_grad():
        head.log_std.copy_(torch.linspace(-1, 0.5, head.n_logits))
    logits = logits_of(head)
    actions = sample(head, logits)
    log_probs, entropy = head.log_prob_entropy(logits, actions)
    reference = distributions.Independent(distributions.Normal(logits, head.log_std.exp()), 1)
    assert torch.allclose(log_probs, reference.log_prob(actions), atol=1e-5)
    assert torch.allclose(entropy, reference.entropy(), atol=1e-6)
    entropy.sum().backward()
    assert torch.allclose(head.log_std.grad, torch.full((head.n_logits,), 6.0))


@pytest.mark.parametrize("name", SPACES)
def test_whole_episodes_are_judged_like_single_steps(name):
    head = head_for(SPACES[name])
    logits = logits_of(head, 6)
    actions = sample(head, logits)
    flat = head.log_prob_entropy(logits, actions)
    shaped = head.log_prob_entropy(logits.view(2, 3, -1), actions.view(2, 3, *actions.shape[1:]))
    assert all(torch.equal(a.view(-1), b) for a, b in zip(shaped, flat, strict=True))
    width = action_dims(SPACES[name])[0]
    assert head.features(actions.view(2, 3, *actions.shape[1:]), width).shape == (2, 3, width)


def test_choices_are_drawn_as_often_as_is_likely():
    head = head_for(spaces.Discrete(4))
    logits = torch.tensor([2.0, 0.0, -1.0, 1.0])
    drawn = sample(head, logits.expand(40_000, -1))
    share = drawn.bincount(minlength=4) / 40_000
    assert torch.allclose(share, logits.softmax(0), atol=0.01)  # four standard errors
    head = head_for(spaces.MultiDiscrete([2, 2]))
    both = sample(head, torch.zeros(40_000, 4))
    assert torch.allclose((both[:, 0] * both[:, 1]).float().mean(), torch.tensor(0.25), atol=0.01)


def test_an_impossible_choice_is_never_drawn():
    head = head_for(spaces.Discrete(3))
    logits = torch.tensor([0.0, -1e9, -torch.inf]).expand(10_000, -1)
    assert not sample(head, logits).any()
    log_probs, _ = head.log_prob_entropy(torch.tensor([[0.0, -1e9]]), torch.tensor([0]))
    assert log_probs.tolist() == [0.0]


def test_gaussian_draws_have_the_mean_and_deviation_that_are_said():
    head = head_for(spaces.Box(-1.0, 1.0, (2,)))
    with torch.no_grad():
        head.log_std.copy_(torch.tensor([0.0, -2.0]))
    drawn = sample(head, torch.tensor([3.0, -1.0]).expand(40_000, -1))
    assert torch.allclose(drawn.mean(0), torch.tensor([3.0, -1.0]), atol=0.03)
    assert torch.allclose(drawn.std(0), head.log_std.exp(), rtol=0.03)


def test_a_bounded_box_reaches_from_minus_one_to_one():
    head = head_for(SPACES["box"])
    given = head.to_env(torch.tensor([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0], [-9.0, 9.0]]))
    assert given.tolist() == [[-2, 0], [0, 5], [2, 10], [-2, 10]]
    assert head_for(SPACES["half-open box"]).to_env(torch.tensor([[-3.0, 4.0]])).tolist() == [[0, 4]]


@pytest.mark.parametrize("name", [name for name in SPACES if "box" not in name and name != "number"])
def test_the_likeliest_action_is_taken_when_asked_for(name):
    head = head_for(SPACES[name])
    logits = logits_of(head)
    best = head.sample(logits, None, True)
    log_probs, _ = head.log_prob_entropy(logits, best)
    for seed in range(20):
        other, _ = head.log_prob_entropy(logits, sample(head, logits, seed))
        assert (log_probs >= other - 1e-6).all()


@pytest.mark.parametrize("name", SPACES)
def test_draws_repeat_with_their_generator_and_leave_torch_alone(name):
    head = head_for(SPACES[name])
    logits = logits_of(head, 50)
    before = torch.get_rng_state()
    one, two = (sample(head, logits, 3) for _ in range(2))
    assert torch.equal(one, two) and torch.equal(torch.get_rng_state(), before)
    if name != "one choice":
        assert not torch.equal(one, sample(head, logits, 4))


def test_what_memories_see_of_actions():
    head = head_for(spaces.Discrete(3, start=5))
    assert head.features(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert head.features(torch.tensor([2, 0]), 1).tolist() == [[2], [0]]
    head = head_for(spaces.MultiDiscrete([2, 3]))
    assert head.features(torch.tensor([[1, 2]]), 5).tolist() == [[0, 1, 0, 0, 1]]
    assert head.features(torch.tensor([[1, 2]]), 2).tolist() == [[1, 2]]
    head = head_for(spaces.Box(-2.0, 2.0, (2,)))
    assert head.features(torch.tensor([[0.5, -7.0]]), 2).tolist() == [[0.5, -1.0]]  # as it was done


@pytest.mark.parametrize(
    ("space", "dims"),
    [
        (spaces.Discrete(3), (3, 1)),
        (spaces.MultiDiscrete([2, 3]), (5, 2)),
        (spaces.MultiDiscrete([[2, 3], [4, 2]]), (11, 4)),
        (spaces.Box(-1, 1, (2, 3)), (6,)),
        (spaces.Box(-1, 1, ()), (1,)),
    ],
)
def test_widths_that_actions_may_have(space, dims):
    assert action_dims(space) == dims


def test_boxes_without_bounds_or_with_the_largest_ones_make_finite_actions_in_silence():
    most = np.finfo(np.float32).max
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for space in (SPACES["open box"], spaces.Box(-most, most, (2,))):
            given = head_for(space).to_env(torch.tensor([[0.0, 0.5]]))
            assert np.isfinite(given).all()


@pytest.mark.parametrize(
    "space",
    [
        spaces.MultiBinary(3),
        spaces.Box(0, 9, (2,), np.int64),
        spaces.Dict(a=spaces.Discrete(2)),
        spaces.Tuple([spaces.Discrete(2)]),
        spaces.Text(4),
    ],
)
def test_other_spaces_are_refused_in_one_line(space):
    with pytest.raises(UsageError, match=r"use Discrete, MultiDiscrete or a Box of floats") as raised:
        head_for(space)
    assert "\n" not in str(raised.value)
