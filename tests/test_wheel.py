"""The wheel that is built from this checkout carries its data and works on its own."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import motifkit

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ("goog.csv", "planted.csv", "planted_truth.csv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Folder with the unpacked wheel, and nothing of the checkout near it."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, code):
    # Isolated, and first on the path, so that no checkout is what is imported.
    start = f"import sys; sys.path.insert(0, {str(installed)!r}); "
    done = subprocess.run(
        [sys.executable, "-I", "-c", start + code],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_wheel_carries_the_samples_as_they_are(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name in SAMPLES:
            assert archive.read(f"motifkit/samples/{name}") == (ROOT / "datasets" / name).read_bytes()


def test_wheel_carries_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = f"motifkit-{motifkit.__version__}.dist-info"
        assert {name.split("/")[0] for name in names} == {"motifkit", info}
        assert {"motifkit/py.typed", f"{info}/licenses/LICENSE"} <= set(names)
        assert b"motifkit = motifkit.cli:main" in archive.read(f"{info}/entry_points.txt")
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "motifkit").rglob("*.py")}
    assert modules <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_samples_are_found_from_the_wheel(installed):
    code = f"import motifkit; print(*map(motifkit.sample_path, {SAMPLES!r}))"
    assert run(installed, code) == [str(installed / "motifkit" / "samples" / name) for name in SAMPLES]


def test_public_names_load_from_the_wheel_and_not_before(installed):
    code = (
        "import motifkit; heavy = {'torch', 'stumpy', 'tslearn', 'matplotlib', 'pandas'} & set(sys.modules); "
        "[getattr(motifkit, name) for name in motifkit.__all__]; "
        "assert set(motifkit.__all__) <= set(dir(motifkit)); print(motifkit.__file__, *heavy)"
    )
    assert run(installed, code) == [str(installed / "motifkit" / "__init__.py")]
