"""Where the data are, which chapters there are, and the digest that says which data they are.

It imports no large library, so that a build without changes can tell at once that there are none.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from analysis import DATA as DATA
from analysis import ROOT as ROOT
from analysis.once import once

ID_OF_CHAPTER = re.compile(r"(?<![\w.-])[\w-]+(?=\.)")
"""What may be the name of a chapter at the beginning of an id."""

WORD = re.compile(r"[\w-]+")
SOURCE = re.compile(r"^source:[ \t]*[\"']?([\w-]+)", re.M)
CLASSIFIES = re.compile(r"^classification:", re.M)
"""In review.yml: the key of the paper of a chapter, and that it has a rule that ranks others."""


def chapters(data: Path = DATA) -> list[str]:
    """Names of the chapters: the folders of `data` with a review.yml, in alphabetical order."""
    return sorted(path.parent.name for path in data.glob("*/review.yml"))


def entries(folder: Path, pattern: str = "*") -> list[Path]:
    """What a folder holds under a pattern, in order, without what programs leave there.

    That is what is hidden (`._studies.csv` of a Mac, `.~lock.studies.csv#`), and the lock files of
    Excel (`~$studies.xlsx`), each with what is under it.
    """
    return [
        path
        for path in sorted(folder.glob(pattern))
        if not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
    ]


@once
def reads(chapter: str, data: Path = DATA) -> tuple[str, ...]:
    """The chapters whose data a chapter's own rest on: itself, and those whose rows it names.

    A recipe or a sentence of one paper may quote another one, which may quote a third. Ids stand in
    the files as they are read, so that none is missed: a recipe refuses a text that is put together
    of pieces or written with escapes. A chapter that ranks others' evidence reads those chapters of
    the book whose papers it names.
    """
    texts = {name: _text(name, data) for name in chapters(data)}
    sources = {name: SOURCE.findall(text) for name, text in texts.items()}
    found = [chapter]
    for name in found:
        named = set(ID_OF_CHAPTER.findall(texts[name]))
        if CLASSIFIES.search(texts[name]):
            words = set(WORD.findall(texts[name]))
            named |= {other for other, keys in sources.items() if words.intersection(keys)}
        found += [other for other in texts if other in named and other not in found]
    return tuple(found)


def _text(chapter: str, data: Path) -> str:
    """All tables and settings of a chapter, one after the other."""
    paths = (*entries(data / chapter, "*.csv"), *entries(data / chapter, "*.yml"))
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def digest(chapter: str | None = None, data: Path = DATA) -> str:
    """SHA-256, in hexadecimal, of the data of a chapter or, without one, of all chapters.

    Covers path and content of each file among its `entries`, and what the chapters share; the same
    for all ends of lines.
    """
    folders = chapters(data) if chapter is None else [chapter]
    paths = entries(data)
    paths += [path for name in folders for path in entries(data / name, "**/*")]
    return _digest(paths, data)


@once
def code_digest() -> str:
    """SHA-256, in hexadecimal, of the code that results follow from, and of what it runs on."""
    return _digest([ROOT / "requirements.txt", *entries(ROOT / "analysis", "**/*.py")], ROOT)


def _digest(paths: Iterable[Path], root: Path) -> str:
    """SHA-256 of the paths and contents of the files among some paths, for all ends of lines."""
    total = hashlib.sha256()
    for path in paths:
        if path.is_file():
            content = hashlib.sha256(with_plain_ends(path.read_bytes())).hexdigest()
            total.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def with_plain_ends(content: bytes) -> bytes:
    """A text as a clone on any system may have it, with LF alone and no byte-order mark.

    What holds a NUL is no text, and stays as it is.
    """
    if b"\0" in content:
        return content
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
