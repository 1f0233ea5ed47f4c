"""What the stamp of a page knows is all that the page depends on.

It opens no other file, but perhaps of chapters without which it says the same.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fresh
from analysis import folders
from analysis.folders import ROOT
from book import inputs
from tests.frozen import LIVE

pytestmark = pytest.mark.slow


def unread(page: str) -> list[str]:
    """The chapters that a page is known not to read."""
    source = (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
    read = fresh.read_by(f"book/{page}", source, LIVE)
    return [] if None in read else [name for name in folders.chapters(LIVE) if name not in read]


PAGES = [path.stem for path in sorted((ROOT / "book").glob("*.md"))]
ALONE = [page for page in PAGES if unread(page)]

SHOWN = ROOT / "tests" / "altered_pages.py"
"""The program that writes what a page shows."""

TRACED = f"""
import os, runpy, sys
from importlib.util import source_from_cache
from pathlib import Path
opened = set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        opened.add(os.path.abspath(os.fsdecode(arguments[0])))
sys.addaudithook(hook)
runpy.run_path({str(SHOWN)!r}, run_name="__main__")
for name in opened:
    path = Path(name)
    path = Path(source_from_cache(path)) if path.suffix == ".pyc" else path
    if path.is_relative_to(Path.cwd()) and path.is_file():
        print("read", path.relative_to(Path.cwd()).as_posix())
"""
"""The same program, which then writes which files of the project it has opened."""


def run(root: Path, *arguments: str) -> list[str]:
    """The lines that a program of Python writes in a copy of the project."""
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=env, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def said(root: Path, page: str) -> list[str]:
    """What the cells of a page show in a copy of the project."""
    found: list[str] = json.loads(run(root, str(SHOWN), page)[-1])
    return found


def opened(root: Path, page: str) -> set[str]:
    """The files of a copy of the project that the cells of a page, run in it, open."""
    lines = run(root, "-c", TRACED, page)
    return {line.removeprefix("read ") for line in lines if line.startswith("read ")}


@pytest.mark.parametrize("page", ALONE)
def test_page_depends_on_no_chapter_besides_those_it_is_known_to_read(
    tmp_path: Path, page: str
) -> None:
    inputs.take(ROOT, tmp_path)
    whole = said(tmp_path, page)
    assert whole
    for name in unread(page):
        shutil.rmtree(tmp_path / "data" / name)
    assert said(tmp_path, page) == whole


def test_some_pages_do_not_read_everything() -> None:
    assert len(ALONE) >= 2


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_is_seen_to_read_is_known_to_its_stamp(
    tmp_path: Path, page: str
) -> None:
    inputs.take(ROOT, tmp_path)
    source = (tmp_path / "book" / f"{page}.md").read_text(encoding="utf-8")
    chapters = fresh.read_by(f"book/{page}", source, tmp_path / "data")
    found = opened(tmp_path, page)
    if "{code-cell}" in source:
        assert any(name.startswith("analysis/") for name in found)
        assert any(name.startswith("data/") for name in found) or not chapters
    without = tuple(f"data/{chapter}/" for chapter in unread(page))
    found = {name for name in found if not name.startswith(without)}
    assert found - {f"book/{page}.md", inputs.MANIFEST} <= fresh.known(tmp_path, chapters).keys()
