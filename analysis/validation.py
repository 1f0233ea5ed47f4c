"""Checking the data against the dictionary: every fault at once, with file, line and column."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from analysis import consistency, csv_files, dictionary, schemas
from analysis.cells import DECIMAL_COMMA, SPREADSHEET_DATE, Rule, rules
from analysis.csv_files import TextTable
from analysis.dictionary import Column, Table
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.folders import DATA, entries
from analysis.references import references
from analysis.yaml_files import Document

NEEDED = ("review.yml",)
"""The files that every chapter has."""

TELLING = {*NEEDED, "studies.csv", "reported.csv", "dictionary.yml"}
"""The files of which any shows that a folder is meant as a chapter."""

RESERVED = ("releases",)
"""Folders of the data that hold something else than a chapter."""

LIKE_TABLES = (".csv", ".yml", ".yaml")
"""How names end, in capitals too, of what is meant to be read."""

NUMERIC = ("integer", "number", "printed")
"""The types of columns that hold numbers."""

COMMAS = "the file was saved with decimal commas"
DATES = "the spreadsheet has changed the dates"
"""Causes of faults that lie in how a file was saved."""

MANY = 5
"""Faults of one cause from which on one stands for all."""


def check(data: Path = DATA) -> list[Fault]:
    """Every fault in the folder `data`, in the order of files and lines; empty if all is well.

    Never raises for what a data file holds, and never changes one.
    """
    if not data.is_dir():
        return [Fault(str(data), 0, "", "is not a folder")]
    faults = _check_dictionary(data, None)
    if faults:
        return faults  # nothing can be checked against a dictionary that is not well formed
    try:
        references()
        folders = [data / name for name in _names(data, data.name) if (data / name).is_dir()]
    except FaultError as error:
        return [error.fault]
    chapters = 0
    for folder in folders:
        try:
            names = _names(folder, f"{data.name}/{folder.name}")
        except FaultError as error:
            faults.append(error.fault)
            continue
        if TELLING & names and folder.name in RESERVED:
            message = f"must not be the name of a chapter: there are the {folder.name}"
            faults.append(Fault(f"{data.name}/{folder.name}", 0, "", message))
        elif TELLING & names:
            faults += check_chapter(folder)
            chapters += 1
    if not chapters:
        faults.append(Fault(data.name, 0, "", "holds no chapter (a folder with a review.yml)"))
    return sorted(faults)


def check_chapter(folder: Path) -> list[Fault]:
    """Every fault in one chapter's folder."""
    data = folder.parent
    name = f"{data.name}/{folder.name}"
    if folder.is_symlink():
        return [Fault(name, 0, "", "must be a folder of its own, not a symbolic link")]
    faults = _check_dictionary(data, folder.name)
    if faults:
        return faults
    known = dictionary.tables(folder.name, data)
    missing = set(NEEDED) - _names(folder, name)
    faults += [
        Fault(f"{name}/{file}", 0, "", "is missing; every chapter needs one") for file in missing
    ]
    review = Document("", {}, {})
    if "review.yml" not in missing:
        review, found = _check_review(data, folder)
        faults += found
    texts: dict[str, TextTable] = {}
    unread = set()
    for path in entries(folder):
        if path.suffix.lower() in LIKE_TABLES and path.suffix not in (".csv", ".yml"):
            message = "must end with .csv or .yml, in small letters, to be read"
            faults.append(Fault(f"{name}/{path.name}", 0, "", message))
    for path in entries(folder, "*.csv"):
        file = f"{name}/{path.name}"
        if path.stem not in known:
            message = f"is no table of the dictionary{nearest(path.stem, known)}"
            faults.append(Fault(file, 0, "", message))
            continue
        text, found = read_text(path, file, known[path.stem])
        faults += found
        if text is not None:
            texts[path.stem] = text
        if any(not fault.column for fault in found):
            unread.add(path.stem)  # as a whole, or one of its lines
    related = consistency.check(name, texts, review, known, unread)
    faults += _by_cause(
        (f"{fault.file} {fault.column} {fault.message}", fault) for fault in related
    )
    return sorted(faults)


def read_text(path: Path, name: str, table: Table) -> tuple[TextTable | None, list[Fault]]:
    """Read one file as text cells, without empty rows, with all its faults against `table`."""
    text, faults = csv_files.read(path, name)
    if text is None:
        return None, faults
    if not text.rows and not faults:
        faults.append(Fault(name, 1, "", "has a header and no row"))
    for given in text.header:
        if given not in table.columns:
            message = f"is no column of {table.name}{nearest(given, table.columns)}"
            faults.append(Fault(name, 1, shown(given), message))
    for column in table.columns.values():
        if column.name not in text.header and not column.optional:
            faults.append(Fault(name, 1, column.name, "is missing from the header"))
    filled = {line: row for line, row in zip(text.lines, text.rows, strict=True) if any(row)}
    empty = [line for line in text.lines if line not in filled]
    if empty:
        message = f"must not be empty in a whole row; delete {', '.join(_spans(empty))}"
        faults.append(Fault(name, empty[0], ", ".join(table.key), message))
    text = replace(text, rows=tuple(filled.values()), lines=tuple(filled)) if empty else text
    faults += _by_cause(
        broken
        for column in table.columns.values()
        if column.name in text.header
        for broken in _check_cells(text, name, column)
    )
    if set(table.key) <= set(text.header):
        faults += _check_key(text, name, table.key)
    return text, faults


def _names(folder: Path, name: str) -> set[str]:
    """What a folder holds. Raises FaultError for one that can't be read."""
    try:
        return {path.name for path in folder.iterdir()}
    except OSError as error:
        raise FaultError(Fault(name, 0, "", f"cannot be read: {error.strerror}")) from None


def _check_dictionary(data: Path, chapter: str | None) -> list[Fault]:
    """Faults of the shared dictionary or, with `chapter`, of its own and of both together."""
    faults: list[Fault] = []
    shared, *own = dictionary.files(chapter, data)
    try:
        for file in own if chapter else [shared]:
            name = file.relative_to(data.parent).as_posix()
            faults += schemas.check(file, name, data / "dictionary.schema.yml")[1]
        if not faults:
            dictionary.tables(chapter, data)
    except FaultError as error:
        return [error.fault]
    return faults


def _check_review(data: Path, folder: Path) -> tuple[Document, list[Fault]]:
    """What review.yml says, or nothing if it has faults, which come with it."""
    nothing = Document("", {}, {})
    name = f"{data.name}/{folder.name}/review.yml"
    try:
        document, faults = schemas.check(folder / "review.yml", name, data / "review.schema.yml")
    except FaultError as error:
        return nothing, [error.fault]
    return nothing if faults else document, list(faults)


def _spans(lines: Sequence[int]) -> Iterator[str]:
    """Numbers of lines in words, those that follow one another together."""
    for _, run in groupby(enumerate(lines), lambda each: each[1] - each[0]):
        together = [line for _, line in run]
        first, last = together[0], together[-1]
        yield f"lines {first} to {last}" if last > first else f"line {first}"


def _check_cells(text: TextTable, name: str, column: Column) -> Iterator[tuple[str, Fault]]:
    """Faults of the cells of a column, one for every rule that a cell breaks, with their cause."""
    checked, cells = rules(column), text.columns[column.name]
    dated = column.type == "date" or bool(column.since)
    broken = {  # once for each text: many cells of a column hold the same
        cell: [rule for rule in checked if (cell or rule.on_empty) and not rule.holds(cell)]
        for cell in set(cells)
    }
    for line, cell in zip(text.lines, cells, strict=True) if any(broken.values()) else ():
        for rule in broken[cell]:
            cause, message = f"{column.name}: {rule.says}", _message(rule, cell, column)
            if column.type in NUMERIC and DECIMAL_COMMA.fullmatch(cell):
                cause = COMMAS
            elif dated and SPREADSHEET_DATE.fullmatch(cell):
                cause = f"{column.name}: {DATES}"
            yield cause, Fault(name, line, column.name, message)


def _by_cause(found: Iterable[tuple[str, Fault]]) -> Iterator[Fault]:
    """The faults, with one alone where many have one cause."""
    causes: dict[str, list[Fault]] = {}
    for cause, fault in found:
        causes.setdefault(cause, []).append(fault)
    for cause, faults in causes.items():
        saved = cause == COMMAS or cause.endswith(DATES)
        if len(faults) < (2 if saved else MANY):
            yield from faults
            continue
        first = min(faults)
        says = f"{DATES}: {first.message}" if cause.endswith(DATES) else first.message
        yield replace(first, message=f"{says} (and {len(faults) - 1} like it)")


def _message(rule: Rule, cell: str, column: Column) -> str:
    if cell == "":
        return rule.says
    hint = "" if cell.strip() in column.levels else nearest(cell, column.levels)
    return f"{rule.says}, got {shown(cell)}{hint}{rule.hint(cell)}"


def _check_key(text: TextTable, name: str, key: tuple[str, ...]) -> Iterator[Fault]:
    first: dict[tuple[str, ...], int] = {}
    columns = [text.columns[name] for name in key]
    for line, *values in zip(text.lines, *columns, strict=True):
        place = first.setdefault(tuple(values), line)
        if place != line:
            what = ", ".join(map(shown, values))
            yield Fault(name, line, ", ".join(key), f"{what} stands already in line {place}")
