"""Each page says in its head what it is, to reference managers, search engines and other sites.

By Highwire's names, Dublin Core, schema.org and Open Graph. An address is absolute or left out: as
long as the site has none (`html: baseurl` in _config.yml), no page says that it is anywhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.application import Sphinx

import descriptions
from analysis import folders, html

if TYPE_CHECKING:
    from analysis.citing.book import Book
    from analysis.references import Person, Reference

PICTURE, PICTURE_SIZE = "_static/card.png", (1200, 630)
RESULTS = "results.json"


@dataclass(frozen=True)
class Page:
    """What is known of a page; `paper` is what a chapter is about, `whole` marks the front page."""

    name: str
    title: str
    description: str
    paper: "Reference | None" = None
    whole: bool = False


def head(page: Page, book: "Book") -> str:
    """The elements for the head of a page, one a line."""
    named = "".join(
        f'<meta name="{name}" content="{escape(content)}" />\n'
        for name, content in (*highwire(page, book), *dublin_core(page, book), *twitter(page, book))
    )
    graph = "".join(
        f'<meta property="{name}" content="{escape(content)}" />\n'
        for name, content in open_graph(page, book)
    )
    data = html.json_script(schema_org(page, book), kind="application/ld+json")
    return (
        f'<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/" />\n{named}{graph}{data}\n'
    )


def highwire(page: Page, book: "Book") -> Iterator[tuple[str, str]]:
    """Names that Google Scholar and Zotero read."""
    yield "citation_title", _title(page, book)
    for person in book.authors:
        # The comma keeps the name of a group from being cut into a first and a last name.
        yield "citation_author", person.name if person.given else f"{person.family},"
    if book.released:
        yield "citation_publication_date", book.released.replace("-", "/")
        yield "citation_online_date", book.released.replace("-", "/")
    if not page.whole:
        yield "citation_book_title", book.title  # Zotero takes this one
        yield "citation_inbook_title", book.title  # Google Scholar this one
    yield "citation_language", "en"
    if book.base:
        yield "citation_public_url", _address(page, book)
    if book.doi:
        yield "citation_doi", book.doi


def dublin_core(page: Page, book: "Book") -> Iterator[tuple[str, str]]:
    """The elements of Dublin Core."""
    yield "DC.title", _title(page, book)
    for person in book.authors:
        yield "DC.creator", person.name
    if book.released:
        yield "DC.date", book.released
    yield "DC.language", "en"
    yield "DC.type", "Dataset" if page.whole else "Text"
    yield "DC.description", page.description
    if book.text_licences:
        yield "DC.rights", ", ".join(book.text_licences)
    if book.base or book.doi:
        yield "DC.identifier", f"doi:{book.doi}" if book.doi else _address(page, book)


def open_graph(page: Page, book: "Book") -> Iterator[tuple[str, str]]:
    """What sites show of a link to the page."""
    yield "og:title", page.title
    yield "og:description", page.description
    # Zotero takes "website" for the type of every page; "article" leaves it to citation_*.
    yield "og:type", "book" if page.whole else "article"
    yield "og:site_name", book.title
    if book.base:
        yield "og:url", _address(page, book)
        yield "og:image", book.address(PICTURE)
        for side, length in zip(("width", "height"), PICTURE_SIZE, strict=True):
            yield f"og:image:{side}", str(length)
        yield "og:image:alt", book.title


def twitter(page: Page, book: "Book") -> Iterator[tuple[str, str]]:
    """The same for those sites that ask for it by these names."""
    yield "twitter:card", "summary_large_image" if book.base else "summary"
    yield "twitter:title", page.title
    yield "twitter:description", page.description
    if book.base:
        yield "twitter:image", book.address(PICTURE)


def schema_org(page: Page, book: "Book") -> dict[str, Any]:
    """The page as JSON-LD: the whole is a dataset, a chapter an article, another page a page."""
    kind = "Dataset" if page.whole else "ScholarlyArticle" if page.paper else "WebPage"
    about = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": _title(page, book),
        "description": page.description,
        **_shared(book),
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": [f"https://spdx.org/licenses/{name}" for name in book.text_licences],
        "url": _address(page, book) if book.base else "",
    }
    if page.whole:
        # Without an address of the site, that of the file is relative to the page.
        place = book.address(RESULTS) if book.base else f"{'../' * page.name.count('/')}{RESULTS}"
        about["distribution"] = {
            "@type": "DataDownload",
            "encodingFormat": "application/json",
            "contentUrl": place,
        }
    else:
        about["isPartOf"] = {
            "@type": "Book",
            "name": book.title,
            **_shared(book),
            "url": book.base,
        }
    if page.paper:
        about["headline"] = page.title
        about["isBasedOn"] = _paper(page.paper)
    filled: dict[str, Any] = _without_blanks(about)
    return filled


def _shared(book: "Book") -> dict[str, Any]:
    doi = f"https://doi.org/{book.doi}" if book.doi else ""
    return {
        "author": [_author(person) for person in book.authors],
        "datePublished": book.released,
        "version": book.version,
        "identifier": doi,
    }


def _paper(paper: "Reference") -> dict[str, Any]:
    return {
        "@type": "ScholarlyArticle",
        "name": paper.title,
        "author": [_author(person) for person in paper.people],
        "datePublished": paper.year,
        "isPartOf": {"@type": "Periodical", "name": paper.journal},
        "identifier": paper.url,
        "sameAs": paper.url,
    }


def _author(person: "Person") -> dict[str, str]:
    if not person.given:
        return {"@type": "Organization", "name": person.family}
    family = f"{person.particle} {person.family}".strip()
    return {"@type": "Person", "givenName": person.given, "familyName": family}


def _without_blanks(value: Any) -> Any:
    if isinstance(value, Mapping):
        cleaned = {name: _without_blanks(part) for name, part in value.items()}
        return {name: part for name, part in cleaned.items() if part not in ("", [], {})}
    return value


def _title(page: Page, book: "Book") -> str:
    return book.title if page.whole else page.title


def _address(page: Page, book: "Book") -> str:
    return book.address(f"{page.name}.html")


def add_to_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the elements into the head of a page of the contents."""
    if doctree is None:
        return
    from analysis import tables  # a build that writes nothing does not need them
    from analysis.citing.book import book
    from analysis.references import references

    chapter = page.rpartition("/")[2]
    is_chapter = chapter in folders.chapters()
    about = Page(
        name=page,
        title=unescape(re.sub(r"<[^>]*>", "", context["title"])),
        description=descriptions.description(page, app.env.metadata[page]),
        paper=references()[tables.review(chapter)["source"]] if is_chapter else None,
        whole=page == app.config.root_doc,
    )
    context["metatags"] += head(about, book())


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the head of each page."""
    app.connect("html-page-context", add_to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
