"""`motifkit candles`, and the names of candlestick patterns beside mined motifs."""

import json

import pytest

from motifkit.mining.candles import RULES


def strict(text):
    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_the_table_has_every_pattern_and_a_plain_verdict(run, tmp_path):
    done = run("candles", "goog.csv", "--surrogates", "19")
    assert done.exit_code == 0, done.output
    for rule in RULES:
        assert any(line.startswith(rule.name + " ") for line in done.stdout.splitlines())
    assert "return over 5 bars" in done.stdout
    assert "None of them says anything about this series." in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"goog.csv"}


def test_json_holds_what_the_table_shows(run):
    done = run("candles", "goog.csv", "--surrogates", "9", "--horizon", "3", "--seed", "4", "--json")
    assert done.exit_code == 0, done.output
    answer = strict(done.stdout)
    assert answer["schema"] == "motifkit.candles/1"
    assert answer["parameters"] == {"horizon": 3, "n_surrogates": 9, "seed": 4}
    assert [one["name"] for one in answer["patterns"]] == [rule.name for rule in RULES]
    for one in answer["patterns"]:
        assert one["count"] == len(one["starts"])
        assert one["outcome"] is None or one["outcome"]["horizon"] == 3
    assert answer["patterns"][0]["p_value"] is None


def test_no_surrogates_no_significance(run):
    done = run("candles", "goog.csv", "--surrogates", "0")
    assert done.exit_code == 0 and "Significance was not computed" in done.stdout


def test_quiet_says_nothing(run):
    done = run("candles", "goog.csv", "--surrogates", "0", "-q")
    assert done.exit_code == 0 and done.output == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Close\n2020-01-01,1\n2020-01-02,2\n", "no column open or high or low"),
        ("Open,High,Low,Close\n1,2,1,1\n3,2,1,2\n", "high is below another price"),
    ],
)
def test_data_that_are_no_candles_are_refused_in_one_line(run, tmp_path, text, said):
    (tmp_path / "x.csv").write_text(text)
    done = run("candles", "x.csv")
    assert done.exit_code == 3
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_mined_candles_carry_names(run, miner):
    done = run("mine", "goog.csv", "--columns", "open,high,low,close", "--json", "--force")
    assert done.exit_code == 0, done.output
    assert set(strict(done.stdout)["candles"]) == {"A", "B", "C"}


def test_one_mined_column_has_no_names(run, miner):
    assert "candles" not in strict(run("mine", "goog.csv", "--json").stdout)
