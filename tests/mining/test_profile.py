"""Every engine against the plain twin and against stumpy.stump, under one contract."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time
import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.errors import DataError, UsageError
from motifkit.mining import profile_nearest, profile_scores
from motifkit.mining.profile import MatrixProfile, matrix_profile
from motifkit.mining.profile_cost import choose_engine
from motifkit.mining.windows import exclusion_zone
from tests.naive import matrix_profile as naive_profile
from tests.naive import windows as naive_windows

OURS = ("kdtree", "blas")


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _with(values: np.ndarray, where: object, what: float) -> np.ndarray:
    out = np.array(values, dtype=float)
    out[where] = what
    return out


NOISE = _rng(1).normal(size=120)
WALK = _rng(2).normal(size=120).cumsum()

# name: (x, m, y)
MOST_NEIGHBOURS = 3
CASES = {
    "noise": (NOISE, 4, None),
    "walk": (WALK, 8, None),
    "long windows": (WALK, 30, None),
    "shortest window": (NOISE, 3, None),
    "two windows that can match": (NOISE[:6], 4, None),
    "some without a neighbour": (NOISE[:13], 8, None),
    "constant runs": (_with(_with(WALK, slice(20, 40), 1.0), slice(70, 90), 3.0), 5, None),
    "one constant run": (_with(WALK, slice(20, 26), 1.0), 5, None),
    "all constant": (np.full(60, 2.5), 4, None),
    "all but one constant": (_with(np.zeros(60), 30, 1.0), 4, None),
    "NaN and inf": (_with(_with(_with(WALK, 17, np.nan), 50, np.inf), slice(80, 85), -np.inf), 6, None),
    "NaN at the ends": (_with(_with(WALK, 0, np.nan), -1, np.nan), 6, None),
    "all NaN": (np.full(30, np.nan), 4, None),
    "ticks": (_rng(3).integers(-1, 2, 300).cumsum().astype(float), 4, None),
    "two values": (_rng(4).integers(0, 2, 200).astype(float), 4, None),
    "exact repeats": (np.tile(NOISE[:20], 6), 7, None),
    "nearly exact repeats": (np.tile(WALK[:40], 4) + np.repeat([0.0, 1e-6, 1e-3, 5.0], 40), 10, None),
    "periodic": (np.sin(2 * np.pi * np.arange(200) / 25), 12, None),
    "smooth": (np.sin(np.linspace(0, 9, 200) ** 1.5), 12, None),
    "scaled repeats": (np.concatenate([NOISE[:30], 3.7 * NOISE[:30] - 12, 1e4 * NOISE[:30]]), 9, None),
    "high level": (1e6 + 1e-3 * NOISE, 6, None),
    "integers": (_rng(5).integers(-9, 9, 100), 5, None),
    "float32": (NOISE.astype(np.float32), 5, None),
    "two series": ([NOISE[:50], WALK[:70]], 6, None),
    "series, some too short": ([NOISE[:9], NOISE[:3], WALK[:50], NOISE[40:44], np.full(20, 7.0)], 5, None),
    "series, one NaN": ([np.full(9, np.nan), WALK[:50]], 5, None),
    "AB-join": (NOISE, 5, WALK),
    "AB-join with itself": (NOISE, 5, NOISE),
    "AB-join, constants in both": (_with(NOISE, slice(5, 25), 0.0), 6, _with(WALK, slice(30, 50), 1.0)),
    "AB-join, constants in x": (_with(NOISE, slice(5, 25), 0.0), 6, WALK),
    "AB-join, NaN in both": (_with(NOISE, 8, np.nan), 6, _with(WALK, 30, np.inf)),
    "AB-join of several": ([NOISE[:40], WALK[:30]], 6, [WALK[30:80], NOISE[50:90]]),
    "AB-join, one target": (NOISE, 20, WALK[:20]),
}


@cache
def _expected(case: str) -> tuple[np.ndarray, np.ndarray]:
    """Nearest neighbours by the plain twin: as many as any test asks for, and the next."""
    x, m, y = CASES[case]
    return naive_profile(x, m, y, MOST_NEIGHBOURS + 1)


@cache
def _windows(case: str) -> tuple[list, list]:
    """Windows of `x`, and those among which neighbours are sought."""
    x, m, y = CASES[case]
    queries = naive_windows(x, m)
    return queries, queries if y is None else naive_windows(y, m)


def _check_against_naive(found: MatrixProfile, case: str, k: int) -> None:
    values, indices = (column[:, : k + 1] for column in _expected(case))
    got = found.values.reshape(len(found), -1)
    named = found.indices.reshape(len(found), -1)
    assert named.dtype == np.int64
    assert named.shape == got.shape == (len(values), k)
    np.testing.assert_allclose(got, values[:, :k], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(named == -1, np.isinf(values[:, :k]))
    assert all(len(set(row[row >= 0])) == (row >= 0).sum() for row in named)
    with np.errstate(invalid="ignore"):
        gap = np.diff(values, axis=1)
    lonely = (np.nan_to_num(gap, nan=0) > 1e-6) & np.isfinite(values[:, :k])
    lonely[:, 1:] &= lonely[:, :-1]
    if found.engine == "stumpy":  # its correlations cannot tell apart what is nearer than this
        lonely &= values[:, :k] > 1e-5
    np.testing.assert_array_equal(named[lonely], indices[:, :k][lonely])
    _check_neighbours(found, case, got, named)


def _check_neighbours(found: MatrixProfile, case: str, got: np.ndarray, named: np.ndarray) -> None:
    """The window that is named lies at the distance that is given, and is no trivial match."""
    _, m, y = CASES[case]
    queries, targets = _windows(case)
    for i, rank in zip(*np.nonzero(named >= 0), strict=True):
        (s, a, query), (t, b, target) = queries[i], targets[named[i, rank]]
        assert (found.locate(i), found.locate_neighbour(named[i, rank])) == ((s, a), (t, b))
        assert y is not None or s != t or abs(a - b) > exclusion_zone(m)
        assert abs(got[i, rank] - math.dist(query, target)) <= 1e-6


def _most(case: str) -> int:
    """How many neighbours a window can have."""
    x, m, y = CASES[case]
    target = x if y is None else y
    counts = [max(0, len(s) - m + 1) for s in (target if isinstance(target, list) else [target])]
    return sum(counts) - (min(min(n, exclusion_zone(m) + 1) for n in counts if n) if y is None else 0)


@pytest.mark.parametrize("k", [1, MOST_NEIGHBOURS])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", OURS)
def test_engine_equals_the_twin(engine: str, case: str, k: int) -> None:
    x, m, y = CASES[case]
    found = matrix_profile(x, m, y, k=min(k, _most(case)), engine=engine)
    assert found.engine == engine
    _check_against_naive(found, case, min(k, _most(case)))


@pytest.mark.parametrize("k", [1, MOST_NEIGHBOURS])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("stumpy")
def test_stumpy_engine_equals_the_twin(case: str, k: int) -> None:
    x, m, y = CASES[case]
    _check_against_naive(
        matrix_profile(x, m, y, k=min(k, _most(case)), engine="stumpy"), case, min(k, _most(case))
    )


@cache
def _with_stump(kind: str, m: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """A series, what it is joined with, and what stumpy finds: as many neighbours as are asked for, and the next."""
    import stumpy

    rng = _rng(m)
    x = rng.normal(size=800)
    if kind != "noise":
        x = x.cumsum()
    if kind == "broken":
        x[160:260] = x[160]
        x[480:570] = -1.0
        x[640] = np.nan
        x[710] = np.inf
    y = rng.normal(size=500).cumsum() if kind == "join" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x, y, stumpy.stump(x, m, y, y is None, k=MOST_NEIGHBOURS + 1)


@pytest.mark.parametrize("k", [1, MOST_NEIGHBOURS])
@pytest.mark.parametrize("engine", OURS)
@pytest.mark.parametrize("m", [3, 4, 7, 16, 50])
@pytest.mark.parametrize("kind", ["noise", "walk", "broken", "join"])
@pytest.mark.usefixtures("stumpy")
def test_engine_equals_stump(engine: str, kind: str, m: int, k: int) -> None:
    x, y, expected = _with_stump(kind, m)
    values = np.asarray(expected[:, : k + 1], dtype=float)
    indices = np.asarray(expected[:, MOST_NEIGHBOURS + 1 :][:, : k + 1], dtype=int)
    found = matrix_profile(x, m, y, k=k, engine=engine)
    np.testing.assert_allclose(found.values.reshape(-1, k), values[:, :k], rtol=0, atol=2e-6)
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(np.diff(values, axis=1), nan=0) > 1e-5
    apart[:, 1:] &= apart[:, :-1]
    apart &= np.isfinite(values[:, :k])
    np.testing.assert_array_equal(found.indices.reshape(-1, k)[apart], indices[:, :k][apart])


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("kind", ["walk", "constant", "several", "join"])
def test_engines_agree_past_one_tile(kind: str, k: int) -> None:
    rng = _rng(7)
    x = rng.normal(size=2300).cumsum()
    y = None
    if kind == "constant":
        x[500:700] = 1.0
        x[1500:1600] = 4.0
    series = np.split(x, [700, 710, 1500]) if kind == "several" else x
    if kind == "join":
        y = rng.normal(size=1100).cumsum()
    a = matrix_profile(series, 9, y, k=k, engine="kdtree")
    b = matrix_profile(series, 9, y, k=k, engine="blas")
    np.testing.assert_allclose(a.values, b.values, rtol=0, atol=1e-9)
    if kind != "constant":  # constant windows have ties
        np.testing.assert_array_equal(a.indices, b.indices)


def test_blas_with_large_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    x = _rng(8).normal(size=2600).cumsum()
    expected = matrix_profile(x, 20, engine="kdtree", k=2)
    monkeypatch.setattr(profile_scores, "_SCORES_BYTES", 4 * 2600 * 2600 // 1000)
    assert profile_scores._block_size(2581, 2581) == 1024
    found = matrix_profile(x, 20, engine="blas", k=2)
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.indices, expected.indices)


def test_blas_merges_what_it_could_not_hold_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.sin(2 * np.pi * np.arange(1500) / 25)
    monkeypatch.setattr(profile_nearest, "_PAIRS", 1000)
    found = matrix_profile(x, 12, engine="blas", k=3)
    assert found.values.max() < 1e-6
    assert all(len(set(row)) == 3 for row in found.indices)


@pytest.mark.parametrize("engine", OURS)
def test_threads_do_not_change_the_result(engine: str) -> None:
    one = matrix_profile(WALK, 6, engine=engine, n_threads=1)
    two = matrix_profile(WALK, 6, engine=engine, n_threads=2)
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.indices, two.indices)


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e-308, 1e-322, 1e308 / np.abs(WALK).max()])
@pytest.mark.parametrize("engine", OURS)
def test_extreme_values(engine: str, scale: float) -> None:
    x = np.round(WALK, 1) * scale
    values, _ = naive_profile(x / np.abs(x).max() if scale > 1e-307 else np.ldexp(x, 1000), 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = matrix_profile(x, 6, engine=engine)
    np.testing.assert_allclose(found.values, values[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("engine", OURS)
def test_tiny_windows_beside_huge_ones(engine: str) -> None:
    x = np.concatenate([NOISE * 1e-300, [0.0], NOISE * 1e300])
    found = matrix_profile(x, 5, engine=engine)
    assert found.values[:100].max() < 1e-9
    np.testing.assert_array_equal(found.indices[:100], np.arange(100) + 121)


@pytest.mark.parametrize("engine", OURS)
def test_identical_windows_are_at_distance_zero(engine: str) -> None:
    x = np.concatenate([1e6 + NOISE[:40], WALK, 1e6 + NOISE[:40]])
    found = matrix_profile(x, 12, engine=engine)
    assert (found.values[:28] == 0).all()
    np.testing.assert_array_equal(found.indices[:28], np.arange(28) + 160)


@pytest.mark.parametrize("engine", OURS)
def test_near_twins_are_told_apart(engine: str) -> None:
    """Copies that differ by 1e-8, less than a float64 correlation can show, still rank by their distance."""
    shape = NOISE[:30]
    bumps = [0.0, 4e-8, 1e-8, 3e-8, 2e-8]
    filler = [_rng(s).normal(size=20) for s in range(len(bumps))]
    x = np.concatenate(
        [np.r_[shape + b * (np.arange(30) == 15), f] for b, f in zip(bumps, filler, strict=True)]
    )
    found = matrix_profile(x, 30, k=4, engine=engine)
    np.testing.assert_array_equal(found.indices[0], [100, 200, 150, 50])
    assert (np.diff(found.values[0]) > 5e-9).all()


@pytest.mark.parametrize("kind", ["walk", "nearly periodic", "constant"])
def test_many_neighbours_take_few_comparisons(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Of every block k candidates, without a bound over all blocks: twenty times as many."""
    rng = _rng(10)
    x = rng.normal(size=5200).cumsum()
    if kind == "nearly periodic":
        x = np.sin(2 * np.pi * np.arange(5200) / 25) + 1e-2 * rng.normal(size=5200)
    if kind == "constant":
        x[1000:1300] = 5.0
    compared = []
    add = profile_nearest.NearestSoFar.add
    monkeypatch.setattr(
        profile_nearest.NearestSoFar, "add", lambda *given: (compared.append(len(given[1])), add(*given))[1]
    )
    found = matrix_profile(x, 10, k=100, engine="blas")
    assert sum(compared) < 2 * 100 * len(found)
    expected = matrix_profile(x, 10, k=100, engine="kdtree")
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-9)


def test_many_equal_windows_stay_fast() -> None:
    """Minutes, if every copy were compared with every other."""
    ticks = _rng(9).integers(-1, 2, 100_000).cumsum()
    assert matrix_profile(ticks, 4, engine="kdtree").values.max() < 1e-9
    flat = np.zeros(200_000)
    flat[::5000] = 1.0
    assert matrix_profile(flat, 8, k=3, engine="kdtree").values.max() == 0.0
    assert matrix_profile(flat, 8, ticks, engine="kdtree").values.max() < 3.0


@st.composite
def _series(draw: st.DrawFn) -> np.ndarray:
    kind = draw(st.sampled_from(["floats", "steps"]))
    elements = st.floats(-100, 100, width=32) if kind == "floats" else st.integers(-2, 2)
    return np.array(draw(st.lists(elements, min_size=12, max_size=60)), dtype=float)


@settings(max_examples=60, deadline=None)
@given(x=_series(), m=st.integers(3, 8), k=st.integers(1, 3), engine=st.sampled_from(OURS))
def test_property_equals_the_twin(x: np.ndarray, m: int, k: int, engine: str) -> None:
    k = min(k, len(x) - m + 1 - exclusion_zone(m) - 1)
    if k < 1:
        return
    values, _ = naive_profile(x, m, k=k)
    np.testing.assert_allclose(
        matrix_profile(x, m, k=k, engine=engine).values.reshape(-1, k), values, rtol=0, atol=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(
    x=_series(),
    power=st.integers(-40, 40),
    shift=st.integers(-1000, 1000),
    engine=st.sampled_from(OURS),
)
def test_property_scale_and_shift_change_nothing(x: np.ndarray, power: int, shift: int, engine: str) -> None:
    x = np.round(x * 64) / 64  # so that neither loses digits
    found = matrix_profile(x, 5, engine=engine)
    moved = matrix_profile((x + shift) * 2.0**power, 5, engine=engine)
    np.testing.assert_allclose(moved.values, found.values, rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(x=_series(), m=st.integers(3, 7), engine=st.sampled_from(OURS))
def test_property_reversal_reverses_the_profile(x: np.ndarray, m: int, engine: str) -> None:
    found = matrix_profile(x, m, engine=engine)
    back = matrix_profile(x[::-1], m, engine=engine)
    np.testing.assert_allclose(back.values[::-1], found.values, rtol=0, atol=1e-6)
    flipped = matrix_profile(-x, m, engine=engine)
    np.testing.assert_allclose(flipped.values, found.values, rtol=0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(x=_series(), y=_series(), engine=st.sampled_from(OURS))
def test_property_join_bounds_the_profile_from_below(x: np.ndarray, y: np.ndarray, engine: str) -> None:
    """More candidates only bring neighbours nearer."""
    alone = matrix_profile(x, 4, y, engine=engine).values
    more = matrix_profile(x, 4, [y, x], engine=engine).values
    assert (more <= alone + 1e-9).all()
    assert (alone <= 2 * np.sqrt(4) + 1e-9).all()


def test_windows_are_counted_through_all_series() -> None:
    found = matrix_profile([NOISE[:10], NOISE[:3], WALK[:20]], 5, [WALK[20:40], NOISE[:30]])
    assert found.n_windows == (6, 0, 16)
    assert found.n_windows_y == (16, 26)
    assert len(found) == 22
    assert found.locate(5) == (0, 5)
    assert found.locate(6) == (2, 0)
    assert found.locate_neighbour(16) == (1, 0)
    assert found.locate_neighbour(int(found.indices[0])) == (1, 0)
    for wrong in (-1, 22):
        with pytest.raises(IndexError, match="no window"):
            found.locate(wrong)


@pytest.mark.parametrize("engine", OURS)
def test_masked_values_are_missing(engine: str) -> None:
    mask = np.zeros(len(WALK), bool)
    mask[[17, 60]] = True
    masked = np.ma.masked_array(WALK, mask)
    expected = matrix_profile(_with(WALK, mask, np.nan), 8, engine=engine).values
    np.testing.assert_array_equal(matrix_profile(masked, 8, engine=engine).values, expected)
    several = matrix_profile([masked, NOISE], 8, engine=engine)
    assert np.isinf(several.values[: len(expected)]).sum() == np.isinf(expected).sum() == 16


def test_a_tensor_with_a_gradient_is_told_to_be_converted() -> None:
    import torch

    with pytest.raises(DataError, match=r"x must hold real numbers, got torch\.float32; convert it"):
        matrix_profile(torch.zeros(50, requires_grad=True), 8)


def test_inputs_are_not_changed() -> None:
    x = _with(WALK, 3, np.nan)
    before = x.copy()
    for engine in OURS:
        matrix_profile(x, 5, engine=engine)
    np.testing.assert_array_equal(x, before)


def test_python_numbers_will_do() -> None:
    np.testing.assert_array_equal(matrix_profile(WALK.tolist(), 5).values, matrix_profile(WALK, 5).values)
    np.testing.assert_array_equal(matrix_profile(WALK[:, None], 5).values, matrix_profile(WALK, 5).values)
    np.testing.assert_array_equal(matrix_profile([WALK[:, None]], 5).values, matrix_profile(WALK, 5).values)


@pytest.mark.parametrize(
    ("x", "m", "options", "error", "message"),
    [
        (NOISE, 2, {}, UsageError, "m must be a whole number of at least 3, got 2"),
        (NOISE, 4.0, {}, UsageError, "m must be a whole number"),
        (NOISE, True, {}, UsageError, "m must be a whole number"),
        (NOISE, 121, {}, DataError, "m=121 needs at least 121 rows, x has 120"),
        (NOISE, 110, {}, DataError, "m=110 needs at least 139 rows .* x has 120"),
        (NOISE, 8, {"y": NOISE[:5]}, DataError, "m=8 needs at least 8 rows, y has 5"),
        (NOISE, 4, {"k": 0}, UsageError, "k must be a whole number of at least 1, got 0"),
        (NOISE, 4, {"k": 116}, UsageError, "k=116 is more than the 115"),
        (NOISE, 4, {"k": 4, "y": NOISE[:6]}, UsageError, "k=4 is more than the 3"),
        (NOISE, 4, {"engine": "magic"}, UsageError, "engine must be"),
        (NOISE, 4, {"engine": np.array(["blas"])}, UsageError, "engine must be .* got ndarray"),
        (NOISE, 4, {"n_threads": 0}, UsageError, "n_threads must be"),
        (NOISE, 4, {"n_threads": -1}, UsageError, "at least 1, got -1; None takes every core"),
        (NOISE > 0, 4, {}, DataError, "x must hold real numbers, got bool"),
        (NOISE.astype(str).astype(object), 4, {}, DataError, "x must hold real numbers, got object"),
        (NOISE.reshape(2, -1), 4, {}, DataError, r"x must be one-dimensional, got shape \(2, 60\)"),
        ([NOISE.reshape(2, -1)], 4, {}, DataError, "x must be one-dimensional"),
        (5.0, 4, {}, DataError, "x must be one-dimensional"),
        (NOISE * 1j, 4, {}, DataError, "x must hold real numbers, got complex128"),
        ([1j, 2.0], 4, {}, DataError, "x must hold real numbers"),
        (["a", "b"], 4, {}, DataError, "x must hold real numbers"),
        ([None, object()], 4, {}, DataError, "x must hold real numbers"),
        ([], 4, {}, DataError, "x is empty"),
        ([[], []], 4, {}, DataError, "x is empty"),
        (NOISE, 4, {"y": []}, DataError, "y is empty"),
    ],
)
def test_errors(x: object, m: int, options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        matrix_profile(x, m, **options)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("stumpy")
def test_auto_gives_what_it_names() -> None:
    for m in (4, 20, 40):
        found = matrix_profile(WALK, m)
        assert found.engine == choose_engine(121 - m, m, None, True)
        values, _ = naive_profile(WALK, m)
        np.testing.assert_allclose(found.values, values[:, 0], rtol=0, atol=1e-6)


def test_choice_of_engine() -> None:
    assert choose_engine(200_000, 4, None, True) == "kdtree"
    assert choose_engine(200_000, 4, None, False) == "kdtree"
    assert choose_engine(100_000, 8, None, True) == "kdtree"
    assert choose_engine(20_000, 50, None, False) == "blas"
    assert choose_engine(20_000, 3000, None, True) == "stumpy"
    assert choose_engine(2_000, 1000, None, False) == "blas"
    assert choose_engine(10**6, 2000, None, False) == "stumpy"
    assert choose_engine(1000, 4, 100_000, True) == "kdtree"
    assert choose_engine(1044, 4, None, False) == "kdtree"
    assert choose_engine(10_000, 10, None, True, 1) == "blas"
    assert choose_engine(10_000, 10, None, True, 100) == "kdtree"
    assert choose_engine(5_000, 200, None, True, 100) == "blas"


def test_auto_imports_stumpy_only_to_use_it() -> None:
    code = (
        "import sys; import numpy as np; from motifkit.mining.profile import matrix_profile;"
        "assert 'scipy' not in sys.modules;"
        "matrix_profile(np.random.default_rng(0).normal(size=500), 20);"
        "assert not {'stumpy', 'numba', 'torch', 'pandas', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize(("engine", "m"), [("kdtree", 14), ("blas", 50)])
def test_interrupt_ends_it_within_a_second(engine: str, m: int) -> None:
    """And in order: threads that outlive the arrays they write to would crash the process."""
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's `&` has it ignored
        "import numpy as np; from motifkit.mining.profile import matrix_profile;"
        f"matrix_profile(np.arange(100.0) ** 2 % 7, {m}, engine={engine!r}); print('ready', flush=True);"
        f"matrix_profile(np.random.default_rng(0).normal(size=400_000), {m}, engine={engine!r})"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1)
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        message = process.stderr.read()
        process.wait(timeout=20)
    assert time.perf_counter() - began < 3  # a second, on a machine that has nothing else to do
    assert process.returncode in (1, 130, -signal.SIGINT)
    assert message.rstrip().endswith("KeyboardInterrupt")
