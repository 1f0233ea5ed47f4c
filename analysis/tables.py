"""The data of a chapter as typed tables."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import csv_files, yaml_files
from analysis.csv_files import TextTable
from analysis.dictionary import Column, Table, tables
from analysis.faults import Fault, nearest
from analysis.folders import DATA, ROOT, chapters, digest
from analysis.once import once
from analysis.yaml_files import Document

__all__ = [
    "DATA",
    "ROOT",
    "Fault",
    "chapters",
    "check",
    "digest",
    "has",
    "load",
    "review",
]


CHANGES = {
    "studies": "added",
    "certainty": "judged",
    "corrections": "corrected",
    "retired": "retired",
}
"""The columns, by table, that say on which day a row came to be or to go."""


def check(data: Path = DATA) -> list[Fault]:
    """Every fault of the data, each with file, line and column; empty if all is well."""
    # It rests on what is here.
    from analysis import validation

    return validation.check(data)


def has(chapter: str, table: str, data: Path = DATA) -> bool:
    """Whether a chapter has a table."""
    return _path(chapter, table, data).exists()


def _path(chapter: str, table: str, data: Path) -> Path:
    return data / chapter / f"{table}.csv"


def load(chapter: str, table: str, data: Path = DATA) -> pd.DataFrame:
    """One table of a chapter, typed by the dictionary; its rows in the order of the file.

    Numbers are floats (nan where empty), whole numbers Int64, everything else text, "" where empty.
    Raises ValueError for a table that the dictionary or the folder doesn't know, or for a file
    that `check` would refuse as unreadable.
    """
    found = text(chapter, table, data)
    return typed(found, tables(chapter, data)[table]).copy()


def load_text(chapter: str, table: str, data: Path = DATA) -> pd.DataFrame:
    """One table of a chapter as the characters of its cells, indexed by line.

    Raises ValueError as `load` does.
    """
    return as_frame(text(chapter, table, data))


def records(
    chapter: str, table: str, data: Path = DATA
) -> tuple[tuple[int, Mapping[str, str]], ...]:
    """The rows of a table of a chapter, each as its line and the text of its cells by column.

    Raises ValueError as `load` does.
    """
    return text(chapter, table, data).records


def as_frame(read: TextTable) -> pd.DataFrame:
    """The cells of a file as they stand there, indexed by line."""
    return pd.DataFrame(
        [list(row) for row in read.rows],
        columns=list(read.header),
        index=list(read.lines),
        dtype=object,
    )


def text(chapter: str, table: str, data: Path = DATA) -> TextTable:
    """One table of a chapter as it stands in its file. Raises ValueError as `load` does."""
    if table not in tables(chapter, data) or not has(chapter, table, data):
        raise ValueError(f"no table {table!r} in chapter {chapter!r}")
    path = _path(chapter, table, data)
    found, faults = csv_files.read(path, str(path))
    if found is None or faults:
        raise ValueError("; ".join(map(str, faults)))
    return found


@once
def review(chapter: str, data: Path = DATA) -> dict[str, Any]:
    """What a chapter's review.yml says; its dates are texts. Raises ValueError as `load` does."""
    loaded: dict[str, Any] = review_file(chapter, data).content
    return loaded


def review_file(chapter: str, data: Path = DATA) -> Document:
    """A chapter's review.yml with its lines. Raises FaultError for one that can't be read."""
    return yaml_files.read(data / chapter / "review.yml", f"{data.name}/{chapter}/review.yml")


def titles(data: Path = DATA) -> dict[str, str]:
    """Titles of the chapters by name, in the order of their pages, then of those without one."""
    known = chapters(data)
    names = dict.fromkeys([*(page for page in _pages() if page in known), *known])
    return {name: str(review(name, data)["title"]) for name in names}


@once
def _pages() -> tuple[str, ...]:
    """Names of the pages in the order of the contents, in which a reader goes through them."""
    contents = yaml_files.read(ROOT / "_toc.yml", "_toc.yml").content
    return tuple(Path(page["file"]).name for part in contents["parts"] for page in part["chapters"])


def last_changed(chapter: str, data: Path = DATA) -> str:
    """The latest day, as YYYY-MM-DD, on which its data were added to, judged or corrected."""
    days = [str(review(chapter, data)["added"])]
    for table, column in CHANGES.items():
        if has(chapter, table, data):
            days += text(chapter, table, data).columns[column]
    return max(days)


@lru_cache(maxsize=64)
def typed(read: TextTable, table: Table) -> pd.DataFrame:
    """A file's cells by the types of their columns, not to be changed. Raises as `load` does."""
    frame, columns = as_frame(read).reset_index(drop=True), table.columns
    unknown = [name for name in read.header if name not in columns]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r} in {table.name}{nearest(unknown[0], columns)}")
    return frame.assign(**{name: _numbers(frame[name], columns[name]) for name in read.header})


def _numbers(cells: pd.Series, column: Column) -> pd.Series:
    """The cells of a column by its type; what holds no numbers stays text."""
    if column.type == "number":
        return cells.replace("", np.nan).astype(float)
    if column.type == "integer":
        return cells.replace("", None).astype(float).astype("Int64")
    return cells.astype(str)
