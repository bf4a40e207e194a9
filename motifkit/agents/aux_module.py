"""Base of auxiliary modules: a head on the policy's features, with a loss of its own."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from motifkit.agents.batch import EpisodeBatch
from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError


class AuxModule(nn.Module):
    """Base of auxiliary modules: a linear head on the policy's features and the loss that trains it.

    Subclasses give `loss`, and add their own arguments to `config`.

    Parameters
    ----------
    feat_dim : int
        Width of the features: the policy's own together with what it reads from memory.
    out_dim : int
        Width of the prediction.
    name : str
        Key of the prediction in the policy's `aux_preds`; no two modules of a policy share one.
    coef : float
        Weight of this loss beside the policy's; `loss` itself is not yet weighted. At least 0.

    Raises
    ------
    UsageError
        A width is not a positive whole number, or `coef` is negative.

    Examples
    --------
    >>> import torch
    >>> class FirstEntry(AuxModule):
    ...     def loss(self, features, batch):
    ...         rows, mask = self.real_steps(features, batch)
    ...         return (self.head(rows)[:, 0] - batch.observations[mask][:, 0]).square().mean()
    >>> aux = FirstEntry(feat_dim=8, out_dim=1, name="first_entry")
    >>> aux.head(torch.zeros(8)).shape
    torch.Size([1])
    """

    def __init__(self, feat_dim: int, out_dim: int, *, name: str, coef: float = 1.0) -> None:
        super().__init__()
        if not isinstance(name, str) or not name or "." in name:
            raise UsageError(f"name={name!r} of an auxiliary module must be a word without dots")
        self.feat_dim = require_whole("feat_dim", feat_dim, of=type(self).__name__)
        self.name = name
        self.coef = require_number("coef", coef, least=0, of=type(self).__name__)
        self.head = nn.Linear(self.feat_dim, out_dim)

    def loss(self, features: Tensor, batch: EpisodeBatch) -> Tensor:
        """Mean loss over the real steps, not weighted by `coef`.

        Parameters
        ----------
        features : (B, T, feat_dim) float tensor
            Row t comes from what the policy had seen up to observation t.
        batch : EpisodeBatch

        Returns
        -------
        () float tensor
        """
        raise NotImplementedError(f"{type(self).__name__} must define loss(features, batch)")

    def config(self) -> dict[str, Any]:
        """Class name and constructor arguments as JSON values, for `aux_from_config`."""
        return {
            "class": type(self).__name__,
            "feat_dim": self.feat_dim,
            "name": self.name,
            "coef": self.coef,
        }

    def check_feat_dim(self, width: int) -> None:
        """Raise UsageError when the policy's features are not of the width this module was made for."""
        if width != self.feat_dim:
            raise UsageError(
                f"{type(self).__name__} was made with feat_dim={self.feat_dim}, but the policy's features "
                f"have width {width}: make it with feat_dim={width}"
            )

    def real_steps(self, features: Tensor, batch: EpisodeBatch) -> tuple[Tensor, Tensor]:
        """Features of the real steps, (n, feat_dim), and the (B, T) mask that picks them."""
        self.check_feat_dim(features.shape[-1])
        mask = batch.mask
        return features[mask], mask
