""".zenodo.json: what Zenodo is told of a release, all of it from CITATION.cff."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from analysis.citation import CITATION, citation, people
from analysis.folders import ROOT

ZENODO = ROOT / ".zenodo.json"

LICENCE = "cc-by-4.0"
"""That of data and text; Zenodo takes one, and LICENSE says what is under the other."""


def metadata(cited: Mapping[str, Any]) -> dict[str, Any]:
    """What Zenodo is told; the papers with a DOI are related, and all are references in words."""
    papers = cited["references"]
    day = cited.get("date-released")
    return {
        "title": cited["title"],
        "description": f"<p>{escape(cited['abstract'], quote=False)}</p>",
        "upload_type": cited["type"],
        "creators": [{"name": person.name} for person in people(cited)],
        "license": LICENCE,
        "version": cited["version"],
        **({"publication_date": day} if day else {}),
        "language": "eng",
        "keywords": cited["keywords"],
        "related_identifiers": [
            {
                "identifier": paper["doi"],
                "scheme": "doi",
                "relation": "isDerivedFrom",
                "resource_type": "publication-article",
            }
            for paper in papers
            if "doi" in paper
        ],
        "references": [_sentence(paper) for paper in papers],
    }


def text(file: Path = CITATION) -> str:
    """The document as JSON, as it stands in .zenodo.json. Raises FaultError as `citation` does."""
    return json.dumps(metadata(citation(file)), ensure_ascii=False, indent=2) + "\n"


def write(target: Path = ZENODO, file: Path = CITATION) -> None:
    """Write .zenodo.json anew, as after a change of CITATION.cff."""
    target.write_text(text(file), encoding="utf-8")


def _sentence(paper: Mapping[str, Any]) -> str:
    place = f"{paper['journal']} {paper['year']}"
    if "volume" in paper:
        place += f";{paper['volume']}" + (f":{paper['start']}" if "start" in paper else "")
    doi = f" doi:{paper['doi']}" if "doi" in paper else ""
    authors = "; ".join(person.name for person in people(paper))
    return f"{authors}. {paper['title']}. {place}.{doi}"


if __name__ == "__main__":
    write()
