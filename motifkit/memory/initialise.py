"""First weights from a seed, without touching torch's global generator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def drawn_from(seed: int | None) -> Iterator[None]:
    """Let modules made inside draw their first weights from `seed`; from torch's generator when it is None.

    Examples
    --------
    >>> with drawn_from(3):
    ...     first = torch.nn.Linear(2, 2)
    >>> with drawn_from(3):
    ...     second = torch.nn.Linear(2, 2)
    >>> torch.equal(first.weight, second.weight)
    True
    """
    if seed is None:
        yield
        return
    before = torch.get_rng_state()
    torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())
    try:
        yield
    finally:
        torch.set_rng_state(before)
