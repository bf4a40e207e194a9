"""What memories answer: the same one step at a time, all at once and from a list; gradients; shapes; errors."""

import numpy as np
import pytest
import torch

from motifkit.errors import DataError, UsageError
from motifkit.memory.attention import MemoryAttention
from motifkit.memory.base import BaseMemoryBuffer, Retrieval, as_retrieval
from motifkit.memory.combined import CombinedMemoryModule
from motifkit.memory.context import action_features, as_context
from motifkit.memory.episodic import StrategicMemoryBuffer
from motifkit.memory.motif_bank import MotifMemoryBank
from tests import naive_memory as naive
from tests.memory.memories import (
    DIM,
    KINDS,
    MOTIFS,
    SLOTS,
    as_list,
    bank,
    both,
    buffer,
    close,
    made,
    random_context,
)

N_ENTRIES = (0, 4, 9)  # none, some, more than there are slots


@torch.no_grad()
def stepped(memory, context):
    """List of retrievals, one a step."""
    state = memory.start(len(context))
    return [memory.step(row, state) for row in context.unbind(1)]


def at(retrieval, idx):
    return Retrieval(*(None if field is None else field[idx] for field in retrieval))


@pytest.mark.parametrize("n_entries", N_ENTRIES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_ask_gives_the_same_answer(kind, n_entries):
    memory, context = made(kind, n_entries=n_entries), random_context(2, 6)
    with torch.no_grad():
        unrolled = memory.unroll(context)
        for t, answer in enumerate(stepped(memory, context)):
            so_far = context[:, : t + 1]
            assert close(answer, at(unrolled, np.s_[:, t]))
            assert close(answer, memory.retrieve(so_far))
            assert close(answer, memory.retrieve(so_far.numpy()))
            for i in range(len(context)):
                assert close(at(answer, i), memory.retrieve(so_far[i]))
                assert close(at(answer, i), memory.retrieve(as_list(so_far[i])))


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_episode_is_answered_alike_step_by_step_and_all_at_once(kind):
    memory, context = made(kind, n_entries=4), random_context(2, 130)
    with torch.no_grad():
        unrolled = memory.unroll(context)
        answers = stepped(memory, context)
        for t in (0, 62, 63, 64, 127, 128, 129):
            assert close(answers[t], at(unrolled, np.s_[:, t]))


@pytest.mark.parametrize("n_entries", N_ENTRIES)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_always_have_three_fields_of_the_same_shapes(kind, n_entries):
    memory, context = made(kind, n_entries=n_entries), random_context(3, 10)
    n, width = min(n_entries, SLOTS), memory.readout_dim
    has_episodes, has_motifs = "motif" not in kind, "episodic" not in kind
    for answer, lead in (
        (memory.retrieve(context), (3,)),
        (memory.retrieve(context[0]), ()),
        (memory.unroll(context), (3, 10)),
    ):
        readout, episodic, motif = answer
        assert isinstance(answer, Retrieval) and readout.shape == (*lead, width)
        assert episodic.shape == (*lead, n) if has_episodes else episodic is None
        assert motif.shape == (*lead, MOTIFS) if has_motifs else motif is None
    assert width == DIM * (1 + (has_episodes and has_motifs))


@pytest.mark.parametrize("n_entries", N_ENTRIES)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_equal_the_plain_twin(kind, n_entries):
    """Also the notebook's formula: `-dot` is softmax attention over embeddings that are keys and values."""
    memory, rows = made(kind, n_entries=n_entries), random_context(1, 7)[0]
    episodic = getattr(memory, "episodic_buffer", memory)
    motifs = getattr(memory, "motif_bank", memory)
    readouts = []
    answer = memory.retrieve(rows)
    if isinstance(episodic, StrategicMemoryBuffer):
        held = episodic.entries()
        stored = [
            (held.context[i, : held.lengths[i]].double().numpy(), held.outcomes[i].item())
            for i in range(held.n_entries)
        ]
        readout, attn = naive.buffer_answer(episodic, rows.double().numpy(), stored)
        readouts.append(readout)
        assert np.allclose(answer.episodic_attn.detach(), attn, atol=1e-5)
    if isinstance(motifs, MotifMemoryBank):
        readout, attn = naive.bank_answer(motifs, rows.double().numpy())
        readouts.append(readout)
        assert np.allclose(answer.motif_attn.detach(), attn, atol=1e-5)
    assert np.allclose(answer.readout.detach(), np.concatenate(readouts), atol=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "combined" not in kind])
def test_attention_sums_to_one_only_without_a_null_slot(kind):
    memory, context = made(kind, n_entries=4), random_context()
    found = memory.unroll(context)
    attn = found.episodic_attn if found.motif_attn is None else found.motif_attn
    total = attn.sum(-1)
    if "dot" in kind:
        assert torch.allclose(total, torch.ones_like(total))
    else:
        assert (total < 1).all() and (total > 0).all()


def test_the_null_slot_takes_what_no_row_deserves():
    attend = MemoryAttention("cosine", scale=50.0, threshold=0.5)
    keys = torch.eye(3, 4)
    like, unlike = torch.tensor([7.0, 0, 0, 0]), torch.tensor([0.0, 0, 0, 2.0])
    readout, attn = attend(torch.stack([like, unlike]), keys, keys)
    assert attn[0, 0] > 0.999 and attn[1].sum() < 1e-3
    assert readout[1].abs().max() < 1e-3
    level = torch.tensor([0.5, 0, 0, 0.75**0.5])  # its cosine with the first key is the threshold
    _, attn = attend(level, keys[:1], keys[:1])
    assert torch.allclose(attn, torch.tensor([0.5]), atol=1e-5)


def test_the_scale_of_cosine_attention_ends_at_a_hundred_and_queries_may_be_zero():
    attend = MemoryAttention("cosine", scale=10.0)
    with torch.no_grad():
        attend.log_scale.fill_(60.0)
    readout, attn = attend(torch.zeros(4), torch.eye(4), torch.eye(4))
    assert torch.isfinite(readout).all()
    assert torch.allclose(attn, torch.full((4,), 1 / 5))
    _, attn = attend(torch.tensor([1.0, 0, 0, 0]), torch.eye(4) * 1e-4, torch.eye(4))
    assert torch.allclose(attn[0], torch.tensor(1.0)) and torch.isfinite(attn).all()


def random_weight(readout):
    return torch.randn(readout.shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter_but_usefulness(kind):
    """`motif_embeds`, both encoders, what embeds outcomes, keys, values, scale and threshold."""
    memory = made(kind, n_entries=4)
    readout = memory.unroll(random_context()).readout
    (readout * random_weight(readout)).sum().backward()
    missed = {name for name, p in memory.named_parameters() if p.grad is None or not p.grad.any()}
    assert {name.split(".")[-1] for name in missed} <= {"usefulness_vec"}
    assert all(p.grad.isfinite().all() for p in memory.parameters() if p.grad is not None)


@pytest.mark.parametrize("attention", ["cosine", "dot"])
def test_gradients_reach_the_encoder_through_stored_episodes_alone(attention):
    """A query from outside leaves stored episodes as the only way to the encoder."""
    memory = made(f"episodic-{attention}", n_entries=4)
    readout = memory.retrieve_with_custom_query(torch.ones(DIM)).readout
    (readout * random_weight(readout)).sum().backward()
    for part in (memory.encoder, memory.outcome_embed):
        assert all(p.grad is not None and p.grad.any() for p in part.parameters())


def test_stored_episodes_are_encoded_by_the_present_weights():
    memory, rows = made("episodic-cosine", n_entries=4), random_context(1)[0]
    before = memory.retrieve(rows)
    moved = buffer(seed=9)
    with torch.no_grad():
        for parameter, other in zip(memory.parameters(), moved.parameters(), strict=True):
            parameter.copy_(other)
    for i in range(4):
        held = memory.entries()
        moved.add_entry(held.context[i, : held.lengths[i]], float(held.outcomes[i]))
    assert close(memory.retrieve(rows), moved.retrieve(rows))
    assert not close(memory.retrieve(rows), before, atol=1e-3)


def test_outcomes_are_part_of_what_is_read():
    good, bad = (made("episodic-cosine") for _ in range(2))
    rows = random_context(1)[0]
    for memory, outcome in ((good, 1.0), (bad, -1.0)):
        memory.add_entry(rows, outcome)
    one, two = good.retrieve(rows), bad.retrieve(rows)
    assert torch.allclose(one.episodic_attn, two.episodic_attn)
    assert (one.readout - two.readout).abs().max() > 1e-2


def test_an_episode_lived_through_again_is_found():
    """Before anything is learned the stored episode most like the present one gets the most attention."""
    memory, context = made("episodic-cosine"), random_context(SLOTS, 10) * 3
    for rows in context:
        memory.add_entry(rows, 0.0)
    attn = memory.retrieve(context).episodic_attn
    assert (attn.argmax(1) == torch.arange(SLOTS)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_choices_enter_one_hot_or_as_numbers(kind):
    one_hot, number = made(kind, action_dim=3, n_entries=3), made(kind, action_dim=1, n_entries=3)
    actions = torch.tensor([0, 2, 1, 2])
    rows = random_context(1, 4)[0]
    as_taken = [(row[:3], int(a), float(row[-1])) for row, a in zip(rows, actions, strict=True)]
    spread = torch.cat([rows[:, :3], torch.eye(3)[actions], rows[:, -1:]], 1)
    plain = torch.cat([rows[:, :3], actions[:, None].float(), rows[:, -1:]], 1)
    assert close(one_hot.retrieve(as_taken), one_hot.retrieve(spread))
    assert close(number.retrieve(as_taken), number.retrieve(plain))
    vectors = [(obs, np.eye(3)[a], reward) for obs, a, reward in as_taken]
    assert close(one_hot.retrieve(vectors), one_hot.retrieve(spread))


def test_last_attention_is_that_of_the_last_retrieval_detached():
    memory, rows = made("combined-cosine", n_entries=4), random_context(1)[0]
    assert memory.get_last_attention() is None
    found = memory.retrieve(rows)
    episodic, motif = memory.get_last_attention()
    assert isinstance(episodic, np.ndarray) and np.array_equal(episodic, found.episodic_attn.detach())
    assert isinstance(motif, np.ndarray) and np.array_equal(motif, found.motif_attn.detach())
    assert np.array_equal(memory.motif_bank.get_last_attention(), motif)
    assert np.array_equal(memory.episodic_buffer.last_attn, episodic)
    memory.retrieve(rows + 1)
    assert not np.array_equal(memory.get_last_attention()[1], motif)
    only = made("episodic-dot")
    only.retrieve(rows)
    assert only.get_last_attention().shape == (0,)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "combined" not in kind])
def test_a_custom_query_is_an_embedding(kind):
    memory, context = made(kind, n_entries=4), random_context()
    encode = memory.encoder.unroll if "motif" in kind else memory.encoder
    assert close(memory.retrieve_with_custom_query(encode(context)), memory.unroll(context))
    single = memory.retrieve_with_custom_query(torch.ones(DIM))
    assert single.readout.shape == (DIM,)
    if "episodic" in kind:
        memory.reset()
        assert not memory.retrieve_with_custom_query(torch.ones(2, DIM)).readout.any()


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_listed_once(kind):
    memory = made(kind)
    listed = memory.get_trainable_parameters()
    assert len({id(p) for p in listed}) == len(listed) == len(list(memory.parameters()))
    apart = [*memory.motif_parameters(), *memory.usefulness_parameters()]
    assert len(apart) == 1 + ("combined" in kind)
    assert {id(p) for p in apart} <= {id(p) for p in listed}


@pytest.mark.parametrize("make", [buffer, bank])
def test_seeds_make_equal_weights_and_leave_torch_alone(make):
    before = torch.get_rng_state()
    one, two, other = make(seed=3), make(seed=3), make(seed=4)
    assert torch.equal(torch.get_rng_state(), before)
    pairs = zip(one.parameters(), two.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    drawn = [name for name, p in one.named_parameters() if p.ndim == 2]
    assert drawn and not any(torch.equal(one.state_dict()[n], other.state_dict()[n]) for n in drawn)
    make(seed=None)
    assert not torch.equal(torch.get_rng_state(), before)
    torch.set_rng_state(before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("trajectory", "said"),
    [
        ([], "empty"),
        (torch.zeros(0, 5), "shape"),
        (torch.zeros(2, 0, 5), "shape"),
        (torch.zeros(4, 6), r"\(B, T, 5\)"),
        (torch.zeros(5), "shape"),
        (np.zeros((1, 1, 1, 5)), "shape"),
        ([([0.0, 1.0], 0, 0.0)], r"\(B, T, 5\)"),
        ([([0.0] * 3, 0, 0.0), ([0.0] * 2, 0, 0.0)], "."),
        (torch.full((2, 5), torch.nan), "."),
        ([([np.nan] * 3, 0, 0.0)], "."),
    ],
)
def test_trajectories_that_do_not_fit_are_data_errors_in_one_line(kind, trajectory, said):
    memory = made(kind, n_entries=2)
    with pytest.raises(DataError, match=said) as raised:
        memory.retrieve(trajectory)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("make", [buffer, bank])
@pytest.mark.parametrize(
    "wrong",
    [
        {"obs_dim": 0},
        {"action_dim": 0},
        {"mem_dim": -8},
        {"attention": "none"},
        {"mem_dim": 8.5},
        {"mem_dim": "8"},
    ],
)
def test_unusable_arguments_are_named(make, wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        make(**wrong)


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (buffer, {"max_entries": 0}),
        (buffer, {"eviction": "oldest"}),
        (buffer, {"admission": 0.0}),
        (buffer, {"admission": 1.5}),
        (buffer, {"n_heads": 3}),
        (bank, {"n_motifs": 0}),
        (bank, {"motif_len": 0}),
    ],
)
def test_unusable_arguments_of_one_memory_are_named(make, wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        make(**wrong)


@pytest.mark.parametrize("wrong", [{"obs_dim": 4}, {"action_dim": 2}])
def test_memories_of_different_widths_do_not_combine(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        CombinedMemoryModule(buffer(), bank(**wrong))


def test_two_memories_of_different_readouts_combine():
    memory = CombinedMemoryModule(buffer(mem_dim=4), bank(mem_dim=6))
    assert memory.readout_dim == 10 and memory.mem_dim == 4
    assert memory.retrieve(torch.zeros(2, 5)).readout.shape == (10,)


def test_a_memory_of_ones_own_must_define_retrieve():
    class Bare(BaseMemoryBuffer):
        pass

    with pytest.raises(NotImplementedError, match="Bare must define retrieve"):
        Bare().retrieve([])
    bare = Bare()
    bare.add_entry([], 0.0)
    bare.reset()
    assert bare.entries() is None and bare.get_last_attention() is None
    assert bare.get_trainable_parameters() == bare.motif_parameters() == bare.usefulness_parameters() == []


def test_answers_of_other_memories_become_three_fields():
    readout, attn = torch.zeros(4), torch.ones(2)
    assert as_retrieval(readout) == (readout, None, None)
    assert as_retrieval((readout, attn)) == (readout, attn, None)
    assert as_retrieval((readout, attn), of_motifs=True) == (readout, None, attn)
    assert as_retrieval((readout, attn, attn)) == (readout, attn, attn)


def test_a_combined_memory_takes_memories_that_answer_in_pairs():
    class Pairs(torch.nn.Module):
        obs_dim, action_dim, readout_dim = 3, 1, 2

        def retrieve(self, context_traj):
            return torch.tensor([3.0, 4.0]), torch.ones(1)

    rows = torch.zeros(2, 5)
    found = CombinedMemoryModule(buffer(), Pairs()).retrieve(rows)
    assert found.readout[-2:].tolist() == [3.0, 4.0] and found.motif_attn.tolist() == [1.0]
    assert found.episodic_attn.shape == (0,)
    found = CombinedMemoryModule(Pairs(), bank()).retrieve(rows)
    assert found.readout[:2].tolist() == [3.0, 4.0] and found.episodic_attn.tolist() == [1.0]


def test_action_numbers_outside_of_the_space_are_named():
    with pytest.raises(UsageError, match="action 3 does not fit action_dim=3"):
        action_features(torch.tensor([0, 3]), 3)
    with pytest.raises(UsageError, match="action -1 does not fit"):
        action_features(torch.tensor([0, -1]), 3)
    assert action_features(torch.tensor([[2.0]]), 1).tolist() == [[[2.0]]]
    with pytest.raises(UsageError, match="action_dim=2"):
        as_context([([0.0], 2, 0.0)], 1, 2)


def test_settings_make_a_memory_like_it():
    memory = both(attention="dot")
    parts = memory.config()
    twin = CombinedMemoryModule(
        StrategicMemoryBuffer(**parts["episodic_buffer"]), MotifMemoryBank(**parts["motif_bank"])
    )
    assert twin.config() == parts
    twin.load_state_dict(memory.state_dict())
    assert close(twin.retrieve(torch.ones(3, 5)), memory.retrieve(torch.ones(3, 5)))


def test_the_combined_memory_asks_both_by_one_query():
    memory = made("combined-cosine", n_entries=4)
    query = torch.ones(2, DIM)
    found = memory.retrieve_with_custom_query(query)
    episodic = memory.episodic_buffer.retrieve_with_custom_query(query)
    motif = memory.motif_bank.retrieve_with_custom_query(query)
    assert torch.equal(found.readout, torch.cat([episodic.readout, motif.readout], -1))
    assert torch.equal(found.episodic_attn, episodic.episodic_attn)
    assert torch.equal(found.motif_attn, motif.motif_attn)


def test_the_combined_memory_has_the_usefulness_loss_of_its_episodes():
    memory = made("combined-cosine", n_entries=4)
    attn, returns = torch.rand(3, 4), torch.randn(3)
    assert torch.equal(
        memory.usefulness_loss(attn, returns), memory.episodic_buffer.usefulness_loss(attn, returns)
    )


@pytest.mark.parametrize("kind", ["motif-cosine", "motif-dot"])
def test_a_masked_motif_gets_no_attention_and_comes_back(kind):
    memory, query = made(kind), torch.randn(5, DIM)
    before = memory.retrieve_with_custom_query(query)
    with memory.masked([1]):
        without = memory.retrieve_with_custom_query(query)
    assert not without.motif_attn[:, 1].any() and before.motif_attn[:, 1].all()
    others = [row for row in range(memory.n_motifs) if row != 1]
    assert (without.motif_attn[:, others] >= before.motif_attn[:, others]).all()
    assert close(memory.retrieve_with_custom_query(query), before)


def test_a_frozen_bank_has_no_gradient_and_can_thaw():
    memory = made("motif-cosine").freeze()
    assert memory.config()["frozen"] and not any(p.requires_grad for p in memory.parameters())
    assert all(p.requires_grad for p in memory.freeze(False).parameters())


@pytest.mark.parametrize("kind", ["motif-dot", "motif-cosine"])
def test_with_all_motifs_masked_nothing_is_read(kind):
    memory = made(kind)
    context = random_context(2, 3)
    with memory.masked(range(memory.n_motifs)):
        readout, _, attn = memory.unroll(context)
    assert not readout.any() and not attn.any()


@pytest.mark.parametrize("kind", KINDS)
def test_memories_take_single_precision_alone(kind):
    memory = made(kind, n_entries=2).double()
    with pytest.raises(UsageError, match=r"float64 weights.*call \.float\(\)"):
        memory.retrieve([([0.0, 1.0, 0.0], 0, 0.0)])
    memory.float().retrieve([([0.0, 1.0, 0.0], 0, 0.0)])
