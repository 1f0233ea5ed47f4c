"""A reference as text, in the styles of the APA (7th edition) and of Vancouver (ICMJE)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from analysis.citing.items import DIGEST, MORE

APA_AUTHORS = 20
"""With more authors, APA names 19 of them and the last."""

VANCOUVER_AUTHORS = 6
"""With more authors, Vancouver names these and goes on with et al."""


def apa(item: Mapping[str, Any]) -> str:
    """An item of CSL-JSON as APA prints it, without its italics."""
    authors = _stopped(_apa_authors(item["author"], _has_more(item)))
    head = f"{authors} ({_day(item, '%Y, %B {day}')}). "
    title, container = item["title"], item.get("container-title", "")
    edition = f" ({_edition(item)})" if "version" in item else ""
    if item["type"] == "article-journal":
        issue = f"({item['issue']})" if "issue" in item else ""
        pages = item.get("page", "")
        where = pages.replace("-", "–") if "-" in pages else f"Article {pages}" if pages else ""
        place = [container, item.get("volume", "") + issue, where]
        body = f"{_stopped(title)} {', '.join(filter(None, place))}."
    elif container:
        body = f"{_stopped(title)} In {container}{edition}."
    else:
        body = f"{title}{edition} [Data set]."
    return f"{head}{body} {_link(item)}".strip()


def vancouver(item: Mapping[str, Any]) -> str:
    """An item of CSL-JSON as Vancouver prints it, with the journal's short name if it is known."""
    head = f"{_stopped(_vancouver_authors(item))} {_stopped(item['title'])}"
    container = item.get("container-title", "")
    doi = f" doi:{item['DOI']}" if "DOI" in item else ""
    if item["type"] == "article-journal":
        issue = f"({item['issue']})" if "issue" in item else ""
        pages = item.get("page", "").replace("-", "–")
        place = f"{item.get('volume', '')}{issue}" + (f":{pages}" if pages else "")
        journal = item.get("container-title-short", container)
        return f"{head} {journal}. {_day(item, '%Y')}{f';{place}' if place else ''}.{doi}"
    inside = f" In: {container} [Internet]." if container else " [Internet]."
    if not container:
        head = head.removesuffix(".")
    edition = f"{_edition(item)}. {_day(item, '%Y %b {day}')}."
    return f"{head}{inside} {edition} Available from: {item['URL']}{doi}"


def _edition(item: Mapping[str, Any]) -> str:
    return f"Version {item['version']}, data {item['note'].removeprefix(DIGEST)}"


def _link(item: Mapping[str, Any]) -> str:
    doi = f"https://doi.org/{item['DOI']}" if "DOI" in item else ""
    # The DOI of the book leads to the whole of it, its address to the very result.
    address = item.get("URL", "") if "version" in item or not doi else ""
    return " ".join(filter(None, (doi, address)))


def _has_more(item: Mapping[str, Any]) -> bool:
    return item.get("note") == MORE


def _day(item: Mapping[str, Any], style: str) -> str:
    """The date as `style` gives it, in which {day} is a day without a leading zero."""
    parts = item["issued"]["date-parts"][0]
    if len(parts) < 3:
        return str(parts[0])
    day = date(*parts)
    # Not by strftime alone, whose names of months follow the language of the machine.
    month = MONTHS[day.month - 1]
    named = style.replace("%B", month).replace("%b", month[:3]).replace("%Y", str(day.year))
    return named.replace("{day}", str(day.day))


MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _apa_authors(authors: Sequence[Mapping[str, str]], more: bool) -> str:
    names = [_apa_name(author) for author in authors]
    if more:
        return f"{', '.join(names)}, et al."
    if len(names) > APA_AUTHORS:
        return f"{', '.join(names[: APA_AUTHORS - 1])}, … {names[-1]}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"


def _apa_name(author: Mapping[str, str]) -> str:
    if "literal" in author:
        return author["literal"]
    initials = re.sub(r"(\w)[^\s.-]*\.?", r"\1.", author["given"])
    return f"{_family(author)}, {initials}"


def _vancouver_authors(item: Mapping[str, Any]) -> str:
    names = [_vancouver_name(author) for author in item["author"]]
    if len(names) > VANCOUVER_AUTHORS or _has_more(item):
        return f"{', '.join(names[:VANCOUVER_AUTHORS])}, et al."
    return ", ".join(names)


def _vancouver_name(author: Mapping[str, str]) -> str:
    if "literal" in author:
        return author["literal"]
    initials = re.findall(r"(?:^|[\s.-])(\w)", author["given"])
    return f"{_family(author)} {''.join(initials)}"


def _family(author: Mapping[str, str]) -> str:
    return f"{author.get('non-dropping-particle', '')} {author['family']}".strip()
