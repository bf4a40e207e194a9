"""Teach a bank's window encoder that occurrences of one motif are alike, before the agent learns."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from motifkit.agents.adam import Adam
from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError
from motifkit.memory.initialise import drawn_from
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.seeding.windows import MotifWindows

_N_PAIRS, _N_BACKGROUND = 8, 256  # of each motif, and between them, for one step
_TEMPERATURE = 0.1
_MASKED = 0.25  # share of the entries that are hidden for reconstruction


class PretrainingReport(NamedTuple):
    """Loss, in nats, over the first and the last tenth of the steps."""

    n_steps: int
    first_loss: float
    last_loss: float


def pretrain_encoder(
    bank: MotifMemoryBank,
    windows: MotifWindows,
    *,
    n_steps: int = 1000,
    learning_rate: float = 1e-3,
    reconstruction: float = 0.0,
    experience: Tensor | None = None,
    seed: int = 0,
) -> PretrainingReport:
    """Train the window encoder by contrast: two occurrences of a motif agree, all else are the negatives.

    What was done and paid is drawn anew for every window, so that the encoder knows a shape by its observations
    whoever acts: the policy that logged the data is not the one that will act.

    Parameters
    ----------
    bank : MotifMemoryBank
        Its encoder changes; rows and attention stay.
    windows : MotifWindows
        From `cut_windows`.
    n_steps : int
        Steps of Adam, each over eight pairs of every motif and 256 background windows.
    learning_rate : float
    reconstruction : float
        Weight of a second loss: hidden entries of background windows are told from the embedding. It helps when
        occurrences are few.
    experience : (n, L, action_dim + 1) tensor, optional
        Stretches of past actions and rewards to draw from. None takes those of `windows`.
    seed : int

    Returns
    -------
    PretrainingReport

    Raises
    ------
    UsageError
        For a number out of range, or a frozen bank.

    Examples
    --------
    >>> from motifkit import MotifMemoryBank, as_dataset, mine
    >>> from motifkit.io.samples import planted_series
    >>> from motifkit.seeding.windows import cut_windows
    >>> data = as_dataset(planted_series(n=1000, n_shapes=2, length=8, count=20, noise=0.1)[0])
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, mem_dim=16, n_motifs=2, motif_len=8, seed=0)
    >>> windows = cut_windows(bank, mine(data, 8, n_motifs=2, n_surrogates=0), data)
    >>> report = pretrain_encoder(bank, windows, n_steps=100)
    >>> report.last_loss < report.first_loss
    True

    References
    ----------
    van den Oord et al. (2018), Representation learning with contrastive predictive coding; Khosla et al. (2020),
    Supervised contrastive learning.
    """
    require_whole("n_steps", n_steps, of="pretrain_encoder")
    require_whole("seed", seed, least=0, of="pretrain_encoder")
    require_number("learning_rate", learning_rate, above=0, of="pretrain_encoder")
    require_number("reconstruction", reconstruction, least=0, of="pretrain_encoder")
    if bank.frozen:
        raise UsageError("the bank is frozen; call bank.freeze(False) first, and freeze it afterwards")
    device = bank.motif_embeds.device
    generator = torch.Generator().manual_seed(seed)
    pool = torch.cat([*windows.occurrences, windows.background])[..., bank.obs_dim :]
    pool = pool if experience is None else experience
    encoder = bank.encoder
    with drawn_from(seed):
        decoder = nn.Linear(bank.mem_dim, encoder.length * encoder.in_dim).to(device)
    adam = Adam([*encoder.parameters(), *decoder.parameters()], learning_rate)
    losses = []
    for _ in range(n_steps):
        anchors, partners, background, owner = _batch(windows, bank.obs_dim, pool, generator)
        alike = [encoder(part.to(device)) for part in (anchors, partners, background)]
        loss = _contrast(alike[0], alike[1], alike[2], owner.to(device))
        if reconstruction:
            hidden = torch.rand(background.shape, generator=generator) < _MASKED
            loss = loss + reconstruction * _told(encoder, decoder, background.to(device), hidden.to(device))
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        losses.append(float(loss.detach()))
    adam.zero_grad()  # whoever learns next starts without gradients
    tenth = max(1, n_steps // 10)
    return PretrainingReport(n_steps, sum(losses[:tenth]) / tenth, sum(losses[-tenth:]) / tenth)


def _batch(
    windows: MotifWindows, obs_dim: int, pool: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Anchors and partners (K P, L, F), background (n, L, F), and the motif of each pair (K P,)."""
    first, second = [], []
    for one in windows.occurrences:
        i = torch.randint(len(one), (_N_PAIRS,), generator=generator)
        j = (i + torch.randint(1, len(one), (_N_PAIRS,), generator=generator)) % len(one)  # never the same
        first.append(one[i])
        second.append(one[j])
    n = len(windows.background)
    background = windows.background[torch.randint(n, (min(n, _N_BACKGROUND),), generator=generator)]
    owner = torch.arange(len(windows.occurrences)).repeat_interleave(_N_PAIRS)
    anchors, partners, background = (
        redrawn(part, obs_dim, pool, generator) for part in (torch.cat(first), torch.cat(second), background)
    )
    return anchors, partners, background, owner


def redrawn(windows: Tensor, obs_dim: int, pool: Tensor, generator: torch.Generator) -> Tensor:
    """Windows (n, L, F) with the actions and rewards of others, drawn from `pool` (N, L, F - obs_dim)."""
    picked = torch.randint(len(pool), (len(windows),), generator=generator)
    return torch.cat([windows[..., :obs_dim], pool[picked]], -1)


def _contrast(anchors: Tensor, partners: Tensor, background: Tensor, owner: Tensor) -> Tensor:
    """InfoNCE over embeddings (n, D): each anchor against its partner, other motifs and the background."""
    anchors, partners, background = (
        functional.normalize(part, dim=-1) for part in (anchors, partners, background)
    )
    logits = anchors @ torch.cat([partners, background]).T / _TEMPERATURE  # (n, n + m)
    same = owner[:, None] == owner  # other partners of the own motif are neither right nor wrong
    own = torch.eye(len(anchors), dtype=torch.bool, device=logits.device)
    neither = functional.pad(same & ~own, (0, len(background)))
    return functional.cross_entropy(
        logits.masked_fill(neither, -torch.inf), torch.arange(len(anchors), device=logits.device)
    )


def _told(encoder: nn.Module, decoder: nn.Module, windows: Tensor, hidden: Tensor) -> Tensor:
    """Mean squared error of hidden entries told from what the encoder makes of the others."""
    told = decoder(encoder(windows.masked_fill(hidden, 0.0))).view_as(windows)
    return functional.mse_loss(told[hidden], windows[hidden])
