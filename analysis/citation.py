"""How the book is cited: what CITATION.cff says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import yaml_files
from analysis.folders import ROOT

CITATION = ROOT / "CITATION.cff"


def citation(file: Path = CITATION) -> Mapping[str, Any]:
    """The content of CITATION.cff; its dates are texts. Raises FaultError if it can't be read."""
    content: Mapping[str, Any] = yaml_files.read(file, file.name).content
    return content


def authors(cited: Mapping[str, Any]) -> list[str]:
    """The authors of something that is cited: `Family, Given`, or the name of an organization."""
    return [
        person["name"]
        if "name" in person
        else ", ".join(person[part] for part in ("family-names", "given-names") if part in person)
        for person in cited["authors"]
    ]
