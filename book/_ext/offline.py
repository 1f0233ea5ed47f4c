"""The site works from a folder, without the network: no page requests anything from elsewhere.

What is written in the site is looked through after each build; what a script might still ask for
is refused by the browser, as each page has a policy that names what it may load.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

REQUESTING = {"src", "srcset", "poster", "data", "xlink:href"}
"""Attributes whose address a browser requests by itself, on any element."""

LINKING = {"a", "area", "link", "base", "form"}
"""Elements whose href a browser does not request, apart from some links."""

REQUESTED_LINKS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest"}

OUTSIDE = re.compile(r"\s*(?:(?!data:)[a-z][a-z0-9+.-]*:|/)", re.IGNORECASE)
"""An address with a scheme or a host, or one that is absolute."""

STYLE_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""", re.IGNORECASE)


OWN = "'self' file:"
"""The site itself, on a server or in a folder, which not all browsers mean by the first word."""

POLICY = {
    "default-src": "'none'",
    "script-src": f"{OWN} 'unsafe-inline'",
    "style-src": f"{OWN} 'unsafe-inline'",
    "img-src": f"{OWN} data:",
    "form-action": OWN,
    "base-uri": "'none'",
}
"""What a page may load and ask for; some scripts and styles stand in the page itself."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        known = {name: value or "" for name, value in attrs}
        addresses = [value for name, value in known.items() if name in REQUESTING]
        links = set(known.get("rel", "").lower().split())
        if "href" in known and (tag not in LINKING or links & REQUESTED_LINKS):
            addresses.append(known["href"])
        addresses += STYLE_ADDRESS.findall(known.get("style", ""))
        self.outside += [address for address in addresses if OUTSIDE.match(address)]

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.outside += outside_style(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def outside_page(html: str) -> list[str]:
    """Addresses outside its folder that a page would request, scripts that run aside."""
    page = _Page()
    page.feed(html)
    return page.outside


def outside_style(css: str) -> list[str]:
    """Addresses outside its folder that a style sheet would request."""
    return [address for address in STYLE_ADDRESS.findall(css) if OUTSIDE.match(address)]


def drop_thebe(app: Sphinx) -> None:
    """Unhook what Jupyter Book puts on every page to run its cells on a server elsewhere."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if one.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [file for file in app.registry.css_files if "thebe" not in file[0]]


def add_policy(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the policy at the head of a page, before anything that it is for."""
    policy = "; ".join(f"{kind} {allowed}" for kind, allowed in POLICY.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />\n'
    context["metatags"] = meta + context.get("metatags", "")


def check(app: Sphinx, exception: Exception | None) -> None:
    """Warn of each address outside the site that one of its pages or style sheets would request."""
    if exception is not None or app.builder.format != "html":
        return
    for pattern, find in (("*.html", outside_page), ("*.css", outside_style)):
        for path in sorted(Path(app.outdir).rglob(pattern)):
            for address in sorted(set(find(path.read_text(encoding="utf-8")))):
                logger.warning("%s requests %s", path.relative_to(app.outdir), address)


def setup(app: Sphinx) -> dict[str, bool]:
    """Take out what reaches for the network, and check the whole site in the end."""
    drop_thebe(app)
    app.connect("html-page-context", add_policy, priority=900)
    app.connect("build-finished", check, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
