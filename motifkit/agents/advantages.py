"""Generalised advantage estimation over whole episodes."""

from __future__ import annotations

import torch
from torch import Tensor

from motifkit.memory.context import step_mask

_LEAST_SHARE = 0.1


@torch.no_grad()
def gae(
    rewards: Tensor,
    values: Tensor,
    lengths: Tensor,
    terminated: Tensor,
    final_values: Tensor,
    gamma: float = 0.99,
    lam: float = 0.95,
) -> tuple[Tensor, Tensor]:
    """Advantages and the returns that the value function learns.

    Sums of (gamma lam)^k delta_{t+k} to the end of the episode, where delta_t = r_t + gamma V_{t+1} - V_t.
    After the last step V is 0 in an episode that terminated, and the value of its final observation in one
    that was cut short.

    Parameters
    ----------
    rewards, values : (B, T) float tensor
        What stands after an episode's end is not read.
    lengths : (B,) int64 tensor
        Steps of each episode, from 1 to T.
    terminated : (B,) bool tensor
        False where the episode was cut short.
    final_values : (B,) float tensor
        Value of the observation after the last step; not read where the episode terminated.
    gamma, lam : float
        Discount and trace decay, in [0, 1].

    Returns
    -------
    advantages, returns : (B, T) float tensor
        Without gradient, zeros after an episode's end; returns are advantages plus values.

    References
    ----------
    Schulman et al., High-dimensional continuous control using generalized advantage estimation, ICLR 2016.

    Examples
    --------
    >>> advantages, returns = gae(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5, 0.5]]), torch.tensor([2]),
    ...     torch.tensor([True]), torch.zeros(1), gamma=1.0, lam=0.5)
    >>> advantages, returns
    (tensor([[0.2500, 0.5000]]), tensor([[0.7500, 1.0000]]))
    """
    mask = step_mask(lengths, rewards.shape[1])
    values = values.masked_fill(~mask, 0.0)
    following = torch.zeros_like(values)  # V_{t+1}
    following[:, :-1] = values[:, 1:]
    last = final_values.to(values.dtype).masked_fill(terminated, 0.0)
    following.scatter_(1, lengths[:, None] - 1, last[:, None])
    # Zeros after the end let the sums, which run backwards, start at the last real step by themselves.
    deltas = (rewards + gamma * following - values).masked_fill(~mask, 0.0)

    total = deltas.new_zeros(len(deltas))
    sums = []
    for delta in reversed(deltas.t().contiguous().unbind(0)):  # T rows (B,)
        total = torch.add(delta, total, alpha=gamma * lam)
        sums.append(total)
    advantages = torch.stack(sums[::-1], 1)
    return advantages, advantages + values


def advantage_scale(advantages: Tensor, targets: Tensor) -> Tensor:
    """What advantages are divided by, so that learning does not depend on the size of rewards.

    Their root mean square: the mean is not taken out, since that turns good actions into bad ones once all
    episodes succeed. And at least a tenth of that of the returns: what is left when the values are right
    is noise, and must not be blown up.

    Parameters
    ----------
    advantages, targets : (n,) float tensor
        Of all real steps of an update.

    Returns
    -------
    () float tensor
        Positive.

    Examples
    --------
    >>> advantage_scale(torch.tensor([3.0, -4.0, 0.0, 0.0]), torch.zeros(4)).item()
    2.5
    >>> round(advantage_scale(torch.tensor([0.001, -0.001]), torch.tensor([1.0, 1.0])).item(), 6)
    0.1
    """
    least = _LEAST_SHARE * targets.square().mean().sqrt()
    return torch.maximum(advantages.square().mean().sqrt(), least) + 1e-8
