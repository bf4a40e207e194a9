"""DTW distances, barycentres and k-means against the plain twin and tslearn, their bounds and invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.errors import DataError, UsageError
from motifkit.mining import dtw_barycentre, dtw_distance, dtw_kmeans, dtw_start
from motifkit.mining.dtw_barycentre import dba
from motifkit.mining.dtw_distance import dtw_distance as dtw
from motifkit.mining.dtw_kmeans import dtw_kmeans as kmeans
from tests import naive_dtw

BANDS = [None, 0, 1, 2]


def windows_of(n, m, c=1, seed=0):
    """z-normalised windows of a random walk, (n, m, c), that do not overlap."""
    w = np.random.default_rng(seed).normal(size=(n * m, c)).cumsum(axis=0).reshape(n, m, c)
    return (w - w.mean(axis=1, keepdims=True)) / w.std(axis=1, keepdims=True)


def pairs(m):
    """Hypothesis: two windows of length m."""
    return arrays(float, (2, m), elements=st.floats(-1e3, 1e3))


@pytest.mark.parametrize("m", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize("window", BANDS)
def test_distances_equal_the_twin(m, c, window):
    rng = np.random.default_rng(m)
    a, b = rng.normal(size=(5, m, c)), rng.normal(size=(3, m, c))
    b[0], b[1] = a[1], 2.0  # an identical and a constant window
    expected = [[naive_dtw.distance(x.tolist(), y.tolist(), window) for y in b] for x in a]
    found = dtw(a[:, None], b[None], window=window, multichannel=True)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    if c == 1:
        np.testing.assert_array_equal(dtw(a[:, None, :, 0], b[None, :, :, 0], window=window), found)


@pytest.mark.parametrize("m", [3, 4, 16, 33])
@pytest.mark.parametrize("c", [1, 2])
@pytest.mark.parametrize("window", [None, 1, 5])
@pytest.mark.usefixtures("tslearn")
def test_distances_equal_tslearn(m, c, window):
    from tslearn.metrics import cdist_dtw

    limit = {} if window is None else {"global_constraint": "sakoe_chiba", "sakoe_chiba_radius": window}
    a, b = windows_of(20, m, c), windows_of(15, m, c, seed=1)
    found = dtw(a[:, None], b[None], window=window, multichannel=True)
    np.testing.assert_allclose(found, cdist_dtw(a, b, **limit), atol=1e-12)


@pytest.mark.parametrize("shape", [(7,), (5, 7), (2, 3, 5)])
def test_blocks_do_not_change_distances(monkeypatch, shape):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(*shape, 6)), rng.normal(size=(*shape[-1:], 6))
    whole = dtw(a, b)
    monkeypatch.setattr(dtw_distance, "_BLOCK_CELLS", 20)
    np.testing.assert_array_equal(dtw(a, b), whole)
    assert whole.shape == shape


def test_scalars_empty_sets_and_other_types():
    assert float(dtw([1, 2, 3], [1, 2, 3])) == 0
    assert dtw([1, 2, 3], [1, 2, 5]).shape == ()
    assert dtw(np.empty((0, 4)), np.zeros(4)).shape == (0,)
    x = windows_of(10, 4)[..., 0].astype(np.float32)
    assert dtw(x, x[::-1]).dtype == np.float64
    np.testing.assert_array_equal(dtw(x, x[::-1]), dtw(x.astype(float), x[::-1].astype(float)))


@given(st.integers(1, 12).flatmap(pairs), st.integers(0, 4))
@settings(max_examples=80, deadline=None)
def test_distance_is_symmetric_zero_to_itself_and_at_most_euclidean(ab, window):
    a, b = ab
    free, banded, euclidean = dtw(a, b), dtw(a, b, window=window), np.linalg.norm(a - b)
    assert free <= banded * (1 + 1e-12) and banded <= euclidean * (1 + 1e-12)
    assert dtw(a, a) == 0
    np.testing.assert_allclose(dtw(b, a), free, rtol=1e-12)
    np.testing.assert_allclose(dtw(a[::-1], b[::-1]), free, rtol=1e-9, atol=1e-9)  # time reversed
    np.testing.assert_allclose(dtw(a, b, window=0), euclidean, rtol=1e-12)


@given(st.integers(2, 8).flatmap(pairs), st.floats(0.01, 100), st.floats(-1e3, 1e3))
@settings(max_examples=50, deadline=None)
def test_distance_scales_with_the_windows_and_ignores_a_common_shift(ab, scale, shift):
    a, b = ab
    moved = dtw(a * scale + shift, b * scale + shift)
    np.testing.assert_allclose(moved, dtw(a, b) * scale, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("m", [1, 3, 4, 7])
@pytest.mark.parametrize("c", [1, 2])
@pytest.mark.parametrize("window", BANDS)
def test_barycentres_equal_the_twin(m, c, window):
    rng = np.random.default_rng(m)
    x, centres = rng.integers(-2, 3, (30, m, c)).astype(float), rng.integers(-2, 3, (4, m, c)).astype(float)
    labels = rng.integers(0, 3, 30)  # ties on most paths, and no window for the last centre
    found = dba(x, centres, labels, window=window)
    for k in range(3):
        expected = naive_dtw.barycentre(x[labels == k].tolist(), centres[k].tolist(), window)
        np.testing.assert_allclose(found[k], expected, atol=1e-12)
    np.testing.assert_array_equal(found[3], centres[3])
    if c == 1:
        np.testing.assert_array_equal(dba(x[..., 0], centres[..., 0], labels, window=window), found[..., 0])


@pytest.mark.parametrize("m", [4, 16])
@pytest.mark.usefixtures("tslearn")
def test_barycentres_equal_tslearn(m):
    from tslearn.barycenters import dtw_barycenter_averaging_petitjean

    x = windows_of(50, m)
    reference = dtw_barycenter_averaging_petitjean(x, init_barycenter=x[0], max_iter=3, tol=0)
    np.testing.assert_allclose(dba(x, x[:1], np.zeros(50, int), 3)[0], reference, atol=1e-12)


def test_blocks_do_not_change_barycentres(monkeypatch):
    x, labels = windows_of(40, 5), np.arange(40) % 3
    whole = dba(x, x[:3], labels, 2)
    monkeypatch.setattr(dtw_barycentre, "_BLOCK_CELLS", 2 * 25 * 7)
    np.testing.assert_allclose(dba(x, x[:3], labels, 2), whole, atol=1e-12)


@given(st.integers(0, 1000), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_a_barycentre_step_never_raises_the_inertia(seed, m):
    x, labels = windows_of(30, m, seed=seed), np.arange(30) % 3
    centres = x[:3]
    inertia = [np.square(dtw(x, centres[labels], multichannel=True)).sum()]
    for _ in range(4):
        centres = dba(x, centres, labels)
        inertia.append(np.square(dtw(x, centres[labels], multichannel=True)).sum())
    assert (np.diff(inertia) <= 1e-9).all()


@pytest.mark.parametrize("window", [None, 1])
@pytest.mark.parametrize("c", [1, 2])
def test_kmeans_labels_the_nearest_centre(window, c):
    x = windows_of(200, 6, c)
    x = x if c > 1 else x[..., 0]
    found = kmeans(x, 8, window=window)
    table = dtw(x[:, None], found.centres[None], window=window, multichannel=c > 1)
    assert found.centres.shape == (8, *x.shape[1:])
    np.testing.assert_allclose(found.distances, table.min(axis=1), atol=1e-12)
    np.testing.assert_array_equal(found.labels, table.argmin(axis=1))
    np.testing.assert_allclose(found.inertia, np.square(found.distances).mean())
    assert len(np.unique(found.labels)) == 8


@pytest.mark.usefixtures("tslearn")
def test_kmeans_inertia_is_that_of_tslearn_or_lower():
    reference, found = [], []  # both depend on the start by some percent, so that only means can be compared
    for seed in range(10):
        x = windows_of(90, 4, seed=seed)[..., 0]
        reference.append(kmeans(x, 6, seed=seed, engine="tslearn").inertia)
        found.append(kmeans(x, 6, seed=seed).inertia)
    assert np.mean(found) <= np.mean(reference)


@pytest.mark.usefixtures("tslearn")
def test_the_tslearn_engine_reports_what_tslearn_found():
    from tslearn.clustering import TimeSeriesKMeans

    x = windows_of(80, 5)[..., 0]
    model = TimeSeriesKMeans(4, metric="dtw", max_iter=3, random_state=2).fit(x[..., None])
    found = kmeans(x, 4, n_iter=3, seed=2, engine="tslearn")
    np.testing.assert_allclose(found.centres, model.cluster_centers_[..., 0])
    np.testing.assert_array_equal(found.labels, model.labels_)


def test_planted_clusters_are_recovered_under_warping():
    rng = np.random.default_rng(0)
    shapes = np.array([[0, 0, 1, 2, 2, 2, 1, 0], [2, 1, 0, 0, 0, 1, 2, 2], [0, 2, 0, 2, 0, 2, 0, 2]], float)
    truth = rng.integers(0, 3, 120)
    late = rng.integers(0, 2, 120)  # half start a step late, which warping takes back
    x = np.stack([np.r_[s[:1], s[:-1]] if d else s for s, d in zip(shapes[truth], late, strict=True)])
    labels = kmeans(x + rng.normal(scale=0.05, size=x.shape), 3).labels
    assert len({(t, k) for t, k in zip(truth.tolist(), labels.tolist(), strict=True)}) == 3


def test_seeds_repeat_bit_by_bit():
    x = windows_of(300, 4)[..., 0]
    first, again, other = (kmeans(x, 10, seed=s) for s in (5, 5, 6))
    assert first.inertia == again.inertia
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one, two)
    assert not np.array_equal(first.centres, other.centres)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e6)])
def test_single_precision_inside_does_no_harm_to_other_units(scale, shift):
    x = windows_of(100, 4)[..., 0]
    plain, moved = kmeans(x, 5), kmeans(x * scale + shift, 5)
    assert moved.inertia == pytest.approx(plain.inertia * scale**2, rel=0.05)
    table = dtw((x * scale + shift)[:, None], moved.centres[None])
    np.testing.assert_array_equal(table.argmin(axis=1), moved.labels)


@pytest.mark.parametrize("m", [1, 3, 4])
@pytest.mark.parametrize("value", [0.0, 7.0, 1e-300])
def test_identical_windows_make_one_cluster(m, value):
    found = kmeans(np.full((6, m), value), 3)
    assert found.inertia == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.centres, value)
    assert len(np.unique(found.labels)) == 1


def test_one_cluster_one_window_and_as_many_clusters_as_windows():
    x = windows_of(12, 4)[..., 0]
    assert kmeans(x, 1).labels.tolist() == [0] * 12
    assert kmeans(x[:1], 1).inertia == 0
    each = kmeans(x, 12)
    assert each.inertia == pytest.approx(0, abs=1e-12)
    assert len(np.unique(each.labels)) == 12


def test_a_centre_without_windows_moves_to_the_farthest():
    x = np.array([[0.0, 0], [0, 1], [9, 9]]).T[:, None]
    centres = np.array([[0.0, 0], [50, 50]]).T[:, None]
    labels, squared, moved = dtw_kmeans._assign(x, centres, 2)
    assert labels.tolist() == [0, 0, 1]
    assert squared.tolist() == [0, 1, 0]
    assert moved[:, 0, 1].tolist() == [9, 9]


def test_large_sets_start_from_a_sample(monkeypatch):
    x = windows_of(400, 4)[..., 0]
    whole = kmeans(x, 6).inertia
    monkeypatch.setattr(dtw_start, "_POOL_CELLS", 48 * 150)
    monkeypatch.setattr(dtw_kmeans, "_TABLE_CELLS", 6 * 100)
    monkeypatch.setattr(dtw_start, "_SWAP_ROWS", 10)
    assert kmeans(x, 6).inertia < 1.1 * whole


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dtw([1, 2], [1, 2, 3]), DataError, "must agree in length and channels"),
        (lambda: dtw([1, np.nan], [1, 2]), DataError, "a must be finite .* got nan"),
        (lambda: dtw([1, 2], [1, 1e200]), DataError, "b must be finite and within 1e\\+150, got 1e\\+200"),
        (lambda: dtw(np.empty((2, 0)), [1.0]), DataError, "m >= 1"),
        (lambda: dtw([1, 2], [1, 2], multichannel=True), DataError, "\\(..., m, c\\)"),
        (lambda: dtw([1, 2], [1, 2], window=-1), UsageError, "window must be .* got -1"),
        (lambda: dtw([1, 2], [1, 2], window=0.5), UsageError, "got 0.5"),
        (lambda: dba(np.zeros((2, 3)), np.zeros((1, 4)), [0, 0]), DataError, "of the same m and c"),
        (lambda: dba(np.zeros((2, 3)), np.zeros((1, 3)), [0, 1]), DataError, "labels must be"),
        (lambda: dba(np.zeros((2, 3)), np.zeros((1, 3)), [0]), DataError, "labels must be"),
        (lambda: dba(np.zeros((2, 3)), np.zeros((1, 3)), [0, 0], -1), UsageError, "n_iter must be"),
        (
            lambda: kmeans(np.zeros((3, 4)), 4),
            UsageError,
            "n_clusters must be from 1 to the 3 windows, got 4",
        ),
        (lambda: kmeans(np.zeros((3, 4)), 0), UsageError, "got 0"),
        (lambda: kmeans(np.zeros(4), 1), DataError, "windows must be"),
        (lambda: kmeans(np.zeros((3, 4)), 1, n_iter=0), UsageError, "n_iter must be at least 1, got 0"),
        (lambda: kmeans(np.zeros((3, 4)), 1, engine="gpu"), UsageError, "engine must be .* got 'gpu'"),
        (lambda: kmeans(np.full((3, 4), np.inf), 1), DataError, "windows must be finite"),
        (lambda: kmeans(np.zeros((9, 4)), 2, engine="tslearn"), DataError, "tslearn left clusters empty"),
    ],
)
def test_bad_arguments_give_one_line(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
