"""`motifkit match`, `motifkit demo` and the group, by click's runner."""

import json

import numpy as np
import pandas as pd
import pytest
from ended import one_line

from motifkit import __version__
from motifkit.envs.registration import SHORT_NAMES
from motifkit.types import MiningResult


@pytest.fixture
def mined(run, miner):
    assert run("mine", "goog.csv", "-q").exit_code == 0
    miner.calls.clear()
    return "motifs.npz"


def test_match_table(run, miner, mined, tmp_path):
    done = run("match", mined, "goog.csv", "--horizon", "7")
    assert done.exit_code == 0, done.output
    assert miner.calls[0]["horizon"] == 7 and miner.calls[0]["data"].channels == ("Adj Close",)
    assert "2 of 3 motifs occur in these data." in done.stdout
    assert "These are the data the motifs were mined in" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("C "))
    assert row.split()[2:4] == ["0", "0.0"]
    assert {path.name for path in tmp_path.iterdir()} == {"goog.csv", "motifs.npz"}


def test_match_writes_what_is_asked_for(run, mined, tmp_path):
    done = run(
        "match", mined, "goog.csv", "--column", "close", "-o", "new.npz", "--plot", "new.png", "--json"
    )
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["files"] == {"result": "new.npz", "plot": "new.png"}
    assert set(answer["mined_in"]["counts"]) == {"A", "B", "C"}
    assert len(MiningResult.load(tmp_path / "new.npz").motifs) == 3
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")


def test_match_bad_files(run, mined, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4\n")
    done = run("match", mined, "x.csv")
    assert done.exit_code == 3 and "no column 'Adj Close', only a, b" in done.stderr
    assert run("match", "none.npz", "goog.csv").exit_code == 4
    assert run("match", ".", "goog.csv").exit_code == 4
    done = run("match", "goog.csv", "goog.csv")
    assert done.exit_code == 5 and "is not a motifkit result" in done.stderr
    damaged = bytearray((tmp_path / mined).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.npz").write_bytes(damaged)
    done = run("match", "damaged.npz", "goog.csv")
    assert done.exit_code == 5 and "is damaged" in done.stderr
    (tmp_path / "cut.npz").write_bytes(damaged[:200])
    assert run("match", "cut.npz", "goog.csv").exit_code == 5


def test_match_never_unpickles(run, miner, tmp_path):
    class Trap:
        def __reduce__(self):
            return (exec, ("raise SystemExit('unpickled')",))

    np.savez(tmp_path / "trap.npz", header=np.array([Trap()], object))
    done = run("match", "trap.npz", "goog.csv")
    assert done.exit_code == 5 and done.stderr.count("\n") == 1 and "unpickled" not in done.output


def test_demo(run, miner, tmp_path):
    done = run("demo")
    assert done.exit_code == 0, done.output
    assert [call["length"] for call in miner.calls] == [16, 4]
    assert "of the 4 planted shapes" in done.stdout
    assert "wrote motifkit-demo.png" in done.stdout
    assert (tmp_path / "motifkit-demo.png").read_bytes().startswith(b"\x89PNG")
    again = run("demo")
    assert again.exit_code == 4 and len(miner.calls) == 2
    answer = json.loads(run("demo", "--force", "--json").stdout)
    assert answer["schema"] == "motifkit.demo/1" and len(answer["planted"]["shapes"]) == 4


@pytest.mark.parametrize("command", ["train", "record"])
def test_help_and_error_name_all_environments(run, command):
    told, error = run(command, "--help").stdout, run(command, "-o", "x").stderr
    assert all(name in told and name in error for name in SHORT_NAMES)


def test_group(run):
    assert run("--version").output == f"motifkit {__version__}\n"
    for name in ("mine", "match", "demo"):
        assert name in run("--help").output
        assert "Usage: motifkit" in run(name, "--help").output
    unknown = run("mien")
    assert (
        unknown.exit_code == 2
        and "no such command 'mien'; did you mean mine?" in unknown.stderr
        and unknown.stderr.count("\n") == 1
    )
    bare = run()
    assert bare.exit_code == 2 and "Usage" in bare.output


def test_a_log_is_mined_matched_and_its_own_files_are_safe(run, tmp_path):
    rng = np.random.default_rng(0)
    rows = [(e, t, *rng.normal(size=2), t % 2) for e in range(3) for t in range(40)]
    frame = pd.DataFrame(rows, columns=["episode", "t", "obs_0", "obs_1", "action"])
    frame.to_csv(tmp_path / "log.csv", index=False)
    mining = ("mine", "log.csv", "--len", "5", "--surrogates", "0", "--with-actions", "--columns", "obs_1")
    done = run(*mining)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "next: motifkit match motifs.npz NEW_LOG"
    mined = MiningResult.load(tmp_path / "motifs.npz")
    assert mined.channels == ("obs_1", "action")
    done = run("match", "motifs.npz", "log.csv")
    assert done.exit_code == 0, done.output
    assert "3 episodes, 120 steps, channels obs_1, action" in done.stdout
    assert "These are the data the motifs were mined in" in done.stdout


def test_an_output_may_be_no_file_of_a_folder_that_is_read(run, tmp_path):
    folder = tmp_path / "log" / "data"
    folder.mkdir(parents=True)
    (folder / "main_data.hdf5").write_bytes(b"steps")
    for path in ("log", "log/data", "log/data/main_data.hdf5"):
        for target in ("log/data/main_data.hdf5", "log/data/metadata.json"):
            (folder / "metadata.json").write_bytes(b"{}")
            done = run("mine", path, "-o", target, "--force")
            assert done.exit_code == 2 and "the input" in one_line(done, 2)
    assert (folder / "main_data.hdf5").read_bytes() == b"steps"


def test_columns_in_another_order_are_those_that_were_mined(run):
    assert run("mine", "goog.csv", "--columns", "open,close", "--surrogates", "0", "-q").exit_code == 0
    answers = [
        json.loads(run("match", "motifs.npz", "goog.csv", "--json", *words).stdout)
        for words in ((), ("--columns", "close,open"))
    ]
    for answer in answers:
        assert answer["channels"] == ["Open", "Close"]
        assert answer["mined_in"]["counts"] == {m["label"]: m["count"] for m in answer["motifs"]}


def test_next_command_mines_the_new_data_alike(run, tmp_path):
    mining = ("mine", "goog.csv", "--len", "4:5", "--transform", "log", "--surrogates", "0", "--motifs", "2")
    assert run(*mining, "-q").exit_code == 0
    (tmp_path / "new.csv").write_text((tmp_path / "goog.csv").read_text().replace("Close", "Price"))
    done = run("match", "motifs.npz", "new.csv", "--column", "Adj Price")
    lengths = sorted({motif.length for motif in MiningResult.load(tmp_path / "motifs.npz").motifs})
    told = ":".join(map(str, lengths))
    assert done.stdout.splitlines()[-1] == (
        f"next: motifkit mine new.csv --len {told} --column 'Adj Price' --transform log -o new-motifs.npz"
    )


def test_significant_alone_leaves_none_and_says_how_to_see_them(run, miner):
    miner.significant = ()
    done = run("mine", "goog.csv", "--significant")
    assert done.stdout.splitlines()[-1] == "next: motifkit mine goog.csv --len 4 -o all-motifs.npz"
