"""The loop that the project started from, as a plain twin: one environment, the whole history encoded at every step.

The three classes at the top are those of the notebook, with a `pos_embed` that is large enough for the delay. Its
episodic buffer, its environment and the body of its training loop are not in the notebook; they are written here
after what it says of them: a list of stored embeddings, the mean over a `TransformerEncoder`, and dot-product
attention; advantages by GAE, one policy-gradient step an episode, Adam. The graph of acting is kept for that step,
so that nothing is computed twice, and retention is left out: both are to the loop's favour.

`python -m tests.benchmarks.notebook_loop [DELAY [EPISODES]]` trains it, to see that it learns short delays.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Step = tuple[np.ndarray, float, float]

_FLOOR = 256  # of the position table, as in the notebook


class MotifMemoryBank(nn.Module):
    """Learnable motifs; the last `motif_len` steps, encoded without positions, attend to them."""

    def __init__(self, obs_dim: int, action_dim: int, mem_dim: int, n_motifs: int, motif_len: int) -> None:
        super().__init__()
        self.motif_len = motif_len
        self.last_attn: np.ndarray | None = None
        self.motif_embeds = nn.Parameter(torch.randn(n_motifs, mem_dim))
        self.embedding_proj = nn.Linear(obs_dim + action_dim + 1, mem_dim)
        layer = nn.TransformerEncoderLayer(d_model=mem_dim, nhead=2, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)

    def retrieve(self, context_traj: list[Step]) -> tuple[Tensor, Tensor]:
        """Readout (D,) and attention (K,)."""
        if len(context_traj) < self.motif_len:
            motif_traj = [context_traj[0]] * (self.motif_len - len(context_traj)) + context_traj
        else:
            motif_traj = context_traj[-self.motif_len :]
        embed = encoded(self.encoder, self.embedding_proj, motif_traj)
        attn = torch.softmax(torch.matmul(self.motif_embeds, embed), dim=0)
        self.last_attn = attn.detach().cpu().numpy()
        return (attn.unsqueeze(1) * self.motif_embeds).sum(dim=0), attn


class EpisodicBuffer(nn.Module):
    """Embeddings of past episodes, as they were when the episodes ended; the oldest goes."""

    def __init__(self, obs_dim: int, action_dim: int, mem_dim: int, max_entries: int) -> None:
        super().__init__()
        self.mem_dim, self.max_entries = mem_dim, max_entries
        self.embedding_proj = nn.Linear(obs_dim + action_dim + 1, mem_dim)
        layer = nn.TransformerEncoderLayer(d_model=mem_dim, nhead=2, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.memory: list[Tensor] = []
        self.last_attn: np.ndarray | None = None

    def retrieve(self, context_traj: list[Step]) -> tuple[Tensor, Tensor]:
        """Readout (D,) and attention (N,); zeros while nothing is stored."""
        if not self.memory:
            return torch.zeros(self.mem_dim), torch.zeros(0)
        embed = encoded(self.encoder, self.embedding_proj, context_traj)
        stored = torch.stack(self.memory)  # (N, D)
        attn = torch.softmax(torch.matmul(stored, embed), dim=0)
        self.last_attn = attn.detach().cpu().numpy()
        return (attn.unsqueeze(1) * stored).sum(dim=0), attn

    def add_entry(self, trajectory: list[Step], outcome: float) -> None:
        """Store an episode."""
        with torch.no_grad():
            self.memory.append(encoded(self.encoder, self.embedding_proj, trajectory))
        del self.memory[: -self.max_entries]


class CombinedMemoryModule(nn.Module):
    """Both memories; the readout is [episodic, motif]."""

    def __init__(self, episodic_buffer: EpisodicBuffer, motif_bank: MotifMemoryBank) -> None:
        super().__init__()
        self.episodic_buffer, self.motif_bank = episodic_buffer, motif_bank

    def retrieve(self, context_trajectory: list[Step]) -> tuple[Tensor, Tensor, Tensor]:
        """Readout (2 D,) and the attention of both."""
        epi_readout, epi_attn = self.episodic_buffer.retrieve(context_trajectory)
        motif_readout, motif_attn = self.motif_bank.retrieve(context_trajectory)
        return torch.cat([epi_readout, motif_readout], dim=-1), epi_attn, motif_attn

    def add_entry(self, trajectory: list[Step], outcome: float) -> None:
        """Store an episode in the episodic buffer."""
        self.episodic_buffer.add_entry(trajectory, outcome)


class StrategicCombinedMemoryPolicy(nn.Module):
    """Transformer over all observations so far, and what the memory answers to the whole history."""

    def __init__(self, obs_dim: int, mem_dim: int, memory: CombinedMemoryModule, n_positions: int) -> None:
        super().__init__()
        self.embed = nn.Linear(obs_dim, mem_dim)
        self.pos_embed = nn.Embedding(n_positions, mem_dim)
        layer = nn.TransformerEncoderLayer(d_model=mem_dim, nhead=4, batch_first=True)
        self.transformer = nn.TransformerEncoder(layer, num_layers=1)
        self.policy_head = nn.Linear(3 * mem_dim, 2)
        self.value_head = nn.Linear(3 * mem_dim, 1)
        self.memory = memory

    def forward(self, trajectory: Tensor, actions: Tensor, rewards: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (2,) and value () at the last of the observations (T, obs_dim)."""
        n_steps = trajectory.shape[0]
        x = self.embed(trajectory) + self.pos_embed(torch.arange(n_steps))
        feat = self.transformer(x.unsqueeze(0))[0, -1]
        actions_list, rewards_list = actions.tolist(), rewards.tolist()
        actions_list = [0] * (n_steps - len(actions_list)) + actions_list
        rewards_list = [0.0] * (n_steps - len(rewards_list)) + rewards_list
        context_traj = [
            (trajectory[i].cpu().numpy(), actions_list[i], rewards_list[i]) for i in range(n_steps)
        ]
        mem_feat, _, _ = self.memory.retrieve(context_traj)
        final_feat = torch.cat([feat, mem_feat], dim=-1)
        return self.policy_head(final_feat), self.value_head(final_feat).squeeze(-1)


def encoded(encoder: nn.Module, projection: nn.Module, trajectory: list[Step]) -> Tensor:
    """Mean over the encoded steps, (D,), by way of NumPy."""
    rows = np.array([np.concatenate([obs, [a], [r]]) for obs, a, r in trajectory], dtype=np.float32)
    mean: Tensor = encoder(projection(torch.from_numpy(rows).unsqueeze(0))).mean(dim=1).squeeze(0)
    return mean


class NotebookLoop:
    """An agent of the notebook's kind and sizes on one environment; `episode` plays and learns from one."""

    def __init__(self, env: Any, delay: int, seed: int = 0, learning_rate: float = 1e-3) -> None:
        self.env, self.rng = env, np.random.default_rng(seed)
        self.gamma, self.lam, self.ent_coef = 0.99, 0.95, 0.01
        obs_dim = int(env.observation_space.shape[0])
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.memory = CombinedMemoryModule(
                EpisodicBuffer(obs_dim, 1, 32, max_entries=32),
                MotifMemoryBank(obs_dim, 1, 32, n_motifs=32, motif_len=4),
            )
            self.policy = StrategicCombinedMemoryPolicy(obs_dim, 32, self.memory, max(_FLOOR, delay))
        self.optimiser = torch.optim.Adam(self.policy.parameters(), lr=learning_rate)

    def episode(self) -> tuple[float, int]:
        """Play one episode, learn from it, store it; gives its return and its steps."""
        observations: list[np.ndarray] = []
        actions: list[int] = []
        rewards: list[float] = []
        outputs: list[tuple[Tensor, Tensor, Tensor]] = []  # log-probability, value, entropy of each step
        observation, _ = self.env.reset(seed=int(self.rng.integers(2**31)))
        done = False
        while not done:
            observations.append(observation)
            logits, value = self.policy(
                torch.from_numpy(np.array(observations)), torch.tensor(actions), torch.tensor(rewards)
            )
            dist = torch.distributions.Categorical(logits=logits)
            action = int(self.rng.random() < dist.probs[1].item())
            outputs.append((dist.log_prob(torch.tensor(action)), value, dist.entropy()))
            observation, reward, terminated, truncated, _ = self.env.step(action)
            actions.append(action)
            rewards.append(float(reward))
            done = terminated or truncated
        self._learn(outputs, rewards)
        past = zip(observations, [0, *actions[:-1]], [0.0, *rewards[:-1]], strict=True)
        self.memory.add_entry(list(past), sum(rewards))
        return sum(rewards), len(rewards)

    def _learn(self, outputs: list[tuple[Tensor, Tensor, Tensor]], rewards: list[float]) -> None:
        """One step of policy gradient with advantages by GAE."""
        log_probs, values, entropies = (torch.stack(part) for part in zip(*outputs, strict=True))
        old = [*values.tolist(), 0.0]
        advantages, total = [], 0.0
        for t in reversed(range(len(rewards))):
            total = rewards[t] + self.gamma * old[t + 1] - old[t] + self.gamma * self.lam * total
            advantages.append(total)
        advantage = torch.tensor(advantages[::-1])
        target = advantage + values.detach()
        advantage = (advantage - advantage.mean()) / (advantage.std(unbiased=False) + 1e-8)
        loss = -(log_probs * advantage).mean() + 0.5 * (values - target).square().mean()
        loss = loss - self.ent_coef * entropies.mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def main() -> None:
    """Train at a short delay and tell the mean return as it goes."""
    from motifkit.envs.memory_task import MemoryTaskEnv

    delay, n_episodes = ([int(word) for word in sys.argv[1:]] + [4, 600][len(sys.argv) - 1 :])[:2]
    loop = NotebookLoop(MemoryTaskEnv(delay), delay)
    began, returns = perf_counter(), []
    for number in range(1, n_episodes + 1):
        returns.append(loop.episode()[0])
        if number % 100 == 0:
            mean = np.mean(returns[-100:])
            sys.stdout.write(
                f"{number:>6} episodes {perf_counter() - began:>7.1f} s  mean return {mean:>6.2f}\n"
            )


if __name__ == "__main__":
    main()
