"""`motifkit compare`: what became of mined motifs in an agent that has learned."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motifkit.cli import options, outputs
from motifkit.cli.mined_data import Source, mined_data, source_options, training_words
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from motifkit.cli.trained_bank import TrainedBank
    from motifkit.compare.comparison import MotifComparison
    from motifkit.types import MiningResult, TrajectoryDataset

_FIGURES = ("prototypes", "rows", "occurrences", "map", "curves")  # names of `comparison_figures`
_EXAMPLES = """\b
Examples:
  motifkit compare motifs.npz runs/seeded --data prices.csv
  motifkit compare motifs.npz runs/seeded --data prices.csv -o report.html --plot figure.png
  motifkit compare motifs.npz bank.safetensors --data prices.csv
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit compare`, by the names of the command's parameters."""

    motifs: str
    trained: str
    source: Source
    output: str | None
    picture: str | None
    episodes: int
    seed: int
    threads: int | None
    force: bool

    @property
    def pictures(self) -> dict[str, str]:
        """Paths that the figures would have, by their names."""
        if self.picture is None:
            return {}
        stem, suffix = os.path.splitext(self.picture)
        return {name: f"{stem}-{name}{suffix}" for name in _FIGURES}


@click.command("compare", short_help="Compare learned with mined motifs.", epilog=_EXAMPLES)
@click.argument("motifs")
@click.argument("trained", metavar="RUN")
@source_options
@click.option("-o", "--output", metavar="PATH", help="File for an HTML report.  [default: none]")
@click.option(
    "--plot",
    "picture",
    metavar="PATH",
    callback=options.picture_path,
    help="Name for pictures: figure.png gives figure-prototypes.png, figure-rows.png and so on.",
)
@click.option(
    "--episodes",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Fresh episodes to play with all motifs, and again without each.",
)
@options.seed
@options.threads
@options.force
@options.speech
def compare_command(voice: Voice, **given: Any) -> None:
    """Show what became of the motifs that `motifkit mine` wrote to MOTIFS in the agent in RUN.

    RUN is the directory of a training that began with `--bank`, a checkpoint, or a motif bank. Without --data, the
    motifs must have been mined in the environment's own log; how well the planted shapes are recovered is then shown
    too.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Compare as asked, write the files that are asked for, and say what came out.

    Raises
    ------
    MotifkitError
        For every input, option or output that is unusable; nothing is written then.
    """
    written = [*([] if request.output is None else [request.output]), *request.pictures.values()]
    inputs = [request.motifs, request.trained, *request.source.files]
    outputs.require_targets(written, inputs=inputs, force=request.force)

    from motifkit.cli import building
    from motifkit.cli.trained_bank import require_seeded_with, trained_bank
    from motifkit.compare.compare import compare_motifs
    from motifkit.compare.opening import observer
    from motifkit.io.results import load_result

    result = load_result(request.motifs)
    with building.torch_threads(request.threads):
        trained = trained_bank(request.trained)
        require_seeded_with(result, trained, request.trained)
        data = mined_data(result, request.source, trained.env, trained.env_name)
        voice.say(data.words)
        comparison = compare_motifs(
            result,
            trained.agent or trained.bank,
            data.dataset,
            env=trained.env,
            observe=observer(trained.agent, trained.env),
            truth=data.truth,
            n_episodes=request.episodes,
            seed=request.seed,
        )
    writers = _writers(request, comparison, _shown(trained, result, data.dataset, request))
    outputs.write_together(writers, force=request.force)
    _show(voice, request, trained, comparison, list(writers))
    pictures = {name: path for name, path in request.pictures.items() if path in writers}
    voice.answer({**comparison.as_dict(), "files": {"report": request.output, "plots": pictures}})


def _shown(
    trained: TrainedBank, result: MiningResult, dataset: TrajectoryDataset, request: Request
) -> dict[str, Any]:
    """What the report and the pictures show beside the comparison."""
    if request.output is None and request.picture is None:
        return {}
    from motifkit.report.candle_chart import candles_end_to_end
    from motifkit.report.embedding_map import Embeddings
    from motifkit.report.run_curve import curve_of_log
    from motifkit.report.series import Series
    from motifkit.seeding.unfold import unfolded

    bank = trained.bank
    seeded = bank.seeded_mask.cpu().numpy()
    offsets = list(dict.fromkeys(bank.seeded_offset.cpu().numpy()[seeded].tolist())) or [0]
    views = unfolded(result, offsets, [len(one) for one in dataset.episodes]).motifs
    embeddings = Embeddings(
        bank.mined_embeds.double().cpu().numpy()[seeded],
        bank.motif_embeds.detach().double().cpu().numpy(),
        tuple(motif.label for motif in views[: int(seeded.sum())]),
    )
    place = Path(request.trained)
    curve = curve_of_log((place if place.is_dir() else place.parent) / "log.jsonl") if trained.agent else None
    return {
        "series": [
            Series(one.observations[:, 0], one.timestamps, dataset.channels[0])
            if one.prices is None
            else Series(one.prices, one.timestamps, "price")
            for one in dataset.episodes
        ],
        "embeddings": embeddings,
        "mined": {
            motif.label: sorted(motif.occurrences, key=lambda found: found.distance) for motif in views
        },
        "curves": None if curve is None else [curve],
        "ohlc": candles_end_to_end(dataset),
    }


def _writers(
    request: Request, comparison: MotifComparison, shown: dict[str, Any]
) -> dict[str, Callable[[Path], object]]:
    """Writers for the report and the pictures, for those that are asked for."""
    writers: dict[str, Callable[[Path], object]] = {}
    if request.output is not None:
        from motifkit.report.html import comparison_html

        page = comparison_html(comparison, **shown)
        writers[request.output] = lambda path: path.write_text(page, encoding="utf-8")
    if request.picture is not None:
        from motifkit.report.axes import save_figure
        from motifkit.report.comparison_figures import comparison_figures

        drawn = {name: value for name, value in shown.items() if name != "ohlc"}
        for name, figure in comparison_figures(comparison, **drawn).items():
            writers[request.pictures[name]] = partial(save_figure, figure)
    return writers


def _show(
    voice: Voice, request: Request, trained: TrainedBank, comparison: MotifComparison, written: list[str]
) -> None:
    from motifkit.report.comparison_table import render_comparison

    voice.pause()
    voice.say(render_comparison(comparison, width=voice.width, styled=voice.styled))
    voice.pause()
    voice.say(comparison.sentence())
    voice.pause()
    data = [] if request.source.data is None else ["--data", request.source.data]
    again = ["motifkit", "compare", request.motifs, request.trained, *data]
    if comparison.n_episodes == 0:
        env_args = trained.about.get("env_args", {})
        following = training_words(trained.env_name, env_args, request.trained)
    elif request.output is None:
        following = [*again, "-o", "report.html"]
    else:
        following = [*again, "--episodes", str(5 * request.episodes)]
    outputs.conclude(voice, written, following)
