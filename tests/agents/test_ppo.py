"""The update: losses by hand, minibatches, clipping, stopping, and what the memory's usefulness learns from."""

import copy
import math

import numpy as np
import pytest
import torch
from gymnasium import spaces

from motifkit.action_heads import head_for
from motifkit.agents.collecting import remember
from motifkit.agents.environments import batch_of
from motifkit.agents.ppo import PPOSettings, Sample, ppo_update
from motifkit.agents.retention import Retention
from motifkit.agents.rewards import RewardShaping, samples_of
from motifkit.agents.rollout import PlaySettings, play
from motifkit.envs import MemoryTaskEnv
from motifkit.errors import DivergedError, UsageError
from motifkit.policies import PolicyOutput, StrategicCombinedMemoryPolicy
from tests import naive_gae
from tests.agents.episode_batches import padded, random_batch
from tests.agents.tiny_envs import Counting
from tests.memory.memories import DIM, KINDS, made


class Table(torch.nn.Module):
    """Policy that says the same whatever it sees, from two vectors."""

    memory, aux_modules = None, ()

    def __init__(self, n_actions=3):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor([0.3, -0.2, 0.9])[:n_actions])
        self.value = torch.nn.Parameter(torch.tensor(0.4))
        self.head = head_for(spaces.Discrete(n_actions))

    def unroll(self, observations, context, entries=None):
        shape = observations.shape[:2]
        features = observations.new_zeros(*shape, 4)
        return PolicyOutput(self.logits.expand(*shape, -1), self.value.expand(shape), features, None)


def adam_of(policy, lr=1e-2):
    return torch.optim.Adam(policy.parameters(), lr=lr)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def sample_of(batch, seed=5):
    rng = np.random.default_rng(seed)
    advantages, targets = (torch.from_numpy(rng.normal(size=batch.mask.shape)).float() for _ in range(2))
    return Sample(batch, advantages * batch.mask, targets * batch.mask)


ONCE = PPOSettings(n_epochs=1, n_minibatches=1)


def plain_losses(policy, sample, clip_range):
    """Step by step over the real ones, in Python's floats."""
    logits = policy.logits.detach().double()
    log_probs = (logits - logits.logsumexp(0)).tolist()
    entropy = -sum(math.exp(p) * p for p in log_probs)
    gains, errors, kls, clipped = [], [], [], []
    for i, n in enumerate(sample.batch.lengths.tolist()):
        for t in range(n):
            log_ratio = log_probs[sample.batch.actions[i, t]] - float(sample.batch.log_probs[i, t])
            ratio, advantage = math.exp(log_ratio), float(sample.advantages[i, t])
            cut = min(max(ratio, 1 - clip_range), 1 + clip_range)
            gains.append(min(ratio * advantage, cut * advantage))
            errors.append((policy.value.item() - float(sample.targets[i, t])) ** 2)
            kls.append(ratio - 1 - log_ratio)
            clipped.append(abs(ratio - 1) > clip_range)
    means = [float(np.mean(x)) for x in (gains, errors, kls, clipped)]
    return {
        "policy_loss": -means[0],
        "value_loss": means[1],
        "entropy": entropy,
        "approx_kl": means[2],
        "clip_fraction": means[3],
    }


@pytest.mark.parametrize("longer", [False, True])
@pytest.mark.parametrize("clip_range", [0.2, 1.5])
def test_losses_are_means_over_real_steps(clip_range, longer):
    """And rubbish after an episode's end, where a batch is longer, changes nothing."""
    policy, batch = Table(), random_batch()
    sample = sample_of(batch)
    wanted = plain_losses(policy, sample, clip_range)
    if longer:
        more = padded(batch)
        room = torch.zeros(3, more.rewards.shape[1] - batch.rewards.shape[1])
        sample = Sample(more, *(torch.cat([x, room + 9.0], 1) for x in sample[1:3]))
    settings = PPOSettings(n_epochs=1, n_minibatches=1, clip_range=clip_range)
    found = ppo_update(policy, adam_of(policy), [sample], settings, generator())
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-5)
    assert set(found) == {*wanted, "grad_norm"} and found["grad_norm"] > 0


@pytest.mark.parametrize("size", [0.5, 20.0])
def test_the_first_step_descends_the_weighted_sum(size):
    """One step of plain descent against the gradient of the loss written out."""
    policy, sample = Table(), sample_of(random_batch())
    sample = sample._replace(targets=sample.targets * size)
    twin = copy.deepcopy(policy)
    settings = PPOSettings(
        n_epochs=1, n_minibatches=1, ent_coef=0.3, vf_coef=0.7, clip_range=0.5, max_grad_norm=1e9
    )
    descent = torch.optim.SGD(policy.parameters(), lr=0.1)
    ppo_update(policy, descent, [sample], settings, generator())

    mask = sample.batch.mask
    log_probs = twin.logits.log_softmax(0)
    ratio = (log_probs[sample.batch.actions] - sample.batch.log_probs).exp()[mask]
    advantages, targets = sample.advantages[mask], sample.targets[mask]
    gain = torch.minimum(ratio * advantages, ratio.clamp(0.5, 1.5) * advantages).mean()
    error = (twin.value - targets).square().mean()
    entropy = -(log_probs.exp() * log_probs).sum()
    spread = max(1.0, float(targets.var(unbiased=False)))  # large returns do not drown the policy's part
    (-gain + 0.7 / spread * error - 0.3 * entropy).backward()
    for moved, before in zip(policy.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(moved, before - 0.1 * before.grad, atol=1e-6)


def test_gradients_are_cut_to_their_norm():
    policy, sample = Table(), sample_of(random_batch())
    found = ppo_update(
        policy, adam_of(policy), [sample], PPOSettings(1, 1, 0.2, 1, 1, max_grad_norm=1e-3), generator()
    )
    norm = torch.stack([p.grad.norm() for p in policy.parameters()]).norm()
    assert norm == pytest.approx(1e-3, rel=1e-3) and found["grad_norm"] > 0.01


class Counted(Table):
    """Remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def unroll(self, observations, context, entries=None):
        self.asked.append((observations[:, 0, 0].tolist(), entries))
        return super().unroll(observations, context, entries)


@pytest.mark.parametrize(("n_minibatches", "n_steps"), [(1, 1), (3, 3), (4, 4), (100, 12)])
def test_every_episode_is_learned_from_once_an_epoch(n_minibatches, n_steps):
    policy, batch = Counted(), random_batch(lengths=(2,) * 12)
    settings = PPOSettings(n_epochs=3, n_minibatches=n_minibatches)
    ppo_update(policy, adam_of(policy), [sample_of(batch)], settings, generator())
    assert len(policy.asked) == 3 * n_steps
    orders = []
    for epoch in range(3):
        asked = [x for seen, _ in policy.asked[epoch * n_steps : (epoch + 1) * n_steps] for x in seen]
        assert sorted(asked) == sorted(batch.observations[:, 0, 0].tolist())
        orders.append(asked)
    assert orders[0] != orders[1]


def test_episodes_of_several_rounds_keep_the_memory_they_saw():
    policy = Counted()
    rounds = [random_batch(lengths=(2,) * 6, seed=seed).replace(entries=f"memory {seed}") for seed in (1, 2)]
    samples = [sample_of(batch) for batch in rounds]
    ppo_update(policy, adam_of(policy), samples, PPOSettings(n_epochs=1, n_minibatches=4), generator())
    for i, batch in enumerate(rounds, 1):
        seen = [x for seen, entries in policy.asked if entries == f"memory {i}" for x in seen]
        assert sorted(seen) == sorted(batch.observations[:, 0, 0].tolist())


def test_learning_ends_early_once_the_policy_has_moved_far():
    def n_asked(target_kl):
        policy = Counted()
        settings = PPOSettings(n_epochs=5, n_minibatches=2, target_kl=target_kl)
        ppo_update(policy, adam_of(policy), [sample_of(random_batch())], settings, generator())
        return len(policy.asked)

    assert n_asked(None) == n_asked(1e9) == 10 and n_asked(1e-9) == 1


@pytest.mark.parametrize("where", ["advantages", "targets"])
def test_a_loss_that_is_not_finite_stops_before_it_spreads(where):
    policy = Table()
    before = copy.deepcopy(policy.state_dict())
    sample = sample_of(random_batch())
    sample = sample._replace(**{where: getattr(sample, where) * math.inf})
    adam = adam_of(policy)
    with pytest.raises(DivergedError, match=r"diverged \(.*_loss=.*lower learning_rate") as raised:
        ppo_update(policy, adam, [sample], ONCE, generator())
    assert "\n" not in str(raised.value)
    assert all(torch.equal(before[name], value) for name, value in policy.state_dict().items())
    assert not adam.state


# -- with a memory


def rollout(kind, n_envs=8, n_entries=4, env=None):
    env = Counting() if env is None else env
    torch.manual_seed(0)
    obs_dim = env.observation_space.shape[0]
    policy = StrategicCombinedMemoryPolicy(obs_dim, DIM, 2, made(kind, obs_dim, n_entries=n_entries))
    return policy, play(policy, batch_of(env, n_envs), 0, PlaySettings(1, generator()))


@pytest.mark.parametrize("kind", ["none", *KINDS])
def test_before_the_first_step_nothing_has_moved(kind):
    """The ratio is 1, although the memory has taken in the very episodes that are learned from."""
    policy, batch = rollout(kind)
    remember(policy.memory, batch)
    samples = samples_of([batch], policy, RewardShaping(), ONCE, None)
    found = ppo_update(policy, adam_of(policy), samples, ONCE, generator())
    assert found["approx_kl"] < 1e-9 and found["clip_fraction"] == 0


def test_samples_hold_the_advantages_of_the_plain_twin_on_their_scale():
    policy, batch = rollout("combined-cosine")
    settings = PPOSettings(gamma=0.9, lam=0.7)
    (sample,) = samples_of([batch], policy, RewardShaping(), settings, None)
    advantages = np.array(
        [
            naive_gae.gae(
                batch.rewards[i].tolist(),
                batch.values[i].tolist(),
                int(batch.lengths[i]),
                bool(batch.terminated[i]),
                float(batch.final_values[i]),
                0.9,
                0.7,
            )
            for i in range(8)
        ]
    )
    mask = batch.mask.numpy()
    real, targets = advantages[mask], advantages[mask] + batch.values.numpy()[mask]
    scale = max(np.sqrt(np.mean(real**2)), 0.1 * np.sqrt(np.mean(targets**2)))
    assert np.allclose(sample.advantages.numpy()[mask], real / scale, atol=1e-5)
    assert np.allclose(sample.targets.numpy()[mask], targets, atol=1e-5)
    assert not sample.advantages[~batch.mask].any()


def test_rounds_share_one_scale():
    """An update's rounds are not each blown up to the same size."""
    policy, batch = rollout("none")
    small = batch.replace(
        rewards=batch.rewards * 1e-3, values=batch.values * 0, final_values=batch.values[:, 0] * 0
    )
    one, two = samples_of([batch, small], policy, RewardShaping(), ONCE, None)
    assert two.advantages.abs().max() < 0.01 * one.advantages.abs().max()


def test_usefulness_follows_attention_and_return():
    policy, batch = rollout("episodic-cosine")
    memory = policy.memory
    with torch.no_grad():
        attn = policy.unroll(batch.observations, batch.context, batch.entries).retrieval.episodic_attn
        share = torch.stack([attn[i, :n].mean(0) for i, n in enumerate(batch.lengths.tolist())])
    assert torch.allclose(batch.episodic_share, share, atol=1e-5)
    loss = Retention(memory, 0.01).learn(batch)
    scores = memory.usefulness_vec.detach().clone()
    with torch.no_grad():
        memory.usefulness_vec.zero_()
    wanted = memory.usefulness_loss(share, batch.returns)  # the returns were counted by then
    (gradient,) = torch.autograd.grad(wanted, memory.usefulness_vec)
    assert loss == pytest.approx(wanted.item(), rel=1e-4)
    assert torch.allclose(scores, -10.0 * 0.01 * gradient, atol=1e-6)
    assert scores[:4].all() and not scores[4:].any()


def test_usefulness_learns_from_nothing_when_the_memory_is_empty():
    policy, batch = rollout("episodic-cosine", n_entries=0)
    assert Retention(policy.memory, 0.01).learn(batch) is None
    assert not policy.memory.usefulness_vec.any()


def test_an_entry_gets_no_credit_for_the_one_it_replaced():
    """Attention of these episodes went to what lay in the slot while they ran."""
    policy, batch = rollout("episodic-cosine", n_envs=16, n_entries=6)
    memory = policy.memory
    before = memory.entries().context.clone()
    Retention(memory, 0.01).learn(batch)
    remember(memory, batch)
    after = memory.entries().context[:, : before.shape[1]]
    replaced = [i for i in range(6) if not torch.equal(before[i], after[i])]
    assert len(replaced) == 1
    assert memory.usefulness_vec.count_nonzero() == 5
    assert memory.usefulness_vec[replaced[0]] == 0


def test_episodes_in_hindsight_are_judged_by_the_present_policy():
    env = MemoryTaskEnv(3)
    policy, batch = rollout("episodic-cosine", n_envs=16, env=env)
    samples = samples_of([batch], policy, RewardShaping(), ONCE, env)
    assert len(samples) == 2
    told = samples[1].batch
    assert len(told.lengths) == int((batch.returns < 0).sum()) > 0 and (told.returns == 1).all()
    with torch.no_grad():
        output = policy.unroll(told.observations, told.context, told.entries)
        log_probs, _ = policy.head.log_prob_entropy(output.logits, told.actions)
    assert torch.allclose(told.log_probs, log_probs, atol=1e-5)
    assert torch.allclose(told.values, output.values, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gamma", 1.01),
        ("gamma", -0.1),
        ("lam", 2),
        ("lam", math.nan),
        ("clip_range", 0),
        ("n_epochs", 0),
        ("n_epochs", 2.5),
        ("n_minibatches", True),
        ("ent_coef", -1),
        ("vf_coef", math.inf),
        ("max_grad_norm", 0),
        ("target_kl", 0),
    ],
)
def test_settings_out_of_range_are_named(name, value):
    with pytest.raises(UsageError, match=name):
        PPOSettings(**{name: value})


def test_settings_as_a_dict_make_the_same():
    settings = PPOSettings(gamma=0.5, target_kl=0.1)
    assert PPOSettings(**settings.as_dict()) == settings
