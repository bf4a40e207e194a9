"""The command line. Nothing imports it, and it imports each stage only inside the command that needs it."""

from __future__ import annotations

import gc

from motifkit.cli import interrupt


def main() -> None:
    """Run the command line of this process; ends it with the exit code.

    Raises
    ------
    SystemExit
        Always. Codes: 0 done, 2 usage, 3 bad data, 4 input or output, 5 corrupt file, 1 a bug, 141 when the
        reader of the output went away. A process that is interrupted (130) or terminated (143) ends at once.
    """
    interrupt.install()
    try:
        # Inside, so that Ctrl-C is answered from the first import on.
        from motifkit.cli.commands import cli

        cli.main(prog_name="motifkit")
    except KeyboardInterrupt as stop:
        interrupt.end(interrupt.signal_of(stop))
    except SystemExit as done:
        signum = interrupt.received()
        if done.code and signum is not None:  # a library made an error of its own of the interrupt
            interrupt.end(signum)
        raise
    finally:
        interrupt.release()
        gc.freeze()  # the process ends: searching all that pandas or torch made for cycles takes 0.15 s and more
