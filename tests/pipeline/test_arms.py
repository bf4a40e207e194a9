"""How a bank begins in each arm."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from motifkit import PlantedMotifEnv, UsageError, mine
from motifkit.errors import DataError
from motifkit.pipeline.arms import make_bank, write_centres
from motifkit.pipeline.logs import Log
from motifkit.pipeline.spec import ARMS, SeedTable
from motifkit.seeding.contexts import contexts_of

N_ROWS, WIDTH = 6, 8


@pytest.fixture(scope="module")
def banks():
    env = PlantedMotifEnv(n_shapes=2, length=8, noise=0.1, rate=0.08)
    dataset, _ = env.log(1200, seed=1)
    result = mine(dataset, 8, n_motifs=2, n_surrogates=0)
    table = SeedTable(offsets=(0, -1), n_rows=N_ROWS, n_steps=5)

    def make(arm, seed=3):
        return make_bank(
            arm,
            seed,
            env=env,
            log=Log(dataset, observe=env.observations_of),
            result=result,
            table=table,
            length=8,
            mem_dim=WIDTH,
        )

    return make


def weights(bank):
    return torch.cat([one.detach().ravel() for one in bank.encoder.parameters()])


def test_without_a_bank(banks):
    assert banks("none") == (None, None)


@pytest.mark.parametrize("arm", ARMS[1:])
def test_banks_are_of_one_size_and_repeat(banks, arm):
    first, again = banks(arm).bank, banks(arm).bank
    assert first.motif_embeds.shape == (N_ROWS, WIDTH)
    for one, other in zip(first.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(first.motif_embeds, banks(arm, seed=4).bank.motif_embeds)


def test_what_differs_from_the_random_arm(banks):
    random = banks("random").bank
    seeded = {"untrained": 4, "ends": 2, "frozen": 4} | {arm: 4 for arm in ARMS if arm.startswith("mined")}
    for arm in ARMS[1:]:
        bank, report = banks(arm)
        n = seeded.get(arm, 0)
        assert int(bank.seeded_mask.sum()) == n and (report is None) == (n == 0), arm
        # What is not seeded starts as in the random arm, but for the k-means centres.
        assert torch.equal(bank.motif_embeds[n:], random.motif_embeds[n:]) == (arm != "kmeans"), arm
        trained = arm not in ("notebook", "random", "kmeans", "untrained")
        assert torch.equal(weights(bank), weights(random)) != trained, arm
        assert bank.attention.kind == ("dot" if arm == "notebook" else "cosine")
        assert bank.frozen == (arm == "frozen")
        if arm != "notebook":
            assert torch.equal(bank.attention.threshold, random.attention.threshold) == (n == 0), arm


def test_the_pretrained_arm_has_the_encoder_of_the_mined(banks):
    assert torch.equal(weights(banks("pretrained").bank), weights(banks("mined").bank))


def test_k_means_rows_are_centres_of_windows(banks):
    bank, random = banks("kmeans").bank, banks("random").bank
    assert torch.allclose(bank.motif_embeds.norm(dim=1), torch.full((N_ROWS,), WIDTH**0.5))
    env = PlantedMotifEnv(n_shapes=2, length=8, noise=0.1, rate=0.08)
    dataset, _ = env.log(1200, seed=1)
    context = contexts_of(bank, dataset)[0]
    windows = torch.from_numpy(np.lib.stride_tricks.sliding_window_view(context, 8, axis=0).copy())
    with torch.no_grad():
        embedded = functional.normalize(bank.encoder(windows.transpose(1, 2)), dim=-1)
        nearest = [
            (embedded @ functional.normalize(one.motif_embeds, dim=-1).T).amax(1).mean()
            for one in (bank, random)
        ]
    assert nearest[0] > nearest[1] + 0.1


def test_too_few_windows_for_k_means(banks):
    bank = banks("random").bank
    dataset, _ = PlantedMotifEnv().log(10)
    with pytest.raises(DataError, match="3 windows of 8 steps, fewer than the bank's 6 rows"):
        write_centres(bank, dataset)


def test_unknown_arms(banks):
    with pytest.raises(UsageError, match="no arm 'best'"):
        banks("best")
