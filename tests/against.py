"""What the project gives, held against what it gave at another revision of its code.

`python -m tests.against REVISION` builds both and compares every file of the site, and what the
commands say of the data and of some hundred faulty ones. Not compared are digests, which follow
from the code, and the code that pages show.
"""

import argparse
import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from analysis import folders
from book.copies import build, copy_project
from book.verify import differences

FAULTY = 300
"""How many faulty data sets the command `check` is asked of."""

CELLS = ("", "x", "-1", "1e9", "0", "1,5", "=1", "2026-13-01", "a;a", "yes", "A\u200bb", "1.500")
"""What a cell of a faulty data set may hold, besides what stands in another row."""

DIGEST = re.compile(r"\b[0-9a-f]{64}\b|code [0-9a-f]{12}")
CODE = re.compile(r'"analysis/[^"]*": "<digest>",?\n')
IMPORTS = re.compile(r"(?:\\n|^) *\"?(?:from|import) (?:analysis|book)\b.*", re.M)


def main() -> int:
    """Name what differs; 0 if nothing does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="a revision of the project, as git names it")
    parser.add_argument("--without-site", action="store_true", help="compare the commands alone")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        roots = _roots(Path(folder), asked.revision)
        with ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(answers, root) for root in roots]
            then, now = (each.result() for each in asking)
            differing = [f"command {name}" for name in then if then[name] != now[name]]
            if not asked.without_site:
                then_site, now_site = pool.map(build, roots)
                differing += differences(then_site, now_site, same=say_the_same)
    for name in differing:
        print(f"differs: {name}")
    print(f"{len(then)} answers compared{'' if asked.without_site else ', and the site'}.")
    return bool(differing)


def _roots(folder: Path, revision: str) -> tuple[Path, Path]:
    """A copy of the project at a revision, and one of it as it stands."""
    archive = folder / "archive"
    archived = subprocess.run(["git", "archive", revision], check=True, capture_output=True).stdout
    archive.mkdir()
    subprocess.run(["tar", "-x", "-C", archive], input=archived, check=True)
    return copy_project(folder / "then", archive), copy_project(folder / "now")


def say_the_same(one: Path, other: Path) -> bool:
    """Whether two files of the site say the same."""
    return said(one) == said(other)


def said(path: Path) -> object:
    """What a file of the site says, whatever the digest of the code and the code that is shown."""
    content = path.read_bytes()
    if path.name == "objects.inv":
        return zlib.decompress(content.split(b"\n", 4)[4])
    try:
        text = DIGEST.sub("<digest>", content.decode())
    except UnicodeDecodeError:
        return content
    if path.suffix == ".html":
        return list(_page(text))
    return CODE.sub("", text) if path.name == "manifest.json" else IMPORTS.sub("", text)


def _page(text: str) -> Iterator[str]:
    """Every element of a page with what it has, and every text, but for the code that is shown."""
    soup = BeautifulSoup(text, "html.parser")
    for code in soup.select("div.cell_input"):
        code.decompose()
    for each in soup.descendants:
        if isinstance(each, Tag):
            yield f"<{each.name} {sorted(each.attrs.items())}>"
        elif isinstance(each, NavigableString) and each.strip():
            yield each.strip()


def answers(root: Path) -> dict[str, str]:
    """What the commands of a copy of the project say, by their names and those of faulty data."""
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    found = {}
    for arguments in (["check"], ["audit"], ["audit", "--json"], ["diff"]):
        command = [sys.executable, "-m", "analysis", *arguments]
        ran = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
        output = DIGEST.sub("<digest>", (ran.stdout + ran.stderr).replace(str(root), ""))
        found[" ".join(arguments)] = f"{ran.returncode}\n{output}"
    command = [sys.executable, str(Path(__file__).resolve().with_name("faulty_answers.py"))]
    asked = json.dumps(list(faulty(root / "data")))
    ran = subprocess.run(
        command, cwd=root, env=env, input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    return {**found, **json.loads(ran.stdout)}


def faulty(data: Path) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    """Names of faulty data sets, each with the file that differs, its text, and its chapters."""
    chance = random.Random(0)
    files = sorted(path.relative_to(data).as_posix() for path in data.glob("*/*.[cy][sm][vl]"))
    rests_on = {chapter: folders.reads(chapter, data) for chapter in folders.chapters(data)}
    # A chapter that rests on no other one is checked in a tenth of the time.
    alone = [name for name in files if len(rests_on[name.split("/")[0]]) == 1]
    for number in range(FAULTY):
        name = chance.choice(alone if number % 20 else files)
        text = (data / name).read_text(encoding="utf-8")
        changed = _cell(text, chance) if name.endswith(".csv") else _line(text, chance)
        yield f"{number} {name}", name, changed, rests_on[name.split("/")[0]]


def _cell(text: str, chance: random.Random) -> str:
    """A table with another cell."""
    rows = list(csv.reader(io.StringIO(text)))
    row, column = chance.randrange(len(rows)), chance.randrange(len(rows[0]))
    others = (*CELLS, chance.choice(rows)[column], rows[row][column].swapcase())
    rows[row][column] = chance.choice(others)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _line(text: str, chance: random.Random) -> str:
    """A YAML file that lacks a line, or has one twice."""
    lines = text.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    lines[place] *= chance.choice((0, 2))
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
