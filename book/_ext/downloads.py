"""The files for download, beside the pages: the data, their dictionary, and what describes them."""

from pathlib import Path

from sphinx.application import Sphinx


def write_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Write the files to the root of the site when a build has ended well."""
    if exception is not None or app.builder.format != "html":
        return
    from analysis.downloads import package  # takes a second, which a failing build can do without

    for file in package.downloads():
        target = Path(app.outdir) / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the files at the end of a build."""
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
