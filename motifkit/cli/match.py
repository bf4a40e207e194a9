"""`motifkit match`: motifs that were mined before, in new data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from motifkit.cli import options, outputs
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
    as_json: bool
    quiet: bool
    verbose: bool


@click.command("match", short_help="Find mined motifs in new data.", epilog=_EXAMPLES)
@click.argument("motifs")
@click.argument("file")
@options.choice_of_data
@options.horizon
@click.option("-o", "--output", default=None, help="File for the occurrences.  [default: none]")
@click.option(
    "--plot",
    "picture",
    metavar="PATH",
    callback=options.picture_path,
    help="File for a picture: .png, .pdf, .svg.",
)
@options.force
@options.speech
def match_command(**given: Any) -> None:
    """Find the motifs that `motifkit mine` wrote to MOTIFS in the price series in FILE ("-" reads stdin).

    The columns that were mined are looked for, unless told otherwise, and transformed as they were.
    """
    run(Request(**given))


def run(request: Request) -> None:
    """Match as asked, write the files that are asked for, and say what was found.

    Raises
    ------
    MotifkitError
        For every input, option or output that is unusable.
    """
    options.require_one_choice(request.column, request.columns)
    paths = [path for path in (request.output, request.picture) if path is not None]
    outputs.require_targets(paths, inputs=[request.motifs, request.file], force=request.force)
    voice = Voice(as_json=request.as_json, quiet=request.quiet, verbose=request.verbose)

    from motifkit.io.prices import describe
    from motifkit.io.results import load_result
    from motifkit.mining.match import match

    mined = load_result(request.motifs)
    dataset = _dataset(request, mined)
    voice.say(describe(dataset))
    found = match(mined, dataset, horizon=request.horizon)
    writers = outputs.result_writers(found, dataset, request.output, request.picture)
    outputs.write_together(writers, force=request.force)
    _show(voice, mined, found, same_data=dataset.fingerprint == mined.fingerprint)
    again = ["motifkit", "mine", request.file, "--len", str(mined.parameters.get("length", 4))]
    for line in outputs.closing_lines(paths, [*again, "-o", "new-motifs.npz"]):
        voice.say(line)
    files = {"result": request.output, "plot": request.picture}
    voice.answer({**found.as_dict(), "read": describe(dataset), "mined_in": _origin(mined), "files": files})


def _dataset(request: Request, mined: MiningResult) -> TrajectoryDataset:
    """New data, by default in the columns that were mined."""
    from motifkit.io.prices import read_prices

    columns = request.columns
    if request.column is None and columns is None:
        columns = list(mined.channels)
    one = request.column if columns is None or len(columns) != 1 else columns[0]
    return read_prices(
        request.file,
        column=one,
        columns=None if one is not None else columns,
        transform=mined.transform,
        na=request.na,
    )


def _origin(mined: MiningResult) -> dict[str, Any]:
    """Where the motifs were mined, and how often they occurred there."""
    return {
        "source": mined.source,
        "fingerprint": mined.fingerprint,
        "n_steps": mined.n_steps,
        "counts": {motif.label: motif.count for motif in mined.motifs},
    }


def _show(voice: Voice, mined: MiningResult, found: MiningResult, *, same_data: bool) -> None:
    from motifkit.report import terminal, wording

    n_found = sum(motif.count > 0 for motif in found.motifs)
    voice.pause()
    voice.say(f"motifs of {mined.source}, {wording.title(mined)}")
    voice.say(terminal.render_match(found, mined, width=voice.width, styled=voice.styled))
    voice.pause()
    if not mined.motifs:
        voice.say("The file holds no motifs, so there is nothing to look for.")
    else:
        voice.say(f"{n_found} of {counted(len(found.motifs), 'motif')} occur in these data.")
        voice.say(wording.outcome_sentence(found))
    if same_data:
        voice.say("These are the data the motifs were mined in; they say nothing about new data.")
    for note in found.notes:
        voice.say(note)
    voice.pause()
