"""Mining results on made-up candles, for the tests of their report."""

from types import SimpleNamespace

import numpy as np

from motifkit.report.html_backtest import OutOfSample, Statistic
from motifkit.types import Episode, MiningResult, Motif, Outcome, TrajectoryDataset
from tests.report.comparisons import LENGTH, places

ARMS = ("seeded agent", "random bank", "buy and hold")


def candles(n=3000, *, named=("Open", "High", "Low", "Close"), source="prices.csv"):
    """A random walk by the day, as candles."""
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opened = np.concatenate([[100.0], close[:-1]])
    spread = 1 + np.abs(rng.normal(0, 0.004, (2, n)))
    rows = np.stack(
        [opened, np.maximum(opened, close) * spread[0], np.minimum(opened, close) / spread[1], close], 1
    )
    days = np.datetime64("2004-08-19", "us") + np.arange(n) * np.timedelta64(1, "D")
    episode = Episode(rows[:, : len(named)], timestamps=days, prices=close)
    return TrajectoryDataset((episode,), tuple(named), source)


def result(*, outcomes=True, labels="ABC", source="prices.csv"):
    """Three motifs, of which the first is followed by another return than usual."""
    shape = np.sin(np.arange(LENGTH))[:, None]
    motifs = tuple(
        Motif(
            shape * (1 - k),
            places(20 - 5 * k, 40 + 20 * k),
            radius=0.5,
            score=9.0 - k,
            expected_count=2.0,
            p_value=0.01,
            q_value=0.01 if k < 2 else 0.4,
            outcome=Outcome(
                4, 20 - 5 * k, 0.012 - 0.01 * k, 0.002, 0.01 * (1 - k), 0.005 - 0.012 * k, 0.015 - 0.01 * k,
                0.001 if k == 0 else 0.5, 0.003 if k == 0 else 0.5,
            )
            if outcomes
            else None,
            label=label,
        )
        for k, label in enumerate(labels)
    )  # fmt: skip
    return MiningResult(motifs, "matrix_profile", {"n_surrogates": 99}, ("Close",), source, n_steps=3000)


def backtest(n=600, *, names=ARMS, verdict="No arm does better than holding."):
    """Three arms with bands over three folds, and their statistics."""
    days = np.datetime64("2010-01-01", "D") + np.arange(n)
    lines = [np.exp(np.cumsum(np.random.default_rng(k).normal(3e-4, 0.008, n))) for k in range(len(names))]
    curves = [
        SimpleNamespace(name=name, timestamps=days, equity=line, low=line * 0.94, high=line * 1.06)
        for name, line in zip(names, lines, strict=True)
    ]
    statistics = [
        Statistic(name, what, 0.5 + k, 0.1 + k, 0.9 + k)
        for k, name in enumerate(names)
        for what in ("Sharpe ratio", "drawdown")
    ]
    return OutOfSample(verdict, curves, days[[200, 400]], statistics)
