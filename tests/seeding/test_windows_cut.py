"""Windows cut out of mined data: what stands in which place, views of a motif, background, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit import Episode, TrajectoryDataset
from motifkit.action_heads import action_dims, head_for
from motifkit.errors import DataError, UsageError
from motifkit.seeding.contexts import contexts_of
from motifkit.seeding.unfold import unfolded
from motifkit.seeding.windows import background_windows, cut_windows, resampled
from tests.compare.small_comparisons import bank_of, motif_of, planted, result_of


def logged(actions="choices", rewards=True, lengths=(40, 30)):
    """Two episodes in which every number says where it stands: observation t, t + .5; reward -t; action t % 3."""
    episodes = []
    for e, n in enumerate(lengths):
        t = np.arange(n, dtype=float) + 100 * e
        done = {"choices": np.arange(n) % 3, "vectors": np.stack([t, -t, 0 * t], 1), None: None}[actions]
        episodes.append(Episode(np.stack([t, t + 0.5], 1), done, -t if rewards else None))
    return TrajectoryDataset(tuple(episodes), ("x", "y"), source="log", fingerprint="f")


def found_in(dataset, *places, length=8):
    motifs = [motif_of(label, [(*p, p[1] + length) for p in where]) for label, where in places]
    return replace(result_of(dataset, []), motifs=tuple(motifs))


TWO = ("A", [(0, 10), (1, 5)]), ("B", [(0, 0), (0, 25), (1, 22)])


@pytest.mark.parametrize("episode", [0, 1])
def test_rows_hold_the_observation_and_what_was_done_and_paid_before_it(episode):
    dataset = logged()
    windows = cut_windows(bank_of(obs_dim=2, action_dim=3), found_in(dataset, *TWO), dataset)
    first = 10 if episode == 0 else 5
    for k, row in enumerate(windows.occurrences[0][episode].tolist()):
        t = first + k
        where = t + 100 * episode
        assert row[:2] == [where, where + 0.5]
        assert row[2:5] == [float((t - 1) % 3 == i) for i in range(3)]
        assert row[5] == -(where - 1)


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(np.array([0, -3], np.float32), np.array([1000, 9], np.float32)),
        spaces.Box(0, np.inf, (2,)),
        spaces.Discrete(3, start=5),
        spaces.MultiDiscrete([2, 3], start=[4, -1]),
    ],
    ids=["box", "half-open box", "choices", "several choices"],
)
def test_logged_actions_are_what_the_context_of_an_agent_holds(space):
    head = head_for(space)
    logits = torch.randn(30, head.n_logits, generator=torch.Generator().manual_seed(0))
    drawn = head.sample(logits, torch.Generator().manual_seed(1), False).detach()
    given, width = head.to_env(drawn), action_dims(space)[0]
    episode = Episode(np.zeros((30, 1)), given, np.zeros(30))
    bank = bank_of(obs_dim=1, action_dim=width)
    (context,) = contexts_of(bank, TrajectoryDataset((episode,), ("x",)), None, space)
    assert not context[0].any()
    assert np.allclose(context[1:, 1:-1], head.features(drawn, width)[:-1], atol=1e-6)


def test_a_choice_that_the_environment_does_not_have_is_named():
    with pytest.raises(DataError, match=r"hold action \[0\], which Discrete\(3, start=5\) does not have"):
        contexts_of(bank_of(obs_dim=2, action_dim=3), logged(), None, spaces.Discrete(3, start=5))


@pytest.mark.parametrize("actions", ["choices", "vectors", None])
@pytest.mark.parametrize("rewards", [True, False])
def test_windows_are_slices_of_the_context(actions, rewards):
    dataset = logged(actions, rewards)
    bank, result = bank_of(obs_dim=2, action_dim=3), found_in(dataset, *TWO)
    windows = cut_windows(bank, result, dataset)
    assert windows.labels == ("A", "B") and windows.offsets == (0, 0)
    assert [one.shape for one in windows.occurrences] == [(2, 8, 6), (3, 8, 6)]
    for motif, cut in zip(result.motifs, windows.occurrences, strict=True):
        for o, window in zip(motif.occurrences, cut, strict=True):
            episode = dataset.episodes[o.episode]
            if actions == "choices":
                episode = replace(episode, actions=np.eye(3)[episode.actions])
            if actions is None:
                episode = replace(episode, actions=np.zeros((len(episode), 3)))
            assert np.allclose(window, episode.to_context()[o.start : o.end])
    occurrences, owner = windows.pooled
    assert torch.equal(occurrences, torch.cat(windows.occurrences)) and owner.tolist() == [0, 0, 1, 1, 1]


def test_the_first_row_of_an_episode_has_nothing_before_it():
    dataset = logged()
    windows = cut_windows(bank_of(obs_dim=2, action_dim=3), found_in(dataset, *TWO), dataset)
    assert windows.occurrences[1][0, 0].tolist() == [0.0, 0.5, 0, 0, 0, 0]


def test_a_number_stays_one_where_actions_have_one_feature():
    dataset = logged()
    (context, _) = contexts_of(bank_of(obs_dim=2, action_dim=1), dataset)
    assert context[:5, 2].tolist() == [0, 0, 1, 2, 0] and context.dtype == np.float32


def test_the_environment_says_what_is_observed():
    dataset = logged()
    bank = bank_of(obs_dim=1, action_dim=3)
    windows = cut_windows(
        bank, found_in(dataset, *TWO), dataset, observe=lambda one: 7 * one.observations[:, :1]
    )
    assert windows.occurrences[0][0, :, 0].tolist() == [7.0 * t for t in range(10, 18)]


# -- other lengths


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_resampling_lies_on_the_lines_between_rows(n, length, width, seed):
    window = np.random.default_rng(seed).normal(size=(n, width))
    found = resampled(window, length)
    assert found.shape == (length, width) and found.dtype == np.float32
    for i in range(length):
        at = i * (n - 1) / (length - 1)
        low = min(int(at + 1e-9), n - 2)
        line = window[low] + (at - low) * (window[low + 1] - window[low])
        assert np.allclose(found[i], line, atol=1e-5)


def test_the_same_length_is_left_as_it_is():
    window = np.random.default_rng(0).normal(size=(8, 3))
    assert np.array_equal(resampled(window, 8), window.astype(np.float32))


@pytest.mark.parametrize("motif_len", [5, 12])
def test_other_lengths_are_refused_or_resampled(motif_len):
    dataset = logged()
    bank, result = bank_of(obs_dim=2, action_dim=3, motif_len=motif_len), found_in(dataset, *TWO)
    with pytest.raises(DataError, match=f"8 steps long, the bank's windows {motif_len}.*resize='resample'"):
        cut_windows(bank, result, dataset)
    windows = cut_windows(bank, result, dataset, resize="resample")
    assert windows.occurrences[0].shape == (2, motif_len, 6)
    assert windows.background.shape[1:] == (motif_len, 6)
    (context, _) = contexts_of(bank, dataset)
    assert np.allclose(windows.occurrences[0][0], resampled(context[10:18], motif_len))


# -- views


def test_views_are_the_motif_before_and_after_its_end():
    dataset = logged()
    result = found_in(dataset, *TWO)
    views = unfolded(result, (0, -2, 3), [40, 30])
    assert [motif.label for motif in views.motifs] == ["A", "B", "A-2", "B-2", "A+3", "B+3"]
    assert views.motifs[:2] == result.motifs
    assert [(o.episode, o.start, o.end) for o in views.motifs[2].occurrences] == [(0, 8, 16), (1, 3, 11)]
    assert [(o.episode, o.start) for o in views.motifs[3].occurrences] == [
        (0, 23),
        (1, 20),
    ]  # one would begin at -2
    assert [(o.episode, o.start) for o in views.motifs[5].occurrences] == [
        (0, 3),
        (0, 28),
    ]  # one would end at 33
    assert views.fingerprint == result.fingerprint


def test_rows_are_filled_view_after_view():
    dataset = logged()
    windows = cut_windows(
        bank_of(3, obs_dim=2, action_dim=3), found_in(dataset, *TWO), dataset, offsets=(0, -2)
    )
    assert windows.labels == ("A", "B", "A-2") and windows.offsets == (0, 0, -2)
    assert windows.occurrences[2][0, :, 0].tolist() == list(range(8, 16))


@pytest.mark.parametrize("offsets", [(), (0, 0), (0, 1.5), (True,), ("a",)])
def test_offsets_that_are_none(offsets):
    dataset = logged()
    with pytest.raises(UsageError, match="must be whole numbers"):
        cut_windows(bank_of(obs_dim=2, action_dim=3), found_in(dataset, *TWO), dataset, offsets=offsets)


# -- background


def test_background_keeps_off_all_occurrences_and_missing_values():
    contexts = [np.arange(60, dtype=np.float32)[:, None], np.arange(5, dtype=np.float32)[:, None]]
    contexts[0][30] = np.nan
    taken = {(0, 10), (0, 11), (1, 0), (0, 70)}
    found = background_windows(contexts, 8, taken, 1000, np.random.default_rng(0))
    starts = sorted(found[:, 0, 0].astype(int).tolist())
    assert starts == [t for t in range(53) if t not in (10, 11) and not 23 <= t <= 30]
    assert all(np.array_equal(np.diff(one[:, 0]), np.ones(7)) for one in found)


def test_background_is_drawn_from_the_seed_and_bounded():
    dataset, _, result = planted()
    cuts = [cut_windows(bank_of(), result, dataset, n_background=50, seed=s).background for s in (0, 0, 1)]
    assert torch.equal(cuts[0], cuts[1]) and not torch.equal(cuts[0], cuts[2])
    assert len(cuts[0]) == 50
    series = dataset.episodes[0].observations[:, 0].astype(np.float32)
    taken = {o.start + k for motif in result.motifs for o in motif.occurrences for k in (-1, 0, 1)}
    free = {tuple(series[s : s + 8]) for s in range(len(series) - 7) if s not in taken}
    assert all(tuple(one[:, 0].tolist()) in {tuple(map(float, f)) for f in free} for one in cuts[0])


def test_no_background_is_left():
    dataset = logged(lengths=(9, 8))
    result = found_in(dataset, ("A", [(0, 0), (0, 1), (1, 0)]))
    with pytest.raises(DataError, match="no window lies between the occurrences"):
        cut_windows(bank_of(obs_dim=2, action_dim=3), result, dataset)


# -- what is refused


def refused(says, result, dataset, bank=None, error=DataError, **how):
    with pytest.raises(error, match=says) as caught:
        cut_windows(bank_of(obs_dim=2, action_dim=3) if bank is None else bank, result, dataset, **how)
    assert "\n" not in str(caught.value)


def test_data_that_were_not_mined():
    dataset = logged()
    result = found_in(dataset, *TWO)
    refused(
        "were mined in log, and these data .log. are not the same", result, replace(dataset, fingerprint="g")
    )


def test_motifs_of_several_lengths():
    dataset = logged()
    long = found_in(dataset, ("A", [(0, 10), (1, 5)]), length=8).motifs
    short = found_in(dataset, ("B", [(0, 0), (0, 25)]), length=5).motifs
    mixed = replace(result_of(dataset, []), motifs=(*long, *short))
    with pytest.raises(DataError, match=r"several lengths \(5 to 8 steps\).*mine a single length"):
        cut_windows(bank_of(obs_dim=2, action_dim=3), mixed, dataset, resize="resample")


def test_results_without_motifs_or_with_single_occurrences():
    dataset = logged()
    refused("holds no motifs", found_in(dataset), dataset)
    refused("motif B has 1 occurrence", found_in(dataset, TWO[0], ("B", [(0, 3)])), dataset)
    # A motif that finds no row may have one.
    bank = bank_of(1, obs_dim=2, action_dim=3)
    assert cut_windows(bank, found_in(dataset, TWO[0], ("B", [(0, 3)])), dataset).labels == ("A",)
    # A view may lose all but one at the ends of the episodes.
    refused("motif B-24 has 1 occurrence", found_in(dataset, TWO[1]), dataset, offsets=(0, -24))


def test_other_features():
    dataset = logged()
    result = found_in(dataset, *TWO)
    refused("gives 2 features a step .x, y.*made for 1", result, dataset, bank_of(obs_dim=1, action_dim=3))
    refused(
        "actions of 3 features.*made for 2",
        found_in(logged("vectors"), *TWO),
        logged("vectors"),
        bank_of(obs_dim=2, action_dim=2),
    )
    refused("action 2 does not fit", result, dataset, bank_of(obs_dim=2, action_dim=2), UsageError)
    refused("gives 1 features", result, dataset, observe=lambda one: one.observations[:, :1])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(value):
    dataset = logged()
    dataset.episodes[0].observations[12, 1] = value
    refused("an occurrence of motif A holds a value that is not finite", found_in(dataset, *TWO), dataset)


def test_rewards_that_are_not_finite():
    dataset = logged()
    dataset.episodes[0].rewards[12] = np.nan
    refused("an occurrence of motif A holds a value that is not finite", found_in(dataset, *TWO), dataset)


def test_an_unknown_way_to_resize():
    dataset = logged()
    refused("resize='cut' is not known", found_in(dataset, *TWO), dataset, error=UsageError, resize="cut")
