"""Environments, registered with gymnasium under `motifkit/`."""

from motifkit.envs.cue_mapping import CueMappingEnv, CueMappingVectorEnv
from motifkit.envs.memory_task import EASY, HARD, MemoryTaskEnv, MemoryTaskVectorEnv
from motifkit.envs.registration import make_env, register_environments

__all__ = [
    "EASY",
    "HARD",
    "CueMappingEnv",
    "CueMappingVectorEnv",
    "MemoryTaskEnv",
    "MemoryTaskVectorEnv",
    "make_env",
    "register_environments",
]

register_environments()
