"""What a pipeline file says: one frozen dataclass a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args

from motifkit.pipeline import checks
from motifkit.pipeline.checks import Check
from motifkit.types import Method, Normalize, Transform

METHODS: tuple[str, ...] = get_args(Method)
ARMS = (
    "none",
    "notebook",
    "random",
    "kmeans",
    "untrained",
    "pretrained",
    "mined",
    *(f"mined:{method}" for method in METHODS),
    "ends",
    "frozen",
)
DEFAULT_METHOD = "matrix_profile"
_USES_MINING = ("untrained", "pretrained", "mined", "ends", "frozen")


def _key(check: Check, default: Any = ...) -> Any:
    """Field of a table; one without a default must be given."""
    metadata = {"check": check}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


@dataclass(frozen=True)
class DataTable:
    """[data]: what is mined; a log of the environment, unless a file is named.

    Parameters
    ----------
    steps, seed : int
        Of the environment's own log, or of episodes that are played at random until there are so many steps. Of an
        environment with given prices these are mined, and neither counts.
    file : str, optional
        Logged trajectories to read instead, see `motifkit.io.trajectories`; with `transform`, prices. Paths are
        taken from where the command runs.
    transform : {"level", "log", "return"}, optional
        What of prices is mined. None reads the file as trajectories.
    """

    steps: int = _key(checks.whole(2), 20_000)
    seed: int = _key(checks.whole(0), 0)
    file: str | None = _key(checks.text(), None)
    transform: str | None = _key(checks.word(*get_args(Transform)), None)


@dataclass(frozen=True)
class EnvTable:
    """[env]: the environment that is logged and learned.

    Parameters
    ----------
    name : str
        As `motifkit.make_env` takes it.
    args : dict
    """

    name: str = _key(checks.text())
    args: dict[str, Any] = field(default_factory=dict, metadata={"check": checks.table()})


@dataclass(frozen=True)
class MineTable:
    """[mine]: see `motifkit.mine`; every method mines on its own.

    Parameters
    ----------
    length, n_motifs, methods, n_surrogates, seed, normalize
    columns : tuple of str, optional
        Channels of the observations. None takes all.
    actions, rewards : bool
        Whether the last action and the last reward, as an agent sees them with each observation, are channels too.
    """

    length: int = _key(checks.whole(3), 8)
    n_motifs: int = _key(checks.whole(1), 8)
    methods: tuple[str, ...] = _key(checks.several(checks.word(*METHODS)), (DEFAULT_METHOD,))
    n_surrogates: int = _key(checks.whole(0), 0)
    seed: int = _key(checks.whole(0), 0)
    columns: tuple[str, ...] | None = _key(checks.several(checks.text()), None)
    normalize: str = _key(checks.word(*get_args(Normalize)), "zscore")
    actions: bool = _key(checks.flag(), False)
    rewards: bool = _key(checks.flag(), False)


@dataclass(frozen=True)
class SeedTable:
    """[seed]: see `motifkit.seed_motif_bank`; `n_rows` are those of every bank, seeded or not."""

    offsets: tuple[int, ...] = _key(checks.several(checks.whole()), (0,))
    n_rows: int = _key(checks.whole(1), 32)
    n_steps: int = _key(checks.whole(1), 1000)
    reconstruction: float = _key(checks.number(least=0), 0.0)


@dataclass(frozen=True)
class TrainTable:
    """[train]: arms, seeds 0 to `seeds` - 1 of each, and what is the same in all; see `motifkit.TraceRL`.

    Parameters
    ----------
    arms, seeds, total_timesteps, n_envs, gamma, lam, learning_rate, n_epochs, n_minibatches, mem_dim, ent_coef
    curriculum : tuple of int, optional
        Delays to learn one after the other; learning ends once the last is mastered. None takes [env] as it is.
    until : float
        Mean return that masters a delay.
    n_greedy : int
        Fresh episodes after a training, in [env] as it is.
    """

    arms: tuple[str, ...] = _key(checks.several(checks.word(*ARMS)))
    seeds: int = _key(checks.whole(1), 10)
    total_timesteps: int = _key(checks.whole(1), 819_200)
    n_envs: int = _key(checks.whole(1), 64)
    gamma: float = _key(checks.number(least=0, most=1), 0.99)
    lam: float = _key(checks.number(least=0, most=1), 0.95)
    learning_rate: float = _key(checks.number(above=0), 2e-3)
    n_epochs: int = _key(checks.whole(1), 2)
    n_minibatches: int = _key(checks.whole(1), 4)
    mem_dim: int = _key(checks.whole(1), 32)
    ent_coef: float = _key(checks.number(least=0), 0.01)
    curriculum: tuple[int, ...] | None = _key(checks.several(checks.whole(1)), None)
    until: float = _key(checks.number(), 0.95)
    n_greedy: int = _key(checks.whole(1), 200)

    def settings(self) -> dict[str, Any]:
        """What is the same in all arms and seeds."""
        return {name: value for name, value in asdict(self).items() if name not in ("arms", "seeds")}


@dataclass(frozen=True)
class CompareTable:
    """[compare]: whose return is the measure, and which arms' motifs are compared with the mined ones.

    Parameters
    ----------
    baseline : str
        One of the arms that are trained.
    n_episodes : int
        Fresh episodes, played once with all rows and once without each.
    arms : tuple of str
        Those among them that are not trained are passed over.
    """

    baseline: str = _key(checks.word(*ARMS), "random")
    n_episodes: int = _key(checks.whole(1), 100)
    arms: tuple[str, ...] = _key(checks.several(checks.word(*ARMS), empty=True), ())


@dataclass(frozen=True)
class WalkForwardTable:
    """[walk_forward]: mine, seed and train on the past, trade what follows; see `motifkit.evaluation.folds`.

    Parameters
    ----------
    n_folds, first_train, purge, embargo
        See `walk_forward_folds`; rows are bars of the environment's prices.
    n_resamples, seed
        Of the intervals, and of the random trades; see `motifkit.evaluation.backtest.backtest`.
    """

    n_folds: int = _key(checks.whole(1), 4)
    first_train: int | None = _key(checks.whole(1), None)
    purge: int = _key(checks.whole(0), 2)
    embargo: int = _key(checks.whole(0), 0)
    n_resamples: int = _key(checks.whole(100), 1000)
    seed: int = _key(checks.whole(0), 0)


@dataclass(frozen=True)
class Experiment:
    """A whole pipeline file.

    Parameters
    ----------
    data, env, mine, seed, train, compare
        Its tables.
    walk_forward : WalkForwardTable, optional
        None learns and tests in one and the same environment.
    """

    data: DataTable
    env: EnvTable
    mine: MineTable
    seed: SeedTable
    train: TrainTable
    compare: CompareTable
    walk_forward: WalkForwardTable | None = None

    @property
    def compared(self) -> tuple[str, ...]:
        """Arms whose motifs are compared."""
        return tuple(arm for arm in self.compare.arms if arm in self.train.arms)

    def as_dict(self) -> dict[str, Any]:
        """JSON values, tables by name."""
        return {
            name: {key: list(one) if isinstance(one, tuple) else one for key, one in table.items()}
            for name, table in asdict(self).items()
            if table is not None
        }


TABLES: dict[str, type] = {
    "data": DataTable,
    "env": EnvTable,
    "mine": MineTable,
    "seed": SeedTable,
    "train": TrainTable,
    "compare": CompareTable,
    "walk_forward": WalkForwardTable,
}
REQUIRED, OPTIONAL = ("env", "train"), ("walk_forward",)


def known_keys(table: str) -> tuple[str, ...]:
    """Keys of a table."""
    return tuple(one.name for one in fields(TABLES[table]))


def method_of(arm: str) -> str | None:
    """Miner whose motifs an arm uses, None when it uses none.

    Examples
    --------
    >>> method_of("mined:sax"), method_of("frozen"), method_of("kmeans")
    ('sax', 'matrix_profile', None)
    """
    kind, _, method = arm.partition(":")
    return (method or DEFAULT_METHOD) if kind in _USES_MINING else None
