"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from motifkit.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])

MIN_LENGTH = 3

PICTURE_SUFFIXES = (".png", ".pdf", ".svg")

force = click.option("--force", is_flag=True, help="Overwrite outputs that exist.")
seed = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
threads = click.option(
    "--threads", type=click.IntRange(min=1), default=None, help="Threads to use.  [default: all cores]"
)
horizon = click.option(
    "--horizon",
    type=click.IntRange(min=1),
    default=None,
    help="Bars after a motif over which returns are taken.  [default: the motif's length]",
)


def speech(command: Command) -> Command:
    """Add --json, --quiet, --verbose and --debug."""
    for option in (
        # Read from the arguments themselves, since errors come before they are parsed.
        click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks."),
        click.option("-v", "--verbose", is_flag=True, help="Say how long each stage took."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout, and nothing else."),
    ):
        command = option(command)
    return command


def choice_of_data(command: Command) -> Command:
    """Add --column, --columns and --na."""
    for option in (
        click.option(
            "--na",
            type=click.Choice(["error", "drop", "fill"]),
            default="error",
            show_default=True,
            help="What becomes of rows with missing values.",
        ),
        click.option(
            "--columns",
            metavar="A,B,C",
            callback=_names,
            help="Columns that are mined together, as the channels of a motif.",
        ),
        click.option("--column", metavar="NAME", help="Column to mine.  [default: Adj Close, else Close]"),
    ):
        command = option(command)
    return command


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    """Names between commas."""
    if value is None:
        return None
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise click.BadParameter(f"{value!r} has an empty name; separate names with single commas")
    return names


def window_length(ctx: click.Context, param: click.Parameter, value: int) -> int:
    """Length of a motif: with two rows every rise looks like every other."""
    if value < MIN_LENGTH:
        raise click.BadParameter(f"{value} is too short to have a shape; give at least {MIN_LENGTH} rows")
    return value


def picture_path(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Path of a picture in a format that can be written."""
    if value is not None and not value.lower().endswith(PICTURE_SUFFIXES):
        raise click.BadParameter(f"{value!r} must end in {', '.join(PICTURE_SUFFIXES[:-1])} or .svg")
    return value


def require_one_choice(column: str | None, columns: Sequence[str] | None) -> None:
    """Raise a UsageError when --column and --columns are both given."""
    if column is not None and columns is not None:
        raise UsageError("--column and --columns exclude each other; give one of them")
