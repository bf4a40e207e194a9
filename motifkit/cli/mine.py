"""`motifkit mine`: from a price file to ranked motifs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from motifkit.cli import options, outputs
from motifkit.cli.voice import Voice
from motifkit.errors import UsageError

if TYPE_CHECKING:
    from motifkit.mining.agreement import Agreement
    from motifkit.types import MiningResult, TrajectoryDataset

SEVERAL_SCHEMA = "motifkit.mining-results/1"

_METHODS = ("matrix_profile", "sax", "dtw")
_EXAMPLES = """\b
Examples:
  motifkit mine prices.csv --len 4
  motifkit mine prices.csv --len 8 --columns open,high,low,close --plot motifs.png
  motifkit mine prices.csv.gz --method all --transform return --json
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit mine`, by the names of the command's parameters."""

    file: str
    length: int
    method: Literal["matrix_profile", "sax", "dtw", "all"]
    column: str | None
    columns: list[str] | None
    transform: Literal["level", "log", "return"]
    normalize: Literal["zscore", "mean", "none"]
    joint: bool | None
    na: Literal["error", "drop", "fill"]
    n_motifs: int
    n_surrogates: int
    horizon: int | None
    significant: bool
    output: str
    picture: str | None
    seed: int
    threads: int | None
    force: bool
    as_json: bool
    quiet: bool
    verbose: bool

    def targets(self) -> dict[str, tuple[str, str | None]]:
        """Files of each method: the result's, and the picture's when one is asked for."""
        if self.method != "all":
            return {self.method: (self.output, self.picture)}
        return {
            method: (
                outputs.with_suffix_of_method(self.output, method),
                self.picture and outputs.with_suffix_of_method(self.picture, method),
            )
            for method in _METHODS
        }


@click.command("mine", short_help="Mine motifs from a price file.", epilog=_EXAMPLES)
@click.argument("file")
@click.option(
    "--len",
    "length",
    type=int,
    default=4,
    show_default=True,
    callback=options.window_length,
    help="Rows of a motif.",
)
@click.option(
    "--method",
    type=click.Choice([*_METHODS, "all"]),
    default="matrix_profile",
    show_default=True,
    help="Miner; all runs the three and says which motifs they agree on.",
)
@click.option(
    "--motifs", "n_motifs", type=click.IntRange(min=1), default=10, show_default=True, help="Most to list."
)
@click.option(
    "--transform",
    type=click.Choice(["level", "log", "return"]),
    default="level",
    show_default=True,
    help="Mine prices, their logarithms, or returns.",
)
@click.option(
    "--normalize",
    type=click.Choice(["zscore", "mean", "none"]),
    default="zscore",
    show_default=True,
    help="What is taken out of each window: mean and scale, the mean, or nothing.",
)
@click.option(
    "--joint/--per-channel",
    default=None,
    help="Whether the channels of a window share mean and scale.  [default: joint]",
)
@options.choice_of_data
@click.option(
    "--surrogates",
    "n_surrogates",
    type=click.IntRange(min=0),
    default=99,
    show_default=True,
    help="Patternless series that tell what chance gives; 0 turns significance off.",
)
@options.horizon
@click.option("--significant", is_flag=True, help="Keep only motifs with q < .05.")
@click.option("-o", "--output", default="motifs.npz", show_default=True, help="File for the result.")
@click.option(
    "--plot",
    "picture",
    metavar="PATH",
    callback=options.picture_path,
    help="File for a picture: .png, .pdf, .svg.",
)
@options.seed
@options.threads
@options.force
@options.speech
def mine_command(**given: Any) -> None:
    """Mine motifs, shapes that recur, from the price series in FILE ("-" reads stdin).

    Prints the motifs, the most surprising first, and writes them to a file.
    """
    run(Request(**given))


def run(request: Request) -> None:
    """Mine as asked, write the files, and say what was found.

    Raises
    ------
    MotifkitError
        For every input, option or output that is unusable.
    """
    _require_sense(request)
    targets = request.targets()
    paths = [path for pair in targets.values() for path in pair if path is not None]
    outputs.require_targets(paths, inputs=[request.file], force=request.force)
    voice = Voice(as_json=request.as_json, quiet=request.quiet, verbose=request.verbose)

    from motifkit.io.prices import describe, read_prices

    dataset = read_prices(
        request.file,
        column=request.column,
        columns=request.columns,
        transform=request.transform,
        na=request.na,
    )
    voice.say(describe(dataset))
    mined = _mined(request, dataset, voice)
    kept = {
        method: _significant(result) if request.significant else result for method, result in mined.items()
    }
    writers: dict[str, Callable[[Path], object]] = {}
    for method, result in kept.items():
        writers |= outputs.result_writers(result, dataset, *targets[method])
    outputs.write_together(writers, force=request.force)
    agreed = _agreement(kept) if request.method == "all" else ()
    _show(request, voice, mined, kept, agreed)
    for line in outputs.closing_lines(paths, ["motifkit", "match", paths[0], "NEW.csv"]):
        voice.say(line)
    voice.answer(_answer(request, kept, agreed, describe(dataset)))


def _require_sense(request: Request) -> None:
    options.require_one_choice(request.column, request.columns)
    if request.significant and not request.n_surrogates:
        raise UsageError("--significant needs surrogates to know what is; leave out --surrogates 0")


def _mined(request: Request, dataset: TrajectoryDataset, voice: Voice) -> dict[str, MiningResult]:
    """Results by method."""
    from motifkit.mining.mine import mine, mine_all

    joint = len(dataset.channels) > 1 if request.joint is None else request.joint
    with voice.stages() as progress:
        arguments: dict[str, Any] = {
            "normalize": request.normalize,
            "joint": joint,
            "n_surrogates": request.n_surrogates,
            "horizon": request.horizon,
            "seed": request.seed,
            "n_threads": request.threads,
            "progress": progress,
        }
        if request.method == "all":
            return dict(mine_all(dataset, request.length, request.n_motifs, **arguments))
        result = mine(dataset, request.length, request.method, request.n_motifs, **arguments)
        return {request.method: result}


def _significant(result: MiningResult) -> MiningResult:
    """Result without the motifs that chance explains; a note says how many those were."""
    kept = tuple(motif for motif in result.motifs if motif.is_significant())
    note = f"kept the {len(kept)} of {len(result.motifs)} motifs with q < .05"
    return replace(result, motifs=kept, notes=(*result.notes, note))


def _agreement(results: Mapping[str, MiningResult]) -> tuple[Agreement, ...]:
    from motifkit.mining.agreement import agreement

    return agreement(results)


def _show(
    request: Request,
    voice: Voice,
    mined: Mapping[str, MiningResult],
    kept: Mapping[str, MiningResult],
    agreed: tuple[Agreement, ...],
) -> None:
    """Tables, and the sentences that say what to make of them."""
    if request.as_json or request.quiet:
        return
    from motifkit.report import terminal, wording

    for method, result in kept.items():
        left_out = len(mined[method].motifs) - len(result.motifs)
        voice.pause()
        voice.say(wording.title(result))
        voice.say(terminal.render_result(result, width=voice.width, styled=voice.styled))
        voice.pause()
        voice.say(wording.significance_sentence(result, left_out=left_out))
        voice.say(wording.outcome_sentence(result))
        for note in mined[method].notes:
            voice.say(note)
    if request.method == "all":
        groups = [(one.labels, one.n_shared, one.jaccard) for one in agreed]
        voice.pause()
        voice.say(terminal.render_agreement(groups))
    voice.pause()


def _answer(
    request: Request, results: Mapping[str, MiningResult], agreed: tuple[Agreement, ...], read: str
) -> dict[str, Any]:
    """JSON answer: one result's values, or those of all miners."""
    answers = {}
    for method, (output, picture) in request.targets().items():
        answers[method] = {
            **results[method].as_dict(),
            "read": read,
            "files": {"result": output, "plot": picture},
        }
    if request.method != "all":
        return answers[request.method]
    return {
        "schema": SEVERAL_SCHEMA,
        "results": answers,
        "agreement": [
            {"labels": dict(one.labels), "n_shared": one.n_shared, "jaccard": one.jaccard} for one in agreed
        ],
    }
