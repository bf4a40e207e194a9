"""Running moments, and rewards scaled by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from motifkit.arguments import require_number
from motifkit.errors import CorruptFileError

# As in VecNormalize: keeps a constant entry from being divided by 0.
_EPSILON = 1e-8


class RunningMoments:
    """Mean and variance of all rows seen, updated a batch at a time.

    Parameters
    ----------
    shape : sequence of int
        Shape of one row; () for numbers.
    device : str or torch.device

    References
    ----------
    Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979.

    Examples
    --------
    >>> moments = RunningMoments()
    >>> moments.update(torch.tensor([1.0, 3.0]))
    >>> moments.update(torch.tensor([8.0]))
    >>> moments.mean.item(), moments.count
    (4.0, 3)
    """

    def __init__(self, shape: Sequence[int] = (), *, device: str | torch.device = "cpu") -> None:
        self.count = 0
        self.mean = torch.zeros(tuple(shape), dtype=torch.float64, device=device)
        self._squares = torch.zeros_like(self.mean)  # sum of squared distances from the mean

    @property
    def variance(self) -> Tensor:
        """Population variance of each entry, float64; 1 before anything was seen."""
        if self.count == 0:
            return torch.ones_like(self.mean)
        return self._squares / self.count

    @property
    def std(self) -> Tensor:
        """Square root of the variance and 1e-8, float64: never 0."""
        return (self.variance + _EPSILON).sqrt()

    @torch.no_grad()
    def update(self, rows: Tensor) -> None:
        """Count (n, *shape) rows in; n may be 0."""
        n = len(rows)
        if n == 0:
            return
        rows = rows.to(self.mean)
        batch_mean = rows.mean(0)
        away = batch_mean - self.mean
        total = self.count + n
        self._squares = (
            self._squares + (rows - batch_mean).square().sum(0) + away.square() * (self.count * n / total)
        )
        self.mean = self.mean + away * (n / total)
        self.count = total

    def state(self) -> dict[str, Tensor]:
        """`count` () int64, `mean` and `squares` of the rows' shape, float64: copies."""
        return {
            "count": torch.tensor(self.count),
            "mean": self.mean.clone(),
            "squares": self._squares.clone(),
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` gave.

        Raises
        ------
        CorruptFileError
            That is not such a state, or is one of rows of another shape.
        """
        if set(state) != {"count", "mean", "squares"}:
            raise CorruptFileError("running moments need count, mean and squares: use another checkpoint")
        shapes = {tuple(state[name].shape) for name in ("mean", "squares")}
        if shapes != {tuple(self.mean.shape)} or state["count"].numel() != 1 or int(state["count"]) < 0:
            raise CorruptFileError(
                f"running moments are damaged: expected shape {tuple(self.mean.shape)}, found "
                f"{sorted(shapes)}, count {state['count'].tolist()}; use another checkpoint"
            )
        self.count = int(state["count"])
        self.mean = state["mean"].to(self.mean, copy=True)
        self._squares = state["squares"].to(self.mean, copy=True)


class RewardNormaliser:
    """Rewards divided by the running standard deviation of the discounted return, as in VecNormalize.

    The return runs forwards, R_t = gamma R_{t-1} + r_t, and starts anew with every episode. A batch is
    counted before it is scaled, so the first one is scaled by its own deviation.

    Parameters
    ----------
    gamma : float
        Discount, in [0, 1].
    clip : float
        Scaled rewards are cut to [-clip, clip]; positive.

    Raises
    ------
    UsageError
        `gamma` or `clip` is out of range.

    References
    ----------
    Engstrom et al., Implementation matters in deep policy gradients, ICLR 2020.

    Examples
    --------
    >>> normaliser = RewardNormaliser(gamma=0.0)
    >>> rewards = torch.tensor([[-20.0, 20.0, 0.0]])
    >>> normaliser.normalise(rewards, torch.tensor([[True, True, False]]))
    tensor([[-1.,  1.,  0.]])
    """

    def __init__(self, gamma: float = 0.99, clip: float = 10.0) -> None:
        self.gamma = require_number("gamma", gamma, least=0, most=1, of="RewardNormaliser")
        self.clip = require_number("clip", clip, above=0, of="RewardNormaliser")
        self.moments = RunningMoments()

    @torch.no_grad()
    def normalise(self, rewards: Tensor, mask: Tensor) -> Tensor:
        """Count a batch of whole episodes in and scale it.

        Parameters
        ----------
        rewards : (B, T) float tensor
            Each row an episode from its first step on.
        mask : (B, T) bool tensor
            True for real steps; others are not counted.

        Returns
        -------
        (B, T) float tensor
            Zeros where `mask` is False.
        """
        real = rewards.masked_fill(~mask, 0.0)
        self.moments.update(discounted_sums(real.double(), self.gamma)[mask])
        return self.scaled(real)

    def scaled(self, rewards: Tensor) -> Tensor:
        """Rewards on the present scale, without counting them."""
        scaled = rewards.double() / self.moments.std.to(rewards.device)
        return scaled.clamp(-self.clip, self.clip).to(rewards.dtype)

    def state(self) -> dict[str, Tensor]:
        """The moments of the return; see `RunningMoments.state`."""
        return self.moments.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` gave; see `RunningMoments.load_state`."""
        self.moments.load_state(state)


def discounted_sums(rewards: Tensor, gamma: float) -> Tensor:
    """Sums R_t = gamma R_{t-1} + r_t along each row, starting from 0.

    Parameters
    ----------
    rewards : (B, T) float tensor
    gamma : float

    Returns
    -------
    (B, T) float tensor

    Examples
    --------
    >>> discounted_sums(torch.tensor([[1.0, 0.0, 2.0]]), 0.5)
    tensor([[1.0000, 0.5000, 2.2500]])
    """
    total = rewards.new_zeros(len(rewards))
    sums = []
    for reward in rewards.t().contiguous().unbind(0):  # T rows (B,)
        total = torch.add(reward, total, alpha=gamma)
        sums.append(total)
    return torch.stack(sums, 1)
