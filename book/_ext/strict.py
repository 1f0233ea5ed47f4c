"""Any warning fails the build.

A number that is missing from a sentence is a mere warning to Sphinx.
"""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def before_writing(app: Sphinx, env: BuildEnvironment) -> None:
    """Stop when reading and executing the pages gave warnings, before any is written."""
    _stop_at_warnings(app)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Let a build pass only if it gave no warnings from first to last."""
    if exception is None:
        _stop_at_warnings(app)


def _stop_at_warnings(app: Sphinx) -> None:
    # By SystemExit, since Jupyter Book buries the warnings under the tracebacks of an exception.
    if app._warncount:
        raise SystemExit(
            f"The build failed: {app._warncount} warning(s), see above. The site is as it was."
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Watch a build from its first page to its very end."""
    app.connect("env-check-consistency", before_writing, priority=999)
    app.connect("build-finished", end, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
