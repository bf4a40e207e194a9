"""`motifkit mine`: from a price file to ranked motifs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import options, outputs
from motifkit.cli.mine_answer import answer, show
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
    help="Rows of a motif, or a range such as 4:12.",
)
@click.option(
    "--method",
    type=click.Choice([*METHODS, "all"]),
    default="matrix_profile",
    show_default=True,
    help="Miner; all runs the three and reports the motifs they agree on.",
)
@click.option(
    "--motifs",
    "n_motifs",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Motifs to find at most; they compete for windows, so another number may give others.",
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
    help="What to remove from each window: mean and scale, the mean, or nothing.",
)
@click.option(
    "--joint/--per-channel",
    default=None,
    help="Whether the channels of a window share mean and scale.  [default: joint where all are prices]",
)
@click.option(
    "--subspace",
    type=click.IntRange(min=1),
    metavar="K",
    help="Mine only the K channels with the most surprising motif.",
)
@click.option("--column", metavar="NAME", help="Column to mine.  [default: Adj Close, else Close]")
@click.option(
    "--columns",
    metavar="A,B,C",
    callback=options.names,
    help="Columns to mine together, as the channels of a motif.",
)
@options.missing_values
@click.option("--skip-bad", is_flag=True, help="Skip files that cannot be mined, and say so.")
@click.option("--with-actions", is_flag=True, help="Also mine the actions of a log, as further channels.")
@click.option("--with-rewards", is_flag=True, help="Also mine the rewards of a log, as one more channel.")
@click.option(
    "--surrogates",
    "n_surrogates",
    type=click.IntRange(min=0),
    default=99,
    show_default=True,
    help="Surrogate series for the significance test; 0 skips the test.",
)
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    help="Bars after a motif over which its return is taken.  [default: --len, or the longest of a range]",
)
@click.option("--significant", is_flag=True, help="Keep only motifs with q < .05.")
@click.option("-o", "--output", default="motifs.npz", show_default=True, help="File for the result.")
@click.option(
    "--plot",
    "picture",
    metavar="PATH",
    callback=options.picture_path,
    help="File for a picture (.png, .pdf or .svg).",
)
@click.option("--report", metavar="PATH", help="File for an HTML report.")
@options.seed
@options.threads
@options.force
@options.speech
def mine_command(voice: Voice, **given: Any) -> None:
    """Mine motifs, which are recurring shapes, from the price series in FILE ("-" reads stdin).

    Several files are mined as one: a motif may recur in any of them. FILE may also be a log of trajectories: a Minari
    folder, HDF5, NPZ, or a table with a column named episode.

    Prints the motifs, most surprising first, and writes them to a file.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
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

    from motifkit.io.channels import with_channels

    given = read_input(request, voice)
    voice.say(given.read)
    for line in given.skipped:
        voice.warn(f"skipped: {line}")
    mined = _mined(request, given, voice)
    data = {method: with_channels(given.dataset, result.channels) for method, result in mined.items()}
    kept = {
        method: _significant(result, data[method]) if request.significant else result
        for method, result in mined.items()
    }
    writers: dict[str, Callable[[Path], object]] = {}
    for method, result in kept.items():
        writers |= outputs.result_writers(result, data[method], *targets[method])
        if method in request.reports():
            writers[request.reports()[method]] = _report_writer(result, data[method])
    outputs.write_together(writers, force=request.force)
    agreed: tuple[Agreement, ...] = ()
    if request.method == "all":
        from motifkit.mining.agreement import agreement

        agreed = agreement(kept)
    show(request, voice, mined, kept, agreed, data)
    outputs.conclude(voice, paths, _next(request, next(iter(kept.values())), paths[0], is_log=given.is_log))
    about: dict[str, Any] = {"read": given.read}
    if len(request.files) > 1:
        about["skipped"] = list(given.skipped)
    voice.answer(answer(request, kept, agreed, about, data))


def _mined(request: Request, given: Input, voice: Voice) -> dict[str, MiningResult]:
    """Results by method."""
    from motifkit.io.layout import all_prices

    dataset, one = given.dataset, _miner(request, given.dataset)
    # The prices of a candle share their unit; the volume beside them, or the channels of a log, have their own.
    together = len(dataset.channels) > 1 and not given.is_log and all_prices(dataset.channels)
    with voice.stages() as progress:
        return {
            method: one(
                method,
                request.n_motifs,
                normalize=request.normalize,
                joint=together if request.joint is None else request.joint,
                n_surrogates=request.n_surrogates,
                horizon=request.horizon,
                seed=request.seed,
                n_threads=request.threads,
                progress=progress,
            )
            for method in request.methods
        }


def _miner(request: Request, dataset: TrajectoryDataset) -> Callable[..., MiningResult]:
    """Function of a method that mines the length, or range of lengths, and the channels that are asked for."""
    if isinstance(request.length, tuple):
        from motifkit.mining.length_range import mine_lengths

        return partial(mine_lengths, dataset, request.length)
    if request.subspace is not None:
        from motifkit.mining.subspaces import mine_subspaces

        return partial(mine_subspaces, dataset, request.length, request.subspace)
    from motifkit.mining.mine import mine

    return partial(mine, dataset, request.length)


def _report_writer(result: MiningResult, dataset: TrajectoryDataset) -> Callable[[Path], object]:
    from motifkit.report.candle_chart import candles_end_to_end
    from motifkit.report.html_mining import mining_html

    page = mining_html(result, dataset, ohlc=candles_end_to_end(dataset))
    return lambda path: path.write_text(page, encoding="utf-8")


def _next(request: Request, result: MiningResult, path: str, *, is_log: bool) -> list[str]:
    """Command to try next: the motifs in new data, or without any the list that `--significant` left out."""
    if result.motifs:
        return ["motifkit", "match", path, "NEW_LOG" if is_log else "NEW.csv"]
    length = request.length if isinstance(request.length, int) else ":".join(map(str, request.length))
    return ["motifkit", "mine", *request.files, "--len", str(length), "-o", "all-motifs.npz"]


def _significant(result: MiningResult, dataset: TrajectoryDataset) -> MiningResult:
    """Result without the motifs that chance explains; a note says how many those were."""
    from motifkit.mining.match import with_match_counts

    kept = tuple(motif for motif in result.motifs if motif.is_significant())
    note = f"kept the {len(kept)} of {len(result.motifs)} motifs with q < .05"
    # Those left out do not compete with the others for windows of new data.
    return with_match_counts(replace(result, motifs=kept, notes=(*result.notes, note)), dataset)
