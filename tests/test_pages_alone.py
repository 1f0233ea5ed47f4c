"""A page says the same in a book that has only the chapters that its stamp says it reads."""

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


PAGES = [path.stem for path in sorted((ROOT / "book").glob("*.md")) if unread(path.stem)]


def said(root: Path, page: str) -> list[str]:
    """What the cells of a page show in a copy of the project."""
    program = ROOT / "tests" / "altered_pages.py"
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, str(program), page], cwd=root, env=env, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    found: list[str] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("page", PAGES)
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
    assert len(PAGES) >= 2
