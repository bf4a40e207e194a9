"""What is learned from the rewards as paid: normalised, with bonuses for what is new, and in hindsight."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from motifkit.agents.advantages import advantage_scale, gae
from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.exploration import CountBonus
from motifkit.agents.hindsight import relabelled
from motifkit.agents.normalise import RewardNormaliser
from motifkit.agents.ppo import PPOSettings, Sample
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.agents.random_network import RandomNetworkDistillation


class RewardShaping:
    """The reward that the agent learns from; each part may be missing.

    Parameters
    ----------
    normaliser : RewardNormaliser, optional
    counts : CountBonus, optional
    distillation : RandomNetworkDistillation, optional
    """

    def __init__(
        self,
        normaliser: RewardNormaliser | None = None,
        counts: CountBonus | None = None,
        distillation: RandomNetworkDistillation | None = None,
    ) -> None:
        self.normaliser, self.counts, self.distillation = normaliser, counts, distillation

    def shaped(self, batch: EpisodeBatch) -> Tensor:
        """Rewards to learn from, (B, T); running statistics move on by this batch."""
        rewards = batch.rewards
        if self.normaliser is not None:
            rewards = self.normaliser.normalise(rewards, batch.mask)
        if self.counts is not None:
            rewards = rewards + self.counts.bonus(batch.observations, batch.mask)
        if self.distillation is not None:
            rewards = rewards + self.distillation.bonus(batch)
            self.distillation.update(batch)
        return rewards

    def rescaled(self, rewards: Tensor) -> Tensor:
        """Rewards of episodes that did not happen, on the scale of those that did; (B, T)."""
        return rewards if self.normaliser is None else self.normaliser.scaled(rewards)

    def state(self) -> dict[str, Tensor]:
        """Tensors for a checkpoint, each under the name of its part."""
        state: dict[str, Tensor] = {}
        for name, part in vars(self).items():
            for key, value in {} if part is None else part.state().items():
                state[f"{name}.{key}"] = torch.as_tensor(value)
        return state

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`; a part of which it has nothing begins anew."""
        for name, part in vars(self).items():
            own = {
                key.removeprefix(f"{name}."): value
                for key, value in state.items()
                if key.startswith(f"{name}.")
            }
            if part is not None and own:
                numpy = name == "counts"
                part.load_state({key: value.numpy() if numpy else value for key, value in own.items()})


def samples_of(
    rounds: list[EpisodeBatch],
    policy: UnrolledPolicy,
    shaping: RewardShaping,
    settings: PPOSettings,
    hindsight_env: Any,
) -> list[Sample]:
    """Samples for an update: rounds with their advantages, and with `hindsight_env` what else they could be.

    Advantages share one scale, see `motifkit.agents.advantages.advantage_scale`.
    """
    played = [(batch, True) for batch in rounds]
    if hindsight_env is not None:
        told = [relabelled(batch, hindsight_env) for batch in rounds]
        played += [(_judged_anew(policy, batch), False) for batch in told if batch is not None]
    estimates = [
        gae(
            shaping.shaped(batch) if happened else shaping.rescaled(batch.rewards),
            batch.values,
            batch.lengths,
            batch.terminated,
            batch.final_values,
            settings.gamma,
            settings.lam,
        )
        for batch, happened in played
    ]
    real = [
        (advantages[batch.mask], targets[batch.mask])
        for (advantages, targets), (batch, _) in zip(estimates, played, strict=True)
    ]
    scale = advantage_scale(torch.cat([a for a, _ in real]), torch.cat([t for _, t in real]))
    return [
        Sample(batch, advantages / scale, targets)
        for (advantages, targets), (batch, _) in zip(estimates, played, strict=True)
    ]


@torch.no_grad()
def _judged_anew(policy: UnrolledPolicy, batch: EpisodeBatch) -> EpisodeBatch:
    """Relabelled episodes with the probabilities and values that the present policy gives them."""
    observations = torch.cat([batch.observations, batch.observations[:, :1]], 1)
    rows = torch.arange(len(batch.lengths), device=batch.lengths.device)
    observations[rows, batch.lengths] = batch.final_observations
    context, _ = batch.closed_context()
    output = policy.unroll(observations, context, batch.entries)
    log_probs, _ = policy.head.log_prob_entropy(output.logits[:, :-1], batch.actions)
    return batch.replace(
        log_probs=log_probs * batch.mask,
        values=output.values[:, :-1] * batch.mask,
        final_values=output.values[rows, batch.lengths] * ~batch.terminated,
    )
