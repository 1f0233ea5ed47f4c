"""Each page says in a sentence what it is about, to search engines and on the search page."""

from collections.abc import Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from analysis import folders

logger = logging.getLogger(__name__)


def description(page: str, front_matter: Mapping[str, Any]) -> str:
    """What a page says of itself by `description` or, for a chapter, the question that it asks."""
    said = str(front_matter.get("description", ""))
    chapter = page.rpartition("/")[2]
    if not said and chapter in folders.chapters():
        from analysis import tables  # a build that reads nothing does not need it

        said = str(tables.review(chapter)["question"])
    return " ".join(said.split())


def descriptions(env: BuildEnvironment) -> dict[str, str]:
    """The descriptions of all pages of the contents."""
    return {page: description(page, env.metadata[page]) for page in sorted(env.found_docs)}


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of a page without a description when it is read."""
    page = app.env.docname
    if not description(page, app.env.metadata[page]):
        logger.warning("the front matter has no `description`", location=page)


def add_to_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the description into the head of a page of the contents."""
    if doctree is not None:
        about = escape(description(page, app.env.metadata[page]))
        context["metatags"] += f'<meta name="description" content="{about}" />\n'


def setup(app: Sphinx) -> dict[str, bool]:
    """Check each page as it is read; describe it when it is written."""
    app.connect("doctree-read", check)
    app.connect("html-page-context", add_to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
