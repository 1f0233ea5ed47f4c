"""What a reader can look for, and where it stands: results, charts, studies and terms.

Each result and each chart is also a label of the standard domain, with its id as it is. So `{ref}`
leads to it from any page of the book, objects.inv has its address, and any other Sphinx book can
cite it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape, unescape
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.util import logging

from analysis import folders

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """Something that a reader can look for.

    `anchor` is an anchor of the page that it stands on; `priority` is 0 for what comes first.
    """

    name: str
    kind: str
    anchor: str
    priority: int


class Result(NamedTuple):
    """A result of the book: its id, its page, what it is in words, and of which kind."""

    id: str
    page: str
    words: str
    kind: str


def results(document: Mapping[str, Any]) -> Iterator[Result]:
    """Every result of results.json that has an address."""
    for entry in document["results"]:
        yield _result(entry, entry["label"], "printed number")
    for entry in document["findings"]:
        yield _result(entry, entry["claim"], "finding")
    for entry in document["living"]:
        kind = "living classification" if "before" in entry else "living estimate"
        yield _result(entry, entry["label"], kind)
    for entry in document["evidence"]:
        yield _result(entry, f"{entry['condition']}: {entry['label']}", "certainty")


def _result(entry: Mapping[str, Any], words: str, kind: str) -> Result:
    return Result(entry["id"], entry["url"].partition(".html")[0], words, kind)


def result_place(result: Result) -> Place:
    """A result, to be found by its words and by its id.

    The name leaves out the chapter of the id, or who looks for a disease would find every row of
    its chapter; the kind has it.
    """
    chapter, _, rest = result.id.partition(".")
    priority = 2 if result.kind in ("printed number", "finding") else 1
    return Place(f"{result.words} · {rest}", f"{result.kind} of {chapter}", result.id, priority)


CHART = re.compile(
    r'(<figure class="chart" id=")([^"]*)(">.*?<strong>)(.*?)(?=</strong>)', re.DOTALL
)
"""A chart that a cell has drawn; the book and the site find it by this anchor and this title."""


def charts(doctree: nodes.document, page: str) -> Iterator[Result]:
    """The charts of a page, each of which gets an id of the book: page and name of the chart."""
    name = page.rpartition("/")[2]
    for raw in list(doctree.findall(nodes.raw)):
        text = CHART.sub(rf"\g<1>{name}.\g<2>\g<3>\g<4>", raw.astext())
        if text != raw.astext():
            raw.replace_self(nodes.raw("", text, **raw.attributes))
            for chart in CHART.finditer(text):
                yield Result(chart[2], page, unescape(chart[4]), "chart")


def terms(doctree: nodes.document) -> Iterator[Place]:
    """The terms that a page defines: paragraphs with an anchor that begin in bold."""
    for paragraph in doctree.findall(nodes.paragraph):
        first = next((part for part in paragraph.children if part.astext()), None)
        if paragraph["ids"] and isinstance(first, nodes.strong):
            words, anchor = first.astext().rstrip("."), paragraph["ids"][0]
            known = anchor.replace("-", " ") in words.lower().replace("-", " ")
            yield Place(words if known else f"{words} · {anchor}", "term", anchor, 0)


def studies(doctree: nodes.document, names: Iterable[str]) -> Iterator[Place]:
    """The studies of a chapter, each at the section where a table first has a row of it."""
    missing = {f">{escape(name)}</th>": name for name in names}
    for raw in doctree.findall(nodes.raw):
        text = raw.astext()
        for mark in [mark for mark in missing if mark in text]:
            yield Place(missing.pop(mark), "study", _section(raw)["ids"][0], 0)


def _section(node: nodes.Node) -> nodes.Element:
    while not isinstance(node, nodes.section):
        node = node.parent
    return node


def note_places(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a page that was read has, and give its results their labels."""
    page = app.env.docname
    standard = app.env.get_domain("std")
    assert isinstance(standard, StandardDomain)
    here = [*_results_by_page().get(page, []), *charts(doctree, page)]
    for each in here:
        if each.id in standard.anonlabels:
            logger.warning("places: the id %s is used twice", each.id, location=page)
        standard.anonlabels[each.id] = page, each.id
        standard.labels[each.id] = page, each.id, each.words
    vars(app.env).setdefault("places", {})[page] = [
        *studies(doctree, _names_of_studies(page.rpartition("/")[2])),
        *terms(doctree),
        *map(result_place, here),
    ]


@cache
def _results_by_page() -> Mapping[str, list[Result]]:
    from analysis.results import results as document  # a build that reads nothing does not need it

    pages: dict[str, list[Result]] = {}
    for each in results(document()):
        pages.setdefault(each.page, []).append(each)
    return pages


def _names_of_studies(chapter: str) -> list[str]:
    if chapter not in folders.chapters():
        return []
    from analysis import tables

    if not tables.has(chapter, "studies"):
        return []
    return sorted({row["study"] for _, row in tables.records(chapter, "studies")})


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each page as it is read."""
    app.connect("doctree-read", note_places)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
