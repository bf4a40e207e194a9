"""What is compared: a bank in hand, that of an agent, or that in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.action_heads import ActionSpace
from motifkit.agents.environments import EnvLike, one_of, spaces_of
from motifkit.agents.trace_rl import TraceRL
from motifkit.errors import FileAccessError, UsageError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.run_files import CHECKPOINT
from motifkit.seeding.bank_file import load_bank

if TYPE_CHECKING:
    from motifkit.seeding.contexts import Observe


class Opened(NamedTuple):
    """A bank, and the agent that it belongs to, None for a bank alone."""

    bank: MotifMemoryBank
    agent: TraceRL | None


def opened(source: Any, env: EnvLike | None = None) -> Opened:
    """Bank of whatever holds one.

    Parameters
    ----------
    source : MotifMemoryBank, TraceRL, or path
        Of a bank file, a checkpoint, or the directory of a training, which holds one.
    env : environment, optional
        For the agent in a checkpoint; None makes the one that it names.

    Raises
    ------
    UsageError
        When it holds no motif bank, or is something else.
    FileAccessError, CorruptFileError
        When a file cannot be read; when it is damaged or something else.

    Examples
    --------
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, seed=0)
    >>> opened(bank).bank is bank, opened(bank).agent
    (True, None)
    """
    if isinstance(source, MotifMemoryBank):
        return Opened(source, None)
    if isinstance(source, TraceRL):
        return _of_agent(source, "the agent")
    if not isinstance(source, str | Path):
        raise UsageError(
            f"bank_or_checkpoint is a {type(source).__name__}; give a MotifMemoryBank, a TraceRL, or the path of a "
            "bank, a checkpoint or a run"
        )
    path = _file(Path(source))
    if _format_of(path).startswith("motifkit.bank/"):
        return Opened(load_bank(path)[0], None)
    return _of_agent(TraceRL.load(path, env), str(path))


def _of_agent(agent: TraceRL, name: str) -> Opened:
    bank = agent.get_motif_bank()
    if bank is None:
        raise UsageError(
            f"{name} has no motif bank to compare; train one with a MotifMemoryBank in its memory"
        )
    return Opened(bank, agent)


def _file(path: Path) -> Path:
    if not path.exists():
        raise FileAccessError(f"{path} does not exist; name a bank, a checkpoint, or the directory of a run")
    if path.is_dir():
        if not (path / CHECKPOINT).is_file():
            raise FileAccessError(f"{path} holds no {CHECKPOINT}; name the directory of a run, or a file")
        return path / CHECKPOINT
    return path


def _format_of(path: Path) -> str:
    """What a file says that it is; nothing for one that cannot be read, which its reader then says."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return str((file.metadata() or {}).get("format", ""))
    except (OSError, SafetensorError):
        return ""


def observer(agent: TraceRL | None, env: EnvLike | None) -> Observe | None:
    """How the environment, else the agent's own, observes an episode; None where neither says."""
    env = agent.env if env is None and agent is not None else env
    if env is None:
        return None
    one = one_of(env)
    observe = getattr(one, "observations_of", None) or getattr(one.unwrapped, "observations_of", None)
    found: Observe | None = observe
    return found


def action_space_of(agent: TraceRL | None, env: EnvLike | None) -> ActionSpace | None:
    """Action space of the environment, else the agent's own; None where there is neither."""
    if env is not None:
        return spaces_of(env)[1]
    return None if agent is None else agent.action_space
