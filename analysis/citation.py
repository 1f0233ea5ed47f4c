"""How the book is cited: what CITATION.cff says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import yaml_files
from analysis.folders import ROOT
from analysis.references import Person

CITATION = ROOT / "CITATION.cff"


def citation(file: Path = CITATION) -> Mapping[str, Any]:
    """The content of CITATION.cff; its dates are texts. Raises FaultError if it can't be read."""
    content: Mapping[str, Any] = yaml_files.read(file, file.name).content
    return content


def people(cited: Mapping[str, Any]) -> tuple[Person, ...]:
    """The authors of something that is cited."""
    return tuple(
        Person(str(entry["name"]))
        if "name" in entry
        else Person(
            family=str(entry["family-names"]),
            given=str(entry.get("given-names", "")),
            particle=str(entry.get("name-particle", "")),
        )
        for entry in cited["authors"]
    )
