"""Any warning fails the build, and fails it again until its cause is mended.

Sphinx warns about what it reads, then keeps what it has read: by itself, a second build reads
nothing, warns of nothing, and passes for a good one with the blank still on its page.
"""

import shutil
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment


def begin(app: Sphinx, config: Config) -> None:
    """Mark the build as unfinished, and forget all that an unfinished one has left.

    A mark, rather than deleting at the end: a build can also be killed.
    """
    mark = _mark(app)
    if mark.exists():
        (mark.parent / ENV_PICKLE_FILENAME).unlink(missing_ok=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    # Tracebacks that the last build left in the site; it has printed them too.
    shutil.rmtree(Path(app.outdir) / "reports", ignore_errors=True)


def before_writing(app: Sphinx, env: BuildEnvironment) -> None:
    """Stop when reading and executing the pages gave warnings: the site stays as it was."""
    _stop_at_warnings(app, "No page was written: the site is as it was before.")


def drop_redirect(app: Sphinx, exception: Exception | None) -> None:
    """Have the redirect at the root written anew.

    sphinx-external-toc writes it at the end of a build, and keeps what is there, though cut short.
    """
    if exception is None and app.config.root_doc != "index":
        (Path(app.outdir) / "index.html").unlink(missing_ok=True)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Let a build pass only if it gave no warnings from first to last."""
    if exception is None:
        _stop_at_warnings(app, "Don't publish the pages: the next build writes all of them again.")
        _mark(app).unlink()


def _mark(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "unfinished"


def _stop_at_warnings(app: Sphinx, consequence: str) -> None:
    # By SystemExit, since Jupyter Book buries the warnings under the tracebacks of an exception.
    if app._warncount:
        raise SystemExit(f"The build failed: {app._warncount} warning(s), see above. {consequence}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Watch a build from its configuration to its very end."""
    app.connect("config-inited", begin)
    app.connect("env-check-consistency", before_writing, priority=999)
    app.connect("build-finished", drop_redirect, priority=1)
    app.connect("build-finished", end, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
