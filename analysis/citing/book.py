"""What the book says of itself: its title, authors, version, licences and address."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis import yaml_files
from analysis.citation import citation, people
from analysis.folders import ROOT
from analysis.references import Person


@dataclass(frozen=True)
class Book:
    """The book as its CITATION.cff has it.

    `released` is a date in ISO 8601; `base` is the address of the site and ends with a slash.
    What is not known is empty.
    """

    title: str
    authors: tuple[Person, ...]
    version: str
    released: str
    doi: str
    licences: tuple[str, ...]
    base: str

    @property
    def text_licences(self) -> tuple[str, ...]:
        """The licences of text and data: those of Creative Commons if any, as code has others."""
        return tuple(name for name in self.licences if name.startswith("CC")) or self.licences

    def address(self, place: str) -> str:
        """Address of a place of the site: absolute where the site has one, else from its root."""
        return f"{self.base}{place}"


def address(page: str, identifier: str) -> str:
    """Where a result stands, from a page beside it: the page that has it, its id as the anchor."""
    return f"{page}.html#{identifier}"


def place(page: str, identifier: str) -> str:
    """Where a result stands in the site."""
    return f"book/{address(page, identifier)}"


@cache
def book(root: Path = ROOT) -> Book:
    """The book that is in a folder: its CITATION.cff, and `html: baseurl` of its _config.yml."""
    cited = citation(root / "CITATION.cff")
    base = _base(root / "_config.yml").rstrip("/")
    licence = cited.get("license", [])
    return Book(
        title=str(cited["title"]),
        authors=people(cited),
        version=str(cited["version"]),
        released=str(cited.get("date-released", "")),
        doi=str(cited.get("doi", "")),
        licences=(licence,) if isinstance(licence, str) else tuple(licence),
        base=f"{base}/" if base else "",
    )


def _base(config: Path) -> str:
    if not config.exists():
        return ""
    settings = yaml_files.read(config, config.name).content or {}
    return str((settings.get("html") or {}).get("baseurl") or "")
