"""A reference as BibTeX and RIS, and all the formats of one together."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from analysis.citing.items import MORE, Item
from analysis.citing.texts import apa, vancouver

TEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, even those with a backslash before them.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
"""What stands in TeX for the signs that mean something to it; other characters stay as they are."""

BIBTEX_TYPES = {"chapter": "incollection", "article-journal": "article", "dataset": "misc"}
RIS_TYPES = {"chapter": "CHAP", "article-journal": "JOUR", "dataset": "DATA"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(item: Mapping[str, Any]) -> str:
    """An item of CSL-JSON as an entry of BibTeX, in UTF-8.

    The title stands in braces of its own, so that no style makes BBB or REML lower case.
    """
    container = "journal" if item["type"] == "article-journal" else "booktitle"
    year, month, day = (*item["issued"]["date-parts"][0], None, None)[:3]
    authors = [_bibtex_name(author) for author in item["author"]]
    if item.get("note") == MORE:
        authors.append("others")
    fields = {
        "author": " and ".join(authors),
        "title": f"{{{tex(item['title'])}}}",
        container: tex(item.get("container-title", "")),
        "shortjournal": tex(item.get("container-title-short", "")),
        "year": str(year),
        "month": MONTHS[month - 1] if month else "",
        "day": str(day or ""),
        "volume": tex(item.get("volume", "")),
        "number": tex(item.get("issue", "")),
        "pages": tex(item.get("page", "").replace("-", "--")),
        "note": tex(_edition(item)),
        "doi": item.get("DOI", ""),  # addresses are taken letter by letter
        "url": item.get("URL", ""),
    }
    lines = [
        f"  {name} = {value if name == 'month' else f'{{{value}}}'},\n"
        for name, value in fields.items()
        if value
    ]
    return f"@{BIBTEX_TYPES[item['type']]}{{{item['id']},\n{''.join(lines)}}}\n"


def ris(item: Mapping[str, Any]) -> str:
    """An item of CSL-JSON as a record of RIS, each field on one line."""
    day = [f"{part:02d}" for part in item["issued"]["date-parts"][0]]
    first, _, last = item.get("page", "").partition("-")
    fields = [
        ("TY", RIS_TYPES[item["type"]]),
        *(("AU", _ris_name(author)) for author in item["author"]),
        ("TI", item["title"]),
        ("T2", item.get("container-title", "")),
        ("J2", item.get("container-title-short", "")),
        ("PY", day[0]),
        ("DA", "/".join(day) if len(day) == 3 else ""),
        ("VL", item.get("volume", "")),
        ("IS", item.get("issue", "")),
        ("SP", first),
        ("EP", last),
        ("ET", f"Version {item['version']}" if "version" in item else ""),
        ("N1", item.get("note", "")),
        ("LA", item["language"]),
        ("DO", item.get("DOI", "")),
        ("UR", item.get("URL", "")),
        ("ID", item["id"]),
    ]
    # A field ends with its line: a text of several would begin others.
    lines = "".join(f"{tag}  - {' '.join(value.split())}\n" for tag, value in fields if value)
    return f"{lines}ER  - \n"


def csl_json(item: Mapping[str, Any]) -> str:
    """An item of CSL-JSON as a file of it: a list of one."""
    return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


class Format(NamedTuple):
    """A format of references: its name for people, the end of its files' names, how it is made."""

    name: str
    suffix: str
    make: Callable[[Mapping[str, Any]], str]


FORMATS: Mapping[str, Format] = {
    "apa": Format("APA 7", "txt", apa),
    "vancouver": Format("Vancouver", "txt", vancouver),
    "bibtex": Format("BibTeX", "bib", bibtex),
    "ris": Format("RIS", "ris", ris),
    "csl": Format("CSL-JSON", "json", csl_json),
}
"""Every format, by the name that pages and scripts give it."""


def formats(item: Item) -> dict[str, str]:
    """A reference in every format.

    Raises ValueError that names the part that is missing.
    """
    csl = item.csl()
    return {name: each.make(csl) for name, each in FORMATS.items()}


def tex(text: str) -> str:
    """A text as TeX prints it."""
    return re.sub(r"[\\{}~^&%$#_]", lambda found: TEX[found[0]], text)


def _edition(item: Mapping[str, Any]) -> str:
    if "version" not in item:
        return ""
    return f"Version {item['version']}. {item['note']}"


def _bibtex_name(author: Mapping[str, str]) -> str:
    if "literal" in author:
        return f"{{{tex(author['literal'])}}}"
    particle = author.get("non-dropping-particle", "")
    # A family name of several words is one name only in braces.
    family = tex(author["family"])
    family = f"{{{family}}}" if " " in family else family
    return f"{f'{particle} ' if particle else ''}{family}, {tex(author['given'])}"


def _ris_name(author: Mapping[str, str]) -> str:
    if "literal" in author:
        return author["literal"]
    particle = author.get("non-dropping-particle", "")
    return f"{f'{particle} ' if particle else ''}{author['family']}, {author['given']}"
