"""What became of motifs in a bank, as text for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from motifkit.report.comparison_wording import cosine, share
from motifkit.report.tables import render_rows
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.seeding.seeding_report import SeedingReport

_HEADINGS = ("row", "motif", "occurrences", "own cosine", "margin", "wins")


def render_seeding(report: SeedingReport) -> str:
    """Table of the rows that were seeded.

    Parameters
    ----------
    report : SeedingReport

    Returns
    -------
    str
        Lines, without a line end after the last.

    Examples
    --------
    >>> from motifkit.seeding.seeding_report import SeededRow, SeedingReport
    >>> row = SeededRow(0, "A", 40, 0.97, 0.61, 0.975)
    >>> print(render_seeding(SeedingReport((row,), 7, 0, 0.004, 0.7, 12.0, None, 1.5)))
    row  motif  occurrences  own cosine  margin   wins
    0        A           40        0.97    0.61  97.5%
    """
    return render_rows(
        _HEADINGS,
        [
            (
                str(row.row),
                row.label,
                f"{row.n_occurrences:,}",
                cosine(row.own_cosine),
                cosine(row.margin),
                share(row.wins),
            )
            for row in report.rows
        ],
    )


def seeding_sentence(report: SeedingReport) -> str:
    """Say in one line how well the bank tells motifs from what lies between them.

    Parameters
    ----------
    report : SeedingReport

    Examples
    --------
    >>> from motifkit.seeding.pretrain import PretrainingReport
    >>> from motifkit.seeding.seeding_report import SeededRow, SeedingReport
    >>> row, trained = SeededRow(0, "A", 40, 0.97, 0.61, 0.975), PretrainingReport(300, 4.2, 0.31)
    >>> print(seeding_sentence(SeedingReport((row,), 7, 0, 0.004, 0.7, 12.0, trained, 1.5)))
    97.5% of the occurrences win their row; false alarms in 0.4% of the background, threshold 0.70; \
pretraining loss 4.20 to 0.31 nats in 300 steps; 7 rows stay random.
    """
    trained = report.pretraining
    parts = [f"{share(report.wins)} of the occurrences win their row"]
    if not math.isnan(report.false_alarm_rate):
        alarms, threshold = share(report.false_alarm_rate), cosine(report.threshold)
        parts[0] += f"; false alarms in {alarms} of the background, threshold {threshold}"
    if trained is None:
        parts.append("the encoder was not pretrained")
    else:
        steps = counted(trained.n_steps, "step")
        parts.append(f"pretraining loss {trained.first_loss:.2f} to {trained.last_loss:.2f} nats in {steps}")
    if report.n_random:
        verb = "stays" if report.n_random == 1 else "stay"
        parts.append(f"{counted(report.n_random, 'row')} {verb} random")
    if report.n_left_out:
        verb = "has" if report.n_left_out == 1 else "have"
        parts.append(f"{counted(report.n_left_out, 'view')} of the motifs {verb} no row")
    return "; ".join(parts) + "."
