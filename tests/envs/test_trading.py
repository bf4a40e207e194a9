"""The trading task: its accounts, its features, its two forms against each other, and its errors."""

import warnings

import gymnasium
import numpy as np
import pandas as pd
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit import make_env
from motifkit.envs import TradingEnv, TradingFeatures, TradingVectorEnv, market_observations, position_returns
from motifkit.errors import DataError, UsageError
from motifkit.types import Episode
from tests.agents.small_agents import agent_of


def frame(n=60, seed=0):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, n)))
    opened = close * np.exp(rng.normal(0, 0.01, n))
    high, low = np.maximum(close, opened) * 1.01, np.minimum(close, opened) * 0.99
    return pd.DataFrame(
        {"Open": opened, "High": high, "Low": low, "Close": close, "Volume": rng.integers(0, 1000, n)},
        index=pd.date_range("2020-01-01", periods=n),
    )


def play(env, actions, **reset):
    """Observations, rewards and infos of one episode."""
    first, info = env.reset(**reset)
    seen, paid, infos = [first], [], [info]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        assert not np.any(terminated)
        seen.append(observation)
        paid.append(reward)
        infos.append(info)
    assert np.all(truncated)
    return np.array(seen), np.array(paid), infos


def random_actions(env, shape, seed=0):
    rng = np.random.default_rng(seed)
    if env.positions == "discrete":
        return rng.integers(3, size=shape)
    return rng.uniform(-1, 1, (*shape, 1)).astype(np.float32)


def held_by(env, actions):
    return np.asarray(actions) - 1.0 if env.positions == "discrete" else np.ravel(actions).astype(float)


@pytest.mark.parametrize(
    "arguments", [{}, {"positions": "continuous", "commission": 0.01, "execution": "close"}]
)
def test_gymnasium_has_nothing_to_say(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(TradingEnv(**arguments))
        env = gymnasium.make("motifkit/Trading-v0", **arguments)
        assert type(env.unwrapped) is TradingEnv
        play(env, random_actions(env.unwrapped, (128,)), seed=0)
        check_env(env.unwrapped)
    assert type(make_env("trading", episode_length=5)) is TradingEnv
    envs = gymnasium.make_vec("motifkit/Trading-v0", num_envs=3, episode_length=5)
    assert type(envs) is TradingVectorEnv


COSTS = st.floats(0, 0.05)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n_steps=st.integers(1, 58),
    positions=st.sampled_from(["discrete", "continuous"]),
    execution=st.sampled_from(["next_open", "close"]),
    costs=st.tuples(COSTS, COSTS, COSTS),
    more=COSTS,
)
def test_rewards_add_up_to_the_profit_and_costs_never_help(seed, n_steps, positions, execution, costs, more):
    names = ("commission", "spread", "slippage")
    how = {"positions": positions, "execution": execution, "episode_length": n_steps}
    env = TradingEnv(frame(), **how, **dict(zip(names, costs, strict=True)))
    actions = random_actions(env, (n_steps,), seed)
    _, paid, infos = play(env, actions, seed=seed)
    start = infos[0]["row"]
    data = frame()
    executed = data["Open"].to_numpy()[1:] if execution == "next_open" else data["Close"].to_numpy()
    cost = costs[0] + costs[1] / 2 + costs[2]
    net = position_returns(executed[start : start + n_steps + 1], held_by(env, actions), cost)
    assert paid.sum() == pytest.approx(net.sum(), abs=1e-12)
    assert infos[-1]["pnl"] == pytest.approx(paid.sum(), abs=1e-12)
    assert infos[-1]["equity"] == 1 + infos[-1]["pnl"]
    assert [info["price"] for info in infos[1:]] == pytest.approx(executed[start : start + n_steps])
    assert infos[-1]["row"] == start + n_steps <= len(data) - 1
    if execution == "close":
        assert paid == pytest.approx(net, abs=1e-12)
    dearer = TradingEnv(frame(), **how, **dict(zip(names, (costs[0] + more, *costs[1:]), strict=True)))
    assert play(dearer, actions, seed=seed)[1].sum() <= paid.sum() + 1e-12


def test_flat_earns_nothing_long_the_return_and_short_its_negative():
    prices = np.array([100.0, 110.0, 99.0, 120.0])
    for action, sign in ((0, -1), (1, 0), (2, 1)):
        env = TradingEnv(prices, episode_length=3, commission=0.01)
        _, paid, infos = play(env, [action] * 3)
        cost = np.array([0.01, 0, 0.01]) * abs(sign)
        assert paid == pytest.approx(sign * (prices[1:] / prices[:-1] - 1) - cost, abs=1e-15)
        assert [info["cost"] for info in infos[1:]] == pytest.approx(cost)


def test_holding_time_counts_bars_on_one_side():
    env = TradingEnv(frame(), episode_length=5)
    seen, *_ = play(env, [2, 2, 0, 1, 2])
    n = np.array([0, 1, 2, 1, 0, 1])
    assert seen[:, -1] == pytest.approx(n / (n + 10)) and seen[:, -2].tolist() == [0, 1, 1, -1, 0, 1]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100), row=st.integers(30, 56), execution=st.sampled_from(["next_open", "close"]))
def test_nothing_is_known_of_later_prices(seed, row, execution):
    """Observations, and rewards beside them, up to a bar do not move when prices after it do; nor does the scale."""
    one, other = frame(), frame()
    columns = ["Open", "High", "Low", "Close", "Volume"]
    rng = np.random.default_rng(seed)
    other[columns] = other[columns].astype(float)
    other.iloc[row + 1 :] *= rng.uniform(0.5, 2, (len(other) - row - 1, 5))
    how = {"sequential": True, "fit_rows": (0, 30), "execution": execution, "commission": 0.001}
    envs = [TradingEnv(data, **how) for data in (one, other)]
    assert envs[0].features == envs[1].features
    actions = random_actions(envs[0], (envs[0].n_steps,), seed)
    (seen, paid, _), (seen_2, paid_2, _) = (play(env, actions) for env in envs)
    assert np.array_equal(seen[: row + 1], seen_2[: row + 1])
    # The last reward settles the position at the next open, after which nothing is decided.
    n = min(row, envs[0].n_steps - 1)
    assert np.array_equal(paid[:n], paid_2[:n])
    assert not np.array_equal(seen, seen_2)


def test_scaling_is_that_of_the_training_rows():
    features = TradingFeatures.fit(frame(), (10, 40))
    scaled = market_observations(frame(), features).episodes[0].observations
    raw = np.log(frame()["Close"]).diff().to_numpy()
    expected = (raw - raw[10:40].mean()) / raw[10:40].std()
    assert scaled[1:, 0] == pytest.approx(np.clip(expected[1:], -5, 5))
    env = TradingEnv(frame(), features=features, sequential=True)
    seen, *_ = play(env, [1] * env.n_steps)
    assert np.array_equal(seen[:, :4], scaled[:-1].astype(np.float32))
    mined = market_observations(frame(), features).episodes[0]
    assert np.array_equal(env.observations_of(mined)[:, :4], scaled)
    close = Episode(mined.prices[:, None], prices=mined.prices)
    assert env.observations_of(close)[:, 0] == pytest.approx(scaled[:, 0])


@settings(max_examples=15, deadline=None)
@given(
    n_envs=st.integers(1, 5),
    n_steps=st.integers(1, 30),
    sequential=st.booleans(),
    positions=st.sampled_from(["discrete", "continuous"]),
    execution=st.sampled_from(["next_open", "close"]),
    seed=st.integers(0, 1000),
)
def test_vector_equals_single(n_envs, n_steps, sequential, positions, execution, seed):
    env = TradingEnv(
        frame(),
        positions=positions,
        execution=execution,
        episode_length=n_steps,
        sequential=sequential,
        commission=0.01,
        rows=(5, 50),
    )
    envs = env.as_vector(n_envs)
    seeds = [seed + i for i in range(n_envs)]
    actions = random_actions(env, (env.n_steps, n_envs), seed)
    seen, paid, infos = play(envs, actions, seed=seeds)
    for i in range(n_envs):
        one_seen, one_paid, one_infos = play(env, actions[:, i], seed=seeds[i])
        assert np.array_equal(one_seen, seen[:, i]) and np.array_equal(one_paid, paid[:, i])
        assert all(
            one[name] == many[name][i] for one, many in zip(one_infos, infos, strict=True) for name in one
        )
        assert 5 <= one_infos[0]["row"] and one_infos[-1]["row"] < 50
    after = envs.step(actions[0])
    assert not after[0].any() and not after[1].any() and after[3].all()
    if n_envs > 1:
        mask = np.arange(n_envs) == 0
        again = envs.reset(seed=seeds, options={"reset_mask": mask})[0]
        assert np.array_equal(again[0], seen[0, 0]) and not again[1:].any()


def test_seeds_repeat_and_start_can_be_chosen():
    env = TradingEnv(episode_length=10)
    starts = [env.reset(seed=3)[1]["row"], *(env.reset()[1]["row"] for _ in range(5))]
    again = [TradingEnv(episode_length=10).reset(seed=3)[1]["row"]]
    assert starts[0] == again[0] and len(set(starts)) > 3
    assert env.reset(options={"start": 7})[1]["row"] == 7


def test_adjusted_close_adjusts_the_others():
    data = frame()
    data["Adj Close"] = data["Close"] / 2
    halved, plain = (TradingEnv(one, episode_length=5) for one in (data, frame()))
    assert halved.bars.close == pytest.approx(plain.bars.close / 2)
    assert np.allclose(halved.market, plain.market, atol=1e-5)
    closes = TradingEnv(data[["Close"]], episode_length=5)
    assert closes.features.names == ("return",) and closes.execution == "close"


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path, monkeypatch):
    path = tmp_path / "prices.csv"
    path.write_text("Close\n" + "\n".join(map(str, range(10, 40))))
    one, two = (TradingEnv(str(path), episode_length=8).bars for _ in range(2))
    assert one is two and not one.close.flags.writeable
    path.write_text("Close\n" + "\n".join(map(str, range(50, 91))))
    assert TradingEnv(str(path), episode_length=8).bars.close[0] == 50
    monkeypatch.chdir(tmp_path)
    assert TradingEnv("prices.csv", episode_length=8).bars.close[0] == 50


def test_prices_that_are_none_are_named():
    for value in (0.0, -1.0, np.nan):
        data = frame()
        data.iloc[7, 2] = value
        with pytest.raises(DataError, match=r"row 7.*column Low|row 7.*column low"):
            TradingEnv(data)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"commission": -0.1}, UsageError, "commission must be"),
        ({"spread": -0.1}, UsageError, "spread must be"),
        ({"slippage": float("nan")}, UsageError, "slippage must be"),
        ({"positions": "discret"}, UsageError, "did you mean discrete"),
        ({"execution": "nextopen"}, UsageError, "did you mean next_open"),
        ({"features": ["retrun"]}, UsageError, "did you mean return"),
        ({"rows": (0, 61)}, UsageError, "rows stop must be .* from 0 to 60, got 61"),
        ({"fit_rows": (50, 90)}, UsageError, "fit_rows stop must be"),
        ({"episode_length": 59}, DataError, "hold 60 bars; at least 61 are needed"),
        ({"sequential": 1}, UsageError, "sequential must be"),
    ],
)
def test_arguments_are_refused_in_one_line(arguments, kind, words):
    with pytest.raises(kind, match=words) as caught:
        TradingEnv(frame(), **{"episode_length": 10} | arguments)
    assert "\n" not in str(caught.value)


def test_missing_columns_are_named():
    with pytest.raises(DataError, match="needs a column high and low"):
        TradingEnv(frame()[["Close"]], features=["range"], episode_length=5)
    with pytest.raises(DataError, match="no opening prices"):
        TradingEnv(frame()[["Close"]], execution="next_open", episode_length=5)


@pytest.mark.parametrize("bad", [np.array([np.nan]), np.array([1.5]), "x"])
def test_actions_outside_the_space_are_refused(bad):
    env = TradingEnv(frame(), positions="continuous", episode_length=5)
    with pytest.raises(UsageError, match="call reset"):
        env.step(np.zeros(1))
    env.reset()
    with pytest.raises(UsageError, match="action must be numbers from -1 to 1"):
        env.step(bad)
    discrete = TradingEnv(frame(), episode_length=5)
    discrete.reset()
    with pytest.raises(UsageError, match="from 0 to 2, got 3"):
        discrete.step(3)
    envs = env.as_vector(2)
    envs.reset(seed=0)
    with pytest.raises(UsageError, match="got 2 for sub-environment 1"):
        envs.step(np.array([[0.0], [2.0]]))


@pytest.mark.parametrize("positions", ["discrete", "continuous"])
def test_an_agent_trains(positions):
    env = TradingEnv(frame(), positions=positions, episode_length=12, commission=0.001)
    agent = agent_of(env, "none")
    agent.learn(3 * 8 * 12, log_interval=1)
    assert len(agent.history) == 3
