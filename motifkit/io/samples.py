"""Series to try motifkit on: the packaged files, and planted shapes whose places are known."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

import motifkit
from motifkit.arguments import require_choice, require_number, require_whole
from motifkit.errors import FileAccessError, UsageError
from motifkit.types import FloatArray


class PlantedShape(NamedTuple):
    """Where a shape lies: rows `start` to `end` (exclusive), and which of the shapes it is, from 0."""

    start: int
    end: int
    shape: int


def sample_path(name: str) -> Path:
    """Path of a packaged data file.

    Parameters
    ----------
    name : str
        "goog.csv", "planted.csv" or "planted_truth.csv".

    Raises
    ------
    FileAccessError
        When there is no such sample.

    Examples
    --------
    >>> sample_path("goog.csv").name
    'goog.csv'
    """
    installed = Path(str(files("motifkit"))) / "samples"
    checkout = Path(motifkit.__file__).resolve().parent.parent / "datasets"
    for folder in (installed, checkout):
        if Path(name).name == name and (folder / name).is_file():
            return folder / name
    raise FileAccessError(
        f"there is no sample {name!r}; samples are goog.csv, planted.csv and planted_truth.csv"
    )


def planted_series(
    n: int = 2000,
    n_shapes: int = 4,
    length: int = 16,
    count: int = 12,
    noise: float = 0.25,
    background: Literal["noise", "walk"] = "noise",
    seed: int = 0,
) -> tuple[FloatArray, list[PlantedShape]]:
    """Series in which shapes recur at known places.

    Parameters
    ----------
    n : int
        Points of the series.
    n_shapes : int
        How many different shapes; smooth, of mean 0 and standard deviation 1.
    length : int
        Points of a shape, at least 4.
    count : int
        Occurrences of each shape; they never overlap.
    noise : float
        Standard deviation of the noise added to each occurrence.
    background : {"noise", "walk"}
        What lies between: white noise of standard deviation 1, or a random walk with such steps, on whose
        current level the shapes then sit.
    seed : int

    Returns
    -------
    values : (n,) float array
    truth : list of PlantedShape
        By start.

    Raises
    ------
    UsageError
        When the shapes do not fit into the series, or an argument is out of range.

    Examples
    --------
    >>> values, truth = planted_series()
    >>> values.shape, len(truth), truth[0].end - truth[0].start
    ((2000,), 48, 16)
    """
    n, n_shapes, count = (
        require_whole(name, value) for name, value in (("n", n), ("n_shapes", n_shapes), ("count", count))
    )
    length, seed = require_whole("length", length, 4), require_whole("seed", seed, 0)
    noise = require_number("noise", noise, least=0)
    require_choice("background", background, ("noise", "walk"))
    total = n_shapes * count
    if total * length > n:
        raise UsageError(f"{total} shapes of {length} points do not fit into {n}; raise n or plant fewer")
    rng = np.random.default_rng(seed)
    shapes = _distinct_shapes(n_shapes, length, rng)
    order = rng.permutation(np.repeat(np.arange(n_shapes), count))
    # Free points fall between the shapes at random: sorted picks give the free points before each.
    starts = np.sort(rng.integers(0, n - total * length + 1, total)) + length * np.arange(total)
    steps = rng.standard_normal(n)
    values = steps if background == "noise" else np.cumsum(steps)
    truth = [PlantedShape(int(s), int(s) + length, int(k)) for s, k in zip(starts, order, strict=True)]
    for start, end, k in truth:
        piece = shapes[k] + noise * rng.standard_normal(length)
        if background == "walk":
            # The walk goes on from where the shape ends, so that no jump gives the shape away.
            piece += (values[start - 1] if start else 0.0) - piece[0]
            values[end:] += piece[-1] - values[end - 1]
        values[start:end] = piece
    return values, truth


def _distinct_shapes(n_shapes: int, length: int, rng: np.random.Generator) -> FloatArray:
    """Smooth random shapes, the least alike that turn up among many."""
    n_candidates = 32 * n_shapes
    waves = np.arange(1, 1 + max(2, min(4, length // 4)))
    phase = rng.uniform(0, 2 * np.pi, (n_candidates, len(waves), 1))
    weight = rng.standard_normal((n_candidates, len(waves), 1)) / np.sqrt(waves)[:, None]
    grid = np.linspace(0, 1, length)
    shapes = (weight * np.sin(2 * np.pi * waves[:, None] * 0.75 * grid + phase)).sum(axis=1)
    shapes -= shapes.mean(axis=1, keepdims=True)
    shapes /= shapes.std(axis=1, keepdims=True)
    alike = np.abs(shapes @ shapes.T) / length
    chosen = [0]
    while len(chosen) < n_shapes:
        nearest = alike[:, chosen].max(axis=1)
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
    return np.asarray(shapes[chosen])
