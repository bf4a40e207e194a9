"""`motifkit mine --subspace` and `--report`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from motifkit.cli.commands import cli
from motifkit.io.samples import sample_path

CANDLES = ["--columns", "open,high,low,close"]
PAIRS = [*CANDLES, "--subspace", "2", "--motifs", "1"]


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Mine the first 120 bars of the sample."""
    monkeypatch.chdir(tmp_path)
    bars = sample_path("goog.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:121]
    Path("goog.csv").write_text("".join(bars), encoding="utf-8")
    return lambda *words: CliRunner().invoke(
        cli, ["mine", "goog.csv", "--surrogates", "0", "--motifs", "3", *words]
    )


def test_subspace_is_told_and_kept_and_matched(invoke, tmp_path):
    result = invoke(*PAIRS, "--transform", "return", "--plot", "m.png")
    assert result.exit_code == 0, result.output
    assert "were chosen out of 6 choices" in result.output and (tmp_path / "m.png").is_file()
    again = CliRunner().invoke(cli, ["match", "motifs.npz", "goog.csv", "--json"])
    assert again.exit_code == 0, again.output
    told = json.loads(invoke(*PAIRS, "--json", "-o", "other.npz").stdout)
    assert len(told["channels"]) == 2 and told["parameters"]["n_choices"] == 6


def test_returns_are_of_one_price_in_mining_and_matching(invoke):
    mined = json.loads(invoke(*CANDLES, "--subspace", "1", "--method", "dtw", "--len", "5", "--json").stdout)
    assert mined["channels"] != ["Close"] and mined["parameters"]["price_column"] == "Close"
    again = CliRunner().invoke(cli, ["match", "motifs.npz", "goog.csv", "--json"])
    found = json.loads(again.stdout)
    assert found["channels"] == mined["channels"] and found["parameters"]["price_column"] == "Close"
    assert found["motifs"][0]["outcome"]["unconditional"] == mined["motifs"][0]["outcome"]["unconditional"]
    assert found["mined_in"]["counts"] == {m["label"]: m["count"] for m in found["motifs"]}


def test_report_opens_with_candles(invoke, tmp_path):
    result = invoke(*CANDLES, "--report", "report.html")
    assert result.exit_code == 0, result.output
    assert "report.html" in result.output
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and '"candlestick"' in page
    refused = invoke("--report", "report.html", "-o", "b.npz")
    assert refused.exit_code == 4 and "report.html" in refused.output and not (tmp_path / "b.npz").exists()


def test_one_report_for_each_method(invoke, tmp_path):
    assert invoke("--method", "all", "--report", "r.html").exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("*.html")) == [
        "r-dtw.html",
        "r-matrix_profile.html",
        "r-sax.html",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--subspace", "2"), "2 channels cannot be chosen out of 1"),
        (("--subspace", "1", "--len", "4:6"), "--subspace and a range of lengths cannot be combined"),
        (("--subspace", "0"), "0 is not in the range"),
    ],
)
def test_subspaces_that_do_not_fit_are_refused(invoke, words, said, tmp_path):
    result = invoke(*words)
    assert result.exit_code not in (0, 1) and said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["goog.csv"]
