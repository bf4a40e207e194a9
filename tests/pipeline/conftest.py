"""A small experiment, and a way to run it in this process."""

import pytest

from motifkit.pipeline import running
from motifkit.pipeline.reading import read_experiment
from tests.pipeline.small_runs import work_off_here

SMALL = """
[data]
steps = 1200
[env]
name = "planted-motif"
args = { n_shapes = 2, length = 8, noise = 0.1, n_steps = 24, rate = 0.08 }
[mine]
n_motifs = 2
columns = ["return"]
[seed]
n_rows = 4
offsets = [0, -1]
n_steps = 5
[train]
arms = ["random", "mined"]
seeds = 2
total_timesteps = 768
n_envs = 16
mem_dim = 8
[compare]
n_episodes = 4
arms = ["mined", "mined:sax"]
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def done(monkeypatch):
    """Names of the units that were done, in this process, one after the other."""
    return work_off_here(monkeypatch)


@pytest.fixture
def run_small(toml, tmp_path, done):
    """Run the small experiment with overrides; gives its manifest, and the names of the units that were done."""

    def run(*settings, force=False):
        done.clear()
        experiment = read_experiment(toml, settings)
        manifest = running.run_experiment(experiment, tmp_path / "run", force=force)
        return experiment, manifest, set(done)

    return run
