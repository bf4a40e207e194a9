"""How far the rows of a bank have moved from what was mined, one by one and all together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from motifkit.memory.attention import pairwise_cosine
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.types import FloatArray, IntArray


class RowMatch(NamedTuple):
    """One-to-one match of rows and motifs.

    `motif` (K,) int64 is the number of the motif matched with each row, -1 for a row that is left over; `cosine` (K,)
    float is theirs, NaN without a match.
    """

    motif: IntArray
    cosine: FloatArray


def drift(bank: MotifMemoryBank) -> FloatArray:
    """Cosine of each row to its mined value.

    Returns
    -------
    (K,) float array
        NaN for rows that were not seeded.

    Examples
    --------
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, n_motifs=2, seed=0)
    >>> bank.seeded_mask[0] = True
    >>> bank.mined_embeds[0] = -2 * bank.motif_embeds[0].detach()
    >>> drift(bank).round(3)
    array([-1., nan])
    """
    moved = functional.cosine_similarity(bank.motif_embeds.detach().double(), bank.mined_embeds.double())
    return np.where(_as_array(bank.seeded_mask), _as_array(moved), np.nan)


@torch.no_grad()
def match_rows(bank: MotifMemoryBank, mined_windows: Sequence[Tensor]) -> RowMatch:
    """Match rows with motifs so that the total of their cosines is largest.

    Parameters
    ----------
    bank : MotifMemoryBank
    mined_windows : sequence of (n_k, L, F) tensors
        Occurrences of each motif; a motif is the mean direction that the bank's present encoder gives them.

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem.
    """
    device = bank.motif_embeds.device
    motifs = torch.stack(
        [functional.normalize(bank.encoder(one.to(device)), dim=-1).mean(0) for one in mined_windows]
    )
    cosine = pairwise_cosine(bank.motif_embeds, motifs)
    return best_match(_as_array(cosine.double()))


def best_match(cosine: FloatArray) -> RowMatch:
    """Match of rows and motifs with the largest total of their cosines (K, M).

    Examples
    --------
    >>> match = best_match(np.array([[0.9, 0.8], [0.8, 0.1], [0.0, 0.0]]))
    >>> match.motif.tolist(), match.cosine.tolist()
    ([1, 0, -1], [0.8, 0.8, nan])
    """
    rows, motifs = linear_sum_assignment(cosine, maximize=True)
    motif, found = np.full(len(cosine), -1), np.full(len(cosine), np.nan)
    motif[rows], found[rows] = motifs, cosine[rows, motifs]
    return RowMatch(motif, found)


def linear_cka(one: FloatArray, other: FloatArray) -> float:
    """Linear centred kernel alignment of two sets of the same n points.

    Parameters
    ----------
    one, other : (n, D) and (n, D') float array

    Returns
    -------
    float
        0 to 1; does not change when either is turned, moved, or scaled as a whole. Two points are always aligned.
        NaN for fewer than two points, or points that are all the same.

    References
    ----------
    Kornblith et al. (2019), Similarity of neural network representations revisited.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(6, 4))
    >>> round(linear_cka(points, 3 * points[:, ::-1] + 1), 6)
    1.0
    """
    if len(one) < 2:
        return float("nan")
    one, other = one - one.mean(0), other - other.mean(0)
    scale = np.linalg.norm(one.T @ one) * np.linalg.norm(other.T @ other)
    return float(np.linalg.norm(other.T @ one) ** 2 / scale) if scale > 0 else float("nan")


def effective_rank(rows: FloatArray) -> float:
    """How many directions rows (n, D) spread over: exp of the entropy of the normalised singular values.

    NaN without rows, or when they are all zeros.

    References
    ----------
    Roy & Vetterli (2007), The effective rank: a measure of effective dimensionality.

    Examples
    --------
    >>> round(effective_rank(np.eye(3)), 6), round(effective_rank(np.ones((3, 3))), 6)
    (3.0, 1.0)
    """
    values = np.linalg.svd(rows, compute_uv=False) if rows.size else np.zeros(1)
    if not values.sum() > 0:
        return float("nan")
    share = values[values > 0] / values.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def _as_array(values: Tensor) -> FloatArray:
    array: FloatArray = values.detach().cpu().numpy()
    return array
