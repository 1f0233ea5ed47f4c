"""The bibliography of the book."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pybtex.database
from pybtex.database import BibliographyData, Entry, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from analysis import kinds, text_files
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.folders import ROOT

BIBLIOGRAPHY = ROOT / "book" / "references.bib"


@dataclass(frozen=True)
class Person:
    """An author by family and given names, or a group by its name alone (as `family`)."""

    family: str
    given: str = ""
    particle: str = ""

    @property
    def name(self) -> str:
        """Family name with its particle first, then given names; of a group its name."""
        family = f"{self.particle} {self.family}".strip()
        return f"{family}, {self.given}" if self.given else family


@dataclass(frozen=True)
class Reference:
    """One publication, its parts as plain text; empty where the entry has none.

    `people` are the authors by all their names; `more` says that the entry leaves others out;
    `shortjournal` is the journal's name as the catalogue of the NLM abbreviates it.
    """

    key: str
    authors: tuple[str, ...]
    people: tuple[Person, ...]
    more: bool
    title: str
    journal: str
    shortjournal: str
    year: str
    volume: str
    number: str
    pages: str
    doi: str
    address: str
    note: str

    @property
    def url(self) -> str:
        """Address of the publication: by its DOI or, without one, as the entry gives it."""
        return f"https://doi.org/{self.doi}" if self.doi else self.address

    @property
    def lacks(self) -> str:
        """What keeps it from being cited as the paper of a chapter; empty if nothing does.

        It needs authors, title, journal and year, and a DOI, an address, or the journal's volume
        or a note of the day on which it appeared, to be found.
        """
        needed = ("authors", "title", "journal", "year")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            return f"has no {' and no '.join(missing)}"
        if self.url or self.volume or self.note:
            return ""
        return "has no DOI, no address, and no journal with its volume or day"

    @property
    def citation(self) -> str:
        """The whole reference as a sentence; what the entry doesn't give is left out."""
        place = f"{self.volume}:{self.pages}" if self.volume and self.pages else self.volume
        issue = f"{self.journal} {self.year}" + (f";{place}" if place else "")
        doi = f" doi:{self.doi}" if self.doi else ""
        return f"{', '.join(self.authors)}. {self.title}. {issue}.{doi}"

    @property
    def short(self) -> str:
        """First author and year, as a sentence names a study."""
        first = self.authors[0] if self.authors else self.key
        others = {1: "", 2: f" and {self.authors[-1]}"}.get(len(self.authors), " et al.")
        return f"{first}{others} {self.year}"


PLAIN = (
    *("title", "journal", "shortjournal", "year"),
    *("volume", "number", "pages", "doi", "note"),
)
"""Fields of an entry that are parts of a reference as they are, once their TeX is read."""

FIELDS = (
    *PLAIN,
    *("author", "editor", "url", "booktitle", "chapter", "edition", "publisher", "series"),
    *("address", "institution", "organization", "school", "month"),
)
"""The fields that an entry can have."""

TYPES = (
    *("article", "book", "booklet", "dataset", "inbook", "incollection", "inproceedings"),
    *("manual", "mastersthesis", "misc", "online", "phdthesis", "proceedings", "software"),
    *("techreport", "unpublished"),
)
"""The types of entries that the bibliography of a page can show."""

KINDS: Mapping[str, Callable[[str], str]] = {"doi": kinds.doi, "url": kinds.https}
"""What fields must be that are more than a text."""

LINK = re.compile(r"\\(href|url)\b")
"""The commands of TeX that make a link; an entry has its address in a field."""

UNMARKED = re.compile(r"(?:[\w.,:;()/+*=]|-(?!-)| (?=\S))*")
"""Text that TeX prints as it stands, which need not be read as TeX."""

KEY = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")
YEAR = re.compile("[0-9]{4}")

HEAD = re.compile(r"^[ \t]*@(?!string|preamble|comment)\w+\s*[{(]\s*([^\s,{}]+)\s*,", re.M | re.I)
"""The beginning of an entry, with its key."""

OTHERS = Person("others")
"""What BibTeX calls the authors that an entry leaves out."""


@cache
def references(bibliography: Path = BIBLIOGRAPHY) -> Mapping[str, Reference]:
    """Every entry of the bibliography by its key; empty without the file.

    Raises FaultError for a file that is not well-formed BibTeX.
    """
    if not bibliography.exists():
        return {}
    name = _name(bibliography)
    found = {}
    for key, entry in _parsed(text_files.read(bibliography, name), name).entries.items():
        people = entry.persons.get("author", [])
        parts = {name: _plain(entry.fields.get(name, "")) for name in PLAIN}
        parts["address"] = str(entry.fields.get("url", ""))
        authors = tuple(_plain(" ".join(person.last_names)) for person in people)
        named = [_person(person) for person in people]
        found[key] = Reference(
            key=key,
            authors=authors,
            people=tuple(person for person in named if person != OTHERS),
            more=OTHERS in named,
            **parts,
        )
    return found


def check(bibliography: Path = BIBLIOGRAPHY) -> list[Fault]:
    """Every fault of the bibliography, each with the line of its entry."""
    name = _name(bibliography)
    try:
        text = text_files.read(bibliography, name)
        entries = _parsed(text, name).entries
    except FaultError as error:
        return [error.fault]
    lines = _lines(text)
    first: dict[str, str] = {}
    faults = []
    for key, entry in entries.items():
        line = lines.get(key, 0)
        faults += [Fault(name, line, *each) for each in _wrong(key, entry)]
        doi = entry.fields.get("doi", "").lower()
        if doi and first.setdefault(doi, key) != key:
            message = f"{key}: stands already in {first[doi]}: {doi}"
            faults.append(Fault(name, line, "doi", message))
    return sorted(faults)


def _wrong(key: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """Fields of an entry with what is wrong with them."""
    if not KEY.fullmatch(key):
        yield "", f"must have a key of letters, digits and hyphens, got {shown(key)}"
    if entry.type not in TYPES:
        yield "", f"{key}: must be one of {', '.join(TYPES)}, got {entry.type}"
    for field, value in entry.fields.items():
        if field not in FIELDS:
            yield field, f"{key}: is no field of the bibliography{nearest(field, FIELDS)}"
        elif LINK.search(value):
            yield field, f"{key}: must hold no link; an address stands in url"
        else:
            try:
                KINDS.get(field, kinds.one_line)(value)
            except ValueError as error:
                yield field, f"{key}: {error}"
    for role, people in entry.persons.items():
        for person in map(str, people):
            if LINK.search(person) or not kinds.is_plain(person) or "<" in person:
                yield role, f"{key}: must be names without links, markup or control characters"
    missing = [each for each in ("title", "year") if not entry.fields.get(each)]
    if missing:
        yield "", f"{key}: has no {' and no '.join(missing)}"
    elif not YEAR.fullmatch(entry.fields["year"]):
        yield "year", f"{key}: must have four digits, got {shown(entry.fields['year'])}"


def _name(bibliography: Path) -> str:
    return f"{bibliography.parent.name}/{bibliography.name}"


def _lines(text: str) -> dict[str, int]:
    """The line on which the entry of each key begins."""
    return {head[1]: text.count("\n", 0, head.start(1)) + 1 for head in HEAD.finditer(text)}


@lru_cache(maxsize=4)
def _parsed(text: str, name: str) -> BibliographyData:
    """The entries. Raises FaultError with the line of what is wrong."""
    seen: dict[str, str] = {}
    for head in HEAD.finditer(text):
        if head[1].lower() in seen:
            line = text.count("\n", 0, head.start(1)) + 1
            raise FaultError(Fault(name, line, "", f"stands twice: {head[1]}"))
        seen[head[1].lower()] = head[1]
    try:
        data = parse_string(text, "bibtex")
        for entry in data.entries.values():
            for person in (person for people in entry.persons.values() for person in people):
                _person(person)
            for value in entry.fields.values():
                _plain(value)
        return data
    except (PybtexError, RecursionError, ValueError) as error:
        line = int(getattr(error, "lineno", None) or 0) or _line_of_fault(text)
        reason = (str(error).splitlines() or ["too deep"])[0]
        message = f"is not well-formed BibTeX: {reason}"
        raise FaultError(Fault(name, line, "", message)) from None


def _line_of_fault(text: str) -> int:
    """The line of the first entry that can't be read by itself."""
    begins = [head.start() for head in HEAD.finditer(text)]
    for begin, end in pairwise([*begins, len(text)]):
        try:
            for entry in parse_string(text[begin:end], "bibtex").entries.values():
                for value in entry.fields.values():
                    _plain(value)
        except (PybtexError, RecursionError, ValueError):
            return text.count("\n", 0, begin) + 1
    return 0


def _person(person: pybtex.database.Person) -> Person:
    return Person(
        family=_plain(" ".join([*person.last_names, *person.lineage_names])),
        given=_plain(" ".join([*person.first_names, *person.middle_names])),
        particle=_plain(" ".join(person.prelast_names)),
    )


@cache
def _plain(tex: str) -> str:
    """A field without its TeX commands and braces."""
    return tex if UNMARKED.fullmatch(tex) else str(Text.from_latex(tex))
