"""Pages are light: each brings the style rules that it uses, and requests no icon font.

The theme and the extensions give every page a dozen style sheets, of which it uses a fifth; these
rules stand in the page, so that it can be shown as soon as it begins to arrive. The script and the
fonts with which the theme draws a dozen icons give way to icons.css. A page has a script only if it
has what the script works on, and is shown before any script has run.
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

import stylesheet
from stylesheet import Rule

logger = logging.getLogger(__name__)

ICONS = "_static/icons.css"

REPLACED = "/fontawesome/"
"""In the addresses of what icons.css stands for."""

SCRIPTS = {
    "clipboard": r'class="highlight',
    "copybutton": r'class="highlight',
    "toggle": r'class="(?:[^"]* )?(?:toggle|dropdown)[ "]',
    "design-tabs": r'class="sd-tab-set',
    "DOCUMENTATION_OPTIONS.pagename": r"(?!)",  # for a choice of versions, which the book has not
}
"""What scripts work on, by a part of their name or, for those in the page, of their text."""

ADDED = {"bs-tooltip-auto"}
"""Classes that scripts put together from parts; what they name as a whole is found in them."""

ASSET = re.compile(r"<link\b[^>]*>\s*|<script\b[^>]*\bsrc=[^>]*>\s*</script>\s*")
ADDRESS = re.compile(r"""\b(?:href|src)=["'](?:\.\.?/)*([^"'?]*)""")
LOADED = re.compile(r"""<script\b[^>]*\bsrc=["'](?:\.\.?/)*(_static/[^"'?]*)""")
NAMES = re.compile(r"""\b(?:class|id)=["']([^"']*)["']""")
PLACE = re.compile(r'<style data-root="([^"]*)"></style>')
"""Where layout.html leaves room for the rules."""


def without_assets(markup: str) -> tuple[str, list[str]]:
    """The head of a page without its style sheets and preloaded files; the addresses of these."""
    found = [match[1] for tag in ASSET.findall(markup) if (match := ADDRESS.search(tag))]
    return ASSET.sub("", markup), found


def lighten_head(sheets: dict[str, None], markup: str) -> str:
    """The head of a page without its style sheets, which are added to `sheets`."""
    rest, addresses = without_assets(markup)
    kinds = {Path(address).suffix for address in addresses if REPLACED in address}
    if not kinds >= {".css", ".js"}:
        logger.warning("light: the theme draws icons in another way than with Font Awesome")
    wanted = [each for each in addresses if REPLACED not in each and each.endswith(".css")]
    sheets.update(dict.fromkeys(wanted))
    return rest


def lighten_scripts(scripts: Iterable[Any], body: str, defer: bool) -> list[Any]:
    """The scripts that have something to work on in the body of a page, put off if `defer`."""
    kept, known = [], set()
    for script in scripts:
        said = str(script.filename or script.attributes["body"])
        parts = {part for part in SCRIPTS if part in said}
        known |= parts
        if all(re.search(SCRIPTS[part], body) for part in parts):
            late = {"defer": "defer"} if defer and script.filename else {}
            attributes = script.attributes | late
            kept.append(type(script)(script.filename, priority=script.priority, **attributes))
    for part in sorted(SCRIPTS.keys() - known):
        logger.warning("light: no script has %r in its name or text any more", part)
    return kept


def begin_page(
    sheets: dict[str, None],
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Choose the scripts of a page, and give its template what takes out the style sheets."""
    context["lighten_head"] = partial(lighten_head, sheets)
    # The search has scripts of its own that run as it is read, and need these before them.
    context["script_files"] = lighten_scripts(
        context["script_files"], context.get("body", ""), defer=doctree is not None
    )


def names_in(page: str) -> set[str]:
    """The classes and ids of a page."""
    return {name for each in NAMES.findall(page) for name in each.split()}


def missing_icons(
    rules: Iterable[Rule], icons: Iterable[Rule], names: AbstractSet[str]
) -> Iterator[str]:
    """The selectors and classes by which the theme shows an icon that icons.css does not draw."""
    drawn = stylesheet.selectors(icons)
    yield from sorted(stylesheet.glyphs(rules) - drawn)
    classes = set(re.findall(r"\.(fa-[\w-]+)", " ".join(drawn)))
    yield from sorted({name for name in names if name.startswith("fa-")} - classes)


def write_rules(sheets: dict[str, None], app: Sphinx, exception: Exception | None) -> None:
    """Write into each page that was written in this build the rules that it uses."""
    if exception is not None or not sheets:
        return
    site = Path(app.outdir)
    rules = [rule for address in sheets for rule in stylesheet.read(site, address)]
    icons = stylesheet.read(site, ICONS)
    words: dict[str, set[str]] = {}
    for path in sorted(site.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        if not (place := PLACE.search(page)):
            continue
        names = names_in(page) | ADDED
        for script in LOADED.findall(page):
            if script not in words:
                code = (site / script).read_text(encoding="utf-8")
                words[script] = set(re.findall(r"[\w-]+", code))
            names |= words[script]
        used = stylesheet.used(rules, names)
        for icon in missing_icons(used, icons, names):
            logger.warning("light: icons.css has no icon for %s in %s", icon, path.name)
        css = stylesheet.text(used).replace("url(_static/", f"url({place[1]}_static/")
        written = f"{page[: place.start()]}<style>\n{css}\n</style>{page[place.end() :]}"
        path.write_text(written, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Take part in each page as the last, and write the rules before the site is checked."""
    sheets: dict[str, None] = {}
    app.connect("html-page-context", partial(begin_page, sheets), priority=900)
    app.connect("build-finished", partial(write_rules, sheets), priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
