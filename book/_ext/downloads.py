"""The files for download, beside the pages: the data, their dictionary, and what describes them."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

FOLDERS = ("data", "releases")
"""Folders of the site that hold nothing else."""

LAST = ("results.json", "datapackage.json")
"""Files that other programs begin with; without one of them all are written again."""


def write_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Write the files to the root of the site when a build has ended well.

    Not again as long as all that they follow from is the same.
    """
    if exception is not None or app.builder.format != "html":
        return
    site, mark = Path(app.outdir), Path(app.doctreedir) / "downloads"
    inputs = str(vars(app.env)["inputs"])
    known = mark.read_text(encoding="utf-8") if mark.exists() else ""
    if known == inputs and all((site / name).exists() for name in LAST):
        return
    from analysis.downloads import package  # a build without changes does not need it

    mark.unlink(missing_ok=True)  # it must not vouch for files that are cut short
    for folder in FOLDERS:
        shutil.rmtree(site / folder, ignore_errors=True)
    for file in package.downloads():
        target = site / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    mark.write_text(inputs, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the files at the end of a build."""
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
