"""Environments, registered with gymnasium under `motifkit/`."""

from motifkit.envs.cue_mapping import CueMappingEnv, CueMappingVectorEnv
from motifkit.envs.memory_task import EASY, HARD, MemoryTaskEnv, MemoryTaskVectorEnv
from motifkit.envs.planted_features import planted_observations
from motifkit.envs.planted_motif import LoggedSeries, PlantedMotifEnv, PlantedMotifVectorEnv
from motifkit.envs.planted_series import PlantedSeries
from motifkit.envs.registration import make_env, register_environments
from motifkit.envs.trading import TradingEnv, TradingVectorEnv
from motifkit.envs.trading_accounts import position_returns
from motifkit.envs.trading_features import TradingFeatures, market_observations

__all__ = [
    "EASY",
    "HARD",
    "CueMappingEnv",
    "CueMappingVectorEnv",
    "LoggedSeries",
    "MemoryTaskEnv",
    "MemoryTaskVectorEnv",
    "PlantedMotifEnv",
    "PlantedMotifVectorEnv",
    "PlantedSeries",
    "TradingEnv",
    "TradingFeatures",
    "TradingVectorEnv",
    "make_env",
    "market_observations",
    "planted_observations",
    "position_returns",
    "register_environments",
]

register_environments()
