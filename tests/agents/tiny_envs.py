"""Environments of a few steps that say what happened to them."""

import gymnasium
import numpy as np
from gymnasium import spaces


class Counting(gymnasium.Env):
    """Observation (steps taken, a random number); reward that number; 1 to `longest` steps, drawn at reset.

    Ends in the way that `ends` says: "terminated", "truncated", or "either" by the evenness of the length.
    """

    action_space = spaces.Discrete(2)
    observation_space = spaces.Box(-np.inf, np.inf, (2,))

    def __init__(self, longest=6, ends="either", pay=1.0):
        self.longest, self.ends, self.pay = longest, ends, pay
        self.n_resets = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.n_resets += 1
        self.length, self.t = int(self.np_random.integers(1, self.longest + 1)), 0
        return self._seen(), {"cue": self.length % 2}

    def step(self, action):
        assert self.action_space.contains(action), action
        assert self.t < self.length, "stepped after its end"
        self.t += 1
        over = self.t == self.length
        cut = self.ends == "truncated" or (self.ends == "either" and self.length % 2 == 0)
        seen = self._seen()
        reward = self.pay * (float(seen[1]) + int(np.ravel(action)[0]))
        return seen, reward, over and not cut, over and cut, {}

    def _seen(self):
        return np.array([self.t, self.np_random.normal()], np.float32)


class Spaced(gymnasium.Env):
    """Random observations of any space; refuses actions outside of its action space."""

    def __init__(self, observation_space, action_space=None, n_steps=3):
        self.observation_space = observation_space
        self.action_space = spaces.Discrete(2) if action_space is None else action_space
        self.n_steps = n_steps

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        self.t = 0
        return self.observation_space.sample(), {}

    def step(self, action):
        known = np.asarray(action) if isinstance(self.action_space, spaces.Box) else action
        assert self.action_space.contains(known), action
        self.t += 1
        return self.observation_space.sample(), 1.0, self.t == self.n_steps, False, {}


class Broken(Counting):
    """Gives `value` as an observation or a reward at one step (0 is the reset), in episodes of 4."""

    def __init__(self, what, at, value=np.nan):
        super().__init__()
        self.what, self.at, self.value = what, at, value

    def reset(self, *, seed=None, options=None):
        seen, info = super().reset(seed=seed)
        self.length = 4
        return self._spoiled(seen), info

    def step(self, action):
        seen, reward, *rest = super().step(action)
        if self.what == "reward" and self.t == self.at:
            reward = self.value
        return self._spoiled(seen), reward, *rest

    def _spoiled(self, seen):
        if self.what == "observation" and self.t == self.at:
            seen[1] = self.value
        return seen


class Paying(gymnasium.Env):
    """Pays the same at each of `n_steps` steps."""

    observation_space = spaces.Box(-1.0, 1.0, (2,))
    action_space = spaces.Discrete(2)

    def __init__(self, pay=1.0, n_steps=3):
        self.pay, self.n_steps = pay, n_steps

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self._seen(), {}

    def step(self, action):
        self.t += 1
        return self._seen(), self.pay, self.t == self.n_steps, False, {}

    def _seen(self):
        return self.np_random.random(2).astype(np.float32)
