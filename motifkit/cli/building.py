"""From the plan of a training to environment and agent. torch and gymnasium are imported on use."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from motifkit.cli.plan import TrainingPlan
from motifkit.cli.run_directory import RunDirectory
from motifkit.errors import UsageError

if TYPE_CHECKING:
    from motifkit.agents.curriculum import Curriculum
    from motifkit.agents.trace_rl import TraceRL

MEMORY_TASK = "memory-task"

_STEPS = {MEMORY_TASK: 5_000_000}
_OTHER_STEPS = 1_000_000


def settled(given: Mapping[str, Any]) -> tuple[TrainingPlan, Any]:
    """Plan and environment, with what depends on the environment filled in.

    Parameters
    ----------
    given : mapping
        Fields of the plan; `steps` and `until` may be None, and `until` infinite.

    Raises
    ------
    UsageError
        For an environment that cannot be made, or options that do not fit together.
    """
    from motifkit.envs.registration import make_env
    from motifkit.evaluation.benchmark_table import SOLVED

    values = dict(given)
    env = make_env(values["env"], **values["env_args"])
    if values["steps"] is None:
        values["steps"] = _STEPS.get(values["env"], _OTHER_STEPS)
    if values["until"] is None:
        spec = getattr(env, "spec", None)
        values["until"] = SOLVED if values["env"] == MEMORY_TASK else getattr(spec, "reward_threshold", None)
    elif math.isinf(values["until"]):
        values["until"] = None
    plan = TrainingPlan(**values)
    if plan.curriculum:
        if "delay" in plan.env_args:
            raise UsageError("--curriculum sets the delay itself; leave out the other delay")
        if plan.until is None:
            raise UsageError("--curriculum needs --until, the mean return that masters a stage")
        if not hasattr(env.unwrapped, "delay"):
            raise UsageError(
                f"--curriculum goes through delays, but {plan.env} has none; leave it out, or choose {MEMORY_TASK}"
            )
        _curriculum(plan).apply(env)
    return plan, env


def _curriculum(plan: TrainingPlan) -> Curriculum:
    from motifkit.agents.curriculum import Curriculum

    assert plan.until is not None
    return Curriculum(tuple(plan.curriculum or ()), threshold=plan.until)


def make_agent(plan: TrainingPlan, env: Any, **how: Any) -> TraceRL:
    """Agent that has learned nothing yet.

    Parameters
    ----------
    plan : TrainingPlan
    env : gymnasium.Env
    **how
        Arguments of `TraceRL` that are no part of a plan: `log_dir`, `verbose`.
    """
    from motifkit import policies
    from motifkit.agents.trace_rl import TraceRL

    classes = {
        "combined": policies.StrategicCombinedMemoryPolicy,
        "transformer": policies.StrategicMemoryTransformerPolicy,
    }
    memory = _make_memory(plan, env)
    return TraceRL(
        classes[plan.policy],
        env,
        memory,
        memory_learn_retention=plan.learn_retention and plan.memory in ("combined", "episodic"),
        intrinsic_expl=plan.count_bonus,
        use_rnd=plan.rnd,
        reward_norm=plan.reward_norm,
        her=plan.her,
        learning_rate=plan.learning_rate,
        device=plan.device,
        n_envs=plan.n_envs,
        n_epochs=plan.n_epochs,
        n_minibatches=plan.n_minibatches,
        gamma=plan.gamma,
        ent_coef=plan.ent_coef,
        max_episode_steps=plan.max_episode_steps,
        policy_kwargs={"mem_dim": plan.mem_dim} if memory is None else None,
        curriculum=_curriculum(plan) if plan.curriculum else None,
        tensorboard=plan.tensorboard,
        seed=plan.seed,
        **how,
    )


def _make_memory(plan: TrainingPlan, env: Any) -> Any:
    import numpy as np

    from motifkit.agents.building import action_dim_for
    from motifkit.agents.environments import obs_dim_of
    from motifkit.cli.seeded_bank import bank_for
    from motifkit.memory.combined import CombinedMemoryModule
    from motifkit.memory.episodic import StrategicMemoryBuffer
    from motifkit.memory.motif_bank import MotifMemoryBank

    seeded = None if plan.bank is None else bank_for(env, plan.bank, plan.device)
    obs_dim, action_dim = obs_dim_of(env.observation_space), action_dim_for(seeded, env.action_space)
    # Seeds of their own, so that each memory begins alike with the other and without it.
    episodic_seed, motif_seed = (int(n) for n in np.random.SeedSequence(plan.seed).generate_state(2))

    def episodic() -> StrategicMemoryBuffer:
        return StrategicMemoryBuffer(
            obs_dim, action_dim, plan.mem_dim, plan.max_entries, plan.device, seed=episodic_seed
        )

    def motifs() -> MotifMemoryBank:
        return seeded or MotifMemoryBank(
            obs_dim,
            action_dim,
            plan.mem_dim,
            plan.n_motifs,
            plan.motif_len,
            plan.device,
            seed=motif_seed,
        )

    if plan.memory == "combined":
        return CombinedMemoryModule(episodic(), motifs())
    if plan.memory == "episodic":
        return episodic()
    return motifs() if plan.memory == "motif" else None


def begun(plan: TrainingPlan, env: Any, directory: RunDirectory, **how: Any) -> TraceRL:
    """Agent of a new run, whose directory is made once it makes sense; the arguments are those of `make_agent`."""
    agent = make_agent(plan, env, **how)
    directory.begin(plan.as_dict())
    return agent


def resumed(plan: TrainingPlan, directory: RunDirectory, **how: Any) -> TraceRL:
    """Agent of a run that goes on.

    Raises
    ------
    FileAccessError, CorruptFileError
        When there is no checkpoint, or it is damaged.
    DataError
        When it is one of another environment.
    """
    free: dict[str, Any] = {"tensorboard": plan.tensorboard, "learning_rate": plan.learning_rate}
    agent, _ = loaded(plan, directory, **free, **how)
    directory.resume(plan.as_dict())
    agent.log.drop_after(agent.n_updates)  # also where nothing is left to learn
    return agent


def loaded(
    plan: TrainingPlan, directory: RunDirectory, fitted: Mapping[str, Any] | None = None, **how: Any
) -> tuple[TraceRL, Any]:
    """Agent of a run as it was saved last, and its environment at the stage of its curriculum.

    Parameters
    ----------
    plan : TrainingPlan
    directory : RunDirectory
    fitted : mapping, optional
        See `motifkit.cli.plan.fitted_in`.
    **how
        Arguments of `TraceRL.load`.

    Raises
    ------
    FileAccessError, CorruptFileError
        When there is no checkpoint, or it is damaged.
    DataError
        When it is one of another environment.
    """
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.envs.registration import make_env

    directory.require_checkpoint()
    env = make_env(plan.env, **{**plan.env_args, **(fitted or {})})
    how |= {"device": plan.device, "max_episode_steps": plan.max_episode_steps}
    agent = TraceRL.load(directory.checkpoint, env, **how)
    if agent.curriculum is not None and agent.curriculum.attribute not in plan.env_args:
        agent.curriculum.apply(env)
    return agent, env


def require_device(device: str) -> None:
    """Raise a UsageError for a device that torch does not have here."""
    import torch

    try:
        torch.device(device)
    except RuntimeError:
        raise UsageError(f"torch knows no device {device!r}; use cpu or cuda") from None
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"--device {device} cannot be used here ({reason}); use cpu") from None


@contextmanager
def torch_threads(n: int | None) -> Iterator[None]:
    """Let torch use `n` threads while the block runs; None leaves their number alone."""
    import torch

    before = torch.get_num_threads()
    try:
        if n is not None:
            torch.set_num_threads(n)
        yield
    finally:
        torch.set_num_threads(before)
