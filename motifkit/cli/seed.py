"""`motifkit seed`: motifs that were mined become a motif bank, which `motifkit train --bank` begins with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import click

from motifkit.cli import options, outputs
from motifkit.cli.mined_data import Source, mined_data, source_options, training_words
from motifkit.cli.voice import Voice

if TYPE_CHECKING:
    from torch import Tensor

    from motifkit.cli.mined_data import MinedData
    from motifkit.memory.motif_bank import MotifMemoryBank
    from motifkit.seeding import SeedingReport
    from motifkit.types import MiningResult

SCHEMA = "motifkit.seeding/1"

_LEAST_ROWS = 8
_EXAMPLES = """\b
Examples:
  motifkit seed motifs.npz --data prices.csv --env planted-motif
  motifkit seed motifs.npz --data prices.csv --env planted-motif --offsets 0,-1,1,-2,2 --rows 64
  motifkit seed log.npz --env planted-motif --env-arg noise=0.5
"""


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit seed`, by the names of the command's parameters."""

    motifs: str
    source: Source
    env: str
    env_args: dict[str, Any]
    output: str
    rows: int | None
    motif_len: int | None
    mem_dim: int
    offsets: list[int]
    resize: Literal["error", "resample"]
    pretrain: bool
    pretrain_steps: int
    reconstruction: float
    calibrate: bool
    seed: int
    threads: int | None
    force: bool


@click.command("seed", short_help="Turn mined motifs into a motif bank.", epilog=_EXAMPLES)
@click.argument("motifs")
@source_options
@click.option("--env", required=True, metavar="ENV", help="Environment of the agent, as in motifkit train.")
@options.environment_argument
@click.option(
    "-o", "--output", default="bank.safetensors", show_default=True, help="File for the motif bank."
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    help="Rows of the bank.  [default: one per motif and offset, at least 8]",
)
@click.option(
    "--motif-len", type=click.IntRange(min=1), help="Steps of a row's window.  [default: the motifs' length]"
)
@click.option(
    "--mem-dim", type=click.IntRange(min=1), default=32, show_default=True, help="Width of the embeddings."
)
@click.option(
    "--offsets",
    default="0,-1,1",
    show_default=True,
    callback=options.offsets,
    help="Windows of each motif that get a row, by how many steps after the motif they end.",
)
@click.option(
    "--resize",
    type=click.Choice(["error", "resample"]),
    default="error",
    show_default=True,
    help="How to treat motifs that are not --motif-len long.",
)
@click.option(
    "--pretrain/--no-pretrain", default=True, show_default=True, help="Pretrain the window encoder."
)
@click.option(
    "--pretrain-steps", type=click.IntRange(min=1), default=1000, show_default=True, help="Pretraining steps."
)
@click.option(
    "--reconstruction",
    type=float,
    callback=options.not_negative,
    default=0.0,
    show_default=True,
    help="Weight of the masked-reconstruction loss; helps when occurrences are few.",
)
@click.option(
    "--calibrate/--no-calibrate",
    default=True,
    show_default=True,
    help="Calibrate the threshold between motifs and background.",
)
@options.seed
@options.threads
@options.force
@options.speech
def seed_command(voice: Voice, **given: Any) -> None:
    """Turn the motifs that `motifkit mine` wrote to MOTIFS into the rows of a motif bank for an agent in ENV.

    Their occurrences are cut out of the mined data, as the agent would see them, and encoded by the bank's own
    encoder, which is first trained to tell them from each other and from the rest of the data. Without --data, the
    motifs must have been mined in the environment's own log.
    """
    run(Request(**given), voice)


def run(request: Request, voice: Voice) -> None:
    """Seed as asked, write the bank, and say what became of the motifs.

    Raises
    ------
    MotifkitError
        For every input, option or output that is unusable; nothing is written then.
    """
    inputs = [request.motifs, *request.source.files]
    outputs.require_targets([request.output], inputs=inputs, force=request.force)

    from motifkit.cli import building
    from motifkit.envs.registration import make_env
    from motifkit.io.results import load_result
    from motifkit.seeding import save_bank

    env = make_env(request.env, **request.env_args)
    result = load_result(request.motifs)
    data = mined_data(result, request.source, env, request.env)
    voice.say(data.words)
    with building.torch_threads(request.threads):
        bank, report = _seeded(request, env, result, data)
    about = {**report.as_dict(), **_origin(request, result)}
    write = partial(save_bank, bank, about=about, overwrite=True)
    outputs.write_together({request.output: write}, force=request.force)
    _show(voice, request, result, report)
    voice.answer({"schema": SCHEMA, "bank": bank.config(), **about, "files": {"bank": request.output}})


def _seeded(
    request: Request, env: Any, result: MiningResult, data: MinedData
) -> tuple[MotifMemoryBank, SeedingReport]:
    from motifkit.agents.building import action_dim_for
    from motifkit.agents.environments import obs_dim_of
    from motifkit.compare.opening import observer
    from motifkit.memory.motif_bank import MotifMemoryBank
    from motifkit.seeding import seed_motif_bank

    n_rows = request.rows or max(_LEAST_ROWS, len(result.motifs) * len(request.offsets))
    bank = MotifMemoryBank(
        obs_dim_of(env.observation_space),
        action_dim_for(None, env.action_space),
        request.mem_dim,
        n_rows,
        request.motif_len or result.motifs[0].length,
        seed=request.seed,
    )
    report = seed_motif_bank(
        bank,
        result,
        data.dataset,
        pretrain=request.pretrain,
        calibrate=request.calibrate,
        seed=request.seed,
        observe=observer(None, env),
        action_space=env.action_space,
        offsets=request.offsets,
        experience=_experience(env, bank, data, request.seed),
        resize=request.resize,
        n_steps=request.pretrain_steps,
        reconstruction=request.reconstruction,
    )
    return bank, report


def _experience(env: Any, bank: MotifMemoryBank, data: MinedData, seed: int) -> Tensor | None:
    """Past actions and rewards, played where the data hold none."""
    if any(episode.actions is not None for episode in data.dataset.episodes):
        return None
    from motifkit.seeding.experience import played_experience

    return played_experience(env, bank.action_dim, bank.motif_len, seed=seed)


def _origin(request: Request, result: MiningResult) -> dict[str, Any]:
    """What to keep with the bank: where its rows came from."""
    return {
        "env": request.env,
        "env_args": request.env_args,
        "source": result.source,
        "fingerprint": result.fingerprint,
        "method": result.method,
        "offsets": request.offsets,
        "seed": request.seed,
        "log": {"steps": request.source.log_steps or result.n_steps, "seed": request.source.log_seed}
        if request.source.data is None
        else None,
    }


def _show(voice: Voice, request: Request, result: MiningResult, report: SeedingReport) -> None:
    from motifkit.report import wording
    from motifkit.report.seeding import render_seeding, seeding_sentence

    voice.pause()
    voice.say(f"motifs of {result.source}, {wording.title(result)}")
    voice.say(render_seeding(report))
    voice.pause()
    voice.say(seeding_sentence(report))
    voice.pause()
    following = training_words(request.env, request.env_args, request.output)
    outputs.conclude(voice, [request.output], following)
