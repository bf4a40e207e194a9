"""`motifkit candles`: classical candlestick patterns, tested like mined motifs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from motifkit.cli import options
from motifkit.cli.voice import Voice

SCHEMA = "motifkit.candles/1"

_EXAMPLES = """\b
Examples:
  motifkit candles prices.csv
  motifkit candles prices.csv --horizon 10 --json
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit candles`, by the names of the command's parameters."""

    file: str
    horizon: int
    n_surrogates: int
    seed: int


@click.command("candles", short_help="Count and test candlestick patterns.", epilog=_EXAMPLES)
@click.argument("file")
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Bars after a pattern over which its return is taken.",
)
@click.option(
    "--surrogates",
    "n_surrogates",
    type=click.IntRange(min=0),
    default=99,
    show_default=True,
    help="Series of shuffled candles for the significance test; 0 skips the test.",
)
@options.seed
@options.speech
def candles_command(voice: Voice, **given: Any) -> None:
    """Count the classical candlestick patterns in FILE ("-" reads stdin), and say which of them chance explains.

    FILE needs the columns open, high, low and close. Chance means the same candles in random order. The return
    after each pattern is shown beside the usual return.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Count and test as asked, and say what was found.

    Raises
    ------
    MotifkitError
        For every input or option that is unusable.
    """
    from motifkit.io.prices import describe
    from motifkit.mining.candle_counts import candle_table
    from motifkit.mining.candle_data import read_candles
    from motifkit.report import candles

    dataset = read_candles(request.file)
    voice.say(describe(dataset))
    with voice.stages() as progress:
        patterns = candle_table(
            dataset,
            horizon=request.horizon,
            n_surrogates=request.n_surrogates,
            seed=request.seed,
            progress=progress,
        )
    if voice.speaks:
        voice.pause()
        voice.say(candles.render_candles(patterns))
        voice.pause()
        for line in candles.candle_sentences(patterns):
            voice.say(line)
    voice.answer(
        {
            "schema": SCHEMA,
            "source": dataset.source,
            "fingerprint": dataset.fingerprint,
            "n_steps": dataset.n_steps,
            "read": describe(dataset),
            "parameters": {
                "horizon": request.horizon,
                "n_surrogates": request.n_surrogates,
                "seed": request.seed,
            },
            "patterns": candles.candles_answer(patterns),
        }
    )
