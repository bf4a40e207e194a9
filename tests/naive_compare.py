"""Plain twins of what compares learned with mined motifs: loops over windows, rows and permutations."""

from itertools import permutations

import numpy as np
import torch

from motifkit.seeding.contexts import contexts_of
from motifkit.seeding.windows import resampled


def overlap(one, other):
    """Intersection over union of two (episode, start, end), row by row."""
    if one[0] != other[0]:
        return 0.0
    mine, theirs = set(range(*one[1:])), set(range(*other[1:]))
    return len(mine & theirs) / len(mine | theirs)


def most_pairs(one, other):
    """Size of the largest one-to-one pairing of the same places, by trying to displace earlier ones."""
    partner = {}

    def place(i, seen):
        for j in range(len(other)):
            if j not in seen and overlap(one[i], other[j]) > 0.5:
                seen.add(j)
                if j not in partner or place(partner[j], seen):
                    partner[j] = i
                    return True
        return False

    return sum(place(i, set()) for i in range(len(one)))


def best_total(gain):
    """Largest total of a one-to-one match of rows and columns, over all of them."""
    gain = np.asarray(gain)
    gain = gain if gain.shape[0] <= gain.shape[1] else gain.T
    n, m = gain.shape
    return max(sum(gain[i, p[i]] for i in range(n)) for p in permutations(range(m), n))


def centred_alignment(one, other):
    """CKA by the Gram matrices."""
    n = len(one)
    centre = np.eye(n) - np.ones((n, n)) / n
    a, b = centre @ one @ one.T @ centre, centre @ other @ other.T @ centre
    return np.trace(a @ b) / np.sqrt(np.trace(a @ a) * np.trace(b @ b))


@torch.no_grad()
def attention(bank, window):
    """(K,) attention and the winning row, None for the null slot, of one window (L, F)."""
    found = bank.retrieve(torch.as_tensor(window, dtype=torch.float32))
    attn = found.motif_attn.double().numpy()
    null = 1 - attn.sum() if bank.attention.kind == "cosine" else -np.inf
    best = int(attn.argmax())
    wins = attn[best] > null and np.sum(attn == attn[best]) == 1
    return attn, best if wins else None


def answers(bank, dataset, length, observe=None):
    """Mean answer (K, L, obs_dim), occurrences [(episode, start)] of each row, mass (K,) and wins (K,)."""
    total = np.zeros((bank.n_motifs, bank.motif_len, bank.obs_dim))
    mass, wins, n = np.zeros(bank.n_motifs), np.zeros(bank.n_motifs), 0
    won = [[] for _ in range(bank.n_motifs)]
    for e, context in enumerate(contexts_of(bank, dataset, observe)):
        for start in range(len(context) - length + 1):
            window = context[start : start + length]
            if not np.isfinite(window).all():
                continue
            window = resampled(window, bank.motif_len)
            attn, row = attention(bank, window)
            n += 1
            total += attn[:, None, None] * window[None, :, : bank.obs_dim]
            mass += attn
            if row is not None:
                wins[row] += 1
                won[row].append((-attn[row], e, start))
    occurrences = []
    for ranking in won:
        kept = []
        for _, e, start in sorted(ranking):
            if all(e != f or abs(start - s) >= length for f, s in kept):
                kept.append((e, start))
        occurrences.append(kept)
    return total / mass[:, None, None], occurrences, mass / n, wins / n
