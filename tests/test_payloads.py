"""Scripts in the texts of data and configuration are shown as texts, and lead nowhere."""

import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import metadata
import sitemap
from analysis import html, ledger, ledger_pages, results
from analysis.cells import PRINTED
from analysis.citing import shown
from analysis.citing.book import Book
from analysis.citing.files import formats
from analysis.citing.items import Item
from analysis.downloads import results_table
from analysis.downloads.files import made
from analysis.downloads.tables import text as csv_text
from analysis.kinds import FORMULA
from analysis.references import Person, Reference
from analysis.versions.identity import Retired
from metadata import Page
from tests.edits import CHAPTER, REPORTED, REVIEW, entry, table, write

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "]]>--><iframe srcdoc=x>",
    "{{7*7}} ${7*7} &lt;script&gt;",
)
ALL = " ".join(PAYLOADS)
DATA_TYPES = {"application/json", "application/ld+json"}


class Executable(HTMLParser):
    """What a browser would run or follow of some markup, but for https and places of the site."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag in ("iframe", "img", "svg", "object", "embed", "base", "style"):
            self.found.append(tag)
        if tag == "script" and known.get("type") not in DATA_TYPES:
            self.found.append(tag)
        for name, value in known.items():
            if name.startswith("on") or name in ("srcdoc", "src", "action"):
                self.found.append(name)
            if name == "href" and re.match(r"(?!https://)\s*[a-z+.-]*:|//", value, re.I):
                self.found.append(value)


def executable(markup: str) -> list[str]:
    return [each for each in Executable(markup).found if each != "http://purl.org/dc/elements/1.1/"]


def test_what_would_run_is_found() -> None:
    for place in (0, 1, 2, 4, 5, 6):
        assert executable(PAYLOADS[place]), PAYLOADS[place]
    assert executable('<a href="data:text/html,x">x</a><a href="//example.org">x</a>')
    assert not executable('<a href="https://example.org">x</a><a href="a.html#b">x</a>')


def filled(kind: Any, **others: Any) -> Any:
    """A dataclass or tuple whose texts are payloads."""
    names = (
        [each.name for each in fields(kind)]
        if hasattr(kind, "__dataclass_fields__")
        else kind._fields
    )
    return kind(**{**dict.fromkeys(names, ALL), **others})


PERSON = filled(Person)
BOOK = filled(
    Book, authors=(PERSON,), licences=(ALL,), base="https://example.org/", doi="10.5281/zenodo.1"
)
PAPER = filled(Reference, authors=(ALL,), people=(PERSON,), more=False, doi="10.5281/zenodo.1")


def test_heads_of_pages_run_nothing() -> None:
    for whole in (False, True):
        head = metadata.head(filled(Page, paper=PAPER, whole=whole), BOOK)
        assert executable(head) == []
        assert head.count("<script") == 1
    assert "<script" not in sitemap.sitemap("https://example.org", [ALL])


def test_references_run_nothing_and_keep_to_their_fields() -> None:
    item = filled(Item, type="chapter", authors=(PERSON,), issued="2026-11-21", more=False)
    assert executable(shown.reference(item, ALL).markup) == []
    injected = replace(PERSON, family="A\nER  - \nTY  - JOUR", given="B\r\nAU  - C")
    records = formats(replace(item, authors=(injected,)))["ris"].splitlines()
    assert all(re.match("[A-Z][A-Z0-9]  - ", line) for line in records)
    assert len(records) == len(formats(item)["ris"].splitlines())


def test_tables_run_nothing() -> None:
    cell = html.Cell(ALL, link="#a", note=ALL, note_link="a.html")
    markup = html.table(
        ALL, [ALL, ALL], [[cell, ALL], [ALL, ALL]], ids=[ALL, ALL], tools=True
    ).markup
    assert executable(markup) == []
    assert executable(html.facts({ALL: ALL})) == []
    assert executable(html.json_script({ALL: [ALL]}, ALL)) == []
    assert executable(html.link("https://example.org", ALL, ALL).markup) == []
    assert executable(ledger_pages.retired_table([Retired(ALL, ALL, "a.b.c", ALL)]).markup) == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "\tjava:x",
            "data:x",
        ),
        *(
            "http://example.org",
            "//example.org",
            "\x01javascript:alert(1)",
            "vbscript:x",
            "file:///x",
        ),
        *("https://a:b@example.org", 'https://example.org/"onclick="x', "https:example.org"),
    ],
)
def test_a_link_leads_out_by_https_alone(address: str) -> None:
    with pytest.raises(ValueError, match="must be an address such as https://"):
        html.link(address, "x")


def test_ledger_of_payloads_runs_nothing_and_begins_no_formula(data: Path) -> None:
    reported = table(data / REPORTED)
    for column in ("label", "location", "unit", "explanation", "not_recomputable"):
        reported[column] = [cell and ALL for cell in reported[column]]
    write(data / REPORTED, reported)
    for key, text in (("title", ALL), ("    label", ALL), ("    unit", ALL)):
        entry(REVIEW, key, f"'{text.replace(chr(39), chr(39) * 2)}'")(data)
    ledger.ledger.forget()
    known = ledger.ledger(data)
    entries = list(known.entries.values())
    markup = ledger_pages.ledger_table(entries, ALL, {CHAPTER: ALL}).markup
    markup += ledger_pages.ledger_table(entries, ALL, {CHAPTER: ALL, "other": ALL}).markup
    spoilt = [
        replace(each, against=ALL, claim=ALL, location=ALL, check=ALL)
        for each in known.findings.values()
    ]
    markup += ledger_pages.does_not_add_up(entries, spoilt).markup
    assert executable(markup) == []
    assert "&lt;script&gt;" in markup
    rows = list(results_table.rows(results.results(data)))
    assert any(ALL in str(row["label"]) for row in rows)
    texts = [cell for row in rows for cell in row.values() if isinstance(cell, str)]
    assert not [cell for cell in texts if cell.startswith(FORMULA) and not PRINTED.fullmatch(cell)]
    assert csv_text(made()["results"], rows).count("\n") == len(rows) + 1
