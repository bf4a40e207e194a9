"""The files that a finished experiment leaves to be read: summary.json, report.html, figures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.io.atomic import write_json
from motifkit.pipeline.manifest import Manifest, hash_of
from motifkit.pipeline.summary import Summary
from motifkit.pipeline.units import compared_method, units_of
from motifkit.version import __version__

if TYPE_CHECKING:
    from motifkit.pipeline.walk_forward import WalkForward
    from motifkit.report.html_backtest import OutOfSample
    from motifkit.types import FloatArray

EQUITY = "figures/equity.png"
SUMMARY, REPORT, CURVES = "summary.json", "report.html", "figures/curves.png"


def write_outputs(summary: Summary, directory: Path, manifest: Manifest) -> list[Path]:
    """Write what people read; the report only where it is not that of the same units already.

    Parameters
    ----------
    summary : Summary
    directory : Path
        Of the run.
    manifest : Manifest
        Remembers the report.

    Returns
    -------
    list of Path
        The files; without a report where no arm's motifs were compared.

    Raises
    ------
    FileAccessError
        When one cannot be written.
    """
    from motifkit.report.run_figures import plot_curves

    write_json(directory / SUMMARY, summary.as_dict())
    (directory / CURVES).parent.mkdir(exist_ok=True)
    plot_curves(summary.curves, directory / CURVES, summary.measure)
    written = [directory / SUMMARY, directory / CURVES]
    if summary.experiment.compared:
        units = units_of(summary.experiment)
        wanted = hash_of("report", {"arms": summary.experiment.train.arms}, [unit.hash for unit in units])
        if not manifest.is_done("report", wanted):
            _write_report(summary, directory, directory / REPORT)
            manifest.finish("report", wanted, [REPORT], 0.0)
        written.insert(1, directory / REPORT)
    return written


def write_walk_forward(walk: WalkForward, directory: Path) -> list[Path]:
    """Write what people read of a walk forward: summary.json, the equity, and a report on the last fold.

    Parameters
    ----------
    walk : WalkForward
    directory : Path
        Of the run.

    Returns
    -------
    list of Path
        The files; without a report where no arm's motifs were compared.

    Raises
    ------
    FileAccessError
        When one cannot be written.
    """
    from motifkit.pipeline.summary import summarise
    from motifkit.report.backtest import out_of_sample, plot_equity

    last = walk.folds[-1]
    summary = summarise(last.experiment, walk.last)
    write_json(directory / SUMMARY, walk_forward_values(walk, summary))
    (directory / EQUITY).parent.mkdir(exist_ok=True)
    plot_equity(walk.report, directory / EQUITY)
    if not last.experiment.compared:
        return [directory / SUMMARY, directory / EQUITY]
    shown = out_of_sample(walk.report)
    name = f"fold {last.fold.number} of {len(walk.folds)}, {Path(walk.source).name}"
    _write_report(summary, walk.last.directory, directory / REPORT, shown, name)
    return [directory / SUMMARY, directory / REPORT, directory / EQUITY]


def walk_forward_values(walk: WalkForward, summary: Summary) -> dict[str, Any]:
    """JSON values with the schema "motifkit.walk_forward/1"; `summary` is that of the last fold."""
    from motifkit.report.backtest import verdict

    return {
        "schema": "motifkit.walk_forward/1",
        "version": __version__,
        "verdict": verdict(walk.report),
        "experiment": walk.experiment.as_dict(),
        "folds": [asdict(one.fold) for one in walk.folds],
        "backtest": walk.report.as_dict(),
        "last_fold": summary.as_dict(),
    }


def _write_report(
    summary: Summary, directory: Path, path: Path, backtest: OutOfSample | None = None, part: str = ""
) -> None:
    """Report on the first arm that is compared, with its first seed, and the curves of all."""
    from motifkit.pipeline.training import Workshop
    from motifkit.report.embedding_map import Embeddings
    from motifkit.report.html import comparison_html
    from motifkit.report.html_page import write_page
    from motifkit.report.series import Series
    from motifkit.seeding.unfold import unfolded

    arm, seed = summary.experiment.compared[0], 0
    workshop = Workshop(summary.experiment, directory)
    agent, dataset = workshop.trained(arm, seed), workshop.log.dataset
    comparison = workshop.compared(agent, compared_method(arm))
    result, bank = workshop.result(compared_method(arm)), agent.get_motif_bank()
    offsets = list(dict.fromkeys(bank.seeded_offset[bank.seeded_mask].tolist())) or [0]
    views = unfolded(result, offsets, [len(one) for one in dataset.episodes])
    seeded = bank.seeded_mask.cpu().numpy()
    labels = tuple(str(row.label) for row in comparison.rows if row.label is not None)
    embeddings = Embeddings(
        bank.mined_embeds.double().cpu().numpy()[seeded],
        bank.motif_embeds.detach().double().cpu().numpy(),
        labels,
    )
    page = comparison_html(
        comparison,
        series=[
            Series(one.observations[:, 0], one.timestamps, dataset.channels[0])
            if one.prices is None
            else Series(one.prices, one.timestamps, "price")
            for one in dataset.episodes
        ],
        embeddings=embeddings if len(labels) == len(embeddings.mined) else None,
        mined={motif.label: motif.occurrences for motif in views.motifs},
        curves=summary.report_curves(),
        arms=summary.report_arms(),
        backtest=backtest,
        ohlc=_candles(workshop.env.unwrapped),
        title=f"Learned against mined motifs: arm {arm}, seed {seed}{part and ', '}{part}",
    )
    write_page(path, page, overwrite=True)


def _candles(env: Any) -> FloatArray | None:
    """(T, 4) open, high, low and close of the rows that were mined, where the environment has them."""
    bars = getattr(env, "bars", None)
    if bars is None or not {"open", "high", "low"} <= set(bars.others):
        return None
    start, stop = env.rows
    return np.column_stack([*(bars.others[name] for name in ("open", "high", "low")), bars.close])[start:stop]
