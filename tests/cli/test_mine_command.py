"""`motifkit mine` by click's runner, with a miner that costs nothing."""

import json
import os
import sys
from pathlib import Path
from typing import get_args

import pytest

from motifkit.cli.mine_request import METHODS
from motifkit.errors import DataError
from motifkit.io.samples import sample_path
from motifkit.types import Method, MiningResult


def test_table_sentences_and_files(run, miner, tmp_path):
    done = run("mine", "goog.csv", "--len", "4")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("goog.csv: 1,047 rows, 2004-08-19 to 2008-10-14, column Adj Close (adjusted)")
    heading = next(line for line in lines if "shape" in line)
    for name in ("count", "chance", "p", "q", "dist", "first", "last", "usual"):
        assert name in heading
    row = next(line for line in lines if line.startswith("A "))
    for text in (".010", ".020*", "5.2", "2004-08-19", "+0.42% [-0.10, +0.90]", "+0.10%"):
        assert text in row
    assert "1 of 3 motifs is more than chance explains (q < .05)" in done.stdout
    assert "No motif is followed by returns that differ from the usual (q >= .05)." in done.stdout
    assert lines[-2:] == ["wrote motifs.npz", "next: motifkit match motifs.npz NEW.csv"]
    assert "\x1b" not in done.output and not done.stderr
    assert max(map(len, lines)) <= 120 and not any(line != line.rstrip() for line in lines)
    assert len(MiningResult.load(tmp_path / "motifs.npz").motifs) == 3
    assert not list(tmp_path.glob(".*")) and not list(tmp_path.glob("*.png"))


def test_options_reach_the_miner(run, miner):
    done = run(
        *(
            "mine",
            "goog.csv",
            "--len",
            5,
            "--method",
            "sax",
            "--columns",
            "open, close",
            "--transform",
            "log",
        ),
        *("--normalize", "mean", "--per-channel", "--motifs", 7, "--surrogates", 19, "--horizon", 3),
        *("--seed", 4, "--threads", 2),
    )
    assert done.exit_code == 0, done.output
    call = miner.calls[0]
    data = call.pop("data")
    assert (data.channels, data.transform) == (("Open", "Close"), "log")
    assert call == {
        "length": 5,
        "method": "sax",
        "n_motifs": 7,
        "normalize": "mean",
        "joint": False,
        "n_surrogates": 19,
        "horizon": 3,
        "seed": 4,
        "n_threads": 2,
        "progress": None,
    }


@pytest.mark.parametrize(
    ("columns", "joint"), [("open,high,low,close", True), ("close", False), ("close,volume", False)]
)
def test_several_prices_are_joint_by_default(run, miner, columns, joint):
    done = run("mine", "goog.csv", "--columns", columns)
    assert done.exit_code == 0, done.output
    assert miner.calls[0]["joint"] is joint
    assert ("High" in done.stdout.split("motifs of")[1]) is joint  # a sparkline a channel


def test_every_method_can_be_chosen():
    assert METHODS == get_args(Method)


def test_json_is_all_of_stdout(run, miner):
    done = run("mine", "goog.csv", "--json", "-v")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "motifkit.mining-result/1"
    assert answer["files"] == {"result": "motifs.npz", "plot": None, "report": None}
    assert answer["read"].startswith("goog.csv: 1,047 rows")
    assert answer["motifs"][0]["occurrences"][0]["start_time"].startswith("2004-08-19")
    assert "profile: " in done.stderr


def test_all_methods(run, miner, tmp_path):
    done = run("mine", "goog.csv", "--method", "all", "-o", "out.npz", "--plot", "out.png")
    assert done.exit_code == 0, done.output
    for title in ("matrix profile: 3 motifs of 4 rows", "SAX: 3 motifs", "DTW: 3 motifs"):
        assert title in done.stdout
    assert "matrix_profile A = sax C: 12 shared occurrences (Jaccard 0.60)" in done.stdout
    names = {f"out-{m}.{s}" for m in ("matrix_profile", "sax", "dtw") for s in ("npz", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {"goog.csv", *names}
    assert done.stdout.splitlines()[-1] == "next: motifkit match out-matrix_profile.npz NEW.csv"
    done = run("mine", "goog.csv", "--method", "all", "--json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "motifkit.mining-results/1"
    assert set(answer["results"]) == {"matrix_profile", "sax", "dtw"}
    assert answer["results"]["sax"]["files"]["result"] == "motifs-sax.npz"
    assert answer["agreement"] == [
        {"labels": {"matrix_profile": "A", "sax": "C"}, "n_shared": 12, "jaccard": 0.6}
    ]


def test_significant_keeps_only_those(run, miner, tmp_path):
    done = run("mine", "goog.csv", "--significant")
    assert "1 of 3 motifs is more than chance explains (q < .05); the rest are left out." in done.stdout
    assert [motif.label for motif in MiningResult.load(tmp_path / "motifs.npz").motifs] == ["A"]


def test_significant_may_leave_none(run, miner, tmp_path):
    miner.significant = ()
    done = run("mine", "goog.csv", "--significant", "--plot", "m.png")
    assert done.exit_code == 0
    assert "Chance explains all 3 motifs: none has q < .05; none is kept." in done.stdout
    result = MiningResult.load(tmp_path / "motifs.npz")
    assert not result.motifs and result.notes == ("kept the 0 of 3 motifs with q < .05",)


def test_chance_explains_all(run, miner):
    miner.significant = ()
    assert (
        "Chance explains all 3 motifs: none has q < .05; treat them as descriptions, not as signals."
        in run("mine", "goog.csv").stdout
    )
    few = run("mine", "goog.csv", "--surrogates", "9", "--force").stdout
    assert "With 9 surrogates no q-value can be below 0.10: use 99." in few


def test_no_surrogates(run, miner):
    done = run("mine", "goog.csv", "--surrogates", "0")
    assert "Significance was not computed (no surrogates)" in done.stdout
    refused = run("mine", "goog.csv", "--surrogates", "0", "--significant", "--force")
    assert refused.exit_code == 2 and "--significant needs surrogates" in refused.stderr


def test_quiet_says_nothing(run, miner, tmp_path):
    done = run("mine", "goog.csv", "-q")
    assert (done.exit_code, done.output) == (0, "") and (tmp_path / "motifs.npz").exists()


def test_standard_input(run, miner, tmp_path):
    done = run("mine", "-", input=(tmp_path / "goog.csv").read_bytes())
    assert done.exit_code == 0 and "1,047 rows" in done.stdout


def test_picture_and_no_matplotlib_without_one(run, miner, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "motifkit.report.figures", None)
    assert run("mine", "goog.csv").exit_code == 0
    monkeypatch.undo()


def test_failing_picture_leaves_no_file(run, miner, tmp_path, monkeypatch):
    from motifkit.report import figures

    def fail(*arguments):
        raise DataError("cannot be drawn; choose another motif")

    monkeypatch.setattr(figures, "plot_motifs", fail)
    done = run("mine", "goog.csv", "--plot", "m.png")
    assert (done.exit_code, done.stderr) == (3, "error: cannot be drawn; choose another motif\n")
    assert [path.name for path in tmp_path.iterdir()] == ["goog.csv"]


def test_existing_output_is_refused_before_mining(run, miner, tmp_path):
    (tmp_path / "motifs.npz").write_bytes(b"old")
    done = run("mine", "goog.csv")
    assert done.exit_code == 4 and "motifs.npz exists already; use --force" in done.stderr
    assert not miner.calls and (tmp_path / "motifs.npz").read_bytes() == b"old"
    assert run("mine", "goog.csv", "--force").exit_code == 0
    assert MiningResult.load(tmp_path / "motifs.npz").motifs


def test_input_is_never_overwritten(run, miner, tmp_path):
    before = (tmp_path / "goog.csv").read_bytes()
    done = run("mine", "goog.csv", "-o", tmp_path / "goog.csv", "--force")
    assert done.exit_code == 2 and "is the input" in done.stderr
    assert (tmp_path / "goog.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "a.png", "--plot", "./a.png"], "two outputs"),
        (["-o", "-"], "not stdout"),
        (["--plot", "m.gif"], "must end in .png, .pdf or .svg"),
        (["--len", "2"], "at least 3 rows"),
        (["--len", "four"], "neither a whole number nor a range"),
        (["--lne", "4"], "No such option"),
        (["--method", "stumpy"], "'stumpy' is not one of"),
        (["--columns", "open,,close"], "empty name"),
        (["--columns", "open", "--column", "close"], "cannot be combined"),
        (["--threads", "0"], "x>=1"),
        (["--motifs", "0"], "x>=1"),
        (["--seed", "-1"], "x>=0"),
    ],
)
def test_unusable_arguments(run, miner, arguments, told):
    done = run("mine", "goog.csv", *arguments)
    assert done.exit_code == 2 and not done.stdout and not miner.calls
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and told in done.stderr


def test_a_bug_is_one_line_unless_debugged(run, miner):
    miner.error = ZeroDivisionError("division by zero")
    done = run("mine", "goog.csv")
    assert done.exit_code == 1 and done.stderr.count("\n") == 1
    assert "ZeroDivisionError at conftest.py" in done.stderr and "this is a bug in motifkit" in done.stderr
    done = run("mine", "goog.csv", "--debug")
    assert "Traceback" in done.stderr and done.stderr.splitlines()[-1].startswith("error: ")


def test_memory_and_disk_errors(run, miner):
    miner.error = MemoryError()
    assert run("mine", "goog.csv").stderr == "error: not enough memory; give fewer rows\n"
    miner.error = OSError(28, "No space left on device", "motifs.npz")
    done = run("mine", "goog.csv")
    assert (done.exit_code, done.stderr) == (4, "error: motifs.npz: No space left on device\n")
    miner.error = BrokenPipeError()
    done = run("mine", "goog.csv")
    assert (done.exit_code, done.stderr) == (141, "")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such names")
def test_a_file_name_that_is_no_text_is_shown_with_a_replacement(run):
    name = os.fsdecode(b"caf\xe9.csv")
    Path(name).write_bytes(sample_path("goog.csv").read_bytes())
    done = run("mine", name, "--len", "4", "--plot", "a.png", "--report", "a.html", "-o", "a.npz")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "caf\N{REPLACEMENT CHARACTER}.csv" in Path("a.html").read_text(encoding="utf-8")
