"""Each page ends with the version of the book, and the digests of the data and code behind it."""

from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from analysis import folders
from analysis.citing import items
from analysis.citing.book import book


def about(page: str, reads: Sequence[str | None]) -> str:
    """What is said of a page: the version and, if its cells read any, the digests of its state."""
    cited = book()
    released = f", {cited.released}" if cited.released else ""
    said = f"Version {cited.version}{released}."
    own = PurePosixPath(page).name
    if own in folders.chapters():
        return f"{said} Made from this chapter’s data {items.state(folders.digest(own))}."
    return f"{said} Made from the data {items.state(folders.digest())}." if reads else said


def end_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the line to the end of a page of the contents."""
    if doctree is None or "body" not in context:
        return
    reads = vars(app.env).get("reads", {}).get(page, [])
    context["body"] += f'<p class="page-version">{escape(about(page, reads))}</p>'


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the line when a page is written."""
    app.connect("html-page-context", end_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
