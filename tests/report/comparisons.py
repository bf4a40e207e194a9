"""Comparisons of learned with mined motifs, made up, for the tests of their reports."""

import numpy as np

from motifkit.compare.comparison import MotifComparison, RecoveredTruth, RowComparison
from motifkit.report.curves import Arm, Curve
from motifkit.report.embedding_map import Embeddings
from motifkit.report.series import Series
from motifkit.types import Occurrence

NAN = float("nan")
LENGTH = 8


def places(n, first, *, every=97, distance=0.1):
    """Occurrences without overlap, nearest first."""
    return tuple(
        Occurrence(0, first + every * i, first + every * i + LENGTH, distance + i / 1000) for i in range(n)
    )


def row(k, label, *, n_channels=1, wins=0.02, loss=(NAN, NAN, NAN), n=12, seed=None, **changed):
    """Row `k`; without a label it began random, and without occurrences it answers to nothing."""
    rng = np.random.default_rng(k if seed is None else seed)
    steps = np.arange(LENGTH)[:, None]
    shape = np.sin(steps * (0.5 + 0.3 * k) + np.arange(n_channels)) * (1 + np.arange(n_channels) * 10)
    values = {
        "row": k,
        "label": label,
        "drift": NAN if label is None else 0.97 - 0.05 * k,
        "matched_label": label,
        "matched_cosine": NAN if label is None else 0.91,
        "usage": wins * 0.8,
        "wins": wins,
        "answer": 0.9 * shape + rng.normal(0, 0.05, shape.shape) if n else np.full(shape.shape, NAN),
        "mined_answer": shape if label else np.full(shape.shape, NAN),
        "occurrences": places(n, 10 + 13 * k),
        "n_kept": n // 2 if label else 0,
        "n_gained": n - (n // 2 if label else 0),
        "n_lost": 3 if label else 0,
        "return_loss": loss[0],
        "return_loss_low": loss[1],
        "return_loss_high": loss[2],
    }
    return RowComparison(**(values | changed))


def comparison(*, n_channels=1, agent=True, truth=True, channels=("Close",), source="prices.csv"):
    """Four seeded rows, of which C is no longer used, a random one that found something, and an unused one."""
    losses = (
        [
            (3.14, 2.4, 3.9),
            (1.2, 0.7, 1.8),
            (0.001, -0.1, 0.1),
            (0.0, -0.05, 0.06),
            (0.9, 0.2, 1.5),
            (0.0,) * 3,
        ]
        if agent
        else [(NAN,) * 3] * 6
    )
    rows = (
        row(0, "A", loss=losses[0], n=40, wins=0.08, n_channels=n_channels),
        row(1, "B", loss=losses[1], n_channels=n_channels),
        row(2, "C", loss=losses[2], wins=0.0, n=0, n_channels=n_channels),
        row(3, "D", loss=losses[3], wins=0.004, n_channels=n_channels),
        row(4, None, loss=losses[4], wins=0.03, n_channels=n_channels, matched_cosine=0.2),
        row(5, None, loss=losses[5], wins=0.0, n=0, n_channels=n_channels),
    )
    shapes = (
        RecoveredTruth(0, 0, 0.95, 0.97, 0.96),
        RecoveredTruth(1, 1, 0.9, 1.0, 0.947),
        RecoveredTruth(2, None, NAN, 0.0, 0.0),
    )
    return MotifComparison(
        rows,
        null_share=0.7,
        cka=0.83,
        effective_rank_mined=3.2,
        effective_rank_learned=4.6,
        recovered=shapes if truth else (),
        attended_f1=0.6 if truth else NAN,
        mean_return=12.4 if agent else NAN,
        n_episodes=50 if agent else 0,
        source=source,
        method="matrix_profile",
        channels=channels,
        fallen_out=("C",),
    )


def mined(compared):
    """Occurrences by label: the learned ones a little moved, and three that are no longer answered to."""
    return {
        one.label: (
            *(o._replace(start=o.start + 1, end=o.end + 1) for o in one.occurrences[: one.n_kept]),
            *places(one.n_lost, 4000 + 13 * one.row),
        )
        for one in compared.rows
        if one.label is not None
    }


def series(n=5000, *, dated=False, name="Close", unit="USD", n_episodes=1):
    """A random walk in each episode."""
    made = []
    for e in range(n_episodes):
        walk = 100 * np.exp(np.cumsum(np.random.default_rng(e).normal(0, 0.01, n)))
        days = np.datetime64("2004-08-19", "us") + np.arange(n) * np.timedelta64(1, "D")
        made.append(Series(walk, days if dated else None, name, unit))
    return made


def embeddings(compared, width=16):
    """Learned rows near the mined ones."""
    rng = np.random.default_rng(0)
    learned = rng.normal(size=(len(compared.rows), width))
    seeded = [one for one in compared.rows if one.label is not None]
    before = np.stack([learned[one.row] + rng.normal(0, 0.3, width) for one in seeded])
    return Embeddings(before, learned, tuple(one.label for one in seeded))


def curves(n=60):
    """Two arms."""
    steps = np.linspace(0, 200_000, n)
    made = []
    for name, rate in (("mined rows, pretrained encoder", 30_000), ("random bank", 90_000)):
        estimate = 13 * (1 - np.exp(-steps / rate))
        made.append(Curve(name, steps, estimate, estimate - 0.8, estimate + 0.8))
    return made


def arms():
    """Their ends, and one that never came so far."""
    return [
        Arm("mined rows, pretrained encoder", 12.9, 12.1, 13.6, 62_000, 0.81),
        Arm("random bank", 11.2, 10.4, 11.9, 200_000, 0.70),
        Arm("no motif bank", 6.1, 5.2, 7.3, None, NAN),
    ]
