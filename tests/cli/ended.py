"""How a command ended, for the tests of all commands."""

import time


def one_line(done, code):
    """The line that an error was told in, once the exit code is the one expected."""
    assert done.exit_code == code, (done.output, done.exception)
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def stopped(process, signum):
    """Seconds until a signal ended a process, what it wrote (None where that is not kept), and what it said."""
    began = time.monotonic()
    process.send_signal(signum)
    out, told = process.communicate(timeout=30)
    return time.monotonic() - began, out, told
