"""The numbers that recipes read: exactly as printed, moved inside their rounding, or as boxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.dictionary import DATA, Table, tables
from analysis.faults import nearest
from analysis.printed import Printed
from analysis.statistics.arrays import FloatArray
from analysis.statistics.boxes import Box, Number
from analysis.tables import load_text

FIELDS = ("value", "lower", "upper")
EXACT_KINDS = frozenset({"count"})


class MissingDataError(Exception):
    """Cells that a recipe needs are still empty: what it recomputes waits for them."""

    def __init__(self, table: str, column: str, count: int) -> None:
        super().__init__(f"{column} is not known for {count} rows of {table}.csv")


class Key(NamedTuple):
    """One printed number: the table, the line or row id, and the column that it stands in."""

    table: str
    place: str
    column: str


@dataclass
class Reader:
    """Turns printed characters into numbers in one of three ways, and remembers what it read.

    Without anything: as printed. With `boxes`: all that print so. With `moves`: as printed, moved.
    """

    boxes: bool = False
    moves: Mapping[Key, float] = field(default_factory=dict)
    read: dict[Key, Printed] = field(default_factory=dict)

    def one(self, key: Key, printed: Printed) -> Number:
        """A single number."""
        self.read[key] = printed
        return printed.box if self.boxes else printed.number + self.moves.get(key, 0.0)

    def many(self, keys: Sequence[Key], printed: Sequence[Printed]) -> Number:
        """A column of numbers."""
        self.read.update(zip(keys, printed, strict=True))
        numbers = np.array([each.number for each in printed])
        if self.boxes:
            half = np.array([each.half_unit for each in printed])
            return Box(numbers - half, numbers + half)
        moved: FloatArray = numbers + np.array([self.moves.get(key, 0.0) for key in keys])
        return moved


@dataclass(frozen=True)
class Rows:
    """Rows of a table as text, and the reader that turns their cells into numbers."""

    table: Table
    frame: pd.DataFrame
    reader: Reader

    def where(self, **filters: str | int) -> "Rows":
        """The rows whose columns hold the given values, "" for an empty cell.

        Raises ValueError for an unknown column, or a level that its column doesn't have.
        """
        chosen = self.frame
        for column, value in filters.items():
            self._known(column)
            levels = self.table.columns[column].levels
            if value != "" and levels and str(value) not in levels:
                raise ValueError(f"{column} has no level {value!r}{nearest(str(value), levels)}")
            chosen = chosen[chosen[column] == str(value)]
        return replace(self, frame=chosen)

    def texts(self, column: str) -> list[str]:
        """The cells of a column as they stand in the file."""
        self._known(column)
        return [str(cell) for cell in self.frame[column]]

    def numbers(self, column: str) -> Number:
        """The cells of a column as numbers. Raises MissingDataError for an empty cell."""
        cells = self.texts(column)
        if "" in cells:
            raise MissingDataError(self.table.name, column, cells.count(""))
        exact = self.table.columns[column].type == "integer"
        keys = [Key(self.table.name, str(line), column) for line in self.frame.index]
        return self.reader.many(keys, [Printed(cell, exact) for cell in cells])

    def _known(self, column: str) -> None:
        if column not in self.frame.columns:
            hint = nearest(column, self.frame.columns)
            raise ValueError(f"no column {column!r} in {self.table.name}{hint}")

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class PrintedRow:
    """One row of the reported numbers, as an input to the recipe of another row."""

    id: str
    cells: Mapping[str, str]
    reader: Reader

    @cached_property
    def parts(self) -> dict[str, Number]:
        """`value`, `lower` and `upper` as numbers, as far as they are printed.

        Raises ValueError for a number printed with a qualifier: an inequality is no input.
        """
        if self.cells["qualifier"]:
            qualifier = self.cells["qualifier"]
            raise ValueError(f"{self.id} is printed with {qualifier!r} and can't be an input")
        exact = self.cells["kind"] in EXACT_KINDS
        return {
            name: self.reader.one(Key("reported", self.id, name), Printed(self.cells[name], exact))
            for name in FIELDS
            if self.cells[name]
        }

    @property
    def value(self) -> Number:
        """Its value. Raises ValueError where none is printed."""
        if "value" not in self.parts:
            raise ValueError(f"{self.id} has no value")
        return self.parts["value"]


@dataclass(frozen=True)
class Sources:
    """The tables and printed rows of every chapter, as text: what recipes of a chapter can read."""

    chapter: str
    texts: Mapping[str, pd.DataFrame]
    tables: Mapping[str, Table]
    reported: Mapping[str, Mapping[str, str]]
    data: Path = DATA

    def scope(self, reader: Reader) -> dict[str, Any]:
        """Tables by name: `studies` are the rows that the review pooled, `every_study` all."""
        scope: dict[str, Any] = {
            name: Rows(self.tables[name], frame, reader) for name, frame in self.texts.items()
        }
        if "studies" in scope:
            scope["every_study"] = scope["studies"]
            scope["studies"] = scope["studies"].where(in_review="yes")
        return scope

    def row(self, reader: Reader, identifier: str) -> PrintedRow:
        """A printed row by its id. Raises ValueError for an unknown one."""
        if identifier not in self.reported:
            raise ValueError(f"no row {identifier!r}{nearest(identifier, self.reported)}")
        return PrintedRow(identifier, self.reported[identifier], reader)

    def rows(self, reader: Reader, prefix: str) -> list[PrintedRow]:
        """The printed rows whose ids are `prefix` and one more part. Raises ValueError for none."""
        found = [name for name in self.reported if name.rpartition(".")[0] == prefix]
        if not found:
            raise ValueError(f"no rows {prefix!r}{nearest(prefix, self.reported)}")
        return [PrintedRow(name, self.reported[name], reader) for name in found]


def sources(chapter: str, reported: Mapping[str, Mapping[str, str]], data: Path = DATA) -> Sources:
    """The tables of a chapter and the printed rows of all, ready for its recipes."""
    names = sorted(path.stem for path in (data / chapter).glob("*.csv"))
    texts = {name: load_text(chapter, name, data) for name in names}
    return Sources(chapter, texts, tables(chapter, data), reported, data)
