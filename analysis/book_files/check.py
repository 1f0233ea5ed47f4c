"""Every fault of the files beside the data, by file and line."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from analysis import folders, references, schemas, tables, text_files, yaml_files
from analysis.downloads import zenodo
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.folders import ROOT
from analysis.references import Reference
from analysis.yaml_files import Document, Place

CONTENTS, CONFIGURATION, CITATION = "_toc.yml", "_config.yml", "CITATION.cff"
SCHEMAS = {
    name: Path(__file__).with_name(f"{kind}.schema.yml")
    for name, kind in (
        (CONTENTS, "contents"),
        (CONFIGURATION, "configuration"),
        (CITATION, "citation"),
        ("page", "page"),
    )
}
"""What describes each file, and the front matter of a page."""

ADDRESS = re.compile(r"\s*(javascript|vbscript|data|blob|file|http|ftp)\s*:", re.I)
"""An address that no file of the book may give."""

FRONT_MATTER = re.compile(r"---\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.M)

EXECUTED = ("file_format", "kernelspec")
"""What the front matter of a page with cells must have."""

HEADING = re.compile(r"^# (.*)$", re.M)

CITES = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]*)`")
"""The role with which a page cites, and the keys in it."""


def check(root: Path = ROOT) -> list[Fault]:
    """Every fault of contents, configuration, citation, bibliography and pages of a book."""
    bibliography = root / "book" / references.BIBLIOGRAPHY.name
    faults = references.check(bibliography)
    documents = {}
    for name in (CONTENTS, CONFIGURATION, CITATION):
        try:
            document, found = schemas.check(root / name, name, SCHEMAS[name])
        except FaultError as error:
            faults.append(error.fault)
            continue
        faults += found
        if not found:
            documents[name] = document
    for name in documents.keys() - {CONTENTS}:
        faults += _addresses(documents[name], markup=name != CONFIGURATION)
    try:
        keys = references.references(bibliography)
    except FaultError:
        keys = {}  # the fault is there already, and every key would be one more
    if CONTENTS in documents:
        faults += _contents(documents[CONTENTS], root)
        for _, file in _listed(documents[CONTENTS]) if keys else ():
            faults += _cited(root / f"{file}.md", f"{file}.md", keys)
    if CONFIGURATION in documents:
        faults += _extensions(documents[CONFIGURATION], root)
    if CITATION in documents:
        faults += _papers(documents[CITATION], root, keys)
        faults += _zenodo(root)
    return sorted(dict.fromkeys(faults))


def _addresses(document: Document, *, markup: bool) -> Iterator[Fault]:
    """Texts that are addresses a browser should not follow, or hold markup where none may be.

    The theme prints what stands in the configuration as it is.
    """
    for place, text in _texts(document.content):
        column = ".".join(map(str, place))
        if ADDRESS.match(text):
            message = f"must be no address but of https, got {shown(text)}"
            yield Fault(document.name, document.line(place), column, message)
        elif not markup and re.search('[<>&"]', text):
            message = f"must be text without < > & and quotation marks, got {shown(text)}"
            yield Fault(document.name, document.line(place), column, message)


def _texts(content: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*place, key))
    elif isinstance(content, list):
        for position, value in enumerate(content):
            yield from _texts(value, (*place, position))


def _extensions(configuration: Document, root: Path) -> Iterator[Fault]:
    """Extensions of the book that are not there."""
    for name, folder in configuration.content["sphinx"]["local_extensions"].items():
        place = ("sphinx", "local_extensions", name)
        if not (root / folder / f"{name}.py").is_file():
            known = [path.stem for path in folders.entries(root / folder, "*.py")]
            message = f"has no file {folder}/{name}.py{nearest(name, known)}"
            line = configuration.line(place)
            yield Fault(configuration.name, line, ".".join(place), message)


def _contents(contents: Document, root: Path) -> Iterator[Fault]:
    """Pages that the contents name and don't have, or have twice; chapters that they leave out."""
    known = folders.chapters(root / "data")
    places: dict[str, Place] = {}
    for place, file in _listed(contents):
        column = ".".join(map(str, place))
        if file in places:
            message = f"stands already in line {contents.line(places[file])}: {file}"
            yield Fault(contents.name, contents.line(place), column, message)
            continue
        places[file] = place
        page = root / f"{file}.md"
        if page.exists():
            yield from _page(page, f"{file}.md", known, root / "data")
        else:
            message = f"has no page {file}.md{nearest(file, _pages(root))}"
            yield Fault(contents.name, contents.line(place), column, message)
    for chapter in known:
        if f"book/{chapter}" not in places:
            message = f"has no line for the chapter of data/{chapter}: file: book/{chapter}"
            yield Fault(contents.name, contents.line(("parts",)), "parts", message)


def _listed(contents: Document) -> Iterator[tuple[Place, str]]:
    yield ("root",), contents.content["root"]
    for part, entry in enumerate(contents.content["parts"]):
        for position, page in enumerate(entry["chapters"]):
            yield ("parts", part, "chapters", position, "file"), page["file"]


def _pages(root: Path) -> list[str]:
    return [f"book/{path.stem}" for path in folders.entries(root / "book", "*.md")]


def _page(path: Path, name: str, known: Collection[str], data: Path) -> list[Fault]:
    """Faults of the front matter of a page, and of its heading if it is that of a chapter."""
    try:
        text = text_files.read(path, name)
        front = FRONT_MATTER.match(text)
        if front is None:
            return [Fault(name, 1, "", "must begin with front matter between two lines of ---")]
        document = yaml_files.parsed(front[1], name, 1)
        faults = list(schemas.faults(document, SCHEMAS["page"]))
    except FaultError as error:
        return [error.fault]
    content = document.content if not faults else {}
    if not faults and "description" not in content and path.stem not in known:
        faults.append(Fault(name, 1, "description", "is missing"))
    for needed in EXECUTED if not faults and "```{code-cell}" in text else ():
        if needed not in content:
            faults.append(Fault(name, 1, needed, "is missing: no cell would be executed"))
    for position, chapter in enumerate(content.get("reads", ())):
        if chapter not in known:
            message = f"is not known: {shown(chapter)}{nearest(chapter, known)}"
            faults.append(Fault(name, document.line(("reads", position)), "reads", message))
    return [*faults, *(_heading(text, name, path.stem, data) if path.stem in known else ())]


def _heading(text: str, name: str, chapter: str, data: Path) -> Iterator[Fault]:
    """The heading of a chapter's page, by which the book quotes it, is the title of its review."""
    try:
        said = tables.review_file(chapter, data).content
    except FaultError:
        return  # a fault of the data
    title = str(said.get("title", "")) if isinstance(said, dict) else ""
    heading = HEADING.search(text)
    got = re.sub(r"\\(\W)", r"\1", heading[1].strip()) if heading else ""
    if title and got != title:
        line = text.count("\n", 0, heading.start()) + 1 if heading else 1
        message = f"must have the title of data/{chapter}/review.yml as its heading, "
        yield Fault(name, line, "", f"{message}{shown(title)}, got {shown(got) or 'none'}")


def _cited(path: Path, name: str, keys: Iterable[str]) -> Iterator[Fault]:
    """What a page cites that the bibliography has not."""
    try:
        text = text_files.read(path, name)
    except FaultError:
        return  # a fault that is there already
    for role in CITES.finditer(text):
        for key in (part.strip() for part in role[1].split(",")):
            if key not in keys:
                message = f"is not in references.bib: {shown(key)}{nearest(key, keys)}"
                yield Fault(name, text.count("\n", 0, role.start()) + 1, "", message)


def _papers(cited: Document, root: Path, known: Mapping[str, Reference]) -> Iterator[Fault]:
    """Papers of chapters that the citation doesn't name among its references."""
    named = {each["title"] for each in cited.content["references"]}
    for chapter in folders.chapters(root / "data"):
        path = root / "data" / chapter / "review.yml"
        try:
            keys = folders.SOURCE.findall(text_files.read(path, path.name))
        except FaultError:
            continue  # a fault of the data
        for key in keys:
            if key in known and known[key].title not in named:
                message = f"must name the paper of data/{chapter}: {shown(known[key].title)}"
                yield Fault(cited.name, cited.line(("references",)), "references", message)


def _zenodo(root: Path) -> list[Fault]:
    """What Zenodo is told must follow from the citation."""
    name = zenodo.ZENODO.name
    try:
        told = json.loads(text_files.read(root / name, name))
    except FaultError as error:
        return [error.fault]
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        return [Fault(name, line, "", f"is not well-formed JSON: {str(error) or 'too deep'}")]
    if told == json.loads(zenodo.text(root / CITATION)):
        return []
    message = "must say what CITATION.cff says; python -m analysis.downloads.zenodo writes it"
    return [Fault(name, 0, "", message)]
