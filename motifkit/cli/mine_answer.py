"""What `motifkit mine` says: tables and sentences for people, one answer for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from motifkit.cli.mine_input import counts_answer
from motifkit.cli.mine_request import Request
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from motifkit.mining.agreement import Agreement
    from motifkit.types import MiningResult, TrajectoryDataset

SEVERAL_SCHEMA = "motifkit.mining-results/1"


def show(
    request: Request,
    voice: Voice,
    mined: Mapping[str, MiningResult],
    kept: Mapping[str, MiningResult],
    agreed: tuple[Agreement, ...],
    data: Mapping[str, TrajectoryDataset],
) -> None:
    """Tables, and the sentences that say what to make of them; `data` are the channels that each method mined."""
    if not voice.speaks:
        return
    from motifkit.io.series import repair_notes
    from motifkit.report import candles, terminal, wording

    for method, result in kept.items():
        left_out = len(mined[method].motifs) - len(result.motifs)
        voice.pause()
        voice.say(wording.title(result))
        voice.say(terminal.render_result(result, width=voice.width, styled=voice.styled))
        voice.pause()
        voice.say(wording.significance_sentence(result, left_out=left_out))
        voice.say(wording.outcome_sentence(result, data[method]))
        for line in candles.label_lines(result, data[method]):
            voice.say(line)
        told = repair_notes(data[method])  # when the data were read
        for note in mined[method].notes:
            if note not in told:
                voice.say(note)
    if request.method == "all":
        groups = [(one.labels, one.n_shared, one.jaccard) for one in agreed]
        voice.pause()
        voice.say(terminal.render_agreement(groups))
    voice.pause()


def answer(
    request: Request,
    results: Mapping[str, MiningResult],
    agreed: tuple[Agreement, ...],
    about: Mapping[str, Any],
    data: Mapping[str, TrajectoryDataset],
) -> dict[str, Any]:
    """JSON answer: one result's values, or those of all miners, with `data` as in `show`."""
    from motifkit.report.candles import label_answer

    answers = {}
    for method, (output, picture) in request.targets().items():
        result, dataset = results[method], data[method]
        answers[method] = {
            **result.as_dict(),
            **about,
            "files": {"result": output, "plot": picture, "report": request.reports().get(method)},
        }
        if labels := label_answer(result, dataset):
            answers[method]["candles"] = labels
        if len(dataset.episodes) > 1:
            answers[method]["series"] = [episode.id for episode in dataset.episodes]
            answers[method]["counts_by_series"] = counts_answer(result, dataset)
    if request.method != "all":
        return answers[request.method]
    return {
        "schema": SEVERAL_SCHEMA,
        "results": answers,
        "agreement": [
            {"labels": dict(one.labels), "n_shared": one.n_shared, "jaccard": one.jaccard} for one in agreed
        ],
    }
