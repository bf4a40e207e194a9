"""What a value in a pipeline file may be, and what to say when it is something else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from motifkit.errors import suggestion


class Check(NamedTuple):
    """Kind of value.

    Parameters
    ----------
    wanted : str
        What would do, for messages: "a whole number of at least 1".
    fits : callable
        Whether a value is of that kind.
    choices : tuple of str
        The words that do, where they can be listed; the nearest is then suggested.
    """

    wanted: str
    fits: Callable[[Any], bool]
    choices: tuple[str, ...] = ()

    def fault(self, value: Any) -> str:
        """What is wrong with a value, empty when it fits.

        Examples
        --------
        >>> whole(1).fault(0)
        'must be a whole number of at least 1, got 0'
        >>> several(word("sax", "dtw")).fault(["saxx"])
        "must be a list of words out of sax, dtw, got ['saxx']; did you mean sax?"
        """
        if self.fits(value):
            return ""
        unknown = [one for one in (value if isinstance(value, list) else [value]) if one not in self.choices]
        near = suggestion(str(unknown[0]), self.choices) if self.choices and unknown else ""
        return f"must be {self.wanted}, got {value!r}{near}"


def whole(least: int | None = None) -> Check:
    """A whole number, of at least `least`."""
    bound = "" if least is None else f" of at least {least}"
    return Check(
        f"a whole number{bound}",
        lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and (least is None or value >= least)
        ),
    )


def number(*, least: float | None = None, above: float | None = None, most: float | None = None) -> Check:
    """A finite number in a range; `above` itself does not belong to it."""
    bounds = [
        f"{words} {bound:g}"
        for words, bound in (("of at least", least), ("above", above), ("of at most", most))
        if bound is not None
    ]
    return Check(
        " ".join(["a finite number", " and ".join(bounds)]).strip(),
        lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and (least is None or value >= least)
            and (above is None or value > above)
            and (most is None or value <= most)
        ),
    )


def flag() -> Check:
    """True or false."""
    return Check("true or false", lambda value: isinstance(value, bool))


def text() -> Check:
    """Any text but the empty one."""
    return Check("a text", lambda value: isinstance(value, str) and bool(value))


def word(*choices: str) -> Check:
    """One of some words."""
    return Check(f"one of {', '.join(choices)}", lambda value: value in choices, choices)


def several(one: Check, *, empty: bool = False) -> Check:
    """A list of values of one kind, none of them twice, and not empty unless that is allowed."""
    wanted = f"words out of {', '.join(one.choices)}" if one.choices else _plural(one.wanted)
    return Check(
        f"a list of {wanted}, none of them twice" if not one.choices else f"a list of {wanted}",
        lambda value: (
            isinstance(value, list)
            and (bool(value) or empty)
            and all(one.fits(single) for single in value)
            and len({repr(single) for single in value}) == len(value)
        ),
        one.choices,
    )


def table() -> Check:
    """Keys and values of any kind."""
    return Check("a table such as { noise = 0.25 }", lambda value: isinstance(value, dict))


def _plural(wanted: str) -> str:
    """Words for several of a kind.

    Examples
    --------
    >>> _plural("a whole number of at least 1")
    'whole numbers of at least 1'
    """
    return wanted.removeprefix("a ").replace("number", "numbers").replace("text", "texts")
