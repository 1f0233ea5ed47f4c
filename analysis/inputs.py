"""The numbers that recipes read: exactly as printed, moved inside their rounding, or as boxes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import numpy as np

from analysis.dictionary import Table, tables
from analysis.faults import UnknownError, nearest
from analysis.folders import DATA, entries
from analysis.printed import Printed
from analysis.statistics.arrays import FloatArray
from analysis.statistics.boxes import Box, Number, UnboundedError
from analysis.tables import review, text

T = TypeVar("T")

FIELDS = ("value", "lower", "upper")
EXACT_KINDS = frozenset({"count"})

STUDIES, EVERY = "studies", "every_study"
"""What a recipe calls the rows of studies that the review pooled, and all of them."""

DERIVED = frozenset({"digitised", "computed"})
"""Extractions after which the last digit of a cell does not say how exact it is."""


class MissingDataError(Exception):
    """Cells that a recipe needs are still empty: what it recomputes waits for them."""

    def __init__(self, table: str, column: str, count: int) -> None:
        super().__init__(f"{column} is not known for {count} rows of {table}.csv")


class Parts(dict[str, T]):
    """What a printed row or a result has, by name; what it hasn't is refused by ValueError."""

    def __missing__(self, name: str) -> NoReturn:
        raise ValueError(f"no {name!r}")


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

    def many(self, cells: "Cells") -> Number:
        """Some cells of a column."""
        self.read.update(cells.read)
        if self.boxes:
            return cells.box
        if self.moves:
            moves: FloatArray = np.array([self.moves.get(key, 0.0) for key in cells.read])
            return cells.numbers + moves
        return cells.numbers


@dataclass(frozen=True)
class Cells:
    """Some cells of a column as printed numbers, each with its key."""

    read: Mapping[Key, Printed]

    @cached_property
    def numbers(self) -> FloatArray:
        """The numbers as printed."""
        found: FloatArray = np.array([each.number for each in self.read.values()])
        found.setflags(write=False)
        return found

    @cached_property
    def box(self) -> Box:
        """All that print so."""
        boxes = [each.box for each in self.read.values()]
        return Box(np.array([each.low for each in boxes]), np.array([each.high for each in boxes]))


@dataclass(frozen=True)
class Sheet:
    """A table as text by columns, with the line of each row."""

    table: Table
    lines: Sequence[int]
    cells: Mapping[str, Sequence[str]]
    _printed: dict[tuple[str, tuple[int, ...]], Cells] = field(default_factory=dict)

    def printed(self, column: str, places: Sequence[int]) -> Cells:
        """The cells of a column in some rows as printed numbers.

        Raises MissingDataError for an empty one.
        """
        asked = column, tuple(places)
        if asked not in self._printed:
            cells, exact = self.cells[column], self.table.columns[column].type == "integer"
            empty = sum(not cells[place] for place in places)
            if empty:
                raise MissingDataError(self.table.name, column, empty)
            self._printed[asked] = Cells(
                {
                    Key(self.table.name, str(self.lines[place]), column): Printed(
                        cells[place], exact
                    )
                    for place in places
                }
            )
        return self._printed[asked]


@dataclass(frozen=True)
class Rows:
    """Some rows of a table, by their places, and the reader that turns cells into numbers."""

    sheet: Sheet
    places: Sequence[int]
    reader: Reader

    def where(self, **filters: str | int) -> "Rows":
        """The rows whose columns hold the given values, "" for an empty cell.

        Of a column with several codes in a cell, those that have the given one.

        Raises ValueError for an unknown column, or a level or text that its column doesn't have.
        """
        places = self.places
        for column, value in filters.items():
            cells, wanted = self._known(column), str(value)
            described = self.sheet.table.columns[column]
            if wanted and (described.levels or described.type == "text"):
                levels = described.levels or {cells[place] for place in self.places}
                if wanted not in levels:
                    raise UnknownError(f"{column} has no level {value!r}", wanted, levels)
            several = described.type == "choices" and wanted
            places = [
                place
                for place in places
                if (wanted in cells[place].split(";") if several else cells[place] == wanted)
            ]
        return replace(self, places=places)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.sheet.cells)

    def texts(self, column: str) -> list[str]:
        """The cells of a column as they stand in the file."""
        cells = self._known(column)
        return [cells[place] for place in self.places]

    def values(self, column: str) -> set[str]:
        """The different values of a column; an empty cell is none, and one of several codes is."""
        cells = set(self.texts(column)) - {""}
        if self.sheet.table.columns[column].type == "choices":
            return {code for cell in cells for code in cell.split(";")}
        return cells

    def numbers(self, column: str) -> Number:
        """The cells of a column as numbers.

        Raises MissingDataError for an empty cell, UnboundedError where boxes are wanted and the
        digits don't give them.
        """
        self._known(column)
        cells = self.sheet.printed(column, self.places)
        rounded = self.sheet.table.columns[column].type != "integer"
        if self.reader.boxes and rounded and "extraction" in self.sheet.cells:
            for how in DERIVED.intersection(self.texts("extraction")):
                raise UnboundedError(f"some of {column} is {how}, and not printed")
        return self.reader.many(cells)

    def _known(self, column: str) -> Sequence[str]:
        if column not in self.sheet.cells:
            hint = nearest(column, self.sheet.cells)
            raise ValueError(f"no column {column!r} in {self.sheet.table.name}{hint}")
        return self.sheet.cells[column]

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class PrintedRow:
    """One row of the reported numbers, as an input to the recipe of another row."""

    id: str
    cells: Mapping[str, str]
    reader: Reader

    @cached_property
    def printed(self) -> Parts[Printed]:
        """The characters of `value`, `lower` and `upper`, as far as they are printed.

        Raises ValueError for a number printed with a qualifier: an inequality is no input.
        """
        if self.cells["qualifier"]:
            qualifier = self.cells["qualifier"]
            raise ValueError(f"{self.id} is printed with {qualifier!r} and can't be an input")
        exact = self.cells["kind"] in EXACT_KINDS
        printed = {name: Printed(self.cells[name], exact) for name in FIELDS if self.cells[name]}
        return Parts(printed)

    @cached_property
    def parts(self) -> Parts[Number]:
        """The same as numbers. Raises ValueError as `printed` does."""
        return Parts(
            (name, self.reader.one(Key("reported", self.id, name), printed))
            for name, printed in self.printed.items()
        )

    @property
    def value(self) -> Number:
        """Its value. Raises ValueError where none is printed."""
        if "value" not in self.parts:
            raise ValueError(f"{self.id} has no value")
        return self.parts["value"]


@dataclass(frozen=True)
class _Scope(Mapping[str, Rows]):
    """The tables that a recipe can name, of which it names few."""

    sources: "Sources"
    reader: Reader

    def __getitem__(self, name: str) -> Rows:
        sheet = self.sources.sheets[STUDIES if name == EVERY else name]
        places = self.sources.pooled if name == STUDIES else range(len(sheet.lines))
        return Rows(sheet, places, self.reader)

    def __iter__(self) -> Iterator[str]:
        yield from self.sources.sheets
        if STUDIES in self.sources.sheets:
            yield EVERY

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True)
class Sources:
    """What recipes of a chapter can read: its tables, as text, and the printed rows of all.

    `review` is its review.yml, for the settings that recipes leave out.
    """

    chapter: str
    sheets: Mapping[str, Sheet]
    reported: Mapping[str, Mapping[str, str]]
    review: Mapping[str, Any]

    def scope(self, reader: Reader) -> Mapping[str, Rows]:
        """Tables by name: `studies` are the rows that the review pooled, `every_study` all."""
        return _Scope(self, reader)

    def row(self, reader: Reader, identifier: str, /) -> PrintedRow:
        """A printed row by its id. Raises ValueError for an unknown one."""
        if identifier not in self.reported:
            raise ValueError(f"no row {identifier!r}{nearest(identifier, self.reported)}")
        return PrintedRow(identifier, self.reported[identifier], reader)

    def rows(self, reader: Reader, prefix: str, /) -> list[PrintedRow]:
        """The printed rows whose ids are `prefix` and one more part. Raises ValueError for none."""
        if prefix not in self._prefixes:
            raise ValueError(f"no rows {prefix!r}{nearest(prefix, self._prefixes)}")
        return [self.row(reader, identifier) for identifier in self._prefixes[prefix]]

    @cached_property
    def confirmed(self) -> Mapping[Key, str]:
        """The restored cells, each with the id of the row that confirmed it."""
        found = {}
        for sheet in self.sheets.values():
            if "confirmed_by" in sheet.cells and "restored" in sheet.cells:
                for line, restored, rows in zip(
                    sheet.lines, sheet.cells["restored"], sheet.cells["confirmed_by"], strict=True
                ):
                    pairs = zip(restored.split(";"), rows.split(";"), strict=False)
                    for column, identifier in pairs:
                        if column:
                            found[Key(sheet.table.name, str(line), column)] = identifier
        return found

    @cached_property
    def pooled(self) -> Sequence[int]:
        """The places of the rows of studies that the review pooled."""
        cells = self.sheets[STUDIES].cells["in_review"]
        return [place for place, cell in enumerate(cells) if cell == "yes"]

    @cached_property
    def _prefixes(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for identifier in self.reported:
            found.setdefault(identifier.rpartition(".")[0], []).append(identifier)
        return found


def sources(chapter: str, reported: Mapping[str, Mapping[str, str]], data: Path = DATA) -> Sources:
    """The tables of a chapter and the printed rows of all, ready for its recipes."""
    known = tables(chapter, data)
    sheets = {}
    for path in entries(data / chapter, "*.csv"):
        read = text(chapter, path.stem, data)
        sheets[path.stem] = Sheet(known[path.stem], read.lines, read.columns)
    return Sources(chapter, sheets, reported, review(chapter, data))
