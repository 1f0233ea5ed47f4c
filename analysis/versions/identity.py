"""Ids last: what was published under an id is there, means what it meant, or says where it went."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from analysis import citation, ledger, tables, yaml_files
from analysis.book_files import check as book_files
from analysis.faults import Fault, shown
from analysis.folders import DATA
from analysis.versions import releases
from analysis.versions.documents import PARTS
from analysis.versions.releases import Release

MEANING = {
    "results": ("label", "location", "kind", "unit", "qualifier", "value", "lower", "upper"),
    "living": ("label", "measure", "favours"),
    "evidence": ("reported", "measure", "favours"),
    "findings": ("chapter",),
}
"""What of a result says what it is; a finding's words may be sharpened.

Of a printed number that is every character: a spreadsheet that writes 2.00 as 2 changes how
exactly it was printed, and with that what follows from it. A check may be sharpened as well, and
must not go. What a release doesn't say, as it had no such part yet, is nothing that has changed.
"""


STUDIES = "studies"
"""The part of a release that holds the rows of studies: what was not empty there is kept."""

CORRECTED = ("results", STUDIES)
"""The parts whose entries are corrected; what others mean is given another id."""


class Retired(NamedTuple):
    """An id that is no longer used: since which day, the id that took its place if any, and why."""

    id: str
    day: str
    went_to: str
    reason: str


def check(data: Path = DATA) -> list[Fault]:
    """Every fault of the book: of its data and of the files beside them.

    If there is none, of its releases and, at last, of ids that one of them has published.
    """
    own = data == DATA
    # Of a bibliography that can't be read both say so.
    faults = [*dict.fromkeys([*(book_files.check() if own else ()), *ledger.check(data)])]
    faults = faults or [*releases.check(data), *_confused(data)]
    return faults or sorted([*(_version(data) if own else ()), *_faults(data)])


def _confused(data: Path) -> Iterator[Fault]:
    """Rows of studies that a correction could not tell apart."""
    for chapter in tables.chapters(data):
        first: dict[str, int] = {}
        known = tables.has(chapter, STUDIES, data)
        for line, row in tables.records(chapter, STUDIES, data) if known else ():
            identifier = releases.row_id(chapter, row["study"], row["outcome"])
            before = first.setdefault(identifier, line)
            if before != line:
                message = (
                    f"must differ from that of line {before} in a letter a to z or a digit: both "
                    f"would be corrected as {identifier}"
                )
                yield Fault(f"{data.name}/{chapter}/studies.csv", line, "study", message)


def _version(data: Path) -> Iterator[Fault]:
    """A version or a day in CITATION.cff that is not that of the last release."""
    known = releases.releases(data)
    cited = yaml_files.read(citation.CITATION, citation.CITATION.name)
    said = {"version": str(known[-1].version), "date-released": known[-1].released} if known else {}
    for name, expected in said.items():
        if cited.content.get(name) != expected:
            got = shown(str(cited.content.get(name, "nothing")))
            message = f"must be that of the last release, {expected}, got {got}"
            yield Fault(cited.name, cited.line((name,)), name, message)


def retired(chapter: str, data: Path = DATA) -> list[Retired]:
    """The ids of a chapter that are no longer used."""
    if not tables.has(chapter, "retired", data):
        return []
    return [
        Retired(row["id"], row["retired"], row["went_to"], row["reason"])
        for _, row in tables.records(chapter, "retired", data)
    ]


def _faults(data: Path) -> Iterator[Fault]:
    published = {
        identifier: (part, entry, release)
        for release in releases.releases(data)
        for part, identifier, entry in _entries(release)
    }
    if not published:
        return
    current = {identifier: entry for _, identifier, entry in _entries(releases.current(data))}
    gone = {
        each.id: chapter for chapter in tables.chapters(data) for each in retired(chapter, data)
    }
    for identifier, (part, before, release) in published.items():
        chapter = identifier.partition(".")[0]
        file = f"{data.name}/{chapter}"
        if identifier not in current:
            where, what = "retired.csv", "what took its place"
            left = identifier in gone
            if part == STUDIES:
                where, what = "corrections.csv", "why it went"
                left = identifier in _corrected(chapter, release.released, data)
            if not left:
                message = (
                    f"{identifier} was published in {release.version} and must stay, or stand in "
                    f"{where} with {what}"
                )
                yield Fault(file, 0, "id", message)
            continue
        if part == "findings" and before.get("check") and not current[identifier]["check"]:
            message = f"{identifier} must keep a check, as it has one in {release.version}"
            yield Fault(f"{file}/findings.csv", 0, "check", message)
        was, now = (_meaning(part, entry) for entry in (before, current[identifier]))
        changed = next((name for name in was if was[name] != now.get(name, "")), "")
        if changed and identifier not in _corrected(chapter, release.released, data):
            message = (
                f"{identifier} must mean what it did in {release.version}: its {changed} was "
                f"{shown(was[changed])} and is {shown(now.get(changed) or 'empty')}; "
            )
            message += (
                "a row of corrections.csv says why"
                if part in CORRECTED
                else "give it another id, and put this one into retired.csv"
            )
            yield Fault(file, 0, "id", message)
    for identifier, chapter in gone.items():
        file = f"{data.name}/{chapter}/retired.csv"
        if identifier in current:
            yield Fault(file, 0, "id", f"{identifier} must not be retired: it is in use")
        elif identifier not in published:
            yield Fault(file, 0, "id", f"{identifier} must be an id that a release has published")
    known = {*published, *(name for each in releases.releases(data) for name in each.others)}
    for chapter in tables.chapters(data):
        for line, row in _corrections(chapter, data):
            if row["id"] not in known:
                file = f"{data.name}/{chapter}/corrections.csv"
                message = f"{row['id']} must be an id that a release has published"
                yield Fault(file, line, "id", message)


def _entries(release: Release) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Part, id and entry of every result of a release, and of every row of a study."""
    for part in PARTS:
        for entry in release.document.get(part, ()):
            yield part, entry["id"], entry
    for identifier, cells in release.studies.items():
        yield STUDIES, identifier, cells


def _meaning(part: str, entry: Mapping[str, Any]) -> Mapping[str, str]:
    if part == STUDIES:
        return entry
    printed = entry["reported"] if part == "results" else {}
    return {
        name: str(printed.get(name) or entry.get(name) or "")
        for name in MEANING[part]
        if name in printed or name in entry
    }


def _corrected(chapter: str, since: str, data: Path) -> set[str]:
    """Ids of results that were corrected on or after a day."""
    return {row["id"] for _, row in _corrections(chapter, data) if row["corrected"] >= since}


def _corrections(chapter: str, data: Path) -> tuple[tuple[int, Mapping[str, str]], ...]:
    """The rows of a chapter's corrections, each with its line."""
    if not tables.has(chapter, "corrections", data):
        return ()
    return tables.records(chapter, "corrections", data)
