"""`motifkit demo`: mines the packaged series, to have something to see right after the installation."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit demo`, by the names of the command's parameters."""

    picture: str
    seed: int
    threads: int | None
    force: bool


@click.command("demo", short_help="Mine the packaged samples, offline.")
@click.option(
    "-o",
    "--plot",
    "picture",
    metavar="PATH",
    default="motifkit-demo.png",
    show_default=True,
    callback=options.picture_path,
    help="File for the picture (.png, .pdf or .svg).",
)
@options.seed
@options.threads
@options.force
@options.speech
def demo_command(voice: Voice, **given: Any) -> None:
    """Mine a series with planted shapes and say how many were found, then mine 1,047 daily bars of Google.

    Works offline, writes one picture, and opens nothing.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Mine both samples, write the picture, and say what was found.

    Raises
    ------
    MotifkitError
        When the picture cannot be written.
    """
    outputs.require_targets([request.picture], inputs=[], force=request.force)

    from motifkit.mining.recovery import recovered_shapes

    _, planted = _mine_sample("planted.csv", _PLANTED_LENGTH, request, voice)
    shapes = recovered_shapes(planted, _truth())
    _show_planted(voice, shapes)
    dataset, prices = _mine_sample("goog.csv", _PRICE_LENGTH, request, voice)
    _show_prices(voice, prices)
    writers = outputs.result_writers(prices, dataset, None, request.picture)
    outputs.write_together(writers, force=request.force)
    outputs.conclude(voice, [request.picture], ["motifkit", "mine", "PRICES.csv", "--len", "4"])
    voice.answer(
        {
            "schema": SCHEMA,
            "planted": {
                "shapes": [{**shape._asdict(), "found": shape.found} for shape in shapes],
                "result": planted.as_dict(),
            },
            "prices": prices.as_dict(),
            "files": {"plot": request.picture},
        }
    )


def _mine_sample(
    name: str, length: int, request: Request, voice: Voice
) -> tuple[TrajectoryDataset, MiningResult]:
    """Mine a packaged series with the default method."""
    from motifkit.io.prices import describe, read_prices
    from motifkit.io.samples import sample_path
    from motifkit.mining.mine import mine

    dataset = read_prices(sample_path(name))
    voice.say(describe(dataset))
    with voice.stages() as progress:
        return dataset, mine(dataset, length, seed=request.seed, n_threads=request.threads, progress=progress)


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
