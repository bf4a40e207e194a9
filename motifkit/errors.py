"""Errors that a user can mend: one line that says what was wrong, where, and what to do.

Each class carries the exit code with which the command line ends. The Python classes they also inherit from
are the ones that users of NumPy and scikit-learn catch.
"""

from collections.abc import Iterable


class MotifkitError(Exception):
    """Base of every error that motifkit raises on purpose."""

    exit_code = 1


class UsageError(MotifkitError, ValueError):
    """An argument or option is unusable, whatever the data."""

    exit_code = 2


class DataError(MotifkitError, ValueError):
    """The data cannot be mined as asked: too short, constant, not numeric, missing values."""

    exit_code = 3


class FileAccessError(MotifkitError, OSError):
    """A file or folder cannot be read or written."""

    exit_code = 4


class CorruptFileError(MotifkitError, ValueError):
    """A file is damaged, or is not what its name says it is."""

    exit_code = 5


class DivergedError(DataError, ArithmeticError):
    """Training gave numbers that are not finite."""


def suggestion(name: str, names: Iterable[str], otherwise: str = "", *, cutoff: float = 0.6) -> str:
    """End of a message about a mistyped name: which of those there are was probably meant.

    Upper and lower case are the same, and what stands before a slash may be left out.

    Parameters
    ----------
    name : str
        What was given.
    names : iterable of str
        What there is.
    otherwise : str
        What to say when nothing is near.
    cutoff : float
        Likeness from which on a name is near, 0 to 1.

    Returns
    -------
    str
        With a semicolon in front; empty when there is nothing to say.

    Examples
    --------
    >>> suggestion("pendulm-v1", ["CartPole-v1", "Pendulum-v1"])
    '; did you mean Pendulum-v1?'
    >>> suggestion("volume", ["Open", "Close"], "choose one of these")
    '; choose one of these'
    """
    from difflib import get_close_matches  # for errors alone

    known = list(names)
    by_folded = {one.rpartition("/")[2].casefold(): one for one in known} | {
        one.casefold(): one for one in known
    }
    near = get_close_matches(name.casefold(), by_folded, 1, cutoff)
    said = f"did you mean {by_folded[near[0]]}?" if near else otherwise
    return f"; {said}" if said else ""
