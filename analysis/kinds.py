"""What a text must be to be of a kind: a DOI, an address, a line, a day.

Each function returns its text, or raises ValueError that says what it must be.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone

from analysis.faults import shown

SICI = r"\(SICI\)[0-9()-]+:[0-9]+<[0-9]+::AID-[A-Z0-9]+>[0-9.]+CO;2-[A-Z0-9]"
"""How publishers made DOIs of articles before 2000, with angle brackets."""
DOI = re.compile(rf"10\.[0-9]{{4,9}}/(?!.*\.\.)([A-Za-z0-9._;()/:\[\]-]*[A-Za-z0-9)/]|{SICI})")
HTTPS = re.compile(
    r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?"
    r"([/?#][A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]*)?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

YEARS = range(1900, 2101)
"""In which a day of the data can lie."""

FIRST_TO_SEE_A_DAY = timezone(timedelta(hours=14))
"""Where a day begins first on Earth."""

MARKUP = frozenset('<>&"')
FORMULA = ("=", "+", "-", "@")
"""With what spreadsheets begin a formula."""


def doi(text: str) -> str:
    """A DOI without an address before it: only what Crossref lets a new one have."""
    if not DOI.fullmatch(text):
        raise ValueError(f"must be a DOI such as 10.1136/bmj.n71, got {shown(text)}")
    return text


def https(text: str) -> str:
    """An address on the web, without user or password."""
    if not HTTPS.fullmatch(text):
        raise ValueError(f"must be an address such as https://example.org/page, got {shown(text)}")
    return text


def one_line(text: str) -> str:
    """A text of one line with single plain spaces, without control or invisible characters."""
    if text != text.strip() or "  " in text or not is_plain(text):
        raise ValueError(
            "must be on one line, with single plain spaces and without control characters, "
            f"got {shown(text)}"
        )
    return text


def text_alone(text: str) -> str:
    """A line for a place that takes markup, and so must hold none."""
    if MARKUP.intersection(text):
        raise ValueError(f"must be text without < > & and quotation marks, got {shown(text)}")
    return one_line(text)


def cell(text: str) -> str:
    """A line that a spreadsheet shows as it is."""
    if text.startswith(FORMULA):
        raise ValueError(
            "must not begin with = + - or @, with which spreadsheets begin a formula, "
            f"got {shown(text)}"
        )
    one_line(text.removesuffix("\n"))  # which ends a folded text of YAML
    return text


def day(text: str) -> str:
    """A day that exists, as YYYY-MM-DD, in a year of `YEARS`."""
    try:
        found = DAY.fullmatch(text) and date.fromisoformat(text).year in YEARS
    except ValueError:
        found = False
    if not found:
        raise ValueError(f"must be a date that exists, as YYYY-MM-DD, got {shown(text)}")
    return text


def today() -> date:
    """The latest day that it is anywhere, so that no time zone is ahead of it."""
    return datetime.now(FIRST_TO_SEE_A_DAY).date()


def past_day(text: str) -> str:
    """A day that has begun somewhere on earth."""
    if day(text) > today().isoformat():
        raise ValueError(f"must not lie ahead, got {text}")
    return text


KINDS: Mapping[str, Callable[[str], str]] = {
    "doi": doi,
    "https": https,
    "line": one_line,
    "text-alone": text_alone,
    "cell": cell,
    "day": day,
    "past-day": past_day,
}
"""The kinds by the names that schemas give them."""


def is_plain(text: str) -> bool:
    """Whether a text has only letters, signs and spaces that can be seen as what they are."""
    if text.isascii():
        return text.isprintable()
    return all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in text)
