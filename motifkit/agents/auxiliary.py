"""Heads that give a policy's features something to learn besides the return.

A head reads the features of every step. Which labels it learns from, the environment gives (`CueAuxModule`)
or the episode itself does (`ConfidenceAuxModule`, `NextObsAuxModule`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from motifkit.agents.aux_module import AuxModule
from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.next_observations import next_observations
from motifkit.arguments import require_number, require_whole
from motifkit.errors import CorruptFileError, DataError, UsageError


class CueAuxModule(AuxModule):
    """Predict the episode's cue at every step, so that the features cannot forget it.

    The labels are what the environment gives as `info["cue"]` at reset, kept in `batch.cues`. Episodes whose
    label is -1 (unknown, as after hindsight relabelling) are left out.

    Parameters
    ----------
    feat_dim : int
        Width of the policy's features.
    n_classes : int
        Cues are 0, ..., n_classes - 1; at least 2.
    name, coef
        See `AuxModule`.

    Examples
    --------
    >>> import torch
    >>> CueAuxModule(feat_dim=64).head(torch.zeros(5, 64)).shape
    torch.Size([5, 2])
    """

    def __init__(self, feat_dim: int, n_classes: int = 2, *, name: str = "cue", coef: float = 1.0) -> None:
        n_classes = require_whole("n_classes", n_classes, least=2, of="CueAuxModule")
        super().__init__(feat_dim, n_classes, name=name, coef=coef)
        self.n_classes = n_classes

    def loss(self, features: Tensor, batch: EpisodeBatch) -> Tensor:
        """Cross-entropy of the cue, mean over real steps; see `AuxModule.loss`.

        Raises
        ------
        DataError
            The environment gives no cue, or one that is not below `n_classes`.
        """
        if batch.cues is None:
            raise DataError(
                "CueAuxModule has nothing to learn: the environment gives no info['cue'] at reset; "
                "leave CueAuxModule out of aux_modules"
            )
        largest = int(batch.cues.max())
        if largest >= self.n_classes:
            raise DataError(
                f"the environment gave info['cue']={largest}, but CueAuxModule was made with "
                f"n_classes={self.n_classes}: make it with n_classes={largest + 1} or more"
            )
        real, mask = self.real_steps(features, batch)
        logits = self.head(real)  # (n, n_classes)
        labels = batch.cues[:, None].expand(mask.shape)[mask]  # (n,)
        known = labels >= 0
        # The sum over nothing keeps the graph, so that a batch without labels has gradients of 0.
        total = functional.cross_entropy(logits[known], labels[known], reduction="sum")
        return total / known.sum().clamp(min=1)

    def config(self) -> dict[str, Any]:
        """See `AuxModule.config`."""
        return super().config() | {"n_classes": self.n_classes}


class ConfidenceAuxModule(AuxModule):
    """Predict, at every step, whether the episode will end with a return above a threshold.

    The head's sigmoid is the agent's confidence.

    Parameters
    ----------
    feat_dim : int
        Width of the policy's features.
    threshold : float
        Undiscounted return, as the environment paid it, that counts as a success when exceeded.
    name, coef
        See `AuxModule`.

    Examples
    --------
    >>> ConfidenceAuxModule(feat_dim=4, threshold=0.5).config()["threshold"]
    0.5
    """

    def __init__(
        self, feat_dim: int, threshold: float = 0.0, *, name: str = "confidence", coef: float = 1.0
    ) -> None:
        super().__init__(feat_dim, 1, name=name, coef=coef)
        self.threshold = require_number("threshold", threshold, of="ConfidenceAuxModule")

    def loss(self, features: Tensor, batch: EpisodeBatch) -> Tensor:
        """Binary cross-entropy of success, mean over real steps; see `AuxModule.loss`."""
        real, mask = self.real_steps(features, batch)
        success = (batch.returns > self.threshold)[:, None].expand(mask.shape)[mask]  # (n,)
        logits = self.head(real)[:, 0]
        return functional.binary_cross_entropy_with_logits(logits, success.to(logits.dtype))

    def config(self) -> dict[str, Any]:
        """See `AuxModule.config`."""
        return super().config() | {"threshold": self.threshold}


class NextObsAuxModule(AuxModule):
    """Predict the next observation: obs_{t+1}, or the final observation after an episode's last step.

    The features of step t hold obs_t but not the action taken on it. Without `action_dim` the prediction is
    therefore the mean over what the policy does; with it, an effect of the action, linear and added to the
    head's output, is learned too.

    Parameters
    ----------
    feat_dim : int
        Width of the policy's features.
    obs_dim : int
        Width of the observations.
    action_dim : int, optional
        Width of the actions: n for Discrete(n), which enter one-hot (as a number when 1), the number of
        entries for Box and MultiDiscrete. None leaves the action out.
    name, coef
        See `AuxModule`.

    Examples
    --------
    >>> import torch
    >>> aux = NextObsAuxModule(feat_dim=8, obs_dim=3, action_dim=2)
    >>> aux.head(torch.zeros(8)).shape, aux.action_head.weight.shape
    (torch.Size([3]), torch.Size([3, 2]))
    """

    def __init__(
        self,
        feat_dim: int,
        obs_dim: int,
        action_dim: int | None = None,
        *,
        name: str = "next_obs",
        coef: float = 1.0,
    ) -> None:
        obs_dim = require_whole("obs_dim", obs_dim, of="NextObsAuxModule")
        super().__init__(feat_dim, obs_dim, name=name, coef=coef)
        self.obs_dim = obs_dim
        self.action_dim = (
            None if action_dim is None else require_whole("action_dim", action_dim, of="NextObsAuxModule")
        )
        self.action_head: nn.Linear | None = None
        if self.action_dim is not None:
            self.action_head = nn.Linear(self.action_dim, obs_dim, bias=False)

    def loss(self, features: Tensor, batch: EpisodeBatch) -> Tensor:
        """Mean squared error over real steps and entries; see `AuxModule.loss`.

        Raises
        ------
        UsageError
            `obs_dim` or `action_dim` is not what the batch has.
        """
        width = batch.observations.shape[-1]
        if width != self.obs_dim:
            raise UsageError(
                f"NextObsAuxModule was made with obs_dim={self.obs_dim}, but observations have width "
                f"{width}: make it with obs_dim={width}"
            )
        real, mask = self.real_steps(features, batch)
        predicted = self.head(real)  # (n, obs_dim)
        if self.action_head is not None:
            predicted = predicted + self.action_head(self._vectors(batch.actions[mask]).to(real.dtype))
        return functional.mse_loss(predicted, next_observations(batch)[mask])

    def _vectors(self, actions: Tensor) -> Tensor:
        """Actions as rows (n, action_dim), one-hot where they are numbers."""
        if actions.ndim == 1 and self.action_dim != 1:
            largest = int(actions.max())
            if self.action_dim is not None and largest < self.action_dim:
                return functional.one_hot(actions, self.action_dim)
            raise UsageError(
                f"NextObsAuxModule was made with action_dim={self.action_dim}, but action {largest} was taken: "
                f"for Discrete(n) actions make it with action_dim=n"
            )
        rows = actions.reshape(len(actions), -1)
        if rows.shape[1] != self.action_dim:
            raise UsageError(
                f"NextObsAuxModule was made with action_dim={self.action_dim}, but actions have width "
                f"{rows.shape[1]}: make it with action_dim={rows.shape[1]}"
            )
        return rows

    def config(self) -> dict[str, Any]:
        """See `AuxModule.config`."""
        return super().config() | {"obs_dim": self.obs_dim, "action_dim": self.action_dim}


# What a checkpoint may name: nothing is looked up by a name that a file gives.
_CLASSES: dict[str, type[AuxModule]] = {
    one.__name__: one for one in (CueAuxModule, ConfidenceAuxModule, NextObsAuxModule)
}


def aux_from_config(config: Mapping[str, Any]) -> AuxModule:
    """Make the module that `AuxModule.config` described, with new weights.

    Raises
    ------
    UsageError
        The class is not motifkit's own; its module has to be made by the user.
    CorruptFileError
        The arguments are not those of the class.

    Examples
    --------
    >>> aux_from_config(CueAuxModule(feat_dim=4, n_classes=3).config()).n_classes
    3
    """
    arguments = dict(config)
    name = arguments.pop("class", None)
    if not isinstance(name, str):
        raise CorruptFileError("the settings of an auxiliary module name no class: the checkpoint is damaged")
    if name not in _CLASSES:
        raise UsageError(
            f"auxiliary module {name!r} is not one of motifkit's ({', '.join(_CLASSES)}): "
            "make it yourself and pass it in aux_modules"
        )
    try:
        return _CLASSES[name](**arguments)
    except (TypeError, UsageError) as error:
        raise CorruptFileError(
            f"the settings of the auxiliary module {name} are damaged ({error}): use another checkpoint"
        ) from error
