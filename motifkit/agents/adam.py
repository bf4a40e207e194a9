"""Adam, and what it remembers of each weight as tensors of a checkpoint and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
_BETA1, _BETA2 = 0.9, 0.999


class Optimiser(Protocol):
    """What an update asks for: torch's own optimisers have it too."""

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None:
        """Forget the gradients."""

    def step(self) -> Any:
        """Move the weights by their gradients."""


class Adam:
    """Adam as `torch.optim.Adam` does it, bit for bit, ready at once: torch's loads its compiler, which takes seconds.

    Parameters
    ----------
    weights : iterable of parameters
    lr : float
        Learning rate; the one of the only parameter group, which callbacks may change.
    eps : float

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, *, eps: float = 1e-8) -> None:
        self.param_groups: list[dict[str, Any]] = [{"params": list(weights), "lr": lr}]
        self.eps = eps
        self.moments: dict[int, dict[str, Tensor]] = {}  # by weight; those of a checkpoint take their place

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for weight in self.param_groups[0]["params"]:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each weight that has a gradient."""
        moved = [(i, p) for i, p in enumerate(self.param_groups[0]["params"]) if p.grad is not None]
        for i, weight in moved:
            if i not in self.moments:
                start = (torch.tensor(0.0), torch.zeros_like(weight), torch.zeros_like(weight))
                self.moments[i] = dict(zip(_MOMENTS, start, strict=True))
        steps, means, squares = ([self.moments[i][name] for i, _ in moved] for name in _MOMENTS)
        adam(
            [weight for _, weight in moved],
            [weight.grad for _, weight in moved],
            means,
            squares,
            [],
            steps,
            foreach=True,
            amsgrad=False,
            beta1=_BETA1,
            beta2=_BETA2,
            lr=self.param_groups[0]["lr"],
            weight_decay=0.0,
            eps=self.eps,
            maximize=False,
        )


def moments_of(optimiser: Adam) -> dict[str, Tensor]:
    """Moments by the number of a weight, a dot and the name of the moment; none before the first step."""
    return {f"{i}.{name}": moment for i, one in optimiser.moments.items() for name, moment in one.items()}


def moments_from(
    weights: Iterable[nn.Parameter], tensors: Mapping[str, Tensor]
) -> dict[int, dict[str, Tensor]]:
    """Copies of what `moments_of` gave, by weight and on its device; torch counts steps on the CPU.

    Raises
    ------
    ValueError
        Where they are not the moments of such weights.
    """
    left, moments = dict(tensors), {}
    for i, weight in enumerate(weights):
        of_weight = {
            name: left.pop(f"{i}.{name}").to("cpu" if name == "step" else weight.device, copy=True)
            for name in _MOMENTS
            if f"{i}.{name}" in left
        }
        shapes = [moment.shape for moment in of_weight.values()]
        if of_weight and shapes != [torch.Size(), weight.shape, weight.shape]:
            raise ValueError(f"the optimiser's moments of weight {i} do not fit it")
        if of_weight:
            moments[i] = of_weight
    if left:
        raise ValueError(f"the optimiser has {min(left)}, which is no moment of any weight")
    return moments
