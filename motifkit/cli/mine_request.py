"""The options of `motifkit mine`, and the files that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from motifkit.cli import options, outputs
from motifkit.errors import UsageError

if TYPE_CHECKING:
    from motifkit.types import Method

# Not taken from `motifkit.types`, whose NumPy `--help` need not wait for.
METHODS: tuple[Method, ...] = ("matrix_profile", "sax", "dtw")


@dataclass(frozen=True)
class Request:
    """The options of one `motifkit mine`, by the names of the command's parameters."""

    files: tuple[str, ...]
    length: int | tuple[int, int]
    method: Literal["matrix_profile", "sax", "dtw", "all"]
    column: str | None
    columns: list[str] | None
    transform: Literal["level", "log", "return"]
    normalize: Literal["zscore", "mean", "none"]
    joint: bool | None
    subspace: int | None
    na: Literal["error", "drop", "fill"]
    skip_bad: bool
    with_actions: bool
    with_rewards: bool
    n_motifs: int
    n_surrogates: int
    horizon: int | None
    significant: bool
    output: str
    picture: str | None
    report: str | None
    seed: int
    threads: int | None
    force: bool

    @property
    def methods(self) -> tuple[Method, ...]:
        """Miners that run."""
        return METHODS if self.method == "all" else (self.method,)

    def reports(self) -> dict[str, str]:
        """Report of each method; none when none is asked for."""
        if self.report is None:
            return {}
        return {method: self._own(self.report, method) for method in self.methods}

    def targets(self) -> dict[str, tuple[str, str | None]]:
        """Files of each method: the result's, and the picture's when one is asked for."""
        return {
            method: (self._own(self.output, method), self.picture and self._own(self.picture, method))
            for method in self.methods
        }

    def _own(self, path: str, method: Method) -> str:
        """Path of a method's own file when all write theirs."""
        return outputs.with_suffix_of_method(path, method) if self.method == "all" else path

    def require_sense(self) -> None:
        """Refuse options that cannot be combined.

        Raises
        ------
        UsageError
        """
        options.require_one_choice(self.column, self.columns)
        if self.subspace is not None and isinstance(self.length, tuple):
            raise UsageError("--subspace and a range of lengths cannot be combined; give a single length")
        if self.significant and not self.n_surrogates:
            raise UsageError("--significant needs surrogates to test against; leave out --surrogates 0")
