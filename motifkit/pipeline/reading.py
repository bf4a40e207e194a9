"""From a TOML file to an experiment; whatever is wrong with it is said in one line before any work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from motifkit.errors import FileAccessError, UsageError, suggestion
from motifkit.pipeline.consistency import require_consistent
from motifkit.pipeline.spec import OPTIONAL, REQUIRED, TABLES, Experiment, known_keys

_BARE_WORD = re.compile(r"(?:\.{0,2}/)*[A-Za-z_][\w:./-]*")  # paths among them


def read_experiment(path: str | Path, settings: Sequence[str] = ()) -> Experiment:
    r"""Experiment that a file describes.

    Parameters
    ----------
    path : str or Path
        TOML.
    settings : sequence of str
        Overrides such as "train.seeds=3": a value is TOML, a bare word is a text.

    Raises
    ------
    FileAccessError
        When the file, or a data file that it names, cannot be read.
    UsageError
        When it is not valid TOML, or has a table, key or value that does not fit; names it, and the nearest that does.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "small.toml"
    >>> text = '[env]\nname = "planted-motif"\n[train]\narms = ["random"]\n'
    >>> _ = path.write_text(text)
    >>> read_experiment(path, ["train.seeds=3", "env.args.noise=0.5"]).env.args
    {'noise': 0.5}
    """
    values = _parsed(Path(path))
    for setting in settings:
        _override(values, setting)
    experiment = _experiment(values, str(path))
    require_consistent(experiment, str(path))
    return experiment


def _parsed(path: Path) -> dict[str, Any]:
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise FileAccessError(f"{path} does not exist; name a pipeline file") from None
    except OSError as error:
        raise FileAccessError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not valid UTF-8 text; name a pipeline file") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        end = f"at line {text.count(chr(10)) + 1}, the end of the file"
        raise UsageError(
            f"{path} is not valid TOML: {str(error).replace('at end of document', end)}"
        ) from None


def _override(values: dict[str, Any], setting: str) -> None:
    """Put the value of "table.key=value" into its place."""
    name, sign, text = setting.partition("=")
    keys = [key.strip() for key in name.split(".")]
    if not sign or len(keys) < 2 or not all(keys):
        raise UsageError(f"--set {setting}: write table.key=value, such as train.seeds=3")
    place = values
    for i, key in enumerate(keys[:-1]):
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            raise UsageError(f"--set {setting}: {'.'.join(keys[: i + 1])} is no table but a value")
    place[keys[-1]] = _value(text.strip(), setting)


def _value(text: str, setting: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
        if parsed.keys() == {"value"}:
            return parsed["value"]
    except tomllib.TOMLDecodeError:
        if _BARE_WORD.fullmatch(text):
            return text
    raise UsageError(f"--set {setting}: {text!r} is no value; write it as in TOML, texts in quotes")


def _experiment(values: Mapping[str, Any], path: str) -> Experiment:
    for name, table in values.items():
        if name not in TABLES:
            known = f"there are {', '.join(f'[{one}]' for one in TABLES)}"
            raise UsageError(f"{path}: unknown table [{name}]{suggestion(name, list(TABLES))}; {known}")
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} must be a table, [{name}], got {table!r}")
    for name in REQUIRED:
        if name not in values:
            raise UsageError(f"{path} lacks the table [{name}]; pipelines/seeding.toml shows one")
    wanted = [name for name in TABLES if name in values or name not in OPTIONAL]
    return Experiment(**{name: _table(name, values.get(name, {}), path) for name in wanted})


def _table(name: str, values: Mapping[str, Any], path: str) -> Any:
    known = known_keys(name)
    for key in values:
        if key not in known:
            near = suggestion(key, known) or f"; it has {', '.join(known)}"
            raise UsageError(f"{path}: [{name}] has no key {key!r}{near}")
    given = {}
    for one in fields(TABLES[name]):
        if one.name not in values:
            if one.default is MISSING and one.default_factory is MISSING:
                raise UsageError(f"{path}: {name}.{one.name} is missing; it must be {_wanted(one)}")
            continue
        value = values[one.name]
        fault = one.metadata["check"].fault(value)
        if fault:
            raise UsageError(f"{path}: {name}.{one.name} {fault}")
        # An int in the place of a float is one, so that 0 and 0.0 are the same experiment.
        is_number = one.type == "float"
        given[one.name] = float(value) if is_number else tuple(value) if isinstance(value, list) else value
    return TABLES[name](**given)


def _wanted(one: Any) -> str:
    return str(one.metadata["check"].wanted)
