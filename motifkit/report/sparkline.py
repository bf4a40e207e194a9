"""Small pictures of series in one line of text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(
    values: npt.ArrayLike, width: int | None = None, limits: tuple[float, float] | None = None
) -> str:
    """Draw values with block characters, one each, lowest to highest.

    Parameters
    ----------
    values : (n,) array_like of float
        NaN and infinity are drawn as spaces; a constant series at half height.
    width : int, optional
        Longer series are drawn as the means of so many pieces of about equal length; None draws every value.
    limits : (float, float), optional
        Lowest and highest level, for series on one scale. None takes the lowest and the highest value.

    Returns
    -------
    str
        n characters, at most `width`.

    Raises
    ------
    ValueError
        When `values` has more than one dimension.

    Examples
    --------
    >>> sparkline([1, 2, 3, 8])
    '▁▂▃█'
    >>> sparkline([1, 2, 3, 8], limits=(0, 20))
    '▁▁▂▄'
    >>> sparkline([1, 1, 8, 8], width=2)
    '▁█'
    """
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"values must be one-dimensional, got shape {x.shape}; draw one channel at a time")
    if width is not None and len(x) > width:
        x = np.array([piece.mean() for piece in np.array_split(x, width)])
    known = np.isfinite(x)
    if not known.any():
        return " " * len(x)
    low, high = (x[known].min(), x[known].max()) if limits is None else limits
    if low == high:
        return "".join(_BLOCKS[3] if k else " " for k in known)
    # Halved first, since the span of the largest numbers is itself too large for one.
    level = (x / 2 - low / 2) / (high / 2 - low / 2)
    steps = np.clip(np.where(known, level, 0.0) * len(_BLOCKS), 0, len(_BLOCKS) - 1).astype(int)
    return "".join(_BLOCKS[s] if k else " " for s, k in zip(steps, known, strict=True))
