"""Write planted.csv, in which four shapes recur twelve times each, and planted_truth.csv, where they lie.

Run: python datasets/make_planted.py
"""

from __future__ import annotations

from pathlib import Path

from motifkit.io.samples import planted_series


def write(folder: Path) -> None:
    """Write both files into `folder`."""
    values, truth = planted_series(
        n=2000, n_shapes=4, length=16, count=12, noise=0.25, background="noise", seed=0
    )
    rows = "".join(f"{value:.4f}\n" for value in values)
    (folder / "planted.csv").write_text("value\n" + rows, encoding="utf-8", newline="\n")
    places = "".join(f"{one.start},{one.end},{one.shape}\n" for one in truth)
    (folder / "planted_truth.csv").write_text("start,end,shape\n" + places, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(__file__).parent)
    print("planted.csv, planted_truth.csv: 48 occurrences of 4 shapes in 2000 points")
