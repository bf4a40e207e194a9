"""Bonuses for what is new: visit counts against a dictionary, and random network distillation."""

from collections import Counter

import numpy as np
import pytest
import torch

from motifkit.agents.exploration import CountBonus
from motifkit.agents.random_network import RandomNetworkDistillation
from motifkit.errors import CorruptFileError, DataError, UsageError
from tests.agents.episode_batches import padded, random_batch, spoiled


def test_counts_equal_a_dictionary():
    count, visits = CountBonus(eta=0.5, bins=2), Counter()
    for seed in range(6):
        batch = random_batch((9, 4, 7, 1), seed=seed)
        bonus = count.bonus(batch.observations, batch.mask)
        cells = np.rint(batch.observations.double().numpy() * 2)
        real = [(i, t) for i, length in enumerate(batch.lengths.tolist()) for t in range(length)]
        visits.update(tuple(cells[i, t]) for i, t in real)
        for i, t in real:
            assert float(bonus[i, t]) == pytest.approx(0.5 / visits[tuple(cells[i, t])] ** 0.5)
    assert count.n_states == len(visits)


def test_count_ignores_what_follows_the_end():
    batch = random_batch()
    one, other = CountBonus(), CountBonus()
    exact = one.bonus(batch.observations, batch.mask)
    assert torch.equal(exact, other.bonus(spoiled(batch.observations, batch.mask), batch.mask))
    assert (exact[~batch.mask] == 0).all() and (exact[batch.mask] > 0).all()
    nothing = torch.zeros_like(batch.mask)
    assert (one.bonus(batch.observations, nothing) == 0).all()


def test_count_does_not_depend_on_the_order():
    batch = random_batch((8, 8, 8, 8))
    turned = torch.tensor([3, 1, 0, 2])
    exact = CountBonus(bins=1).bonus(batch.observations, batch.mask)
    assert torch.equal(exact[turned], CountBonus(bins=1).bonus(batch.observations[turned], batch.mask))


def test_count_tells_cells_apart():
    # Permuted, negated and far away coordinates are other states.
    rows = [[0, 1, 2], [2, 1, 0], [0, -1, -2], [0, 0, 0], [1e30, 0, 0], [-1e30, 0, 0], [1e-9, 0, 0]]
    count = CountBonus(eta=1.0)
    bonus = count.bonus(torch.tensor([rows], dtype=torch.float64), torch.ones(1, 7, dtype=torch.bool))
    assert count.n_states == 6 and bonus[0, 3] == bonus[0, 6] == pytest.approx(0.5**0.5)


def test_count_of_many_states():
    grid = torch.cartesian_prod(*[torch.arange(64.0)] * 3)[None]
    count = CountBonus(bins=1)
    count.bonus(grid, torch.ones(grid.shape[:2], dtype=torch.bool))
    assert count.n_states == 64**3


def test_count_state_round_trip():
    first, second = CountBonus(), CountBonus()
    batches = [random_batch((30, 20), obs_dim=1, seed=seed) for seed in range(3)]
    for batch in batches[:2]:
        first.bonus(batch.observations, batch.mask)
    state = first.state()
    second.load_state(state)
    bonuses = [one.bonus(batches[2].observations, batches[2].mask) for one in (first, second)]
    assert torch.equal(*bonuses)
    assert all(np.array_equal(first.state()[name], second.state()[name]) for name in ("keys", "counts"))
    assert len(state["keys"]) < first.n_states  # the state did not go on with the object


def test_count_refuses_what_it_cannot_use():
    batch = random_batch()
    with pytest.raises(DataError, match="NaN or infinite"):
        CountBonus().bonus(batch.observations * torch.inf, batch.mask)
    good = {"keys": np.array([1, 2]), "counts": np.array([1, 1])}
    for damaged in (
        {},
        good | {"more": np.zeros(1)},
        good | {"keys": np.array([2, 1])},
        good | {"counts": np.array([1, 0])},
        good | {"counts": np.array([1])},
        good | {"counts": np.array([1.0, 2.0])},
    ):
        with pytest.raises(CorruptFileError):
            CountBonus().load_state(damaged)
    for given in ({"eta": -1}, {"eta": np.nan}, {"bins": 0}, {"bins": "10"}):
        with pytest.raises(UsageError, match=next(iter(given))):
            CountBonus(**given)


def familiar(seed=0):
    return random_batch((16,) * 8, obs_dim=3, seed=seed)


def test_rnd_learns_what_it_sees():
    rnd, batch = RandomNetworkDistillation(3, lr=1e-2), familiar()
    first = rnd.bonus(batch)
    losses = [rnd.update(batch) for _ in range(100)]
    assert losses[-1] < 0.05 * losses[0]
    # All of the new episode lies in a corner that no other has visited.
    strange = batch.rows(torch.arange(1))
    strange = strange.replace(
        observations=strange.observations * 0.1 + 2.5,
        final_observations=strange.final_observations * 0.1 + 2.5,
    )
    known, new = rnd.bonus(batch), rnd.bonus(strange)
    assert new.mean() > 5 * known.mean() and known.mean() < first.mean()


def test_rnd_scale():
    """Bonuses do not depend on the scale of the observations, and eta weighs them."""
    batch = familiar()
    larger = batch.replace(
        observations=batch.observations * 1000, final_observations=batch.final_observations * 1000
    )
    one = RandomNetworkDistillation(3, eta=1.0).bonus(batch)
    torch.testing.assert_close(one, RandomNetworkDistillation(3, eta=1.0).bonus(larger), rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(one * 0.1, RandomNetworkDistillation(3, eta=0.1).bonus(batch))
    assert (RandomNetworkDistillation(3, eta=0).bonus(batch) == 0).all()


def test_rnd_ignores_what_follows_the_end():
    batch = random_batch()
    longer = padded(batch)
    one, other = RandomNetworkDistillation(2), RandomNetworkDistillation(2)
    exact, given = one.bonus(batch), other.bonus(longer)
    assert torch.equal(exact, given[:, : exact.shape[1]]) and (given[~longer.mask] == 0).all()
    assert (exact[batch.mask] > 0).all()
    assert one.update(batch) == other.update(longer)


def test_rnd_comes_from_its_seed_alone():
    before = torch.get_rng_state()
    one, same, other = (RandomNetworkDistillation(3, seed=seed) for seed in (5, 5, 6))
    bonuses = []
    for rnd in (one, same, other):
        rnd.update(familiar())
        bonuses.append(rnd.bonus(familiar(1)))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(bonuses[0], bonuses[1]) and not torch.equal(bonuses[0], bonuses[2])


def test_rnd_teaches_the_predictor_only():
    rnd, batch = RandomNetworkDistillation(3), familiar()
    before = {name: value.clone() for name, value in rnd.target.state_dict().items()}
    weights = [p.clone() for p in rnd.predictor.parameters()]
    rnd.bonus(batch)
    rnd.update(batch)
    assert all(torch.equal(before[name], value) for name, value in rnd.target.state_dict().items())
    assert all(not torch.equal(a, b) for a, b in zip(weights, rnd.predictor.parameters(), strict=True))
    assert not rnd.bonus(batch).requires_grad


@pytest.mark.parametrize("n_before", [0, 3])
def test_rnd_state_round_trip(n_before):
    first, second = RandomNetworkDistillation(3, seed=1), RandomNetworkDistillation(3, seed=2)
    second.update(familiar(9))
    for seed in range(n_before):
        first.bonus(familiar(seed))
        first.update(familiar(seed))
    state = first.state()
    second.load_state(state)
    for seed in range(4, 7):
        batch = familiar(seed)
        assert torch.equal(first.bonus(batch), second.bonus(batch))
        assert first.update(batch) == second.update(batch)
    after, other = first.state(), second.state()
    assert after.keys() == other.keys() and all(torch.equal(after[name], other[name]) for name in after)
    assert not torch.equal(state["predictor.0.weight"], after["predictor.0.weight"])  # a copy
    assert len({value.data_ptr() for value in state.values()}) == len(state)  # as safetensors wants it


def test_rnd_damaged_states():
    rnd = RandomNetworkDistillation(3)
    rnd.update(familiar())
    good = rnd.state()
    gone = {name: value for name, value in good.items() if name != "adam.0.exp_avg"}
    for damaged in (
        {},
        gone,
        good | {"adam.1.exp_avg": torch.zeros(1)},
        good | {"target.0.weight": torch.zeros(1, 1)},
        {name: value for name, value in good.items() if name != "predictor.0.bias"},
        good | {"observations.mean": torch.zeros(4)},
        good | {"x": torch.zeros(1)},
        RandomNetworkDistillation(4).state(),
    ):
        with pytest.raises(CorruptFileError) as caught:
            RandomNetworkDistillation(3).load_state(damaged)
        assert "\n" not in str(caught.value)


def test_rnd_arguments():
    for given in ({"obs_dim": 0}, {"emb_dim": 0}, {"lr": 0}, {"eta": -1}, {"gamma": 2}, {"lr": None}):
        with pytest.raises(UsageError, match=next(iter(given))):
            RandomNetworkDistillation(**({"obs_dim": 3} | given))
    with pytest.raises(UsageError, match=r"obs_dim=5.* width 3"):
        RandomNetworkDistillation(5).bonus(familiar())
