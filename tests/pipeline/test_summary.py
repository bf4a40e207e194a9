"""What trainings add up to."""

import json
import math

import numpy as np
import pytest

from motifkit.errors import CorruptFileError
from motifkit.evaluation.statistics import bootstrap_interval
from motifkit.pipeline.manifest import Manifest
from motifkit.pipeline.measures import Training, arm_summary, compared_summary, curve_of, gain_interval
from motifkit.pipeline.summary import SCHEMA, summarise
from motifkit.report.run_table import render_run


def training(returns, greedy=1.0):
    returns = np.asarray(returns, dtype=float)
    return Training(10.0 * np.arange(1, len(returns) + 1), returns, greedy, 0.5)


def test_the_last_tenth_is_the_final_return():
    assert training(np.arange(40.0)).final == np.mean([36, 37, 38, 39])
    assert training([1.0, 5.0]).final == 5.0


def test_steps_until_the_running_mean_is_there():
    run = training([0, 0, 0, 0, 10, 10, 10, 10, 10, 10])
    assert run.steps_to(2.0) == 50.0
    assert run.steps_to(10.0) == 90.0
    assert run.steps_to(10.1) is None
    assert training([1.0, 3.0]).steps_to(2.0) == 20.0  # fewer updates than the window


def test_seeds_that_never_reach_it_count_as_all_steps():
    baseline = [training([2.0] * 10)] * 3
    arm = arm_summary(
        "slow", [training([2.0] * 10), training([1.0] * 10), training([1.0] * 10)], baseline, 4.0
    )
    assert arm.n_never == 2
    assert arm.steps_shares == (0.5, 1.0, 1.0)


def test_gains_are_over_the_seeds_of_both():
    rng = np.random.default_rng(0)
    ours, base = rng.normal(12, 1, 10), rng.normal(10, 1, 10)
    found = gain_interval(list(ours), list(base))
    assert found.low < found.estimate < found.high
    assert found.low > 0 and found.high < 45
    wider = gain_interval(list(ours), list(base + rng.normal(0, 3, 10)))
    assert wider.high - wider.low > found.high - found.low


@pytest.mark.parametrize("base", [0.0, -1.0])
def test_no_gain_over_nothing(base):
    assert math.isnan(gain_interval([1.0, 2.0], [base, base]).estimate)


def test_one_seed_has_no_interval():
    arm = arm_summary("one", [training([1.0, 2.0])], [training([1.0, 1.0])], math.nan)
    assert arm.gain.estimate == 100.0 and math.isnan(arm.gain.low)
    curve = curve_of("one", [training([1.0, 2.0])])
    assert np.isnan(curve.low).all() and curve.estimate.tolist() == [1.0, 2.0]


def test_curves_have_the_intervals_of_single_updates():
    rng = np.random.default_rng(1)
    runs = [training(rng.normal(size=6)) for _ in range(8)]
    curve = curve_of("random", runs)
    first = bootstrap_interval([run.returns[0] for run in runs])
    assert curve.estimate[0] == pytest.approx(first.estimate)
    assert curve.low[0] == pytest.approx(first.low, abs=0.1)
    assert curve.high[0] == pytest.approx(first.high, abs=0.1)
    assert (curve.low <= curve.estimate).all() and (curve.estimate <= curve.high).all()


def comparison(f1, *rows):
    names = ("return_loss", "wins", "used")
    return {"f1": f1, "mean_return": 5.0, "rows": [dict(zip(names, row, strict=True)) for row in rows]}


def test_what_masking_costs():
    one = compared_summary(
        "mined",
        [
            comparison(0.9, (3.0, 0.1, True), (2.0, 0.2, True), (0.0, 0.0, False), (0.2, 0.0, False)),
            comparison(1.0, (4.0, 0.3, True), (1.0, 0.2, True)),
        ],
    )
    assert one.f1.estimate == pytest.approx(0.95)
    assert one.lost_by_best.estimate == 3.5
    assert one.lost_by_used.estimate == 3.0
    assert one.lost_by_unused.estimate == pytest.approx(0.1)
    assert one.n_unused == 1.0


def test_comparisons_without_truth_or_agent():
    one = compared_summary("mined", [comparison(None, (None, 0.1, True))])
    assert math.isnan(one.f1.estimate) and math.isnan(one.lost_by_best.estimate)


def test_a_finished_run_is_summed_up(finished):
    summary = summarise(finished.experiment, finished.manifest)
    assert [arm.name for arm in summary.arms] == ["random", "mined"]
    assert summary.headline.name == "mined"
    assert len(summary.curves[0].steps) == 2  # updates of 8 episodes of 12 steps
    assert summary.seconds_mining == {"matrix_profile": 0.5}
    assert 0 < summary.seconds_seeding["matrix_profile"] < 60
    assert summary.oracle > 0
    values = summary.as_dict()
    assert values["schema"] == SCHEMA == "motifkit.experiment/1"
    assert set(values["arms"][0]["gain"]) == {"estimate", "low", "high"}
    json.dumps(values, allow_nan=False)
    assert summary.sentence().startswith("'mined' took ")
    for width in (60, 100, 200):
        table = render_run(summary, width=width)
        assert "mined" in table and "F1 of shapes" in table
    assert "never" in render_run(summary, width=200) and "greedy" not in render_run(summary, width=60)


def test_damaged_files_are_named(finished, copied):
    (copied / "train/mined/0/log.jsonl").write_text("{")
    with pytest.raises(CorruptFileError, match="delete it, and it is made again"):
        summarise(finished.experiment, Manifest(copied))
