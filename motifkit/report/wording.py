"""Numbers, dates and sentences about mining results, as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from motifkit.words import counted, listed

if TYPE_CHECKING:
    from motifkit.types import MiningResult, Motif, Occurrence, Outcome, TrajectoryDataset

ALPHA = 0.05
_LEVEL = f"{ALPHA:g}".removeprefix("0")

_METHOD_NAMES = {"matrix_profile": "matrix profile", "sax": "SAX", "dtw": "DTW"}
_MIN_SURROGATES = 20  # with fewer the smallest p-value, 1 / (n + 1), does not come below ALPHA


def number(x: float) -> str:
    """Number with about three digits, "-" for NaN.

    Examples
    --------
    >>> number(5.23), number(1234.5), number(0.0), number(0.00123), number(float("nan"))
    ('5.2', '1,234', '0.0', '0.0', '-')
    """
    if math.isnan(x):
        return "-"
    return f"{x:,.1f}" if abs(x) < 100 else f"{x:,.0f}"


def measure(x: float) -> str:
    """Distance with three digits, "-" for NaN.

    Examples
    --------
    >>> measure(0.2137), measure(12345.0), measure(float("nan"))
    ('0.214', '1.23e+04', '-')
    """
    return "-" if math.isnan(x) else f"{x:.3f}" if 0.001 <= abs(x) < 10 or x == 0 else f"{x:.3g}"


def probability(p: float) -> str:
    """P- or q-value with three decimals and no leading zero, "-" for NaN.

    Examples
    --------
    >>> probability(0.01), probability(1e-9), probability(float("nan"))
    ('.010', '<.001', '-')
    """
    if math.isnan(p):
        return "-"
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0") if p < 0.9995 else "1"


def percent_decimals(outcomes: Sequence[Outcome]) -> int:
    """Decimals that show returns in percent as exactly as their intervals deserve: 2 to 5."""
    widths = [o.high - o.low for o in outcomes if math.isfinite(o.high - o.low) and o.high > o.low]
    if not widths:
        return 2
    from statistics import median  # not at the start: `motifkit --help` imports this module

    return min(max(1 - math.floor(math.log10(50 * median(widths))), 2), 5)


def percent(x: float, decimals: int = 2, sign: str = "%") -> str:
    """Return in percent, with its sign.

    Examples
    --------
    >>> percent(0.0042), percent(-0.1, 1, ""), percent(float("nan"))
    ('+0.42%', '-10.0', '-')
    """
    return "-" if math.isnan(x) else f"{100 * x:+.{decimals}f}{sign}"


def return_interval(outcome: Outcome, decimals: int = 2) -> str:
    """Mean forward return with its 95% interval.

    Examples
    --------
    >>> from motifkit.types import Outcome
    >>> return_interval(Outcome(4, 31, 0.0042, 0.001, 0.0032, -0.002, 0.008, 0.1, 0.3))
    '+0.42% [-0.10, +0.90]'
    """
    # The interval is of the lift; moved by the usual return it is the mean's.
    low, high = (percent(outcome.unconditional + x, decimals, "") for x in (outcome.low, outcome.high))
    return f"{percent(outcome.mean, decimals)} [{low}, {high}]"


def time_unit(motifs: Sequence[Motif]) -> str:
    """Unit to show times in: "D" when all lie at midnight, else "m"."""
    times = [o.start_time for m in motifs for o in m.occurrences if o.start_time is not None]
    return "D" if all(t == t.astype("datetime64[D]") for t in times) else "m"


def begin(occurrence: Occurrence, unit: str, *, name_episode: bool = False) -> str:
    """Where an occurrence begins: its date, or its row (in which episode) when the data carry no time.

    Examples
    --------
    >>> from motifkit.types import Occurrence
    >>> begin(Occurrence(0, 1200, 1204, 0.1), "D")
    'row 1,200'
    >>> begin(Occurrence(2, 86, 90, 0.1), "D", name_episode=True)
    'ep 2 row 86'
    """
    if occurrence.start_time is None:
        return (
            f"ep {occurrence.episode} row {occurrence.start:,}"
            if name_episode
            else f"row {occurrence.start:,}"
        )
    return str(occurrence.start_time.astype(f"datetime64[{unit}]")).replace("T", " ")


def title(result: MiningResult) -> str:
    """What was mined and how, in one line.

    Examples
    --------
    >>> from motifkit.types import MiningResult
    >>> title(MiningResult((), "sax", {"length": 4, "normalize": "zscore", "n_surrogates": 99}, ("Close",)))
    'SAX: no motifs of 4 rows (zscore, 99 surrogates)'
    """
    parameters = result.parameters
    n = len(result.motifs)
    what = counted(n, "motif") if n else "no motifs"
    if "length" in parameters:
        what += f" of {parameters['length']} rows"
    elif parameters.get("lengths"):
        what += f" of {min(parameters['lengths'])} to {max(parameters['lengths'])} rows"
    how = [str(parameters["normalize"])] if "normalize" in parameters else []
    if parameters.get("joint") and len(result.channels) > 1:
        how.append("channels jointly")
    if "n_surrogates" in parameters:
        how.append(_surrogates(int(parameters["n_surrogates"]), parameters.get("n_surrogates_mined")))
    return f"{_METHOD_NAMES[result.method]}: {what}" + (f" ({', '.join(how)})" if how else "")


def _surrogates(n: int, n_mined: int | None) -> str:
    if n_mined is None or not 0 < n_mined < n:
        return counted(n, "surrogate")
    return f"stopped after {n_mined} of {counted(n, 'surrogate')}"


def significance_sentence(result: MiningResult, left_out: int = 0) -> str:
    """Say how many motifs are more than chance explains.

    Parameters
    ----------
    result : MiningResult
    left_out : int
        Motifs that were dropped since chance explains them.

    Examples
    --------
    >>> from motifkit.types import MiningResult
    >>> significance_sentence(MiningResult((), "sax", {}, ("Close",)))
    'No motif was found: no shape recurs.'
    """
    motifs = result.motifs
    n, n_significant = len(motifs) + left_out, sum(motif.is_significant(ALPHA) for motif in motifs)
    level = f"q < {_LEVEL}"
    if not n:
        return "No motif was found: no shape recurs."
    if motifs and all(math.isnan(motif.q_value) for motif in motifs):
        return "Significance was not computed (no surrogates): nothing here distinguishes these motifs from chance."
    if not n_significant:
        few_of_them = {1: "the only motif: it does not have", 2: "both motifs: neither has"}
        these = few_of_them.get(n, f"all {n} motifs: none has")
        as_what = "it as a description, not as a signal" if n == 1 else "them as descriptions, not as signals"
        advice = "none is kept" if left_out else f"treat {as_what}"
        return f"Chance explains {these} {level}; {advice}.{_too_few_surrogates(result)}"
    verb = "is" if n_significant == 1 else "are"
    if n_significant == n:
        all_of_them = {1: "The motif is", 2: "Both motifs are"}.get(n, f"All {n} motifs are")
        return f"{all_of_them} more than chance explains ({level})."
    sentence = f"{n_significant} of {n} motifs {verb} more than chance explains ({level})"
    if left_out:
        return f"{sentence}; the rest are left out."
    return f"{sentence}, marked *; treat the rest as descriptions, not as signals."


def _too_few_surrogates(result: MiningResult) -> str:
    n = result.parameters.get("n_surrogates")
    if not isinstance(n, int) or not 0 < n < _MIN_SURROGATES:
        return ""
    return f" With {counted(n, 'surrogate')} no q-value can be below {1 / (n + 1):.2f}: use 99."


def outcome_sentence(result: MiningResult, dataset: TrajectoryDataset | None = None) -> str:
    """Say whether returns after motifs differ from the usual ones; promises nothing.

    Where there are none, the data tell why.

    Examples
    --------
    >>> from motifkit.types import MiningResult
    >>> outcome_sentence(MiningResult((), "sax", {}, ("Close",)))
    ''
    """
    outcomes = [motif.outcome for motif in result.motifs if motif.outcome is not None]
    if not outcomes:
        return _no_outcome(result, dataset) if any(motif.count for motif in result.motifs) else ""
    different = [m.label for m in result.motifs if m.outcome is not None and m.outcome.q_value < ALPHA]
    if not different:
        return (
            f"No motif is followed by returns{_of_price(result)} that differ from the usual (q >= {_LEVEL})."
        )
    bars = counted(outcomes[0].horizon, "bar")
    return (
        f"After {listed(different)} the returns{_of_price(result)} over {bars} differed from the usual (q < {_LEVEL}): "
        "what happened, not what will."
    )


def _of_price(result: MiningResult) -> str:
    """Which price the returns are of, unless it is the only thing that was mined."""
    price = result.parameters.get("price_column")
    return "" if price is None or result.channels == (price,) else f" of {price}"


def _no_outcome(result: MiningResult, dataset: TrajectoryDataset | None) -> str:
    bars = counted(int(result.parameters.get("horizon") or result.motifs[0].length), "bar")
    if dataset is None:
        why = f"they take prices that are all positive, and {bars} after an occurrence"
    elif any(episode.prices is not None for episode in dataset.episodes):
        why = f"no occurrence has {bars} after it"
    else:
        why = "the data hold no prices, or some that are not positive"
    return f"Forward returns were not computed: {why}."
