"""The notices that licences ask for, of the packages whose styles and scripts are in the site."""

from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

from sphinx.application import Sphinx

FILE = "notices.txt"

NOTICES = ("LICEN", "NOTICE", "COPYING")
"""How the names of files begin that have a licence or a notice."""


def notices(modules: Iterable[str]) -> str:
    """The licences of the packages that hold some modules, by the names of the packages."""
    known = packages_distributions()
    names = {name for each in modules for name in known.get(each.partition(".")[0], ())}
    made = (distribution(name) for name in sorted(names, key=str.lower))
    return "\n".join(
        f"{each.name} {each.version}\n\n{text.strip()}\n" for each in made for text in _texts(each)
    )


def _texts(package: Distribution) -> Iterator[str]:
    for path in package.files or ():
        if path.name.upper().startswith(NOTICES):
            yield path.read_text(encoding="utf-8")


def write_notices(app: Sphinx, exception: Exception | None) -> None:
    """Write the file to the root of the site when a build has ended well."""
    if exception is None and app.builder.format == "html":
        (Path(app.outdir) / FILE).write_text(notices(app.extensions), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the file at the end of a build."""
    app.connect("build-finished", write_notices)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
