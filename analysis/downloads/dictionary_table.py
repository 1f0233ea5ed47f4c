"""dictionary.csv: every column of every table that can be downloaded, as one table to read."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from analysis import html
from analysis.dictionary import Column, Table, rules
from analysis.dictionary import tables as dictionary
from analysis.folders import DATA, chapters

ALL = "all"
"""Stands for every chapter, and for the tables of the whole book."""


def rows(made: Iterable[Table], data: Path = DATA) -> Iterator[dict[str, str]]:
    """The rows of dictionary.csv: the tables `made` for download, those of the data by chapter.

    Of a chapter's tables it has only the columns that not every chapter's have alike.
    """
    shared = dictionary(None, data)
    yield from _rows(ALL, {table.name: table for table in made}, {})
    yield from _rows(ALL, shared, {})
    for chapter in chapters(data):
        yield from _rows(chapter, dictionary(chapter, data), shared)


def _rows(
    chapter: str, tables: Mapping[str, Table], known: Mapping[str, Table]
) -> Iterator[dict[str, str]]:
    for table in tables.values():
        before = known[table.name].columns if table.name in known else {}
        for column in table.columns.values():
            if before.get(column.name) != column:
                yield _row(chapter, table, column)


def _row(chapter: str, table: Table, column: Column) -> dict[str, str]:
    return {
        "chapter": chapter,
        "table": table.name,
        "column": column.name,
        "title": column.title,
        "description": column.description,
        "type": column.type,
        "unit": column.unit,
        "required": html.yes(column.required),
        "key": html.yes(column.name in table.key),
        "levels": " | ".join(f"{code}: {meaning}" for code, meaning in column.levels.items()),
        "rules": "; ".join(rules(column)),
        "example": column.example,
    }
