"""Results on the pages: the role `{result}`."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


class Result(SphinxRole):
    """Inline text of a result by its id: {result}`chapter.what.which` or {result}`… pi`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the phrase, marked with its id so that programs can check it."""
        from analysis.review import quote  # a build that reads nothing does not need it

        identifier, _, part = self.text.strip().partition(" ")
        try:
            phrase = quote(identifier, part.strip())
        except ValueError as error:
            logger.warning("result: %s", error, location=self.get_location())
            return [], []
        node = nodes.inline(self.rawtext, phrase, classes=["result"])
        node["result"] = f"{identifier} {part}".strip()
        return [node], []


def visit_inline(translator: HTML5Translator, node: nodes.inline) -> None:
    """Write an inline node as docutils does, with the id of its result as `data-result`."""
    extra = {"data-result": node["result"]} if "result" in node else {}
    translator.body.append(translator.starttag(node, "span", "", **extra))


def depart_inline(translator: HTML5Translator, node: nodes.inline) -> None:
    """Close the span."""
    translator.body.append("</span>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role."""
    app.add_role("result", Result())
    app.add_node(nodes.inline, override=True, html=(visit_inline, depart_inline))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
