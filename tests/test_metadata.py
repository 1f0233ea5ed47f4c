"""What the head of a page says, without a build."""

import json
import re
import struct
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

import metadata
import offline
from analysis.citing.book import Book
from analysis.folders import ROOT
from analysis.references import Person, references
from metadata import Page

BOOK = Book(
    title='The "book" & more',
    authors=(Person("The group of contributors"), Person("Groot", "Anna", "de")),
    version="2030.1.0",
    released="2030-02-03",
    doi="",
    licences=("MIT", "CC-BY-4.0"),
    base="",
)
PLACED = replace(BOOK, base="https://example.org/review/", doi="10.5281/zenodo.1")
FRONT = Page("book/index", "A front page", "What it is.", whole=True)
CHAPTER = Page("book/one", "τ² & <b> of “one”", "Does it?", paper=references()["mou2025"])
OTHER = Page("book/methods", "Methods", "How.")
PAGES = (FRONT, CHAPTER, OTHER)


def read(page: Page, book: Book) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The named elements of a head, and its JSON-LD."""
    markup = metadata.head(page, book)
    named: dict[str, list[str]] = {}
    for name, content in re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', markup):
        named.setdefault(name, []).append(unescape(content))
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', markup)
    return named, json.loads(data)


def test_chapter_is_a_part_of_the_book_to_reference_managers() -> None:
    named, _ = read(CHAPTER, PLACED)
    assert named["citation_title"] == ["τ² & <b> of “one”"]
    assert named["citation_author"] == ["The group of contributors,", "de Groot, Anna"]
    assert named["citation_publication_date"] == ["2030/02/03"]
    assert named["citation_online_date"] == ["2030/02/03"]
    assert named["citation_book_title"] == named["citation_inbook_title"] == [PLACED.title]
    assert "citation_journal_title" not in named
    assert named["citation_language"] == ["en"]
    assert named["citation_public_url"] == ["https://example.org/review/book/one.html"]
    assert named["citation_doi"] == ["10.5281/zenodo.1"]


def test_whole_book_is_no_part_of_itself() -> None:
    named, data = read(FRONT, PLACED)
    assert named["citation_title"] == [PLACED.title]
    assert "citation_book_title" not in named
    assert "citation_inbook_title" not in named
    assert named["og:type"] == ["book"]
    assert named["DC.type"] == ["Dataset"]
    assert "isPartOf" not in data


def test_dublin_core() -> None:
    named, _ = read(CHAPTER, PLACED)
    assert named["DC.creator"] == ["The group of contributors", "de Groot, Anna"]
    assert named["DC.date"] == ["2030-02-03"]
    assert named["DC.type"] == ["Text"]
    assert named["DC.rights"] == ["CC-BY-4.0"]
    assert named["DC.identifier"] == ["doi:10.5281/zenodo.1"]
    assert read(CHAPTER, replace(PLACED, doi=""))[0]["DC.identifier"] == [
        "https://example.org/review/book/one.html"
    ]


def test_chapter_is_an_article_based_on_its_paper_to_search_engines() -> None:
    _, data = read(CHAPTER, PLACED)
    assert data["@type"] == "ScholarlyArticle"
    assert data["headline"] == data["name"] == "τ² & <b> of “one”"
    assert data["isBasedOn"]["@type"] == "ScholarlyArticle"
    assert data["isBasedOn"]["identifier"] == "https://doi.org/10.3389/fneur.2025.1447414"
    assert data["isBasedOn"]["author"][0] == {
        "@type": "Person",
        "givenName": "Chunlin",
        "familyName": "Mou",
    }
    assert data["isPartOf"]["@type"] == "Book"
    assert data["isPartOf"]["name"] == PLACED.title
    assert data["isPartOf"]["url"] == "https://example.org/review/"
    assert data["author"] == [
        {"@type": "Organization", "name": "The group of contributors"},
        {"@type": "Person", "givenName": "Anna", "familyName": "de Groot"},
    ]
    assert data["url"] == "https://example.org/review/book/one.html"
    assert data["license"] == ["https://spdx.org/licenses/CC-BY-4.0"]


def test_paper_without_a_doi_has_no_identifier() -> None:
    data = read(replace(CHAPTER, paper=references()["mai2025"]), BOOK)[1]
    assert "identifier" not in data["isBasedOn"]
    assert data["isBasedOn"]["name"].startswith("Distinct roles")


@pytest.mark.parametrize(
    ("book", "address"),
    [(BOOK, "../results.json"), (PLACED, "https://example.org/review/results.json")],
)
def test_whole_book_is_a_dataset_with_its_file(book: Book, address: str) -> None:
    _, data = read(FRONT, book)
    assert data["@type"] == "Dataset"
    assert data["distribution"]["contentUrl"] == address
    assert data["version"] == "2030.1.0"
    assert data["license"] == ["https://spdx.org/licenses/CC-BY-4.0"]
    assert data.get("identifier") == (f"https://doi.org/{book.doi}" if book.doi else None)


def test_other_page_is_a_page_of_the_book() -> None:
    _, data = read(OTHER, PLACED)
    assert data["@type"] == "WebPage"
    assert data["isPartOf"]["name"] == PLACED.title
    assert "isBasedOn" not in data


def test_links_to_a_page_show_title_description_and_picture() -> None:
    named, _ = read(CHAPTER, PLACED)
    for prefix in ("og", "twitter"):
        assert named[f"{prefix}:title"] == ["τ² & <b> of “one”"]
        assert named[f"{prefix}:description"] == ["Does it?"]
        assert named[f"{prefix}:image"] == ["https://example.org/review/_static/card.png"]
    assert named["og:url"] == ["https://example.org/review/book/one.html"]
    assert named["og:type"] == ["article"]  # "website" would make it a web page to Zotero
    assert named["twitter:card"] == ["summary_large_image"]
    assert (named["og:image:width"], named["og:image:height"]) == (["1200"], ["630"])


def test_picture_has_the_size_that_is_said_of_it() -> None:
    content = (ROOT / "book" / metadata.PICTURE).read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", content[16:24]) == metadata.PICTURE_SIZE == (1200, 630)


@pytest.mark.parametrize("page", PAGES)
def test_without_an_address_of_the_site_no_page_says_that_it_is_anywhere(page: Page) -> None:
    named, data = read(page, BOOK)
    assert [name for name, [content, *_] in named.items() if "://" in content] == []
    assert {
        "citation_public_url",
        "og:url",
        "og:image",
        "twitter:image",
        "DC.identifier",
    }.isdisjoint(named)
    assert named["twitter:card"] == ["summary"]
    assert "url" not in data
    assert "url" not in data.get("isPartOf", {})


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("book", [BOOK, PLACED])
def test_head_requests_nothing_and_nothing_ends_it(page: Page, book: Book) -> None:
    sly = replace(page, title="</script><img src='//a.org/a.png'>", description='"><script>')
    markup = metadata.head(sly, book)
    assert offline.outside_page(markup) == []
    assert markup.count("</script>") == 1
    named, data = read(sly, book)
    assert named["og:title"] == [sly.title]
    assert data["description"] == sly.description
