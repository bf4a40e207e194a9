"""What the README and the docstrings show works: every block and every example is run."""

import doctest
import importlib
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

import motifkit
from motifkit.cli.commands import cli

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


README_TEXT = README.read_text(encoding="utf-8")


def enter_folder(place, monkeypatch):
    """Go to the folder, where the data are, and a `motifkit` of this checkout that is found there."""
    (place / "datasets").symlink_to(ROOT / "datasets")
    (place / "bin").mkdir()
    command = place / "bin" / "motifkit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m motifkit "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    paths = [str(place / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    for name, value in {
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "agg",
        "COLUMNS": "140",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place)


def run_block(language, code):
    """Exit code and output, in this directory, of a Python block or of a command.

    motifkit's commands run in this process, which has loaded torch: that saves seconds each.
    """
    if language == "python":
        with redirect_stdout(StringIO()) as printed:
            exec(compile(code, "<block>", "exec"), {"__name__": "__main__"})
        return 0, printed.getvalue()
    if code.startswith("motifkit ") and not set("|<>&;$*") & set(code):
        result = CliRunner().invoke(cli, shlex.split(code)[1:])
        return result.exit_code, result.output
    done = subprocess.run(["/bin/sh", "-c", code], capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(600)  # half a minute of work alone, several where cores are shared
def test_readme_blocks_run(tmp_path, monkeypatch):
    """In one folder, since later blocks read what earlier ones write; the first table is what is printed."""
    enter_folder(tmp_path, monkeypatch)
    mined = re.search(
        r"^```console\n\$ (motifkit mine .*)\n```\n\n```text\n((?:(?!```).*\n)+)```", README_TEXT, re.M
    )
    printed = {}
    for language, code in blocks(README_TEXT):
        for run in [code] if language == "python" else commands(code):
            status, printed[run] = run_block(language, run)
            assert status == 0, f"{run}\n{printed[run]}"
    lines = [line.rstrip() for line in printed[mined[1]].splitlines()]
    assert all(line in lines for line in mined[2].splitlines()), printed[mined[1]]


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
