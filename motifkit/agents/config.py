"""Arguments of `TraceRL` that are JSON values: checked once, and kept in checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch

from motifkit.agents.env_description import as_json
from motifkit.agents.ppo import PPOSettings
from motifkit.arguments import require_number, require_switch, require_whole
from motifkit.errors import UsageError

_SWITCHES = ("memory_learn_retention", "intrinsic_expl", "use_rnd", "reward_norm", "her")


@dataclass(frozen=True)
class AgentConfig:
    """Numbers, names and switches of an agent; see `TraceRL`, whose arguments they are.

    Raises
    ------
    UsageError
        For one that is unusable.
    """

    memory_learn_retention: bool
    memory_retention_coef: float
    intrinsic_expl: bool
    intrinsic_eta: float
    use_rnd: bool
    rnd_emb_dim: int
    rnd_lr: float
    reward_norm: bool
    her: bool
    lam: float
    gamma: float
    ent_coef: float
    learning_rate: float
    verbose: int
    device: str
    n_envs: int
    clip_range: float
    n_epochs: int
    n_minibatches: int
    vf_coef: float
    max_grad_norm: float
    target_kl: float | None
    max_episode_steps: int | None
    n_rounds: int | None
    policy_kwargs: dict[str, Any] | None
    seed: int | None

    def __post_init__(self) -> None:
        found: dict[str, Any] = self.ppo().as_dict()
        for name in _SWITCHES:
            found[name] = require_switch(name, getattr(self, name), of="TraceRL")
        for name in ("n_envs", "rnd_emb_dim"):
            found[name] = require_whole(name, getattr(self, name), of="TraceRL")
        for name in ("max_episode_steps", "n_rounds"):
            if getattr(self, name) is not None:
                found[name] = require_whole(name, getattr(self, name), of="TraceRL")
        for name in ("learning_rate", "rnd_lr"):
            found[name] = require_number(name, getattr(self, name), above=0, of="TraceRL")
        for name in ("memory_retention_coef", "intrinsic_eta"):
            found[name] = require_number(name, getattr(self, name), least=0, of="TraceRL")
        verbose = int(self.verbose) if isinstance(self.verbose, bool) else self.verbose
        found["verbose"] = require_whole("verbose", verbose, least=0, of="TraceRL")
        if self.seed is not None:
            found["seed"] = require_whole("seed", self.seed, least=0, of="TraceRL")
            if found["seed"] >= 2**63:
                raise UsageError(f"seed={self.seed} of TraceRL must be below 2**63")
        found["device"] = _device(self.device)
        found["policy_kwargs"] = _policy_kwargs(self.policy_kwargs)
        for name, value in found.items():
            object.__setattr__(self, name, value)  # Python's own numbers and words, which JSON can hold

    def ppo(self) -> PPOSettings:
        """Those of the algorithm."""
        return PPOSettings(**{field.name: getattr(self, field.name) for field in fields(PPOSettings)})

    def as_dict(self) -> dict[str, Any]:
        """Values by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _device(device: Any) -> str:
    try:
        name = str(torch.device(device))
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"device={device!r} cannot be used ({reason}); use 'cpu'") from None
    return name


def _policy_kwargs(given: Any) -> dict[str, Any] | None:
    """Those of the policy, as a checkpoint holds them: found out now, not after hours of training."""
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise UsageError(f"policy_kwargs={given!r} of TraceRL must be a dict of arguments by name")
    kept = {}
    for name, value in given.items():
        try:
            kept[name] = as_json(value)
        except TypeError as error:
            raise UsageError(
                f"policy_kwargs has {name}={value!r}, which a checkpoint cannot hold ({error}); "
                "give numbers, words, or lists and dicts of these"
            ) from None
    return kept
