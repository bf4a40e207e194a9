"""`--bank` of `motifkit train`: an agent whose motifs were mined. torch is imported on use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from motifkit.errors import DataError, UsageError
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.memory.motif_bank import MotifMemoryBank

_SIZES = ("n_motifs", "motif_len", "mem_dim")


def with_sizes_of_bank(given: Mapping[str, Any], asked: set[str]) -> dict[str, Any]:
    """What was asked for, with the sizes of the bank in the file that it names.

    Parameters
    ----------
    given : mapping
        Values of the options of `motifkit train`, with `bank`.
    asked : set of str
        Names of those that are not defaults.

    Raises
    ------
    UsageError
        When another size was asked for.
    FileAccessError, CorruptFileError
        When the file cannot be read; when it is damaged or no bank.
    """
    from motifkit.seeding.bank_file import load_bank

    bank, _ = load_bank(given["bank"])
    sizes = {name: getattr(bank, name) for name in _SIZES}
    for name, size in sizes.items():
        if name in asked and given[name] != size:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is {size} in {given['bank']}, not {given[name]}; leave {option} out")
    return {**given, **sizes}


def bank_for(env: Any, path: str, device: str) -> MotifMemoryBank:
    """Bank in a file, for an agent of an environment.

    Raises
    ------
    DataError
        When it was made for observations or actions of another width.
    FileAccessError, CorruptFileError
        When the file cannot be read; when it is damaged or no bank.
    """
    from motifkit.action_heads import action_dims
    from motifkit.agents.environments import obs_dim_of
    from motifkit.seeding.bank_file import load_bank

    bank, _ = load_bank(path, device)
    widths = ("observation", bank.obs_dim, (obs_dim_of(env.observation_space),))
    for name, of_bank, of_env in (widths, ("action", bank.action_dim, action_dims(env.action_space))):
        if of_bank not in of_env:
            n = " or ".join(map(str, of_env))
            raise DataError(
                f"{path} was made for {counted(of_bank, 'feature')} of an {name}, but the environment has {n}; "
                "seed a bank for this environment"
            )
    return bank
