"""Many series files as one dataset: an episode each, bad ones named, none twice."""

from dataclasses import replace

import numpy as np
import pytest

from motifkit.errors import DataError, FileAccessError, UsageError
from motifkit.io.many import counts_by_series, describe_many, read_many
from motifkit.io.prices import as_dataset
from motifkit.io.series import repair_notes
from motifkit.mining.match import match
from motifkit.mining.mine import mine


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(("a", "b", "c")):
        closes = 100 + np.random.default_rng(i).normal(size=60).cumsum()
        (tmp_path / f"{name}.csv").write_text("Close\n" + "\n".join(f"{c:.4f}" for c in closes) + "\n")
    return tmp_path


def files(folder, *names):
    return [str(folder / f"{name}.csv") for name in names]


def test_each_file_is_an_episode_named_after_it(folder):
    dataset, skipped = read_many(files(folder, "b", "a"))
    assert [e.id for e in dataset.episodes] == ["b.csv", "a.csv"] and not skipped
    assert (dataset.source, dataset.n_steps, dataset.channels) == ("2 files", 120, ("Close",))


def test_files_of_one_name_keep_their_paths(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "a.csv").write_text("Close\n" + "\n".join(str(i * i) for i in range(40)))
    paths = [str(folder / "a.csv"), str(folder / "sub" / "a.csv"), str(folder / "b.csv")]
    assert [e.id for e in read_many(paths).dataset.episodes] == [*paths[:2], "b.csv"]


def test_the_first_bad_file_is_named_and_the_others_counted(folder):
    (folder / "bad.csv").write_text("Close\n1\nx\n3\n")
    with pytest.raises(DataError, match=r"bad\.csv.*and 1 other like it.*--skip-bad"):
        read_many(files(folder, "a", "bad", "gone", "b"))
    with pytest.raises(FileAccessError, match=r"gone\.csv does not exist.*and 1 other"):
        read_many(files(folder, "gone", "a", "bad"))


def test_bad_files_can_be_skipped_and_are_named(folder):
    (folder / "bad.csv").write_text("Close\n1\nx\n3\n")
    dataset, skipped = read_many(files(folder, "a", "bad", "gone", "b"), skip_bad=True)
    assert [e.id for e in dataset.episodes] == ["a.csv", "b.csv"]
    assert len(skipped) == 2 and "bad.csv" in skipped[0] and "gone.csv" in skipped[1]


def test_nothing_but_bad_files_is_an_error_even_when_skipping(folder):
    with pytest.raises(FileAccessError, match="no file can be mined"):
        read_many(files(folder, "gone", "lost"), skip_bad=True)


def test_a_file_with_other_columns_is_bad(folder):
    (folder / "other.csv").write_text("Open\n" + "\n".join(str(i * i) for i in range(40)))
    with pytest.raises(DataError, match=r"other\.csv has column Open where a\.csv has Close"):
        read_many(files(folder, "a", "other"))


def test_the_same_series_cannot_be_given_twice(folder):
    (folder / "copy.csv").write_bytes((folder / "a.csv").read_bytes())
    with pytest.raises(DataError, match=r"copy\.csv holds the same values as a\.csv"):
        read_many(files(folder, "a", "copy"))
    with pytest.raises(UsageError, match="named twice"):
        read_many([*files(folder, "a"), str(folder / "." / "a.csv")])
    with pytest.raises(UsageError, match="standard input"):
        read_many([*files(folder, "a"), "-"])


def test_repairs_name_their_file_and_are_counted_in_one_line(folder):
    (folder / "d.csv").write_text(
        "Date,Close\n2020-01-02,1\n2020-01-01,2\n2020-01-03,5\n2020-01-06,4\n2020-01-07,7\n"
    )
    dataset, _ = read_many(files(folder, "a", "d"))
    assert dataset.repairs and all(repair.startswith("d.csv: ") for repair in dataset.repairs)
    assert f"{len(dataset.repairs)} repair" in describe_many(dataset)


def test_counts_by_series_add_up(folder):
    dataset, _ = read_many(files(folder, "a", "b", "c"))
    result = mine(dataset, 4, n_motifs=3, n_surrogates=0)
    counts = counts_by_series(result, dataset)
    assert counts.index.tolist() == ["a.csv", "b.csv", "c.csv"]
    assert counts.sum().tolist() == [motif.count for motif in result.motifs]
    values = [episode.observations.ravel() for episode in dataset.episodes]
    result_of_values = mine(values, 4, n_motifs=3, n_surrogates=0)
    np.testing.assert_array_equal(counts_by_series(result_of_values, values), counts)
    with pytest.raises(DataError, match="give the data that was mined"):
        counts_by_series(result, read_many(files(folder, "a", "b")).dataset)


def test_results_say_what_was_mended(folder):
    days = [f"2020-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(60)]
    closes = (folder / "a.csv").read_text().split()[1:]
    rows = [f"{day},{close}" for day, close in zip(days, closes, strict=True)]
    (folder / "d.csv").write_text("\n".join(["Date,Close", *reversed(rows)]))
    told = "d.csv: rows sorted by date (newest came first)"
    result = mine(folder / "d.csv", 4, n_motifs=1, n_surrogates=0)
    assert result.notes == (told,)
    assert match(mine(folder / "b.csv", 4, n_motifs=1, n_surrogates=0), folder / "d.csv").notes == (told,)
    assert mine(folder / "a.csv", 4, n_motifs=1, n_surrogates=0).notes == ()


def test_of_many_repairs_the_first_are_noted():
    data = as_dataset([1.0, 2.0, 3.0])
    notes = repair_notes(replace(data, repairs=tuple(f"repair {i}" for i in range(14))))
    assert notes[:2] == ("array: repair 0", "array: repair 1") and notes[-1] == "array: 4 more repairs"
