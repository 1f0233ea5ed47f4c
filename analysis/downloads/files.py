"""Every file that the site offers for download, with its content and what is in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import csv_files, results, tables
from analysis.dictionary import Table, described
from analysis.dictionary import tables as dictionary
from analysis.downloads import dictionary_table, results_table
from analysis.downloads.schemas import table_schema
from analysis.downloads.tables import text
from analysis.folders import DATA, ROOT, chapters, entries
from analysis.versions import releases

MADE = Path(__file__).parent / "tables.yml"
"""The dictionary of the tables that are made here."""

OWN = ("reported", "findings")
"""The tables of a chapter whose rows are results, by their ids."""


@dataclass(frozen=True)
class Download:
    """One file: its path in the site, its content, and what it is in words.

    `name` is how datapackage.json calls it; `schema` its Table Schema, of a CSV file; `chapter` is
    empty for a file of the whole book.
    """

    path: str
    name: str
    title: str
    description: str
    content: bytes
    media_type: str
    chapter: str = ""
    schema: Mapping[str, Any] | None = None
    encoding: str = "utf-8"


def files(data: Path = DATA, root: Path = ROOT) -> tuple[Download, ...]:
    """Every file but datapackage.json, which describes them, in the order of the page.

    Raises ValueError for a table that the dictionary doesn't know, as `tables.load` does.
    """
    return (
        *_results(data),
        *_dictionaries(data),
        *_papers(root),
        *_releases(data),
        *(file for chapter in chapters(data) for file in _chapter(chapter, data)),
    )


def _results(data: Path) -> Iterator[Download]:
    document = results.results(data)
    table = made()["results"]
    yield _csv(table, text(table, results_table.rows(document)))
    yield Download(
        "results.json",
        "results-json",
        "Results, for programs",
        "Everything of each result: its recipe and settings, its verdict, its address; the counts, "
        "dates and data digest of each chapter.",
        results.text(data).encode(),
        "application/json",
    )


def made() -> Mapping[str, Table]:
    """The tables that are made for download, as analysis/downloads/tables.yml describes them."""
    return described([MADE], MADE.parent)


def _dictionaries(data: Path) -> Iterator[Download]:
    table = made()["dictionary"]
    yield _csv(table, text(table, dictionary_table.rows(made().values(), data)))
    yield Download(
        "dictionary.yml",
        "dictionary-yml",
        "Data dictionary, as it is kept",
        "The tables and columns that chapters share. The data are checked against it.",
        (data / "dictionary.yml").read_bytes(),
        "application/yaml",
    )


def _papers(root: Path) -> Iterator[Download]:
    for path, source, title, description, media_type in (
        (
            "references.bib",
            "book/references.bib",
            "References",
            "Every publication that the book cites, in BibTeX.",
            "application/x-bibtex",
        ),
        (
            "CITATION.cff",
            "CITATION.cff",
            "Citation",
            "How to cite the book, and the papers that it is about.",
            "application/yaml",
        ),
        (
            "LICENSE.txt",
            "LICENSE",
            "Licences",
            "CC BY 4.0 for data and text, the MIT License for code.",
            "text/plain",
        ),
    ):
        name = path.lower().replace(".", "-")
        yield Download(path, name, title, description, (root / source).read_bytes(), media_type)


def _releases(data: Path) -> Iterator[Download]:
    for release in reversed(releases.releases(data)):
        path = f"{releases.FOLDER}/{release.version}/{releases.RESULTS}"
        yield Download(
            path,
            f"release-{release.version}",
            f"Results of version {release.version}",
            f"results.json as it was released on {release.released}. It never changes.",
            (data / path).read_bytes(),
            "application/json",
        )


def _chapter(chapter: str, data: Path) -> Iterator[Download]:
    folder, known = data / chapter, dictionary(chapter, data)
    for path in entries(folder, "*.csv"):
        if path.stem not in known:
            raise ValueError(f"no table {path.stem!r} in the dictionary of {chapter!r}")
        table, content = known[path.stem], path.read_bytes()
        schema = table_schema(table, _header(path))
        if table.name in OWN:
            reference = {"resource": "results", "fields": "id"}
            schema["foreignKeys"] = [{"fields": "id", "reference": reference}]
        yield Download(
            f"data/{chapter}/{path.name}",
            f"{chapter}.{table.name}",
            table.title,
            table.description,
            content,
            "text/csv",
            chapter,
            schema,
            "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8",
        )
    title = tables.titles(data)[chapter]
    for name, what in (
        ("review", "Source, question, settings, living estimates and search of the chapter."),
        ("dictionary", "The tables and columns that only this chapter has."),
    ):
        path = folder / f"{name}.yml"
        if path.exists():
            yield Download(
                f"data/{chapter}/{path.name}",
                f"{chapter}.{name}-yml",
                f"{title}: {path.name}",
                what,
                path.read_bytes(),
                "application/yaml",
                chapter,
            )


def _csv(table: Table, content: str) -> Download:
    return Download(
        f"{table.name}.csv",
        table.name,
        table.title,
        table.description,
        content.encode(),
        "text/csv",
        schema=table_schema(table, list(table.columns)),
    )


def _header(path: Path) -> list[str]:
    table, faults = csv_files.read(path, str(path))
    if table is None:
        raise ValueError("; ".join(map(str, faults)))
    return list(table.header)
