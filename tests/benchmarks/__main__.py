"""Runs every benchmark, each in a process of its own: `python -m tests.benchmarks [NAME ...]`.

A name picks one, `profile` for `bench_profile.py`. Ends with 1 when one of them fails; the others still run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def found() -> list[str]:
    """Names of the benchmarks, sorted."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all; the exit code."""
    names = found()
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}\n")
        return 2
    failed = []
    for name in wanted or names:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", f"tests.benchmarks.bench_{name}"]
        if subprocess.run(command, cwd=FOLDER.parent.parent, check=False).returncode:
            failed.append(name)
        sys.stdout.write("\n")
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
