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
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

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
                sites = [*pool.map(_site, roots)]
                differing += differences(*sites)
    for name in differing:
        print(f"differs: {name}")
    print(f"{len(then)} answers compared{'' if asked.without_site else ', and the site'}.")
    return bool(differing)


def _roots(folder: Path, revision: str) -> tuple[Path, Path]:
    """A copy of the project at a revision, and one of it as it stands."""
    from book import inputs

    then, now = folder / "then", folder / "now"
    archived = subprocess.run(["git", "archive", revision], check=True, capture_output=True).stdout
    (folder / "archive").mkdir()
    subprocess.run(["tar", "-x", "-C", folder / "archive"], input=archived, check=True)
    inputs.take(folder / "archive", then)
    inputs.take(Path.cwd(), now)
    return then, now


def _site(root: Path) -> Path:
    from book.copies import build

    (root / "manifest.json").unlink(missing_ok=True)
    return build(root)


def differences(then: Path, now: Path) -> list[str]:
    """The files of two sites that one alone has, or that say something else."""
    files = [
        {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
        for site in (then, now)
    ]
    return [
        name
        for name in sorted(files[0] | files[1])
        if name not in files[0] & files[1] or said(then / name) != said(now / name)
    ]


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
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString, Tag

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
    command = [sys.executable, str(Path(__file__).resolve()), "--faulty"]
    asked = json.dumps(list(faulty(root / "data")))
    ran = subprocess.run(
        command, cwd=root, env=env, input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    return {**found, **json.loads(ran.stdout)}


def faulty(data: Path) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    """Names of faulty data sets, each with the file that differs, its text, and its chapters."""
    from analysis import folders

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


def say_of_faulty() -> None:
    """Ask the command `check` of the project in the working folder of each data set of the input.

    Each is asked in a fork that knows what the command imports, and nothing of the data set.
    """
    from analysis.__main__ import main as command

    asked, found = json.load(sys.stdin), dict[str, str]()
    with TemporaryDirectory() as folder:
        _copy(Path("data"), Path(folder, "warm"), asked[0][-1])
        with redirect_stdout(io.StringIO()):
            command(["check", str(Path(folder, "warm"))])
        data = Path(folder, "data")
        for name, file, text, chapters in asked:
            _copy(Path("data"), data, chapters)
            (data / file).write_text(text, encoding="utf-8")
            found[name] = _forked(partial(command, ["check", str(data)])).replace(folder, "")
            shutil.rmtree(data)
    print(json.dumps(found))


def _copy(data: Path, copy: Path, chapters: Sequence[str]) -> None:
    """Copy some chapters of the data, and what they share."""
    shutil.copytree(
        data,
        copy,
        ignore=lambda path, names: {
            name
            for name in names
            if Path(path) == data and Path(path, name).is_dir() and name not in chapters
        },
    )


def _forked(ask: Callable[[], int]) -> str:
    """Exit and output of a command that runs in a process of its own."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out, redirect_stdout(out):
            try:
                print(ask())
            except BaseException as error:  # whatever it is, it is what the command gives
                print(repr(error))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.wait()
    return text


if __name__ == "__main__":
    if sys.argv[1:] == ["--faulty"]:
        say_of_faulty()
    else:
        sys.exit(main())
