"""A file is whole or not there, whatever interrupts its writing."""

import os
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from motifkit.errors import FileAccessError
from motifkit.io.atomic import atomic_write, check_writable


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("before", [None, "old"])
def test_interrupted_write_leaves_what_was_there(interruption, before, tmp_path):
    path = tmp_path / "a.npz"
    if before:
        path.write_text(before)
    with pytest.raises(interruption), atomic_write(path, overwrite=True) as temporary:
        temporary.write_text("half")
        raise interruption
    assert [p.name for p in tmp_path.iterdir()] == (["a.npz"] if before else [])
    if before:
        assert path.read_text() == before


def test_killed_writer_leaves_no_target(tmp_path):
    program = """
        import os, signal, sys
        from motifkit.io.atomic import atomic_write
        with atomic_write(sys.argv[1]) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    path = tmp_path / "a.npz"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), path], cwd=os.getcwd(), check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()


def test_failed_write_is_one_line(tmp_path):
    with pytest.raises(FileAccessError, match=r"a\.npz cannot be written: No space left") as caught:
        with atomic_write(tmp_path / "a.npz"):
            raise OSError(28, "No space left on device")
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_temporary_keeps_the_suffix_and_the_directory(tmp_path):
    with atomic_write(tmp_path / "picture.png") as temporary:
        assert temporary.suffix == ".png" and temporary.parent == tmp_path
        assert not (tmp_path / "picture.png").exists()
        temporary.write_text("x")
    assert (tmp_path / "picture.png").read_text() == "x"


def test_permissions(tmp_path):
    path = tmp_path / "a"
    old = os.umask(0o027)
    try:
        write(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    write(path, overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def write(path, **options):
    with atomic_write(path, **options) as temporary:
        temporary.write_text("new")


def test_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", overwrite=True)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(FileAccessError, match="exists already"), atomic_write(path):
        path.write_text("other")
    assert path.read_text() == "other" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("act", [write, check_writable])
def test_unusable_targets(act, tmp_path):
    (tmp_path / "file").write_text("x")
    cases = {
        tmp_path / "file": "exists already; use --force",
        tmp_path: "is a directory",
        tmp_path / "none" / "a": "none does not exist; make it first",
        tmp_path / "file" / "a": "cannot be written|does not exist",
        tmp_path / ("x" * 300): "cannot be written",
        f"{tmp_path}/a\0b": "cannot be written",
        "/dev/null": "not a regular file",
    }
    for path, told in cases.items():
        with pytest.raises(FileAccessError, match=told):
            act(path, **({"overwrite": True} if str(path) == "/dev/null" else {}))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no directory like it elsewhere")
def test_directory_that_takes_no_files():
    with pytest.raises(FileAccessError, match="directory /proc takes no files; choose another place"):
        write("/proc/motifs.npz")


def test_unwritable_directory(tmp_path, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # root writes everywhere

        def refuse(*_args):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileAccessError, match="may not be written to"):
        write(folder / "a")


def test_check_writable_leaves_nothing(tmp_path):
    check_writable(tmp_path / "a")
    assert not list(tmp_path.iterdir())
