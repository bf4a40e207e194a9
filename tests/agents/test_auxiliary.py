"""Auxiliary losses: what they learn, which steps count, and the settings that a checkpoint keeps."""

import json
import math

import numpy as np
import pytest
import torch

from motifkit.agents.auxiliary import (
    AuxModule,
    ConfidenceAuxModule,
    CueAuxModule,
    NextObsAuxModule,
    aux_from_config,
)
from motifkit.agents.next_observations import next_observations
from motifkit.errors import CorruptFileError, DataError, UsageError
from tests.agents.episode_batches import padded, random_batch

WIDTH = 6


def features_of(batch, seed=0):
    shape = (*batch.rewards.shape, WIDTH)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def modules():
    return [
        CueAuxModule(WIDTH),
        ConfidenceAuxModule(WIDTH),
        NextObsAuxModule(WIDTH, 2),
        NextObsAuxModule(WIDTH, 2, action_dim=3),
    ]


@pytest.mark.parametrize("i", range(4))
def test_gradients_reach_every_weight_and_the_features(i):
    aux, batch = modules()[i], random_batch()
    features = features_of(batch).requires_grad_()
    aux.loss(features, batch).backward()
    assert all(p.grad is not None and (p.grad != 0).any() for p in aux.parameters())
    assert (features.grad[batch.mask] != 0).any(-1).all()
    assert (features.grad[~batch.mask] == 0).all()


@pytest.mark.parametrize("i", range(4))
def test_what_follows_the_end_changes_nothing(i):
    aux, batch = modules()[i], random_batch()
    features = features_of(batch)
    longer = padded(batch)
    filled = torch.full((*longer.rewards.shape, WIDTH), math.nan)
    filled[:, : features.shape[1]] = features.masked_fill(~batch.mask[..., None], math.nan)
    assert torch.equal(aux.loss(features, batch), aux.loss(filled, longer))


@pytest.mark.parametrize("i", range(4))
def test_head_reads_features_as_in_the_notebook(i):
    aux = modules()[i]
    assert aux.head(torch.zeros(WIDTH)).shape == aux.head(torch.zeros(5, WIDTH)).shape[1:]


def test_cue_by_hand():
    aux, batch = CueAuxModule(WIDTH), random_batch((1, 2))
    batch = batch.replace(cues=torch.tensor([0, 1]))
    with torch.no_grad():
        aux.head.weight.zero_()
        aux.head.bias.copy_(torch.tensor([0.0, math.log(3.0)]))  # probabilities 1/4, 3/4
    expected = (math.log(4) + 2 * math.log(4 / 3)) / 3
    assert aux.loss(features_of(batch), batch).item() == pytest.approx(expected, rel=1e-6)
    unknown = batch.replace(cues=torch.tensor([-1, 1]))
    assert aux.loss(features_of(batch), unknown).item() == pytest.approx(math.log(4 / 3), rel=1e-6)


def test_no_known_cue_gives_zero_with_gradient():
    aux, batch = CueAuxModule(WIDTH), random_batch()
    loss = aux.loss(features_of(batch), batch.replace(cues=torch.full((3,), -1)))
    loss.backward()
    assert loss.item() == 0 and (aux.head.weight.grad == 0).all()


def test_confidence_by_hand():
    batch = random_batch((2, 1)).replace(rewards=torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    for threshold, successes in ((0.0, 2), (-1.0, 3), (1.0, 0)):
        aux = ConfidenceAuxModule(WIDTH, threshold)
        with torch.no_grad():
            aux.head.weight.zero_()
            aux.head.bias.fill_(math.log(3.0))
        expected = (successes * math.log(4 / 3) + (3 - successes) * math.log(4)) / 3
        assert aux.loss(features_of(batch), batch).item() == pytest.approx(expected, rel=1e-6)


def test_next_observations():
    batch = random_batch((3, 1))
    following = next_observations(batch)
    assert torch.equal(following[0, :2], batch.observations[0, 1:])
    assert torch.equal(following[:, 2][0], batch.final_observations[0])
    assert torch.equal(following[1, 0], batch.final_observations[1]) and (following[1, 1:] == 0).all()


def test_next_observation_learns_the_effect_of_actions():
    # Discrete actions move the observation by -1, 0 and 1; features hold the observation.
    rng = np.random.default_rng(0)
    actions = rng.integers(3, size=(8, 20))
    path = np.cumsum(np.pad(actions - 1.0, ((0, 0), (1, 0))), 1)[..., None].astype(np.float32)
    batch = random_batch((20,) * 8, obs_dim=1).replace(
        observations=torch.from_numpy(path[:, :-1]),
        actions=torch.from_numpy(actions),
        final_observations=torch.from_numpy(path[:, -1]),
    )
    left = []
    for action_dim in (None, 3):
        aux = NextObsAuxModule(1, 1, action_dim)
        optimiser = torch.optim.LBFGS(aux.parameters(), max_iter=100)

        def closure(aux=aux, optimiser=optimiser):
            optimiser.zero_grad()
            loss = aux.loss(batch.observations, batch)
            loss.backward()
            return loss

        optimiser.step(closure)
        left.append(closure().item())
    assert left[0] > 0.4 and left[1] < 1e-4  # the variance of the moves is 2/3


@pytest.mark.parametrize(
    ("actions", "action_dim"),
    [
        (torch.rand(3, 5, 2), 2),  # Box
        (torch.ones(3, 5, 2, dtype=torch.int64), 2),  # MultiDiscrete
        (torch.ones(3, 5, dtype=torch.int64), 1),  # Discrete as a number
        (torch.ones(3, 5, dtype=torch.int64), 4),  # Discrete one-hot
    ],
)
def test_kinds_of_actions(actions, action_dim):
    batch = random_batch().replace(actions=actions)
    assert torch.isfinite(NextObsAuxModule(WIDTH, 2, action_dim).loss(features_of(batch), batch))


@pytest.mark.parametrize("i", range(4))
def test_another_width_of_features(i):
    aux, batch = modules()[i], random_batch()
    with pytest.raises(UsageError, match=r"feat_dim=6.* width 9: make it with feat_dim=9"):
        aux.loss(torch.zeros(*batch.rewards.shape, 9), batch)
    with pytest.raises(UsageError, match="feat_dim=9"):
        aux.check_feat_dim(9)
    aux.check_feat_dim(WIDTH)


def test_data_that_cannot_be_learned():
    batch = random_batch()
    features = features_of(batch)
    with pytest.raises(DataError, match=r"no info\['cue'\]"):
        CueAuxModule(WIDTH).loss(features, batch.replace(cues=None))
    with pytest.raises(DataError, match="n_classes=5 or more"):
        CueAuxModule(WIDTH).loss(features, batch.replace(cues=torch.tensor([0, 4, 1])))
    with pytest.raises(UsageError, match=r"obs_dim=3.* width 2"):
        NextObsAuxModule(WIDTH, 3).loss(features, batch)
    with pytest.raises(UsageError, match=r"action_dim=2.* action 2 was taken"):
        NextObsAuxModule(WIDTH, 2, 2).loss(features, batch.replace(actions=torch.full((3, 5), 2)))
    with pytest.raises(UsageError, match=r"action_dim=3.* width 2"):
        NextObsAuxModule(WIDTH, 2, 3).loss(features, batch.replace(actions=torch.zeros(3, 5, 2)))


@pytest.mark.parametrize(
    "aux",
    [
        CueAuxModule(4, 5, name="colour", coef=0.5),
        ConfidenceAuxModule(4, threshold=0.25),
        NextObsAuxModule(4, 3),
        NextObsAuxModule(4, 3, np.int64(2), coef=np.float32(0.5)),
    ],
)
def test_settings_round_trip(aux):
    made = aux_from_config(json.loads(json.dumps(aux.config())))
    assert type(made) is type(aux) and made.config() == aux.config()
    made.load_state_dict(aux.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(made.parameters(), aux.parameters(), strict=True))


def test_settings_of_a_damaged_checkpoint():
    config = CueAuxModule(4).config()
    with pytest.raises(UsageError, match="one of motifkit's"):
        aux_from_config(config | {"class": "Popen"})
    for damaged in (config | {"class": 3}, config | {"feat_dim": -1}, config | {"shell": True}, {}):
        with pytest.raises(CorruptFileError):
            aux_from_config(damaged)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CueAuxModule(0),
        lambda: CueAuxModule(4, 1),
        lambda: CueAuxModule(4.5),
        lambda: ConfidenceAuxModule(4, coef=-1),
        lambda: ConfidenceAuxModule(4, threshold=math.nan),
        lambda: ConfidenceAuxModule(4, name=""),
        lambda: NextObsAuxModule(4, True),
        lambda: NextObsAuxModule(4, 2, 0),
    ],
)
def test_arguments(make):
    with pytest.raises(UsageError) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_users_own_module():
    class Own(AuxModule):
        pass

    aux = Own(WIDTH, 1, name="own")
    with pytest.raises(NotImplementedError, match="Own must define loss"):
        aux.loss(torch.zeros(1, 1, WIDTH), random_batch())
    assert aux.config()["class"] == "Own"
