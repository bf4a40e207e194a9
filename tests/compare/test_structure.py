"""Drift, the match of rows and motifs, alignment and rank."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from motifkit.compare.structure import best_match, drift, effective_rank, linear_cka, match_rows
from tests import naive_compare as naive
from tests.compare.small_comparisons import bank_of


def test_drift_is_the_cosine_to_the_mined_value():
    bank = bank_of()
    bank.seeded_mask[:3] = True
    bank.mined_embeds[:3] = bank.motif_embeds.detach()[:3]
    with torch.no_grad():
        bank.motif_embeds[1] *= 3
        bank.motif_embeds[2] = torch.arange(16.0)
    found = drift(bank)
    a, b = bank.motif_embeds[2].detach().double().numpy(), bank.mined_embeds[2].double().numpy()
    assert np.allclose(found[:3], [1, 1, a @ b / np.linalg.norm(a) / np.linalg.norm(b)])
    assert np.isnan(found[3:]).all()


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (1, 4), (4, 1)])
def test_the_match_has_the_largest_total(shape):
    cosine = np.random.default_rng(sum(shape)).uniform(-1, 1, shape)
    match = best_match(cosine)
    rows = np.flatnonzero(match.motif >= 0)
    assert len(rows) == min(shape) == len(set(match.motif[rows]))
    assert np.allclose(match.cosine[rows], cosine[rows, match.motif[rows]])
    assert np.isnan(match.cosine[match.motif < 0]).all()
    assert np.isclose(match.cosine[rows].sum(), naive.best_total(cosine))


@torch.no_grad()
def test_rows_that_changed_places_are_matched_with_what_they_learned():
    bank, generator = bank_of(3), torch.Generator().manual_seed(0)
    windows = [torch.randn(6, 8, 3, generator=generator) + 2 * k for k in range(3)]
    for row, motif in enumerate((2, 0, 1)):
        embedded = functional.normalize(bank.encoder(windows[motif]), dim=-1)
        bank.motif_embeds[row] = 7 * embedded.mean(0)
    match = match_rows(bank, windows)
    assert match.motif.tolist() == [2, 0, 1] and np.allclose(match.cosine, 1)


def test_the_match_takes_the_mean_of_directions_not_of_embeddings():
    bank, generator = bank_of(1), torch.Generator().manual_seed(0)
    windows = torch.randn(6, 8, 3, generator=generator)
    found = match_rows(bank, [windows]).cosine[0]
    directions = [bank.encoder(w[None])[0].detach().double().numpy() for w in windows]
    mean = np.mean([d / np.linalg.norm(d) for d in directions], 0)
    row = bank.motif_embeds[0].detach().double().numpy()
    assert np.isclose(found, row @ mean / np.linalg.norm(row) / np.linalg.norm(mean), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_alignment_equals_that_of_the_gram_matrices(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(7, 4)), rng.normal(size=(7, 9))
    assert np.isclose(linear_cka(one, other), naive.centred_alignment(one, other))
    turned = one @ np.linalg.qr(rng.normal(size=(4, 4)))[0] * 5 - 3
    assert np.isclose(linear_cka(one, turned), 1)
    assert np.isclose(linear_cka(one, other), linear_cka(other, one)) and 0 <= linear_cka(one, other) <= 1


def test_alignment_of_too_little_is_not_known():
    some = np.random.default_rng(0).normal(size=(3, 4))
    assert np.isnan(linear_cka(some[:1], some[:1])) and np.isnan(linear_cka(some[:0], some[:0]))
    assert np.isnan(linear_cka(np.ones((3, 4)), some))
    assert np.isclose(linear_cka(some[:2], some[1:]), 1)


def test_effective_rank():
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(8, 3)))[0].T
    assert np.isclose(effective_rank(5 * directions), 3)
    assert np.isclose(effective_rank(np.repeat(directions[:1], 4, 0)), 1)
    assert 1 < effective_rank(directions * np.array([[9.0], [1], [1]])) < 3
    assert np.isnan(effective_rank(np.zeros((0, 8)))) and np.isnan(effective_rank(np.zeros((2, 8))))
