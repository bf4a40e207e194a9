"""The planted-motif task: its accounts by hand, its two forms against each other, its truth and its log."""

import copy
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit import PlantedMotifEnv, as_dataset, make_env
from motifkit.envs import PlantedMotifVectorEnv, planted_observations
from motifkit.errors import DataError, UsageError
from motifkit.types import Episode
from tests.agents.small_agents import agent_of


def play(env, actions, **reset):
    """Observations (T + 1, ...), rewards (T, ...), terminated (T, ...) and infos (T + 1) of one episode."""
    first, info = env.reset(**reset)
    seen, paid, done, infos = [first], [], [], [info]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        assert not np.any(truncated)
        seen.append(observation)
        paid.append(reward)
        done.append(terminated)
        infos.append(info)
    return np.array(seen), np.array(paid), np.array(done), infos


def random_actions(env, shape, seed=0):
    rng = np.random.default_rng(seed)
    if env.position == "discrete":
        return rng.integers(3, size=shape)
    return rng.uniform(-1.2, 1.2, (*shape, 1)).astype(np.float32)


SETTINGS = [
    {},
    {"position": "continuous"},
    {"observe_position": True, "cost": 0.1},
    {"position": "continuous", "observe_position": True, "n_steps": 1, "cost": 2},
]


@pytest.mark.parametrize("arguments", SETTINGS)
def test_gymnasium_has_nothing_to_say(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(PlantedMotifEnv(**arguments))
        env = gymnasium.make("motifkit/PlantedMotif-v0", **arguments)
        assert type(env.unwrapped) is PlantedMotifEnv
        play(env, random_actions(env.unwrapped, (env.unwrapped.n_steps,)), seed=0)


def test_by_name():
    env = make_env("planted-motif", n_steps=5, length=6)
    assert type(env) is PlantedMotifEnv and env.n_steps == 5 and env.series.length == 6
    for mode in (None, "vector_entry_point"):
        envs = gymnasium.make_vec("motifkit/PlantedMotif-v0", num_envs=3, vectorization_mode=mode, noise=0.5)
        assert type(envs) is PlantedMotifVectorEnv and envs.series.noise == 0.5
    with pytest.raises(UsageError, match=r"no argument 'n_shape'; .*did you mean n_shapes\?$"):
        make_env("planted-motif", n_shape=3)


def test_settings_and_spaces():
    env = PlantedMotifEnv(3, 5, 0.1, 0.5, 2, 0.1, 9, 0.2, "continuous", True, 11)
    assert list(env.settings.values()) == [3, 5, 0.1, 0.5, 2, 0.1, 9, 0.2, "continuous", True, 11]
    assert env.spec.kwargs == env.settings == env.as_vector(2).settings
    assert env.channels == ("return", "position") and env.observation_space.shape == (2,)
    assert env.action_space == spaces.Box(-1, 1, (1,), np.float32)
    assert PlantedMotifEnv().action_space == spaces.Discrete(3) and PlantedMotifEnv().channels == ("return",)
    env.cost, env.n_steps = 0.0, 4
    envs = env.as_vector(2)
    assert (envs.cost, envs.n_steps, envs.single_action_space) == (0.0, 4, env.action_space)


def test_accounts_by_hand():
    env = PlantedMotifEnv(n_steps=6, cost=0.5, observe_position=True)
    seen, paid, done, _ = play(env, [1, 1, 2, 0, 0, 1], seed=3)
    came, held = seen[1:, 0].astype(float), [1, 1, -1, 0, 0, 1]
    assert seen[:, 1].tolist() == [0, *held] and done.tolist() == [False] * 5 + [True]
    cost = [0.5, 0, 1.0, 0.5, 0, 0.5]
    assert paid.tolist() == [p * r - c for p, r, c in zip(held, came, cost, strict=True)]
    returns, *_ = env.series.sample(1, 8, np.random.default_rng(3))
    assert np.array_equal(seen[:, 0], returns[0, :7])


def test_accounts_of_a_continuous_position():
    env = PlantedMotifEnv(n_steps=4, cost=0.5, observe_position=True, position="continuous")
    actions = [np.array([0.5]), np.array([-7.0]), 0.25, np.array([np.inf])]
    seen, paid, *_ = play(env, actions, seed=3)
    came, held = seen[1:, 0].astype(float), [0.5, -1, 0.25, 1]
    assert seen[1:, 1].tolist() == held
    assert paid.tolist() == [
        p * r - c for p, r, c in zip(held, came, [0.25, 0.75, 0.625, 0.375], strict=True)
    ]


def test_actions_do_not_move_the_series():
    env = PlantedMotifEnv(n_steps=50)
    one, two = (play(env, random_actions(env, (50,), seed), seed=1) for seed in (1, 2))
    assert np.array_equal(one[0], two[0]) and one[3] == two[3] and not np.array_equal(one[1], two[1])


def test_info_tells_the_truth():
    env = PlantedMotifEnv(n_steps=400, rate=0.1)
    seen, _, _, infos = play(env, [0] * 400, seed=5)
    returns, shape, drift = (rows[0] for rows in env.series.sample(1, 402, np.random.default_rng(5)))
    assert np.array_equal(seen[:, 0], returns[:401])
    assert [info["shape"] for info in infos] == shape[:401].tolist() and (shape >= 0).sum() > 10
    assert [info["drift"] for info in infos] == drift[1:].tolist()
    for t, info in enumerate(infos[:-3]):
        if info["shape"] >= 0:
            sign = env.series.signs[info["shape"]]
            assert [after["drift"] for after in infos[t : t + 4]] == [sign, sign, sign, 0]
    assert type(infos[0]["shape"]) is int and type(infos[0]["drift"]) is float


def test_seed_decides_the_episodes():
    def begins(env, seed):
        return [env.reset(seed=seed)[0].item(), *(env.reset()[0].item() for _ in range(4))]

    env = PlantedMotifEnv()
    assert begins(env, 5) == begins(PlantedMotifEnv(cost=1), 5) != begins(env, 6)
    assert len(set(begins(env, 5))) == 5
    assert np.array_equal(PlantedMotifEnv().series.shapes, env.series.shapes)
    assert not np.allclose(PlantedMotifEnv(series_seed=1).series.shapes, env.series.shapes)


@settings(max_examples=30, deadline=None)
@given(
    n_envs=st.integers(1, 5),
    n_steps=st.integers(1, 40),
    rate=st.sampled_from([0.0, 0.1, 1.0]),
    position=st.sampled_from(["discrete", "continuous"]),
    observe=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)
def test_vector_equals_singles_bit_by_bit(n_envs, n_steps, rate, position, observe, seed):
    env = PlantedMotifEnv(
        n_steps=n_steps, rate=rate, cost=0.3, position=position, observe_position=observe, length=5
    )
    actions = random_actions(env, (n_steps, n_envs), seed)
    seeds = [int(s) for s in np.random.default_rng(seed).integers(2**31, size=n_envs)]
    envs = env.as_vector(n_envs)
    *together, infos = play(envs, actions, seed=seeds)
    for i in range(n_envs):
        *alone, own = play(env, actions[:, i], seed=seeds[i])
        for many, one in zip(together, alone, strict=True):
            assert many.dtype == one.dtype and np.array_equal(many[:, i], one)
        for key in ("shape", "drift"):
            assert [info[key][i] for info in infos] == [info[key] for info in own]
            assert all(info[f"_{key}"].all() for info in infos)
    assert all(observation in envs.observation_space for observation in together[0])


@pytest.mark.parametrize("seed", [4, [4, 5, None]])
def test_vector_goes_on_with_its_random_numbers(seed):
    one, two = (PlantedMotifVectorEnv(3, n_steps=5) for _ in range(2))
    first = one.reset(seed=seed)[0]
    assert np.array_equal(first, two.reset(seed=seed)[0])
    after = one.reset()[0]
    assert np.array_equal(after, two.reset()[0]) and len(np.unique([first, after])) == 6


def test_vector_may_be_stepped_on_after_the_end():
    envs = PlantedMotifVectorEnv(3, n_steps=2, observe_position=True, cost=1, rate=1)
    seen, paid, done, infos = play(envs, np.ones((5, 3), int), seed=0)
    assert done.tolist() == [[False] * 3] + [[True] * 3] * 4
    assert seen[:3].any((1, 2)).all() and not seen[3:].any() and not paid[2:].any()
    for info in infos[3:]:
        assert (info["shape"] == -1).all() and not info["drift"].any() and not info["_shape"].any()


def test_reset_of_some():
    envs = PlantedMotifVectorEnv(3, n_steps=3, cost=0.5, observe_position=True)
    envs.reset(seed=0)
    last = envs.step([1, 1, 1])[0]
    envs.n_steps = 9  # for the next reset of all
    mask = np.array([False, True, False])
    observations, infos = envs.reset(seed=[0, 8, 0], options={"reset_mask": mask})
    assert np.array_equal(infos["_shape"], mask) and np.array_equal(observations[[0, 2]], last[[0, 2]])
    steps = [envs.step([1, 1, 1]) for _ in range(4)]
    assert [s[2].tolist() for s in steps] == [
        [False] * 3, [True, False, True], [True] * 3, [True] * 3
    ]  # fmt: skip
    alone, paid, *_ = play(PlantedMotifEnv(n_steps=3, cost=0.5, observe_position=True), [1] * 3, seed=8)
    assert np.array_equal([observations[1], *(s[0][1] for s in steps[:3])], alone)
    assert [s[1][1] for s in steps[:3]] == paid.tolist()
    # Ended ones may begin again while others run.
    observations, _ = envs.reset(options={"reset_mask": ~mask})
    assert observations[[0, 2]].any(1).all() and not observations[1].any()
    envs.reset()
    assert [envs.step([0] * 3)[2].all() for _ in range(9)] == [False] * 8 + [True]


def test_what_the_vector_gives_is_the_callers():
    envs = PlantedMotifVectorEnv(4, n_steps=3, position="continuous", observe_position=True, cost=1)
    actions = np.random.default_rng(0).uniform(-1, 1, (3, 4, 1))
    undisturbed = play(envs, actions, seed=0)[1]
    observation, infos = envs.reset(seed=0)
    kept = [observation, *infos.values()]
    for before, action in zip(undisturbed, actions, strict=True):
        given_ = action.copy()
        observation, reward, *more, infos = envs.step(given_)
        assert np.array_equal(reward, before)
        kept += [observation, reward, *more, *infos.values()]
        for array in (given_, *kept):
            array[:] = 0
    assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in kept[:i])
    assert np.array_equal(play(copy.deepcopy(envs), actions)[1], play(envs, actions)[1])


def test_oracles():
    env = PlantedMotifEnv()
    told, best = env.oracle_return(500, knows="drift"), env.oracle_return(500)
    rng = np.random.default_rng(0)
    envs = env.as_vector(500)
    _, paid, *_ = play(envs, rng.integers(3, size=(128, 500)), seed=0)
    assert abs(paid.sum(0).mean()) < 2 < 7 < told < 10 < 15 < best
    assert best == env.oracle_return(500, knows="shapes") != env.oracle_return(500, seed=1)
    # By the infos alone, in the same episodes.
    _, infos = envs.reset(seed=0)
    total = np.zeros(500)
    for _ in range(128):
        _, rewards, _, _, infos = envs.step(np.sign(infos["drift"]).astype(int) % 3)  # -1 is short, action 2
        total += rewards
    assert told == pytest.approx(total.mean())
    # Nothing to know, nothing to win; a cost takes its share, and a forbidding one leaves nothing.
    assert PlantedMotifEnv(rate=0).oracle_return(50, knows="shapes") == 0
    dear = [PlantedMotifEnv(cost=cost).oracle_return(500, knows="drift") for cost in (0, 0.2, 2)]
    assert dear[0] > dear[1] > dear[2] == 0
    dear = [PlantedMotifEnv(cost=cost).oracle_return(500, knows="shapes") for cost in (0, 0.2, 2)]
    assert dear[0] > dear[1] > dear[2]
    assert PlantedMotifEnv(noise=1.5).oracle_return(500, knows="shapes") < best / 2


def test_log_is_an_episode_of_this_environment():
    for arguments in SETTINGS[:3]:
        env = PlantedMotifEnv(n_steps=600, **arguments)
        dataset, truth = env.log(600, seed=4)
        (episode,) = dataset.episodes
        seen, paid, done, infos = play(env, episode.actions, seed=4)
        assert np.array_equal(episode.observations, seen[:-1]) and episode.observations.dtype == float
        assert np.array_equal(episode.rewards, paid) and done[-1] and episode.terminated
        assert [(s.end - 1, s.shape) for s in truth] == [
            (t, info["shape"]) for t, info in enumerate(infos[:-1]) if info["shape"] >= 0
        ]
        assert episode.prices is None and not episode.truncated
        assert dataset.channels == env.channels and dataset.source == "planted-motif"


def test_log_twice():
    one, two, other = (PlantedMotifEnv().log(5000, seed) for seed in (1, 1, 2))
    assert one.truth == two.truth != other.truth
    assert one.dataset.fingerprint == two.dataset.fingerprint != other.dataset.fingerprint
    for name in ("observations", "actions", "rewards"):
        assert np.array_equal(*(getattr(log.dataset.episodes[0], name) for log in (one, two)))
    values = one.dataset.episodes[0].observations
    assert as_dataset(values).episodes[0].observations.shape == (5000, 1)
    counts = np.bincount(one.dataset.episodes[0].actions)
    assert len(counts) == 3 and counts.min() > 1500


def test_truth_is_where_the_shapes_are():
    env = PlantedMotifEnv()
    dataset, truth = env.log(20_000)
    returns = dataset.episodes[0].observations[:, 0]
    rest = np.array([returns[s.start : s.end] - env.series.shapes[s.shape] for s in truth])
    assert len(truth) > 350 and abs(rest.std() - 0.25) < 0.01
    after = [env.series.signs[s.shape] * returns[s.end : s.end + 3].mean() for s in truth[:-1]]
    assert abs(np.mean(after) - 1) < 0.1
    # No window elsewhere is as near to a shape as most of the planted ones are.
    windows = np.lib.stride_tricks.sliding_window_view(returns, 8)
    nearest = np.min([((windows - shape) ** 2).mean(1) for shape in env.series.shapes], axis=0)
    near = np.flatnonzero(nearest < 2 * 0.25**2)
    assert np.isin(near, [s.start for s in truth]).mean() > 0.95


def test_observations_of_prices():
    rng = np.random.default_rng(0)
    prices = 50 * np.exp(np.cumsum(0.02 * rng.standard_normal(500)))
    for dataset in (as_dataset(prices), as_dataset(prices, transform="log")):
        rows = PlantedMotifEnv().observations_of(dataset.episodes[0])
        assert rows.shape == (500, 1) and rows[0] == 0 and rows[1:].std() == pytest.approx(1)
        assert np.corrcoef(rows[1:, 0], np.diff(np.log(prices)))[0, 1] == pytest.approx(1)
        rows = PlantedMotifEnv(observe_position=True).observations_of(dataset.episodes[0])
        assert rows.shape == (500, 2) and not rows[:, 1].any()
    for flat in (np.ones(5), np.array([3.0])):
        assert not planted_observations(Episode(flat[:, None], prices=flat)).any()
    gap = np.array([1.0, 2.0, np.nan, 2.0, 4.0, 2.0])
    rows = planted_observations(Episode(gap[:, None], prices=gap))[:, 0]
    assert np.isnan(rows).tolist() == [False, False, True, True, False, False] and np.isfinite(rows[4])


def test_observations_of_trajectories():
    one, two = PlantedMotifEnv(), PlantedMotifEnv(observe_position=True)
    wide, narrow = two.log(50).dataset.episodes[0], one.log(50).dataset.episodes[0]
    assert np.array_equal(two.observations_of(wide), wide.observations) and wide.observations[:, 1].any()
    assert np.array_equal(one.observations_of(wide), wide.observations[:, :1])
    assert np.array_equal(one.observations_of(narrow), narrow.observations)
    rows = two.observations_of(narrow)
    assert np.array_equal(rows[:, :1], narrow.observations) and not rows[:, 1].any()
    assert np.array_equal(two.as_vector(1).observations_of(wide), wide.observations)


def test_data_that_have_no_returns():
    for prices, message in (
        ([1.0, 0.0], "episode 0: the price 0 at row 1 is not positive and has no return"),
        ([-2.0, 1.0], "episode 0: the price -2 at row 0 is not positive and has no return"),
    ):
        with pytest.raises(DataError, match=message):
            planted_observations(Episode(np.zeros((2, 1)), prices=np.array(prices)))
    with pytest.raises(DataError, match="no observation column"):
        planted_observations(Episode(np.zeros((2, 0))))


def test_an_agent_learns_on_it():
    for position in ("discrete", "continuous"):
        env = PlantedMotifEnv(n_steps=16, position=position)
        agent = agent_of(env, "motif-cosine")
        agent.learn(256)
        assert (
            len(agent.history) >= 2 and np.isfinite([record["return_mean"] for record in agent.history]).all()
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_shapes": 0}, "n_shapes must be a whole number of at least 1, got 0"),
        ({"length": 3}, "length must be a whole number of at least 4, got 3"),
        ({"noise": -1}, "noise must be a finite number of at least 0, got -1"),
        ({"noise": float("inf")}, "noise must be a finite number of at least 0, got inf"),
        ({"drift": -1}, "drift must be a finite number of at least 0, got -1"),
        ({"hold": 0}, "hold must be a whole number of at least 1, got 0"),
        ({"rate": 1.1}, "rate must be a number from 0 to 1, got 1.1"),
        ({"rate": None}, "rate must be a number from 0 to 1, got None"),
        ({"n_steps": 0}, "n_steps must be a whole number of at least 1, got 0"),
        ({"n_steps": 2.0}, "n_steps must be a whole number of at least 1, got 2.0"),
        ({"cost": -0.1}, "cost must be a finite number of at least 0, got -0.1"),
        ({"cost": float("nan")}, "cost must be a finite number of at least 0, got nan"),
        ({"position": "short"}, "position must be 'discrete' or 'continuous', got 'short'"),
        ({"observe_position": 1}, "observe_position must be True or False, got 1"),
        ({"series_seed": -1}, "series_seed must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_settings(arguments, message):
    for form in (PlantedMotifEnv, PlantedMotifVectorEnv):
        with pytest.raises(UsageError) as caught:
            form(**arguments)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("position", "action", "message"),
    [
        ("discrete", 3, "action must be a whole number from 0 to 2, got 3"),
        ("discrete", -1, "action must be a whole number from 0 to 2, got -1"),
        ("discrete", 1.0, "action must be a whole number from 0 to 2, got 1.0"),
        ("continuous", np.array([np.nan]), "action must be numbers from -1 to 1, got nan"),
        ("continuous", [0.1, 0.2], "action must be numbers from -1 to 1 of shape .1,., got float64 of shape"),
        ("continuous", "long", "action must be numbers from -1 to 1"),
        ("continuous", None, "got object of shape"),
    ],
)
def test_bad_action(position, action, message):
    env = PlantedMotifEnv(position=position)
    env.reset(seed=0)
    with pytest.raises(UsageError, match=message) as caught:
        env.step(action)
    assert "\n" not in str(caught.value)
    assert not env.step(1)[2]


@pytest.mark.parametrize(
    ("position", "actions", "message"),
    [
        ("discrete", [0, 3], "got 3 for sub-environment 1"),
        ("discrete", [0, 1, 2], "actions must be 2 whole numbers"),
        ("discrete", [[0], [1]], "actions must be 2 whole numbers"),
        ("continuous", [[0.0], [np.nan]], "got nan for sub-environment 1"),
        ("continuous", [[0.0, 1.0]], "of shape .2, 1., got float64 of shape .1, 2."),
        ("continuous", 0.5, "of shape"),
    ],
)
def test_bad_actions(position, actions, message):
    envs = PlantedMotifVectorEnv(2, position=position)
    envs.reset(seed=0)
    with pytest.raises(UsageError, match=message):
        envs.step(actions)


def test_bad_use():
    env, envs = PlantedMotifEnv(n_steps=1), PlantedMotifVectorEnv(2, n_steps=1)
    for one, action in ((env, 0), (envs, [0, 0])):
        with pytest.raises(UsageError, match=r"no episode has begun; call reset\(\)"):
            one.step(action)
        with pytest.raises(UsageError, match="reset has no option 'world'"):
            one.reset(options={"world": 1})
    env.reset()
    env.step(0)
    with pytest.raises(UsageError, match="the episode is over"):
        env.step(0)
    with pytest.raises(UsageError, match="reset all first"):
        envs.reset(options={"reset_mask": np.array([True, False])})
    for arguments, message in (
        ({"n_steps": 1}, "n_steps must be a whole number of at least 2, got 1"),
        ({"n_steps": 9, "seed": -1}, "seed must be"),
    ):
        with pytest.raises(UsageError, match=message):
            env.log(**arguments)
    for arguments, message in (
        ({"n_episodes": 0}, "n_episodes must be"),
        ({"seed": 0.5}, "seed must be"),
        ({"knows": "all"}, "knows must be 'drift' or 'shapes', got 'all'"),
    ):
        with pytest.raises(UsageError, match=message):
            env.oracle_return(**arguments)
    with pytest.raises(UsageError, match="num_envs must be"):
        PlantedMotifVectorEnv(0)
