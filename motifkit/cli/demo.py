"""`motifkit demo`: mines the packaged series, to have something to see right after the installation."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from motifkit.cli import options, outputs
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from motifkit.io.samples import PlantedShape
    from motifkit.mining.recovery import RecoveredShape
    from motifkit.types import MiningResult, TrajectoryDataset

SCHEMA = "motifkit.demo/1"

_PLANTED_LENGTH = 16
_PRICE_LENGTH = 4


@click.command("demo", short_help="Mine the packaged samples, offline.")
@click.option(
    "-o",
    "--plot",
    "picture",
    metavar="PATH",
    default="motifkit-demo.png",
    show_default=True,
    callback=options.picture_path,
    help="File for the picture: .png, .pdf, .svg.",
)
@options.seed
@options.threads
@options.force
@options.speech
def demo_command(
    picture: str, seed: int, threads: int | None, force: bool, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Mine a series with planted shapes and say how many were found, then 1,047 daily bars of Google.

    Works offline, writes one picture, and opens nothing.
    """
    outputs.require_targets([picture], inputs=[], force=force)
    voice = Voice(as_json=as_json, quiet=quiet, verbose=verbose)
    shapes, planted = _mine_planted(voice, seed, threads)
    _show_planted(voice, shapes)
    dataset, prices = _mine_sample(voice, "goog.csv", _PRICE_LENGTH, seed, threads)
    _show_prices(voice, prices)
    outputs.write_together(outputs.result_writers(prices, dataset, None, picture), force=force)
    for line in outputs.closing_lines([picture], ["motifkit", "mine", "PRICES.csv", "--len", "4"]):
        voice.say(line)
    voice.answer(
        {
            "schema": SCHEMA,
            "planted": {
                "shapes": [{**shape._asdict(), "found": shape.found} for shape in shapes],
                "result": planted.as_dict(),
            },
            "prices": prices.as_dict(),
            "files": {"plot": picture},
        }
    )


def _mine_sample(
    voice: Voice, name: str, length: int, seed: int, threads: int | None
) -> tuple[TrajectoryDataset, MiningResult]:
    """Mine a packaged series with the default method."""
    from motifkit.io.prices import describe, read_prices
    from motifkit.io.samples import sample_path
    from motifkit.mining.mine import mine

    dataset = read_prices(sample_path(name))
    voice.say(describe(dataset))
    with voice.stages() as progress:
        return dataset, mine(dataset, length, seed=seed, n_threads=threads, progress=progress)


def _mine_planted(voice: Voice, seed: int, threads: int | None) -> tuple[list[RecoveredShape], MiningResult]:
    from motifkit.mining.recovery import recovered_shapes

    _, result = _mine_sample(voice, "planted.csv", _PLANTED_LENGTH, seed, threads)
    return recovered_shapes(result, _truth()), result


def _truth() -> list[PlantedShape]:
    """Where the shapes of planted.csv lie."""
    from motifkit.io.samples import PlantedShape, sample_path

    with sample_path("planted_truth.csv").open(encoding="utf-8", newline="") as file:
        return [
            PlantedShape(int(row["start"]), int(row["end"]), int(row["shape"]))
            for row in csv.DictReader(file)
        ]


def _show_planted(voice: Voice, shapes: Sequence[RecoveredShape]) -> None:
    from motifkit.report.tables import render_rows

    n_found = sum(shape.found for shape in shapes)
    voice.say(f"Found {n_found} of the {len(shapes)} planted shapes:")
    rows = [
        (str(shape.shape), shape.label or "-", f"{shape.n_covered} of {shape.n_planted}") for shape in shapes
    ]
    voice.say(render_rows(("shape", "motif", "occurrences found"), rows))
    voice.pause()


def _show_prices(voice: Voice, result: MiningResult) -> None:
    from motifkit.report import terminal, wording

    voice.pause()
    voice.say(wording.title(result))
    voice.say(terminal.render_result(result, width=voice.width, styled=voice.styled))
    voice.pause()
    voice.say(wording.significance_sentence(result))
    voice.say(wording.outcome_sentence(result))
    voice.pause()
