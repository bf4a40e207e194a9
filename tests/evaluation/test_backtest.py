"""The verdict: an edge that is there is found, one that is not is never claimed."""

import numpy as np
import pytest

from motifkit.envs import TradingEnv
from motifkit.envs.trading_prices import Bars
from motifkit.errors import DataError, UsageError
from motifkit.evaluation.backtest import backtest
from motifkit.evaluation.leaks import sees_the_future
from motifkit.evaluation.performance import ArmReturns
from motifkit.evaluation.trading_baselines import plain_baselines, random_baseline
from motifkit.report.backtest import out_of_sample, plot_equity, render_backtest, verdict


def market(returns, **settings):
    return TradingEnv(100 * np.exp(np.concatenate([[0.0], np.cumsum(returns)])), sequential=True, **settings)


def arm(env, positions, name="mined"):
    positions = np.asarray(positions, float)
    return ArmReturns(name, env.accounts(positions), positions)


def walk(seed, n=400):
    return market(0.01 * np.random.default_rng(seed).standard_normal(n), commission=0.0005)


def foresight(env, share, seed, n_seeds=3):
    """Positions on the right side of the next return, in a share of the bars more than chance."""
    rng = np.random.default_rng(seed)
    right = np.sign(np.diff(env.bars.close))[: env.n_steps]
    guessed = rng.choice([-1.0, 1.0], size=(n_seeds, env.n_steps))
    return np.where(rng.random(guessed.shape) < share, right, guessed)


def test_an_edge_that_is_there_is_claimed():
    env = walk(0, 600)
    report = backtest([arm(env, foresight(env, 0.5, 1))], env, n_resamples=200)
    assert report.has_edge and report.best.deflated_sharpe > 0.99
    assert verdict(report).startswith("'mined' beats buy-and-hold over 600 bars")


@pytest.mark.parametrize(
    ("n_walks", "n_resamples"), [(3, 100), pytest.param(20, 200, marks=pytest.mark.slow)]
)
def test_random_walks_give_no_edge(n_walks, n_resamples):
    for seed in range(n_walks):
        env = walk(seed)
        guesses = [arm(env, foresight(env, 0.0, seed, 5), name) for name in ("none", "random", "mined")]
        report = backtest(guesses, env, n_resamples=n_resamples, seed=seed)
        assert not report.has_edge
        assert verdict(report).startswith(("Nothing beats buy-and-hold", "No edge"))


def test_holding_in_a_rising_market_is_no_edge():
    env = market(0.002 + 0.01 * np.random.default_rng(3).standard_normal(500))
    report = backtest([arm(env, np.ones((2, 500)))], env, n_resamples=200)
    assert not report.has_edge
    assert report.best.against["buy and hold"] == (0.0, 0.0, 0.0)
    assert verdict(report).startswith("Nothing beats buy-and-hold: over 500 bars")


def test_one_lucky_agent_of_many_is_deflated_away():
    env = walk(4, 300)
    guesses = foresight(env, 0.0, 5, 200)
    rewards = env.accounts(guesses)
    best = int(rewards.sum(1).argmax())
    alone = backtest([ArmReturns("best", rewards[[best]], guesses[[best]])], env, n_resamples=20)
    among = backtest(
        [ArmReturns("best", rewards[[best]], guesses[[best]]), ArmReturns("rest", rewards, guesses)],
        env,
        n_resamples=20,
    )
    assert among.n_trials == 201 and alone.n_trials == 1
    assert alone.arms[0].deflated_sharpe > 0.85 and among.arms[0].deflated_sharpe < 0.2


def test_baselines_hold_do_nothing_and_trade_as_much():
    env = walk(6, 100)
    hold, flat = plain_baselines(env)
    close = env.bars.close
    assert hold.returns.sum() == pytest.approx((close[1:] / close[:-1] - 1).sum() - 2 * env.cost)
    assert not flat.returns.any()
    held = np.repeat([1.0, 0.0, -1.0, 0.0], 25)[None]
    drawn = random_baseline(env, arm(env, held), seed=0)
    assert (np.sort(drawn.positions, axis=1) == np.sort(held)).all()  # as long in each position
    assert (np.abs(drawn.traded.sum(1) - arm(env, held).traded.sum()) <= 2).all()
    assert len(np.unique(drawn.positions, axis=0)) > 10


def test_motif_bank_is_compared_with_the_agent_without_one():
    env = walk(7)
    ours, theirs = (arm(env, foresight(env, share, 8), n) for share, n in ((0.4, "mined"), (0.0, "none")))
    report = backtest([theirs, ours], env, n_resamples=100)
    none, mined = report.arms
    assert none.beyond_no_bank is None and mined.beyond_no_bank.low > 0
    assert "Return beyond the agent without a motif bank: 'mined' +" in verdict(report)


def test_report_is_the_same_again_and_shows_in_every_form(tmp_path):
    env = walk(9)
    arms = [arm(env, foresight(env, 0.1, 1), "none"), arm(env, foresight(env, 0.2, 2))]
    report, again = (backtest(arms, env, starts=[0, 200], n_resamples=30) for _ in range(2))
    assert report.as_dict() == again.as_dict()
    shown = out_of_sample(report)
    assert [one.name for one in shown.curves][:3] == ["none", "mined", "buy and hold"]
    assert list(shown.boundaries) == [201.0]
    for width in (80, 160):
        text = render_backtest(report, width=width)
        assert max(map(len, text.splitlines()[:-1])) <= width
        assert ("hit rate" in text) == (width == 160)
    plot_equity(report, tmp_path / "equity.png")
    assert (tmp_path / "equity.png").read_bytes()[:4] == b"\x89PNG"


def test_arms_that_do_not_fit_the_market_are_refused():
    env = walk(0)
    with pytest.raises(DataError, match="has 399 returns, but the market 400 actions"):
        backtest([ArmReturns("x", np.zeros((1, 399)), np.zeros((1, 399)))], env)
    with pytest.raises(DataError, match="there is no arm"):
        backtest([], env)


def test_a_planted_leak_is_seen():
    bars = Bars(100 * np.exp(np.cumsum(0.01 * np.random.default_rng(0).standard_normal(200))))
    assert not sees_the_future(lambda one: [one.close[:100].mean()], bars, 100)
    assert sees_the_future(lambda one: [one.close[:101].mean()], bars, 100)
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match="fix its seeds"):
        sees_the_future(lambda one: [rng.random()], bars, 100)
    with pytest.raises(UsageError, match="stop must be 1 to 199"):
        sees_the_future(lambda one: [one.close], bars, 200)
