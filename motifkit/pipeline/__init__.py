"""Whole experiments from a file: mine, seed, train arms over seeds, compare, sum up."""

from motifkit.pipeline.manifest import Manifest
from motifkit.pipeline.reading import read_experiment
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.summary import Summary, summarise

__all__ = ["Experiment", "Manifest", "Summary", "read_experiment", "summarise"]
