"""References on a page: as text and in folds, and templates from which a script makes others."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from analysis import html, tables
from analysis.citing import items
from analysis.citing.files import FORMATS, formats
from analysis.citing.items import Item
from analysis.html import Html
from analysis.references import references

LABEL, ID = "⟦label⟧", "⟦id⟧"
"""What stands in a template for the label and the id of a result; nothing escapes these signs."""

TEXTS = ("apa", "vancouver")

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
        + templates([chapter])
    )


def templates(chapters: Iterable[str]) -> str:
    """What a script needs to make the reference to any result of some chapters."""
    document = {
        "formats": {
            name: {"name": each.name, "suffix": each.suffix} for name, each in FORMATS.items()
        },
        "when": {"book": THIS_BOOK, "paper": THE_PAPER},
        "chapters": {name: _template(name) for name in chapters},
    }
    return html.json_script(document, "citations")


def _template(chapter: str) -> Mapping[str, Any]:
    ours, paper = items.result(ID, LABEL, chapter), _paper(chapter)
    return {
        "book": {"key": ours.key, "formats": formats(ours)},
        "paper": {"key": paper.key, "formats": formats(paper)},
        "address": items.address(ID, chapter),
    }


def _paper(chapter: str) -> Item:
    return items.paper(references()[tables.review(chapter)["source"]])
