"""Tables of the files for download: each with its size and what is in it."""

from collections.abc import Mapping, Sequence

from analysis import html
from analysis.downloads.files import Download
from analysis.html import Cell, Html

SITE = "../"
"""The root of the site, from a page of the book."""

WHAT = "What is in it"


def size(number: int) -> str:
    """A number of bytes in kilobytes of 1,000, or in megabytes; never less than 1 kB."""
    if number < 999_500:
        return f"{max(1, round(number / 1000))} kB"
    return f"{number / 1_000_000:.1f} MB"


def book_files_table(files: Sequence[Download]) -> Html:
    """The files of the whole book."""
    rows: list[list[str | Cell]] = [
        [_link(file, file.path), size(len(file.content)), _about(file)]
        for file in files
        if not file.chapter
    ]
    return html.table("Files of the whole book", ["File", "Size", WHAT], rows, numeric=(1,))


def chapter_files_table(files: Sequence[Download], titles: Mapping[str, str]) -> Html:
    """The files of the chapters, whose titles are given by name."""
    rows: list[list[str | Cell]] = [
        [
            _link(file, file.path.rpartition("/")[2]),
            titles[file.chapter],
            size(len(file.content)),
            _about(file),
        ]
        for file in files
        if file.chapter
    ]
    header = ["File", "Chapter", "Size", WHAT]
    return html.table("Files of the chapters", header, rows, numeric=(2,), filters=(1,), tools=True)


def _link(file: Download, name: str) -> Cell:
    return Cell(name, link=SITE + file.path)


def _about(file: Download) -> Cell:
    return Cell(file.title, note=file.description)
