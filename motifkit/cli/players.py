"""Who acts while `motifkit record` logs: nobody in particular, or a saved agent as it plays on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from motifkit.agents.trace_rl import TraceRL


class Player(Protocol):
    """Plays one episode after the other."""

    def begin(self) -> dict[str, Any] | None:
        """Options of the reset that begins the next episode."""

    def act(self, observation: Any, reward: float) -> Any:
        """Action on an observation, and the reward for the last action."""

    def end(self, observation: Any, reward: float) -> None:
        """Take in the last observation and reward of the episode."""


class RandomPlayer:
    """Draws from the action space.

    Parameters
    ----------
    env : gymnasium.Env
    seed : int
    """

    def __init__(self, env: Any, seed: int) -> None:
        self._space = env.action_space
        self._space.seed(seed)

    def begin(self) -> None:
        """No options."""

    def act(self, observation: Any, reward: float) -> Any:
        """Any action."""
        return self._space.sample()

    def end(self, observation: Any, reward: float) -> None:
        """Learn nothing."""


class AgentPlayer:
    """Samples the actions of a saved agent.

    Where episodes share worlds, as many as the agent played side by side in training make a round, which its memory
    takes in as it did there; it starts every world empty.

    Parameters
    ----------
    agent : TraceRL
    env : gymnasium.Env
    seed : int
    threads : int, optional
        Of torch.
    """

    def __init__(self, agent: TraceRL, env: Any, seed: int, threads: int | None) -> None:
        import numpy as np

        from motifkit.agents.collecting import Worlds
        from motifkit.agents.environments import batch_of

        self._agent, self._threads = agent, threads
        agent.generator.manual_seed(seed)
        self._worlds = Worlds(batch_of(env, 1).rounds_per_world)
        self._rng = np.random.default_rng([seed, 31])
        self._options: dict[str, Any] | None = None
        self._round: list[tuple[Tensor, float]] = []  # closed context and return of each episode
        self._state: Any = None
        self._paid = 0.0

    def begin(self) -> dict[str, Any] | None:
        """World and round, where there are any."""
        self._state, self._paid = None, 0.0
        if self._worlds.exist and not self._round:
            self._options = self._worlds.options(self._rng, self._agent.memory)
        return self._options

    def act(self, observation: Any, reward: float) -> Any:
        """Action that the agent draws."""
        from motifkit.cli.building import torch_threads

        self._paid += reward
        with torch_threads(self._threads):
            action, self._state = self._agent.predict(observation, self._state, reward=reward)
        return action

    def end(self, observation: Any, reward: float) -> None:
        """Let the memory take in the round that this episode was the last of."""
        if not self._worlds.exist:
            return
        import torch

        from motifkit.agents.environments import flat

        last = torch.from_numpy(flat(self._agent.observation_space, observation))
        closing = torch.cat([last, self._state.past[0].cpu(), torch.tensor([float(reward)])])
        rows = [*(row.cpu() for row in self._state.context[0]), closing]
        self._round.append((torch.stack(rows), self._paid + reward))
        if len(self._round) == self._agent.n_envs:
            self._remember()

    def _remember(self) -> None:
        import torch
        from torch.nn.utils.rnn import pad_sequence

        buffer = self._agent.get_episodic_buffer()
        contexts, returns = zip(*self._round, strict=True)
        if buffer is not None:
            lengths = torch.tensor([len(context) for context in contexts])
            buffer.add_batch(pad_sequence(list(contexts), batch_first=True), lengths, torch.tensor(returns))
        self._worlds.advance()
        self._round.clear()
