"""A built copy of the book, and a browser without a network to look at it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSER_REQUIRED = os.environ.get("CI") == "true" or os.environ.get("REQUIRE_BROWSER") == "1"
ALLOWED = re.compile(r"file:|data:|blob:|about:|http://127\.0\.0\.1[:/]")


@dataclass(frozen=True)
class Build:
    """What one run of `jupyter-book build .` did."""

    ok: bool
    output: str

    @property
    def executed(self) -> set[str]:
        """The pages whose cells were executed, rather than taken from the cache."""
        return set(re.findall(r"(\w[\w-]*)\.md: Executing notebook", self.output))

    @property
    def read(self) -> set[str]:
        """The pages that were read."""
        return set(re.findall(r"reading sources\.\.\. \[.*?\] book/(\S+)", self.output))


@dataclass(frozen=True)
class Book:
    """A copy of the project; nothing done to it touches the project itself."""

    root: Path

    @property
    def html(self) -> Path:
        """The folder of the site."""
        return self.root / "_build" / "html"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment here, with the `analysis` and the data of the copy."""
        env = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=self.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def build(self) -> Build:
        """Run `jupyter-book build .`."""
        done = self.run("jupyter-book", "build", ".")
        return Build(done.returncode == 0, re.sub(r"\x1b\[[\d;]*m", "", done.stdout))

    def append(self, path: str, text: str) -> None:
        """Add text to the end of a file."""
        with (self.root / path).open("a", encoding="utf-8") as file:
            file.write(text)


@dataclass(frozen=True)
class Tab:
    """A page in the browser, what it requested from the network and its errors."""

    page: Page
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def pages(site: Path) -> list[Path]:
    """The pages of the book."""
    return sorted((site / "book").glob("*.html"))


def lay_out(page: Page) -> None:
    """Have everything laid out, also what is far from the screen."""
    page.add_style_tag(content="* { content-visibility: visible !important; }")


def settle(page: Page) -> None:
    """Wait until scripts have made what they make in the first idle moments of a page."""
    for _ in range(2):  # what is made then can ask for more
        page.evaluate("new Promise((done) => requestIdleCallback(() => done()))")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The book as it stands, built once from nothing. Not to be changed: see `book`."""
    book = Book(tmp_path_factory.mktemp("built"))
    # The owner of the files does not matter here, though git asks about it.
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file():
            target = book.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    build = book.build()
    assert build.ok, build.output
    return book


@pytest.fixture(scope="session")
def site(built: Book) -> Path:
    """The folder of the built site."""
    return built.html


@pytest.fixture
def book(built: Book, tmp_path: Path) -> Book:
    """A copy of the built book to change: its next build reads all pages, and executes none."""
    return Book(shutil.copytree(built.root, tmp_path / "book"))


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """Address of the site on a server of this machine."""
    handler = partial(SilentHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class SilentHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none, the tests are skipped, or fail if a browser is required."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no `chromium` on PATH"
        (pytest.fail if BROWSER_REQUIRED else pytest.skip)(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """An empty page; what it asks of the network is refused and noted."""
    with browser.new_context() as context:
        tab = Tab(context.new_page())

        def answer(route: Route) -> None:
            if ALLOWED.match(route.request.url):
                route.continue_()
            else:
                tab.refused.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on(
            "console", lambda said: tab.errors.append(said.text) if said.type == "error" else None
        )
        yield tab
