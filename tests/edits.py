"""A copy of the data, and the ways to spoil it."""

import os
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import validation
from analysis.folders import DATA

CHAPTER = "spinal-cord-injury"
STUDIES, REPORTED, REVIEW = (
    f"{CHAPTER}/{name}" for name in ("studies.csv", "reported.csv", "review.yml")
)
FLOW, FINDINGS, OWN = (
    f"{CHAPTER}/{name}" for name in ("flow.csv", "findings.csv", "dictionary.yml")
)
LINE = 3  # Chang 2021 at the first assessment; its row at the last one is line 24
LAST = len((DATA / STUDIES).read_text(encoding="utf-8").splitlines())
TOMORROW = (date.today() + timedelta(days=2)).isoformat()

Edit = Callable[[Path], object]


COUNT, DATE, RANGE = "flow.identified", "methods.search-end", "results.age"


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def write(path: Path, frame: pd.DataFrame) -> None:
    text = frame.to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8", newline="")


def with_few_numbers(data: Path) -> Path:
    """Copy the data to a new folder, and return that, with fewer printed numbers.

    They are those that other files name, and a few. Tables that name many of them are left out, or
    name none.
    """
    shutil.copytree(DATA, data)
    for other in data.iterdir():
        if other.is_dir() and other.name != CHAPTER:
            shutil.rmtree(other)
    named = "".join((data / file).read_text(encoding="utf-8") for file in (STUDIES, FLOW, REVIEW))
    some = {f"{CHAPTER}.{row}" for row in (COUNT, DATE, RANGE, "bbb-last.tau2")}
    reported = table(data / REPORTED)
    write(data / REPORTED, reported[[id_ in some or id_ in named for id_ in reported["id"]]])
    write(data / FINDINGS, table(data / FINDINGS).assign(rows=""))
    for name in ("pools", "certainty", "methods", "questions", "contradictions"):
        (data / CHAPTER / f"{name}.csv").unlink()
    return data


def contents(data: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def faults_after(data: Path, *edits: Edit) -> list[str]:
    """What `check` says of the copy after some edits; it must not edit anything itself."""
    for edit in edits:
        edit(data)
    before = contents(data)
    faults = validation.check(data)
    assert contents(data) == before
    assert faults == sorted(faults)
    return [str(fault) for fault in faults]


def cell(file: str, line: int, **values: str) -> Edit:
    """Put other texts into some cells of a line; columns that the file has not are added."""

    def edit(data: Path) -> None:
        frame = table(data / file)
        for column, value in values.items():
            if column not in frame:
                frame[column] = ""
            frame.loc[line - 2, column] = value
        write(data / file, frame)

    return edit


def replaced(file: str, old: str, new: str) -> Edit:
    """Replace the first place where a text stands."""

    def edit(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        assert old in text
        (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def entry(file: str, key: str, text: str) -> Edit:
    """Put another text behind the first key of that name in a YAML file."""

    def edit(data: Path) -> None:
        content = (data / file).read_text(encoding="utf-8")
        changed, n = re.subn(rf"^([ -]*{key}:).*$", rf"\1 {text}", content, count=1, flags=re.M)
        assert n == 1
        (data / file).write_text(changed, encoding="utf-8")

    return edit


def each(*edits: Edit) -> Edit:
    """One edit after the other."""
    return lambda data: [edit(data) for edit in edits]


def located(data: Path, fault: str) -> str:
    """A fault in which the first line that holds a text is given as «text»."""
    file, mark, rest = re.split(":«|»", fault, maxsplit=2) if "«" in fault else (fault, "", "")
    if not mark:
        return fault
    lines = (data.parent / file).read_text(encoding="utf-8").splitlines()
    return f"{file}:{next(n for n, line in enumerate(lines, 1) if mark in line)}{rest}"


def raw(file: str, change: Callable[[bytes], bytes]) -> Edit:
    return lambda data: (data / file).write_bytes(change((data / file).read_bytes()))


def written(file: str, content: bytes) -> Edit:
    return raw(file, lambda _: content)


def removed(file: str) -> Edit:
    return lambda data: (data / file).unlink()


def cases(table: dict[str, Any]) -> Any:
    """Parametrize a test by the entries of a table, named by its keys."""
    return pytest.mark.parametrize("case", list(table.values()), ids=list(table))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


NO_FILE: dict[Callable[[Path], None], str] = {
    pipe: "must be a file, not a pipe or a device",
    folder: "cannot be read: Is a directory",
    loop: "must be a file of its own, not a symbolic link",
    device: "must be a file of its own, not a symbolic link",
}
"""What can stand in the place of a file, each by how it is made, and what is said of it."""

NOT_DECIMAL = "must be a number in decimal digits without separators"
NOT_A_LINE = "must be on one line"
