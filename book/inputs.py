"""What a build reads: a copy of it, made before the build begins, and a digest of every file.

A build that reads a copy is of one state of the files, whatever happens to them meanwhile; and what
it has read is known by its content, whatever the dates of the files say.
"""

import hashlib
import json
import platform
import py_compile
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

READ = (
    *("analysis", "book", "data"),
    *("CITATION.cff", ".zenodo.json", "LICENSE", "_config.yml", "_toc.yml", "requirements.txt"),
)
"""The folders and files of the project that a build can read: it has no others."""

MANIFEST = "manifest.json"
"""The file of the copy, and of the site made from it, that says what was read."""

LEFT = (".", "~$", "__pycache__")
"""How the names begin that programs leave in a folder, such as lock files of spreadsheets."""

TRIES = 5


def take(root: Path, copy: Path) -> str:
    """Copy what a build of the project in `root` reads to `copy`, and return its manifest.

    The manifest is JSON text: SHA-256 of each file, and the versions of Python and its packages.
    The copy holds no other file: what else stands there is deleted. Raises ValueError for a copy
    in place of the project, for a path that is no file, and if the files change all the while;
    OSError if one can't be read or written.
    """
    if root.resolve().is_relative_to(copy.resolve()):
        raise ValueError(f"{copy.resolve()} holds the project itself, which a copy would delete")
    for _ in range(TRIES):
        files = _read(root)
        if _read(root) == files:
            break
    else:
        raise ValueError(f"the files in {root} change faster than they can be read")
    manifest = _manifest(files)
    _write({**files, MANIFEST: manifest.encode()}, copy)
    return manifest


def manifest_of(root: Path) -> str:
    """The manifest of the files as they stand in a folder."""
    return _manifest(_read(root))


def digest(folder: Path) -> str:
    """SHA-256, in hexadecimal, of the paths and contents of all files under a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _read(root: Path) -> dict[str, bytes]:
    """The content of every file that a build reads, by its path in the project."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}


def _files(root: Path) -> Iterator[Path]:
    waiting = [root / name for name in READ]
    seen = set()
    for path in waiting:
        if path.is_dir():
            if path.resolve() not in seen:  # a link can lead back
                seen.add(path.resolve())
                inside = (each for each in path.iterdir() if not each.name.startswith(LEFT))
                waiting += sorted(inside)
        elif path.is_file():
            yield path
        elif path.exists() or path.is_symlink():
            raise ValueError(f"{path.relative_to(root).as_posix()} must be a file or a folder")


def _manifest(files: Mapping[str, bytes]) -> str:
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    packages = {each.name: each.version for each in distributions()}
    described = {
        "files": digests,
        "python": platform.python_version(),
        "packages": {name: packages[name] for name in sorted(packages)},
    }
    return json.dumps(described, indent=1) + "\n"


def _write(files: Mapping[str, bytes], copy: Path) -> None:
    """Make a folder hold these files and no other; what has its content already is left alone."""
    copy.mkdir(parents=True, exist_ok=True)
    for path in sorted(copy.rglob("*"), reverse=True):
        name = path.relative_to(copy).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(known.startswith(f"{name}/") for known in files):
                shutil.rmtree(path)
        elif name not in files and path.parent.name != "__pycache__":
            path.unlink()
    for name, content in files.items():
        path = copy / name
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if path.suffix == ".py":
            _compile(path)


def _compile(path: Path) -> None:
    """Compile a module so that Python knows the result by the content of the module.

    By itself it would by the date, which can be the same after a change.
    """
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(path), quiet=2, invalidation_mode=mode)
