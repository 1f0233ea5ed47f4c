"""Never stale, never invalid: a build publishes no number that its data don't give.

A build works on a copy of all that it reads, which has a manifest: a digest of each file. The
notebook cache knows the code in the cells of a page and nothing of the data behind them. So the
first cell of each page is stamped with a digest of all that it can read: the cache then misses
when, and only when, one of these inputs has changed. The stamp is taken off before it is shown.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

import click
from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sphinx.application import Sphinx
from sphinx.config import Config

import kernels
from analysis import folders, yaml_files

MANIFEST = "manifest.json"
"""What `book/inputs.py` leaves in the copy that a build works on."""

STAMP = "# inputs: "

NOT_READ = re.compile(r"data/[^/]+/|book/(?!references\.bib$)")
"""The files that no cell reads, or not all do: the data of each chapter, and what makes pages."""

NAME = re.compile(r"[\w-]+")
"""What may be the name of a chapter in the code of a cell."""

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


def read_by(page: str, source: str, data: Path = folders.DATA) -> tuple[str | None, ...]:
    """Chapters whose data the cells of a page can read; None stands for the whole book.

    A chapter's page reads what its data rest on. Any other page says by `reads` in its front
    matter what its cells read: chapters by name, or an empty list for the data dictionary alone;
    without it, everything.
    """
    own = PurePosixPath(page).name
    known = folders.chapters(data)
    front = FRONT_MATTER.match(source)
    head = yaml_files.parsed(front[1], page, 1).content if front else {}
    said: Sequence[str] | None = head.get("reads")
    if own in known:
        words = {word for each in _cells(source) for word in NAME.findall(each.content)}
        said = [own, *(name for name in known if name in words)]
    if said is None:
        return (None,)
    return tuple(dict.fromkeys(name for each in said for name in folders.reads(each, data)))


@cache
def manifest(root: Path) -> dict[str, dict[str, str]]:
    """What the copy in `root` was when the build began: `files` with their digests, `packages`."""
    return dict(json.loads((root / MANIFEST).read_text(encoding="utf-8")))


def known(root: Path, chapters: tuple[str | None, ...]) -> dict[str, str]:
    """The files that cells which read some chapters can read, with their digests.

    None among the chapters stands for all data, and the releases.
    """

    def is_read(name: str) -> bool:
        if name.startswith("data/") and None in chapters:
            return True
        return not NOT_READ.match(name) or name.startswith(tuple(f"data/{c}/" for c in chapters))

    files = manifest(root)["files"]
    return {name: content for name, content in files.items() if is_read(name)}


def digest(root: Path, chapters: tuple[str | None, ...]) -> str:
    """SHA-256, in hexadecimal, of the code, of what chapters share, and of some chapters' data."""
    read = {**manifest(root), "files": known(root, chapters)}
    return hashlib.sha256(json.dumps(read).encode()).hexdigest()


def publish(app: Sphinx) -> None:
    """Hand the build of the project itself to `book.publish`, which builds a copy of it.

    By SystemExit with its status. Raises SystemExit too for what that can't build.
    """
    context = click.get_current_context(silent=True)
    asked = context.params if context else {}
    if asked.get("builder") != "html":
        raise SystemExit("Build the book with `make book` or `jupyter-book build .`, as HTML.")
    command = [sys.executable, "-m", "book.publish", "--end-with-parent"]
    if asked["path_output"]:
        command += ["--build", str(Path(asked["path_output"], "_build").absolute())]
    if asked["freshenv"]:
        command.append("--all")
    raise SystemExit(subprocess.run(command, cwd=app.srcdir, check=False).returncode)


def stop_at_faults(app: Sphinx, config: Config) -> None:
    """End the build before it reads, executes or writes anything if the data have faults.

    By SystemExit, since Jupyter Book buries the message of any other exception under tracebacks.
    What has been checked once is not checked again.
    """
    if Path(app.srcdir) != folders.ROOT:
        raise SystemExit(f"`analysis` is that of {folders.ROOT}, not of {app.srcdir}.")
    now, mark = digest(Path(app.srcdir), (None,)), Path(app.outdir).parent / "checked"
    if mark.exists() and mark.read_text(encoding="utf-8") == now:
        return
    kernels.start()  # they get ready while the data are checked
    from analysis.versions import identity  # a build of the same data does not need all it imports

    if faults := identity.check():
        listed = "\n".join(map(str, faults))
        raise SystemExit(f"{listed}\nNothing was built: the data have {len(faults)} fault(s).")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, encoding="utf-8")


def stamp_page(app: Sphinx, docname: str, content: list[str]) -> None:
    """Stamp a page as it is read, and remember what its cells read."""
    chapters = read_by(docname, content[0])
    vars(app.env).setdefault("reads", {})[docname] = chapters if any(_cells(content[0])) else ()
    content[0] = stamped(content[0], digest(Path(app.srcdir), chapters))


def hide_stamp(app: Sphinx, doctree: nodes.document) -> None:
    """Show the first cell as its author wrote it."""
    for block in doctree.findall(nodes.literal_block):
        if block.astext().startswith(STAMP):
            shown = block.astext().partition("\n")[2]
            # Sphinx highlights a block, and it can be copied, only if both are the same.
            block.rawsource, block[:] = shown, [nodes.Text(shown)]
            return


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the checks to the events of a build, if it is one of a copy."""
    if not (Path(app.srcdir) / MANIFEST).is_file():
        publish(app)
    app.connect("config-inited", stop_at_faults, priority=1)
    app.connect("source-read", stamp_page)
    app.connect("doctree-read", hide_stamp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
