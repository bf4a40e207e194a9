"""`motifkit match`: motifs that were mined before, in new data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from motifkit.cli import options, outputs
from motifkit.cli.mined_data import described_as_mined
from motifkit.cli.voice import Voice
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.types import MiningResult, TrajectoryDataset

_EXAMPLES = """\b
Examples:
  motifkit match motifs.npz new.csv
  motifkit match motifs.npz new.csv --column close --horizon 10 --plot found.png
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit match`, by the names of the command's parameters."""

    motifs: str
    file: str
    column: str | None
    columns: list[str] | None
    na: Literal["error", "drop", "fill"]
    horizon: int | None
    output: str | None
    picture: str | None
    force: bool


@click.command("match", short_help="Find mined motifs in new data.", epilog=_EXAMPLES)
@click.argument("motifs")
@click.argument("file")
@click.option("--column", metavar="NAME", help="Column to search.  [default: what was mined]")
@click.option(
    "--columns",
    metavar="A,B,C",
    callback=options.names,
    help="Columns to search together.  [default: what was mined]",
)
@options.missing_values
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    help="Bars after an occurrence over which its return is taken.  [default: as when mined]",
)
@click.option("-o", "--output", default=None, help="File for the occurrences.  [default: none]")
@click.option(
    "--plot",
    "picture",
    metavar="PATH",
    callback=options.picture_path,
    help="File for a picture (.png, .pdf or .svg).",
)
@options.force
@options.speech
def match_command(voice: Voice, **given: Any) -> None:
    """Find the motifs that `motifkit mine` wrote to MOTIFS in the price series or log in FILE ("-" reads stdin).

    Unless other columns are named, those that were mined are searched, with the same transform.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Match as asked, write the files that are asked for, and say what was found.

    Raises
    ------
    MotifkitError
        For every input, option or output that is unusable.
    """
    options.require_one_choice(request.column, request.columns)
    paths = [path for path in (request.output, request.picture) if path is not None]
    outputs.require_targets(paths, inputs=[request.motifs, request.file], force=request.force)

    from motifkit.io.results import load_result
    from motifkit.mining.match import match

    mined = load_result(request.motifs)
    named = [request.column] if request.column is not None else request.columns
    dataset, read = described_as_mined(request.file, mined, named, request.na)
    voice.say(read)
    found = match(mined, dataset, horizon=request.horizon)
    writers = outputs.result_writers(found, dataset, request.output, request.picture)
    outputs.write_together(writers, force=request.force)
    _show(voice, mined, found, dataset)
    outputs.conclude(voice, paths, [*_mining_again(request, found), "-o", "new-motifs.npz"])
    files = {"result": request.output, "plot": request.picture}
    voice.answer({**found.as_dict(), "read": read, "mined_in": _origin(mined), "files": files})


def _mining_again(request: Request, found: MiningResult) -> list[str]:
    """Command that mines the new data as the old were mined."""
    lengths = sorted({motif.length for motif in found.motifs})
    again = [
        "motifkit",
        "mine",
        request.file,
        "--len",
        ":".join(map(str, dict.fromkeys([lengths[0], lengths[-1]]))),
    ]
    if request.column is not None:
        again += ["--column", request.column]
    if request.columns is not None:
        again += ["--columns", ",".join(request.columns)]
    if found.transform != "level":
        again += ["--transform", found.transform]
    return again


def _origin(mined: MiningResult) -> dict[str, Any]:
    """Where the motifs were mined, and how often they are found there as in new data."""
    from motifkit.report import terminal

    return {
        "source": mined.source,
        "fingerprint": mined.fingerprint,
        "n_steps": mined.n_steps,
        "counts": {motif.label: terminal.count_when_mined(motif) for motif in mined.motifs},
    }


def _show(voice: Voice, mined: MiningResult, found: MiningResult, dataset: TrajectoryDataset) -> None:
    from motifkit.io.series import repair_notes
    from motifkit.report import terminal, wording

    n_found = sum(motif.count > 0 for motif in found.motifs)
    voice.pause()
    voice.say(f"motifs of {mined.source}, {wording.title(mined)}")
    voice.say(terminal.render_match(found, mined, width=voice.width, styled=voice.styled))
    voice.pause()
    voice.say(f"{n_found} of {counted(len(found.motifs), 'motif')} occur in these data.")
    voice.say(wording.outcome_sentence(found))
    if dataset.fingerprint == mined.fingerprint:
        voice.say("These are the data the motifs were mined in; they say nothing about new data.")
    told = repair_notes(dataset)  # when the data were read
    for note in found.notes:
        if note not in told:
            voice.say(note)
    voice.pause()
