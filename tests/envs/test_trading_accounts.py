"""The accounts of whole series of positions against stepping through them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.envs import TradingEnv
from motifkit.errors import UsageError


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**20),
    st.sampled_from(["next_open", "close"]),
    st.sampled_from(["discrete", "continuous"]),
)
def test_accounts_equal_stepping(seed, execution, positions):
    rng = np.random.default_rng(seed)
    env = TradingEnv(
        positions=positions,
        execution=execution,
        commission=0.001,
        spread=0.002,
        slippage=0.0005,
        rows=(300, 340),
        sequential=True,
    )
    if positions == "discrete":
        actions = rng.integers(0, 3, env.n_steps)
        held = actions - 1.0
    else:
        actions = rng.uniform(-1, 1, (env.n_steps, 1)).astype(np.float32)
        held = actions[:, 0].astype(float)
    env.reset(seed=0)
    stepped = [env.step(action)[1] for action in actions]
    np.testing.assert_allclose(env.accounts(held), stepped, atol=1e-12)
    np.testing.assert_array_equal(env.accounts(np.stack([held, held]))[1], env.accounts(held))


def test_observed_market_is_what_the_agent_sees():
    env = TradingEnv(rows=(100, 200), sequential=True)
    seen, _ = env.reset(seed=0)
    (episode,) = env.observed_market().episodes
    assert len(episode) == 100
    np.testing.assert_allclose(env.observations_of(episode)[0], seen)


@pytest.mark.parametrize("bad", [np.zeros(99), np.full(3, np.nan), np.float64(1.0), np.zeros(0)])
def test_positions_that_do_not_fit_are_refused(bad):
    with pytest.raises(UsageError, match="positions must be finite, and 1 to 98 in a series"):
        TradingEnv(rows=(100, 200), episode_length=9).accounts(bad)
