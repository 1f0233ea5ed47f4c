"""The search page finds what readers read: their words, not the code and markup behind them.

Sphinx takes the source of folded cells into its index, and runs the cells of tables together. And
it writes a name for an anchor where an object is called other than its id, so that the results,
studies and terms of `places` are put into the index here.
"""

import re
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import IndexBuilder
from sphinx.search.en import SearchEnglish

import descriptions

SCRIPT = Path(__file__).parents[1] / "_templates" / "search.js"
"""How the search page puts what it finds in order."""

UNREAD = {"script", "style", "template", "svg", "form", "button", "code"}
"""Elements whose content is no text for readers; recipes are in `code`."""

NUMBER = re.compile(r"\d+(e\d*)?|(?=\w*\d)[0-9a-f]{12,}")
"""A word that is a number, in part or whole, or the digest of a file."""

FOLDED = {"input", "input+output", "all"}
"""What MyST-NB says of a cell whose code is folded."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data)


def text_of(html: str) -> str:
    """The words of HTML that a reader sees, with a space where there was markup."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join(" ".join(reader.parts).split())


def readable(doctree: nodes.document) -> nodes.document:
    """A copy of a page without folded code and the source of formulas, its HTML as text."""
    copy = doctree.deepcopy()
    unread: list[nodes.Element] = [*copy.findall(nodes.math), *copy.findall(nodes.math_block)]
    for cell in copy.findall(nodes.container):
        if cell.get("hide_mode") in FOLDED:
            unread += [part for part in cell.findall(nodes.container) if _is_code(part)]
    for node in unread:
        node.parent.remove(node)
    for raw in list(copy.findall(nodes.raw)):
        raw.parent.replace(raw, nodes.Text(text_of(raw.astext())))
    return copy


def _is_code(part: nodes.container) -> bool:
    return bool(part.get("nb_element") == "cell_code_source")


class English(SearchEnglish):
    """English without numbers: the search page passes over those that a reader types."""

    def word_filter(self, word: str) -> bool:
        """Whether a word is taken into the index."""
        return super().word_filter(word) and not NUMBER.fullmatch(word)


class Index(IndexBuilder):
    """The index of the search page."""

    def feed(self, docname: str, filename: str, title: str, doctree: nodes.document) -> None:
        """Take in a page."""
        super().feed(docname, filename, title, readable(doctree))

    def get_objects(
        self, fn2index: dict[str, int]
    ) -> dict[str, list[tuple[int, int, int, str, str]]]:
        """What Sphinx finds by name, and the places of each page."""
        found = super().get_objects(fn2index)
        for page, places in sorted(vars(self.env)["places"].items()):
            for place in places if page in fn2index else ():
                kind = self._objtypes.setdefault(("place", place.kind), len(self._objtypes))
                self._objnames[kind] = ("place", place.kind, place.kind)
                row = fn2index[page], kind, place.priority, place.anchor, escape(place.name)
                found.setdefault("", []).append(row)
        return found

    def freeze(self) -> dict[str, Any]:
        """All that is written, with what each page is about."""
        about = descriptions.descriptions(self.env)
        return super().freeze() | {
            "descriptions": {page: escape(text) for page, text in about.items()}
        }


class Builder(StandaloneHTMLBuilder):
    """The builder of HTML, with this index."""

    def load_indexer(self, docnames: Iterable[str]) -> None:
        """Begin with an empty index."""
        self.indexer = Index(self.env, English.lang, {}, str(SCRIPT))
        super().load_indexer(docnames)


def setup(app: Sphinx) -> dict[str, bool]:
    """Put the builder in the place of Sphinx's own."""
    app.add_search_language(English)
    app.add_builder(Builder, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
