"""What rows answer to in the data, against a loop over windows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from motifkit import Episode, TrajectoryDataset, as_dataset
from motifkit.compare import attending
from motifkit.compare.answers import answers
from motifkit.compare.data_windows import DataWindows
from motifkit.errors import DataError
from tests import naive_compare as naive
from tests.compare.small_comparisons import bank_of, motif_of, planted, result_of, seeded


def logged(seed=0, n_episodes=3):
    """Trajectories of several lengths with choices and rewards; one is shorter than a window."""
    rng = np.random.default_rng(seed)
    episodes = tuple(
        Episode(rng.normal(size=(n, 2)), rng.integers(0, 3, n), rng.normal(size=n))
        for n in (60, 5, 90)[:n_episodes]
    )
    return TrajectoryDataset(episodes, ("x", "y"), fingerprint="f")


def found_in(bank, dataset, length=8, places=None):
    motif = motif_of("A", places or [(0, 10, 10 + length), (0, 30, 30 + length)])
    result = replace(result_of(dataset, []), motifs=(motif,))
    data = DataWindows(bank, result, dataset)
    return answers(bank, data, dataset)


@pytest.mark.parametrize("length", [8, 5, 13])
@pytest.mark.parametrize("kind", ["cosine", "dot"])
def test_every_window_is_answered_as_in_a_loop(kind, length):
    dataset = logged()
    bank = bank_of(obs_dim=2, action_dim=3, attention=kind)
    found = found_in(bank, dataset, length)
    mean, occurrences, share, wins = naive.answers(bank, dataset, length)
    assert np.allclose(found.usage.share, share, atol=1e-6) and np.allclose(found.usage.wins, wins)
    assert (wins > 0).sum() > 1
    assert np.allclose(found.windows[wins > 0], mean[wins > 0], atol=1e-5)
    assert np.isnan(found.windows[wins == 0]).all()
    for row, wanted in zip(found.occurrences, occurrences, strict=True):
        assert {(o.episode, o.start) for o in row} == set(wanted)
        assert all(o.end == o.start + length and o.start_time is None for o in row)
        assert [o.distance for o in row] == sorted(o.distance for o in row)


@torch.no_grad()
def test_distance_is_one_minus_the_cosine():
    dataset, bank = logged(), bank_of(obs_dim=2, action_dim=3)
    found = found_in(bank, dataset)
    contexts = DataWindows(
        bank, replace(result_of(dataset, []), motifs=(motif_of("A", [(0, 0, 8)]),)), dataset
    )
    windows = {(e, int(s)): w for e, starts, ws in contexts for s, w in zip(starts, ws, strict=True)}
    for k, row in enumerate(found.occurrences):
        for o in row:
            embedded = bank.encoder(windows[o.episode, o.start][None])
            cosine = torch.cosine_similarity(embedded, bank.motif_embeds[k][None])
            assert np.isclose(o.distance, 1 - float(cosine), atol=1e-6)


def test_chunks_change_nothing(monkeypatch):
    dataset, bank = logged(), bank_of(obs_dim=2, action_dim=3)
    whole = found_in(bank, dataset)
    monkeypatch.setattr(attending, "MOST_NUMBERS", 7 * 8 * 6)
    parts = found_in(bank, dataset)
    assert np.allclose(whole.windows, parts.windows, equal_nan=True)
    places = [[[(o.episode, o.start) for o in row] for row in one.occurrences] for one in (whole, parts)]
    assert places[0] == places[1]


def test_windows_with_missing_values_are_passed_over():
    dataset = logged(n_episodes=1)
    dataset.episodes[0].observations[40, 1] = np.nan
    bank = bank_of(obs_dim=2, action_dim=3)
    found = found_in(bank, dataset)
    assert found.usage.n_steps == 60 - 7 - 8
    mean, *_ = naive.answers(bank, dataset, 8)
    wins = found.usage.wins > 0
    assert np.allclose(found.windows[wins], mean[wins], atol=1e-5)
    assert not any(o.start <= 40 < o.end for row in found.occurrences for o in row)


def test_occurrences_carry_times():
    index = pd.date_range("2020-01-01", periods=100, freq="D")
    dataset = as_dataset(pd.Series(np.random.default_rng(0).normal(size=100), index=index))
    found = found_in(bank_of(), dataset)
    first = next(o for row in found.occurrences for o in row)
    times = dataset.episodes[0].timestamps
    assert (first.start_time, first.end_time) == (times[first.start], times[first.end - 1])


def test_seeded_rows_answer_to_their_shapes():
    dataset, truth, result = planted()
    bank = seeded(result, dataset, n_steps=150)
    found = answers(bank, DataWindows(bank, result, dataset), dataset)
    for k in range(3):
        places = {p.start for p in truth if p.shape == k}
        assert len(places & {o.start for o in found.occurrences[k]}) >= 11
        shape = np.mean([dataset.episodes[0].observations[s : s + 8] for s in places], 0)
        assert np.corrcoef(found.windows[k].ravel(), shape.ravel())[0, 1] > 0.9


def test_mined_windows_are_what_was_logged():
    dataset, bank = logged(), bank_of(obs_dim=2, action_dim=3)
    motif = motif_of("A", [(0, 0, 8), (2, 80, 88)])
    data = DataWindows(bank, replace(result_of(dataset, []), motifs=(motif,)), dataset)
    (windows,) = data.mined([motif])
    last = dataset.episodes[2]
    assert windows.shape == (2, 8, 6)
    assert np.allclose(windows[1, :, :2], last.observations[80:88])
    assert windows[1, :, 2:5].argmax(-1).tolist() == last.actions[79:87].tolist()
    assert np.allclose(windows[1, :, 5], last.rewards[79:87])
    assert not windows[0, 0, 2:].any()


def test_mined_windows_must_be_finite_and_there():
    dataset, bank = logged(), bank_of(obs_dim=2, action_dim=3)
    dataset.episodes[2].observations[82] = np.inf
    motif = motif_of("A", [(0, 0, 8), (2, 80, 88)])
    data = DataWindows(bank, replace(result_of(dataset, []), motifs=(motif,)), dataset)
    with pytest.raises(DataError, match="occurrence of motif A holds a value that is not finite"):
        data.mined([motif])
    with pytest.raises(DataError, match="motif A has no occurrences"):
        data.mined([replace(motif, occurrences=())])
