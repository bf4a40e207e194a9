"""motifkit: recurring patterns in time series, and which of them chance explains.

The public names load on first use (PEP 562), so that `import motifkit` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from motifkit.errors import CorruptFileError, DataError, FileAccessError, MotifkitError, UsageError
    from motifkit.io.prices import as_dataset, read_prices
    from motifkit.io.samples import planted_series, sample_path
    from motifkit.mining.agreement import agreement
    from motifkit.mining.estimators import DTWMiner, MatrixProfileMiner, SAXMiner
    from motifkit.mining.match import match
    from motifkit.mining.mine import mine, mine_all
    from motifkit.mining.profile import MatrixProfile, matrix_profile
    from motifkit.report.figures import plot_motifs
    from motifkit.types import Episode, MiningResult, Motif, Occurrence, Outcome, TrajectoryDataset

__version__ = "0.1.0"

__all__ = [
    "CorruptFileError",
    "DTWMiner",
    "DataError",
    "Episode",
    "FileAccessError",
    "MatrixProfile",
    "MatrixProfileMiner",
    "MiningResult",
    "Motif",
    "MotifkitError",
    "Occurrence",
    "Outcome",
    "SAXMiner",
    "TrajectoryDataset",
    "UsageError",
    "agreement",
    "as_dataset",
    "match",
    "matrix_profile",
    "mine",
    "mine_all",
    "planted_series",
    "plot_motifs",
    "read_prices",
    "sample_path",
]

# The imports for type checkers above, for those who run the code.
_NAMES_OF = {
    "motifkit.errors": ("CorruptFileError", "DataError", "FileAccessError", "MotifkitError", "UsageError"),
    "motifkit.io.prices": ("as_dataset", "read_prices"),
    "motifkit.io.samples": ("planted_series", "sample_path"),
    "motifkit.mining.agreement": ("agreement",),
    "motifkit.mining.estimators": ("DTWMiner", "MatrixProfileMiner", "SAXMiner"),
    "motifkit.mining.match": ("match",),
    "motifkit.mining.mine": ("mine", "mine_all"),
    "motifkit.mining.profile": ("MatrixProfile", "matrix_profile"),
    "motifkit.report.figures": ("plot_motifs",),
    "motifkit.types": ("Episode", "MiningResult", "Motif", "Occurrence", "Outcome", "TrajectoryDataset"),
}
_HOME = {name: module for module, names in _NAMES_OF.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # so that the next use is a plain look-up
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
