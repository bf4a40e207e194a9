"""The benchmark's table: rounded, within the terminal, plain where it is piped."""

import numpy as np
import pytest

from motifkit.evaluation.benchmark_table import BenchmarkRun, BenchmarkTable
from motifkit.report.benchmark_table import render_benchmark


def table(agents=("TraceRL", "PPO", "RecurrentPPO"), delays=(4, 256), n_seeds=10):
    rng = np.random.default_rng(0)
    runs = [
        BenchmarkRun(
            agent,
            delay,
            seed,
            np.ones(100) if agent == "TraceRL" else rng.permutation([-1.0, 1.0] * 50),
            500_000,
            60.3,
        )
        for agent in agents
        for delay in delays
        for seed in range(n_seeds)
    ]
    return BenchmarkTable(runs, {"mode": "EASY"})


def drawn_width(text):
    return max(map(len, text.splitlines()[:-1]))


def test_looks():
    text = table().render()
    lines = text.splitlines()
    assert lines[0].startswith("╭") and lines[-2].endswith("╯") and "\x1b" not in text
    first = [cell.strip() for cell in lines[3].strip("│").split("│")]
    assert first == [
        *("4", "TraceRL", "+1.00", "+1.00 to +1.00", "+1.00", "0.00", "10 of 10"),
        *("125,000", "8,292", "60.3"),
    ]
    assert lines[-1].startswith(
        "Greedy returns in 100 fresh episodes (EASY): interquartile mean over 10 seeds."
    )
    assert sum(line.startswith("├") for line in lines) == 2  # below the heading, and between the delays
    assert "-0.00" not in text


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120])
def test_fits(width):
    assert drawn_width(render_benchmark(table(), width=width)) <= width


def test_important_facts_stay():
    text = render_benchmark(table(), width=20)
    assert "IQM" in text and "solved" in text and "seconds" in text and "steps/s" not in text


def test_colours_what_is_solved():
    lines = render_benchmark(table(), styled=True).splitlines()
    assert "\x1b[32m" in lines[3] and "\x1b[32m" not in lines[4]


def test_one_seed_and_nothing():
    text = render_benchmark(table(n_seeds=1))
    assert "nan" not in text and "│ -  " in text and "over 1 seed." in text
    assert render_benchmark(BenchmarkTable(())) == ""
