"""`motifkit mine`: from a price file to ranked motifs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import options, outputs
from motifkit.cli.mine_answer import answer, channels_of, show
from motifkit.cli.mine_input import Input, read_input
from motifkit.cli.mine_request import METHODS, Request
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from motifkit.mining.agreement import Agreement
    from motifkit.types import MiningResult, TrajectoryDataset

_EXAMPLES = """\b
Examples:
  motifkit mine prices.csv --len 4
  motifkit mine prices.csv --len 8 --columns open,high,low,close --plot motifs.png
  motifkit mine prices.csv.gz --method all --transform return --json
  motifkit mine data/*.csv --skip-bad
  motifkit mine prices.csv --columns open,high,low,close --subspace 2 --report report.html
"""


@click.command("mine", short_help="Mine motifs from price files or logs.", epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--len",
    "length",
    metavar="M|M:N",
    default="4",
    show_default=True,
    callback=options.window_lengths,
    help="Rows of a motif, or a range of lengths such as 4:12.",
)
@click.option(
    "--method",
    type=click.Choice([*METHODS, "all"]),
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
    help="Whether the channels of a window share mean and scale.  [default: joint for prices]",
)
@click.option(
    "--subspace",
    type=click.IntRange(min=1),
    metavar="K",
    help="Choose the K channels that matter: those with the most surprising motif.",
)
@options.choice_of_data
@options.kind_of_data
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
@click.option("--report", metavar="PATH", help="File for a report to open in a browser, HTML.")
@options.seed
@options.threads
@options.force
@options.speech
def mine_command(**given: Any) -> None:
    """Mine motifs, shapes that recur, from the price series in FILE ("-" reads stdin).

    Several files are mined as one: a motif may recur in any of them. FILE may also be a log of trajectories: a Minari
    folder, HDF5, NPZ, or a table with a column episode.

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
    request.require_sense()
    targets = request.targets()
    paths = [path for pair in targets.values() for path in pair if path is not None]
    paths += request.reports().values()
    outputs.require_targets(paths, inputs=request.files, force=request.force)
    voice = Voice(as_json=request.as_json, quiet=request.quiet, verbose=request.verbose)

    given = read_input(request.reading(), voice)
    dataset = given.dataset
    voice.say(given.read)
    for line in () if request.quiet else given.skipped:
        click.echo(f"skipped: {line}", err=True)
    mined = _mined(request, given, voice)
    kept = {
        method: _significant(result) if request.significant else result for method, result in mined.items()
    }
    writers: dict[str, Callable[[Path], object]] = {}
    for method, result in kept.items():
        mined_in = channels_of(result, dataset)
        writers |= outputs.result_writers(result, mined_in, *targets[method])
        if method in request.reports():
            writers[request.reports()[method]] = _report_writer(result, mined_in)
    outputs.write_together(writers, force=request.force)
    agreed: tuple[Agreement, ...] = ()
    if request.method == "all":
        from motifkit.mining.agreement import agreement

        agreed = agreement(kept)
    show(request, voice, mined, kept, agreed, dataset)
    for line in outputs.closing_lines(paths, ["motifkit", "match", paths[0], "NEW.csv"]):
        voice.say(line)
    about: dict[str, Any] = {"read": given.read}
    if len(request.files) > 1:
        about["skipped"] = list(given.skipped)
    voice.answer(answer(request, kept, agreed, about, dataset))


def _mined(request: Request, given: Input, voice: Voice) -> dict[str, MiningResult]:
    """Results by method."""
    from motifkit.mining.mine import mine, mine_all

    dataset = given.dataset
    # The channels of a log have units of their own, where the prices of a candle share theirs.
    together = len(dataset.channels) > 1 and not given.is_log
    joint = together if request.joint is None else request.joint
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
        if isinstance(request.length, tuple):
            from motifkit.mining.length_range import mine_lengths

            methods = METHODS if request.method == "all" else (request.method,)
            return {
                m: mine_lengths(dataset, request.length, m, request.n_motifs, **arguments) for m in methods
            }
        if request.subspace is not None:
            from motifkit.mining.subspaces import mine_subspaces

            methods = METHODS if request.method == "all" else (request.method,)
            return {
                m: mine_subspaces(dataset, request.length, request.subspace, m, request.n_motifs, **arguments)
                for m in methods
            }
        if request.method == "all":
            return dict(mine_all(dataset, request.length, request.n_motifs, **arguments))
        result = mine(dataset, request.length, request.method, request.n_motifs, **arguments)
        return {request.method: result}


def _report_writer(result: MiningResult, dataset: TrajectoryDataset) -> Callable[[Path], object]:
    from motifkit.report.candle_chart import candles_end_to_end
    from motifkit.report.html_mining import mining_html

    page = mining_html(result, dataset, ohlc=candles_end_to_end(dataset))
    return lambda path: path.write_text(page, encoding="utf-8")


def _significant(result: MiningResult) -> MiningResult:
    """Result without the motifs that chance explains; a note says how many those were."""
    kept = tuple(motif for motif in result.motifs if motif.is_significant())
    note = f"kept the {len(kept)} of {len(result.motifs)} motifs with q < .05"
    return replace(result, motifs=kept, notes=(*result.notes, note))
