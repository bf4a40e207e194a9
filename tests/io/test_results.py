"""Results survive the way to disk and back; nothing else passes for one."""

import hashlib
import io
import json
import math
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.errors import CorruptFileError, FileAccessError, MotifkitError, UsageError
from motifkit.io import results, sealed_npz
from motifkit.types import MiningResult, Motif, Occurrence, Outcome

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)
COUNTS = st.integers(0, 10**12)
TIMES = st.none() | st.integers(-(10**15), 10**15).map(lambda i: np.datetime64(i, "us"))
NAMES = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)
OCCURRENCES = st.builds(Occurrence, COUNTS, COUNTS, COUNTS, FLOATS, TIMES, TIMES)
OUTCOMES = st.builds(Outcome, COUNTS, COUNTS, *[FLOATS] * 7)
MOTIFS = st.builds(
    Motif,
    arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 3)), elements=FLOATS),
    st.lists(OCCURRENCES, max_size=3).map(tuple),
    *[FLOATS] * 5,
    match_count=st.none() | COUNTS,
    outcome=st.none() | OUTCOMES,
    label=NAMES,
    words=st.lists(NAMES, max_size=2).map(tuple),
)
RESULTS = st.builds(
    MiningResult,
    st.lists(MOTIFS, max_size=3).map(tuple),
    st.sampled_from(["matrix_profile", "sax", "dtw"]),
    st.dictionaries(NAMES, JSON, max_size=3),
    st.lists(NAMES, max_size=3).map(tuple),
    source=NAMES,
    fingerprint=NAMES,
    transform=st.sampled_from(["level", "log", "return"]),
    n_steps=COUNTS,
    version=NAMES,
    notes=st.lists(NAMES, max_size=2).map(tuple),
)


def example() -> MiningResult:
    times = np.array(["2020-01-02", "2020-01-07", "2020-03-02", "2020-03-05"], "datetime64[D]")
    places = (Occurrence(0, 40, 44, 0.1, times[2], times[3]), Occurrence(0, 1, 5, 0.3, times[0], times[1]))
    outcome = Outcome(5, 2, 0.01, 0.002, 0.008, -0.001, 0.02, 0.04, 0.08)
    first = Motif(
        np.array([[-1.5], [0.0], [0.25], [1.25]]), places, 0.3, 7.5, 0.5, 0.01, 0.02, outcome, "A", ("abba",)
    )
    second = Motif(np.zeros((4, 1)), (Occurrence(0, 9, 13, 0.0),), 0.0, math.nan, label="B")
    parameters = {"length": np.int64(4), "normalize": "zscore", "radii": (1.0, 2.0)}
    return MiningResult(
        (first, second),
        "sax",
        parameters,
        ("Close",),
        "goog.csv",
        "f" * 64,
        "log",
        1047,
        "0.1.0",
        ("all of them",),
    )


def same(a, b) -> bool:
    """Equal, with NaN equal to NaN."""
    if isinstance(a, Motif | MiningResult | Outcome):
        return type(a) is type(b) and all(same(v, vars(b)[k]) for k, v in vars(a).items())
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return a == b


@settings(max_examples=50, deadline=None)
@given(RESULTS)
def test_round_trip(tmp_path_factory, result):
    path = tmp_path_factory.mktemp("r") / "motifs.npz"
    result.save(path)
    back = MiningResult.load(path)
    assert same(result, back)
    data = path.read_bytes()
    back.save(path, overwrite=True)
    assert path.read_bytes() == data, "the same result gives the same bytes"


@settings(max_examples=25, deadline=None)
@given(RESULTS)
def test_json_is_strict(result):
    plain = json.loads(result.to_json(), parse_constant=pytest.fail)
    assert plain["schema"] == "motifkit.mining-result/1"
    assert [len(m["occurrences"]) for m in plain["motifs"]] == [m.count for m in result.motifs]


def test_what_comes_back(tmp_path):
    path = example().save(tmp_path / "no_suffix")
    assert path == tmp_path / "no_suffix" and [p.name for p in tmp_path.iterdir()] == ["no_suffix"]
    back = MiningResult.load(path)
    assert back.parameters == {"length": 4, "normalize": "zscore", "radii": [1.0, 2.0]}
    assert back.motifs[0].occurrences == example().motifs[0].occurrences
    assert back.motifs[1].occurrences[0].start_time is None
    nanosecond = np.datetime64("2020-01-02T00:00:00.000000001", "ns")
    fine = Motif(np.zeros((2, 1)), (Occurrence(0, 1, 3, 0.0, nanosecond, nanosecond),), 0.0, 1.0)
    MiningResult((fine,), "dtw", {}, ("x",)).save(tmp_path / "fine.npz")
    assert MiningResult.load(tmp_path / "fine.npz").motifs[0].occurrences[0].start_time == nanosecond


def test_any_npz_reader_can_look_inside(tmp_path):
    path = example().save(tmp_path / "motifs.npz")
    with np.load(path, allow_pickle=False) as archive:
        assert json.loads(archive["header"].tobytes())["method"] == "sax"
        assert archive["occurrence_start"].tolist() == [40, 1, 9]


def test_parameters_must_be_plain(tmp_path):
    result = MiningResult((), "sax", {"model": object()}, ("x",))
    with pytest.raises(UsageError, match="object is not a JSON value"):
        result.save(tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())


def test_existing_file_needs_overwrite(tmp_path):
    path = tmp_path / "a.npz"
    path.write_text("precious")
    with pytest.raises(FileAccessError, match="--force"):
        example().save(path)
    assert path.read_text() == "precious"
    example().save(path, overwrite=True)
    assert len(MiningResult.load(path).motifs) == 2


@pytest.mark.parametrize("name", ["missing.npz", ".", "a\0b"])
def test_unreadable_path(name, tmp_path):
    with pytest.raises(FileAccessError):
        MiningResult.load(f"{tmp_path}/{name}")


def test_every_damaged_byte_is_noticed(tmp_path):
    data = example().save(tmp_path / "a.npz").read_bytes()
    rng = np.random.default_rng(0)
    bad = tmp_path / "bad.npz"
    for at in {0, 1, len(data) - 1, *rng.integers(0, len(data), 300).tolist()}:
        bad.write_bytes(data[:at] + bytes([data[at] ^ (1 << int(rng.integers(8)))]) + data[at + 1 :])
        refused(bad)


def test_every_cut_is_noticed(tmp_path):
    data = example().save(tmp_path / "a.npz").read_bytes()
    bad = tmp_path / "bad.npz"
    for size in {0, 1, 64, 80, 81, len(data) - 1, len(data) - 64, *range(0, len(data), 97)}:
        bad.write_bytes(data[:size])
        refused(bad)
    bad.write_bytes(data + b"\n")
    refused(bad)


def refused(path, told="") -> None:
    with pytest.raises(MotifkitError) as caught:
        MiningResult.load(path)
    assert type(caught.value) is CorruptFileError
    assert "\n" not in str(caught.value) and told in str(caught.value) and str(path) in str(caught.value)


class Trap:
    """Unpickling it would be noticed."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


def sealed(members: dict[str, bytes]) -> bytes:
    """Archive of these members with a checksum that is right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = b"motifkit-sha256:" + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def members_of(result: MiningResult) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sealed_npz.seal(results._to_arrays(result)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def test_foreign_files(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(3))
    refused(path, "not a motifkit result")
    np.savez(path, x=np.array([Trap()], object))
    refused(path)
    path.write_bytes(pickle.dumps(Trap()))
    refused(path)
    path.write_text("Date,Close\n2020-01-02,1\n")
    refused(path)
    assert not Trap.sprung


def test_made_up_files_with_a_right_checksum(tmp_path):
    path = tmp_path / "a.npz"
    good = members_of(example())
    path.write_bytes(sealed(good))
    assert len(MiningResult.load(path).motifs) == 2
    for name in good:
        if name != "match_count.npy":
            path.write_bytes(sealed({k: v for k, v in good.items() if k != name}))
            refused(path)
        for other in (
            npy(np.zeros((7, 3, 2))),
            npy(np.array([Trap()], object)),
            npy(np.array("x")),
            b"",
            b"junk",
        ):
            path.write_bytes(sealed({**good, name: other}))
            refused(path)
    assert not Trap.sprung


def test_files_without_match_counts_load(tmp_path):
    path = tmp_path / "a.npz"
    counted = replace(example(), motifs=tuple(replace(m, match_count=7) for m in example().motifs))
    members = members_of(counted)
    path.write_bytes(sealed(members))
    assert [m.match_count for m in MiningResult.load(path).motifs] == [7, 7]
    del members["match_count.npy"]
    path.write_bytes(sealed(members))
    assert [m.match_count for m in MiningResult.load(path).motifs] == [None, None]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format_version": 2}, "has format version 2, newer than 1 of this motifkit; upgrade it"),
        ({"format": "other"}, "another format"),
        ({"method": "magic"}, "magic"),
        ({"transform": None}, "transform"),
        ({"labels": ["A"]}, "shape"),
        ({"words": []}, "fit"),
        ({"parameters": 3}, "parameters"),
        ({"time_unit": "s"}, "time unit"),
        ({"format_version": "new"}, "not a valid"),
    ],
)
def test_header_that_cannot_be(change, told, tmp_path):
    members = members_of(example())
    header = json.loads(np.load(io.BytesIO(members["header.npy"])).tobytes())
    members["header.npy"] = npy(np.frombuffer(json.dumps({**header, **change}).encode(), np.uint8))
    path = tmp_path / "a.npz"
    path.write_bytes(sealed(members))
    refused(path, told)


def test_frames():
    frame = example().to_frame()
    row = frame.iloc[0]
    assert frame["label"].tolist() == ["A", "B"] and row["count"] == 2 and row["expected"] == 0.5
    assert str(row["first"])[:10] == "2020-01-02" and str(row["last"])[:10] == "2020-03-02"
    assert row["lift"] == 0.008 and row["horizon"] == 5 and math.isnan(frame["lift"][1])
    places = example().occurrences_frame()
    assert places["label"].tolist() == ["A", "A", "B"] and places["start"].tolist() == [40, 1, 9]
    assert places["start_time"].isna().tolist() == [False, False, True]
    empty = MiningResult((), "sax", {}, ("x",))
    assert empty.to_frame().empty and empty.occurrences_frame().empty
    for filled, without in (
        (frame, empty.to_frame()),
        (example().occurrences_frame(), empty.occurrences_frame()),
    ):
        same_kind = filled.dtypes == without.dtypes
        assert same_kind[~same_kind.index.isin(["label", "first", "last"])].all()


def test_first_and_last_are_those_in_time():
    days = np.array(["2020-03-02", "2020-03-05", "2019-01-02", "2019-01-07"], "datetime64[D]")
    places = (Occurrence(0, 1, 5, 0.1, days[0], days[1]), Occurrence(1, 9, 13, 0.2, days[2], days[3]))
    motif = Motif(np.zeros((4, 1)), places, 0.2, 1.0)
    row = MiningResult((motif,), "sax", {}, ("x",)).to_frame().iloc[0]
    assert (str(row["first"])[:10], str(row["last"])[:10]) == ("2019-01-02", "2020-03-02")


def test_dictionary():
    plain = example().as_dict()
    motif = plain["motifs"][0]
    assert plain["parameters"] == {"length": 4, "normalize": "zscore", "radii": [1.0, 2.0]}
    assert motif["occurrences"][0]["start_time"] == "2020-03-02" and motif["outcome"]["lift"] == 0.008
    assert plain["motifs"][1]["p_value"] is None and plain["motifs"][1]["outcome"] is None
    assert motif["prototype"] == [[-1.5], [0.0], [0.25], [1.25]]


def test_repr():
    lines = repr(example()).splitlines()
    assert lines[0] == "MiningResult: 2 motifs of length 4 by sax, in goog.csv (1,047 rows, Close, log)"
    assert [line.split() for line in lines[1:3]] == [
        ["label", "shape", "count", "expected", "p", "q"],
        ["A", "▁▅▆█", "2", "0.5", "0.01", "0.02"],
    ]
    assert len({len(line) for line in lines[1:4]}) == 1 and lines[4].strip() == "all of them"
    assert repr(MiningResult((), "dtw", {}, ("x",))).startswith("MiningResult: no motifs by dtw")
