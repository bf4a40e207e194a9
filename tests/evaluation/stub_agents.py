"""Agents without a network: what they know is written in the code."""

from types import SimpleNamespace

import numpy as np


class Rememberer:
    """Keeps the first observation's target as its state, as a recurrent policy would."""

    def __init__(self, env=None, seed=0, *, blind=False, steps_an_update=64):
        self.env, self.seed, self.blind = env, seed, blind
        self.num_timesteps, self.history = 0, []
        self._steps = steps_an_update
        self.calls = []

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        self.calls.append(SimpleNamespace(state=state, starts=episode_start, deterministic=deterministic))
        state = np.full(len(observation), -1) if state is None else state.copy()
        state[episode_start] = observation[episode_start, 0]
        actions = np.zeros_like(state) if self.blind else state
        return actions.astype(int), state

    def learn(self, total_timesteps, callback=None):
        until = self.num_timesteps + total_timesteps
        while self.num_timesteps < until:
            self.num_timesteps += self._steps
            self.history.append({"return_mean": min(1.0, self.num_timesteps / 1000)})
            if callback is not None and not all([one(self) for one in callback]):
                break
        return self


class Player(Rememberer):
    """Learns nothing, but plays its environment: in the vector form, or alone."""

    def __init__(self, env, seed, *, vector=True, right=1.0):
        super().__init__(env, seed)
        self._vector, self._right = vector, right

    def learn(self, total_timesteps, callback=None):
        from motifkit.agents.environments import ListedEnvs, batch_of

        rng = np.random.default_rng(self.seed)
        while self.num_timesteps < total_timesteps:
            batch = batch_of(self.env, 16) if self._vector else ListedEnvs([self.env])
            targets = batch.reset(int(rng.integers(1000)))[0][:, 0].astype(int)
            answers = np.where(rng.random(len(targets)) < self._right, targets, 1 - targets)
            for _ in range(self.env.delay):
                batch.step(answers, np.ones(len(targets), dtype=bool))
            self.num_timesteps += self.env.delay * len(targets)
        return self
