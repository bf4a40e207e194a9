"""Random network distillation: states that a predictor has not yet learned pay a bonus."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from motifkit.agents.adam import Adam, moments_from, moments_of
from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.next_observations import next_observations
from motifkit.agents.normalise import RewardNormaliser, RunningMoments
from motifkit.arguments import require_number, require_whole
from motifkit.errors import CorruptFileError, UsageError

_WIDTH = 64
_CLIP = 5.0


class RandomNetworkDistillation:
    """Bonus from the error of a network that learns to copy a fixed random one.

    The error is taken on the observation after each action. Observations are standardised by their running
    mean and deviation and cut to [-5, 5]; errors are divided by the running deviation of their discounted
    sum, so that `eta` means the same in every environment.

    Parameters
    ----------
    obs_dim : int
        Width of the observations.
    emb_dim : int
        Width of what the networks give out.
    lr : float
        Learning rate of the predictor's own Adam.
    eta : float
        Weight of the bonus, at least 0.
    seed : int
        Draws both networks, and nothing else depends on chance. PyTorch's global generator is left alone.
    gamma : float
        Discount of the sum that scales errors, in [0, 1].
    device : str or torch.device

    Raises
    ------
    UsageError
        An argument is out of range.

    Notes
    -----
    Call `bonus` once for each batch, then `update`: `bonus` counts the batch into the running moments.

    References
    ----------
    Burda, Edwards, Storkey and Klimov, Exploration by random network distillation, ICLR 2019.

    Examples
    --------
    >>> RandomNetworkDistillation(obs_dim=3, emb_dim=8, seed=1).predictor(torch.zeros(2, 3)).shape
    torch.Size([2, 8])
    """

    def __init__(
        self,
        obs_dim: int,
        emb_dim: int = 32,
        lr: float = 1e-3,
        eta: float = 0.01,
        seed: int = 0,
        *,
        gamma: float = 0.99,
        device: str | torch.device = "cpu",
    ) -> None:
        owner = type(self).__name__
        obs_dim, emb_dim = (
            require_whole("obs_dim", obs_dim, of=owner),
            require_whole("emb_dim", emb_dim, of=owner),
        )
        self.eta = require_number("eta", eta, least=0, of=owner)
        generator = torch.Generator().manual_seed(seed)
        self.target = _network([obs_dim, _WIDTH, emb_dim], generator).to(device).requires_grad_(False)
        # Deeper than the target, as in the paper, so that it is able to copy it.
        self.predictor = _network([obs_dim, _WIDTH, _WIDTH, emb_dim], generator).to(device)
        self.observation_moments = RunningMoments((obs_dim,), device=device)
        self.error_normaliser = RewardNormaliser(gamma)
        self._optimiser = Adam(self.predictor.parameters(), require_number("lr", lr, above=0, of=owner))

    @torch.no_grad()
    def bonus(self, batch: EpisodeBatch) -> Tensor:
        """Count a batch into the running moments and pay its steps.

        Parameters
        ----------
        batch : EpisodeBatch

        Returns
        -------
        (B, T) float tensor
            At least 0 and at most 10 eta; 0 after an episode's end.
        """
        mask = batch.mask
        rows = self._rows(batch, mask)
        self.observation_moments.update(rows)
        errors = batch.rewards.new_zeros(mask.shape)
        errors[mask] = self._errors(rows).to(errors.dtype)
        return self.eta * self.error_normaliser.normalise(errors, mask)

    def update(self, batch: EpisodeBatch) -> float:
        """Take one step of Adam on all real steps of a batch; gives back the mean error before it."""
        loss = self._errors(self._rows(batch, batch.mask)).mean()
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return float(loss.detach())

    def state(self) -> dict[str, Tensor]:
        """Both networks, Adam's moments and the running ones, under names with dots: copies."""
        parts: dict[str, Mapping[str, Tensor]] = {
            "target": self.target.state_dict(),
            "predictor": self.predictor.state_dict(),
            "observations": self.observation_moments.state(),
            "errors": self.error_normaliser.state(),
            "adam": moments_of(self._optimiser),
        }
        return {
            f"{part}.{name}": value.detach().clone()
            for part, one in parts.items()
            for name, value in one.items()
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` gave.

        Raises
        ------
        CorruptFileError
            That is not such a state, or is one of other widths.
        """
        parts: dict[str, dict[str, Tensor]] = {}
        for key, value in state.items():
            part, _, name = key.partition(".")
            parts.setdefault(part, {})[name] = value
        adam = parts.pop("adam", {})
        if set(parts) != {"target", "predictor", "observations", "errors"}:
            raise CorruptFileError(
                f"the random network's state has the parts {sorted(parts)}: use another checkpoint"
            )
        moments = self._moments(adam)
        try:
            self.target.load_state_dict(parts["target"])
            self.predictor.load_state_dict(parts["predictor"])
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise CorruptFileError(
                f"the random network is another than this one: {reason}; use another checkpoint"
            ) from error
        self.observation_moments.load_state(parts["observations"])
        self.error_normaliser.load_state(parts["errors"])
        self._optimiser.moments = moments

    def _moments(self, adam: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
        """Adam's moments by parameter: of all, or of none before the first update."""
        parameters = list(self.predictor.parameters())
        try:
            moments = moments_from(parameters, adam)
        except ValueError as error:
            raise CorruptFileError(f"the random network's state: {error}; use another checkpoint") from None
        if len(moments) not in (0, len(parameters)):
            raise CorruptFileError("the random network's optimiser lacks parameters; use another checkpoint")
        return moments

    def _rows(self, batch: EpisodeBatch, mask: Tensor) -> Tensor:
        """(n, obs_dim) observations after the real steps."""
        width = batch.observations.shape[-1]
        if width != self.target[0].in_features:
            raise UsageError(
                f"RandomNetworkDistillation was made with obs_dim={self.target[0].in_features}, but "
                f"observations have width {width}: make it with obs_dim={width}"
            )
        return next_observations(batch)[mask]

    def _errors(self, rows: Tensor) -> Tensor:
        """(n,) mean squared error of the predictor."""
        moments = self.observation_moments
        scaled = ((rows.double() - moments.mean) / moments.std).clamp(-_CLIP, _CLIP).float()
        errors: Tensor = (self.predictor(scaled) - self.target(scaled)).square().mean(-1)
        return errors


def _network(widths: list[int], generator: torch.Generator) -> nn.Sequential:
    """Linear layers with ReLU between them, orthogonal weights drawn from `generator` alone."""
    layers: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        # On meta, because the default initialisation would draw from the global generator.
        linear = nn.Linear(n_in, n_out, device="meta", dtype=torch.float32).to_empty(device="cpu")
        nn.init.orthogonal_(linear.weight, gain=math.sqrt(2), generator=generator)
        nn.init.zeros_(linear.bias)
        layers += [nn.ReLU(), linear] if i else [linear]
    return nn.Sequential(*layers)
