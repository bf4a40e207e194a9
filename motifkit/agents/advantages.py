"""Generalised advantage estimation over whole episodes."""

from __future__ import annotations

import torch
from torch import Tensor


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
    n_steps = rewards.shape[1]
    mask = torch.arange(n_steps, device=rewards.device) < lengths[:, None]
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


def masked_standardise(x: Tensor, mask: Tensor) -> Tensor:
    """Shift and scale to mean 0 and (population) standard deviation 1 over the real steps.

    Parameters
    ----------
    x : (B, T) float tensor
    mask : (B, T) bool tensor
        True for real steps.

    Returns
    -------
    (B, T) float tensor
        Zeros where `mask` is False; all zeros when the real steps have one value.

    Examples
    --------
    >>> masked_standardise(torch.tensor([[1.0, 3.0, 100.0]]), torch.tensor([[True, True, False]]))
    tensor([[-1.,  1.,  0.]])
    """
    # In double precision, because rounding in the mean of equal values would be scaled up to size 1.
    real = x.double().masked_fill(~mask, 0.0)
    n_real = mask.sum().clamp(min=1)
    centred = (real - real.sum() / n_real).masked_fill(~mask, 0.0)
    std = (centred.square().sum() / n_real).sqrt()
    return (centred / (std + 1e-8)).to(x.dtype)
