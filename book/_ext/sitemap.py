"""A list of all pages for search engines, if the book has a base address: `html.baseurl`."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from sphinx.application import Sphinx

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(base: str, pages: Iterable[str]) -> str:
    """The sitemap of pages, by their paths below the base address."""
    root = base.rstrip("/")
    listed = "".join(
        f"<url><loc>{escape(f'{root}/{page}')}</loc></url>\n" for page in sorted(pages)
    )
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{NAMESPACE}">'
    return f"{head}\n{listed}</urlset>\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write it beside the pages when a build has ended well; without an address there is none."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / "sitemap.xml"
    if app.config.html_baseurl:
        pages = [f"{page}.html" for page in app.env.found_docs]
        target.write_text(sitemap(app.config.html_baseurl, pages), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the sitemap at the end of a build."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
