"""A miner that costs nothing, so that these tests see the command line and not the mining."""

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest
from click.testing import CliRunner

from motifkit.cli.commands import cli
from motifkit.io.prices import read_prices
from motifkit.io.samples import sample_path
from motifkit.mining.windows import collect_windows
from motifkit.types import MiningResult, Motif, Occurrence, Outcome


def made_result(dataset, length=4, method="matrix_profile", n_motifs=3, *, significant=(0,), **parameters):
    """Result with the given motifs significant, whose occurrences are windows of the data."""
    tested = parameters.get("n_surrogates", 99) > 0
    windows = collect_windows(dataset, length, joint=parameters.get("joint", False))
    motifs = []
    for k in range(n_motifs):
        rows = range(k * length, min(len(windows), 400), n_motifs * length)
        motif = Motif(
            windows.points[k * length].reshape(length, -1),
            made_occurrences(dataset, [int(windows.start[row]) for row in rows], length),
            radius=0.5,
            score=9.0 - k,
            label="ABCDEFGHIJ"[k],
        )
        if tested:
            q = 0.02 if k in significant else 0.4
            motif = replace(motif, expected_count=5.25, p_value=q / 2, q_value=q)
        if dataset.episodes[0].prices is not None:
            bars = parameters.get("horizon") or length
            motif = replace(motif, outcome=made_outcome(bars, motif.count))
        motifs.append(motif)
    kept = {name: value for name, value in parameters.items() if name not in ("progress", "n_threads")}
    return MiningResult(
        tuple(motifs),
        method,
        {"length": length, **kept},
        dataset.channels,
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        transform=dataset.transform,
        n_steps=dataset.n_steps,
        version="0",
    )


def made_occurrences(dataset, starts, length):
    """Occurrences in the first episode, each a little farther away than the one before."""
    times = dataset.episodes[0].timestamps
    ends = [(s, s + length) for s in starts]
    return tuple(
        Occurrence(0, s, e, 0.1 * (i + 1), *(() if times is None else (times[s], times[e - 1])))
        for i, (s, e) in enumerate(ends)
    )


def made_outcome(horizon, n):
    """What followed: a lift that is not significant."""
    return Outcome(horizon, n, 0.0042, 0.001, 0.0032, -0.002, 0.008, 0.1, 0.3)


class FakeMiner:
    """Stands in for the mining modules; remembers how it was called."""

    def __init__(self):
        self.calls = []
        self.significant = (0,)
        self.error = None

    def mine(self, data, length=4, method="matrix_profile", n_motifs=10, **options):
        self.calls.append({"data": data, "length": length, "method": method, "n_motifs": n_motifs, **options})
        if self.error is not None:
            raise self.error
        if options.get("progress"):
            options["progress"]("profile", 1, 1)
        return made_result(data, length, method, 3, significant=self.significant, **options)

    def mine_all(self, data, length=4, n_motifs=10, **options):
        return {
            method: self.mine(data, length, method, n_motifs, **options)
            for method in ("matrix_profile", "sax", "dtw")
        }

    def match(self, result, data, *, horizon=None, **options):
        self.calls.append({"data": data, "horizon": horizon})
        found = made_result(data, result.parameters["length"], n_motifs=len(result.motifs), n_surrogates=0)
        motifs = [
            replace(motif, label=old.label) for motif, old in zip(found.motifs, result.motifs, strict=True)
        ]
        if motifs:
            motifs[-1] = replace(motifs[-1], occurrences=(), outcome=None)
        return replace(found, motifs=tuple(motifs))

    def with_match_counts(self, result, dataset):
        return result


@pytest.fixture
def miner(monkeypatch):
    fake = FakeMiner()
    modules = {"mine": ("mine", "mine_all"), "match": ("match", "with_match_counts")}
    for name, functions in modules.items():
        module = ModuleType(f"motifkit.mining.{name}")
        for function in functions:
            setattr(module, function, getattr(fake, function))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    agreement = ModuleType("motifkit.mining.agreement")
    agreed = SimpleNamespace(labels={"matrix_profile": "A", "sax": "C"}, n_shared=12, jaccard=0.6)
    agreement.agreement = lambda results: (agreed,)
    monkeypatch.setitem(sys.modules, agreement.__name__, agreement)
    return fake


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder with goog.csv in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "goog.csv").write_bytes(sample_path("goog.csv").read_bytes())

    def invoke(*arguments, **options):
        return CliRunner().invoke(cli, [str(one) for one in arguments], prog_name="motifkit", **options)

    return invoke


@pytest.fixture
def goog():
    return read_prices(sample_path("goog.csv"))
