"""Walking forward through prices: resumable, told in every form, and blind to the future."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from motifkit.cli.commands import cli
from motifkit.envs.trading_prices import Bars, read_bars
from motifkit.errors import DataError, FileAccessError, UsageError
from motifkit.evaluation.leaks import sees_the_future
from motifkit.pipeline import folds, walk_forward
from motifkit.pipeline.folds import fold_experiments, market_of, write_past
from motifkit.pipeline.reading import read_experiment
from motifkit.pipeline.reporting import write_walk_forward
from motifkit.pipeline.training import Workshop
from motifkit.pipeline.units import CHECKPOINT, training_directory, units_of
from motifkit.pipeline.walk_forward import run_walk_forward
from motifkit.report.backtest import verdict
from tests.pipeline.small_runs import work_off_here

PRICES = """
[env]
name = "trading"
args = {{ prices = "{path}", commission = 0.0005, episode_length = 16 }}
[mine]
length = 5
n_motifs = 2
columns = ["return"]
[seed]
n_rows = 3
n_steps = 3
[train]
arms = ["none", "mined"]
seeds = 2
total_timesteps = 128
n_envs = 4
n_epochs = 1
n_minibatches = 2
mem_dim = 8
n_greedy = 4
[compare]
baseline = "none"
n_episodes = 3
arms = ["mined"]
[walk_forward]
n_folds = 2
purge = 5
embargo = 2
n_resamples = 100
"""
N = 160


def n_units(seeds):
    """Mining and trainings of each fold, comparisons of the last."""
    return 2 * (1 + 2 * seeds) + seeds


def write_prices(path, seed=0, n=N):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(0.01 * rng.standard_normal(n).cumsum())
    opening = close * np.exp(0.002 * rng.standard_normal(n))
    high, low = np.maximum(opening, close) * 1.003, np.minimum(opening, close) * 0.997
    days = np.datetime64("2020-01-01") + np.arange(n)
    lines = [
        f"{day},{','.join(map(str, bar))}\n"
        for day, bar in zip(days, np.column_stack([opening, high, low, close]).tolist(), strict=True)
    ]
    path.write_text("Date,Open,High,Low,Close\n" + "".join(lines))


@pytest.fixture
def toml(tmp_path):
    write_prices(tmp_path / "prices.csv")
    path = tmp_path / "prices.toml"
    path.write_text(PRICES.format(path=tmp_path / "prices.csv"))
    return path


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A folder with prices, an experiment and its run, which no test changes; what came of it, and its units."""
    place = tmp_path_factory.mktemp("walk")
    write_prices(place / "prices.csv")
    (place / "prices.toml").write_text(PRICES.format(path=place / "prices.csv"))
    with pytest.MonkeyPatch.context() as patch:
        names = work_off_here(patch)
        walk = run_walk_forward(read_experiment(place / "prices.toml"), place / "run")
    return SimpleNamespace(place=place, walk=walk, units=names)


@pytest.fixture
def copied(walked, tmp_path):
    """That folder once more, to change; its prices lie elsewhere."""
    shutil.copytree(walked.place, tmp_path, dirs_exist_ok=True)
    (tmp_path / "prices.toml").write_text(PRICES.format(path=tmp_path / "prices.csv"))
    return tmp_path


def test_folds_are_run_once_and_judged(walked, copied, done):
    walk = walked.walk
    assert len(walked.units) == n_units(seeds=2)
    assert [arm.name for arm in walk.report.arms] == ["none", "mined"]
    assert walk.report.n_bars == N // 2 - 2 and walk.report.n_trials == 4
    assert 200 < walk.report.periods < 400
    before = walk.report.as_dict()
    again = run_walk_forward(read_experiment(copied / "prices.toml"), copied / "run")
    assert not done and again.report.as_dict() == before

    written = write_walk_forward(again, copied / "run")
    assert [path.name for path in written] == ["summary.json", "report.html", "equity.png"]
    values = json.loads(written[0].read_text())
    assert values["schema"] == "motifkit.walk_forward/1" and values["verdict"] == verdict(walk.report)
    assert values["folds"][0] == {"number": 1, "train": [0, 73], "test": [80, 120]}
    page = written[1].read_text()
    assert "Out of sample" in page and "buy and hold" in page and '"candles"' in page


def test_other_prices_are_learned_from_anew(copied, done):
    experiment = read_experiment(copied / "prices.toml", ["train.seeds=1"])
    write_prices(copied / "prices.csv", seed=1)
    run_walk_forward(experiment, copied / "run")
    assert len(done) == n_units(seeds=1)


def test_positions_add_up_to_the_rewards_of_the_market(walked):
    experiment = walked.walk.experiment
    for one in walked.walk.folds:
        with np.load(walked.place / "run" / one.name / "trades.npz") as values:
            rewards, positions = values["rewards"], values["positions"]
        start, stop = one.fold.test
        env = walk_forward._environment(experiment, (start, min(stop + 2, N)))
        np.testing.assert_allclose(env.accounts(positions), rewards, atol=1e-12)


def test_a_position_that_is_held_over_a_seam_is_not_traded_there(walked, copied, monkeypatch, done):
    experiment = read_experiment(copied / "prices.toml", ["env.args.commission=0.01"])
    monkeypatch.setattr(
        walk_forward, "play_through", lambda agent, env: (np.zeros(env.n_steps), np.ones(env.n_steps))
    )
    report = run_walk_forward(experiment, copied / "run").report
    hold = next(curve for curve in report.curves if curve.name == "buy and hold")
    np.testing.assert_allclose(report.curves[0].equity, hold.equity, atol=1e-12)


def learned(toml, directory, bars):
    """All that the first fold learns from some prices: mined motifs and weights."""
    experiment = read_experiment(toml, ["train.seeds=1"])
    one = fold_experiments(experiment, directory)[0]
    folds.write_past(directory, one.fold, bars)
    workshop = Workshop(one.experiment, directory / one.name)
    for unit in units_of(one.experiment):
        if unit.method is not None:  # an agent without motifs is not looked at
            workshop.do(unit)
    place = directory / one.name
    trained = place / training_directory("mined", 0) / CHECKPOINT
    with np.load(place / "mined" / "matrix_profile.npz") as mined:
        arrays = [mined[name] for name in sorted(mined.files) if mined[name].dtype.kind in "fi"]
    weights = load_file(trained)
    return [*arrays, *(weights[name] for name in sorted(weights))]


def test_what_a_fold_learns_does_not_change_with_the_future(toml, tmp_path):
    bars, stop = read_bars(tmp_path / "prices.csv"), 73
    assert not sees_the_future(lambda one: learned(toml, tmp_path / "honest", one), bars, stop)


def test_a_planted_leak_is_caught(toml, tmp_path, monkeypatch, done):
    def leaky(directory, fold, bars):
        later = folds.Fold(fold.number, (0, fold.train[1] + 9), fold.test)
        write_past(directory, later, bars)

    monkeypatch.setattr(folds, "write_past", leaky)
    monkeypatch.setattr(walk_forward, "write_past", leaky)
    bars = read_bars(tmp_path / "prices.csv")
    assert sees_the_future(lambda one: learned(toml, tmp_path / "leaky", one), bars, 73)
    with pytest.raises(DataError, match="fold 1 was trained on 82 rows, but may know 73"):
        run_walk_forward(read_experiment(toml, ["train.seeds=1"]), tmp_path / "run")


def test_agents_of_other_prices_are_not_tested(toml, tmp_path):
    experiment = read_experiment(toml)
    (first, _), whole = fold_experiments(experiment), market_of(experiment).bars
    other = Bars(whole.close[:60] * 2)
    with pytest.raises(DataError, match="trained on other prices"):
        folds.require_past(other, whole, first.fold)


def test_past_reads_back_as_the_same_numbers(toml, tmp_path):
    experiment = read_experiment(toml)
    whole, fold = market_of(experiment).bars, fold_experiments(experiment)[1].fold
    write_past(tmp_path, fold, whole)
    past = read_bars(folds.past_path(tmp_path, fold))
    assert len(past) == fold.train[1] == 113
    np.testing.assert_array_equal(past.close, whole.close[:113])
    for name, values in whole.others.items():
        np.testing.assert_array_equal(past.others[name], values[:113])
    np.testing.assert_array_equal(past.times, whole.times[:113])


@pytest.mark.parametrize(
    ("setting", "error", "words"),
    [
        ("walk_forward.n_folds=0", UsageError, "walk_forward.n_folds must be a whole number of at least 1"),
        ("walk_forward.folds=3", UsageError, "has no key 'folds'"),
        (
            "walk_forward.n_folds=20",
            DataError,
            "fold 1 is tested on 4 rows, fewer than the 7 that a window needs",
        ),
        ("walk_forward.first_train=12", DataError, "fold 1 trains on 5 rows, fewer than the 18"),
        ("walk_forward.purge=500", DataError, "nothing is left to train on"),
        ("env.args.rows=[0, 100]", UsageError, r"for \[walk_forward\] to"),
        ("env.args.commission=-1.0", UsageError, "commission"),
        ("train.arms=['mined']", UsageError, "compare.baseline"),
        ("mine.columns=['retrun']", UsageError, "did you mean return"),
        ("mine.actions=true", UsageError, "prices hold no actions"),
        ("env.args.prices=missing.csv", FileAccessError, "missing.csv"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(toml, setting, error, words):
    with pytest.raises(error, match=words):
        read_experiment(toml, [setting])


def test_other_environments_are_refused(toml):
    with pytest.raises(UsageError, match=r"\[walk_forward\] needs an environment that trades prices"):
        read_experiment(toml, ["env.name=memory-task", "env.args={}", "mine.columns=['obs_0']"])


def test_agent_without_motif_bank_must_be_among_the_arms(toml):
    with pytest.raises(UsageError, match=r"add 'none' to train\.arms"):
        read_experiment(toml, ["train.arms=['mined']", "compare.baseline=mined"])


def test_command_says_the_verdict_and_names_its_files(copied, done):
    arguments = ["run", str(copied / "prices.toml"), "-o", str(copied / "run")]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "buy-and-hold" in result.output and "random, as" in result.output
    assert f"next: motifkit evaluate {copied / 'run'}/fold-2/train/mined/0" in result.output
    again = CliRunner().invoke(cli, [*arguments, "--json", "--set", "compare.arms=[]"])  # without a report
    assert json.loads(again.stdout)["backtest"]["n_trials"] == 4 and not done
