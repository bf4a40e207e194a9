"""The command group: finds commands, and turns every error into one line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from motifkit.errors import FileAccessError, MotifkitError, suggestion
from motifkit.version import __version__

# A file and a function of the same name each; nothing is imported before it is asked for.
_COMMANDS = (
    "mine",
    "match",
    "candles",
    "demo",
    "record",
    "seed",
    "train",
    "evaluate",
    "compare",
    "benchmark",
    "run",
)

_BROKEN_PIPE = 141  # 128 + SIGPIPE, what tools that do not catch the signal end with


class CommandGroup(click.Group):
    """Loads a command when it is asked for, and ends with motifkit's exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order in which they are used."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Command of that name, None when there is none."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"motifkit.cli.{cmd_name}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Command that the first argument names, and the other arguments.

        Raises
        ------
        click.UsageError
            When there is no such command; suggests the nearest.
        """
        if args[0] not in _COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = suggestion(args[0], _COMMANDS, f"there are {', '.join(_COMMANDS)}")
            raise click.UsageError(f"no such command {args[0]!r}{near}", ctx)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run a command and exit; `args` None takes those of the process.

        Raises
        ------
        SystemExit
            Always.
        KeyboardInterrupt
            As it comes.
        """
        name = prog_name or "motifkit"
        if "_MOTIFKIT_COMPLETE" in os.environ:
            super().main(args, name, complete_var, **extra)
        sys.exit(self._run(list(sys.argv[1:] if args is None else args), name, extra))

    def _run(self, args: list[str], name: str, extra: dict[str, Any]) -> int:
        """Exit code of a run; errors are told on the way."""
        debug = "--debug" in args
        try:
            _survive_closed_streams()
            _survive_narrow_encodings()
            with self.make_context(name, args, **extra) as ctx:
                self.invoke(ctx)
            sys.stdout.flush()
            return 0
        except click.exceptions.Exit as done:
            return done.exit_code
        except click.ClickException as error:
            return _tell_usage(error)
        except BrokenPipeError:
            _silence_stdout()
            return _BROKEN_PIPE
        except Exception as error:
            if debug:
                click.echo(traceback.format_exc(), err=True, nl=False)
            message, code = _line_and_code(error)
            _tell(message)
            return code


def _line_and_code(error: Exception) -> tuple[str, int]:
    """What to say about an error, and the exit code."""
    if isinstance(error, MotifkitError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else "input or output failed: "
        return f"{where}{error.strerror or error}", FileAccessError.exit_code
    if isinstance(error, MemoryError):
        return "not enough memory; give fewer rows", MotifkitError.exit_code
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return (
        f"{type(error).__name__} at {place}: {error}; this is a bug in motifkit, "
        "please report it with the output of --debug"
    ), MotifkitError.exit_code


def _tell(message: str) -> None:
    with suppress(OSError):
        click.echo(f"error: {' '.join(message.split())}", err=True)


def _tell_usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "motifkit"
    _tell(f"{error.format_message().rstrip('.')}; see '{command} --help'")
    return error.exit_code


def _survive_closed_streams() -> None:
    """Write into nothing where the shell closed stdout or stderr (`>&-`), which Python then has as None."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))


def _survive_narrow_encodings() -> None:
    """Show "?" for what the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _silence_stdout() -> None:
    """Let what is still in the buffer go nowhere, so that Python's own flush at exit does not complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.command(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="motifkit", message="%(prog)s %(version)s")
def cli() -> None:
    """Find recurring patterns (motifs), say which of them chance explains, and train agents that remember."""
