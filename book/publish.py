"""Build the site aside, and put it in the place of the published one in a single step.

Whoever looks at `_build/html` finds one whole site there at every moment, the old or the new one.
A build that fails, or is killed, leaves the old one; builds that are started together run one after
the other. Run it as `python -m book.publish` in the folder of the project; `make book` does.
"""

import ctypes
import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.book_files import check as book_files
from book.copies import program

BUILD = Path("_build")
PUBLISHED = BUILD / "html"
ASIDE = BUILD / "aside"
"""Where Jupyter Book works; it keeps what it has read and executed there for the next build."""
STAGED = BUILD / "staged"
"""A copy of the finished site, which nothing writes to any more."""

AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2
"""Constants of renameat2 on Linux and of renamex_np on macOS."""


def main() -> int:
    """Build and publish; the exit status is that of the build.

    What Jupyter Book itself reads is checked first: it would answer with a traceback, or build a
    book without the extensions that check the rest.
    """
    BUILD.mkdir(exist_ok=True)
    with _alone():
        if faults := book_files.check():
            print(*faults, f"Nothing was built: {len(faults)} fault(s).", sep="\n", file=sys.stderr)
            return 1
        command = [program("jupyter-book"), "build", ".", "--path-output", str(ASIDE)]
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
        shutil.rmtree(STAGED, ignore_errors=True)
        shutil.copytree(ASIDE / "_build" / "html", STAGED)
        exchange(STAGED, PUBLISHED)
        shutil.rmtree(STAGED, ignore_errors=True)
    print(f"The site: {PUBLISHED.resolve() / 'index.html'}")
    return 0


def exchange(new: Path, old: Path) -> None:
    """Put folder `new` in the place of `old`, and `old`, if there is one, in that of `new`.

    In one step where the system can exchange two folders, as Linux and macOS can; elsewhere in two
    renames. Raises OSError if a folder can't be renamed.
    """
    if not old.exists():
        new.rename(old)
        return
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(new), os.fsencode(old)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(*paths, RENAME_SWAP)
    else:
        failed = True
        ctypes.set_errno(errno.ENOSYS)
    if failed:
        code = ctypes.get_errno()
        if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            raise OSError(code, os.strerror(code), str(old))
        aside = old.with_name(f"{old.name}.old")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other build runs; the lock goes with the process, however that ends."""
    with (BUILD / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running; this one waits for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
