"""A built copy of the book, and a browser without a network to look at it.

Processes that share the tests of a run share the built book; what measures time runs when no other
test does.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

import analysis
from tests.frozen import LIVE
from tests.site.small import small_book

if analysis.DATA != LIVE:
    raise pytest.UsageError("the site has the data of the book: run tests/site by itself")

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

    @property
    def contents(self) -> set[str]:
        """The names of all pages."""
        return set(re.findall(r"book/(\S+)", (self.root / "_toc.yml").read_text(encoding="utf-8")))

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


def wait_until(page: Page, condition: str, arg: object = None) -> None:
    """Wait until a condition holds; the page's policy forbids Playwright's own way."""
    end = time.monotonic() + 30
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


@contextmanager
def locked(file: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Wait until no other process holds a file, or until all that hold it share it."""
    with file.open("w") as opened:
        fcntl.flock(opened, how)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and end with what is timed, as that waits for all others."""

    def place(item: pytest.Item) -> int:
        if item.get_closest_marker("timed"):
            return 3
        if item.path.stem == "test_sequences":
            return 0
        return 1 if {"book", "small"} & set(getattr(item, "fixturenames", ())) else 2

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all its processes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(autouse=True)
def _alone_if_timed(request: pytest.FixtureRequest, shared: Path) -> Iterator[None]:
    timed = request.node.get_closest_marker("timed")
    with locked(shared / "running", fcntl.LOCK_EX if timed else fcntl.LOCK_SH):
        yield


@pytest.fixture(scope="session")
def built(shared: Path) -> Book:
    """The book as it stands, built once from nothing. Not to be changed: see `book`."""
    return _built_once(shared / "built", _copy_project)


@pytest.fixture(scope="session")
def built_small(shared: Path) -> Book:
    """A book of two small chapters, built once from nothing. Not to be changed: see `small`."""
    return _built_once(shared / "built-small", small_book)


def _built_once(root: Path, write: Callable[[Path], object]) -> Book:
    """The book that `write` writes to a folder, built there by whichever process asks first."""
    with locked(root.with_suffix(".lock")):
        if not root.exists():
            unfinished = Book(root.with_suffix(".unfinished"))
            write(unfinished.root)
            build = unfinished.build()
            assert build.ok, build.output
            unfinished.root.rename(root)
    return Book(root)


def _copy_project(root: Path) -> None:
    # The owner of the files does not matter here, though git asks about it.
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


@pytest.fixture(scope="session")
def site(built: Book) -> Path:
    """The folder of the built site."""
    return built.html


@pytest.fixture
def book(built: Book, tmp_path: Path) -> Book:
    """A copy of the built book to change: its next build executes only what reads a change."""
    return Book(shutil.copytree(built.root, tmp_path / "book"))


@pytest.fixture
def small(built_small: Book, tmp_path: Path) -> Book:
    """A copy of the small built book to change, for what a build does with any book."""
    return Book(shutil.copytree(built_small.root, tmp_path / "book"))


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
