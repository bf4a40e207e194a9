"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import click

from motifkit.cli.bundles import gathered
from motifkit.cli.voice import Voice
from motifkit.errors import UsageError

MIN_LENGTH = 3

PICTURE_SUFFIXES = (".png", ".pdf", ".svg")

force = click.option("--force", is_flag=True, help="Overwrite existing outputs.")
seed = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
threads = click.option(
    "--threads", type=click.IntRange(min=1), default=None, help="Threads to use.  [default: all cores]"
)
max_episode_steps = click.option(
    "--max-episode-steps",
    type=click.IntRange(min=1),
    help="Cut longer episodes short.  [default: when the environment ends them]",
)
missing_values = click.option(
    "--na",
    type=click.Choice(["error", "drop", "fill"]),
    default="error",
    show_default=True,
    help="How to treat rows with missing values.",
)


def unnamed_environment() -> UsageError:
    """Error of a command that was not told its environment.

    Examples
    --------
    >>> print(unnamed_environment())
    name an environment: memory-task, cue-mapping, planted-motif, trading, or a gymnasium id such as CartPole-v1
    """
    from motifkit.envs.registration import SHORT_NAMES

    return UsageError(f"name an environment: {', '.join(SHORT_NAMES)}, or a gymnasium id such as CartPole-v1")


def environment_arguments(delay: int | None, hard: bool, env_args: dict[str, Any]) -> dict[str, Any]:
    """Arguments of the environment from the options of `environment`.

    Raises
    ------
    UsageError
        When one is given in two ways.

    Examples
    --------
    >>> environment_arguments(64, True, {"render_mode": None})
    {'delay': 64, 'difficulty': 'hard', 'render_mode': None}
    """
    short = ({"delay": delay} if delay is not None else {}) | ({"difficulty": "hard"} if hard else {})
    twice = sorted(short.keys() & env_args.keys())
    if twice:
        raise UsageError(f"{twice[0]} is given twice, once with --env-arg; give it once")
    return {**short, **env_args}


def _pairs(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> dict[str, Any]:
    """Values by key; what is not JSON is taken as text."""
    found: dict[str, Any] = {}
    for pair in value:
        key, sign, text = pair.partition("=")
        if not sign or not key.isidentifier():
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE, such as delay=64")
        if key in found:
            raise click.BadParameter(f"{key} is given twice; give it once")
        try:
            found[key] = json.loads(text, parse_constant=_no_constant)
        except ValueError:
            found[key] = text
    return found


def _no_constant(text: str) -> Any:
    """NaN and the infinities, which are not JSON, stay text."""
    raise ValueError(text)


environment_argument = click.option(
    "--env-arg",
    "env_args",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_pairs,
    help="Argument for the environment, a JSON value or plain text; repeatable.",
)

environment = gathered(
    "env_args",
    environment_arguments,
    click.option("--delay", type=click.IntRange(min=1), help="Steps per episode; same as --env-arg delay=N."),
    click.option("--hard", is_flag=True, help="With distractors; same as --env-arg difficulty=hard."),
    environment_argument,
)

speech = gathered(
    "voice",
    Voice,
    click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout, and nothing else."),
    click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Print more to stderr, such as timings."),
    # Read from the arguments themselves, since errors come before they are parsed.
    click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks."),
)


def names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    """Names between commas."""
    if value is None:
        return None
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise click.BadParameter(f"{value!r} has an empty name; separate names with single commas")
    return names


def whole_numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    """Positive whole numbers between commas, each once."""
    if value is None:
        return None
    try:
        numbers = [int(text) for text in value.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1 or len(set(numbers)) < len(numbers):
        raise click.BadParameter(f"{value!r} must be different whole numbers of at least 1, such as 2,4,8")
    return numbers


def offsets(ctx: click.Context, param: click.Parameter, value: str) -> list[int]:
    """Whole numbers between commas, each once."""
    try:
        numbers = [int(text) for text in value.split(",")]
    except ValueError:
        numbers = []
    if not numbers or len(set(numbers)) < len(numbers):
        raise click.BadParameter(f"{value!r} must be different whole numbers, such as 0,-1,1")
    return numbers


def positive(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Finite number above 0."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value:g} must be a number above 0")
    return value


def not_negative(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """Finite number of at least 0."""
    if not (math.isfinite(value) and value >= 0):
        raise click.BadParameter(f"{value:g} must be a number of at least 0")
    return value


def share(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """Number from 0 to 1."""
    if not 0 <= value <= 1:
        raise click.BadParameter(f"{value:g} must be a number from 0 to 1")
    return value


def no_nan(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Number, or infinity."""
    if value is not None and (math.isnan(value) or value == -math.inf):
        raise click.BadParameter(f"{value:g} is not a mean return; give a number, or inf for never")
    return value


def window_length(ctx: click.Context, param: click.Parameter, value: int) -> int:
    """Length of a motif: with two rows every rise looks like every other."""
    if value < MIN_LENGTH:
        raise click.BadParameter(f"{value} is too short to have a shape; give at least {MIN_LENGTH} rows")
    return value


def window_lengths(ctx: click.Context, param: click.Parameter, value: str) -> int | tuple[int, int]:
    """Length of a motif, or the shortest and the longest of a range such as 4:12."""
    try:
        ends = [int(text) for text in value.split(":")]
    except ValueError:
        ends = []
    if not 1 <= len(ends) <= 2:
        raise click.BadParameter(f"{value!r} is neither a whole number nor a range such as 4:12")
    for end in ends:
        window_length(ctx, param, end)
    if len(ends) == 1 or ends[0] == ends[1]:
        return ends[0]
    if ends[0] > ends[1]:
        raise click.BadParameter(f"{value!r} begins with the longer length; give {ends[1]}:{ends[0]}")
    return ends[0], ends[1]


def picture_path(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Path of a picture in a format that can be written."""
    if value is not None and not value.lower().endswith(PICTURE_SUFFIXES):
        raise click.BadParameter(f"{value!r} must end in {', '.join(PICTURE_SUFFIXES[:-1])} or .svg")
    return value


def require_one_choice(column: str | None, columns: Sequence[str] | None) -> None:
    """Raise a UsageError when --column and --columns are both given."""
    if column is not None and columns is not None:
        raise UsageError("--column and --columns cannot be combined; give one of them")
