"""The channels that matter: found where a shape is planted, paid for by p, named to the reader."""

import numpy as np
import pytest

from motifkit.errors import DataError, UsageError
from motifkit.io.channels import with_channels
from motifkit.io.prices import as_dataset
from motifkit.io.samples import planted_series
from motifkit.mining.mine import mine
from motifkit.mining.subspaces import mine_subspaces


@pytest.fixture(scope="module")
def planted():
    """Four channels: the shapes of one are in the second and the fourth, the others are walks, soonest mined."""
    values, _ = planted_series(n=400, n_shapes=1, length=12, count=12, noise=0.2, background="walk", seed=3)
    rng = np.random.default_rng(1)
    walks = rng.standard_normal((400, 2)).cumsum(axis=0)
    return np.column_stack([walks[:, 0], values, walks[:, 1], values + 0.1 * rng.standard_normal(400)])


@pytest.fixture(scope="module")
def found(planted):
    return mine_subspaces(planted, 12, 2, n_motifs=2, n_surrogates=4, n_threads=1)


def test_the_channels_that_hold_the_shape_are_chosen(found):
    assert found.channels == ("1", "3")
    assert found.motifs[0].p_value == 0.2 and len(found.motifs[0].occurrences) >= 9
    assert found.motifs[0].prototype.shape == (12, 2)
    assert found.parameters["n_choices"] == 6
    assert "channels 1, 3 were chosen out of 6 choices" in found.notes[-1]
    assert "left out: 0, 2" in found.notes[-1]


def test_result_is_that_of_mining_the_with_channels(planted, found):
    alone = mine(with_channels(as_dataset(planted), ["1", "3"]), 12, n_motifs=2, n_surrogates=0)
    assert [m.score for m in found.motifs] == [m.score for m in alone.motifs]
    assert [m.occurrences for m in found.motifs] == [m.occurrences for m in alone.motifs]
    assert found.fingerprint == alone.fingerprint


def test_all_channels_are_one_choice(planted):
    found = mine_subspaces(planted, 12, 4, n_motifs=2, n_surrogates=4, n_threads=1)
    usual = mine(planted, 12, n_motifs=2, n_surrogates=4, n_threads=1)
    assert [(m.score, m.p_value) for m in found.motifs] == [(m.score, m.p_value) for m in usual.motifs]
    assert found.notes[-1] == "all channels were taken: 0, 1, 2, 3"


def p_of_noise(seed, method="matrix_profile"):
    """Smallest p of the best of four channels of noise."""
    noise = np.random.default_rng(seed).standard_normal((120, 4))
    found = mine_subspaces(noise, 6, 1, method, n_motifs=1, n_surrogates=9, seed=seed, n_threads=1)
    return found.motifs[0].p_value if found.motifs else 1.0


def test_choosing_among_noise_is_paid_for():
    p = [p_of_noise(seed, "sax") for seed in range(6)]
    assert np.mean(p) > 0.3  # or less in one case of fifty; of the least of four it would be 0.25


@pytest.mark.slow
def test_choosing_among_many_noises_is_paid_for():
    p = np.array([p_of_noise(seed) for seed in range(30)])
    assert np.count_nonzero(p <= 0.1) <= 7  # more in one case of forty
    assert 0.3 < p.mean() < 0.75


def test_same_seed_gives_the_same(planted):
    first, again = (
        mine_subspaces(planted[:200, :2], 12, 1, n_motifs=2, n_surrogates=4, seed=5, n_threads=1)
        for _ in range(2)
    )
    assert first.as_dict() == again.as_dict()


@pytest.mark.parametrize(
    ("n_channels", "shape", "error", "words"),
    [
        (0, (50, 2), UsageError, "n_channels must be"),
        (3, (50, 2), DataError, "3 channels cannot be chosen out of 2 \\(0, 1\\)"),
        (5, (50, 12), UsageError, "can be chosen in 792 ways, more than 70"),
    ],
)
def test_choices_that_do_not_fit_are_refused(n_channels, shape, error, words):
    data = np.random.default_rng(0).standard_normal(shape)
    with pytest.raises(error, match=words):
        mine_subspaces(data, 5, n_channels)
