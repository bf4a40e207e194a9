"""Logs in every format come back as they were written, and faults are one clear line of the right class."""

import gzip
import json

import h5py
import minari
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from minari.data_collector import EpisodeBuffer
from minari.dataset.minari_storage import MinariStorage

from motifkit import is_trajectory_log, mine, read_trajectories
from motifkit.errors import CorruptFileError, DataError, FileAccessError, UsageError
from motifkit.io.samples import sample_path
from motifkit.io.trajectory_log import split_by_flags
from motifkit.mining.windows import collect_windows
from motifkit.types import Episode, TrajectoryDataset


def buffers(lengths, observation, action, seed=0):
    """Episodes as Minari's own writer takes them; `observation(rng, n)` gives n rows."""
    rng = np.random.default_rng(seed)
    for n in lengths:
        yield EpisodeBuffer(
            observations=observation(rng, n + 1),
            actions=action(rng, n),
            rewards=rng.normal(size=n).tolist(),
            terminations=[False] * (n - 1) + [n % 2 == 0],
            truncations=[False] * (n - 1) + [n % 2 == 1],
        )


def written(folder, observation_space, action_space, episodes):
    storage = MinariStorage.new(folder, observation_space, action_space, jpeg_encoding=False)
    storage.update_episodes(episodes)
    storage.update_metadata({"dataset_id": "test/log-v0", "minari_version": minari.__version__})
    return minari.MinariDataset(folder)


def plain_rows(rng, n):
    return rng.normal(size=(n, 3)).astype(np.float32)


def choices(rng, n):
    return rng.integers(0, 4, n)


@pytest.fixture
def plain(tmp_path):
    """Data set of twelve episodes, so that episode_10 must not come before episode_2."""
    folder = tmp_path / "data"
    box = spaces.Box(-9, 9, (3,), np.float32)
    return written(folder, box, spaces.Discrete(4), buffers(range(3, 15), plain_rows, choices)), tmp_path


def test_what_minari_wrote_is_read_back_equal_and_in_numeric_order(plain):
    data, folder = plain
    log = read_trajectories(folder)
    assert log.channels == ("obs_0", "obs_1", "obs_2")
    assert [len(e) for e in log.episodes] == list(range(3, 15)) and [e.id for e in log.episodes][10] == "10"
    for ours, theirs in zip(log.episodes, data, strict=True):
        np.testing.assert_array_equal(ours.observations, theirs.observations[:-1])
        np.testing.assert_array_equal(ours.actions, theirs.actions)
        np.testing.assert_array_equal(ours.rewards, theirs.rewards)
        assert ours.actions.dtype == np.int64
        assert (ours.terminated, ours.truncated) == (theirs.terminations[-1], theirs.truncations[-1])


def test_folder_its_data_and_the_file_are_one_log(plain):
    _, folder = plain
    logs = [read_trajectories(p) for p in (folder, folder / "data", folder / "data" / "main_data.hdf5")]
    assert len({log.fingerprint for log in logs}) == 1 and logs[0].fingerprint
    assert all(is_trajectory_log(p) for p in (folder, folder / "data", folder / "data" / "main_data.hdf5"))


def test_as_many_observations_as_rewards_are_read_too(tmp_path):
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, n=5, extra=0)
        add_episode(file, 1, n=4, extra=1)
    log = read_trajectories(tmp_path)
    assert [len(e) for e in log.episodes] == [5, 4]
    np.testing.assert_array_equal(log.episodes[1].observations[:, 0], np.arange(4))


def add_episode(file, number, n, extra=1, **changes):
    group = file.create_group(f"episode_{number}")
    parts = {
        "observations": np.arange(float(n + extra))[:, None],
        "actions": np.zeros(n, int),
        "rewards": np.ones(n),
        "terminations": np.zeros(n, bool),
        "truncations": np.zeros(n, bool),
    } | changes
    for name, values in parts.items():
        if values is not None:
            group[name] = values


def test_nested_spaces_become_channels_with_names_that_can_be_read(tmp_path):
    space = spaces.Dict(
        position=spaces.Box(-9, 9, (2,)), pair=spaces.Tuple((spaces.Discrete(3), spaces.Box(0, 1, (1,))))
    )

    def rows(rng, n):
        return {
            "position": rng.normal(size=(n, 2)).astype(np.float32),
            "pair": (rng.integers(0, 3, n), rng.random((n, 1)).astype(np.float32)),
        }

    def moves(rng, n):
        return rng.normal(size=(n, 2)).astype(np.float32)

    data = written(tmp_path / "data", space, spaces.Box(-9, 9, (2,)), buffers([4, 6], rows, moves))
    log = read_trajectories(tmp_path, actions=True, rewards=True)
    assert log.channels == (
        *("obs.pair.0", "obs.pair.1.0", "obs.position.0", "obs.position.1", "action_0", "action_1", "reward"),
    )
    for ours, theirs in zip(log.episodes, data, strict=True):
        np.testing.assert_array_equal(ours.observations[:, 2:4], theirs.observations["position"][:-1])
        np.testing.assert_array_equal(ours.observations[:, 0], theirs.observations["pair"][0][:-1])
        np.testing.assert_array_equal(ours.observations[:, 4:6], theirs.actions)
        np.testing.assert_array_equal(ours.observations[:, 6], theirs.rewards)


def test_the_environment_of_the_metadata_is_never_built(plain):
    _, folder = plain
    metadata = json.loads((folder / "data" / "metadata.json").read_text())
    metadata["env_spec"] = json.dumps({"id": "Nowhere-v0", "entry_point": "no.such.module:Env"})
    (folder / "data" / "metadata.json").write_text(json.dumps(metadata))
    assert read_trajectories(folder).n_steps == sum(range(3, 15))


def flat(n=10, **changes):
    return {
        "observations": np.arange(2.0 * n).reshape(n, 2),
        "actions": np.arange(n) % 3,
        "rewards": np.ones(n, np.float32),
        "terminals": np.isin(np.arange(n), [3]),
        "timeouts": np.isin(np.arange(n), [6]),
    } | changes


def test_d4rl_is_split_after_terminals_and_timeouts(tmp_path):
    path = tmp_path / "d4rl.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in flat().items():
            file[name] = values
    log = read_trajectories(path)
    assert [len(e) for e in log.episodes] == [4, 3, 3]
    assert [(e.terminated, e.truncated) for e in log.episodes] == [(1, 0), (0, 1), (0, 0)]
    assert log.repairs == ("the last episode has no end in the log",)
    np.testing.assert_array_equal(np.vstack([e.observations for e in log.episodes]), flat()["observations"])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_splitting_keeps_every_step_and_cuts_exactly_at_the_flags(flags):
    ended, cut = np.array(flags).T
    lengths, terminated, truncated = split_by_flags(ended, cut, len(flags))
    ends = np.cumsum(lengths) - 1
    assert lengths.sum() == len(flags) and (lengths > 0).all()
    assert set(np.flatnonzero(ended | cut)) == set(ends[terminated | truncated])
    assert set(ends) - set(np.flatnonzero(ended | cut)) <= {len(flags) - 1}


def test_npz_takes_either_names_or_lengths(tmp_path):
    arrays = flat()
    np.savez(tmp_path / "flags.npz", **arrays)
    same = {k: v for k, v in arrays.items() if k not in ("terminals", "timeouts")}
    gym = {"terminated": arrays["terminals"], "truncated": arrays["timeouts"]}
    np.savez(tmp_path / "gym.npz", **same, **gym)
    np.savez(tmp_path / "lengths.npz", **same, episode_lengths=[4, 3, 3])
    logs = [read_trajectories(tmp_path / f"{name}.npz") for name in ("flags", "gym", "lengths")]
    assert len({log.fingerprint for log in logs}) == 1
    assert all(e.actions.dtype == np.int64 for e in logs[0].episodes)
    assert is_trajectory_log(tmp_path / "gym.npz")


def test_missing_actions_and_rewards_are_zeros_and_said(tmp_path):
    np.savez(tmp_path / "a.npz", observations=np.arange(5.0))
    log = read_trajectories(tmp_path / "a.npz")
    assert "no actions and no rewards in the log, taken as 0" in log.repairs
    assert not log.episodes[0].actions.any() and not log.episodes[0].rewards.any()


TABLE = """episode,step,obs_0,obs_b,action,reward,terminated,truncated
b,0,1,10,0,0.5,False,False
b,1,2,20,1,0.5,False,False
a,0,3,30,2,1,False,False
b,2,4,40,0,0,False,True
"""


def test_rows_of_a_table_are_gathered_by_episode_in_order_of_appearance(tmp_path):
    (tmp_path / "log.csv").write_text(TABLE)
    log = read_trajectories(tmp_path / "log.csv")
    assert log.channels == ("obs_0", "obs_b") and [e.id for e in log.episodes] == ["b", "a"]
    np.testing.assert_array_equal(log.episodes[0].observations[:, 0], [1, 2, 4])
    np.testing.assert_array_equal(log.episodes[0].actions, [0, 1, 0])
    assert (log.episodes[0].terminated, log.episodes[0].truncated) == (False, True)
    assert log.repairs == ("columns left out: step", "rows of an episode that lay apart were gathered")


def test_forms_of_a_table_read_alike(tmp_path):
    import pandas as pd

    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "b.csv").write_text(TABLE.replace(",", ";"))
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    pd.read_csv(tmp_path / "a.csv").to_parquet(tmp_path / "d.parquet")
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv.gz", "d.parquet")]
    assert len({read_trajectories(path).fingerprint for path in paths}) == 1
    assert all(is_trajectory_log(path) for path in paths)


def test_other_files_are_no_logs(tmp_path):
    mine(np.random.default_rng(0).normal(size=100), n_surrogates=0).save(tmp_path / "motifs.npz")
    np.savez(tmp_path / "other.npz", x=np.arange(3))
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    others = [tmp_path, tmp_path / "none.csv", tmp_path / "motifs.npz", tmp_path / "other.npz"]
    others += [tmp_path / "broken.npz", sample_path("goog.csv"), "-", "a\0b.csv"]
    assert not any(is_trajectory_log(path) for path in others)


def test_channels_are_chosen_in_the_order_asked_for(tmp_path):
    (tmp_path / "log.csv").write_text(TABLE)
    log = read_trajectories(tmp_path / "log.csv", channels=["obs_b", "obs_0"], rewards=True)
    assert log.channels == ("obs_b", "obs_0", "reward")
    np.testing.assert_array_equal(log.episodes[1].observations, [[30, 3, 1]])


GAPS = """episode,obs_0,action,reward
0,1,0,1
0,,1,2
0,3,2,3
1,,0,1
2,5,0,1
2,6,1,1
"""


def test_dropped_steps_take_their_actions_and_rewards_along(tmp_path):
    (tmp_path / "log.csv").write_text(GAPS)
    log = read_trajectories(tmp_path / "log.csv", na="drop")
    assert [e.id for e in log.episodes] == ["0", "2"]
    np.testing.assert_array_equal(log.episodes[0].actions, [0, 2])
    np.testing.assert_array_equal(log.episodes[0].rewards, [1, 3])
    assert "1 steps with missing values dropped, so that windows run over the gaps" in log.repairs


def test_a_gap_is_filled_within_its_episode_alone(tmp_path):
    (tmp_path / "log.csv").write_text(GAPS)
    log = read_trajectories(tmp_path / "log.csv", na="fill")
    assert [e.id for e in log.episodes] == ["0", "2"]
    np.testing.assert_array_equal(log.episodes[0].observations[:, 0], [1, 1, 3])
    assert log.episodes[0].actions.dtype == np.int64


def failure(path, kind, **arguments):
    with pytest.raises(kind) as caught:
        read_trajectories(path, **arguments)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 300
    return text


def test_a_gap_is_named_by_episode_step_and_column(tmp_path):
    (tmp_path / "log.csv").write_text(GAPS)
    assert "log.csv: episode 0: step 1, column obs_0: the value is missing" in failure(
        tmp_path / "log.csv", DataError
    )


def test_unknown_channels_name_the_nearest(tmp_path):
    (tmp_path / "log.csv").write_text(TABLE)
    said = failure(tmp_path / "log.csv", DataError, channels=["obs_c"])
    assert "only obs_0, obs_b; did you mean obs_" in said
    assert "twice" in failure(tmp_path / "log.csv", UsageError, channels=["obs_0", "obs_0"])
    failure(tmp_path / "log.csv", UsageError, channels=[])
    failure(tmp_path / "log.csv", UsageError, na="ignore")


def test_what_is_not_there_is_an_access_error(tmp_path):
    assert "does not exist" in failure(tmp_path / "none.hdf5", FileAccessError)
    assert "holds no log" in failure(tmp_path, FileAccessError)
    (tmp_path / "metadata.json").write_text('{"data_format": "arrow"}')
    assert "convert it to the format hdf5" in failure(tmp_path, DataError)


def test_damaged_files_are_corrupt(plain, tmp_path):
    _, folder = plain
    raw = (folder / "data" / "main_data.hdf5").read_bytes()
    (tmp_path / "cut.hdf5").write_bytes(raw[: len(raw) // 2])
    (tmp_path / "text.h5").write_text("episode,obs_0\n")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no table")
    for name in ("cut.hdf5", "text.h5", "bad.npz", "bad.parquet"):
        assert name in failure(tmp_path / name, CorruptFileError)
    (folder / "data" / "metadata.json").write_text("{")
    failure(folder, CorruptFileError)


@pytest.mark.parametrize("name", ["observations", "actions", "rewards", "terminations", "truncations"])
def test_a_lacking_part_is_named_with_its_episode(tmp_path, name):
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, 4)
        add_episode(file, 1, 4, **{name: None})
    assert f"episode 1: {name} is lacking" in failure(tmp_path, DataError)


def test_parts_of_unequal_length_are_named(tmp_path):
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, 4)
        add_episode(file, 7, 4, actions=np.zeros(3, int))
    assert "episode 7: actions has 3 rows, rewards has 4" in failure(tmp_path, DataError)
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, 4, extra=2)
    assert "give 4 or 5 observations" in failure(tmp_path, DataError)
    np.savez(tmp_path / "a.npz", **flat(rewards=np.ones(9)))
    assert "rewards has 9 rows, observations has 10" in failure(tmp_path / "a.npz", DataError)


def test_nothing_to_read_is_said(tmp_path):
    h5py.File(tmp_path / "main_data.hdf5", "w").close()
    assert "has no episodes" in failure(tmp_path, DataError)
    (tmp_path / "head.csv").write_text(TABLE.partition("\n")[0])
    assert "has no rows" in failure(tmp_path / "head.csv", DataError)
    (tmp_path / "empty.csv").write_text("")
    assert "is empty" in failure(tmp_path / "empty.csv", DataError)
    np.savez(tmp_path / "none.npz", observations=np.empty((0, 2)))
    assert "has no steps" in failure(tmp_path / "none.npz", DataError)


def test_objects_are_never_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", **flat(actions=np.array([{}] * 10, dtype=object)))
    assert "actions holds objects" in failure(tmp_path / "a.npz", DataError)


def test_text_in_a_number_column_is_named_by_row(tmp_path):
    (tmp_path / "log.csv").write_text(TABLE.replace("2,20", "two,20"))
    assert "row 3, column obs_0: 'two' is not a number" in failure(tmp_path / "log.csv", DataError)
    np.savez(tmp_path / "a.npz", **flat(rewards=np.array(["x"] * 10)))
    assert "rewards holds text" in failure(tmp_path / "a.npz", DataError)


def test_wrong_columns_are_listed(tmp_path):
    (tmp_path / "a.csv").write_text("episode,x\n0,1\n")
    (tmp_path / "b.csv").write_text("obs_0,x\n0,1\n")
    assert "lacks an obs column, it has episode, x" in failure(tmp_path / "a.csv", DataError)
    assert "lacks a column episode" in failure(tmp_path / "b.csv", DataError)
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    assert "lacks observations, it holds x" in failure(tmp_path / "a.npz", DataError)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["observations"] = np.zeros((3, 1))
    assert "d.h5 lacks actions, rewards, terminals" in failure(tmp_path / "d.h5", DataError)


def test_lengths_of_episodes_must_add_up(tmp_path):
    for lengths in ([4, 3], [4.5, 5.5], [11, -1]):
        np.savez(tmp_path / "a.npz", observations=np.arange(10.0), episode_lengths=lengths)
        assert "add up to 10" in failure(tmp_path / "a.npz", DataError)


def test_pictures_are_refused(tmp_path):
    space = spaces.Box(0, 255, (4, 4, 3), np.uint8)
    storage = MinariStorage.new(tmp_path / "data", space, spaces.Discrete(4))
    storage.update_episodes(
        buffers([3], lambda rng, n: rng.integers(0, 255, (n, 4, 4, 3), np.uint8), choices)
    )
    assert "pictures" in failure(tmp_path, DataError)


def test_without_h5py_the_extra_is_named(plain, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    assert "pip install 'motifkit[trajectories]'" in failure(plain[1], UsageError)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(3, 9), st.integers(0, 99))
def test_no_window_crosses_the_end_of_an_episode(lengths, m, seed):
    rng = np.random.default_rng(seed)
    data = TrajectoryDataset(tuple(Episode(rng.normal(size=(n, 1))) for n in lengths), ("x",))
    windows = collect_windows(data, m, "none")
    assert len(windows) == sum(max(0, n - m + 1) for n in lengths)
    for point, e, start in zip(windows.points, windows.episode, windows.start, strict=True):
        np.testing.assert_array_equal(point, data.episodes[e].observations[start : start + m, 0])


@settings(deadline=None, max_examples=8)
@given(st.lists(st.integers(1, 40), min_size=6, max_size=20), st.integers(0, 99))
def test_occurrences_lie_within_episodes_of_unequal_length(lengths, seed):
    rng = np.random.default_rng(seed)
    lengths = [*lengths, 40, 3]  # enough for a motif, and one that is too short for any
    data = TrajectoryDataset(tuple(Episode(rng.normal(size=(n, 1))) for n in lengths), ("x",))
    found = mine(data, length=8, n_surrogates=0, n_motifs=3)
    for motif in found.motifs:
        for o in motif.occurrences:
            assert 0 <= o.start and o.end == o.start + 8 <= lengths[o.episode]


def test_a_folder_or_a_single_number_in_the_place_of_an_array_is_refused(tmp_path):
    for bad in (np.float64(1), None):
        with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
            add_episode(file, 0, 4)
            add_episode(file, 1, 4, rewards=bad)
            if bad is None:
                file["episode_1"].create_group("rewards")
        assert "episode 1: rewards is" in failure(tmp_path, DataError)


def test_text_in_an_episode_is_refused(tmp_path):
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, 4, observations=np.array([b"a"] * 5, dtype=object))
    assert "observations holds" in failure(tmp_path, DataError)


def test_episodes_without_a_step_are_left_out(tmp_path):
    with h5py.File(tmp_path / "main_data.hdf5", "w") as file:
        add_episode(file, 0, 0)
        add_episode(file, 1, 4)
    log = read_trajectories(tmp_path)
    assert [e.id for e in log.episodes] == ["1"] and "1 episodes without a step dropped" in log.repairs


def test_rows_are_sorted_by_their_step(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("episode,t,obs_0,terminated\n0,1,5,0\n0,0,4,0\n1,0,7,0\n0,2,6,1\n1,1,8,1\n")
    log = read_trajectories(path)
    assert [one.observations[:, 0].tolist() for one in log.episodes] == [[4, 5, 6], [7, 8]]
    assert all(one.terminated for one in log.episodes)
    assert any("sorted by t" in note for note in log.repairs)
    path.write_text("episode,t,obs_0\n0,0,5\n0,,4\n")
    with pytest.raises(DataError, match="row 3, column t is empty"):
        read_trajectories(path)


@pytest.mark.parametrize("name", ["terminated", "truncated"])
def test_an_end_in_the_middle_of_an_episode_is_refused(tmp_path, name):
    path = tmp_path / "log.csv"
    path.write_text(f"episode,obs_0,{name}\n0,5,0\n0,4,1\n0,4,1\n")
    with pytest.raises(DataError, match=f"row 3 has {name}, but its episode goes on"):
        read_trajectories(path)
