"""The pages of docs/ build without a warning, name everything public, and show what the commands really print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import motifkit
from tests.test_docs import ROOT, blocks, enter_folder, run_block

DOCS = ROOT / "docs"
MAX_PICTURE_BYTES = 150_000


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The built pages; warnings are errors."""
    pytest.importorskip("sphinx")
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(place / "doctrees")]
    done = subprocess.run(
        [*command, str(DOCS), str(place / "html")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return place / "html"


def test_every_public_name_is_described(built):
    pages = "".join(path.read_text(encoding="utf-8") for path in (built / "api").glob("*.html"))
    described = set(re.findall(r'<dt class="sig[^>]* id="motifkit\.(\w+)"', pages))
    assert described == set(motifkit.__all__)


def test_pages_fetch_nothing(built):
    for path in built.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//[^"]*', text), path


def test_equations_are_shown_without_a_script(built):
    text = (built / "theory.html").read_text(encoding="utf-8")
    assert text.count("<math") > 100
    assert "<merror" not in text


def test_pictures_are_small_and_used(built):
    pictures = sorted((DOCS / "_static").glob("*.png"))
    assert pictures
    shown = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    for picture in pictures:
        assert picture.stat().st_size < MAX_PICTURE_BYTES
        assert f"(_static/{picture.name})" in shown
        assert (built / "_images" / picture.name).exists()


def test_architecture_names_packages_and_modules_that_exist():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    package = Path(motifkit.__file__).parent
    for part in [*package.glob("*/__init__.py"), *package.glob("[a-z]*.py")]:
        name = part.name if part.parent == package else f"{part.parent.name}/"
        assert name in text, f"docs/architecture.md does not name {name}"
    there = {path.name for folder in (package, DOCS, ROOT / "tests") for path in folder.rglob("*.py")}
    assert set(re.findall(r"\b[a-z]\w*\.py\b", text)) <= there


def shell_steps(code):
    """(command, lines shown below it) of a console block."""
    steps = []
    for line in code.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif line.strip() and line != "...":
            steps[-1][1].append(line.rstrip())
    return steps


def run_page(name):
    """Run the blocks of a page in order; what is shown below a command must be lines that it prints."""
    for language, code in blocks((DOCS / name).read_text(encoding="utf-8")):
        steps = [(code, [])] if language == "python" else shell_steps(code)
        assert steps
        for run, shown in steps:
            status, printed = run_block(language, run)
            fails = any(line.startswith("error: ") for line in shown)
            assert (status != 0) == fails, f"{run}\n{printed}"
            lines = [line.rstrip() for line in printed.splitlines()]
            for line in shown:
                assert line in lines, f"{run}\n{line}\n{printed}"


@pytest.mark.timeout(600)  # as the README's
@pytest.mark.parametrize("name", ["quickstart.md", pytest.param("tutorial.md", marks=pytest.mark.slow)])
def test_page_blocks_run_and_print_what_is_shown(name, tmp_path, monkeypatch):
    enter_folder(tmp_path, monkeypatch)
    run_page(name)


def test_shown_output_that_is_not_printed_is_found(tmp_path, monkeypatch):
    page = Path(tmp_path) / "page.md"
    monkeypatch.setattr(sys.modules[__name__], "DOCS", Path(tmp_path))
    enter_folder(tmp_path, monkeypatch)
    page.write_text("```console\n$ echo one\none\n...\n```\n", encoding="utf-8")
    run_page("page.md")
    page.write_text("```console\n$ echo one\ntwo\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        run_page("page.md")
