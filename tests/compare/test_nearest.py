"""The windows nearest to a row are those that a plain search finds, however the data are cut into chunks."""

import numpy as np
import pytest
import torch

from motifkit.compare.nearest import NearestWindows


def plainly(positions, windows, cosine, span, n_nearest):
    """Mean of the nearest windows: one after the other, those that overlap an earlier one passed over."""
    picked = []
    for i in sorted(range(len(positions)), key=lambda i: (-cosine[i], positions[i])):
        if len(picked) < n_nearest and all(abs(positions[i] - positions[j]) >= span for j in picked):
            picked.append(i)
    return windows[picked].mean(0)


@pytest.mark.parametrize("n_chunks", [1, 3, 40])
def test_nearest_windows_equal_a_plain_search_in_any_chunks(n_chunks):
    rng = np.random.default_rng(0)
    n, span, n_rows = 500, 4, 3
    positions = np.arange(n) + 7 * (np.arange(n) >= 200)  # two episodes
    windows = rng.normal(size=(n, span, 2)).astype(np.float32)
    cosines = rng.normal(size=(n, n_rows)).astype(np.float32).round(2)  # ties too
    nearest = NearestWindows([10, 1, 20], span)
    for part in np.array_split(np.arange(n), n_chunks):
        nearest.add(positions[part], torch.from_numpy(windows[part]), torch.from_numpy(cosines[part]))
    for row, mean in enumerate(nearest.means()):
        assert np.allclose(
            mean, plainly(positions, windows, cosines[:, row], span, (10, 1, 20)[row]), atol=1e-6
        )


def test_fewer_windows_than_wanted_are_all_averaged():
    nearest = NearestWindows([30], span=2)
    nearest.add(
        np.array([0, 2]), torch.tensor([[[1.0], [1.0]], [[3.0], [5.0]]]), torch.tensor([[0.5], [0.4]])
    )
    assert nearest.means().tolist() == [[[2.0], [3.0]]]
