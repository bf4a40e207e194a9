"""Errors that a user can mend: one line that says what was wrong, where, and what to do.

Each class carries the exit code with which the command line ends. The Python classes they also inherit from
are the ones that users of NumPy and scikit-learn catch.
"""


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
