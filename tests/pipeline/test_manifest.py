"""What is done is not done again, and what depends on a change is."""

import json

import pytest
from click.testing import CliRunner

from motifkit.cli.commands import cli
from motifkit.errors import CorruptFileError, FileAccessError
from motifkit.pipeline.manifest import Manifest, hash_of
from motifkit.pipeline.reading import read_experiment
from motifkit.pipeline.running import Progress
from motifkit.pipeline.summary import summarise
from motifkit.pipeline.units import units_of

MINING = {"mine/matrix_profile"}
RANDOM = {"train/random/0", "train/random/1"}
MINED = {"train/mined/0", "train/mined/1"}
COMPARING = {"compare/mined-0", "compare/mined-1"}


def changed(toml, *settings):
    """Units whose hash an override changes."""
    before = {unit.name: unit.hash for unit in units_of(read_experiment(toml))}
    return {unit.name for unit in units_of(read_experiment(toml, settings)) if unit.hash != before[unit.name]}


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("compare.n_episodes=5", COMPARING),
        ("compare.baseline=mined", set()),
        ("seed.n_steps=6", MINED | COMPARING),
        ("seed.n_rows=5", RANDOM | MINED | COMPARING),
        ("mine.n_motifs=3", MINING | MINED | COMPARING),
        ("data.seed=1", MINING | MINED | COMPARING),
        ("train.gamma=0.5", RANDOM | MINED | COMPARING),
        ("env.args.noise=0.2", MINING | RANDOM | MINED | COMPARING),
        ('mine.methods=["matrix_profile"]', set()),
    ],
)
def test_a_hash_covers_what_a_unit_depends_on_and_no_more(toml, setting, names):
    assert changed(toml, setting) == names


def test_the_version_is_part_of_a_hash(monkeypatch):
    before = hash_of("mine", {})
    monkeypatch.setattr("motifkit.pipeline.manifest.__version__", "99")
    assert hash_of("mine", {}) != before


def test_units_come_after_what_they_read_from(toml):
    seen = set()
    for unit in units_of(read_experiment(toml)):
        assert seen.issuperset(unit.after)
        seen.add(unit.name)
    assert seen == MINING | RANDOM | MINED | COMPARING


def test_finished_units_are_not_done_again(finished, copied, run_small):
    assert finished.units == MINING | RANDOM | MINED | COMPARING
    assert run_small()[2] == set()
    # A file that is lost is made again, and nothing else.
    (copied / "train/random/1/checkpoint.safetensors").unlink()
    assert run_small()[2] == {"train/random/1"}
    # So is one that something else wrote over.
    result = copied / "train/random/1/result.json"
    result.write_text(result.read_text().replace('"arm"', '"branch"'))
    assert run_small()[2] == {"train/random/1"}
    # Changed parameters redo what depends on them.
    assert run_small("compare.n_episodes=5")[2] == COMPARING
    # One more seed adds its units; going back needs none.
    assert run_small("compare.n_episodes=5", "train.seeds=3")[2] == {
        "train/random/2",
        "train/mined/2",
        "compare/mined-2",
    }
    assert run_small("compare.n_episodes=5")[2] == set()
    assert run_small("train.seeds=1", force=True)[2] == {
        "mine/matrix_profile",
        "train/random/0",
        "train/mined/0",
        "compare/mined-0",
    }


def test_trainings_repeat_bit_by_bit(copied, run_small):
    files = [copied / name for name in ("train/mined/0/checkpoint.safetensors", "compare/mined-0.json")]
    log = copied / "train/mined/0/log.jsonl"

    def curve():
        return [json.loads(line)["return_mean"] for line in log.read_text().splitlines()]

    before, steps = files[1].read_bytes(), curve()
    for file in files:
        file.unlink()
    assert run_small("train.seeds=1")[2] == {"train/mined/0", "compare/mined-0"}
    assert files[1].read_bytes() == before and curve() == steps


def test_a_training_of_an_experiment_is_not_resumed_alone(finished):
    place = finished.directory / "train/mined/0"
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    told = CliRunner().invoke(cli, ["evaluate", str(place), "--episodes", "2"])
    assert told.exit_code == 0 and f"next: motifkit evaluate {place} --episodes 10" in told.output
    refused = CliRunner().invoke(cli, ["train", "--resume", "-o", str(place), "--steps", "8192"])
    assert refused.exit_code == 2 and "a part of an experiment" in refused.output
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("name", ["result.json", "log.jsonl"])
def test_the_damaged_file_is_named(finished, copied, name):
    (copied / "train/random/0" / name).write_text("{}")
    with pytest.raises(CorruptFileError, match=f"{name} is damaged"):
        summarise(finished.experiment, Manifest(copied))


def test_units_that_are_done_again_are_forgotten_first(copied, toml):
    unit = units_of(read_experiment(toml))[0]
    assert Manifest(copied).is_done(unit.name, unit.hash)
    Manifest(copied).begin({}, [unit.name])
    assert not Manifest(copied).is_done(unit.name, unit.hash)


def test_leftovers_of_a_killed_process_go(copied, run_small):
    left = copied / "train" / "random" / "0" / ".checkpoint.0123abcd.safetensors"
    left.touch()
    run_small("train.seeds=1")
    assert not left.exists()


def test_other_directories_are_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileAccessError, match=r"holds other files but no manifest\.json"):
        Manifest(tmp_path)
    with pytest.raises(FileAccessError, match="is a file"):
        Manifest(tmp_path / "file")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "other/1"}', '{"schema": "motifkit.manifest/2", "units": {"a": 3}}']
)
def test_a_damaged_manifest_is_said_to_be_one(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CorruptFileError, match=r"manifest\.json"):
        Manifest(tmp_path)


def test_the_time_left_is_told_from_trainings(toml):
    units = units_of(read_experiment(toml))
    progress = Progress(units, 2, {"mine/matrix_profile": 1.0})
    assert progress.minutes_left is None
    progress.seconds["train/random/0"] = 60.0
    assert progress.minutes_left == pytest.approx(5 * 60 / 2 / 60)
