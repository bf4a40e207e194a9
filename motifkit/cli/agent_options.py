"""Options of `motifkit train` that say how the agent is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from motifkit.cli import options
from motifkit.cli.bundles import bundle
from motifkit.errors import UsageError

_OF_MOTIFS, _OF_EPISODES = ("bank", "n_motifs", "motif_len"), ("max_entries", "learn_retention")

agent_options = bundle(
    click.option(
        "--n-envs",
        type=click.IntRange(min=1),
        default=64,
        show_default=True,
        help="Episodes played in parallel.",
    ),
    options.max_episode_steps,
    click.option(
        "--lr",
        "learning_rate",
        type=float,
        callback=options.positive,
        default=2e-3,
        show_default=True,
        help="Learning rate.",
    ),
    click.option(
        "--gamma",
        type=float,
        callback=options.share,
        default=0.99,
        show_default=True,
        help="Discount factor.",
    ),
    click.option(
        "--ent-coef",
        type=float,
        callback=options.not_negative,
        default=0.01,
        show_default=True,
        help="Weight of the entropy bonus, which keeps the agent exploring.",
    ),
    click.option(
        "--epochs",
        "n_epochs",
        type=click.IntRange(min=1),
        default=2,
        show_default=True,
        help="Passes over the episodes per update.",
    ),
    click.option(
        "--minibatches",
        "n_minibatches",
        type=click.IntRange(min=1),
        default=4,
        show_default=True,
        help="Minibatches per pass.",
    ),
    click.option(
        "--policy",
        type=click.Choice(["combined", "transformer"]),
        default="combined",
        show_default=True,
        help="Policy; combined has room for the readouts of both memories.",
    ),
    click.option(
        "--memory",
        type=click.Choice(["combined", "episodic", "motif", "none"]),
        default="combined",
        show_default=True,
        help="What the agent remembers: episodes and motifs, one of them, or nothing.",
    ),
    click.option(
        "--bank",
        metavar="FILE",
        help="Motif bank from `motifkit seed`, which also sets the sizes.  [default: random motifs]",
    ),
    click.option(
        "--n-motifs", type=click.IntRange(min=1), default=32, show_default=True, help="Motifs in the bank."
    ),
    click.option(
        "--motif-len", type=click.IntRange(min=1), default=4, show_default=True, help="Steps of a motif."
    ),
    click.option(
        "--max-entries",
        type=click.IntRange(min=1),
        default=32,
        show_default=True,
        help="Episodes kept in memory.",
    ),
    click.option(
        "--mem-dim",
        type=click.IntRange(min=1),
        default=32,
        show_default=True,
        help="Width of the embeddings.",
    ),
    click.option(
        "--learn-retention/--no-learn-retention",
        default=True,
        show_default=True,
        help="Learn which episodes are worth keeping, or drop the oldest.",
    ),
    click.option("--her", is_flag=True, help="Also learn from episodes relabelled in hindsight."),
    click.option("--rnd", is_flag=True, help="Reward observations that a network cannot predict yet."),
    click.option("--count-bonus", is_flag=True, help="Reward observations that were rarely seen."),
    click.option("--reward-norm", is_flag=True, help="Divide rewards by the standard deviation of returns."),
    click.option("--tensorboard", is_flag=True, help="Also write TensorBoard events."),
)
"""The sizes, coefficients and parts of the agent; defaults are those of `TraceRL` where it has them."""


def require_used(given: Mapping[str, Any], asked: Iterable[str]) -> None:
    """Raise a UsageError for an option that was asked for, of a memory that is not there.

    Parameters
    ----------
    given : mapping
        Values of the options of `motifkit train`.
    asked : iterable of str
        Names of those that are no defaults.
    """
    unused = {"episodic": _OF_MOTIFS, "motif": _OF_EPISODES, "none": (*_OF_MOTIFS, *_OF_EPISODES)}
    for name in unused.get(given["memory"], ()):
        if name in asked:
            option = f"--{'' if given[name] is not False else 'no-'}{name.replace('_', '-')}"
            raise UsageError(f"{option} has no effect with --memory {given['memory']}; drop one of them")
