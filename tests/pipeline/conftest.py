"""A small experiment, its finished run, and a way to run it in this process."""

import shutil
from types import SimpleNamespace

import pytest

from motifkit.pipeline import running
from motifkit.pipeline.reading import read_experiment
from tests.pipeline.small_runs import work_off_here

SMALL = """
[data]
steps = 600
[env]
name = "planted-motif"
args = { n_shapes = 2, length = 8, noise = 0.1, n_steps = 12, rate = 0.08 }
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
total_timesteps = 192
n_envs = 8
n_epochs = 1
n_minibatches = 2
mem_dim = 8
n_greedy = 8
[compare]
n_episodes = 2
arms = ["mined", "mined:sax"]
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The small experiment once it has run, with its directory, which no test changes, and its units."""
    place = tmp_path_factory.mktemp("finished")
    path, directory = place / "small.toml", place / "run"
    path.write_text(SMALL)
    experiment = read_experiment(path)
    with pytest.MonkeyPatch.context() as patch:
        names = work_off_here(patch)
        manifest = running.run_experiment(experiment, directory)
    return SimpleNamespace(experiment=experiment, directory=directory, manifest=manifest, units=set(names))


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of that run to change or go on with, where `run_small` runs."""
    return shutil.copytree(finished.directory, tmp_path / "run")


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
