"""Pipeline files: what they say, and what is said of those that are wrong."""

from pathlib import Path

import pytest

import motifkit
from motifkit.errors import FileAccessError, UsageError
from motifkit.pipeline.reading import read_experiment
from motifkit.pipeline.spec import ARMS, METHODS

PIPELINES = Path(motifkit.__file__).resolve().parent.parent / "pipelines"


def test_the_shipped_pipeline_is_read():
    experiment = read_experiment(PIPELINES / "seeding.toml")
    assert experiment.train.arms == (*ARMS[:7], "mined:sax", "mined:dtw", "ends", "frozen")
    assert experiment.mine.methods == METHODS
    assert experiment.seed.n_rows == len(experiment.seed.offsets) * experiment.mine.n_motifs
    assert experiment.compared == ("mined", "mined:sax", "mined:dtw")


def test_the_noisy_variant_is_read():
    settings = ["env.args.noise=0.5", 'train.arms=["random","mined"]']
    experiment = read_experiment(PIPELINES / "seeding.toml", settings)
    assert experiment.env.args["noise"] == 0.5
    assert experiment.compared == ("mined",)


def test_set_reads_toml_and_bare_words(toml):
    settings = ["train.gamma=0", "compare.baseline=mined", "train.learning_rate = 1e-4", "seed.offsets=[0]"]
    experiment = read_experiment(toml, settings)
    assert experiment.compare.baseline == "mined"
    assert experiment.train.gamma == 0.0 and isinstance(experiment.train.gamma, float)
    assert experiment.train.learning_rate == 1e-4
    assert experiment.seed.offsets == (0,)


@pytest.mark.parametrize("name", ["log.csv", "logs/a-1.csv", "./log.csv", "../../log", "/data/log_2"])
def test_paths_need_no_quotes(toml, name):
    with pytest.raises(FileAccessError, match=f"data.file {name} does not exist"):
        read_experiment(toml, [f"data.file={name}"])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("trian.seeds=3", ("[trian]", "did you mean train?")),
        ("train.seed=3", ("[train]", "'seed'", "did you mean seeds?")),
        ("train.zzz=3", ("[train]", "it has arms")),
        ("train.seeds=0", ("train.seeds must be a whole number of at least 1, got 0",)),
        ("train.seeds=2.5", ("train.seeds", "got 2.5")),
        ("train.seeds=true", ("train.seeds", "got True")),
        ("train.seeds=many", ("train.seeds", "got 'many'")),
        ("train.gamma=1.5", ("train.gamma must be a finite number of at least 0 and of at most 1, got 1.5",)),
        ("train.gamma=nan", ("train.gamma", "got nan")),
        ("train.learning_rate=0", ("train.learning_rate", "above 0")),
        ("train.arms=[]", ("train.arms", "got []")),
        ("train.arms=mined", ("train.arms must be a list",)),
        ('train.arms=["randm"]', ("train.arms", "did you mean random?")),
        ('train.arms=["random", "random"]', ("train.arms",)),
        ('mine.methods=["saxx"]', ("mine.methods", "did you mean sax?")),
        ('train.arms=["random","mined:dtw"]', ("'mined:dtw'", "'dtw'", "mine.methods")),
        ("mine.columns=[1]", ("mine.columns", "texts")),
        ('mine.columns=["retrun"]', ("mine.columns", "'retrun'", "did you mean return?")),
        ("mine.length=2", ("mine.length", "at least 3")),
        ("seed.offsets=[0,0]", ("seed.offsets", "none of them twice")),
        ("compare.baseline=kmeans", ("compare.baseline", "'kmeans'", "train.arms")),
        ("compare.baseline=rnadom", ("compare.baseline", "did you mean random?")),
        ('compare.arms=["none"]', ("compare.arms", "'none'")),
        ("env.name=planted-motive", ("[env]", "did you mean planted-motif?")),
        ("env.args.noize=1", ("[env]", "did you mean noise?")),
        ("env.args.noise=-1", ("[env]", "noise")),
        ("env.args=3", ("env.args must be a table",)),
        ("data.fiel=log", ("[data]", "did you mean file?")),
        ("data.transform=level", ("data.transform", "data.file")),
        ("mine.normalize=zscor", ("mine.normalize", "did you mean zscore?")),
        ("mine.actions=1", ("mine.actions must be true or false, got 1",)),
        ("train.curriculum=[]", ("train.curriculum", "got []")),
        ("train.curriculum=[2,2]", ("train.curriculum", "none of them twice")),
        ("train.curriculum=[2,4]", ("train.curriculum", "planted-motif has none")),
        ("train.lam=2", ("train.lam", "got 2")),
        ("data=3", ("--set data=3", "table.key=value")),
        ("train.seeds", ("--set train.seeds", "table.key=value")),
        ("train.seeds=", ("--set train.seeds=", "no value")),
        ("train.seeds=1\nx=2", ("--set", "no value")),
        ("train.seeds.more=1", ("--set", "train.seeds", "no table")),
    ],
)
def test_wrong_values_are_named(toml, setting, words):
    with pytest.raises(UsageError) as error:
        read_experiment(toml, [setting])
    assert "\n" not in str(error.value) or "\n" in setting
    for word in words:
        assert word in str(error.value)
    assert str(toml) in str(error.value) or setting.startswith("--set") or "--set" in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\narms = [\n", ("is not valid TOML", "line 3")),
        ("[train]\nseeds = 1\nseeds = 2\n", ("is not valid TOML", "line 3")),
        ('[train]\narms = ["random"]\n', ("lacks the table [env]",)),
        ('[env]\nname = "planted-motif"\n[train]\nseeds = 1\n', ("train.arms is missing",)),
        ("train = 3\n", ("train must be a table",)),
    ],
)
def test_wrong_files_are_named(tmp_path, text, words):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_experiment(path)
    for word in (str(path), *words):
        assert word in str(error.value)


def test_an_environment_without_a_log_has_numbered_channels(toml):
    other = ["env.name=memory-task", "env.args={}"]
    with pytest.raises(UsageError, match=r"'return', but memory-task has obs_0, obs_1, obs_2"):
        read_experiment(toml, other)
    assert read_experiment(toml, [*other, 'mine.columns=["obs_0"]']).env.name == "memory-task"


def test_a_data_file_must_be_there(toml):
    with pytest.raises(FileAccessError, match=r"data\.file none\.csv does not exist"):
        read_experiment(toml, ["data.file=none.csv"])


def test_a_data_file_without_episodes_is_taken_for_prices(toml):
    with pytest.raises(UsageError, match=r"no log of trajectories; give data\.transform"):
        read_experiment(toml, [f'data.file="{toml}"'])


def test_prices_have_no_actions_to_mine(toml):
    with pytest.raises(UsageError, match="prices hold no actions"):
        read_experiment(toml, [f'data.file="{toml}"', "data.transform=return", "mine.actions=true"])


def test_sax_needs_windows_without_scale(toml):
    with pytest.raises(UsageError, match=r"'sax', which needs mine\.normalize 'zscore', got 'none'"):
        read_experiment(toml, ['mine.methods=["matrix_profile","sax"]', "mine.normalize=none"])


@pytest.mark.parametrize("name", ["memory_task", "cartpole"])
def test_the_pipelines_of_other_environments_are_read(name):
    experiment = read_experiment(PIPELINES / f"{name}.toml")
    assert experiment.train.arms == ("none", "random", "mined", "frozen") and experiment.train.seeds == 10
    assert experiment.compare.baseline == "random" and experiment.compared == ("mined",)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileAccessError, match="does not exist"):
        read_experiment(tmp_path / "none.toml")
    with pytest.raises(FileAccessError, match="cannot be read"):
        read_experiment(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        read_experiment(path)
