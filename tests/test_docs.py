"""What the README and the docstrings show works: every block and every example is run."""

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import motifkit

ROOT = Path(motifkit.__file__).resolve().parent.parent
README = ROOT / "README.md"
SKIPPED = ("make", "pip", "git", "cd", "python -m venv", "python -m pip", ".venv/bin/pip")

_BLOCK = re.compile(r"^```(python|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(text):
    """(language, code) of every block that can be run."""
    return [(match[1], match[2]) for match in _BLOCK.finditer(text)]


def commands(code):
    """Command lines of a console block, continued lines joined; what is shown as output is left out."""
    joined = code.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines()]
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    else:
        lines = [line for line in lines if line and not line.startswith("#")]
    return [line for line in lines if not line.startswith(SKIPPED)]


README_BLOCKS = blocks(README.read_text(encoding="utf-8")) if README.exists() else []


def folder_with_command(place):
    """The folder, with the data and a `motifkit` of this checkout in it."""
    (place / "datasets").symlink_to(ROOT / "datasets")
    (place / "bin").mkdir()
    command = place / "bin" / "motifkit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m motifkit "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return place


def environment_of(folder):
    """Environment in which blocks find that command, and the package."""
    paths = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return {**os.environ, "PATH": os.pathsep.join(paths), "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all blocks, since later ones read what earlier ones write."""
    return folder_with_command(tmp_path_factory.mktemp("readme"))


@pytest.fixture(scope="module")
def environment(folder):
    return environment_of(folder)


@pytest.mark.timeout(600)  # half a minute of work alone, several where cores are shared
def test_readme_blocks_run(folder, environment):
    assert README_BLOCKS
    for language, code in README_BLOCKS:
        runs = (
            [[sys.executable, "-c", code]]
            if language == "python"
            else [["/bin/sh", "-c", line] for line in commands(code)]
        )
        for run in runs:
            done = subprocess.run(
                run, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
            )
            assert done.returncode == 0, f"{run[-1]}\n{done.stdout}\n{done.stderr}"


def modules():
    found = pkgutil.walk_packages(motifkit.__path__, "motifkit.")
    return ["motifkit", *(one.name for one in found if not one.name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_docstring_examples(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not failed


def test_blocks_are_read_as_meant():
    text = "```console\n$ motifkit mine a.csv \\\n    --len 4\noutput\n$ make test\n```\n```text\nno\n```\n"
    assert [commands(code) for _, code in blocks(text)] == [["motifkit mine a.csv      --len 4"]]
    assert commands("# told\nmotifkit demo\nmake mine\npip install x\n") == ["motifkit demo"]
