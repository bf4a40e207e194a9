"""`motifkit match`, `motifkit demo` and the group, by click's runner."""

import json

import pytest

from motifkit import __version__
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
    import numpy as np

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


def test_group(run):
    assert run("--version").output == f"motifkit {__version__}\n"
    for name in ("mine", "match", "demo"):
        assert name in run("--help").output
        assert "Usage: motifkit" in run(name, "--help").output
    unknown = run("mien")
    assert (
        unknown.exit_code == 2
        and "no such command 'mien', did you mean mine?" in unknown.stderr
        and unknown.stderr.count("\n") == 1
    )
    bare = run()
    assert bare.exit_code == 2 and "Usage" in bare.output
