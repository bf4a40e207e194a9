"""Proximal policy optimisation over whole episodes (Schulman et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from motifkit.agents.adam import Optimiser
from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.arguments import require_number, require_whole
from motifkit.errors import DivergedError


@dataclass(frozen=True)
class PPOSettings:
    """Numbers of the algorithm; `TraceRL` takes them by the same names.

    Parameters
    ----------
    gamma, lam : float
        Discount and trace decay of the advantages, 0 to 1.
    clip_range : float
        How far the ratio of new to old probability counts.
    n_epochs : int
        Passes over each batch.
    n_minibatches : int
        Parts of a batch, each with a step of its own; never more than it has episodes.
    ent_coef, vf_coef : float
        Weights of entropy and of the value's squared error, the latter divided by the variance of the returns
        where that is above 1.
    max_grad_norm : float
        Norm to which gradients are cut.
    target_kl : float, optional
        An update ends early once the policy has moved 1.5 times as far; None never does.
    """

    gamma: float = 0.99
    lam: float = 0.95
    clip_range: float = 0.2
    n_epochs: int = 2
    n_minibatches: int = 4
    ent_coef: float = 0.01
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    target_kl: float | None = None

    def __post_init__(self) -> None:
        found: dict[str, float] = {}
        for name in ("gamma", "lam"):
            found[name] = require_number(name, getattr(self, name), least=0, most=1, of="TraceRL")
        for name in ("ent_coef", "vf_coef"):
            found[name] = require_number(name, getattr(self, name), least=0, of="TraceRL")
        for name in ("clip_range", "max_grad_norm"):
            found[name] = require_number(name, getattr(self, name), above=0, of="TraceRL")
        for name in ("n_epochs", "n_minibatches"):
            found[name] = require_whole(name, getattr(self, name), of="TraceRL")
        if self.target_kl is not None:
            found["target_kl"] = require_number("target_kl", self.target_kl, above=0, of="TraceRL")
        for name, value in found.items():
            object.__setattr__(self, name, value)  # Python's own numbers, which JSON can hold

    def as_dict(self) -> dict[str, Any]:
        """Values by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Sample(NamedTuple):
    """Episodes with what an update pulls them towards.

    Parameters
    ----------
    batch : EpisodeBatch
    advantages : (B, T) tensor
        On the scale of all samples of the update.
    targets : (B, T) tensor
        Returns that the value function learns.
    """

    batch: EpisodeBatch
    advantages: Tensor
    targets: Tensor


def ppo_update(
    policy: UnrolledPolicy,
    optimiser: Optimiser,
    samples: list[Sample],
    settings: PPOSettings,
    generator: torch.Generator,
) -> dict[str, float]:
    """Improve a policy on the episodes that it has played.

    Parameters
    ----------
    policy : UnrolledPolicy
    optimiser : Optimiser
        Of the weights.
    samples : list of Sample
        Each with the memory content that its episodes saw.
    settings : PPOSettings
    generator : torch.Generator
        Shuffles the episodes.

    Returns
    -------
    dict of str to float
        Means over the minibatches: policy_loss, value_loss, entropy, approx_kl, clip_fraction, grad_norm,
        one `aux_...` for each auxiliary module.

    Raises
    ------
    DivergedError
        When a loss or gradient is not finite; the step that would have spread it is not taken.
    """
    targets = torch.cat([sample.targets[sample.batch.mask] for sample in samples])
    # Returns of hundreds would drown the policy's gradient in the value's.
    value_weight = settings.vf_coef / max(1.0, float(targets.var(unbiased=False)))
    sums: dict[str, float] = {}
    n_steps = 0
    for _ in range(settings.n_epochs):
        for group in _minibatches(samples, settings.n_minibatches, generator):
            parts = _mean_losses(policy, group, settings, value_weight)
            _descend(optimiser, parts, settings)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            n_steps += 1
            if settings.target_kl is not None and float(parts["approx_kl"]) > 1.5 * settings.target_kl:
                return {name: total / n_steps for name, total in sums.items() if name != "total"}
    return {name: total / n_steps for name, total in sums.items() if name != "total"}


def _minibatches(samples: list[Sample], n_parts: int, generator: torch.Generator) -> list[list[Sample]]:
    """The samples in `n_parts` groups, in random order; samples are cut where there are fewer than that.

    A group may hold episodes that saw different memories: so a step never learns from one world alone when
    the update has several.
    """
    n_each = max(1, round(n_parts / len(samples)))
    parts = []
    for sample in samples:
        n = len(sample.batch.lengths)
        order = torch.randperm(n, generator=generator, device=generator.device)
        for idx in order.chunk(min(n_each, n)):
            batch = sample.batch.rows(idx)
            parts.append(Sample(batch, sample.advantages[idx], sample.targets[idx]))
    order = torch.randperm(len(parts), generator=generator, device=generator.device)
    return [[parts[i] for i in group.tolist()] for group in order.chunk(n_parts)]


def _mean_losses(
    policy: UnrolledPolicy, group: list[Sample], settings: PPOSettings, value_weight: float
) -> dict[str, Tensor]:
    """Losses of a minibatch: the mean over its samples, each weighted by its steps."""
    n_steps = sum(sample.batch.n_steps for sample in group)
    total: dict[str, Tensor] = {}
    for sample in group:
        share = sample.batch.n_steps / n_steps
        for name, value in _losses(policy, sample, settings, value_weight).items():
            total[name] = total[name] + share * value if name in total else share * value
    return total


def _losses(
    policy: UnrolledPolicy, sample: Sample, settings: PPOSettings, value_weight: float
) -> dict[str, Tensor]:
    """Losses of one minibatch; `total` is what is descended."""
    batch, mask = sample.batch, sample.batch.mask
    weight = mask / mask.sum()  # (B, T): means over real steps are sums with it
    output = policy.unroll(batch.observations, batch.context, batch.entries)
    log_probs, entropy = policy.head.log_prob_entropy(output.logits, batch.actions)  # (B, T) each
    log_ratio = (log_probs - batch.log_probs).masked_fill(~mask, 0.0)
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - settings.clip_range, 1 + settings.clip_range)
    gain = torch.minimum(ratio * sample.advantages, clipped * sample.advantages)
    parts = {
        "policy_loss": -(gain * weight).sum(),
        "value_loss": (functional.mse_loss(output.values, sample.targets, reduction="none") * weight).sum(),
        "entropy": (entropy * weight).sum(),
    }
    total = parts["policy_loss"] + value_weight * parts["value_loss"] - settings.ent_coef * parts["entropy"]
    with torch.no_grad():
        parts["approx_kl"] = ((ratio - 1 - log_ratio) * weight).sum()  # Schulman's estimator, never negative
        parts["clip_fraction"] = (((ratio - 1).abs() > settings.clip_range) * weight).sum()
    for aux in policy.aux_modules:
        parts[f"aux_{aux.name}"] = aux.loss(output.features, batch)
        total = total + aux.coef * parts[f"aux_{aux.name}"]
    parts["total"] = total
    return parts


def _descend(optimiser: Optimiser, parts: dict[str, Tensor], settings: PPOSettings) -> None:
    """One step of gradient descent."""
    total = parts["total"]
    optimiser.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]
    weights = [p for group in optimiser.param_groups for p in group["params"]]
    norm = nn.utils.clip_grad_norm_(weights, settings.max_grad_norm)
    if not (torch.isfinite(total) and torch.isfinite(norm)):
        named = {name: float(value.detach()) for name, value in parts.items() if not torch.isfinite(value)}
        what = ", ".join(f"{name}={value}" for name, value in named.items()) or f"gradient norm={float(norm)}"
        raise DivergedError(f"training diverged ({what}); lower learning_rate, or set reward_norm=True")
    parts["grad_norm"] = norm
    optimiser.step()
