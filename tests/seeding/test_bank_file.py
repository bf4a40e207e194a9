"""A seeded bank as a file: the same after, whole or not at all, and damage is told."""

import json
import os

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from motifkit import load_bank, save_bank
from motifkit.errors import CorruptFileError, FileAccessError
from tests.agents.small_agents import agent_of
from tests.compare.small_comparisons import bank_of, planted, seeded


@pytest.fixture(scope="module")
def bank():
    dataset, _, result = planted()
    return seeded(result, dataset, offsets=(0, -1))


@pytest.fixture
def path(bank, tmp_path):
    return save_bank(bank, tmp_path / "bank.safetensors", about={"miner": "sax", "n": 3})


def header_of(path):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def test_everything_comes_back(bank, path):
    loaded, about = load_bank(path)
    assert about == {"miner": "sax", "n": 3} and loaded.config() == bank.config()
    state = bank.state_dict()
    assert all(torch.equal(state[name], value) for name, value in loaded.state_dict().items())
    assert loaded.seeded_offset.tolist() == [0, 0, 0, -1, -1]
    rows = torch.randn(2, 10, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded.unroll(rows).motif_attn, bank.unroll(rows).motif_attn)


@pytest.mark.parametrize("how", [{"frozen": True}, {"attention": "dot"}, {"frozen": False}])
def test_the_kind_of_bank_comes_back(how, tmp_path):
    loaded, about = load_bank(save_bank(bank_of(**how), tmp_path / "b.safetensors"))
    assert loaded.config() == bank_of(**how).config() and about == {}
    assert loaded.motif_embeds.requires_grad is not how.get("frozen", False)


def test_the_same_bank_gives_the_same_file(bank, path, tmp_path):
    again = save_bank(bank, tmp_path / "again.safetensors", about={"miner": "sax", "n": 3})
    assert header_of(again) == header_of(path)  # safetensors writes them in an order of its own


def test_nothing_is_replaced_unasked(bank, path):
    before = path.read_bytes()
    with pytest.raises(FileAccessError):
        save_bank(bank_of(), path)
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]
    save_bank(bank_of(2), path, overwrite=True)
    assert load_bank(path)[0].n_motifs == 2


def test_places_that_cannot_be_written(bank, tmp_path):
    with pytest.raises(FileAccessError):
        save_bank(bank, tmp_path / "nowhere" / "bank.safetensors")
    assert os.listdir(tmp_path) == []


def corrupt(path, says=""):
    with pytest.raises(CorruptFileError, match=says) as caught:
        load_bank(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("keep", [0, 4, 0.3, 0.9, -1])
def test_truncated_files(path, keep):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    corrupt(path, "damaged or no motif bank")


@pytest.mark.parametrize("seed", range(8))
def test_a_bit_that_turned(path, seed):
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    whole[-int(rng.integers(1, 2000))] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(whole))
    corrupt(path, "damaged")


def test_a_header_that_was_edited(path):
    metadata = header_of(path)
    header = json.loads(metadata["header"])
    header["bank"]["motif_len"] = 9
    save_file(load_file(path), path, {**metadata, "header": json.dumps(header)})
    corrupt(path, "checksum does not fit")


def test_a_row_that_was_edited(path):
    tensors = load_file(path)
    tensors["motif_embeds"][0, 0] += 1e-3
    save_file(tensors, path, header_of(path))
    corrupt(path, "checksum does not fit")


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("bank"),
        lambda header: header["bank"].update(n_motifs=6),
        lambda header: header["bank"].update(motif_len=0),
        lambda header: header["bank"].update(colour="red"),
        lambda header: header.pop("about"),
        lambda header: header.update(about=7),
    ],
)
def test_a_header_that_describes_no_bank(bank, path, change):
    from motifkit.memory.tensor_file import write_tensors

    header = json.loads(header_of(path)["header"])
    change(header)
    write_tensors(path, "motifkit.bank/1", bank.state_dict(), header, overwrite=True)
    corrupt(path, "does not describe a motif bank")


def test_other_files(tmp_path):
    (tmp_path / "text").write_text("not a bank, but long enough to be read as one")
    corrupt(tmp_path / "text", "damaged or no motif bank")
    checkpoint = agent_of().save(tmp_path / "agent.safetensors")
    corrupt(checkpoint, "has format 'motifkit.checkpoint/1'")
    for there in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(FileAccessError, match="cannot be read"):
            load_bank(there)
