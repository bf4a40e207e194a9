"""How a training of an experiment was begun, as the other commands read it."""

from __future__ import annotations

from typing import Any

from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import Unit
from motifkit.run_files import CONFIG_SCHEMA
from motifkit.version import __version__


def training_config(experiment: Experiment, unit: Unit, seed: int) -> dict[str, Any]:
    """What config.json of a training holds, so that `motifkit evaluate` and `motifkit compare` take its directory.

    Parameters
    ----------
    experiment : Experiment
    unit : Unit
        The training.
    seed : int
        Of the agent.

    Returns
    -------
    dict
        JSON values with the schema "motifkit.run/1".
    """
    table, has_bank = experiment.train, unit.arm != "none"
    return {
        "schema": CONFIG_SCHEMA,
        "version": __version__,
        "env": experiment.env.name,
        "env_args": experiment.env.args,
        "steps": table.total_timesteps,
        "until": None if table.curriculum is None else table.until,
        "curriculum": None if table.curriculum is None else list(table.curriculum),
        "policy": "combined",
        "memory": "motif" if has_bank else "none",
        "n_motifs": experiment.seed.n_rows,
        "motif_len": experiment.mine.length,
        "max_entries": 100,
        "mem_dim": table.mem_dim,
        **dict.fromkeys(
            ("learn_retention", "her", "rnd", "count_bonus", "reward_norm", "tensorboard"), False
        ),
        "n_envs": table.n_envs,
        "n_epochs": table.n_epochs,
        "n_minibatches": table.n_minibatches,
        "learning_rate": table.learning_rate,
        "seed": seed,
        "threads": 1,
        "device": "cpu",
        "gamma": table.gamma,
        "ent_coef": table.ent_coef,
        "experiment": unit.name,
    }
