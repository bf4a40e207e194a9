"""A seeded motif bank as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motifkit.errors import CorruptFileError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.memory.tensor_file import read_tensors, write_tensors
from motifkit.version import __version__

FORMAT = "motifkit.bank/1"


def save_bank(
    bank: MotifMemoryBank,
    path: str | Path,
    *,
    about: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a bank to exactly `path`, whole or not at all.

    Parameters
    ----------
    bank : MotifMemoryBank
    path : path
    about : mapping, optional
        JSON values to keep with it, such as `SeedingReport.as_dict()`.
    overwrite : bool

    Raises
    ------
    FileAccessError
        When the file is there and `overwrite` is false, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from motifkit import load_bank
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, n_motifs=3, seed=0)
    >>> path = save_bank(bank, Path(tempfile.mkdtemp()) / "bank.safetensors", about={"source": "goog.csv"})
    >>> again, about = load_bank(path)
    >>> again.n_motifs, about["source"]
    (3, 'goog.csv')
    """
    header = {"version": __version__, "bank": bank.config(), "about": dict(about or {})}
    return write_tensors(path, FORMAT, bank.state_dict(), header, overwrite=overwrite)


def load_bank(path: str | Path, device: str = "cpu") -> tuple[MotifMemoryBank, dict[str, Any]]:
    """Bank that `save_bank` wrote, and what was kept with it.

    Raises
    ------
    FileAccessError, CorruptFileError
        When the file cannot be read; when it is damaged or no bank.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "bank.safetensors"
    >>> _ = save_bank(MotifMemoryBank(obs_dim=1, action_dim=1, n_motifs=3, seed=0), path, about={"of": "nothing"})
    >>> bank, about = load_bank(path)
    >>> bank.n_motifs, about
    (3, {'of': 'nothing'})
    """
    tensors, header = read_tensors(path, FORMAT, "motif bank")
    try:
        bank = MotifMemoryBank(**header["bank"], device=device, seed=0)
        bank.load_state_dict(tensors)
        about = dict(header["about"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CorruptFileError(
            f"{path} does not describe a motif bank ({reason}); use another copy"
        ) from None
    return bank, about
