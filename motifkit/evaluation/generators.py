"""Global random generators, left as they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def global_generators_kept() -> Iterator[None]:
    """Put the generators of Python, NumPy and torch back afterwards.

    stable-baselines3 seeds all of them, which nobody asked for who trains a baseline.

    Examples
    --------
    >>> before = random.getstate()
    >>> with global_generators_kept():
    ...     random.seed(0)
    >>> random.getstate() == before
    True
    """
    import torch

    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
