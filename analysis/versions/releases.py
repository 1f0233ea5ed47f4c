"""Released versions: the results and the rows of all studies, as they were frozen."""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from analysis import csv_files, dictionary, results, tables, text_files
from analysis.cells import is_past_date
from analysis.faults import Fault, FaultError, shown
from analysis.folders import DATA, ROOT, entries, with_plain_ends
from analysis.once import once
from analysis.versions.documents import NEEDED, PARTS, same_numbers

FOLDER = "releases"
RESULTS = "results.json"
STUDIES = "studies.csv"
ROWS = "rows.csv"
"""The rows of the other tables; the first releases have none."""
SUMS = "SHA256SUMS"
"""Names the digest of each file of a release, as `sha256sum` does; so no edit goes unnoticed."""

ROW = ("chapter", "study", "outcome", "in_review", "added")

CELLS = "cells"
"""The column with the cells of a row, as JSON; the first releases have none."""

OF_ROWS = ("id",)

ELSEWHERE = ("studies", "reported", "findings")
"""The tables whose rows a release has in other files."""

Cells = Mapping[str, str]

LONGEST_KEY = 80
"""Characters of a key in the id of a row: some keys are whole sentences."""

VERSION = re.compile(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}")


class Version(NamedTuple):
    """A version: the year of the latest search, the numbers, and all else."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """As it is written: 2025.1.0."""
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, text: str) -> "Version":
        """A written version. Raises ValueError for anything but three whole numbers."""
        if not VERSION.fullmatch(text):
            raise ValueError(f"a version has three numbers, such as 2025.1.0, got {text!r}")
        return cls(*map(int, text.split(".")))


@dataclass(frozen=True)
class Release:
    """A frozen version: its document, which is that of results.json, and its rows of studies.

    `cells` are what stands in each row, by column, where that is known; none is empty. `others` are
    the same of the rows of the other tables, by the id under which they are corrected.
    """

    version: Version
    document: Mapping[str, Any]
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[Cells, ...] = ()
    others: Mapping[str, Cells] = field(default_factory=dict)

    @property
    def studies(self) -> Mapping[str, Cells]:
        """What stands in each row of a study, by the id under which it is corrected."""
        cells = self.cells or ({},) * len(self.rows)
        return {row_id(*row[:3]): each for row, each in zip(self.rows, cells, strict=True)}

    @property
    def released(self) -> str:
        """The day of the release."""
        return str(self.document["released"])

    @property
    def note(self) -> str:
        """What it is, in a few words."""
        return str(self.document.get("note", ""))


def row_id(chapter: str, study: str, outcome: str) -> str:
    """The id under which a row of a study is corrected: `<chapter>.studies.<study>-<outcome>`."""
    return f"{chapter}.studies.{_plain(f'{study}-{outcome}')}"


def _plain(text: str) -> str:
    """A text in small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")


@once
def releases(data: Path = DATA) -> tuple[Release, ...]:
    """Every release, the oldest first. Raises FaultError for one that is not as it was released."""
    found = [_read(path, data) for path in entries(data / FOLDER)]
    return tuple(sorted(found, key=lambda each: each.version))


def check(data: Path = DATA) -> list[Fault]:
    """What keeps the first release that can't be read from being read, if there is one."""
    try:
        known = releases(data)
    except FaultError as error:
        return [error.fault]
    return [
        Fault(_name(data, later.version, RESULTS), 0, "released", message)
        for before, later in pairwise(known)
        if later.released < before.released
        for message in [f"must not be before that of {before.version}, {before.released}"]
    ]


def find(version: str | None, data: Path = DATA) -> Release:
    """The release of a version, or the last one. Raises ValueError if there is none."""
    known = releases(data)
    if not known:
        raise ValueError("there is no release yet")
    if version is None:
        return known[-1]
    for each in known:
        if str(each.version) == version:
            return each
    raise ValueError(
        f"no release {version!r}; there are {', '.join(str(r.version) for r in known)}"
    )


@once
def current(data: Path = DATA) -> Release:
    """The results as they are now, under the version of the last release."""
    document = results.results(data)
    version, found = Version.parse(str(document["version"])), tuple(_rows(data))
    rows, cells = (tuple(part) for part in zip(*found, strict=True)) if found else ((), ())
    return Release(version, document, rows, cells, dict(_others(data)))


def proposed(data: Path = DATA) -> Version:
    """The version that a release would have now.

    The year of the latest search; then one more if any published number has changed since the last
    release, whether by data or by code; else one more of the last part.
    """
    now = current(data)
    major = max(int(chapter["last_search"][:4]) for chapter in now.document["chapters"])
    before = releases(data)
    if not before or before[-1].version.major < major:
        return Version(major, 0, 0)
    last = before[-1]
    if same_numbers(last.document, now.document):
        return last.version._replace(patch=last.version.patch + 1)
    return Version(last.version.major, last.version.minor + 1, 0)


def freeze(version: Version, day: date, data: Path = DATA, note: str = "") -> Path:
    """Write the current results as a release, and return its folder; `note` says what it is.

    Raises ValueError for a version that is not later than every release.
    """
    before = releases(data)
    if before and version <= before[-1].version:
        raise ValueError(f"{version} is not later than the last release, {before[-1].version}")
    now = current(data)
    about = {"version": str(version), "released": day.isoformat(), "note": note}
    document = {**now.document, **about}
    document["chapters"] = [
        {**chapter, "version": str(version)} for chapter in document["chapters"]
    ]
    studies = ((row, cells) for row, cells in zip(now.rows, now.cells, strict=True))
    texts = {
        RESULTS: json.dumps(document, ensure_ascii=False, allow_nan=False, indent=0) + "\n",
        STUDIES: _with_cells(ROW, studies),
        ROWS: _with_cells(OF_ROWS, (((name,), cells) for name, cells in now.others.items())),
    }
    texts[SUMS] = "".join(f"{_sum(text, name)}\n" for name, text in texts.items())
    folder = data / FOLDER / str(version)
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    releases.forget()
    return folder


def _with_cells(header: Sequence[str], rows: Iterable[tuple[Sequence[str], Cells]]) -> str:
    """A table as CSV whose last column has the cells of a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, CELLS])
    for row, cells in rows:
        writer.writerow([*row, json.dumps(cells, ensure_ascii=False)])
    return text.getvalue()


def write_version(version: Version, day: date, citation: Path = ROOT / "CITATION.cff") -> None:
    """Write a version and its day into the file that the whole book takes them from."""
    lines = [
        line
        for line in citation.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("version:", "date-released:"))
    ]
    place = next(n for n, line in enumerate(lines) if line.startswith("title:")) + 1
    lines[place:place] = [f"version: {version}", f"date-released: {day.isoformat()}"]
    citation.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read(folder: Path, data: Path) -> Release:
    try:
        version = Version.parse(folder.name)
    except ValueError:
        name = f"{data.name}/{FOLDER}/{folder.name}"
        message = "must be the folder of a version, such as 2025.1.0"
        raise FaultError(Fault(name, 0, "", message)) from None
    texts = {name: _unchanged(folder, _name(data, version, name)) for name in (RESULTS, STUDIES)}
    name = _name(data, version, RESULTS)
    document = _document(texts[RESULTS], name)
    if document["version"] != str(version):
        message = f"must be that of its folder, {version}, got {shown(str(document['version']))}"
        raise FaultError(Fault(name, 0, "version", message))
    rows, cells = _rows_of(texts[STUDIES], _name(data, version, STUDIES), ROW)
    others: dict[str, Cells] = {}
    sums = text_files.read(folder / SUMS, _name(data, version, SUMS)).splitlines()
    if any(line.endswith(f"  {ROWS}") for line in sums):
        name = _name(data, version, ROWS)
        ids, known = _rows_of(_unchanged(folder, name), name, OF_ROWS)
        others = dict(zip((identifier for (identifier,) in ids), known, strict=True))
    return Release(version, document, rows, cells, others)


def _rows_of(
    text: str, name: str, header: tuple[str, ...]
) -> tuple[tuple[tuple[str, ...], ...], tuple[Cells, ...]]:
    """The rows of a file of a release, and their cells, of which the first releases have none.

    Raises FaultError for what no release has written.
    """
    table, faults = csv_files.parse(text.encode(), name)
    if table is None or faults:
        raise FaultError(faults[0])
    if table.header == ROW:
        return table.rows, ()
    if table.header != (*header, CELLS):
        wanted = ", ".join((*header, CELLS))
        raise FaultError(Fault(name, 1, "", f"must have the columns {wanted}"))
    cells = tuple(_cells(row[CELLS], name, line) for line, row in table.records)
    return tuple(row[:-1] for row in table.rows), cells


def _cells(text: str, name: str, line: int) -> Cells:
    """The cells of a row of a release. Raises FaultError for what no release has written."""
    try:
        found = json.loads(text)
    except (RecursionError, ValueError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(cell, str) for cell in found.values()):
        raise FaultError(Fault(name, line, CELLS, "must be the cells of a row, as JSON"))
    return found


def _unchanged(folder: Path, name: str) -> str:
    """The text of a file as it was released. Raises FaultError for any other."""
    text = text_files.read(folder / Path(name).name, name)
    sums = text_files.read(folder / SUMS, f"{name.rpartition('/')[0]}/{SUMS}")
    if _sum(text, Path(name).name) not in sums.splitlines():
        message = f"must be as it was released: its digest is not that in {SUMS}"
        raise FaultError(Fault(name, 0, "", message))
    return text


def _sum(text: str, name: str) -> str:
    """The line of a file in SHA256SUMS, the same for all ends of lines."""
    return f"{hashlib.sha256(with_plain_ends(text.encode())).hexdigest()}  {name}"


def _document(text: str, name: str) -> dict[str, Any]:
    """The results of a release. Raises FaultError for what no release has written."""

    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no number of JSON")

    try:
        document = json.loads(text, parse_constant=refuse)
        if not is_past_date(document["released"]) or not isinstance(document["version"], str):
            raise ValueError("version or day of the release is none")
        for part in PARTS:
            for entry in document.get(part, ()):
                if not isinstance(entry["id"], str) or not NEEDED[part] <= entry.keys():
                    raise ValueError(f"{part} has an entry without its parts")
    except json.JSONDecodeError as error:
        message = f"is not well-formed JSON: {error.msg}"
        raise FaultError(Fault(name, error.lineno, "", message)) from None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        message = f"is no document of results: {str(error) or 'too deep'}"
        raise FaultError(Fault(name, 0, "", message)) from None
    found: dict[str, Any] = document
    return found


def _name(data: Path, version: Version, file: str) -> str:
    return f"{data.name}/{FOLDER}/{version}/{file}"


def _rows(data: Path) -> Iterator[tuple[tuple[str, ...], Cells]]:
    """Every row of a study, and the cells that say something of it."""
    for chapter in tables.chapters(data):
        if tables.has(chapter, "studies", data):
            for _, row in tables.records(chapter, "studies", data):
                cells = {name: cell for name, cell in row.items() if cell and name not in ROW[:3]}
                yield (chapter, *(row[name] for name in ROW[1:])), cells


def _others(data: Path) -> Iterator[tuple[str, Cells]]:
    """Every row of a table whose rows a release has nowhere else, by its id."""
    for chapter in tables.chapters(data):
        seen: Counter[str] = Counter()
        for name, table in dictionary.tables(chapter, data).items():
            if name in ELSEWHERE or not tables.has(chapter, name, data):
                continue
            for _, row in tables.records(chapter, name, data):
                key = _plain("-".join(row[column] for column in table.key))
                identifier = f"{chapter}.{name.replace('_', '-')}.{key[:LONGEST_KEY]}"
                seen[identifier] += 1
                again = f"-{seen[identifier]}" if seen[identifier] > 1 else ""
                yield identifier + again, {column: cell for column, cell in row.items() if cell}
