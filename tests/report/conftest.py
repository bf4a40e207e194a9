"""A browser for the pages that motifkit writes."""

import shutil

import pytest

from tests.report.pages import LAPTOP

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Open the text of a page, without a network; what a page complains of or asks for fails the last test.

    A page takes seconds to open, so tests share them and find them as the last one left them. They are tabs of one
    context, which saves a third of the time: pages keep nothing that another could find.
    """
    api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    executable = next((path for path in map(shutil.which, NAMES) if path), None)
    if executable is None:
        pytest.skip(f"no browser is installed: none of {', '.join(NAMES)}")
    folder, complaints = tmp_path_factory.mktemp("pages"), []

    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=executable, args=list(QUIET))
        context = browser.new_context(offline=True)

        def open_page(text, *, viewport=LAPTOP, scheme="light"):
            path = folder / f"{len(context.pages)}.html"
            path.write_text(text, encoding="utf-8")
            page = context.new_page()
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)
            page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda one: one.url == path.as_uri() or complaints.append(one.url))
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]", timeout=60_000)
            return page

        yield open_page
        browser.close()
    assert not complaints
