"""What can be cited, as CSL-JSON: the one source of every format of a reference."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analysis import tables
from analysis.citing.book import book, place
from analysis.folders import code_digest
from analysis.references import Person, Reference

CHAPTER, ARTICLE, WHOLE = "chapter", "article-journal", "dataset"
"""Types of CSL: a part of this book (a chapter or a result), a paper, the whole book."""

DIGEST, MORE = "Data digest ", "With further authors"
"""What the note of an item says: the digests of its state, or that a paper has more authors."""

KINDS = {
    r"\.living$": "living estimate",
    r"^[^.]+\.finding\.": "finding",
    r"^[^.]+\.certainty\.": "certainty",
    r"^[^.]+\.classification\.": "classification",
    r"^[^.]+\.[^.]+$": "chart",
    "": "printed number",
}
"""What results are, by patterns of their ids: the first that fits."""

DIGITS = 12
"""How much of a digest a reference has; enough to tell any two states of the data apart."""


@dataclass(frozen=True)
class Item:
    """One thing to cite. `issued` is a date in ISO 8601, or a year; what doesn't apply is empty.

    `digest` is what `state` says. `more` says that `authors` are the first of several.
    """

    key: str
    type: str
    title: str
    authors: tuple[Person, ...]
    issued: str
    container: str = ""
    short_container: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    version: str = ""
    digest: str = ""
    address: str = ""
    doi: str = ""
    more: bool = False

    def csl(self) -> dict[str, Any]:
        """The item of CSL-JSON.

        Raises ValueError that names the part that is missing.
        """
        for name in self._needed():
            if not getattr(self, name):
                raise ValueError(f"{self.key or 'a reference'}: has no {name}")
        if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", self.issued):
            raise ValueError(f"{self.key}: issued is no date: {self.issued!r}")
        parts = {
            "id": self.key,
            "type": self.type,
            "title": _line(self.title),
            "author": [_name(person) for person in self.authors],
            "issued": {"date-parts": [[int(part) for part in self.issued.split("-")]]},
            "container-title": _line(self.container),
            "container-title-short": _line(self.short_container),
            "volume": self.volume,
            "issue": self.number,
            "page": re.sub("[–—]|--+", "-", self.pages),
            "version": self.version,
            "note": DIGEST + self.digest if self.digest else "",
            "DOI": self.doi,
            "URL": self.address,
            "language": "en",
        }
        if self.more:
            parts["note"] = MORE
        return {name: part for name, part in parts.items() if part}

    def _needed(self) -> Iterator[str]:
        yield from ("key", "type", "title", "authors", "issued")
        if self.type != WHOLE:
            yield "container"
        if self.type != ARTICLE:
            yield from ("version", "digest", "address")


def state(data: str, code: str | None = None) -> str:
    """What a reference says of its state: digests of the data and of the code, here the present.

    A result follows from both. For a release that doesn't say what its code was, it is "".
    """
    code = code_digest() if code is None else code
    return data[:DIGITS] + (f", code {code[:DIGITS]}" if code else "")


def whole() -> Item:
    """The book as it is, with the data of all chapters."""
    cited = book()
    return Item(
        key=f"msc-ev-{cited.version}",
        type=WHOLE,
        title=cited.title,
        authors=cited.authors,
        issued=cited.released,
        version=cited.version,
        digest=state(tables.digest()),
        address=cited.address("book/index.html"),
        doi=cited.doi,
    )


def chapter(name: str) -> Item:
    """A chapter at its version, with the digest of its own data."""
    return page(name, tables.review(name)["title"])


def page(name: str, title: str) -> Item:
    """A page at its version, with the digest of the data that it shows."""
    return _part(name, title, name, f"book/{name}.html")


def kind(identifier: str) -> str:
    """What the result of an id is, in the words of `KINDS`."""
    return next(name for pattern, name in KINDS.items() if re.search(pattern, identifier))


def result(identifier: str, label: str, chapter: str, page: str = "", of_kind: str = "") -> Item:
    """A result by its id: its label, kind and id are its title, its own address is the address.

    It stands on the page of its `chapter` if no other `page` is named, and is of the kind that its
    id says if it isn't said by `of_kind`.
    """
    where = place(page or chapter, identifier)
    title = f"{label.removesuffix('.')} ({of_kind or kind(identifier)} {identifier})"
    return _part(chapter, title, identifier, where)


def paper(source: Reference) -> Item:
    """A publication of the bibliography."""
    return Item(
        key=source.key,
        type=ARTICLE,
        title=source.title,
        authors=source.people,
        issued=source.year,
        container=source.journal,
        short_container=source.shortjournal,
        volume=source.volume,
        number=source.number,
        pages=source.pages,
        address=source.url,
        doi=source.doi,
        more=source.more,
    )


def _part(chapter: str, title: str, key: str, where: str) -> Item:
    cited = book()
    return Item(
        key=f"msc-ev-{cited.version}-{key}",
        type=CHAPTER,
        title=title,
        authors=cited.authors,
        issued=cited.released,
        container=cited.title,
        version=cited.version,
        digest=state(tables.digest(chapter if chapter in tables.chapters() else None)),
        address=cited.address(where),
        doi=cited.doi,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _name(person: Person) -> dict[str, str]:
    if not person.given:
        return {"literal": f"{person.particle} {person.family}".strip()}
    parts = {
        "family": person.family,
        "given": person.given,
        "non-dropping-particle": person.particle,
    }
    return {name: part for name, part in parts.items() if part}
