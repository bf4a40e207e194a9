"""`motifkit mine` on several files and on logs of trajectories, with the real miner on small data."""

import json

import numpy as np
import pytest

from motifkit.types import MiningResult

FAST = ("--surrogates", 0, "--motifs", 3)


@pytest.fixture
def files(tmp_path):
    for i, name in enumerate(("a", "b", "c")):
        closes = 100 + np.random.default_rng(i).normal(size=80).cumsum()
        (tmp_path / f"{name}.csv").write_text("Close\n" + "\n".join(f"{c:.4f}" for c in closes) + "\n")
    (tmp_path / "bad.csv").write_text("Close\n1\nx\n3\n")
    return ("a.csv", "b.csv", "c.csv")


def test_several_files_are_one_run_with_the_number_of_series(run, files, tmp_path):
    done = run("mine", *files, *FAST)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("3 files: 240 rows in 3 episodes, column Close")
    assert "series" in next(line for line in done.stdout.splitlines() if "shape" in line)
    result = MiningResult.load(tmp_path / "motifs.npz")
    assert result.parameters["n_series"] == 3
    assert {o.episode for m in result.motifs for o in m.occurrences} <= {0, 1, 2}


def test_json_counts_by_series(run, files):
    done = run("mine", *files, *FAST, "--json")
    answer = json.loads(done.stdout)
    assert answer["skipped"] == [] and answer["series"] == list(files)
    for motif in answer["motifs"]:
        counts = answer["counts_by_series"][motif["label"]]
        assert set(counts) <= set(files) and sum(counts.values()) == motif["count"]


def test_a_bad_file_ends_the_run_and_nothing_is_written(run, files, tmp_path):
    done = run("mine", *files, "bad.csv", "gone.csv", *FAST)
    assert done.exit_code == 3 and not done.stdout and not (tmp_path / "motifs.npz").exists()
    assert done.stderr.startswith("error: bad.csv") and "1 other" in done.stderr
    assert done.stderr.count("\n") == 1
    assert run("mine", "gone.csv", "a.csv", *FAST).exit_code == 4


def test_skipped_files_have_a_line_each(run, files):
    done = run("mine", *files, "bad.csv", "gone.csv", *FAST, "--skip-bad")
    assert done.exit_code == 0, done.output
    lines = done.stderr.splitlines()
    assert len(lines) == 2 and all(line.startswith("skipped: ") for line in lines)
    assert "bad.csv" in lines[0] and "gone.csv" in lines[1]


def test_no_output_overwrites_any_input(run, files):
    done = run("mine", *files, *FAST, "-o", "b.csv", "--force")
    assert done.exit_code == 2 and "is the input" in done.stderr


@pytest.fixture
def log(tmp_path):
    rng = np.random.default_rng(0)
    lines = ["episode,obs_x,obs_y,action,reward"]
    for e in range(4):
        for x, y in rng.normal(size=(30, 2)):
            lines.append(f"{e},{x:.4f},{y:.4f},{rng.integers(2)},{rng.normal():.3f}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    return "log.csv"


def test_a_log_is_mined_by_episodes_and_channels(run, log, tmp_path):
    done = run("mine", log, "--len", 6, *FAST)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("log.csv: 4 episodes, 120 steps, channels ")
    result = MiningResult.load(tmp_path / "motifs.npz")
    assert len(result.channels) == 2 and result.parameters["joint"] is False
    assert all(o.end <= 30 for motif in result.motifs for o in motif.occurrences)


def test_actions_and_rewards_are_channels_when_asked_for(run, log, tmp_path):
    done = run("mine", log, *FAST, "--surrogates", "0", "--with-actions", "--with-rewards")
    assert done.exit_code == 0, done.output
    assert MiningResult.load(tmp_path / "motifs.npz").channels[-2:] == ("action", "reward")
    first = MiningResult.load(tmp_path / "motifs.npz").channels[0]
    assert run("mine", log, *FAST, "--surrogates", "0", "--column", first, "--force").exit_code == 0
    assert MiningResult.load(tmp_path / "motifs.npz").channels == (first,)


def test_options_of_the_other_kind_of_data_are_refused(run, log, files):
    done = run("mine", log, "--transform", "return")
    assert done.exit_code == 2 and "is for prices" in done.stderr
    done = run("mine", "a.csv", "--with-actions")
    assert done.exit_code == 2 and "is for logs of trajectories" in done.stderr


def test_a_range_of_lengths(run, files, tmp_path):
    done = run("mine", "a.csv", "--len", "4:6", *FAST)
    assert done.exit_code == 0, done.output
    assert "of 4 to 6 rows" in done.stdout
    result = MiningResult.load(tmp_path / "motifs.npz")
    assert result.parameters["lengths"] == [4, 5, 6]
    assert run("match", "motifs.npz", "b.csv").exit_code == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [("6:4", "give 4:6"), ("4:5:6", "nor a range such"), ("2:6", "at least 3"), ("4:", "4:12")],
)
def test_unusable_ranges(run, files, given, told):
    done = run("mine", "a.csv", "--len", given)
    assert done.exit_code == 2 and told in done.stderr
