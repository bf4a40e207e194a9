"""Planted series with a result as a miner would give it, and banks seeded from it, in well under a second."""

import numpy as np

from motifkit import MiningResult, Motif, MotifMemoryBank, Occurrence, as_dataset, seed_motif_bank
from motifkit.io.samples import planted_series

LENGTH, SHAPES, COUNT = 8, 3, 12


def planted(n=600, noise=0.1, seed=0, **more):
    """Dataset, its truth, and a result whose motif `k` has all occurrences of shape `k`."""
    more = {"n_shapes": SHAPES, "length": LENGTH, "count": COUNT, **more}
    values, truth = planted_series(n=n, noise=noise, seed=seed, **more)
    dataset = as_dataset(values)
    return dataset, truth, result_of(dataset, truth)


def result_of(dataset, truth, fingerprint=None):
    motifs = tuple(
        motif_of(chr(65 + shape), [(0, p.start, p.end) for p in truth if p.shape == shape])
        for shape in sorted({place.shape for place in truth})
    )
    return MiningResult(
        motifs,
        "matrix_profile",
        {},
        dataset.channels,
        source=dataset.source,
        fingerprint=dataset.fingerprint if fingerprint is None else fingerprint,
        n_steps=dataset.n_steps,
    )


def motif_of(label, places):
    occurrences = tuple(Occurrence(*place, distance=0.1 + i / 100) for i, place in enumerate(places))
    length = places[0][2] - places[0][1]
    return Motif(np.zeros((length, 1)), occurrences, radius=0.5, score=9.0, label=label)


def bank_of(n_motifs=5, action_dim=1, obs_dim=1, motif_len=LENGTH, seed=0, **more):
    return MotifMemoryBank(obs_dim, action_dim, 16, n_motifs, motif_len, seed=seed, **more)


def seeded(result, dataset, bank=None, n_steps=60, **how):
    bank = bank_of() if bank is None else bank
    seed_motif_bank(bank, result, dataset, n_steps=n_steps, **how)
    return bank
