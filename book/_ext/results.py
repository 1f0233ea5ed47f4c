"""Results on the pages and beside them: the role `{result}` and the file results.json."""

from pathlib import Path

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


def write_results(app: Sphinx, exception: Exception | None) -> None:
    """Write results.json to the root of the site when a build has ended well.

    Not again as long as all that it follows from is the same.
    """
    if exception is not None or app.builder.format != "html":
        return
    target, mark = Path(app.outdir) / "results.json", Path(app.doctreedir) / "results"
    inputs = str(vars(app.env)["inputs"])
    if target.exists() and mark.exists() and mark.read_text(encoding="utf-8") == inputs:
        return
    from analysis import results

    mark.unlink(missing_ok=True)  # it must not vouch for a file that is cut short
    target.write_text(results.text(), encoding="utf-8")
    mark.write_text(inputs, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role and the file."""
    app.add_role("result", Result())
    app.add_node(nodes.inline, override=True, html=(visit_inline, depart_inline))
    app.connect("build-finished", write_results)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
