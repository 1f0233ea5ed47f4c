"""Markup of the theme and of docutils that accessibility checkers refuse, said in another way."""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Write an entry of the bibliography without its deprecated role.

    docutils makes a list of the entries in which, by ARIA, no link back could stand.
    """
    self.body.append(self.starttag(node, "div", CLASS="citation"))


def depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Close the entry."""
    self.body.append("</div>\n")


def visit_folded_code(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open a fold with code; the name of its summary is what can be read there."""
    start = len(self.body)
    visit_HideCellInput(self, node)
    self.body[start:] = [
        part.replace(' aria-label="Toggle hidden content"', "") for part in self.body[start:]
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the place of the translator's own visitors."""
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded_code, depart_HideCellInput))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
