"""Options that go together: added to a command at once, and passed to it as one argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

Command: TypeAlias = Callable[..., Any]


def bundle(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Decorator that adds several options to a command, which `--help` lists in this order.

    Examples
    --------
    >>> import click
    >>> @click.command()
    ... @bundle(click.option("--first"), click.option("--last"))
    ... def show(first, last):
    ...     pass
    >>> [option.name for option in show.params]
    ['first', 'last']
    """

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def gathered(
    name: str, make: Callable[..., Any], *options: Callable[[Command], Command]
) -> Callable[[Command], Command]:
    """Decorator that adds options of which a command gets one argument, made of their values.

    Parameters
    ----------
    name : str
        Of that argument.
    make : callable
        Takes the values by the names of its own parameters, which are those of the options.
    *options
        Decorators of click.

    Examples
    --------
    >>> import click
    >>> first, last = (click.option(f"--{name}", type=int) for name in ("first", "last"))
    >>> @click.command()
    ... @gathered("numbers", lambda first, last: range(first, last), first, last)
    ... def show(numbers):
    ...     click.echo(list(numbers))
    >>> show(["--first", "2", "--last", "5"], standalone_mode=False)
    [2, 3, 4]
    """
    parameters = tuple(inspect.signature(make).parameters)

    def add(command: Command) -> Command:
        @wraps(command)
        def gathering(*arguments: Any, **given: Any) -> Any:
            values = {parameter: given.pop(parameter) for parameter in parameters}
            return command(*arguments, **given, **{name: make(**values)})

        return bundle(*options)(gathering)

    return add
