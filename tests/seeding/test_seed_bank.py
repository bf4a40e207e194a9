"""Mined motifs as rows of a bank: what is written, what it is worth, and what is refused."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from motifkit import (
    MotifMemoryBank,
    StrategicMemoryTransformerPolicy,
    TraceRL,
    as_dataset,
    iqm,
    mine,
    seed_motif_bank,
)
from motifkit.compare.overlaps import same_places
from motifkit.errors import DataError, UsageError
from motifkit.io.samples import planted_series
from motifkit.report.seeding import seeding_sentence
from motifkit.seeding.calibrate import best_threshold, calibrate, cosines
from motifkit.seeding.pretrain import pretrain_encoder
from motifkit.seeding.windows import cut_windows
from tests.compare.cued_agent import Cued
from tests.compare.small_comparisons import bank_of, motif_of, planted, result_of, seeded

STEPS = 60


@pytest.fixture(scope="module")
def data():
    return planted()


@pytest.fixture(scope="module")
def once_seeded(data):
    dataset, _, result = data
    return seeded(result, dataset, n_steps=STEPS)


@pytest.fixture
def bank(once_seeded):
    """A copy that may learn."""
    return copy.deepcopy(once_seeded)


def same_bank(one, other):
    mine_, theirs = one.state_dict(), other.state_dict()
    return all(torch.equal(mine_[name], theirs[name]) for name in mine_)


# -- what is written


def test_rows_are_the_mean_directions_of_their_occurrences(data, bank):
    dataset, _, result = data
    windows = cut_windows(bank, result, dataset)  # prices: no actions or rewards that could be redrawn
    for k, cut in enumerate(windows.occurrences):
        with torch.no_grad():
            mean = functional.normalize(bank.encoder(cut), dim=-1).mean(0)
        assert torch.allclose(
            bank.motif_embeds[k], functional.normalize(mean, dim=0) * 4, atol=1e-5
        )  # sqrt(16)
    assert bank.motif_embeds.requires_grad and bank.motif_embeds.is_leaf


@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_as_many_rows_as_there_are_motifs_and_room(data, n_rows):
    dataset, _, result = data
    fresh = bank_of(n_rows)
    bank = bank_of(n_rows)
    report = seed_motif_bank(bank, result, dataset, n_steps=STEPS)
    n = min(n_rows, 3)
    assert bank.seeded_mask.tolist() == [True] * n + [False] * (n_rows - n)
    assert torch.equal(bank.mined_embeds[:n], bank.motif_embeds[:n]) and not bank.mined_embeds[n:].any()
    assert torch.equal(bank.motif_embeds[n:], fresh.motif_embeds[n:])
    assert (report.n_random, report.n_left_out) == (n_rows - n, 3 - n)
    assert [row.label for row in report.rows] == ["A", "B", "C"][:n]
    assert [row.n_occurrences for row in report.rows] == [12] * n


def test_seeding_again_forgets_the_rows_before(data):
    dataset, _, result = data
    bank = seeded(result, dataset, offsets=(0, -1))
    assert bank.seeded_offset.tolist() == [0, 0, 0, -1, -1]
    report = seed_motif_bank(bank, result, dataset, offsets=(0, -1), n_steps=STEPS)
    assert report.n_left_out == 1 and "1 view of the motifs has no row" in seeding_sentence(report)
    seed_motif_bank(bank, replace(result, motifs=result.motifs[:1]), dataset, n_steps=STEPS)
    assert bank.seeded_mask.tolist() == [True, False, False, False, False]
    assert bank.mined_embeds[1:].abs().sum() == 0 and bank.seeded_offset.tolist() == [0] * 5


def test_without_pretraining_and_calibration_the_rest_stays(data):
    dataset, _, result = data
    fresh, bank = bank_of(), bank_of()
    report = seed_motif_bank(bank, result, dataset, pretrain=False, calibrate=False)
    assert report.pretraining is None
    assert all(
        torch.equal(a, b) for a, b in zip(fresh.encoder.parameters(), bank.encoder.parameters(), strict=True)
    )
    assert bank.attention.threshold == 0 and bank.seeded_mask[:3].all()


def test_attention_without_a_null_slot(data):
    dataset, _, result = data
    bank = bank_of(attention="dot")
    report = seed_motif_bank(bank, result, dataset, n_steps=STEPS)
    assert np.isnan([report.threshold, report.scale, report.false_alarm_rate]).all() and report.wins > 0.9
    assert json.loads(json.dumps(report.as_dict(), allow_nan=False))["threshold"] is None


def test_the_report_says_what_the_bank_does(data):
    dataset, _, result = data
    bank = bank_of()
    report = seed_motif_bank(bank, result, dataset, n_steps=STEPS)
    windows = cut_windows(bank, result, dataset)
    with torch.no_grad():
        inside = [cosines(bank, cut, 3) for cut in windows.occurrences]
        outside = cosines(bank, windows.background, 3).amax(1)
    threshold = bank.attention.threshold.item()
    for k, row in enumerate(report.rows):
        others = torch.cat([inside[k][:, :k], inside[k][:, k + 1 :]], 1).amax(1)
        own = inside[k][:, k]
        assert np.isclose(row.own_cosine, own.mean().item(), atol=1e-5)
        assert np.isclose(row.margin, (own - others).mean().item(), atol=1e-5)
        assert np.isclose(row.wins, ((own > others) & (own > threshold)).float().mean().item())
    assert np.isclose(report.false_alarm_rate, (outside > threshold).float().mean().item())
    assert np.isclose(report.threshold, threshold)
    assert np.isclose(report.wins, np.mean([row.wins for row in report.rows]))
    assert report.pretraining.last_loss < 0.5 * report.pretraining.first_loss
    assert list(report.to_frame().columns) == [
        "row",
        "label",
        "n_occurrences",
        "own_cosine",
        "margin",
        "wins",
    ]


def test_a_single_row_has_no_margin(data):
    dataset, _, result = data
    report = seed_motif_bank(bank_of(1), result, dataset, n_steps=STEPS)
    assert np.isnan(report.rows[0].margin) and report.as_dict()["rows"][0]["margin"] is None


# -- what it is worth


# The claim is about ten seeds. A single one may fall below it.
HELD_OUT = [
    pytest.param(1, 4_000, 200, 0.85, id="1 seed"),
    pytest.param(10, 20_000, 1000, 0.95, id="10 seeds", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("n_seeds", "n_mined", "n_steps", "least"), HELD_OUT)
def test_attention_picks_the_right_row_on_held_out_occurrences(n_seeds, n_mined, n_steps, least):
    """Mined in 20,000 points (one seed: 4,000) at noise 0.1, judged on the fifth that follows.

    Measured in 10 seeds: mean 0.961, 0.878 to 1. A shape that was mined as two motifs, a step early and a step late,
    is looked for at both.
    """
    right = [held_out_accuracy(seed, n_mined, n_steps) for seed in range(n_seeds)]
    assert iqm(right) >= least and np.mean(right) >= least and min(right) >= 0.85, right


def held_out_accuracy(seed, n_mined, n_steps=1000, method="matrix_profile"):
    """Share of the held-out places at which a row of the right shape wins over all others and the null slot."""
    values, truth = planted_series(
        n=n_mined * 6 // 5, n_shapes=4, length=8, count=n_mined * 3 // 250, noise=0.1, seed=seed
    )
    dataset = as_dataset(values[:n_mined])
    result = mine(dataset, 8, method, n_motifs=8, n_surrogates=0)
    bank = MotifMemoryBank(1, 1, n_motifs=8, motif_len=8, seed=seed)
    seed_motif_bank(bank, result, dataset, n_steps=n_steps, seed=seed)
    of_rows = [shape_and_shift(motif, truth) for motif in result.motifs]
    of_rows += [(None, 0)] * (8 - len(of_rows))  # rows left random
    places = [place for place in truth if n_mined + 8 <= place.start < len(values) - 10]
    assert len(places) > n_mined // 200
    return np.mean([picks(bank, values, place, of_rows) for place in places])


def shape_and_shift(motif, truth):
    """Shape that most occurrences of a motif lie on, and by how much they are moved against it; None on none."""
    places = [(0, p.start, p.end) for p in truth]
    pairs = same_places([(0, o.start, o.end) for o in motif.occurrences], places)
    shapes = [truth[j].shape for _, j in pairs]
    if 2 * len(shapes) <= motif.count:
        return None, 0
    shape = max(set(shapes), key=shapes.count)
    moved = [motif.occurrences[i].start - truth[j].start for i, j in pairs if truth[j].shape == shape]
    return shape, int(np.median(moved))


@torch.no_grad()
def picks(bank, values, place, of_rows):
    """Whether a row of the shape wins at the place, moved as one of the shape's motifs is against it."""
    for shift in {shift for shape, shift in of_rows if shape == place.shape}:
        window = torch.zeros(8, 3)
        window[:, 0] = torch.from_numpy(values[place.start + shift : place.end + shift])
        attn = bank.retrieve(window).motif_attn
        if of_rows[int(attn.argmax())][0] == place.shape and attn.max() > 1 - attn.sum():
            return True
    return False


@pytest.mark.parametrize("seed", range(3))
def test_pretrained_rows_tell_more_than_untrained_ones(seed):
    dataset, _, result = planted(noise=0.5, seed=seed)
    pretrained, untrained = (
        seed_motif_bank(bank_of(seed=seed), result, dataset, pretrain=one, n_steps=STEPS, seed=seed)
        for one in (True, False)
    )
    assert _margin(pretrained) > 1.1 * _margin(untrained)


def _margin(report):
    return np.mean([row.margin for row in report.rows])


def test_the_encoder_knows_a_shape_whatever_was_done_and_paid(data):
    dataset, _, result = data
    rng = np.random.default_rng(0)
    past = np.stack([rng.integers(0, 2, (300, 8)), rng.normal(size=(300, 8))], -1)
    bank = bank_of()
    seed_motif_bank(bank, result, dataset, n_steps=200, experience=torch.from_numpy(past))
    windows = cut_windows(bank, result, dataset).occurrences[0]
    windows[..., 1:] = torch.from_numpy(rng.permutation(past)[: len(windows)]).float()
    with torch.no_grad():
        assert (cosines(bank, windows, 3).argmax(1) == 0).float().mean() > 0.9


def test_reconstruction_is_learned_too(data, once_seeded):
    dataset, _, result = data
    told = bank_of()
    report = seed_motif_bank(told, result, dataset, n_steps=STEPS, reconstruction=1.0)
    assert not same_bank(once_seeded, told) and report.wins > 0.9
    assert report.pretraining.last_loss < report.pretraining.first_loss


def test_gradients_reach_every_seeded_row(data, bank):
    dataset, _, result = data
    bank.zero_grad()
    windows = torch.cat(cut_windows(bank, result, dataset).occurrences)
    bank.retrieve_with_custom_query(bank.encoder(windows)).readout.square().sum().backward()
    assert (bank.motif_embeds.grad[:3].norm(dim=1) > 1e-4).all()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in bank.attention.parameters())


def test_an_agent_goes_on_learning_every_seeded_row(bank):
    agent = TraceRL(StrategicMemoryTransformerPolicy, Cued(), bank, n_envs=2, seed=0).learn(2 * 2 * 60)
    moved = (agent.get_motif_bank().motif_embeds - bank.mined_embeds).norm(dim=1)
    assert (moved[:3] > 1e-4).all()


def test_a_frozen_bank_stays_as_it_was_seeded(bank):
    bank.freeze()
    before = {name: value.clone() for name, value in bank.state_dict().items()}
    TraceRL(StrategicMemoryTransformerPolicy, Cued(), bank, n_envs=2, seed=0).learn(2 * 60)
    assert all(torch.equal(before[name], value) for name, value in bank.state_dict().items())


# -- the same again


def test_a_seed_gives_one_bank_bit_by_bit(data):
    dataset, _, result = data
    how = {"n_steps": 20, "reconstruction": 0.5}
    torch.manual_seed(1)
    first = seeded(result, dataset, seed=3, **how)
    before = torch.manual_seed(2).get_state()
    second = seeded(result, dataset, seed=3, **how)
    assert same_bank(first, second) and torch.equal(torch.get_rng_state(), before)
    assert not same_bank(first, seeded(result, dataset, seed=4, **how))


# -- threshold


@pytest.mark.parametrize("seed", range(10))
def test_no_threshold_makes_fewer_errors(seed):
    rng = np.random.default_rng(seed)
    own, nearest = (torch.from_numpy(rng.normal(mean, 0.2, n)).float() for mean, n in ((0.8, 30), (0.4, 90)))
    if seed % 2:
        own, nearest = own.round(decimals=1), nearest.round(decimals=1)  # ties

    def errors(threshold):
        return float((own <= threshold).float().mean() + (nearest > threshold).float().mean())

    found = errors(best_threshold(own, nearest))
    grid = torch.cat([own, nearest, torch.linspace(-1, 2, 400)])
    assert found <= min(errors(t) for t in grid) + 1e-6


def test_calibrating_sets_the_threshold_and_leaves_the_scale(data):
    bank = bank_of(1)
    before = bank.attention.log_scale.item()
    calibrate(bank, torch.full((9,), 0.7), torch.full((9,), 0.5))
    assert bank.attention.threshold.item() == pytest.approx(0.6)
    assert bank.attention.log_scale.item() == before


# -- what is refused


def refused(says, error, *given, **named):
    bank = given[0]
    before = {name: value.clone() for name, value in bank.state_dict().items()}
    with pytest.raises(error, match=says) as caught:
        seed_motif_bank(*given, **named)
    assert "\n" not in str(caught.value)
    assert all(torch.equal(before[name], value) for name, value in bank.state_dict().items())


def test_bad_input_changes_nothing(data):
    dataset, _, result = data
    other, *_ = planted(seed=1)
    refused("are not the same", DataError, bank_of(), result, other)
    refused("holds no motifs", DataError, bank_of(), replace(result, motifs=()), dataset)
    refused("made for 2", DataError, bank_of(obs_dim=2), result, dataset)
    refused("8 steps long", DataError, bank_of(motif_len=4), result, dataset)
    refused("resize='cut'", UsageError, bank_of(), result, dataset, resize="cut")
    single = replace(result, motifs=(*result.motifs, motif_of("D", [(0, 3, 11)])))
    refused("motif D has 1 occurrence", DataError, bank_of(), single, dataset)
    refused("the bank is frozen", UsageError, bank_of(frozen=True), result, dataset)
    refused("n_steps=0", UsageError, bank_of(), result, dataset, n_steps=0)
    refused("reconstruction=-1", UsageError, bank_of(), result, dataset, reconstruction=-1)
    refused("experience has shape", UsageError, bank_of(), result, dataset, experience=torch.zeros(3, 8, 5))
    refused("experience has shape", UsageError, bank_of(), result, dataset, experience=torch.zeros(0, 8, 2))
    missing = torch.full((3, 8, 2), torch.nan)
    refused(
        "experience holds a number that is not", DataError, bank_of(), result, dataset, experience=missing
    )
    refused("seed=-1 of seed_motif_bank", UsageError, bank_of(), result, dataset, seed=-1)
    refused("seed=1.5 of seed_motif_bank", UsageError, bank_of(), result, dataset, seed=1.5)


def test_missing_values_change_nothing():
    values, truth = planted_series(n=600, n_shapes=3, length=8, count=12, noise=0.1)
    dataset = as_dataset(values)
    dataset.episodes[0].observations[truth[0].start + 2] = np.nan
    result = result_of(dataset, truth)
    refused("holds a value that is not finite", DataError, bank_of(), result, dataset)


def test_pretraining_alone_changes_the_encoder_alone(data):
    dataset, _, result = data
    fresh, bank = bank_of(), bank_of()
    report = pretrain_encoder(bank, cut_windows(bank, result, dataset), n_steps=20)
    assert report.n_steps == 20
    assert torch.equal(fresh.motif_embeds, bank.motif_embeds) and bank.attention.threshold == 0
    assert not torch.equal(fresh.encoder.direct.weight, bank.encoder.direct.weight)
    with pytest.raises(UsageError, match="learning_rate"):
        pretrain_encoder(bank, cut_windows(bank, result, dataset), learning_rate=0)
    with pytest.raises(UsageError, match="the bank is frozen"):
        pretrain_encoder(bank.freeze(), cut_windows(bank, result, dataset))


def test_no_gradients_are_left_behind(data):
    dataset, _, result = data
    assert all(p.grad is None for p in seeded(result, dataset).parameters())
