"""The matrix profile of series and stretches of very different scale, by every engine and by `auto`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.mining import profile
from motifkit.mining.profile import matrix_profile
from motifkit.mining.profile_stumpy import has_quiet_windows

pytestmark = pytest.mark.usefixtures("stumpy")


def _walk(seed: int, n: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n).cumsum()


@settings(max_examples=20, deadline=None)
@given(
    power=st.integers(-12, 12),
    level=st.sampled_from([0.0, 1e3, 1e8]),
    engine=st.sampled_from(["kdtree", "blas", "stumpy"]),
)
def test_property_scales_of_series_do_not_matter(power: int, level: float, engine: str) -> None:
    x, y = _walk(0), np.round(_walk(1), 6)
    moved = [10.0**power * x, level + y]
    # What a large level rounds away is lost before any engine sees it.
    expected = matrix_profile([x, moved[1] - level], 12, engine="kdtree")
    found = matrix_profile(moved, 12, engine=engine)
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-6)
    joined = matrix_profile(moved[0], 12, moved[1], engine=engine)
    expected = matrix_profile(x, 12, moved[1] - level, engine="kdtree")
    np.testing.assert_allclose(joined.values, expected.values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("power", range(-9, 0))
def test_auto_is_exact_in_quiet_stretches(monkeypatch: pytest.MonkeyPatch, power: int) -> None:
    monkeypatch.setattr(profile, "choose_engine", lambda *_: "stumpy")
    x = _walk(2, 1500)
    x[500:1000] = x[500] + 10.0**power * np.sin(np.arange(500) / 7 + 1e-3 * _walk(3, 500))
    found = matrix_profile(x, 40)
    expected = matrix_profile(x, 40, engine="blas")
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-6)
    assert found.engine == ("blas" if power < -1 else "stumpy")


def test_quiet_windows() -> None:
    x = _walk(4)
    for calm in (x, 1e-12 * x, 1e9 + x, np.r_[x, np.full(50, x[-1])]):
        assert not has_quiet_windows([calm], 20)
    assert not has_quiet_windows([x, 1e-12 * x, x[:5], np.full(30, np.nan), np.full(30, 3.0)], 20)
    assert has_quiet_windows([x, np.r_[x, 1e-6 * x]], 20)
