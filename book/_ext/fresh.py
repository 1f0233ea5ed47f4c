"""Never stale, never invalid: a build publishes no number that its data don't give.

The notebook cache knows the code in the cells of a page and nothing of the data behind them. So
the first cell of each page is stamped with a digest of all that it can read: the cache then misses
when, and only when, one of these inputs has changed. The stamp is taken off before it is shown.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

import kernels
from analysis import folders

STAMP = "# inputs: "

SHARED = (
    "analysis/**/*.py",
    "analysis/**/*.yml",
    "data/*.yml",
    "book/references.bib",
    "CITATION.cff",
    "_config.yml",
    "_toc.yml",
    "requirements.txt",
)
"""What every cell can read besides the data of a chapter."""

RELEASES = ("data/releases/**/*",)
"""What a page that reads everything can read besides."""

SITE = ("book/_ext/**/*.py", "book/_static/**/*", "book/_templates/**/*", "LICENSE")
"""What makes the site out of executed cells; Sphinx itself does not notice a change here."""

FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)

OPTIONS = re.compile(r"---.*?^-{3,}[^\n]*(?:\n|\Z)|(?:[ \t]*:[^\n]*(?:\n|\Z))+", re.DOTALL | re.M)
"""The options that may open the body of a code cell, as YAML or as lines of `:key: value`."""


def stamped(source: str, digest: str) -> str:
    """The source of a page with the digest as the first line of its first code cell."""
    for token in _cells(source):
        options = OPTIONS.match(token.content)
        skipped = options.group().rstrip("\n").count("\n") + 1 if options else 0
        lines = source.split("\n")
        assert token.map is not None
        lines.insert(token.map[0] + 1 + skipped, STAMP + digest)
        return "\n".join(lines)
    return source


def _cells(source: str) -> Iterator[Token]:
    """The code cells of a page."""
    for token in MarkdownIt("commonmark").parse(source):
        if token.type == "fence" and token.level == 0 and token.info.startswith("{code-cell}"):
            yield token


def read_by(page: str, source: str) -> tuple[str | None, ...]:
    """Chapters whose data the cells of a page can read; None stands for the whole book.

    A chapter's page reads what its data rest on. Any other page says by `reads` in its front
    matter what its cells read: chapters by name, or an empty list for the data dictionary alone;
    without it, everything.
    """
    own = PurePosixPath(page).name
    known = folders.chapters()
    if own in known:
        code = "".join(each.content for each in _cells(source))
        named = [name for name in known if f'"{name}"' in code or f"'{name}'" in code]
        return tuple(dict.fromkeys(name for each in (own, *named) for name in folders.reads(each)))
    front = FRONT_MATTER.match(source)
    declared: Sequence[str] | None = (yaml.safe_load(front[1]) if front else {}).get("reads")
    return (None,) if declared is None else tuple(declared)


@cache
def digest(root: Path, chapters: tuple[str | None, ...], patterns: tuple[str, ...]) -> str:
    """SHA-256, in hexadecimal, of the data of some chapters and of the files under `root`.

    Taken once in a build, at its beginning: a later change is one for the next build.
    """
    total = hashlib.sha256("\n".join(map(folders.digest, chapters)).encode())
    wanted = (*patterns, *(RELEASES if None in chapters else ()))
    for path in sorted({path for each in wanted for path in folders.entries(root, each)}):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"\n{path.relative_to(root).as_posix()}\0{content}".encode())
    return total.hexdigest()


def stop_at_faults(app: Sphinx, config: Config) -> None:
    """End the build before it reads, executes or writes anything if the data have faults.

    By SystemExit, since Jupyter Book buries the message of any other exception under tracebacks.
    What has been checked once is not checked again.
    """
    if Path(app.srcdir) != folders.ROOT:
        raise SystemExit(f"`analysis` is that of {folders.ROOT}; run `pip install -e .` here first")
    digest.cache_clear()
    now, mark = digest(app.srcdir, (None,), SHARED), Path(app.doctreedir) / "checked"
    if mark.exists() and mark.read_text(encoding="utf-8") == now:
        return
    kernels.start()  # they get ready while the data are checked
    from analysis.versions import identity  # a build without changes does not need all it imports

    if faults := identity.check():
        listed = "\n".join(map(str, faults))
        raise SystemExit(f"{listed}\nNothing was built: the data have {len(faults)} fault(s).")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, encoding="utf-8")


def stop_at_changes(root: Path) -> None:
    """End the build if what it reads has changed since it began: its numbers may be of both states.

    Raises SystemExit, as `stop_at_faults` does.
    """
    began = digest(root, (None,), SHARED)
    digest.cache_clear()
    if digest(root, (None,), SHARED) != began:
        raise SystemExit("The data or `analysis` changed during the build; build again.")


def end(app: Sphinx, exception: Exception | None) -> None:
    """Let a build pass only if it was of one state of the data from first to last."""
    if exception is None:
        stop_at_changes(app.srcdir)


def stamp_page(app: Sphinx, docname: str, content: list[str]) -> None:
    """Stamp a page as it is read, and remember what its cells read."""
    chapters = read_by(docname, content[0])
    vars(app.env).setdefault("reads", {})[docname] = chapters if any(_cells(content[0])) else ()
    content[0] = stamped(content[0], digest(app.srcdir, chapters, SHARED))


def hide_stamp(app: Sphinx, doctree: nodes.document) -> None:
    """Show the first cell as its author wrote it."""
    for block in doctree.findall(nodes.literal_block):
        if block.astext().startswith(STAMP):
            shown = block.astext().partition("\n")[2]
            # Sphinx highlights a block, and it can be copied, only if both are the same.
            block.rawsource, block[:] = shown, [nodes.Text(shown)]
            return


def outdated(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> Iterable[str]:
    """Every page, when anything has changed that a page can show.

    Reading a page again is cheap, as its cells are executed only if their own inputs have changed.
    And it is safe: a role can quote a result of any chapter, on a page without a single cell.
    """
    before: Any = getattr(env, "inputs", None)
    env.inputs = digest(app.srcdir, (None,), SHARED + SITE)  # type: ignore[attr-defined]
    return [] if before == env.inputs else env.found_docs  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the checks to the events of a build."""
    app.connect("config-inited", stop_at_faults, priority=1)
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", stamp_page)
    app.connect("doctree-read", hide_stamp)
    app.connect("build-finished", end, priority=998)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
