"""datapackage.json: what describes every file for download, as a Frictionless Data Package."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis import tables
from analysis.citation import citation
from analysis.citing.book import book
from analysis.downloads.files import Download, files
from analysis.folders import DATA
from analysis.references import references

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
"""The standard that it keeps to, version 2, whose name is an address that nothing has to open."""

NAME = "msc-ev-living-review"

LICENCES: Sequence[Mapping[str, str]] = (
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0 International, for data and text",
    },
    {
        "name": "MIT",
        "path": "https://opensource.org/license/mit",
        "title": "MIT License, for code",
    },
)


def datapackage(described: Sequence[Download], data: Path = DATA) -> dict[str, Any]:
    """The descriptor of some files; `created` and `id` only if CITATION.cff has a day and a DOI."""
    own, cited = book(), citation()
    return {
        "$schema": PROFILE,
        "name": NAME,
        **({"id": f"https://doi.org/{own.doi}"} if own.doi else {}),
        "title": own.title,
        "description": cited["abstract"],
        "version": own.version,
        **({"created": f"{own.released}T00:00:00Z"} if own.released else {}),
        "keywords": cited["keywords"],
        "contributors": [{"title": person.name, "roles": ["author"]} for person in own.authors],
        "licenses": list(LICENCES),
        "sources": sources(data),
        "resources": [_resource(file) for file in described],
    }


def sources(data: Path = DATA) -> list[dict[str, str]]:
    """The papers that the chapters are about, each with its address if it has one."""
    keys = [tables.review(chapter, data)["source"] for chapter in tables.chapters(data)]
    papers = [references()[key] for key in keys]
    return [
        {"title": paper.citation, **({"path": paper.url} if paper.url else {})} for paper in papers
    ]


def downloads(data: Path = DATA) -> tuple[Download, ...]:
    """Every file for download, the last of which describes those before."""
    described = files(data)
    package = datapackage(described, data)
    document = json.dumps(package, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    descriptor = Download(
        "datapackage.json",
        "datapackage",
        "Data package",
        "All files described for programs: columns with types and limits, sources, licences, and "
        "the size and SHA-256 of each file.",
        document.encode(),
        "application/json",
    )
    return *described, descriptor


def _resource(file: Download) -> dict[str, Any]:
    return {
        "name": file.name,
        "path": file.path,
        "title": file.title,
        "description": file.description,
        "format": file.path.rpartition(".")[2],
        "mediatype": file.media_type,
        "encoding": file.encoding,
        "bytes": len(file.content),
        "hash": f"sha256:{hashlib.sha256(file.content).hexdigest()}",
        **({"type": "table", "schema": file.schema} if file.schema else {}),
    }
