"""Where the data are, which chapters there are, and the digest that says which data they are.

It imports no large library, so that a build without changes can tell at once that there are none.
"""

import hashlib
from pathlib import Path

from analysis.once import once

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


def chapters(data: Path = DATA) -> list[str]:
    """Names of the chapters: the folders of `data` with a review.yml, in alphabetical order."""
    return sorted(path.parent.name for path in data.glob("*/review.yml"))


@once
def reads(chapter: str, data: Path = DATA) -> tuple[str, ...]:
    """The chapters whose data a chapter's own rest on: itself, and those whose rows it names.

    A recipe or a sentence of one paper may quote another one, which may quote a third.
    """
    known = chapters(data)
    found = [chapter]
    for name in found:
        texts = [path.read_text(encoding="utf-8") for path in sorted((data / name).glob("*.csv"))]
        found += [
            other
            for other in known
            if other not in found and any(f"'{other}." in text for text in texts)
        ]
    return tuple(found)


def digest(chapter: str | None = None, data: Path = DATA) -> str:
    """SHA-256, in hexadecimal, of the data of a chapter or, without one, of all chapters.

    Covers path and bytes of each file that is not hidden, and what the chapters share.
    """
    folders = chapters(data) if chapter is None else [chapter]
    paths = sorted(data.iterdir())
    paths += [path for name in folders for path in sorted((data / name).rglob("*"))]
    total = hashlib.sha256()
    for path in paths:
        if path.name.startswith(".") or not path.is_file():
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(data).as_posix()}\0{content}\n".encode())
    return total.hexdigest()
