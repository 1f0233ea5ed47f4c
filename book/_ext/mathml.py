"""Formulas as MathML, made at build time: browsers draw it, so no script has to be loaded."""

import re
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.commands import MATRICES
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

SAME = {"aligned": "split", "gathered": "displaylines", "align": "align*", "equation": "split"}
"""Environments that the converter lacks, or numbers by itself, and those that look alike."""

ENVIRONMENT = re.compile(r"\\(begin|end)\{([^}]*)\}")


def mathml(formula: str, display: str = "inline") -> str:
    """A LaTeX formula as a `math` element; `display` is inline or block.

    Raises ValueError for a formula that can't be converted faithfully: the converter itself
    passes over much that it doesn't know.
    """
    for name in {match[2] for match in ENVIRONMENT.finditer(formula)}:
        if rf"\{SAME.get(name, name)}" not in MATRICES:
            raise ValueError(f"unknown environment {name}")
    braces = re.sub(r"\\.", "", formula)
    if braces.count("{") != braces.count("}"):
        raise ValueError("unbalanced braces")
    known = ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{SAME.get(m[2], m[2])}}}", formula)
    try:
        markup = convert(known, display=display)
        texts = [element.text or "" for element in ElementTree.fromstring(markup).iter()]
    except Exception as error:  # the converter's exceptions have no base of their own
        raise ValueError(str(error) or type(error).__name__) from error
    if unknown := [text for text in texts if re.match(r"\\\w", text)]:
        raise ValueError(f"unknown command {unknown[0]}")
    return markup


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_converted(self, node, node.astext(), "inline") + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own lines, with its number if it has one."""
    # A paragraph, not the `div` of other renderers, which themes lay out for their scripts; one
    # that the keyboard reaches, as a wide formula is scrolled.
    self.body.append(self.starttag(node, "p", CLASS="math notranslate nohighlight", tabindex="0"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    lines = r" \\ ".join(part.strip() for part in node.astext().split("\n\n") if part.strip())
    bare = r"\\" in lines and r"\begin" not in lines
    formula = rf"\begin{{split}}{lines}\end{{split}}" if bare else lines
    self.body.append(_converted(self, node, formula, "block") + "</p>\n")
    raise nodes.SkipNode


def _converted(self: HTML5Translator, node: nodes.Element, formula: str, display: str) -> str:
    try:
        return mathml(formula, display)
    except ValueError as error:
        logger.warning("formula %r: %s", node.astext(), error, location=node)
        return f"<code>{self.encode(node.astext())}</code>"


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
