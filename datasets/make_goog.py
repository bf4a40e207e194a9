"""Write goog.csv: the daily Google prices that ship with matplotlib as `goog.npz` in its sample data.

Run: python datasets/make_goog.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib import cbook

COLUMNS = {
    "Date": "date",
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Volume": "volume",
    "Adj Close": "adj_close",
}


def write(path: Path) -> int:
    """Write the bars to `path` and return how many there are."""
    with np.load(cbook.get_sample_data("goog.npz", asfileobj=False), allow_pickle=False) as archive:
        bars = archive["price_data"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(zip(*(bars[name].tolist() for name in COLUMNS.values()), strict=True))
    return len(bars)


if __name__ == "__main__":
    target = Path(__file__).parent / "goog.csv"
    print(f"{target.name}: {write(target)} bars")
