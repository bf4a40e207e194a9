"""What Adam remembers of each weight, as tensors of a checkpoint and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def moments_of(adam: torch.optim.Adam) -> dict[str, Tensor]:
    """Moments by the number of a weight, a dot and the name of the moment; none before the first step."""
    state = adam.state_dict()["state"]
    return {f"{i}.{name}": moments[name] for i, moments in state.items() for name in _MOMENTS}


def moments_from(
    weights: Iterable[nn.Parameter], tensors: Mapping[str, Tensor]
) -> dict[int, dict[str, Tensor]]:
    """Copies of what `moments_of` gave, by weight, as a state dict has them.

    Raises
    ------
    ValueError
        Where they are not the moments of such weights.
    """
    left, moments = dict(tensors), {}
    for i, weight in enumerate(weights):
        of_weight = {name: left.pop(f"{i}.{name}").clone() for name in _MOMENTS if f"{i}.{name}" in left}
        shapes = [moment.shape for moment in of_weight.values()]
        if of_weight and shapes != [torch.Size(), weight.shape, weight.shape]:
            raise ValueError(f"the optimiser's moments of weight {i} do not fit it")
        if of_weight:
            moments[i] = of_weight
    if left:
        raise ValueError(f"the optimiser has {min(left)}, which is no moment of any weight")
    return moments
