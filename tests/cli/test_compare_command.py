"""`motifkit compare` by click's runner."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from ended import one_line
from seeding_files import QUICK, of_log, of_prices, with_single_occurrences, without_motifs

from motifkit.cli.commands import cli
from motifkit.report.run_curve import curve_of_log

FEW = ("--episodes", 8, "--threads", 1)


def command(*arguments):
    done = CliRunner().invoke(cli, [str(one) for one in (*arguments, "-q")])
    assert done.exit_code == 0, (done.output, done.exception)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with results, a bank, and a run that began with it."""
    folder = tmp_path_factory.mktemp("compared")
    of_log().save(folder / "log.npz")
    of_prices().save(folder / "prices.npz")
    env, episode = "planted-motif", ("--env-arg", "n_steps=16")
    bank, rows = folder / "bank.safetensors", ("--offsets", "0,1", "--rows", 5)
    command("seed", folder / "log.npz", "--env", env, *episode, *rows, *QUICK, "-o", bank)
    train = ("train", env, *episode, "--n-envs", 25)
    command(*train, "--bank", bank, "--steps", 800, "-o", folder / "run")
    command(*train, "--memory", "none", "--steps", 400, "-o", folder / "none")
    return folder


@pytest.fixture
def here(run, made):
    """The made files in the folder of this test."""
    for path in made.iterdir():
        Path(path.name).symlink_to(path)


def test_a_run(run, here):
    done = run("compare", "log.npz", "run", *FEW, "-o", "report.html", "--plot", "figure.png")
    assert done.exit_code == 0, (done.output, done.exception)
    lines = done.stdout.splitlines()
    assert lines[0] == "planted-motif: a log of 2,000 steps, seed 0, column return"
    assert "masked [95%]" in done.stdout and "mean F1 of 0." in done.stdout
    assert [line.split()[1] for line in lines if line.split()[:1] and line.split()[0].isdigit()][:5] == [
        *("A", "B", "C", "D"),
        "A+1",
    ]
    names = ("prototypes", "rows", "occurrences", "map", "curves")
    assert all(Path(f"figure-{name}.png").read_bytes().startswith(b"\x89PNG") for name in names)
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "this run" in page
    assert "wrote report.html, figure-prototypes.png" in lines[-2]
    assert lines[-1] == "next: motifkit compare log.npz run --episodes 40"


def test_a_checkpoint_says_the_same(run, here):
    of_run = json.loads(run("compare", "log.npz", "run", *FEW, "--json").stdout)
    of_file = json.loads(run("compare", "log.npz", "run/checkpoint.safetensors", *FEW, "--json").stdout)
    assert of_run == of_file and of_run["schema"] == "motifkit.comparison/1"
    assert of_run["n_episodes"] == 8 and of_run["files"] == {"report": None, "plots": {}}
    assert len(of_run["recovered"]) == 4


def test_a_bank(run, here):
    done = run("compare", "log.npz", "bank.safetensors")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "mean cosine to the mined rows 1.00 (1 = unchanged)" in done.stdout
    assert "return lost" not in done.stdout
    following = (
        "next: motifkit train planted-motif --env-arg n_steps=16 --bank bank.safetensors -o runs/seeded"
    )
    assert done.stdout.splitlines()[-1] == following


def test_prices(run, here):
    run(
        "seed",
        "prices.npz",
        "--data",
        "goog.csv",
        "--env",
        "planted-motif",
        *QUICK,
        "-o",
        "p.safetensors",
        "-q",
    )
    done = run("compare", "prices.npz", "p.safetensors", "--data", "goog.csv", "-o", "report.html")
    assert done.exit_code == 0, (done.output, done.exception)
    assert done.stdout.startswith("goog.csv: 1,046 rows") and "F1" not in done.stdout
    assert "price" in Path("report.html").read_text(encoding="utf-8")


BAD = {
    ("log.npz", "nowhere"): (4, "nowhere does not exist"),
    ("log.npz", "none"): (2, "has no motif bank to compare"),
    ("log.npz", "none/checkpoint.safetensors"): (2, "has no motif bank to compare"),
    ("log.npz", "goog.csv"): (5, "goog.csv"),
    ("none.npz", "run"): (4, "none.npz does not exist"),
    ("empty.npz", "run"): (3, "holds no motifs"),
    ("single.npz", "run", "--log-seed", "3"): (3, "were not mined in this log"),
    ("prices.npz", "run"): (3, "was seeded with other motifs, which matrix_profile found in planted-motif"),
    ("prices.npz", "run/checkpoint.safetensors"): (
        2,
        "were mined in goog.csv, not in the log of motifkit/PlantedMotif-v0",
    ),
    ("prices.npz", "run/checkpoint.safetensors", "--data", "other.csv"): (3, "(other.csv) are not the same"),
    ("log.npz", "run", "--plot", "figure.gif"): (2, "'figure.gif' must end in"),
    ("log.npz", "run", "--episodes", "0"): (2, "--episodes"),
    ("log.npz", "run", "-o", "goog.csv"): (4, "goog.csv exists already"),
    ("log.npz", "run", "-o", "log.npz", "--force"): (2, "log.npz is the input"),
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input(arguments, run, here, tmp_path):
    without_motifs(of_log()).save("empty.npz")
    with_single_occurrences(of_log()).save("single.npz")
    Path("other.csv").write_text("\n".join(Path("goog.csv").read_text().splitlines()[:-1]) + "\n")
    before = {path.name for path in tmp_path.iterdir()}
    code, told = BAD[arguments]
    assert told in one_line(run("compare", *arguments), code)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_curve_of_a_long_run_is_short(tmp_path):
    path = tmp_path / "log.jsonl"
    record = {"return_mean": 2.0, "return_std": 3.0}
    lines = [json.dumps({**record, "timesteps": 10 * k, "episodes": 9 * k}) for k in range(1, 2001)]
    path.write_text("\n".join(lines))
    curve = curve_of_log(path)
    assert len(curve.steps) == 500 and curve.steps[-1] == 20_000
    assert curve.estimate == pytest.approx([2.0] * 500)
    assert (curve.high - curve.low) / 2 == pytest.approx(
        [1.96 * 1.0 / 2] * 500
    )  # four updates of nine episodes
    path.write_text("no JSON")
    assert curve_of_log(path) is None and curve_of_log(tmp_path / "none") is None
