"""How the book, a chapter, one result and a former version are cited, by real examples."""

from dataclasses import replace
from html import escape
from typing import Any

from analysis import formats, living, tables
from analysis.citing import items, shown
from analysis.citing.book import book
from analysis.citing.items import Item
from analysis.faults import nearest
from analysis.html import Html
from analysis.ledger import ledger
from analysis.references import references
from analysis.versions.releases import Release, find

THE_PAPER = "The paper that this chapter is about:"


def book_reference() -> Html:
    """The whole book, in every format."""
    return shown.reference(items.whole(), "The whole book, with the data of all chapters:")


def chapter_reference(name: str) -> Html:
    """One chapter, in every format."""
    title = tables.review(name)["title"]
    return shown.reference(items.chapter(name), f"The chapter “{title}”:")


def page_citation(name: str, title: str) -> Html:
    """How to cite a page that is not of one chapter, and what stands on it."""
    return Html(f'<div class="citation">{shown.page_section(name, title).markup}</div>')


def front_citations() -> Html:
    """What a script needs to cite the chart of the front page, which has no section on citing."""
    return Html(shown.templates({"index": "index"}))


def paper_reference(name: str) -> Html:
    """The paper of a chapter, in every format."""
    return shown.reference(items.paper(references()[tables.review(name)["source"]]), THE_PAPER)


def result_reference(identifier: str) -> Html:
    """One result by its id, in every format. Raises ValueError for an unknown id."""
    return shown.reference(_result(identifier), f"The result {identifier}:")


def former_reference(identifier: str, version: str | None = None) -> Html:
    """A living estimate as a release has it, the last one if none is named, in every format.

    Raises ValueError for an unknown release, and for a result that it does not have.
    """
    release = find(version)
    entry = _entry(release, identifier)
    chapter = next(each for each in release.document["chapters"] if each["id"] == entry["chapter"])
    item = items.result(identifier, entry["label"], entry["chapter"])
    former = replace(
        item,
        key=f"msc-ev-{release.version}-{identifier}",
        version=str(release.version),
        issued=release.released,
        digest=items.state(chapter["data_digest"], release.document.get("code_digest", "")),
    )
    span = formats.interval(entry["ci_low"], entry["ci_high"])
    said = (
        f"{entry['label']} in version {release.version}, released {release.released}: "
        f"{formats.number(entry['estimate'])} (95% CI {span}) "
        f"from {formats.count(entry['k'], 'study', 'studies')}."
    )
    return shown.reference(former, said)


def from_sphinx(identifier: str) -> Html:
    """What another Sphinx book writes to cite a result by its id."""
    _result(identifier)
    base = book().base or "ADDRESS-OF-THIS-SITE/"
    blocks = {
        "In its conf.py:": (
            'extensions = ["sphinx.ext.intersphinx"]\n'
            f'intersphinx_mapping = {{"msc-ev": ("{base}", None)}}'
        ),
        "In a page of MyST Markdown:": f"{{external+msc-ev:ref}}`{identifier}`",
        "In a page of reStructuredText:": f":external+msc-ev:ref:`{identifier}`",
    }
    return Html(
        "".join(
            f'<p>{escape(where)}</p><pre class="cite-code"><code>{escape(code)}</code></pre>'
            for where, code in blocks.items()
        )
    )


def _result(identifier: str) -> Item:
    every, entries = living.estimates(), ledger().entries
    found = every.get(identifier) or entries.get(identifier)
    if found is None:
        raise ValueError(f"no result {identifier!r}{nearest(identifier, [*every, *entries])}")
    return items.result(identifier, found.label, found.chapter)


def _entry(release: Release, identifier: str) -> Any:
    for entry in release.document["living"]:
        if entry["id"] == identifier:
            return entry
    raise ValueError(f"release {release.version} has no living estimate {identifier!r}")
