"""Seeds of environments side by side: one for all, or one each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from gymnasium.utils.seeding import np_random

from motifkit.arguments import require_whole
from motifkit.errors import UsageError


def split_seed(seed: object, n_envs: int) -> tuple[int | None, list[int | None] | None]:
    """Tell a seed of the whole vector from seeds of its sub-environments.

    Returns
    -------
    whole : int or None
        As for the base class's `reset`.
    each : list of n_envs int or None, or None
        None when there is but one seed, or none.

    Raises
    ------
    UsageError
        For another number of seeds, or a seed that is none.

    Examples
    --------
    >>> split_seed(3, 2), split_seed([3, None], 2)
    ((3, None), (None, [3, None]))
    """
    if seed is None:
        return None, None
    if not isinstance(seed, Iterable) or isinstance(seed, str):
        return require_whole("seed", seed, 0), None
    each = [None if one is None else require_whole("seed", one, 0) for one in seed]
    if len(each) != n_envs:
        raise UsageError(f"seed must be one number or {n_envs}, one a sub-environment; got {len(each)}")
    return None, each


def generators(
    seeds: Sequence[int | None],
) -> tuple[np.random.Generator, list[np.random.Generator]]:
    """Generators of a vector whose sub-environments are seeded one by one.

    Parameters
    ----------
    seeds : sequence of int or None
        From `split_seed`.

    Returns
    -------
    shared : Generator
        What the vector goes on with after this reset; it follows from all the seeds.
    each : list of Generator
        As those of single environments reset with these seeds; the shared one where the seed is None.

    Examples
    --------
    >>> shared, (first, second) = generators([1, None])
    >>> second is shared
    True
    """
    shared = np.random.default_rng([seed for seed in seeds if seed is not None] or None)
    return shared, [shared if seed is None else np_random(seed)[0] for seed in seeds]
