"""motifkit: recurring patterns in time series, which of them chance explains, and an agent that learns with them.

The public names load on first use (PEP 562), so that `import motifkit` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from motifkit.version import __version__ as __version__

if TYPE_CHECKING:
    from motifkit.agents.auxiliary import ConfidenceAuxModule, CueAuxModule, NextObsAuxModule
    from motifkit.agents.callbacks import Checkpoint, LinearLearningRate, StopAtReturn
    from motifkit.agents.curriculum import Curriculum
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.compare.compare import compare_motifs
    from motifkit.compare.comparison import MotifComparison
    from motifkit.envs import CueMappingEnv, MemoryTaskEnv, PlantedMotifEnv, TradingEnv, make_env
    from motifkit.envs.recorder import TrajectoryRecorder
    from motifkit.envs.recording import record_episodes
    from motifkit.errors import CorruptFileError, DataError, FileAccessError, MotifkitError, UsageError
    from motifkit.evaluation.backtest import backtest
    from motifkit.evaluation.backtest_report import BacktestReport
    from motifkit.evaluation.benchmark import AgentPerformanceBenchmark
    from motifkit.evaluation.deflated_sharpe import deflated_sharpe_ratio
    from motifkit.evaluation.duration import predict_ep_duration
    from motifkit.evaluation.folds import Fold, walk_forward_folds
    from motifkit.evaluation.leaks import sees_the_future
    from motifkit.evaluation.performance import ArmReturns
    from motifkit.evaluation.statistics import bootstrap_interval, iqm
    from motifkit.io.many import counts_by_series, read_many
    from motifkit.io.prices import as_dataset, read_prices
    from motifkit.io.samples import planted_series, sample_path
    from motifkit.io.trajectories import is_trajectory_log, read_trajectories
    from motifkit.memory.base import BaseMemoryBuffer, Retrieval
    from motifkit.memory.combined import CombinedMemoryModule
    from motifkit.memory.episodic import StrategicMemoryBuffer
    from motifkit.memory.motif_bank import MotifMemoryBank
    from motifkit.mining.agreement import agreement
    from motifkit.mining.candle_counts import candle_table
    from motifkit.mining.candle_labels import label_candles
    from motifkit.mining.candles import candle_patterns
    from motifkit.mining.estimators import DTWMiner, MatrixProfileMiner, SAXMiner
    from motifkit.mining.length_range import mine_lengths
    from motifkit.mining.match import match
    from motifkit.mining.mine import mine, mine_all
    from motifkit.mining.profile import MatrixProfile, matrix_profile
    from motifkit.mining.subspaces import mine_subspaces
    from motifkit.policies import StrategicCombinedMemoryPolicy, StrategicMemoryTransformerPolicy
    from motifkit.report.figures import plot_motifs
    from motifkit.seeding.bank_file import load_bank, save_bank
    from motifkit.seeding.pretrain import pretrain_encoder
    from motifkit.seeding.seed import seed_motif_bank
    from motifkit.seeding.seeding_report import SeedingReport
    from motifkit.types import Episode, MiningResult, Motif, Occurrence, Outcome, TrajectoryDataset

__all__ = [
    "AgentPerformanceBenchmark",
    "ArmReturns",
    "BacktestReport",
    "BaseMemoryBuffer",
    "Checkpoint",
    "CombinedMemoryModule",
    "ConfidenceAuxModule",
    "CorruptFileError",
    "CueAuxModule",
    "CueMappingEnv",
    "Curriculum",
    "DTWMiner",
    "DataError",
    "Episode",
    "FileAccessError",
    "Fold",
    "LinearLearningRate",
    "MatrixProfile",
    "MatrixProfileMiner",
    "MemoryTaskEnv",
    "MiningResult",
    "Motif",
    "MotifComparison",
    "MotifMemoryBank",
    "MotifkitError",
    "NextObsAuxModule",
    "Occurrence",
    "Outcome",
    "PlantedMotifEnv",
    "Retrieval",
    "SAXMiner",
    "SeedingReport",
    "StopAtReturn",
    "StrategicCombinedMemoryPolicy",
    "StrategicMemoryBuffer",
    "StrategicMemoryTransformerPolicy",
    "TraceRL",
    "TradingEnv",
    "TrajectoryDataset",
    "TrajectoryRecorder",
    "UsageError",
    "agreement",
    "as_dataset",
    "backtest",
    "bootstrap_interval",
    "candle_patterns",
    "candle_table",
    "compare_motifs",
    "counts_by_series",
    "deflated_sharpe_ratio",
    "iqm",
    "is_trajectory_log",
    "label_candles",
    "load_bank",
    "make_env",
    "match",
    "matrix_profile",
    "mine",
    "mine_all",
    "mine_lengths",
    "mine_subspaces",
    "planted_series",
    "plot_motifs",
    "predict_ep_duration",
    "pretrain_encoder",
    "read_many",
    "read_prices",
    "read_trajectories",
    "record_episodes",
    "sample_path",
    "save_bank",
    "seed_motif_bank",
    "sees_the_future",
    "walk_forward_folds",
]

# The imports for type checkers above, for those who run the code.
_NAMES_OF = {
    "motifkit.agents.auxiliary": ("ConfidenceAuxModule", "CueAuxModule", "NextObsAuxModule"),
    "motifkit.agents.callbacks": ("Checkpoint", "LinearLearningRate", "StopAtReturn"),
    "motifkit.agents.curriculum": ("Curriculum",),
    "motifkit.agents.trace_rl": ("TraceRL",),
    "motifkit.compare.compare": ("compare_motifs",),
    "motifkit.compare.comparison": ("MotifComparison",),
    "motifkit.envs": ("CueMappingEnv", "MemoryTaskEnv", "PlantedMotifEnv", "TradingEnv", "make_env"),
    "motifkit.envs.recorder": ("TrajectoryRecorder",),
    "motifkit.envs.recording": ("record_episodes",),
    "motifkit.errors": ("CorruptFileError", "DataError", "FileAccessError", "MotifkitError", "UsageError"),
    "motifkit.evaluation.backtest": ("backtest",),
    "motifkit.evaluation.backtest_report": ("BacktestReport",),
    "motifkit.evaluation.deflated_sharpe": ("deflated_sharpe_ratio",),
    "motifkit.evaluation.folds": ("Fold", "walk_forward_folds"),
    "motifkit.evaluation.leaks": ("sees_the_future",),
    "motifkit.evaluation.performance": ("ArmReturns",),
    "motifkit.evaluation.benchmark": ("AgentPerformanceBenchmark",),
    "motifkit.evaluation.duration": ("predict_ep_duration",),
    "motifkit.evaluation.statistics": ("bootstrap_interval", "iqm"),
    "motifkit.io.many": ("counts_by_series", "read_many"),
    "motifkit.io.prices": ("as_dataset", "read_prices"),
    "motifkit.io.samples": ("planted_series", "sample_path"),
    "motifkit.io.trajectories": ("is_trajectory_log", "read_trajectories"),
    "motifkit.memory.base": ("BaseMemoryBuffer", "Retrieval"),
    "motifkit.memory.combined": ("CombinedMemoryModule",),
    "motifkit.memory.episodic": ("StrategicMemoryBuffer",),
    "motifkit.memory.motif_bank": ("MotifMemoryBank",),
    "motifkit.mining.agreement": ("agreement",),
    "motifkit.mining.candle_counts": ("candle_table",),
    "motifkit.mining.candle_labels": ("label_candles",),
    "motifkit.mining.candles": ("candle_patterns",),
    "motifkit.mining.estimators": ("DTWMiner", "MatrixProfileMiner", "SAXMiner"),
    "motifkit.mining.length_range": ("mine_lengths",),
    "motifkit.mining.match": ("match",),
    "motifkit.mining.mine": ("mine", "mine_all"),
    "motifkit.mining.profile": ("MatrixProfile", "matrix_profile"),
    "motifkit.mining.subspaces": ("mine_subspaces",),
    "motifkit.policies": ("StrategicCombinedMemoryPolicy", "StrategicMemoryTransformerPolicy"),
    "motifkit.report.figures": ("plot_motifs",),
    "motifkit.seeding.bank_file": ("load_bank", "save_bank"),
    "motifkit.seeding.pretrain": ("pretrain_encoder",),
    "motifkit.seeding.seed": ("seed_motif_bank",),
    "motifkit.seeding.seeding_report": ("SeedingReport",),
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
