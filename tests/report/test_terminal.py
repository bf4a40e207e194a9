"""Tables fit the terminal, say what chance explains, and are plain where they are piped."""

from dataclasses import replace

import numpy as np
import pytest

from motifkit.report.tables import render_rows
from motifkit.report.terminal import render_agreement, render_match, render_result
from motifkit.report.wording import (
    measure,
    outcome_sentence,
    percent_decimals,
    return_interval,
    significance_sentence,
)
from motifkit.types import Episode, MiningResult, Motif, Occurrence, Outcome, TrajectoryDataset

DAY = np.datetime64("2004-08-19", "us")


def outcome(q=0.3, scale=1.0):
    return Outcome(
        4, 29, 0.0042 * scale, 0.001 * scale, 0.0032 * scale, -0.002 * scale, 0.008 * scale, 0.1, q
    )


def result(n=10, length=4, channels=("Adj Close",), qs=(0.02,), after=True, minutes=0, timed=True):
    motifs = []
    for k in range(n):
        q = qs[k % len(qs)]
        start = DAY + np.timedelta64(minutes, "m")
        times = (start, start + np.timedelta64(length, "D")) if timed else ()
        shape = np.random.default_rng(k).normal(size=(length, len(channels)))
        motifs.append(
            Motif(
                shape,
                (Occurrence(0, 12, 12 + length, 0.25, *times),) * 30,
                radius=0.5,
                score=3.0,
                expected_count=5.2,
                p_value=q / 2,
                q_value=q,
                outcome=outcome() if after else None,
                label=chr(65 + k),
            )
        )
    parameters = {"length": length, "n_surrogates": 99}
    return MiningResult(
        tuple(motifs), "matrix_profile", parameters, channels, source="goog.csv", n_steps=1000
    )


def widest(text):
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"length": 16}, {"length": 500}, {"minutes": 615}, {"channels": ("Open", "High")}, {"after": False}],
    ids=str,
)
def test_fits(width, arguments):
    assert widest(render_result(result(**arguments), width=width)) <= width


def test_one_table_at_100_columns_two_at_80():
    assert "\n\n" not in render_result(result(), width=100)
    folded = render_result(result(), width=80)
    facts, after = folded.split("\n\n")
    assert "dist" in facts and "usual" not in facts and "usual" in after
    assert len(facts.splitlines()) == len(after.splitlines()) == 12


def test_marks_what_is_more_than_chance():
    text = render_result(result(n=2, qs=(0.02, 0.4)))
    assert ".020*" in text and ".400*" not in text and "\x1b" not in text
    styled = render_result(result(n=2, qs=(0.02, 0.4)), styled=True)
    lines = styled.splitlines()
    assert "\x1b[2m" not in lines[-2] and "\x1b[2m" in lines[-1]


def test_without_times_prices_or_surrogates():
    text = render_result(result(n=2, qs=(float("nan"),), after=False, timed=False))
    assert "row 12" in text and "usual" not in text and "nan" not in text
    assert render_result(result(n=0)) == ""


def test_minutes_are_shown_only_when_there_are_any():
    assert "2004-08-19 10:15" in render_result(result(minutes=615))
    assert "2004-08-19 " in render_result(result()) and "00:00" not in render_result(result())


def test_rows_of_logs_name_their_episode():
    motif = Motif(
        np.zeros((4, 1)), (Occurrence(1, 48, 52, 0.1), Occurrence(0, 86, 90, 0.2)), 0.2, 3.0, label="A"
    )
    row = render_result(MiningResult((motif,), "sax", {}, ("x",))).splitlines()[-1]
    assert "ep 0 row 86  ep 1 row 48" in row


def test_channels_that_were_mined_jointly_are_drawn_on_one_scale():
    shape = np.array([[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]])
    motif = Motif(shape, (Occurrence(0, 1, 4, 0.1),), 0.2, 3.0, label="A")
    for joint, drawn in ((True, "▁▁▂  ▇██"), (False, "▁▅█  ▁▅█")):
        row = render_result(MiningResult((motif,), "sax", {"joint": joint}, ("x", "y"))).splitlines()[-1]
        assert drawn in row


def test_match_compares_with_what_match_finds_where_motifs_were_mined():
    mined = result(n=1)
    mined = replace(mined, motifs=(replace(mined.motifs[0], match_count=45),))
    assert render_match(result(n=1), mined).splitlines()[-1].split()[3:5] == ["30.0", "45.0"]


def test_match_compares_rates():
    mined, found = result(n=2), result(n=2)
    found = MiningResult(found.motifs, "matrix_profile", {}, found.channels, n_steps=500)
    row = render_match(found, mined).splitlines()[-1].split()
    assert row[2:6] == ["30", "60.0", "30.0", ".020*"]
    assert widest(render_match(found, mined, width=80)) <= 80


@pytest.mark.parametrize(
    ("n", "qs", "left_out", "told"),
    [
        (1, (0.4,), 0, "Chance explains the only motif: it does not have q < .05; treat it as a"),
        (2, (0.4,), 0, "Chance explains both motifs: neither has q < .05; treat them as"),
        (1, (0.02,), 0, "The motif is more than chance explains (q < .05)."),
        (2, (0.02,), 0, "Both motifs are more than chance explains (q < .05)."),
        (3, (0.02,), 0, "All 3 motifs are more than chance explains (q < .05)."),
        (3, (0.02, 0.4, 0.4), 0, "1 of 3 motifs is more than chance explains (q < .05), marked *;"),
        (3, (0.02,), 4, "3 of 7 motifs are more than chance explains (q < .05); the rest are left out."),
        (3, (0.4,), 0, "Chance explains all 3 motifs: none has q < .05;"),
        (3, (float("nan"),), 0, "Significance was not computed"),
    ],
)
def test_significance_sentence(n, qs, left_out, told):
    assert significance_sentence(result(n=n, qs=qs), left_out=left_out).startswith(told)


def test_outcome_sentence_names_motifs_and_promises_nothing():
    motifs = [
        Motif(np.zeros((4, 1)), (), 0.1, 1.0, outcome=outcome(q), label=name)
        for name, q in (("A", 0.01), ("B", 0.5), ("C", 0.02))
    ]
    text = outcome_sentence(MiningResult(tuple(motifs), "sax", {}, ("x",)))
    assert text.startswith("After A and C the returns over 4 bars differed from the usual (q < .05)")
    assert "not what will" in text


def test_outcome_sentence_names_the_price_unless_it_was_mined_alone():
    for channels, price, told in (
        (("Close",), "Close", "returns that differ"),
        (("Open",), "Close", "returns of Close that differ"),
        (("Open", "Close"), "Close", "returns of Close that differ"),
        (("Open",), None, "returns that differ"),
    ):
        one = replace(result(n=1, channels=channels), parameters={"price_column": price})
        assert told in outcome_sentence(one)


def test_small_returns_get_more_decimals():
    assert percent_decimals([outcome()]) == 2
    tiny = outcome(scale=0.001)
    assert return_interval(tiny, percent_decimals([tiny])) == "+0.00042% [-0.00010, +0.00090]"
    assert measure(0.0) == "0.000"


def test_agreement():
    assert render_agreement([]) == "The miners agree on no motif."


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        (None, "the data hold no prices, or some that are not positive"),
        (np.ones(9), "no occurrence has 5 bars after it"),
    ],
)
def test_why_no_returns_follow_is_told_from_the_data(prices, why):
    motif = Motif(np.zeros((4, 1)), (Occurrence(0, 2, 6, 0.0), Occurrence(0, 4, 8, 0.0)), 0.1, 1.0)
    found = MiningResult((motif,), "sax", {"horizon": 5}, ("x",))
    data = TrajectoryDataset((Episode(np.zeros((9, 1)), prices=prices),), ("x",))
    assert outcome_sentence(found, data) == f"Forward returns were not computed: {why}."
    assert "positive, and 5 bars after an occurrence" in outcome_sentence(found)


def test_names_are_no_emoji_and_no_markup():
    assert ":smile: [red]x" in render_rows((":smile: [red]x",), [("1",)])
