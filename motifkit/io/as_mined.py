"""New data read as those were in which motifs were mined: the same channels in the same order, the same transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from motifkit.errors import DataError
from motifkit.io.channels import with_channels
from motifkit.io.layout import normalise_name
from motifkit.io.prices import dataset_of
from motifkit.io.reading import Reading
from motifkit.io.series import GapPolicy
from motifkit.types import MiningResult, TrajectoryDataset, Transform

if TYPE_CHECKING:
    from motifkit.io.prices import Data


def read_as_mined(
    data: Data,
    result: MiningResult,
    *,
    column: str | None = None,
    columns: Sequence[str] | Literal["all"] | None = None,
    transform: Transform | None = None,
    na: GapPolicy = "error",
) -> TrajectoryDataset:
    """Dataset to look for the motifs of a result in.

    Parameters
    ----------
    data : path, Series, DataFrame, array, list or TrajectoryDataset
        Arrays have no names, so that their channels are taken in the order in which they are.
    result : MiningResult
    column, columns : optional
        Other columns than those that were mined, as many. The same names in another order are put in the mined order.
    transform : optional
        None takes that of the result.
    na : {"error", "drop", "fill", "keep"}

    Raises
    ------
    DataError
        When the data lack a column that was mined, have another number of channels, or are of another transform.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Open": [1.0, 2.0], "Volume": [10.0, 11.0], "Close": [2.0, 1.0]})
    >>> read_as_mined(frame, MiningResult((), "sax", {}, ("Close", "Open"))).channels
    ('Close', 'Open')
    """
    price = result.parameters.get("price_column")
    reading = Reading(column, columns, transform or result.transform, na)
    if isinstance(data, TrajectoryDataset) and data.transform != reading.transform:
        raise DataError(
            f"{data.source} was read with transform={data.transform!r}, the motifs were mined with "
            f"{result.transform!r}; read it with transform={reading.transform!r}"
        )
    if not reading.names_columns:
        reading = Reading(None, None, reading.transform, na, mined=result.channels, price=price)
    return _in_mined_order(dataset_of(data, reading), result, named=reading.names_columns)


def _in_mined_order(dataset: TrajectoryDataset, result: MiningResult, *, named: bool) -> TrajectoryDataset:
    there = {normalise_name(name) or name: name for name in dataset.channels}
    wanted = [normalise_name(name) or name for name in result.channels]
    distinct = len(there) == len(dataset.channels) and len(set(wanted)) == len(wanted)
    if distinct and set(wanted) <= set(there) and (len(wanted) == len(there) or not named):
        return with_channels(dataset, [there[name] for name in wanted])
    if len(dataset.channels) == len(result.channels):
        return dataset
    raise DataError(
        f"{dataset.source} has {len(dataset.channels)} channels ({', '.join(dataset.channels)}), but the motifs "
        f"have {len(result.channels)} ({', '.join(result.channels)}); choose the same columns"
    )
