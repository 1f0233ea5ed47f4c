"""The bibliography of the book."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pybtex.database
from pybtex.database import parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from analysis.faults import Fault, FaultError, shown
from analysis.folders import ROOT

BIBLIOGRAPHY = ROOT / "book" / "references.bib"

DOI = re.compile(r"10\.[0-9]{4,9}/\S+")


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
        """What keeps a reader from finding the publication; empty if nothing does.

        It needs authors, title and year, and a DOI, an address, or a journal with its volume or
        with a note of the day on which it appeared.
        """
        missing = [name for name in ("authors", "title", "year") if not getattr(self, name)]
        if missing:
            return f"has no {' and no '.join(missing)}"
        if self.doi and not DOI.fullmatch(self.doi):
            return f"must have a DOI such as 10.1136/bmj.n71, got {shown(self.doi)}"
        if self.url or (self.journal and (self.volume or self.note)):
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

UNMARKED = re.compile(r"(?:[\w.,:;()/+*=]|-(?!-)| (?=\S))*")
"""Text that TeX prints as it stands, which need not be read as TeX."""

OTHERS = Person("others")
"""What BibTeX calls the authors that an entry leaves out."""


@cache
def references(bibliography: Path = BIBLIOGRAPHY) -> Mapping[str, Reference]:
    """Every entry of the bibliography by its key; empty without the file.

    Raises FaultError for a file that is not well-formed BibTeX.
    """
    if not bibliography.exists():
        return {}
    name = f"{bibliography.parent.name}/{bibliography.name}"
    try:
        entries = parse_string(bibliography.read_text(encoding="utf-8"), "bibtex").entries
    except PybtexError as error:
        line = int(getattr(error, "lineno", None) or 0)
        message = f"is not well-formed BibTeX: {str(error).splitlines()[0]}"
        raise FaultError(Fault(name, line, "", message)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FaultError(Fault(name, 0, "", f"cannot be read: {error}")) from None
    found = {}
    for key, entry in entries.items():
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


def _person(person: pybtex.database.Person) -> Person:
    return Person(
        family=_plain(" ".join([*person.last_names, *person.lineage_names])),
        given=_plain(" ".join([*person.first_names, *person.middle_names])),
        particle=_plain(" ".join(person.prelast_names)),
    )


def _plain(tex: str) -> str:
    """A field without its TeX commands and braces."""
    return tex if UNMARKED.fullmatch(tex) else str(Text.from_latex(tex))
