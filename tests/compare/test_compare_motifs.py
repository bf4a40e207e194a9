"""Learned against mined motifs, as a whole: what is said of each row, what is left alone, what is refused."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from motifkit import MotifComparison, compare_motifs, load_bank, save_bank
from motifkit.compare.compare import _fallen_out, _kept
from motifkit.compare.opening import observer, opened
from motifkit.errors import CorruptFileError, DataError, FileAccessError, UsageError
from motifkit.types import Occurrence
from tests.agents.small_agents import agent_of, same
from tests.agents.tiny_envs import Counting
from tests.compare.cued_agent import Cued, Observing, cued
from tests.compare.small_comparisons import bank_of, motif_of, planted, result_of, seeded
from tests.memory.memories import buffer

LABELS = ["A", "B", "C", None]


@pytest.fixture(scope="module")
def acting():
    return cued()


@pytest.fixture(scope="module")
def compared(acting):
    agent, dataset, truth, result = acting
    return compare_motifs(result, agent, dataset, truth=truth, n_episodes=40)


@pytest.fixture(scope="module")
def plain():
    dataset, truth, result = planted()
    return dataset, truth, result, seeded(result, dataset, n_steps=150)


def same_comparison(one, other):
    one, other = one.as_dict(), other.as_dict()
    return one == other


def test_a_bank_that_has_not_learned_yet(plain):
    dataset, truth, result, bank = plain
    comparison = compare_motifs(result, bank, dataset, truth=truth)
    rows = comparison.rows
    assert [row.label for row in rows] == ["A", "B", "C", None, None]
    assert np.allclose([row.drift for row in rows[:3]], 1) and all(np.isnan(row.drift) for row in rows[3:])
    assert [row.matched_label for row in rows] == ["A", "B", "C", None, None]
    assert min(row.matched_cosine for row in rows[:3]) > 0.99
    assert np.isclose(comparison.cka, 1) and 2 < comparison.effective_rank_mined <= 3
    assert 3 < comparison.effective_rank_learned <= 5
    assert all(row.n_kept >= 11 and row.n_kept + row.n_lost == 12 for row in rows[:3])
    assert all(row.n_kept + row.n_gained == len(row.occurrences) for row in rows)
    assert comparison.f1 > 0.9 and [one.row for one in comparison.recovered] == [0, 1, 2]
    assert all(np.isnan(row.return_loss) and not row.matters for row in rows)
    assert np.isnan(comparison.mean_return) and comparison.n_episodes == 0
    assert (comparison.source, comparison.method, comparison.channels) == (
        "array",
        "matrix_profile",
        ("value",),
    )
    assert comparison.fallen_out == () and comparison.discoveries == ()
    mined = np.mean(
        [dataset.episodes[0].observations[o.start : o.end] for o in result.motifs[1].occurrences], 0
    )
    assert np.allclose(rows[1].mined_answer, mined, atol=1e-6) and np.isnan(rows[4].mined_answer).all()
    shares = sum(row.usage for row in rows) + comparison.null_share
    assert np.isclose(shares, 1)


def test_an_agent_is_watched_while_it_plays(compared):
    assert [row.label for row in compared.rows] == LABELS
    assert compared.n_episodes == 40 and compared.mean_return > 0.5
    first, *others = compared.rows
    assert first.matters and first.return_loss_low <= first.return_loss <= first.return_loss_high
    assert first.is_used and not any(row.matters for row in others)
    assert compared.f1 > 0.9
    assert len(compared.to_frame()) == 4 and compared.as_dict()["rows"][0]["matters"] is True
    assert isinstance(compared.sentence(), str)


def test_usage_is_that_of_the_episodes_not_of_the_data(acting, compared):
    agent, dataset, truth, result = acting
    alone = compare_motifs(result, agent.memory, dataset, truth=truth)
    assert alone.rows[0].usage != compared.rows[0].usage and np.isnan(alone.rows[0].return_loss)
    assert alone.rows[0].occurrences == compared.rows[0].occurrences


def test_a_seed_gives_one_comparison(acting, compared):
    agent, dataset, truth, result = acting
    again = compare_motifs(result, agent, dataset, truth=truth, n_episodes=40)
    assert same_comparison(again, compared)
    other = compare_motifs(result, agent, dataset, truth=truth, n_episodes=40, seed=1)
    assert other.mean_return != compared.mean_return


def test_nothing_is_changed():
    (agent, dataset, _, result), (twin, *_) = (cued(n_minibatches=1) for _ in range(2))
    for one in (agent, twin):
        one.learn(8 * 60)
        one.network.train()
        one.memory.freeze()
    state = copy.deepcopy(agent.memory.state_dict())
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    compare_motifs(result, agent, dataset, n_episodes=5)
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])
    assert same(agent, twin)
    assert all(torch.equal(state[name], value) for name, value in agent.memory.state_dict().items())
    assert all(module.training for module in agent.network.modules())
    assert agent.memory._hidden is None and agent.memory.frozen
    assert not any(p.requires_grad for p in agent.memory.parameters())
    with agent.memory.masked([1]):
        compare_motifs(result, agent.memory, dataset)
        assert agent.memory._hidden.tolist() == [False, True, False, False]


def test_learning_goes_on_as_if_there_had_been_no_comparison():
    (agent, dataset, _, result), (twin, *_) = (cued(n_minibatches=1) for _ in range(2))
    compare_motifs(result, agent, dataset, n_episodes=5)
    assert same(agent.learn(8 * 60), twin.learn(8 * 60))


def test_a_bank_that_was_never_seeded(plain):
    dataset, truth, result, _ = plain
    comparison = compare_motifs(result, bank_of(), dataset, truth=truth)
    assert all(row.label is None and np.isnan(row.drift) and row.n_lost == 0 for row in comparison.rows)
    assert sum(row.matched_label is not None for row in comparison.rows) == 3
    assert np.isnan(comparison.cka) and np.isnan(comparison.effective_rank_mined)
    assert comparison.fallen_out == ()
    assert len(comparison.sentence())


def test_more_motifs_than_rows(plain):
    dataset, _, result, _ = plain
    comparison = compare_motifs(result, seeded(result, dataset, bank_of(2)), dataset)
    assert [row.label for row in comparison.rows] == ["A", "B"]
    assert {row.matched_label for row in comparison.rows} <= {"A", "B", "C"}


def test_rows_seeded_at_several_offsets(plain):
    dataset, _, result, _ = plain
    bank = seeded(result, dataset, bank_of(8), offsets=(0, -2, 1))
    comparison = compare_motifs(result, bank, dataset)
    labels = ["A", "B", "C", "A-2", "B-2", "C-2", "A+1", "B+1"]
    assert [row.label for row in comparison.rows] == labels
    starts = {o.start for o in comparison.rows[3].occurrences}
    wanted = {o.start - 2 for o in result.motifs[0].occurrences}
    assert len(starts & wanted) >= 8
    assert comparison.rows[3].n_kept >= 8


def test_motifs_of_another_length_are_stretched(plain):
    dataset, truth, result, _ = plain
    bank = seeded(result, dataset, bank_of(motif_len=5), resize="resample")
    comparison = compare_motifs(result, bank, dataset, truth=truth)
    assert comparison.rows[0].answer.shape == (5, 1) == comparison.rows[0].mined_answer.shape
    assert comparison.f1 > 0.85 and all(o.end - o.start == 8 for o in comparison.rows[0].occurrences)


def test_a_row_that_was_overwritten_falls_out_and_one_that_learned_something_else_is_found(plain):
    dataset, truth, result, bank = plain
    left = replace(result, motifs=result.motifs[:2])  # the third shape was not mined
    learned = seeded(left, dataset, n_steps=1)
    learned.encoder.load_state_dict(bank.encoder.state_dict())
    with torch.no_grad():
        learned.motif_embeds[:2] = bank.motif_embeds[:2]
        learned.motif_embeds[1] *= -1
        learned.motif_embeds[3] = bank.motif_embeds[2]
        learned.attention.load_state_dict(bank.attention.state_dict())
    comparison = compare_motifs(left, learned, dataset, truth=truth)
    assert comparison.fallen_out == ("B",)
    discoveries = [row.row for row in comparison.discoveries]  # a random row may win a window of noise
    assert 3 in discoveries and not {0, 1} & set(discoveries)
    assert comparison.rows[3].n_gained >= 11 and comparison.rows[3].n_kept <= 2
    assert comparison.rows[1].n_lost == 12
    with torch.no_grad():
        learned.motif_embeds[4] = bank.motif_embeds[1]  # another row answers to B now
    again = compare_motifs(left, learned, dataset, truth=truth)
    assert again.fallen_out == () and again.rows[4].n_kept >= 11 and not again.rows[4].is_discovery
    assert again.rows[4].matched_label == "B"


def test_kept_gained_and_lost_by_hand():
    motifs = [motif_of("A", [(0, 0, 8), (0, 20, 28), (1, 0, 8)]), motif_of("B", [(0, 40, 48)])]
    have = [Occurrence(0, s, s + 8, 0.1) for s in (1, 40, 60)]
    assert _kept(have, motifs, 0) == (1, 2, 2)
    assert _kept(have, motifs, 1) == (1, 2, 0)
    assert _kept(have, motifs, None) == (2, 1, 0)


def test_fallen_out_takes_more_than_half(compared):
    def row(k, label, wins, *starts):
        places = tuple(Occurrence(0, s, s + 8, 0.1) for s in starts)
        return replace(compared.rows[0], row=k, label=label, wins=wins, occurrences=places)

    motifs = [motif_of("A", [(0, 0, 8), (0, 20, 28)])]
    assert _fallen_out([row(0, "A", 0.001)], motifs) == ()
    assert _fallen_out([row(0, "A", 0.0)], motifs) == ("A",)
    assert _fallen_out([row(0, "A", 0.0), row(1, None, 0.1, 0)], motifs) == ("A",)
    assert _fallen_out([row(0, "A", 0.0), row(1, None, 0.1, 0, 20)], motifs) == ()
    assert _fallen_out([row(0, "A", 0.0), row(1, None, 0.0, 0, 20)], motifs) == ("A",)


# -- what may be given


def test_files(acting, compared, tmp_path):
    agent, dataset, truth, result = acting
    agent.save(tmp_path / "checkpoint.safetensors")
    how = {"truth": truth, "n_episodes": 40, "env": Cued()}
    for path in (tmp_path, str(tmp_path / "checkpoint.safetensors")):
        assert same_comparison(compare_motifs(result, path, dataset, **how), compared)
    save_bank(agent.memory, tmp_path / "bank.safetensors")
    alone = compare_motifs(result, tmp_path / "bank.safetensors", dataset, truth=truth)
    loaded = load_bank(tmp_path / "bank.safetensors")[0]
    assert same_comparison(alone, compare_motifs(result, loaded, dataset, truth=truth))


def test_what_the_environment_observes_is_what_rows_answer_to(plain):
    dataset, _, result, bank = plain
    doubled = compare_motifs(result, bank, dataset, env=Observing())
    assert np.allclose(
        doubled.rows[0].mined_answer, 2 * compare_motifs(result, bank, dataset).rows[0].mined_answer
    )
    own = compare_motifs(result, bank, dataset, env=Observing(), observe=lambda one: 3 * one.observations)
    assert np.allclose(own.rows[0].mined_answer, 1.5 * doubled.rows[0].mined_answer)


def test_who_observes(acting):
    agent, dataset, *_ = acting
    assert observer(None, None) is None and observer(agent, None) is None and observer(None, Cued()) is None
    for env in (Observing(), Observing):
        assert np.allclose(observer(agent, env)(dataset.episodes[0]), 2 * dataset.episodes[0].observations)


def test_more_columns_than_the_data_have_get_numbers(plain):
    dataset, _, result, _ = plain

    def wide(episode):
        return np.repeat(episode.observations, 2, 1)

    bank = seeded(result, dataset, bank_of(obs_dim=2), observe=wide)
    comparison = compare_motifs(result, bank, dataset, observe=wide)
    assert comparison.channels == ("observation 0", "observation 1")


# -- what is refused


def refused(error, says, *given, **named):
    with pytest.raises(error, match=says) as caught:
        compare_motifs(*given, **named)
    assert "\n" not in str(caught.value)


def test_results_that_do_not_fit(plain):
    dataset, truth, result, bank = plain
    other, *_ = planted(seed=1)
    refused(DataError, "were mined in array, and these data", result, bank, other)
    refused(DataError, "holds no motifs to compare", replace(result, motifs=()), bank, dataset)
    refused(DataError, "gives 1 features a step .* made for 2", result, bank_of(obs_dim=2), dataset)
    fewer = replace(result, motifs=result.motifs[:2])
    refused(DataError, "3 rows of the bank were seeded, but not with the 2 motifs", fewer, bank, dataset)
    more = result_of(dataset, [*truth, *(p._replace(shape=3 + p.shape) for p in truth)])
    refused(DataError, "3 rows of the bank were seeded, but not with the 6", more, bank, dataset)


def test_numbers_out_of_range(plain):
    dataset, _, result, bank = plain
    refused(UsageError, "n_episodes=0 of compare_motifs", result, bank, dataset, n_episodes=0)
    refused(UsageError, "seed=-1 of compare_motifs", result, bank, dataset, seed=-1)


def test_without_a_motif_bank(plain, tmp_path):
    dataset, _, result, _ = plain
    agent = agent_of(Cued(), memory=buffer(obs_dim=1))
    refused(UsageError, "the agent has no motif bank", result, agent, dataset)
    path = agent.save(tmp_path / "episodic.safetensors")
    refused(UsageError, "episodic.safetensors has no motif bank", result, path, dataset, env=Cued())
    refused(UsageError, "bank_or_checkpoint is a dict", result, {}, dataset)


def test_files_that_do_not_fit(plain, tmp_path):
    dataset, _, result, bank = plain
    refused(FileAccessError, "nowhere does not exist", result, tmp_path / "nowhere", dataset)
    refused(FileAccessError, "holds no checkpoint.safetensors", result, tmp_path, dataset)
    (tmp_path / "text.safetensors").write_text("nothing")
    refused(CorruptFileError, "damaged or no checkpoint", result, tmp_path / "text.safetensors", dataset)
    path = save_bank(bank, tmp_path / "bank.safetensors")
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    refused(CorruptFileError, "damaged", result, path, dataset)


def test_opened_finds_the_bank_of_a_combined_memory():
    agent = agent_of()
    assert opened(agent).bank is agent.memory.motif_bank and opened(agent).agent is agent


def test_another_environment_for_the_agent(acting):
    agent, dataset, _, result = acting
    refused(DataError, "the agent was trained on", result, agent, dataset, env=Counting())


def test_the_names_are_public():
    assert isinstance(MotifComparison, type) and callable(compare_motifs)
