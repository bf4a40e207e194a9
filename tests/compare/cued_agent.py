"""An agent whose policy was written by hand: it acts when the first row of its bank has seen its motif."""

import copy
import functools

import gymnasium
import numpy as np
import torch
from gymnasium import spaces

from motifkit import StrategicMemoryTransformerPolicy, TraceRL
from motifkit.io.samples import planted_series
from tests.compare.small_comparisons import bank_of, planted, seeded

N_STEPS = 60
SERIES = {"n_shapes": 3, "length": 8, "count": 60, "noise": 0.1, "seed": 0}


class Cued(gymnasium.Env):
    """Stretches of a planted series; action 1 pays 1 when shape 0 has just ended, and costs 1 elsewhere."""

    action_space = spaces.Discrete(2)
    observation_space = spaces.Box(-np.inf, np.inf, (1,))

    def __init__(self):
        self.values, truth = planted_series(n=3000, **SERIES)
        self.ends = {place.end - 1 for place in truth if place.shape == 0}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.left = int(self.np_random.integers(len(self.values) - N_STEPS - 1)), N_STEPS
        return self._seen(), {}

    def step(self, action):
        paid = (1.0 if self.t in self.ends else -1.0) if action else 0.0
        self.t, self.left = self.t + 1, self.left - 1
        return self._seen(), paid, self.left == 0, False, {}

    def _seen(self):
        return np.array([self.values[self.t]], np.float32)


class Observing(Cued):
    """The same, which says how it observes an episode: at twice the size."""

    def observations_of(self, episode):
        return 2 * episode.observations


@functools.cache
def seeded_bank():
    """A bank, and the data, truth and result that it was seeded from."""
    dataset, truth, result = planted(n=3000, count=60)
    rng = np.random.default_rng(0)
    past = np.stack([rng.integers(0, 2, (200, 8)), rng.integers(-1, 2, (200, 8))], -1)
    bank = seeded(
        result, dataset, bank_of(n_motifs=4), n_steps=200, experience=torch.from_numpy(past).float()
    )
    return bank, dataset, truth, result


def cued(**how):
    """Agent, and the data, truth and result that its bank was seeded from."""
    bank, dataset, truth, result = copy.deepcopy(seeded_bank())
    agent = TraceRL(StrategicMemoryTransformerPolicy, Cued(), bank, n_envs=8, seed=0, **how)
    first, _, last = agent.policy.policy_head
    with torch.no_grad():
        for parameter in (*first.parameters(), *last.parameters()):
            parameter.zero_()
        first.weight[0, -bank.mem_dim :] = bank.motif_embeds[0] / bank.motif_embeds[0].square().sum()
        last.weight[1, 0], last.bias[1] = 1.0, -0.6  # where most of the attention is the first row's
    return agent, dataset, truth, result
