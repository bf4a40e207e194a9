"""PPO and RecurrentPPO by stable-baselines3 and sb3-contrib, set up to be fair opponents."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from motifkit.errors import UsageError
from motifkit.evaluation.episodes import Environment
from motifkit.evaluation.generators import global_generators_kept

if TYPE_CHECKING:
    from stable_baselines3.common.callbacks import BaseCallback

BaselineName: TypeAlias = Literal["PPO", "RecurrentPPO"]

_WINDOW = 100  # training episodes over which `stop_at` takes the mean
_MIN_ROLLOUT = 64  # steps of one environment an update at least, so that short episodes come in numbers
ENDLESS = 10**12  # steps, for trainings that time alone ends


@dataclass(frozen=True, eq=False)
class Baseline:
    """A trained model of stable-baselines3 or sb3-contrib.

    Parameters
    ----------
    name : {"PPO", "RecurrentPPO"}
    model : stable_baselines3.PPO or sb3_contrib.RecurrentPPO
    num_timesteps : int
        Steps trained, over all environments.
    seconds : float
        Wall-clock time of the training.
    """

    name: str
    model: Any = field(repr=False)
    num_timesteps: int
    seconds: float

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions and the next state, as the model gives them.

        Parameters
        ----------
        observation : (n, obs_dim) or (obs_dim,) array
        state : object
            What the last call gave back; None in the first step. RecurrentPPO without it plays blind.
        episode_start : (n,) bool array
            True where an episode begins: the state is reset there.
        deterministic : bool
            Whether to take the likeliest action.
        """
        actions, state = self.model.predict(observation, state, episode_start, deterministic)
        return actions, state


def train_baseline(
    name: BaselineName,
    make_env: Callable[[], Environment],
    *,
    seconds: float | None = None,
    total_timesteps: int | None = None,
    seed: int = 0,
    n_envs: int = 8,
    stop_at: float | None = None,
) -> Baseline:
    """Train one baseline until its time, its steps or its task is done.

    Both use gamma 0.99, lambda 0.95, clip range 0.2 and entropy coefficient 0.01, as TraceRL does, a learning rate
    of 6e-3, and 10 epochs of four minibatches. A rollout covers whole episodes, so that no delayed reward is cut
    off from what led to it. RecurrentPPO has an LSTM of 64 units each for policy and value. These settings were
    chosen for RecurrentPPO on MemoryTaskEnv at delay 16, which it then solved with five of five seeds in 7 to 17
    seconds; in the same short trials learning rates of 1e-3 and 3e-3, 5 epochs, 16 minibatches, 16 environments,
    no entropy bonus, shorter rollouts and 256 units did no better.

    Parameters
    ----------
    name : {"PPO", "RecurrentPPO"}
    make_env : callable
        Gives a new gymnasium environment.
    seconds : float, optional
        Wall-clock budget. It is looked at in every step of a rollout; an update under way is finished, so
        that the time may be overrun by one.
    total_timesteps : int, optional
        Steps over all environments, rounded up to whole rollouts. With both budgets the first to end counts.
    seed : int
        Of the networks, the actions and the environments.
    n_envs : int
        Environments stepped in turn in this process.
    stop_at : float, optional
        Mean return of the last 100 training episodes that ends the training early. None never does.

    Returns
    -------
    Baseline
        Its `predict` takes and gives states, so that the recurrent one is evaluated as it was trained.

    Raises
    ------
    UsageError
        When the name is unknown, no budget is given, or stable-baselines3 is not installed.

    References
    ----------
    Schulman et al. (2017), Proximal policy optimization algorithms; Raffin et al. (2021), Stable-Baselines3.
    """
    _check_budget(name, seconds, total_timesteps, n_envs)
    if name == "PPO":
        algorithm, policy, extra = _package("stable_baselines3").PPO, "MlpPolicy", {}
    else:
        algorithm, policy = _package("sb3_contrib").RecurrentPPO, "MlpLstmPolicy"
        extra = {"policy_kwargs": {"lstm_hidden_size": 64}}
    vectors = _package("stable_baselines3.common.vec_env")
    monitor = _package("stable_baselines3.common.monitor").Monitor
    with global_generators_kept():
        envs = vectors.DummyVecEnv([lambda: monitor(make_env())] * n_envs)
        steps = _episode_steps(envs.envs[0])
        n_steps = steps * -(-_MIN_ROLLOUT // steps)
        model = algorithm(
            policy,
            envs,
            n_steps=n_steps,
            batch_size=n_steps * n_envs // 4 or n_steps * n_envs,
            n_epochs=10,
            gamma=0.99,
            gae_lambda=0.95,
            clip_range=0.2,
            ent_coef=0.01,
            learning_rate=6e-3,
            seed=seed,
            device="cpu",
            stats_window_size=_WINDOW,
            **extra,
        )
        watch = _watch(seconds, stop_at)
        start = time.perf_counter()
        model.learn(total_timesteps or ENDLESS, callback=watch)
        spent = time.perf_counter() - start
        envs.close()
    return Baseline(name, model, int(model.num_timesteps), spent)


def _check_budget(name: str, seconds: float | None, total_timesteps: int | None, n_envs: int) -> None:
    if name not in get_args(BaselineName):
        raise UsageError(f"no baseline {name!r}; choose {' or '.join(get_args(BaselineName))}")
    if seconds is None and total_timesteps is None:
        raise UsageError("a baseline needs a budget; give seconds, total_timesteps or both")
    for what, value in (("seconds", seconds), ("total_timesteps", total_timesteps), ("n_envs", n_envs)):
        if value is not None and not value > 0:
            raise UsageError(f"{what} must be above 0, got {value}; leave it out for no such limit")


def _package(name: str) -> ModuleType:
    """Import a module of the optional extra."""
    try:
        return import_module(name)
    except ImportError as error:
        missing = name.split(".")[0].replace("_", "-")
        raise UsageError(f"baselines need {missing}, not installed; pip install 'motifkit[bench]'") from error


def _episode_steps(env: Environment) -> int:
    known = env.get_wrapper_attr("spec") if env.has_wrapper_attr("spec") else None
    found = getattr(known, "max_episode_steps", None)
    if found is None and env.has_wrapper_attr("delay"):
        found = env.get_wrapper_attr("delay")
    return int(found or 256)


def _watch(seconds: float | None, stop_at: float | None) -> BaseCallback:
    """Callback that ends the training when time is up or the task is learned."""
    callbacks = _package("stable_baselines3.common.callbacks")

    class Watch(callbacks.BaseCallback):  # type: ignore[misc, name-defined]
        def _on_training_start(self) -> None:
            self.start = time.perf_counter()

        def _on_step(self) -> bool:
            in_time = seconds is None or time.perf_counter() - self.start < seconds
            return in_time and not self._learned()

        def _learned(self) -> bool:
            recent = self.model.ep_info_buffer
            if stop_at is None or len(recent) < _WINDOW:
                return False
            return bool(np.mean([episode["r"] for episode in recent]) >= stop_at)

    watch: BaseCallback = Watch()
    return watch
