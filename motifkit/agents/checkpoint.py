"""Everything that an agent learns on from, in one file: safetensors with a JSON header, nothing pickled."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from motifkit.agents.adam import moments_from, moments_of
from motifkit.agents.auxiliary import aux_from_config
from motifkit.agents.building import learned_weights
from motifkit.agents.collecting import Worlds
from motifkit.agents.curriculum import Curriculum
from motifkit.agents.env_description import described_env, env_description
from motifkit.agents.environments import EnvLike, spaces_of
from motifkit.errors import CorruptFileError, DataError, UsageError
from motifkit.memory.combined import CombinedMemoryModule
from motifkit.memory.episodic import StrategicMemoryBuffer, episodic_buffer
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.memory.tensor_file import read_tensors, write_tensors
from motifkit.policies import StrategicCombinedMemoryPolicy, StrategicMemoryTransformerPolicy
from motifkit.version import __version__

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL

FORMAT = "motifkit.checkpoint/1"

_KEPT_RECORDS = 100  # of the history; the log has all of it
_MOST_NAMED = 3  # weights in a message
_OF_SIZES = {"policy_class", "policy_kwargs", "memory", "aux_modules", "rnd_emb_dim"}
_POLICIES = {one.__name__: one for one in (StrategicMemoryTransformerPolicy, StrategicCombinedMemoryPolicy)}
_MEMORIES = {one.__name__: one for one in (StrategicMemoryBuffer, MotifMemoryBank)}


def save_agent(agent: TraceRL, path: str | Path) -> Path:
    """Write a checkpoint; see `TraceRL.save`."""
    return write_tensors(path, FORMAT, _tensors(agent), _header(agent), overwrite=True)


def _tensors(agent: TraceRL) -> dict[str, Tensor]:
    tensors = {f"net.{name}": value for name, value in agent.network.state_dict().items()}
    tensors |= {f"adam.{name}": value for name, value in moments_of(agent.optimiser).items()}
    buffer = episodic_buffer(agent.memory)
    if buffer is not None:
        tensors |= {f"episodes.{name}": value for name, value in buffer.content().items()}
    tensors |= {f"shaping.{name}": value for name, value in agent.shaping.state().items()}
    return tensors | {"generator": agent.generator.get_state()}


def _header(agent: TraceRL) -> dict[str, Any]:
    worlds = agent.worlds
    observation_space, action_space = agent.observation_space, agent.action_space
    return {
        "version": __version__,
        "arguments": agent.config.as_dict(),
        "learning_rate": agent.optimiser.param_groups[0]["lr"],  # which callbacks may have changed
        "seed": agent.seed,
        "policy": type(agent.policy).__name__,
        "memory": _memory_config(agent.memory),
        "aux_modules": [
            one.config() if hasattr(one, "config") else {"class": type(one).__name__}
            for one in agent.network.aux_modules
        ],
        "curriculum": agent.curriculum
        and {"config": agent.curriculum.config(), "state": agent.curriculum.state()},
        "environment": env_description(agent.env),
        "spaces": [str(observation_space), str(action_space)],
        "worlds": worlds and [worlds.rounds_per_world, worlds.world, worlds.round],
        "rng": agent.rng.bit_generator.state,
        "counters": [agent.num_timesteps, agent.n_updates, agent.n_episodes],
        "history": agent.history[-_KEPT_RECORDS:],
    }


def _memory_config(memory: Any) -> dict[str, Any] | None:
    """What makes a memory like this one, None when there is none."""
    if memory is None:
        return None
    if type(memory) is CombinedMemoryModule:
        return {
            "class": "CombinedMemoryModule",
            "episodic_buffer": _memory_config(memory.episodic_buffer),
            "motif_bank": _memory_config(memory.motif_bank),
        }
    name = type(memory).__name__
    return {"class": name, **(memory.config() if type(memory) is _MEMORIES.get(name) else {})}


def load_agent(cls: type[TraceRL], path: str | Path, env: EnvLike | None, changes: dict[str, Any]) -> TraceRL:
    """Read a checkpoint; see `TraceRL.load`."""
    tensors, header = read_checkpoint(path)
    given = set(changes)
    env = _made(header["environment"], path) if env is None else env
    _require_spaces(header["spaces"], env, path)
    parts = {
        "policy_class": changes.pop("policy_class", None) or _policy_class(header["policy"]),
        "memory": changes.pop("memory", None) or _made_memory(header["memory"]),
        "aux_modules": changes.pop("aux_modules", None)
        or [aux_from_config(one) for one in header["aux_modules"]],
    }
    curriculum = header["curriculum"]
    if curriculum and "curriculum" not in changes:
        changes["curriculum"] = Curriculum(**curriculum["config"])
        changes["curriculum"].load_state(curriculum["state"])
    unknown = sorted(set(changes) - set(inspect.signature(cls).parameters))
    if unknown:
        raise UsageError(f"TraceRL has no argument {unknown[0]!r}; see its documentation for those it has")
    agent = cls(env=env, **parts, **{**header["arguments"], "seed": header["seed"], **changes})
    _restore(agent, tensors, header, path, given)
    return agent


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and header of a checkpoint; see `motifkit.memory.tensor_file.read_tensors`."""
    return read_tensors(path, FORMAT, "checkpoint")


def _made(environment: dict[str, Any] | None, path: str | Path) -> Any:
    if environment is None:
        raise UsageError(f"{path} does not say how its environment is made; give env as well")
    return described_env(environment)


def _require_spaces(spaces: list[str], env: EnvLike, path: str | Path) -> None:
    given = [str(space) for space in spaces_of(env)]
    for name, before, now in zip(("observations", "actions"), spaces, given, strict=True):
        if before != now:
            raise DataError(
                f"{path} was trained on {name} {before}, this environment has {now}; give one like that"
            )


def _policy_class(name: str) -> Any:
    if name not in _POLICIES:
        raise UsageError(f"the checkpoint has a policy of your own, {name}; give it as policy_class={name}")
    return _POLICIES[name]


def _made_memory(config: dict[str, Any] | None) -> Any:
    if config is None:
        return None
    name, arguments = config["class"], {key: value for key, value in config.items() if key != "class"}
    if name == "CombinedMemoryModule":
        return CombinedMemoryModule(
            *(_made_memory(arguments[key]) for key in ("episodic_buffer", "motif_bank"))
        )
    if name not in _MEMORIES or not arguments:
        raise UsageError(f"the checkpoint has a memory of your own, {name}; give one like it as memory=")
    return _MEMORIES[name](**arguments, seed=0)


def _restore(
    agent: TraceRL, tensors: dict[str, Tensor], header: dict[str, Any], path: str | Path, given: set[str]
) -> None:
    """Put an agent that was just made where the checkpoint's was, but for what was given anew."""
    try:
        _require_same_weights(agent.network.state_dict(), _under("net", tensors))
        agent.network.load_state_dict(_under("net", tensors))
        agent.optimiser.moments = moments_from(
            learned_weights(agent.network, agent.memory), _under("adam", tensors)
        )
        buffer = episodic_buffer(agent.memory)
        if buffer is not None:
            buffer.load_content(_under("episodes", tensors))
        agent.shaping.load_state(_under("shaping", tensors))
        if "seed" not in given:
            _restore_generators(agent, tensors, header)
    except (RuntimeError, KeyError, ValueError, CorruptFileError) as error:
        reason = str(error.args[0]).splitlines()[0].partition("; use another")[0]
        sizes = sorted(given & _OF_SIZES)
        if sizes:
            raise UsageError(
                f"{path} does not fit {' and '.join(sizes)} as given: {reason}; give what it was trained with"
            ) from None
        raise CorruptFileError(f"{path} does not fit the agent that it is loaded into: {reason}") from None
    if "learning_rate" not in given:
        for group in agent.optimiser.param_groups:
            group["lr"] = header.get("learning_rate", agent.config.learning_rate)
    agent.num_timesteps, agent.n_updates, agent.n_episodes = header["counters"]
    agent.history = header["history"]
    if header["worlds"]:
        rounds_per_world, world, number = header["worlds"]
        agent.worlds = Worlds(rounds_per_world)
        agent.worlds.world, agent.worlds.round = world, number


def _require_same_weights(own: dict[str, Any], saved: dict[str, Tensor]) -> None:
    """Raise a ValueError that names what differs; torch's own takes a line for each weight."""
    differing = [
        f"{name} is {_shape(saved.get(name))} in the file, {_shape(own.get(name))} here"
        for name in [*own, *(name for name in saved if name not in own)]
        if _shape(saved.get(name)) != _shape(own.get(name))
    ]
    if differing:
        more = f", and {len(differing) - _MOST_NAMED} more" if len(differing) > _MOST_NAMED else ""
        raise ValueError(", ".join(differing[:_MOST_NAMED]) + more)


def _shape(value: Any) -> str:
    return "missing" if value is None else str(tuple(getattr(value, "shape", ())))


def _restore_generators(agent: TraceRL, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    agent.rng.bit_generator.state = header["rng"]
    if torch.device(header["arguments"]["device"]).type == agent.device.type:
        agent.generator.set_state(tensors["generator"])
    else:  # states of different kinds of devices do not fit each other
        seed = np.random.SeedSequence([agent.seed, header["counters"][1]]).generate_state(1)[0]
        agent.generator.manual_seed(int(seed))


def _under(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
