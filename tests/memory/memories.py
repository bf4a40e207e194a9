"""Memories of every kind, empty or with random episodes, for tests here and above."""

import numpy as np
import torch

from motifkit.memory.combined import CombinedMemoryModule
from motifkit.memory.episodic import StrategicMemoryBuffer
from motifkit.memory.motif_bank import MotifMemoryBank

DIM, SLOTS, MOTIFS = 8, 6, 5


def buffer(obs_dim=3, action_dim=1, attention="cosine", seed=1, **more):
    more = {"mem_dim": DIM, "max_entries": SLOTS, **more}
    return StrategicMemoryBuffer(obs_dim, action_dim, attention=attention, seed=seed, **more)


def bank(obs_dim=3, action_dim=1, attention="cosine", seed=2, **more):
    more = {"mem_dim": DIM, "n_motifs": MOTIFS, **more}
    return MotifMemoryBank(obs_dim, action_dim, attention=attention, seed=seed, **more)


def both(obs_dim=3, action_dim=1, attention="cosine", seed=1):
    return CombinedMemoryModule(
        buffer(obs_dim, action_dim, attention, seed), bank(obs_dim, action_dim, attention, seed + 1)
    )


KINDS = {
    f"{name}-{attention}": (make, attention)
    for name, make in (("episodic", buffer), ("motif", bank), ("combined", both))
    for attention in ("cosine", "dot")
}


def made(kind, obs_dim=3, action_dim=1, n_entries=0, seed=0):
    """Memory of a kind, `None` for "none", holding `n_entries` random episodes if it can."""
    if kind == "none":
        return None
    make, attention = KINDS[kind]
    return filled(make(obs_dim, action_dim, attention), n_entries, seed)


def filled(memory, n_entries, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(n_entries):
        rows = rng.normal(size=(rng.integers(1, 9), memory.obs_dim + memory.action_dim + 1))
        memory.add_entry(torch.from_numpy(rows).float(), float(rng.normal()))
    return memory


def random_context(n=3, n_steps=10, width=5, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(n, n_steps, width))).float()


def as_list(rows, obs_dim=3):
    """(T, F) rows as the notebook's list of (obs, action, reward), actions as one number."""
    return [(row[:obs_dim].numpy(), float(row[obs_dim]), float(row[-1])) for row in rows]


def close(one, other, atol=1e-5):
    """Whether two retrievals say the same; None stands for None alone."""
    pairs = list(zip(one, other, strict=True))
    assert len(pairs) == 3
    return all(
        a is b if a is None or b is None else a.shape == b.shape and torch.allclose(a, b, atol=atol)
        for a, b in pairs
    )
