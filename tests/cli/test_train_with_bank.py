"""`motifkit train --bank` by click's runner."""

import json
from pathlib import Path

import pytest
from ended import one_line

from motifkit.agents.trace_rl import TraceRL
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.seeding import load_bank, save_bank

QUICK = ("memory-task", "--delay", 2, "--n-envs", 16, "--threads", 1)


@pytest.fixture
def seeded(run):
    """A bank of other sizes than the defaults, for the memory task."""
    bank = MotifMemoryBank(3, 1, mem_dim=16, n_motifs=5, motif_len=3, seed=0)
    bank.seeded_mask[:2] = True
    return save_bank(bank, "bank.safetensors")


def test_begins_with_a_bank(run, seeded):
    done = run(
        "train", *QUICK, "--steps", 64, "--until", "inf", "--bank", seeded, "--n-motifs", 5, "-o", "run"
    )
    assert done.exit_code == 0, (done.output, done.exception)
    config = json.loads(Path("run/config.json").read_text())
    sizes = {name: config[name] for name in ("bank", "n_motifs", "motif_len", "mem_dim")}
    assert sizes == {"bank": "bank.safetensors", "n_motifs": 5, "motif_len": 3, "mem_dim": 16}
    bank = TraceRL.load("run/checkpoint.safetensors").get_motif_bank()
    assert bank.seeded_mask.tolist() == [True, True, False, False, False]
    begun, _ = load_bank(seeded)
    assert 0 < (bank.motif_embeds - begun.motif_embeds).abs().max() < 0.1  # learned on from what was seeded
    seeded.unlink()
    done = run("train", "--resume", "-o", "run", "--steps", 96)
    assert done.exit_code == 0, (done.output, done.exception)
    told = one_line(run("train", "--resume", "-o", "run", "--bank", "other"), 2)
    assert "started with bank bank.safetensors, not bank other" in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--motif-len", 4), 2, "--motif-len is 3 in bank.safetensors, not 4; leave --motif-len out"),
        (("--mem-dim", 32), 2, "--mem-dim is 16 in bank.safetensors, not 32"),
        (("--memory", "none"), 2, "--bank has no effect with --memory none"),
        (("--memory", "episodic"), 2, "--bank has no effect with --memory episodic"),
        (("--bank", "none.safetensors"), 4, "none.safetensors"),
        (("--bank", "goog.csv"), 5, "goog.csv"),
    ],
)
def test_a_bank_that_does_not_fit(run, seeded, arguments, code, told):
    assert told in one_line(run("train", *QUICK, "--bank", seeded, *arguments), code)
    assert not Path("runs").exists()


def test_a_bank_of_another_environment(run, seeded):
    told = one_line(run("train", "CartPole-v1", "--bank", seeded), 3)
    assert "bank.safetensors was made for 3 features of an observation, but the environment has 4" in told
    save_bank(MotifMemoryBank(4, 3, mem_dim=16, seed=0), "wide.safetensors")
    told = one_line(run("train", "CartPole-v1", "--bank", "wide.safetensors"), 3)
    assert "was made for 3 features of an action, but the environment has 2 or 1" in told
    assert not Path("runs").exists()
