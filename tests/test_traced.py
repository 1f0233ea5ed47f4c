"""What a page is seen to read, as its cells run, is in what its stamp knows.

It may also open the data of a chapter that can't matter to it: `test_pages_alone` takes those away.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fresh
from analysis.folders import ROOT
from book import inputs
from tests import test_pages_alone

pytestmark = pytest.mark.slow

PAGES = sorted(path.stem for path in (ROOT / "book").glob("*.md"))

TRACED = """
import os, runpy, sys
from importlib.util import source_from_cache
from pathlib import Path
root, page = Path.cwd(), sys.argv[1]
opened = set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        opened.add(os.path.abspath(os.fsdecode(arguments[0])))
sys.addaudithook(hook)
sys.argv = ["altered_pages.py", page]
runpy.run_path(PROGRAM, run_name="__main__")
for name in opened:
    path = Path(name)
    path = Path(source_from_cache(path)) if path.suffix == ".pyc" else path
    if path.is_relative_to(root) and path.is_file():
        print("read", path.relative_to(root).as_posix())
"""


def read(root: Path, page: str) -> set[str]:
    """The files of a copy of the project that the cells of a page, run in it, open."""
    program = TRACED.replace("PROGRAM", repr(str(ROOT / "tests" / "altered_pages.py")))
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", program, page]
    ran = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    lines = (line.split(" ", 1) for line in ran.stdout.splitlines())
    return {rest[0] for first, *rest in lines if first == "read" and rest}


def unread(page: str) -> tuple[str, ...]:
    """The folders of the chapters that a page is known not to read."""
    return tuple(f"data/{chapter}/" for chapter in test_pages_alone.unread(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_is_seen_to_read_is_known_to_its_stamp(
    tmp_path: Path, page: str
) -> None:
    inputs.take(ROOT, tmp_path)
    source = (tmp_path / "book" / f"{page}.md").read_text(encoding="utf-8")
    chapters = fresh.read_by(f"book/{page}", source, tmp_path / "data")
    found = read(tmp_path, page)
    if "{code-cell}" in source:
        assert any(name.startswith("analysis/") for name in found)
        assert any(name.startswith("data/") for name in found) or not chapters
    found = {name for name in found if not name.startswith(unread(page))}
    assert found - {f"book/{page}.md", inputs.MANIFEST} <= fresh.known(tmp_path, chapters).keys()
