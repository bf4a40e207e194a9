"""Small mining results, for the tests of the commands that seed and compare."""

from dataclasses import replace
from functools import cache

from motifkit.envs import PlantedMotifEnv
from motifkit.io.prices import read_prices
from motifkit.io.samples import sample_path
from motifkit.mining.mine import mine

QUICK = ("--pretrain-steps", 5, "--threads", 1)


@cache
def of_log():
    """Four motifs of a log of 2,000 steps."""
    return mine(PlantedMotifEnv().log(2000)[0], 8, n_motifs=4, n_surrogates=0)


@cache
def of_prices():
    """Three motifs of Google's returns."""
    return mine(
        read_prices(sample_path("goog.csv"), transform="return"), 8, "sax", n_motifs=3, n_surrogates=0
    )


def without_motifs(result):
    """Nothing was found."""
    return replace(result, motifs=())


def with_single_occurrences(result):
    """Each motif occurs once."""
    return replace(
        result, motifs=tuple(replace(one, occurrences=one.occurrences[:1]) for one in result.motifs)
    )
