"""Each page gets the scripts that what it shows needs, and no others, after it is painted."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

NEEDED = {
    'class="table-tools"': ("tables.js",),
    'class="reasons"': ("tables.js",),
    'class="ledger"': ("tables.js", "ledger.js"),
    '<figure class="chart"': ("tables.js", "drawings.js", "charts.js"),
    'class="cite-item"': ("tables.js", "cite.js"),
    'class="citations"': ("tables.js", "cite.js"),
    'class="what-if"': (
        "tables.js",
        "drawings.js",
        "statistics.js",
        "what-if-address.js",
        "what-if-words.js",
        "what-if-drawing.js",
        "what-if.js",
    ),
}
"""Scripts of `book/_static` by the markup that they work on; each needs those before it."""


def needed(body: str) -> list[str]:
    """The scripts that the markup of a page needs, in the order in which they are to run."""
    wanted = [name for markup, names in NEEDED.items() if markup in body for name in names]
    return list(dict.fromkeys(wanted))


def add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add them to a page as it is written."""
    for name in needed(context.get("body", "")):
        app.add_js_file(name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the scripts when a page is written."""
    app.connect("html-page-context", add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
