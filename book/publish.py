"""Build the site from a copy of all that it is made from, and put it in place in a single step.

Whoever looks at `_build/html` finds one whole site there at every moment, the old or the new one.
A build that fails, or is killed, leaves the old one; builds that are started together run one after
the other. What stands there is known by its content: it is left as it is only if it is, byte for
byte, what was made from the present files. Every other build begins with nothing but the outputs of
cells whose inputs are the same.

`make book` and `jupyter-book build .` both run it, as `python -m book.publish`.
"""

import argparse
import ctypes
import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from analysis.faults import Fault
from book import inputs
from book.copies import program

AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2
"""Constants of renameat2 on Linux and of renamex_np on macOS."""

PR_SET_PDEATHSIG = 1
"""The number by which prctl on Linux is asked for a signal when the parent ends."""

OPEN_FILES = 256
"""What a build needs for one processor: each page that is executed has some thirty sockets."""

UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
NO_RENAMING = (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM)
"""What a folder answers that can't be moved, such as a mounted volume."""


def main(arguments: list[str] | None = None) -> int:
    """Build and publish; the exit status is 0 if the site is the one that the files give now."""
    parser = argparse.ArgumentParser(prog="python -m book.publish", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("_build"), help="its folder")
    parser.add_argument("--all", action="store_true", help="execute all pages anew")
    parser.add_argument("--end-with-parent", action="store_true", help="never build on alone")
    chosen = parser.parse_args(arguments)
    if chosen.end_with_parent:
        end_with_parent()
    try:
        _allow_open_files()
        with _alone(chosen.build) as lock:
            status = publish(Path.cwd(), chosen.build, lock, everything=chosen.all)
    except (OSError, ValueError) as error:
        print(f"Nothing was published: {_reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    if not status:
        print(f"The site: {(chosen.build / 'html' / 'index.html').absolute()}")
    return status


def _reason(error: OSError | ValueError) -> str:
    """What an error says; of one that has every file that could not be copied, the first."""
    if isinstance(error, shutil.Error):
        _, target, reason = error.args[0][0]
        return f"{reason}: {target}" if str(target) not in reason else str(reason)
    return str(error)


def _allow_open_files() -> None:
    """Have as many files open at once as a build may need; ValueError if too few are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if hard != unlimited and hard < OPEN_FILES:
        raise ValueError(
            f"a build opens {OPEN_FILES} files at once, and {hard} are allowed (ulimit -n)"
        )
    wanted = OPEN_FILES * (os.cpu_count() or 1)
    wanted = wanted if hard == unlimited else min(wanted, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def publish(root: Path, build: Path, lock: IO[str], everything: bool = False) -> int:
    """Make the site of the project in `root` stand in `build/html`; the status is the build's.

    Raises ValueError if the project can't be read as it must be, OSError if a file can't be.
    """
    work, site, record = build / "work", build / "html", build / "published"
    if everything:
        shutil.rmtree(work, ignore_errors=True)
    manifest = inputs.take(root, work / "inputs")
    if not everything and _stands(site, record, manifest):
        print("Nothing has changed since the site was built.")
        return 0
    if faults := _faults(work / "inputs"):
        print(*faults, f"Nothing was built: {len(faults)} fault(s).", sep="\n", file=sys.stderr)
        return 1
    made = work / "_build" / "html"
    for left in (made, work / "_build" / ".doctrees", work / "_build" / "jupyter_execute"):
        shutil.rmtree(left, ignore_errors=True)
    if status := _run_jupyter_book(root, work, build, lock):
        return status
    if inputs.manifest_of(work / "inputs") != manifest:
        print("The build failed: a page has changed what the build reads.", file=sys.stderr)
        return 1
    (made / inputs.MANIFEST).write_text(manifest, encoding="utf-8")
    record.unlink(missing_ok=True)
    put(made, site)
    record.write_text(inputs.digest(site), encoding="utf-8")
    return 0


def _stands(site: Path, record: Path, manifest: str) -> bool:
    """Whether the published site is, by its content, the one that was made from these inputs."""
    about = site / inputs.MANIFEST
    if not (record.is_file() and about.is_file() and about.read_bytes() == manifest.encode()):
        return False
    return record.read_text(encoding="utf-8") == inputs.digest(site)


def _faults(root: Path) -> list[Fault]:
    """What is wrong with the files that Jupyter Book itself reads.

    It would answer with a traceback, or build a book without the extensions that check the rest.
    """
    from analysis.book_files import check  # a build of the same files does not need it

    return check.check(root)


def _run_jupyter_book(root: Path, work: Path, build: Path, lock: IO[str]) -> int:
    """Build the copy in `work/inputs` with its own code, and show its output with our paths.

    The lock is handed on, so that no other build begins as long as this one runs.
    """
    copy = (work / "inputs").absolute()
    made = (work / "_build" / "html").absolute()
    shown = {
        **{str(made / "index.html"): str((build / "html" / "index.html").absolute())},
        **{
            os.path.relpath(made, copy): os.path.relpath(build / "html", root),
            str(copy): str(root),
        },
    }
    others = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), *others])}
    env.pop("SOURCE_DATE_EPOCH", None)  # Sphinx would put its year in the place of the book's
    with subprocess.Popen(
        [program("jupyter-book"), "build", str(copy), "--path-output", str(work.absolute())],
        env=env,
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=[lock.fileno()],
        preexec_fn=end_with_parent,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            for path, ours in shown.items():
                line = line.replace(path, ours)
            print(line, end="", flush=True)
    return process.returncode


def end_with_parent() -> None:
    """Have this process killed when the one that started it ends; where that can't be, do nothing.

    What has been killed outright can't end what it has started by itself.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "prctl"):
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def put(new: Path, site: Path) -> None:
    """Put a copy of folder `new` in the place of `site`, in one step where that can be.

    A link is followed. Where the folder can't be renamed, as a mounted volume, its files are
    replaced one by one. Raises OSError if something can't be written, or `site` is no folder.
    """
    target = Path(os.path.realpath(site))
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
    staged = target.with_name(f"{target.name}.staged")
    try:
        shutil.rmtree(staged, ignore_errors=True)
        shutil.copytree(new, staged)
        exchange(staged, target)
    except OSError as error:
        if error.errno not in NO_RENAMING:
            raise
        print(f"{target} can't be exchanged as a whole: its files are replaced one by one.")
        _overwrite(new, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _overwrite(new: Path, target: Path) -> None:
    """Make a folder hold what another holds, file by file: pages after what they need."""
    wanted = sorted((path for path in new.rglob("*") if path.is_file()), key=_is_page)
    for path in wanted:
        place = target / path.relative_to(new)
        place.parent.mkdir(parents=True, exist_ok=True)
        staged = place.with_name(f"{place.name}.staged")
        shutil.copyfile(path, staged)
        staged.replace(place)
    for path in sorted(target.rglob("*"), reverse=True):
        if not (new / path.relative_to(target)).exists():
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _is_page(path: Path) -> bool:
    return path.suffix == ".html"


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
        if code not in UNSUPPORTED:
            raise OSError(code, os.strerror(code), str(old))
        aside = old.with_name(f"{old.name}.old")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


@contextmanager
def _alone(build: Path) -> Iterator[IO[str]]:
    """Wait until no other build runs; the lock goes with the processes that hold it."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running; this one waits for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


if __name__ == "__main__":
    sys.exit(main())
