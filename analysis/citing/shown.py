"""References on a page: as text and in folds, and templates from which a script makes others."""

from collections.abc import Mapping
from html import escape
from typing import Any

from analysis import html, tables
from analysis.citing import items
from analysis.citing.files import FORMATS, formats
from analysis.citing.items import Item
from analysis.html import Html
from analysis.references import references

LABEL, KIND, ID = "⟦label⟧", "⟦kind⟧", "⟦id⟧"
"""What stands in a template for what is said of a result; nothing escapes these signs."""

TEXTS = ("apa", "vancouver")

CERTAINTY = "certainty"
"""The kind of results that stand on the page of the synthesis; it follows the chapter in an id."""

THIS_BOOK = (
    "For numbers that are recomputed here, living estimates and verdicts, cite this book "
    "at its version:"
)
THE_PAPER = "For the review itself, its own results and its data, cite the paper:"


def reference(item: Item, when: str) -> Html:
    """A reference in every format, the texts in sight and the files in folds.

    `when` says what it is to be cited for.
    """
    made = formats(item)
    parts = []
    for name, text in made.items():
        shown = FORMATS[name]
        kind = f'data-format="{name}" data-suffix="{shown.suffix}"'
        if name in TEXTS:
            parts.append(
                f'<p class="cite-style">{shown.name}</p>'
                f"<blockquote {kind}>{escape(text)}</blockquote>"
            )
        else:
            parts.append(
                f"<details><summary>{shown.name}</summary>"
                f"<pre><code {kind}>{escape(text)}</code></pre></details>"
            )
    return Html(
        f'<div class="cite-item" data-key="{escape(item.key)}"><p>{escape(when)}</p>'
        f"{''.join(parts)}</div>"
    )


def section(chapter: str) -> Html:
    """How to cite a chapter, its results and its paper."""
    return Html(
        reference(items.chapter(chapter), THIS_BOOK).markup
        + reference(_paper(chapter), THE_PAPER).markup
        + templates({chapter: chapter})
    )


def page_section(page: str, title: str) -> Html:
    """How to cite a page that is not of one chapter, its charts, and the results that it shows."""
    cited = reference(items.page(page, title), THIS_BOOK).markup
    chapters = tables.chapters()
    pages = {name: name for name in chapters} | {f"{name}.{CERTAINTY}": page for name in chapters}
    return Html(cited + templates({**pages, page: page}))


def templates(pages: Mapping[str, str]) -> str:
    """What a script needs to make the reference to any result whose id begins in a known way.

    `pages` are the pages on which results stand, by the one or two words that their ids begin with:
    a chapter, or a chapter and a kind.
    """
    document = {
        "formats": {
            name: {"name": each.name, "suffix": each.suffix} for name, each in FORMATS.items()
        },
        "when": {"book": THIS_BOOK, "paper": THE_PAPER},
        "kinds": items.KINDS,
        "results": {begin: _template(begin, page) for begin, page in pages.items()},
    }
    return html.json_script(document, "citations")


def _template(begin: str, page: str) -> Mapping[str, Any]:
    chapter = begin.partition(".")[0]
    sources = {"book": items.result(ID, LABEL, chapter, page, KIND)}
    if chapter in tables.chapters():
        sources["paper"] = _paper(chapter)
    return {
        **{name: {"key": item.key, "formats": formats(item)} for name, item in sources.items()},
        "address": sources["book"].address,
    }


def _paper(chapter: str) -> Item:
    return items.paper(references()[tables.review(chapter)["source"]])
