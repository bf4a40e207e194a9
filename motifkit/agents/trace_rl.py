"""The agent: acts on its episode so far and on what its memory answers, and learns both end to end."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from motifkit.agents.acting import ActingState, act
from motifkit.agents.adam import Adam
from motifkit.agents.building import action_dim_for, learned_weights, make_policy, retention_of, shaping_of
from motifkit.agents.checkpoint import load_agent, save_agent
from motifkit.agents.collecting import Worlds
from motifkit.agents.config import AgentConfig
from motifkit.agents.curriculum import Curriculum
from motifkit.agents.environments import EnvLike, obs_dim_of, one_of, spaces_of
from motifkit.agents.evaluating import Evaluation, evaluate
from motifkit.agents.hindsight import require_relabel
from motifkit.agents.learning import learn
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.agents.run_log import RunLog
from motifkit.memory.episodic import episodic_buffer
from motifkit.memory.initialise import drawn_from
from motifkit.memory.motif_bank import MotifMemoryBank

_EPS = 1e-5  # of Adam


class TraceRL:
    """Agent with a memory, trained by proximal policy optimisation over whole episodes.

    Parameters
    ----------
    policy_class : class
        `StrategicMemoryTransformerPolicy`, `StrategicCombinedMemoryPolicy`, or one of your own with the
        per-step interface `forward(trajectory, obs_t, actions, rewards)`, which trains more slowly.
    env : gymnasium.Env, gymnasium.vector.VectorEnv, or function that makes a gymnasium.Env
        An instance is copied at the start of each `learn`, so that `agent.env.delay = 16` works in between.
    memory : memory, optional
        Any memory of `motifkit.memory`, or one with a method `retrieve(context_traj)`. None goes without.
    memory_learn_retention : bool
        Whether the usefulness of memory slots is learned; otherwise all stay at 0 and the oldest goes.
    memory_retention_coef : float
        How fast: the weight of the usefulness loss.
    aux_modules : iterable of AuxModule, optional
        Heads with losses of their own; their `feat_dim` must be the policy's.
    intrinsic_expl, intrinsic_eta : bool, float
        Whether rarely seen observations are rewarded, and how much.
    use_rnd, rnd_emb_dim, rnd_lr : bool, int, float
        Random network distillation: reward for what a network cannot predict yet, scaled by `intrinsic_eta`.
    reward_norm : bool
        Divide rewards by the running deviation of the discounted return.
    her : bool
        Learn also from episodes relabelled in hindsight; the environment must have `relabel`.
    lam, gamma, ent_coef, learning_rate : float
        Trace decay, discount, weight of the entropy, Adam's step.
    verbose : int
        0 says nothing, 1 writes a line every `log_interval` updates.
    device : str
        Where the networks live.
    n_envs : int
        Episodes played side by side for an update; a vector environment keeps its own number.
    clip_range, n_epochs, n_minibatches, vf_coef, max_grad_norm, target_kl
        See `motifkit.agents.ppo.PPOSettings`.
    max_episode_steps : int, optional
        Longer episodes are cut short there. None waits for their end, 20,000 steps at most.
    n_rounds : int, optional
        Rounds of episodes for each update. None takes one, or a world's worth where episodes share worlds.
    policy_kwargs : dict, optional
        Further arguments of the policy, such as `nhead`.
    curriculum : Curriculum, optional
        Sets an attribute of the environment stage by stage.
    log_dir : path, optional
        Directory for `log.jsonl`, a line an update. None keeps `history` in memory alone.
    tensorboard : bool
        Also write TensorBoard events to `log_dir`.
    seed : int, optional
        Makes everything repeat bit by bit, for the same number of threads, but for the first weights of
        `memory` and `aux_modules`, which whoever made them seeded. None draws one.

    Attributes
    ----------
    env, policy, memory
        As given or made.
    network : UnrolledPolicy
        What acts and learns: the policy, or a wrapper that gives a policy of your own the batched methods.
    worlds : Worlds, optional
        Hidden world and round that the next update begins with; None before the first `learn`.
    history : list of dict
        One an update: update, timesteps, episodes, return_mean, return_std, length_mean, losses, seconds.
    num_timesteps : int
        Steps learned from so far.

    Raises
    ------
    UsageError
        For arguments that do not fit together; the message says which.

    Examples
    --------
    >>> from motifkit.envs.memory_task import MemoryTaskEnv
    >>> from motifkit.policies import StrategicMemoryTransformerPolicy
    >>> agent = TraceRL(StrategicMemoryTransformerPolicy, MemoryTaskEnv(delay=2), n_envs=8, seed=0)
    >>> agent.learn(total_timesteps=64).num_timesteps
    64
    """

    def __init__(
        self,
        policy_class: type[nn.Module],
        env: EnvLike,
        memory: Any = None,
        memory_learn_retention: bool = False,
        memory_retention_coef: float = 0.01,
        aux_modules: Iterable[nn.Module] | None = None,
        intrinsic_expl: bool = False,
        intrinsic_eta: float = 0.01,
        use_rnd: bool = False,
        rnd_emb_dim: int = 32,
        rnd_lr: float = 1e-3,
        reward_norm: bool = False,
        her: bool = False,
        lam: float = 0.95,
        gamma: float = 0.99,
        ent_coef: float = 0.01,
        learning_rate: float = 2e-3,
        verbose: int = 0,
        device: str = "cpu",
        *,
        n_envs: int = 64,
        clip_range: float = 0.2,
        n_epochs: int = 2,
        n_minibatches: int = 4,
        vf_coef: float = 0.5,
        max_grad_norm: float = 0.5,
        target_kl: float | None = None,
        max_episode_steps: int | None = None,
        n_rounds: int | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        curriculum: Curriculum | None = None,
        log_dir: str | Path | None = None,
        tensorboard: bool = False,
        seed: int | None = None,
    ) -> None:
        self.config = AgentConfig(
            memory_learn_retention=memory_learn_retention,
            memory_retention_coef=memory_retention_coef,
            intrinsic_expl=intrinsic_expl,
            intrinsic_eta=intrinsic_eta,
            use_rnd=use_rnd,
            rnd_emb_dim=rnd_emb_dim,
            rnd_lr=rnd_lr,
            reward_norm=reward_norm,
            her=her,
            lam=lam,
            gamma=gamma,
            ent_coef=ent_coef,
            learning_rate=learning_rate,
            verbose=verbose,
            device=device,
            n_envs=n_envs,
            clip_range=clip_range,
            n_epochs=n_epochs,
            n_minibatches=n_minibatches,
            vf_coef=vf_coef,
            max_grad_norm=max_grad_norm,
            target_kl=target_kl,
            max_episode_steps=max_episode_steps,
            n_rounds=n_rounds,
            policy_kwargs=policy_kwargs,
            seed=seed,
        )
        self.settings = self.config.ppo()
        self.env, self.memory, self.curriculum = env, memory, curriculum
        self.n_envs, self.n_rounds = self.config.n_envs, self.config.n_rounds
        self.max_episode_steps = self.config.max_episode_steps
        self.observation_space, self.action_space = spaces_of(env)
        self.obs_dim = obs_dim_of(self.observation_space)
        self.action_dim = action_dim_for(memory, self.action_space)
        self.device, self.verbose = torch.device(self.config.device), self.config.verbose
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else int(seed)
        self.rng = np.random.default_rng(self.seed)
        self.generator = torch.Generator(self.device).manual_seed(self.seed)
        self.hindsight_env = one_of(env) if self.config.her else None
        if self.config.her:
            require_relabel(self.hindsight_env)
        with drawn_from(self.seed):
            network = make_policy(
                policy_class,
                memory,
                aux_modules,
                policy_kwargs or {},
                self.obs_dim,
                self.action_dim,
                self.action_space,
            )
        network.to(self.device).eval()  # dropout would make old and new probabilities differ by chance
        self.network: UnrolledPolicy = network
        self.policy: Any = getattr(network, "inner", network)
        self.retention = retention_of(self.config, memory)
        self.shaping = shaping_of(self.config, self.obs_dim, self.seed)
        self.log = RunLog(log_dir, verbose=self.verbose, tensorboard=tensorboard)
        self.history: list[dict[str, Any]] = []
        self.num_timesteps = self.n_updates = self.n_episodes = 0
        self.worlds: Worlds | None = None

    @cached_property
    def optimiser(self) -> Adam:
        """Of the weights that there are when learning begins."""
        return Adam(learned_weights(self.network, self.memory), self.config.learning_rate, eps=_EPS)

    # -- learning

    def learn(
        self,
        total_timesteps: int,
        log_interval: int = 10,
        callback: Any = None,
        progress_bar: bool = False,
    ) -> TraceRL:
        """Learn for at least so many steps more.

        Parameters
        ----------
        total_timesteps : int
            Steps of the environments, all together; the batch of episodes that passes it is finished.
        log_interval : int
            Updates between two lines, with `verbose=1`.
        callback : callable, object with `on_update`, or list of these, optional
            Called with the agent after every update; False stops.
        progress_bar : bool
            Show a bar on stderr.

        Returns
        -------
        TraceRL
            The agent itself.

        Raises
        ------
        DivergedError
            When numbers stop being finite; weights and Adam's moments are then those before that update.
        DataError
            When the environment gives numbers that are not finite, or does not end its episodes.
        """
        learn(self, total_timesteps, log_interval, callback, progress_bar)
        return self

    # -- acting

    def predict(
        self,
        observation: Any,
        state: ActingState | None = None,
        episode_start: Any = None,
        deterministic: bool = False,
        reward: Any = None,
    ) -> tuple[Any, ActingState]:
        """Action for an observation, as in stable-baselines3.

        Parameters
        ----------
        observation : array
            Of one environment, or of several with their number in front.
        state : ActingState, optional
            What the last call gave back, which this call uses up: the agent acts on its whole episode. None
            starts a new one.
        episode_start : bool or (n,) bool array, optional
            Where a new episode begins with this observation.
        deterministic : bool
            Take the likeliest action instead of drawing one.
        reward : float or (n,) array, optional
            Paid for the last action; None means 0.

        Returns
        -------
        action : array, or a number for one environment with a Discrete space
        state : ActingState
            For the next call.

        Raises
        ------
        DataError
            When the observation has another shape or is not finite.
        """
        return act(self, observation, state, episode_start, deterministic, reward)

    def evaluate(
        self,
        env: EnvLike | None = None,
        n_episodes: int = 100,
        deterministic: bool = True,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> Evaluation:
        """Play fresh episodes without learning, with the memory as it is.

        Parameters
        ----------
        env : environment, optional
            Another one than the agent's own.
        n_episodes : int
            Exactly so many, played in equal batches; where episodes share worlds, whole worlds of at least so
            many.
        deterministic : bool
            Take the likeliest actions.
        seed : int, optional
            Of the episodes; None draws one that training never uses.
        options : dict, optional
            Passed to the environment's `reset`; those that name a world come before the one that is drawn.

        Returns
        -------
        Evaluation
            Where episodes share worlds, the memory starts empty and lives for a world; it is put back after.

        Raises
        ------
        DataError
            When the environment has other spaces, or does not end its episodes.
        """
        return evaluate(self, self.env if env is None else env, n_episodes, deterministic, seed, options)

    # -- parts

    def get_episodic_buffer(self) -> Any:
        """The episodic memory, None without one."""
        return episodic_buffer(self.memory)

    def get_motif_bank(self) -> Any:
        """The motif bank, None without one."""
        parts = self.memory.modules() if isinstance(self.memory, nn.Module) else ()
        return next((part for part in parts if isinstance(part, MotifMemoryBank)), None)

    # -- files

    def save(self, path: str | Path) -> Path:
        """Write everything that learning goes on from to one file, whole or not at all.

        Of policies, memories and auxiliary modules of your own it holds the `state_dict()` where they are torch
        modules, which `load` puts back into those that are given to it; what they keep elsewhere, such as a list
        of episodes, is yours to save.

        Raises
        ------
        FileAccessError
            When it cannot be written.
        """
        return save_agent(self, path)

    @classmethod
    def load(cls, path: str | Path, env: EnvLike | None = None, **changes: Any) -> TraceRL:
        """Agent that `save` wrote, which learns on as if it had never stopped.

        Parameters
        ----------
        path : str or path
        env : environment, optional
            With the spaces that the agent was trained on. None makes the one that the file names, for
            environments registered with gymnasium that have JSON values as arguments and no wrappers but those of
            `gymnasium.make`.
        **changes
            Arguments of `TraceRL` to change, and `policy_class`, `memory` or `aux_modules` where they are of
            your own making, which the file cannot bring back. A `seed` begins the random numbers anew, as does
            a `device` of another kind for those that draw actions; parts of the reward that were not in use
            begin with nothing seen.

        Raises
        ------
        FileAccessError, CorruptFileError
            When the file cannot be read; when it is damaged or no checkpoint.
        DataError
            When the environment has other spaces.
        UsageError
            When something of your own making is missing, or does not fit, or the file does not say how its
            environment is made.
        """
        return load_agent(cls, path, env, changes)
