"""Reading a CSV file as text cells, with the line that each row came from."""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from analysis import text_files
from analysis.faults import Fault, FaultError, shown

LARGEST_CELL = 5_000

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""What stands in the place of commas in files that are no CSV, as a message says it."""


@dataclass(frozen=True, eq=False)
class TextTable:
    """Cells as text: header, rows, and the line on which each row begins."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    @cached_property
    def records(self) -> tuple[tuple[int, Mapping[str, str]], ...]:
        """The line of each row, with its cells by column."""
        return tuple(
            (line, dict(zip(self.header, row, strict=True)))
            for line, row in zip(self.lines, self.rows, strict=True)
        )

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The cells of each column, in the order of the rows."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.header)
        return dict(zip(self.header, columns, strict=True))


def read(path: Path, name: str) -> tuple[TextTable | None, list[Fault]]:
    """Read a file of the project, as `parse` does; each column has a name of its own.

    Returns the table, or None with the faults that keep the file from being read.
    """
    try:
        raw = text_files.read_bytes(path, name)
    except FaultError as error:
        return None, [error.fault]
    table, faults = parse(raw, name)
    unclear = _header_faults(table.header, name) if table else []
    return (None, unclear) if unclear else (table, faults)


def parse(raw: bytes, name: str) -> tuple[TextTable | None, list[Fault]]:
    """The cells of a comma-separated UTF-8 file (byte-order mark and CRLF are fine).

    Returns the table, or None with the fault that keeps it from being read; `name` is how faults
    call the file. Ragged rows are faults of a table that is returned without them. What has the
    same bytes is read once, and gives the same table.
    """
    table, faults = _parsed(raw, name)
    return table, list(faults)


@lru_cache(maxsize=256)
def _parsed(raw: bytes, name: str) -> tuple[TextTable | None, tuple[Fault, ...]]:
    text, fault = _decode(raw, name)
    if fault is None:
        fault = _separator_fault(text, name)
    if fault is not None:
        return None, (fault,)
    records, fault = _parse(text, name)
    if fault is not None:
        return None, (fault,)
    if not records:
        return None, (Fault(name, 0, "", "is empty; a header line is needed"),)
    _, header = records[0]
    faults, kept = [], []
    for line, row in records[1:]:
        if len(row) == len(header):
            kept.append((line, row))
        else:
            message = f"must have {len(header)} cells as the header has, got {len(row)}"
            faults.append(Fault(name, line, "", message))
    table = TextTable(
        header=tuple(header),
        rows=tuple(tuple(row) for _, row in kept),
        lines=tuple(line for line, _ in kept),
    )
    return table, tuple(faults)


def _decode(raw: bytes, name: str) -> tuple[str, Fault | None]:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "", Fault(name, 1, "", "must be UTF-8, is UTF-16; save it as CSV UTF-8")
    try:
        text = text_files.decoded(raw, name, "; save it as CSV UTF-8")
    except FaultError as error:
        return "", error.fault
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return "", Fault(name, line, "", "must be text, has a NUL byte")
    return text, None


def _parse(text: str, name: str) -> tuple[list[tuple[int, list[str]]], Fault | None]:
    csv.field_size_limit((1 << 31) - 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            if row:
                records.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        reason = "a quoted cell is not closed" if "unexpected end" in str(error) else str(error)
        return [], Fault(name, begins, "", f"is not well-formed CSV: {reason}")
    return records, None


def _separator_fault(text: str, name: str) -> Fault | None:
    """What is wrong with a file whose header is separated by something else than commas."""
    header = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    bare = re.sub(r'"[^"]*"', "", header)
    mark = max(SEPARATORS, key=bare.count)
    if bare.count(mark) <= bare.count(","):
        return None
    return Fault(name, 1, "", f"must be separated by commas, is separated by {SEPARATORS[mark]}")


def _header_faults(header: tuple[str, ...], name: str) -> list[Fault]:
    faults = []
    for position, column in enumerate(header, 1):
        if not column.strip():
            faults.append(Fault(name, 1, "", f"column {position} has no name"))
        elif header.index(column) != position - 1:
            faults.append(Fault(name, 1, shown(column), "stands twice in the header"))
    return faults
