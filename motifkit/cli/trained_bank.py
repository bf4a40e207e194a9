"""The motif bank of a run, a checkpoint or a file, with the environment that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.errors import DataError, MotifkitError, UsageError

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.memory.motif_bank import MotifMemoryBank
    from motifkit.types import MiningResult


class TrainedBank(NamedTuple):
    """What is compared, the environment that it was made for, and what the bank's file says, where there is one."""

    bank: MotifMemoryBank
    agent: TraceRL | None
    env: Any
    env_name: str
    about: dict[str, Any]


def trained_bank(trained: str) -> TrainedBank:
    """Bank of a run, a checkpoint or a bank file, with its environment.

    Parameters
    ----------
    trained : str
        Path of any of them.

    Raises
    ------
    UsageError
        When it holds no motif bank, or does not say what environment it was made for.
    FileAccessError, CorruptFileError
        When a file cannot be read; when it is damaged or something else.
    """
    from motifkit.agents.environments import one_of
    from motifkit.cli.plan import TrainingPlan
    from motifkit.cli.run_directory import RunDirectory
    from motifkit.compare.opening import opened
    from motifkit.envs.registration import make_env
    from motifkit.seeding.bank_file import load_bank

    directory = RunDirectory(trained)
    if directory.config.is_file():
        plan = TrainingPlan.read(directory)
        directory.require_checkpoint()
        env = make_env(plan.env, **plan.env_args)
        bank, agent = opened(trained, env)
        return TrainedBank(bank, agent, env, plan.env, _about(plan.bank, bank))
    bank, agent = opened(trained)
    if agent is not None:
        env = one_of(agent.env)
        return TrainedBank(bank, agent, env, env.spec.id if getattr(env, "spec", None) else str(env), {})
    _, about = load_bank(trained)
    if not isinstance(about.get("env"), str):
        raise UsageError(f"{trained} does not say which environment it was made for; compare it in Python")
    return TrainedBank(bank, None, make_env(about["env"], **about.get("env_args", {})), about["env"], about)


def _about(path: str | None, learned: MotifMemoryBank) -> dict[str, Any]:
    """What the file says that an agent's bank came from; nothing when it is no longer there, or another."""
    from motifkit.seeding.bank_file import load_bank

    if path is None:
        return {}
    try:
        bank, about = load_bank(path)
    except MotifkitError:
        return {}
    here = learned.mined_embeds.cpu()
    same = bank.mined_embeds.shape == here.shape and bool((bank.mined_embeds == here).all())
    return about if same else {}


def require_seeded_with(result: MiningResult, trained: TrainedBank, name: str) -> None:
    """Raise a DataError when a bank is known to have been seeded with other motifs."""
    of_bank = [trained.about.get(key) for key in ("fingerprint", "method")]
    if None not in of_bank and of_bank != [result.fingerprint, result.method]:
        raise DataError(
            f"the bank in {name} was seeded with other motifs, which {of_bank[1]} found in "
            f"{trained.about.get('source')}, or in another version of those data; give the motifs it was seeded with"
        )
