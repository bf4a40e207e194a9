"""Attention added up over episodes and windows, against loops over steps."""

import numpy as np
import pytest
import torch

from motifkit.compare import attending
from motifkit.compare.attending import attend
from motifkit.compare.usage import Usage
from tests import naive_compare as naive
from tests.compare.small_comparisons import bank_of

LENGTHS = torch.tensor([10, 3, 1, 7])


def context(width=3):
    rows = torch.randn(4, 10, width, generator=torch.Generator().manual_seed(0))
    return rows * (torch.arange(10) < LENGTHS[:, None])[..., None]  # zeros after the end, as in a rollout


@pytest.mark.parametrize("at_once", [1 << 21, 8 * 3 * 5, 1])
@pytest.mark.parametrize("kind", ["cosine", "dot"])
def test_real_steps_count_alone(kind, at_once, monkeypatch):
    monkeypatch.setattr(attending, "MOST_NUMBERS", at_once)
    bank = bank_of(attention=kind)
    usage = Usage(bank)
    usage.add_episodes(context(), LENGTHS)
    attn, winners = [], []
    for rows, n in zip(context(), LENGTHS.tolist(), strict=True):
        for t in range(n):
            one, winner = naive.attention(bank, rows[: t + 1])
            attn.append(one)
            winners.append(winner)
    assert usage.n_steps == 21 == len(attn)
    assert np.allclose(usage.share, np.mean(attn, 0), atol=1e-6)
    assert np.allclose(usage.wins, [np.mean([w == k for w in winners]) for k in range(bank.n_motifs)])
    assert (
        np.isnan(usage.null_share) if kind == "dot" else np.isclose(usage.null_share, 1 - np.sum(attn) / 21)
    )


@torch.no_grad()
def test_episodes_are_answered_as_the_bank_answers_them():
    bank, rows = bank_of(), context()
    usage = Usage(bank)
    usage.add_episodes(rows, torch.full((4,), 10))
    assert np.allclose(usage.share, bank.unroll(rows).motif_attn.mean((0, 1)), atol=1e-6)


def test_equal_rows_do_not_win():
    bank, windows = bank_of(2), torch.randn(50, 8, 3, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        bank.motif_embeds[1] = bank.motif_embeds[0]
        bank.attention.threshold.fill_(-1.0)
    assert (attend(bank, windows).winner == -1).all()
    with bank.masked([1]):
        assert (attend(bank, windows).winner == 0).any()


def test_a_single_row_wins_against_the_null_slot_alone():
    bank, windows = bank_of(1), torch.randn(50, 8, 3, generator=torch.Generator().manual_seed(1))
    attended = attend(bank, windows)
    assert ((attended.winner == 0) == (attended.cosines[:, 0] > bank.attention.threshold)).all()
    assert 0 < (attended.winner == 0).sum() < 50
    assert (attend(bank_of(1, attention="dot"), windows).winner == 0).all()


def test_nothing_added():
    usage = Usage(bank_of(2))
    assert usage.n_steps == 0 and usage.share.tolist() == usage.wins.tolist() == [0, 0]
