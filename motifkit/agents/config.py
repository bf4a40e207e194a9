"""Arguments of `TraceRL` that are JSON values: checked once, and kept in checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch

from motifkit.agents.ppo import PPOSettings
from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError


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
        self.ppo()
        require_whole("n_envs", self.n_envs, of="TraceRL")
        for name in ("max_episode_steps", "n_rounds"):
            if getattr(self, name) is not None:
                require_whole(name, getattr(self, name), of="TraceRL")
        require_number("learning_rate", self.learning_rate, above=0, of="TraceRL")
        require_number("memory_retention_coef", self.memory_retention_coef, least=0, of="TraceRL")
        if self.seed is not None and require_whole("seed", self.seed, least=0, of="TraceRL") >= 2**63:
            raise UsageError(f"seed={self.seed} of TraceRL must be below 2**63")
        try:
            torch.zeros(1, device=self.device)
        except (RuntimeError, AssertionError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"device={self.device!r} cannot be used ({reason}); use 'cpu'") from None

    def ppo(self) -> PPOSettings:
        """Those of the algorithm."""
        return PPOSettings(**{field.name: getattr(self, field.name) for field in fields(PPOSettings)})

    def as_dict(self) -> dict[str, Any]:
        """Values by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
