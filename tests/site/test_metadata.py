"""The head of each built page says what the page is, and no address that is not true."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page

from analysis import folders, tables
from analysis.citing.book import book
from analysis.references import references
from tests.site.conftest import Book, Tab, pages, wait_until

NEEDED = (
    *("citation_title", "citation_author", "citation_publication_date", "citation_online_date"),
    *("citation_language", "DC.title", "DC.creator", "DC.date", "DC.language", "DC.type"),
    *("og:title", "og:description", "og:type", "og:site_name"),
    *("twitter:card", "twitter:title", "twitter:description"),
)


def head(page: Page, path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The named elements of the head of a page as a browser reads them, and its JSON-LD."""
    page.goto(path.as_uri())
    named = dict(
        page.eval_on_selector_all(
            "head meta[content]",
            "all => all.map(each => [each.name || each.getAttribute('property'), each.content])",
        )
    )
    [data] = page.locator("head script[type='application/ld+json']").all_text_contents()
    return named, json.loads(data)


def test_each_page_says_what_it_is(tab: Tab, site: Path) -> None:
    kinds = {}
    for path in pages(site):
        named, data = head(tab.page, path)
        assert [name for name in NEEDED if not named.get(name)] == [], path.name
        heading = tab.page.locator("h1").first.evaluate("h => h.firstChild.textContent")
        assert named["og:title"] == heading
        assert named["citation_title"] == (book().title if path.stem == "index" else heading)
        assert named["og:description"] == named["description"] == data["description"]
        assert data["@context"] == "https://schema.org"
        assert data["version"] == book().version
        kinds[path.stem] = data["@type"]
    assert kinds.pop("index") == "Dataset"
    chapters = folders.chapters()
    assert {kinds.pop(name) for name in chapters} == {"ScholarlyArticle"}
    assert set(kinds.values()) == {"WebPage"}


def test_chapters_are_based_on_their_papers(tab: Tab, site: Path) -> None:
    for chapter in folders.chapters():
        named, data = head(tab.page, site / "book" / f"{chapter}.html")
        paper = references()[tables.review(chapter)["source"]]
        assert data["isBasedOn"]["name"] == paper.title
        assert data["isBasedOn"].get("identifier", "") == paper.url
        assert data["isPartOf"]["name"] == named["citation_book_title"] == book().title


def test_results_json_is_where_the_front_page_says(tab: Tab, site: Path) -> None:
    _, data = head(tab.page, site / "book" / "index.html")
    place = data["distribution"]["contentUrl"]
    if "://" in place:
        assert place == f"{book().base}results.json"
    else:
        assert (site / "book" / place).resolve() == (site / "results.json").resolve()


@pytest.mark.skipif(bool(book().base), reason="the site has an address")
def test_no_page_has_an_address_that_it_does_not_have(tab: Tab, site: Path) -> None:
    for path in pages(site):
        named, data = head(tab.page, path)
        assert {name for name, content in named.items() if "://" in content} == set(), path.name
        assert "url" not in data
        assert tab.page.locator("link[rel=canonical]").count() == 0


def test_address_of_the_site_is_in_heads_and_references(book: Book, tab: Tab) -> None:
    path = book.root / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["html"]["baseurl"] = "https://example.org/review"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    build = book.build()
    assert build.ok, build.output
    chapter = book.html / "book" / "osteoporosis.html"
    address = "https://example.org/review/book/osteoporosis.html"
    named, data = head(tab.page, chapter)
    assert named["citation_public_url"] == named["og:url"] == data["url"] == address
    picture = named["og:image"].removeprefix("https://example.org/review/")
    assert (book.html / picture).is_file()
    assert tab.page.locator("blockquote[data-format=apa]").first.inner_text().endswith(address)
    tab.page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard",
            { value: { writeText: async (text) => { window.copied = text; } } })"""
    )
    row = tab.page.locator("tr[data-result]").first
    row.locator("summary").click()
    row.get_by_role("button", name="Copy link").click()
    wait_until(tab.page, "window.copied")
    assert tab.page.evaluate("window.copied") == f"{address}#{row.get_attribute('id')}"
    assert tab.refused == []
