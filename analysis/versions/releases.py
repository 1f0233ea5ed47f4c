"""Released versions: the results and the rows of all studies, as they were frozen."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from analysis import results, tables
from analysis.folders import DATA, ROOT
from analysis.once import once
from analysis.versions.documents import same_numbers

FOLDER = "releases"
RESULTS = "results.json"
STUDIES = "studies.csv"
ROW = ("chapter", "study", "outcome", "in_review", "added")


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
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            raise ValueError(f"a version has three numbers, such as 2025.1.0, got {text!r}")
        return cls(*map(int, parts))


@dataclass(frozen=True)
class Release:
    """A frozen version: its document, which is that of results.json, and its rows of studies."""

    version: Version
    document: Mapping[str, Any]
    rows: tuple[tuple[str, ...], ...]

    @property
    def released(self) -> str:
        """The day of the release."""
        return str(self.document["released"])

    @property
    def note(self) -> str:
        """What it is, in a few words."""
        return str(self.document.get("note", ""))


@once
def releases(data: Path = DATA) -> tuple[Release, ...]:
    """Every release, the oldest first. Raises ValueError for a folder that is no version."""
    folders = [path for path in (data / FOLDER).glob("*") if path.is_dir()]
    return tuple(sorted((_read(path) for path in folders), key=lambda each: each.version))


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


def current(data: Path = DATA) -> Release:
    """The results as they are now, under the version of the last release."""
    document = results.results(data)
    return Release(Version.parse(str(document["version"])), document, tuple(_rows(data)))


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
    folder = data / FOLDER / str(version)
    folder.mkdir(parents=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=0)
    (folder / RESULTS).write_text(text + "\n", encoding="utf-8")
    with (folder / STUDIES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([ROW, *now.rows])
    releases.forget()
    return folder


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


def _read(folder: Path) -> Release:
    document = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    with (folder / STUDIES).open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return Release(Version.parse(folder.name), document, tuple(map(tuple, rows)))


def _rows(data: Path) -> Iterator[tuple[str, ...]]:
    for chapter in tables.chapters(data):
        if tables.has(chapter, "studies", data):
            for _, row in tables.records(chapter, "studies", data):
                yield (chapter, *(row[name] for name in ROW[1:]))
