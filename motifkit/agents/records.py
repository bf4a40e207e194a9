"""What a round of episodes comes to, in a few numbers for the log."""

from __future__ import annotations

from typing import Any

import torch

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.protocols import UnrolledPolicy

_EPISODES = 8  # attention is averaged over the first few: it is for pictures, not for learning


@torch.no_grad()
def attention_record(policy: UnrolledPolicy, batch: EpisodeBatch) -> dict[str, list[float]]:
    """Mean attention to each motif and each stored episode.

    Returns
    -------
    dict
        `motif_attn` (K values) and `episodic_attn` (N values), for the memories that there are. What they lack
        to a sum of 1 went to the null slot.
    """
    if policy.memory is None:
        return {}
    some = batch.rows(torch.arange(min(_EPISODES, len(batch.lengths)), device=batch.lengths.device))
    retrieval = policy.unroll(some.observations, some.context, some.entries).retrieval
    if retrieval is None:
        return {}
    weight = (some.mask / some.mask.sum())[..., None]  # (B, T, 1)
    named = {"motif_attn": retrieval.motif_attn, "episodic_attn": retrieval.episodic_attn}
    return {
        name: [round(value, 6) for value in (attn * weight).sum((0, 1)).tolist()]
        for name, attn in named.items()
        if attn is not None
    }


def episodes_record(rounds: list[EpisodeBatch]) -> dict[str, Any]:
    """Returns and lengths of all episodes, and the mean return by round when there are several."""
    returns = torch.cat([batch.returns for batch in rounds]).double()
    lengths = torch.cat([batch.lengths for batch in rounds]).double()
    record: dict[str, Any] = {
        "return_mean": float(returns.mean()),
        "return_std": float(returns.std(unbiased=False)),
        "length_mean": float(lengths.mean()),
    }
    if len(rounds) > 1:
        record["return_by_round"] = [float(batch.returns.mean()) for batch in rounds]
    return record
