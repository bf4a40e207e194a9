"""Make the pictures of the documentation: `python docs/make_pictures.py`, from the root of the repository.

The blocks of the pages are run as the tests run them, and what their commands draw is made smaller: fewer dots,
fewer colours.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
MAX_BYTES = 150_000
_WIDTH, _COLOURS = 1_100, 256

# For each page, the pictures that its blocks draw and the names they have in docs/_static.
DRAWN = {
    "quickstart.md": {"motifs.png": "goog.png"},
    "tutorial.md": {"motifs.png": "own.png", "figure-prototypes.png": "rows.png"},
}


def run_blocks(page: Path, folder: Path) -> None:
    """Run the Python blocks and the commands of a page in a folder, in order.

    Parameters
    ----------
    page : Path
        Markdown; what is shown as output is passed over.
    folder : Path
        Where they run. A command may fail, as some of the tutorial are meant to; what it draws is then missing.
    """
    (folder / "datasets").symlink_to(DOCS.parent / "datasets")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for language, code in re.findall(
        r"^```(python|console)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S
    ):
        lines = [line[2:] for line in code.splitlines() if line.startswith("$ ")]
        python = [[sys.executable, "-c", code]]
        for run in python if language == "python" else [["/bin/sh", "-c", line] for line in lines]:
            subprocess.run(run, cwd=folder, env=environment, check=False)


def shrink(source: Path, target: Path) -> None:
    """Write a picture anew, so small that it can lie in the repository.

    Parameters
    ----------
    source, target : Path
        PNG files.

    Raises
    ------
    SystemExit
        When it is too large even so.
    """
    picture = Image.open(source).convert("RGB")
    picture.thumbnail((_WIDTH, 10 * _WIDTH), Image.Resampling.LANCZOS)
    picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE).save(target, optimize=True)
    if target.stat().st_size >= MAX_BYTES:
        raise SystemExit(
            f"{target.name} has {target.stat().st_size:,} bytes, {MAX_BYTES:,} are too many; draw less"
        )


if __name__ == "__main__":
    (DOCS / "_static").mkdir(exist_ok=True)
    for name, pictures in DRAWN.items():
        with tempfile.TemporaryDirectory() as place:
            run_blocks(DOCS / name, Path(place))
            for drawn, kept in pictures.items():
                shrink(Path(place) / drawn, DOCS / "_static" / kept)
