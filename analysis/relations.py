"""Faults of names: cells and entries of review.yml that name what is not there or not meant."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.cells import PRINTED, is_printed_date
from analysis.csv_files import TextTable
from analysis.dictionary import RESULTS, Table
from analysis.faults import Fault, nearest, shown
from analysis.inputs import FIELDS
from analysis.printed import Printed
from analysis.yaml_files import Document, Place

OUTCOMES, REFERENCES = "outcomes", "references"
"""What names a cell beside the columns of a table: review.yml, and the bibliography."""

LIMITS = ("effect_above", "p_below", "i2_below", "reviews", "second_i2_above")
"""The entries of a classification that are ids of numbers with a value."""
CLASSIFIED = ("reviews", "i2_lower", "i2_upper", "label")
"""The columns that the table of a classification has."""


@dataclass(frozen=True)
class Chapter:
    """A chapter's tables as text, by name and line, with what they and its review.yml may name.

    `folder` is how faults call it, `unread` are its tables that can't be read to the end.
    """

    folder: str
    texts: Mapping[str, TextTable]
    review: Document
    known: Mapping[str, Table]
    references: Collection[str]
    unread: Collection[str] = ()

    def cells(self, table: str, column: str) -> list[tuple[int, str]]:
        """The cells of a column, each with its line; none where there is no such column."""
        text = self.texts.get(table)
        if text is None or column not in text.header:
            return []
        return list(zip(text.lines, text.columns[column], strict=True))

    def rows(self, table: str) -> Iterable[tuple[int, dict[str, str]]]:
        """The lines of a table with their filled cells by column."""
        return self._rows.get(table, ())

    @cached_property
    def reported(self) -> Mapping[str, Mapping[str, str]]:
        """The rows of the reported numbers by id."""
        return {row["id"]: row for _, row in self.rows("reported") if "id" in row}

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[tuple[int, dict[str, str]]]]:
        return {
            table: [
                (line, {name: cell for name, cell in row.items() if cell})
                for line, row in text.records
            ]
            for table, text in self.texts.items()
        }

    def file(self, table: str) -> str:
        """How faults call the file of a table."""
        return f"{self.folder}/{table}.csv"


def check(chapter: Chapter) -> Iterator[Fault]:
    """Faults of a chapter's names. What names something unreadable is passed over."""
    yield from _of_columns(chapter)
    yield from _alike(chapter)
    yield from _own(chapter)
    yield from _of_flow(chapter)
    yield from _of_pools(chapter)
    yield from _shared(chapter)
    if chapter.review.content and "reported" not in chapter.unread:
        for place, message in _of_review(chapter):
            line = chapter.review.line(place)
            column = ".".join(map(str, place))
            yield Fault(f"{chapter.folder}/review.yml", line, column, message)


def unknown(
    name: str, cells: Iterable[tuple[int, str]], column: str, known: Iterable[str]
) -> Iterator[Fault]:
    """Faults of cells, each with its line, that are none of the known names."""
    allowed = set(known)
    for line, cell in cells:
        if cell and cell not in allowed:
            message = f"is not known: {shown(cell)}{nearest(cell, sorted(allowed))}"
            yield Fault(name, line, column, message)


def _of_columns(chapter: Chapter) -> Iterator[Fault]:
    """Cells that name what is not there, twice, or several where one is meant."""
    reported = chapter.reported
    for table in chapter.texts:
        for column in chapter.known[table].columns.values():
            of = "reported.id" if column.type == RESULTS else column.of
            if not of:
                continue
            name, cells = chapter.file(table), chapter.cells(table, column.name)
            parts = [(line, part) for line, cell in cells for part in cell.split(";")]
            allowed = _named_by(chapter, of)
            if allowed is not None:
                yield from unknown(name, parts, column.name, allowed)
            for line, cell in cells:
                named = cell.split(";")
                if len(named) > len(set(named)):
                    twice = next(each for each in named if named.count(each) > 1)
                    yield Fault(
                        name, line, column.name, f"must name each once, and has {twice} twice"
                    )
                elif column.one and len(named) > 1:
                    message = f"must be one id, got {len(named)}: {shown(cell)}"
                    yield Fault(name, line, column.name, message)
            for line, part in parts:
                kind = reported.get(part, {}).get("kind", "")
                if column.names and kind and kind not in column.names:
                    message = (
                        f"must be of kind {' or '.join(column.names)}, and {part} is of kind {kind}"
                    )
                    yield Fault(name, line, column.name, message)


def _named_by(chapter: Chapter, of: str) -> Collection[str] | None:
    """The names that a column may have; None where they can't be known."""
    if of == REFERENCES:
        return chapter.references
    if of == OUTCOMES:
        return chapter.review.content["outcomes"] if chapter.review.content else None
    table, _, column = of.partition(".")
    if table in chapter.unread or (table == "reported" and table not in chapter.texts):
        return None
    return [cell for _, cell in chapter.cells(table, column)]


def _alike(chapter: Chapter) -> Iterator[Fault]:
    """Names of the key of a table that differ in case, spaces and hyphens alone."""
    for table in chapter.texts:
        for column in chapter.known[table].key:
            described = chapter.known[table].columns[column]
            if described.type != "text" or described.of:
                continue
            first: dict[str, tuple[str, int]] = {}
            for line, cell in chapter.cells(table, column):
                name, place = first.setdefault(re.sub(r"[\s_-]", "", cell).lower(), (cell, line))
                if name != cell:
                    message = f"must not differ in case, spaces or hyphens alone: {shown(cell)} "
                    message += f"and, in line {place}, {shown(name)}"
                    yield Fault(chapter.file(table), line, column, message)


def _own(chapter: Chapter) -> Iterator[Fault]:
    name = chapter.folder.rpartition("/")[2]
    for table in ("findings", "cautions"):
        for line, identifier in chapter.cells(table, "id"):
            if identifier and not identifier.startswith(f"{name}."):
                message = f"must begin with {name}., got {shown(identifier)}"
                yield Fault(chapter.file(table), line, "id", message)


def _of_flow(chapter: Chapter) -> Iterator[Fault]:
    """Boxes that do not hang together: more than one without a parent, or some in a circle."""
    parents = {row["box"]: row.get("parent", "") for _, row in chapter.rows("flow") if "box" in row}
    first = 0
    for line, row in chapter.rows("flow"):
        box, parent = row.get("box", ""), row.get("parent", "")
        if not parent:
            if first:
                message = f"must not be empty: {shown(box)} would be a second first box, after "
                yield Fault(chapter.file("flow"), line, "parent", f"{message}line {first}")
            first = first or line
        above = [box]
        while parent and parent not in above:
            above.append(parent)
            parent = parents.get(parent, "")
        if parent and parent == box:
            way = " → ".join([*above, box])
            message = f"must not lead back to its own box: {shown(way)}"
            yield Fault(chapter.file("flow"), line, "parent", message)


def _of_pools(chapter: Chapter) -> Iterator[Fault]:
    """Pools that can't be shown, and conditions without one first pool."""
    reported, firsts = chapter.reported, dict[str, int]()
    outcomes = chapter.review.content["outcomes"] if chapter.review.content else {}
    for line, row in chapter.rows("pools"):
        outcome = outcomes.get(row.get("outcome", ""), {})
        for column, message in _of_pool(row, reported, outcome):
            yield Fault(chapter.file("pools"), line, column, message)
        if row.get("role") == "first" and "condition" in row:
            if row["condition"] in firsts:
                place = firsts[row["condition"]]
                message = f"must be first once for a condition, as in line {place}"
                yield Fault(chapter.file("pools"), line, "role", message)
            firsts.setdefault(row["condition"], line)


def _of_pool(
    row: Mapping[str, str], reported: Mapping[str, Mapping[str, str]], outcome: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    favours = row.get("favours", "")
    if favours and favours != outcome.get("favours", favours):
        named = f"that of {row['outcome']} in review.yml, {outcome['favours']}"
        yield "favours", f"must be {named}, got {favours}"
    estimate = reported.get(row.get("estimate", ""))
    if estimate and "value" not in estimate:
        yield "estimate", f"must name a number with a value, got {row['estimate']}"
    spanned = "interval" if "interval" in row else "estimate"
    span = reported.get(row.get(spanned, ""))
    if span and not {"lower", "upper"} <= span.keys():
        yield spanned, f"must name a number with both limits of an interval, got {row[spanned]}"
    k = reported.get(row.get("k", ""), {}).get("value", "1")
    if PRINTED.fullmatch(k) and Printed(k).number < 1:
        yield "k", f"must name a number of at least 1, and {row['k']} is {k}"
    i2 = reported.get(row.get("i2", ""), {})
    if i2.get("unit", "%") != "%":
        yield "i2", f"must name a percentage, and {row['i2']} is in {shown(i2['unit'])}"


def _shared(chapter: Chapter) -> Iterator[Fault]:
    """Numbers that stand in several contradictions."""
    first: dict[str, int] = {}
    for line, cell in chapter.cells("contradictions", "rows"):
        for part in filter(None, dict.fromkeys(cell.split(";"))):
            if part in first:
                message = f"must stand in one contradiction, and {part} is in line {first[part]}"
                yield Fault(chapter.file("contradictions"), line, "rows", message)
            first.setdefault(part, line)


Found = Iterator[tuple[Place, str]]
"""Places in review.yml with what is wrong there."""


def _of_review(chapter: Chapter) -> Found:
    content = chapter.review.content
    if "doses" in content:
        yield from _of_doses(chapter, content["doses"])
    if "classification" in content:
        yield from _of_classification(chapter, content["classification"])


def _of_doses(chapter: Chapter, doses: Mapping[str, str]) -> Found:
    if "reported" in doses:
        yield from _of_number(chapter, ("doses", "reported"), doses["reported"], FIELDS[1:])
        return
    columns = [(part, doses[part]) for part in ("low", "high", "unit_column") if part in doses]
    yield from _of_table(chapter, "doses", "table", doses["table"], columns)
    for part, column in columns[:-1] if "unit_column" in doses else columns:
        known = chapter.known.get(doses["table"])
        if known and column in known.columns and known.columns[column].type not in NUMERIC:
            yield ("doses", part), f"must be a column of numbers, got {column}"


def _of_classification(chapter: Chapter, rule: Mapping[str, str]) -> Found:
    """Tables, columns and limits of a classification that are not there."""
    group = rule["group"]
    columns = [("group", group), *(("table", name) for name in CLASSIFIED)]
    yield from _of_table(chapter, "classification", "table", rule["table"], columns)
    recounted = [("recount_column", rule["recount_column"])]
    yield from _of_table(
        chapter, "classification", "recount_table", rule["recount_table"], recounted
    )
    yield from _of_table(chapter, "classification", "group", "studies", [("group", group)])
    known = chapter.known.get(rule["table"])
    for part, name in (("group", group), ("table", "label")):
        if known and name in known.columns and not known.columns[name].levels:
            yield ("classification", part), f"must be a column with levels, got {name}"
    for name in LIMITS:
        yield from _of_number(chapter, ("classification", name), rule[name], FIELDS[:1])
    place = ("classification", "second_effect")
    yield from _of_number(chapter, place, rule["second_effect"], FIELDS[1:])


NUMERIC = ("integer", "number")


def _of_table(
    chapter: Chapter, entry: str, part: str, table: str, columns: Iterable[tuple[str, str]]
) -> Found:
    """A table that is not there, or columns that it has not; each with the part that names it."""
    if table in chapter.unread:
        return
    if table not in chapter.texts:
        yield (entry, part), f"is no table of the chapter: {table}{nearest(table, chapter.texts)}"
        return
    header = chapter.texts[table].header
    for named, column in columns:
        if column not in header:
            message = f"is no column of {table}: {column}{nearest(column, header)}"
            yield (entry, named), message


def _of_number(chapter: Chapter, place: Place, identifier: str, parts: Iterable[str]) -> Found:
    """A reported number that is not there, or that lacks one of some parts."""
    reported = chapter.reported
    if identifier not in reported:
        yield place, f"is not known: {identifier}{nearest(identifier, reported)}"
        return
    for part in parts:
        cell = reported[identifier].get(part, "")
        if not PRINTED.fullmatch(cell) or is_printed_date(cell):
            yield place, f"must have a number as its {part}: {identifier}"
