"""What the episodic memory keeps: closing rows, who goes, who is let in, and what is learned of its use."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.errors import DataError
from motifkit.memory.admission import most_novel
from motifkit.memory.context import closed_context
from motifkit.types import Episode
from tests import naive_memory as naive
from tests.memory.memories import SLOTS, both, buffer, close, filled, random_context

WIDTH = 5


def labelled(label, n_rows=2):
    """Rows that say which episode they are of."""
    return torch.full((n_rows, WIDTH), float(label))


def labels(memory):
    """Which episodes are held, slot by slot."""
    return memory.entries().context[:, 0, 0].tolist()


def full(n=SLOTS, **how):
    memory = buffer(max_entries=n, **how)
    for i in range(n):
        memory.add_entry(labelled(i), 0.0)
    return memory


def scored(memory, scores):
    with torch.no_grad():
        memory.usefulness_vec.copy_(torch.tensor(scores))
    return memory


# -- entries


def test_an_episode_is_closed_with_its_last_action_and_reward():
    observations = np.arange(6.0).reshape(2, 3)
    memory = buffer()
    memory.add_entry(Episode(observations, actions=np.array([1, 0]), rewards=np.array([0.5, -1.0])), -0.5)
    entries = memory.entries()
    assert entries.lengths.tolist() == [3] and entries.outcomes.tolist() == [-0.5]
    assert entries.context[0].tolist() == [[0, 1, 2, 0, 0], [3, 4, 5, 1, 0.5], [3, 4, 5, 0, -1]]


def test_the_last_reward_alone_changes_what_is_remembered():
    """The notebook never stored it: where delayed tasks pay, all its episodes looked alike."""
    answers = []
    for last in (1.0, -1.0):
        memory = buffer()
        memory.add_entry(Episode(np.zeros((4, 3)), np.zeros(4, int), np.array([0, 0, 0, last])), 0.0)
        answers.append(memory.retrieve(torch.zeros(1, WIDTH)).readout)
    assert (answers[0] - answers[1]).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("actions", "action_dim", "last"),
    [
        (np.array([0, 2]), 3, [0, 0, 1]),
        (np.array([0, 2]), 1, [2]),
        (np.array([[0.5, 1.0], [0.25, -3.0]]), 2, [0.25, -3.0]),
        (np.array([0.5, -1.5]), 1, [-1.5]),
        (None, 1, [0]),
    ],
)
def test_actions_of_every_form_are_closed(actions, action_dim, last):
    rows = closed_context(Episode(np.ones((2, 3)), actions), action_dim)
    assert rows.shape == (3, 3 + action_dim + 1)
    assert rows[-1].tolist() == [1, 1, 1, *last, 0] and not rows[0, 3:].any()


def test_rows_are_stored_as_they_are_and_as_copies():
    memory, rows = buffer(), labelled(7)
    memory.add_entry(rows, 1.0)
    memory.add_entry([(np.ones(3), 1, 0.5)], 2.0)
    rows.zero_()
    entries = memory.entries()
    assert entries.context[0].tolist() == [[7] * 5, [7] * 5]
    assert entries.context[1].tolist() == [[1, 1, 1, 1, 0.5], [0] * 5]
    assert entries.lengths.tolist() == [2, 1] and entries.slots.tolist() == [0, 1]
    assert len(memory) == 2 and bool(buffer())


def test_entries_are_a_snapshot():
    memory = full(3)
    before = memory.entries()
    kept = copy.deepcopy(before)
    memory.add_entry(labelled(9, n_rows=4), 1.0)
    assert memory.entries().context.shape[1] == 4
    assert all(torch.equal(a, b) for a, b in zip(before, kept, strict=True))
    rows = random_context(2, 4)
    assert close(memory.unroll(rows, before), full(3).unroll(rows))


@pytest.mark.parametrize(
    ("trajectory", "outcome"),
    [
        ([], 0.0),
        (torch.zeros(3, 4), 0.0),
        (Episode(np.zeros((4, 5))), 0.0),
        (Episode(np.zeros((4, 3)), actions=np.zeros((4, 2))), 0.0),
        (Episode(np.zeros((0, 3))), 0.0),
        (torch.full((2, 5), torch.nan), 0.0),
        (Episode(np.full((2, 3), np.nan)), 0.0),
        (torch.zeros(2, 5), math.nan),
        (torch.zeros(2, 5), math.inf),
    ],
)
def test_what_cannot_be_remembered_is_refused_and_nothing_is_kept(trajectory, outcome):
    memory = buffer()
    with pytest.raises(DataError):
        memory.add_entry(trajectory, outcome)
    assert len(memory) == 0


# -- eviction


def test_the_least_useful_goes_and_the_oldest_of_equals():
    memory = scored(full(4), [0.5, -1.0, 0.2, -1.0])
    memory.add_entry(labelled(10), 0.0)
    assert labels(memory) == [0, 10, 2, 3]
    assert memory.usefulness_vec.tolist() == pytest.approx([0.5, 0.0, 0.2, -1.0])  # reset, the others kept
    memory.add_entry(labelled(11), 0.0)
    assert labels(memory) == [0, 10, 2, 11]
    assert memory.usefulness_vec.tolist() == pytest.approx([0.5, 0.0, 0.2, 0.0])
    memory.add_entry(labelled(12), 0.0)
    assert labels(memory) == [0, 12, 2, 11]


def test_fifo_asks_for_age_alone():
    memory = scored(full(3, eviction="fifo"), [-5.0, 9.0, 1.0])
    for i in range(10, 14):
        memory.add_entry(labelled(i), 0.0)
    assert labels(memory) == [13, 11, 12]
    assert not memory.usefulness_vec.any()


@given(
    st.integers(1, 5),
    st.lists(st.one_of(st.just("put"), st.tuples(st.integers(0, 4), st.integers(-2, 2))), max_size=30),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_slots_are_those_of_the_plain_twin(n_slots, acts, fifo):
    """Episodes come and scores change in any order."""
    memory = buffer(max_entries=n_slots, eviction="fifo" if fifo else "usefulness")
    plain = naive.Slots(n_slots, fifo)
    for number, act in enumerate(acts):
        if act == "put":
            memory.add_entry(labelled(number, 1), float(number))
            plain.put(number)
        elif act[0] < len(plain.rows):
            plain.rows[act[0]][2] = float(act[1])
            with torch.no_grad():
                memory.usefulness_vec[act[0]] = float(act[1])
    assert memory.entries().outcomes.tolist() == plain.labels
    assert memory.usefulness_vec[: len(plain.rows)].tolist() == [row[2] for row in plain.rows]


# -- admission


def offer(memory, n, first=100, n_rows=2):
    context = torch.stack([labelled(first + i, n_rows) for i in range(n)])
    return memory.add_batch(context, torch.full((n,), n_rows), torch.arange(n).float())


@pytest.mark.parametrize(("n_slots", "admission"), [(8, 0.125), (6, 0.5), (10, 0.11), (3, 1.0), (100, 0.01)])
def test_a_batch_replaces_no_more_than_its_share_of_a_full_memory(n_slots, admission):
    memory = full(n_slots, admission=admission)
    stored = offer(memory, 64)
    most = math.ceil(admission * n_slots)
    assert len(stored) == most
    held = labels(memory)
    assert len(set(held) & set(range(n_slots))) == n_slots - most
    assert sorted(set(held) - set(range(n_slots))) == sorted(100 + i for i in stored.tolist())


def test_free_slots_are_filled_first_and_nothing_is_replaced_then():
    memory = buffer(max_entries=10, admission=0.1)
    for i in range(4):
        memory.add_entry(labelled(i), 0.0)
    stored = offer(memory, 64)
    assert len(stored) == 6 and labels(memory)[:4] == [0, 1, 2, 3] and len(memory) == 10
    assert len(offer(memory, 64)) == 1


def test_a_small_batch_is_stored_whole():
    memory = full(8, admission=0.25)
    assert offer(memory, 2).tolist() == [0, 1]
    assert len(offer(buffer(max_entries=8), 5)) == 5


@pytest.mark.parametrize("score", [0.5, -0.5])
def test_all_that_a_batch_is_said_to_have_stored_is_there(score):
    """Also where all that is held is more useful than the mean, which is what new entries count for."""
    memory = scored(full(8, admission=0.5), [score] * 8)
    stored = offer(memory, 64)
    assert set(labels(memory)) >= {100.0 + i for i in stored.tolist()} and len(stored) == 4


def test_rows_after_an_episodes_end_are_not_stored():
    memory = buffer()
    context = random_context(2, 6)
    memory.add_batch(context, torch.tensor([2, 6]), torch.zeros(2))
    entries = memory.entries()
    assert entries.lengths.tolist() == [2, 6] and not entries.context[0, 2:].any()
    assert torch.equal(entries.context[0, :2], context[0, :2])


@given(st.integers(1, 12), st.integers(0, 4), st.integers(0, 14), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_most_novel_are_those_of_the_plain_twin(n, n_stored, n_wanted, seed):
    rng = np.random.default_rng(seed)
    points, stored = rng.normal(size=(n, 3)), rng.normal(size=(n_stored, 3))
    found = most_novel(torch.from_numpy(points), torch.from_numpy(stored), n_wanted)
    assert found.tolist() == naive.farthest_first(points, stored, n_wanted)


def test_equals_are_chosen_in_their_order():
    assert most_novel(torch.zeros(4, 2), torch.zeros(0, 2), 3).tolist() == [0, 1, 2]
    assert most_novel(torch.zeros(4, 2), torch.zeros(1, 2), 9).tolist() == [0, 1, 2, 3]


# -- forgetting and keeping


def test_reset_forgets_episodes_and_scores_but_no_weights():
    memory = scored(full(3), [1.0, 2.0, 3.0])
    weights = copy.deepcopy(memory.encoder.state_dict())
    memory.reset()
    assert len(memory) == 0 and not memory.usefulness_vec.any()
    assert memory.retrieve(torch.zeros(1, WIDTH)).episodic_attn.shape == (0,)
    assert all(
        torch.equal(a, b) for a, b in zip(weights.values(), memory.encoder.state_dict().values(), strict=True)
    )
    memory.add_entry(labelled(1), 0.0)
    assert labels(memory) == [1]


@pytest.mark.parametrize("n_held", [0, 2, 4, 7])
def test_content_put_back_goes_on_as_before(n_held):
    memory, twin = buffer(max_entries=4), filled(buffer(max_entries=4), 3, seed=8)
    filled(memory, n_held)
    memory.observe_returns(torch.tensor([1.0, 3.0]))
    scored(memory, [0.3, -0.1, 0.0, 0.0])
    twin.load_content(copy.deepcopy(memory.content()))
    rows = torch.ones(3, WIDTH)
    assert close(twin.retrieve(rows), memory.retrieve(rows), atol=0)
    assert torch.equal(twin.return_moments, memory.return_moments)
    for one in (memory, twin):  # the ages too: who goes next is the same
        for i in range(4):
            one.add_entry(labelled(50 + i, 1), 0.0)
    assert all(torch.equal(a, b) for a, b in zip(memory.entries(), twin.entries(), strict=True))
    assert torch.equal(memory.usefulness_vec, twin.usefulness_vec)


def test_content_is_not_changed_by_what_comes_later():
    memory = full(3)
    content = memory.content()
    kept = copy.deepcopy(content)
    memory.add_entry(labelled(9), 1.0)
    memory.observe_returns(torch.tensor([5.0]))
    scored(memory, [1.0, 2.0, 3.0])
    assert all(torch.equal(content[name], kept[name]) for name in kept)


def test_a_combined_memory_passes_episodes_on():
    memory = both()
    memory.add_entry(labelled(1), 0.5)
    assert len(memory.episodic_buffer) == 1 and memory.entries().outcomes.tolist() == [0.5]
    assert memory.usefulness_parameters() == [memory.episodic_buffer.usefulness_vec]
    memory.reset()
    assert memory.entries().n_entries == 0


# -- usefulness


def test_usefulness_follows_the_returns_of_those_who_attended():
    """Half the squared distance from the standardised return, weighted by N times the attention."""
    memory = scored(full(3), [0.1, 0.2, 0.3])
    memory.observe_returns(torch.tensor([1.0, 3.0]))  # mean 2, variance 1
    attn = torch.tensor([[0.5, 0.25, 0.0], [0.0, 1.0, 0.0]])
    loss = memory.usefulness_loss(attn, torch.tensor([3.0, 1.0]))
    z = np.array([1.0, -1.0]) / math.sqrt(1 + 1e-4)
    plain = np.mean(
        [sum(3 * attn[b, i].item() * (0.1 * (i + 1) - z[b]) ** 2 / 2 for i in range(3)) for b in range(2)]
    )
    assert loss.item() == pytest.approx(plain, rel=1e-5)
    loss.backward()
    assert memory.usefulness_vec.grad[2] == 0 and memory.usefulness_vec.grad[:2].all()
    assert memory.usefulness_vec.grad[1] > 0  # mostly looked at by the one who failed


def test_usefulness_is_learned_from_the_first_entry_on():
    memory = buffer()
    memory.add_entry(labelled(1), 1.0)
    loss = memory.usefulness_loss(torch.tensor([1.0]), 2.0)  # as the notebook calls it
    loss.backward()
    assert memory.usefulness_vec.grad[0] < 0 and not memory.usefulness_vec.grad[1:].any()


def test_usefulness_leaves_attention_alone():
    memory = full(3)
    attn = memory.retrieve(torch.zeros(2, WIDTH)).episodic_attn
    memory.usefulness_loss(attn, 1.0).backward()
    assert [name for name, p in memory.named_parameters() if p.grad is not None] == ["usefulness_vec"]


def test_usefulness_of_some_slots():
    memory = full(4)
    memory.usefulness_loss(torch.tensor([[0.5, 0.5]]), 1.0, slots=torch.tensor([3, 1])).backward()
    assert memory.usefulness_vec.grad.ne(0).tolist() == [False, True, False, True]


def test_an_empty_memory_has_a_usefulness_loss_of_zero():
    memory = buffer()
    loss = memory.usefulness_loss(memory.retrieve(torch.zeros(1, WIDTH)).episodic_attn, 1.0)
    loss.backward()
    assert loss.item() == 0 and not memory.usefulness_vec.grad.any()


def test_moments_of_the_returns_start_with_the_first_batch_and_follow():
    memory = buffer()
    memory.observe_returns(torch.tensor([2.0, 4.0]))
    assert memory.return_moments.tolist() == pytest.approx([3.0, 1.0, 2.0])
    for _ in range(200):
        memory.observe_returns(torch.tensor([-10.0, -6.0, -8.0, -8.0]))
    mean, variance, seen = memory.return_moments.tolist()
    assert (mean, variance, seen) == pytest.approx((-8.0, 2.0, 802.0), abs=1e-3)


def test_equal_returns_make_no_scores_of_noise():
    memory = full(2)
    memory.observe_returns(torch.ones(8))
    loss = memory.usefulness_loss(torch.tensor([0.5, 0.5]), 1.0)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)


def test_a_batch_is_not_one_episode():
    memory = buffer()
    with pytest.raises(DataError, match="holds 3 episodes"):
        memory.add_entry(torch.zeros(3, 2, WIDTH), 1.0)
    memory.add_entry(torch.zeros(1, 2, WIDTH), 1.0)
    assert len(memory) == 1


def test_the_most_novel_are_chosen_where_and_as_candidates_are():
    """`meta` stands for another device: nothing is mixed with the main memory's."""
    candidates = torch.tensor([[0.0], [1.0], [5.0]], dtype=torch.float64)
    assert most_novel(candidates, candidates[:0], 3).tolist() == [0, 2, 1]
    with pytest.raises(RuntimeError, match="item"):  # gets as far as reading an index
        most_novel(candidates.to("meta"), candidates[:0].to("meta"), 3)
