"""The miners' arguments and their checks: unusable ones are named, with what would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from motifkit.arguments import require_choice, require_whole
from motifkit.errors import UsageError
from motifkit.mining.null import Progress
from motifkit.mining.threads import require_threads
from motifkit.types import Method, Normalize


def checked_options(
    method: Method, normalize: Normalize, length: int, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Options of a miner, defaults filled in.

    Parameters
    ----------
    method, normalize, length
        As in `mine`, already checked.
    given : mapping
        By name; None stands for the default.

    Returns
    -------
    dict

    Raises
    ------
    UsageError
        For an unknown option or value, or a normalisation that the miner does not work with.

    Examples
    --------
    >>> checked_options("sax", "zscore", 3, {"alphabet_size": 4})
    {'n_segments': 3, 'alphabet_size': 4}
    """
    require_choice("method", method, get_args(Method))
    require_choice("normalize", normalize, get_args(Normalize))
    defaults: dict[str, dict[str, Any]] = {
        "matrix_profile": {},
        "sax": {"n_segments": min(4, length), "alphabet_size": 5},
        "dtw": {"n_clusters": None, "warping_window": None},
    }
    options = defaults[method]
    for name in given:
        if name not in options:
            allowed = ", ".join(options) or "none"
            raise UsageError(f"{name} is no option of method {method}; it takes: {allowed}")
    options |= {name: value for name, value in given.items() if value is not None}
    if method == "sax":
        if normalize != "zscore":
            raise UsageError(
                f"SAX words are made of z-normalised windows; use normalize='zscore', not {normalize!r}"
            )
        require_whole("n_segments", options["n_segments"], 1, length)
        require_whole("alphabet_size", options["alphabet_size"], 2, 26)
    for name, least in (("n_clusters", 1), ("warping_window", 0)):
        if options.get(name) is not None:
            require_whole(name, options[name], least)
    return options


@dataclass(frozen=True, eq=False)
class MiningConfig:
    """How one dataset is mined: the arguments of `motifkit.mine`, checked, and the miner's options complete.

    Parameters
    ----------
    length, method, n_motifs, normalize, joint, n_surrogates, horizon, seed, n_threads, progress, options
        As in `mine`, where `horizon` may be None.

    Raises
    ------
    UsageError
        For one that is unusable whatever the data.

    Examples
    --------
    >>> MiningConfig(4, "sax", 10, "zscore", False, 99, 4, 0, None, None, {}).options
    {'n_segments': 4, 'alphabet_size': 5}
    """

    length: int
    method: Method
    n_motifs: int
    normalize: Normalize
    joint: bool
    n_surrogates: int
    horizon: int
    seed: int
    n_threads: int | None
    progress: Progress | None
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        require_whole("length", self.length, 3)
        require_whole("n_motifs", self.n_motifs, 1)
        require_whole("n_surrogates", self.n_surrogates, 0)
        require_whole("horizon", self.horizon, 1)
        require_whole("seed", self.seed, 0)
        require_threads(self.n_threads)
        complete = checked_options(self.method, self.normalize, self.length, self.options)
        object.__setattr__(self, "options", complete)

    @property
    def threads(self) -> int:
        """Threads to use: every core unless the number was given."""
        return require_threads(self.n_threads)
