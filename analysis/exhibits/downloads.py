"""Tables of the files for download: each with its size and what is in it."""

from collections.abc import Mapping, Sequence

from analysis import html
from analysis.downloads.files import Download
from analysis.html import Cell, Html

SITE = "../"
"""The root of the site, from a page of the book."""


def size(number: int) -> str:
    """A number of bytes in kilobytes of 1,000, or in megabytes; never less than 1 kB."""
    if number < 999_500:
        return f"{max(1, round(number / 1000))} kB"
    return f"{number / 1_000_000:.1f} MB"


def book_files_table(files: Sequence[Download]) -> Html:
    """The files of the whole book."""
    rows: list[list[str | Cell]] = [
        [_link(file), size(len(file.content)), file.title, file.description]
        for file in files
        if not file.chapter
    ]
    header = ["File", "Size", "Title", "What is in it"]
    return html.table("Files of the whole book", header, rows, numeric=(1,))


def chapter_files_table(files: Sequence[Download], titles: Mapping[str, str]) -> Html:
    """The files of the chapters, whose titles are given by name."""
    rows: list[list[str | Cell]] = [
        [
            _link(file),
            titles[file.chapter],
            size(len(file.content)),
            file.title,
            file.description,
        ]
        for file in files
        if file.chapter
    ]
    header = ["File", "Chapter", "Size", "Title", "What is in it"]
    return html.table("Files of the chapters", header, rows, numeric=(2,), filters=(1,), tools=True)


def _link(file: Download) -> Cell:
    return Cell(file.path, link=SITE + file.path)
