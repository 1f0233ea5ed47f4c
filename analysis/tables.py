"""The data of a chapter as typed tables, and the digest that says which data they are."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import csv_files, yaml_files
from analysis.dictionary import DATA, ROOT, Column, tables
from analysis.faults import Fault, nearest

__all__ = ["DATA", "ROOT", "Fault", "chapters", "check", "digest", "load", "review"]


def check(data: Path = DATA) -> list[Fault]:
    """Every fault of the data, each with file, line and column; empty if all is well."""
    # Validation needs jsonschema and pybtex, whose import would slow down every page.
    from analysis import validation

    return validation.check(data)


def chapters(data: Path = DATA) -> list[str]:
    """Names of the chapters: the folders of `data` with a review.yml, in alphabetical order."""
    return sorted(path.parent.name for path in data.glob("*/review.yml"))


def load(chapter: str, table: str, data: Path = DATA) -> pd.DataFrame:
    """One table of a chapter, typed by the dictionary; its rows in the order of the file.

    Numbers are floats (nan where empty), whole numbers Int64, everything else text, "" where empty.
    Raises ValueError for a table that the dictionary or the folder doesn't know, or for a file
    that `check` would refuse as unreadable.
    """
    frame = load_text(chapter, table, data).reset_index(drop=True)
    columns = tables(chapter, data)[table].columns
    unknown = [str(name) for name in frame.columns if name not in columns]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r} in {table}{nearest(unknown[0], columns)}")
    return frame.assign(
        **{str(name): _typed(frame[name], columns[str(name)]) for name in frame.columns}
    )


def load_text(chapter: str, table: str, data: Path = DATA) -> pd.DataFrame:
    """One table of a chapter as the characters of its cells, indexed by line.

    Raises ValueError as `load` does.
    """
    path = data / chapter / f"{table}.csv"
    if table not in tables(chapter, data) or not path.exists():
        raise ValueError(f"no table {table!r} in chapter {chapter!r}")
    text, faults = csv_files.read(path, str(path))
    if text is None or faults:
        raise ValueError("; ".join(map(str, faults)))
    return pd.DataFrame(
        [list(row) for row in text.rows],
        columns=list(text.header),
        index=list(text.lines),
        dtype=object,
    )


@cache
def review(chapter: str, data: Path = DATA) -> dict[str, Any]:
    """What a chapter's review.yml says; its dates are texts. Raises ValueError as `load` does."""
    path = data / chapter / "review.yml"
    loaded: dict[str, Any] = yaml_files.read(path, str(path)).content
    return loaded


@cache
def reads(chapter: str, data: Path = DATA) -> tuple[str, ...]:
    """The chapters whose data a chapter's own rest on: itself, and those whose rows it names.

    A recipe or a sentence of one paper may quote another one, which may quote a third.
    """
    known = chapters(data)
    found = [chapter]
    for name in found:
        texts = [path.read_text(encoding="utf-8") for path in sorted((data / name).glob("*.csv"))]
        found += [
            other
            for other in known
            if other not in found and any(f"'{other}." in text for text in texts)
        ]
    return tuple(found)


def digest(chapter: str | None = None, data: Path = DATA) -> str:
    """SHA-256, in hexadecimal, of the data of a chapter or, without one, of all chapters.

    Covers path and bytes of each file that is not hidden, and what the chapters share.
    """
    folders = chapters(data) if chapter is None else [chapter]
    paths = sorted(data.iterdir())
    paths += [path for name in folders for path in sorted((data / name).rglob("*"))]
    total = hashlib.sha256()
    for path in paths:
        if path.name.startswith(".") or not path.is_file():
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(data).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def last_changed(chapter: str, data: Path = DATA) -> str:
    """The latest day, as YYYY-MM-DD, on which a chapter or a row of its studies was added."""
    days = [str(review(chapter, data)["added"])]
    if (data / chapter / "studies.csv").exists():
        days += load(chapter, "studies", data)["added"].tolist()
    return max(days)


def _typed(cells: pd.Series, column: Column) -> pd.Series:
    if column.type == "number":
        return cells.replace("", np.nan).astype(float)
    if column.type == "integer":
        return cells.replace("", None).astype(float).astype("Int64")
    return cells.astype(str)
