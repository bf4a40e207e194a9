"""`motifkit seed` by click's runner."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from ended import one_line
from safetensors.torch import load_file
from seeding_files import QUICK, of_log, of_prices, with_single_occurrences, without_motifs

from motifkit.cli.seed import seed_command
from motifkit.envs import PlantedMotifEnv
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.seeding import load_bank


@pytest.fixture
def mined(run):
    """Results in the folder: of a log, and of prices."""
    of_log().save("log.npz")
    of_prices().save("prices.npz")


def test_seeds_from_the_log_of_the_environment(run, mined):
    done = run("seed", "log.npz", "--env", "planted-motif", "--pretrain-steps", 100, "--threads", 1)
    assert done.exit_code == 0, (done.output, done.exception)
    lines = done.stdout.splitlines()
    assert lines[0] == "planted-motif: a log of 2,000 steps, seed 0, column return"
    assert lines[3].split() == ["row", "motif", "occurrences", "own", "cosine", "margin", "wins"]
    assert [line.split()[1] for line in lines[4:16]] == [
        f"{k}{end}" for end in ("", "-1", "+1") for k in "ABCD"
    ]
    assert "false alarms in" in lines[17] and "threshold 0." in lines[17] and "in 100 steps" in lines[17]
    assert lines[-2] == "wrote bank.safetensors"
    assert lines[-1] == "next: motifkit train planted-motif --bank bank.safetensors -o runs/seeded"
    bank, about = load_bank("bank.safetensors")
    assert (bank.n_motifs, bank.motif_len, bank.mem_dim, bank.obs_dim, bank.action_dim) == (12, 8, 32, 1, 1)
    assert bank.seeded_mask.all() and bank.seeded_offset.tolist() == [0] * 4 + [-1] * 4 + [1] * 4
    assert about["wins"] > 0.9 and about["false_alarm_rate"] < 0.05
    assert (about["env"], about["source"], about["offsets"]) == ("planted-motif", "planted-motif", [0, -1, 1])
    assert about["log"] == {"steps": 2000, "seed": 0} and about["fingerprint"] == of_log().fingerprint


def test_seeds_from_prices(run, mined):
    arguments = ("seed", "prices.npz", "--data", "goog.csv", "--env", "planted-motif", *QUICK)
    done = run(*arguments, "--offsets", "0", "--mem-dim", 16, "-o", "a.safetensors", "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    answer = json.loads(done.stdout)
    assert answer["schema"] == "motifkit.seeding/1" and answer["files"] == {"bank": "a.safetensors"}
    assert answer["bank"]["n_motifs"] == 8 and answer["n_random"] == 5 and len(answer["rows"]) == 3
    assert answer["log"] is None and answer["method"] == "sax"
    run(*arguments, "--offsets", "0", "--mem-dim", 16, "-o", "b.safetensors", "-q")
    one, other = load_file("a.safetensors"), load_file("b.safetensors")
    assert all(torch.equal(one[name], other[name]) for name in one)  # the seed decides all


def test_options_reach_the_bank(run, mined):
    done = run(
        *("seed", "log.npz", "--env", "planted-motif", "--env-arg", "observe_position=true", "--rows", 3),
        *("--offsets", "0,-2", "--motif-len", 6, "--resize", "resample", "--no-pretrain", "--no-calibrate"),
    )
    assert "motifs were not mined in this log" not in done.stderr  # the channel that was mined is taken
    assert done.exit_code == 0, (done.output, done.exception)
    assert "the encoder was not pretrained; 5 views of the motifs have no row." in done.stdout
    assert "--env-arg observe_position=true --bank bank.safetensors" in done.stdout
    bank, _ = load_bank("bank.safetensors")
    assert (bank.n_motifs, bank.motif_len, bank.obs_dim) == (3, 6, 2)
    fresh = MotifMemoryBank(obs_dim=2, action_dim=1, seed=0)
    assert bank.attention.threshold == fresh.attention.threshold


def test_defaults():
    defaults = {param.name: param.default for param in seed_command.params}
    wanted = {"mem_dim": 32, "offsets": "0,-1,1", "pretrain_steps": 1000, "reconstruction": 0.0, "seed": 0}
    assert {name: defaults[name] for name in wanted} == wanted


LOG = ("log.npz", "--env", "planted-motif")
PRICES = ("prices.npz", "--data", "goog.csv", "--env", "planted-motif")
BAD = {
    ("log.npz",): (2, "Missing option '--env'"),
    ("log.npz", "--env", "planted-motiv"): (2, "did you mean planted-motif?"),
    ("none.npz", "--env", "planted-motif"): (4, "none.npz does not exist"),
    ("goog.csv", "--env", "planted-motif"): (5, "is not a motifkit result"),
    ("log.npz", "--env", "memory-task"): (2, "memory-task has no log of its own"),
    ("prices.npz", "--env", "planted-motif"): (
        2,
        "were mined in goog.csv, not in the log of planted-motif; name",
    ),
    (*LOG, "--log-seed", "1"): (3, "were not mined in this log of planted-motif, of 2,000 steps with seed 1"),
    (*LOG, "--log-steps", "2001"): (3, "of 2,001 steps with seed 0; give the --log-steps"),
    (*LOG, "--env-arg", "noise=0.5"): (3, "were not mined in this log"),
    (*LOG, "--data", "goog.csv"): (3, "no column 'return'"),
    (*PRICES[:2], "other.csv", *PRICES[3:]): (3, "these data (other.csv) are not the same"),
    (*PRICES[:2], "none.csv", *PRICES[3:]): (4, "none.csv"),
    (*PRICES[:3], "--env", "memory-task"): (
        3,
        "gives 1 features a step (Adj Close), but the bank was made for 3",
    ),
    ("empty.npz", *LOG[1:]): (3, "holds no motifs"),
    ("single.npz", *LOG[1:]): (3, "motif A has 1 occurrence, but a row needs at least two"),
    (*LOG, "--motif-len", "6"): (3, "motifs are 8 steps long, the bank's windows 6"),
    (*LOG, "--offsets", "0,x"): (2, "'0,x' must be different whole numbers"),
    (*LOG, "--offsets", "0,0"): (2, "'0,0' must be different whole numbers"),
    (*LOG, "--rows", "0"): (2, "--rows"),
    (*LOG, "--reconstruction", "nan"): (2, "nan must be a number of at least 0"),
    (*LOG, "-o", "log.npz", "--force"): (2, "log.npz is the input"),
    (*LOG, "-o", "goog.csv"): (4, "goog.csv exists already"),
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input(arguments, run, mined, tmp_path):
    without_motifs(of_log()).save("empty.npz")
    with_single_occurrences(of_log()).save("single.npz")
    Path("other.csv").write_text("\n".join(Path("goog.csv").read_text().splitlines()[:-1]) + "\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, told = BAD[arguments]
    assert told in one_line(run("seed", *arguments), code)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_windows_with_nan(run, mined, tmp_path, monkeypatch):
    def broken(self, episode):
        return np.full((len(episode), 1), np.nan)

    monkeypatch.setattr(PlantedMotifEnv, "observations_of", broken)
    told = one_line(run("seed", *LOG), 3)
    assert "an occurrence of motif A holds a value that is not finite" in told
    assert not (tmp_path / "bank.safetensors").exists()
