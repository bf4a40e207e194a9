"""Datasets from tables: files that were read, and pandas frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from motifkit.errors import DataError
from motifkit.io.columns import choose_columns, column_values, is_adjusted, price_position
from motifkit.io.layout import normalise_name
from motifkit.io.origin import Origin
from motifkit.io.reading import Reading
from motifkit.io.series import build_episode, fingerprint, require_rows
from motifkit.io.table import Table, table_from_frame
from motifkit.types import TrajectoryDataset


def dataset_from_table(table: Table, reading: Reading) -> TrajectoryDataset:
    """Dataset of one episode from a table; see `motifkit.io.prices.read_prices`."""
    if not len(table.frame):
        raise DataError(f"{table.origin.source} has no rows; give at least two rows of numbers")
    chosen = choose_columns(table, reading)
    read, position = list(chosen), price_position([table.fields[j] for j in chosen])
    bare = [normalise_name(name) for name in table.names]
    if reading.price is not None and (wanted := normalise_name(reading.price)) in bare:
        beside = bare.index(wanted)
        read += [] if beside in read else [beside]
        position = read.index(beside)
    values = np.column_stack([column_values(table, j) for j in read])
    names = tuple(table.names[j] for j in chosen)
    origin = table.origin
    episode, repairs = build_episode(
        values,
        table.times,
        names=[table.names[j] for j in read],
        price=position,
        transform=reading.transform,
        na=reading.na,
        origin=origin,
        id=origin.source,
        n_mined=len(chosen),
    )
    require_rows(len(episode), origin.source)
    return TrajectoryDataset(
        (episode,),
        names,
        source=origin.source,
        fingerprint=fingerprint([episode], names),
        transform=reading.transform,
        adjusted=is_adjusted(table, chosen),
        repairs=(*table.notes, *repairs),
        price=None if episode.prices is None else table.names[read[position]],
    )


def table_of(data: pd.DataFrame | pd.Series[Any]) -> Table:
    """Table of a frame, or of a series, which gives one column."""
    if isinstance(data, pd.Series):
        frame = data.to_frame("value" if data.name is None else str(data.name))
    else:
        frame = data
    index, counted = frame.index, isinstance(frame.index, pd.RangeIndex)
    # The label says more than the position, unless the label is the position.
    origin = Origin(type(data).__name__, lambda i: f"row {i}" if counted else f"row {i} ({index[i]})")
    return table_from_frame(frame, origin)
