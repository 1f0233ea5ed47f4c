"""CITATION.cff is valid and right, and Zenodo is told what it says."""

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from analysis import citation, references, tables
from analysis.citing.book import book
from analysis.downloads import zenodo
from analysis.folders import ROOT
from analysis.versions import releases
from analysis.versions.releases import Version
from tests.frozen import LIVE


@pytest.fixture(scope="module")
def cited() -> dict[str, Any]:
    return dict(citation.citation())


def cff_faults(cited: dict[str, Any]) -> list[str]:
    """What the schema of the Citation File Format 1.2.0, as cffconvert has it, says of a file."""
    schema = json.loads((ROOT / "tests" / "cff-1.2.0.schema.json").read_text(encoding="utf-8"))
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    return [error.json_path for error in validator.iter_errors(cited)]


def test_citation_is_valid(cited: dict[str, Any]) -> None:
    assert cff_faults(cited) == []
    assert cff_faults({**cited, "doi": "10.5281/zenodo.1234567"}) == []
    assert cff_faults({**cited, "doi": "https://doi.org/10.5281/zenodo.1"}) == ["$.doi"]
    assert cff_faults({**cited, "license": "free"}) == ["$.license"]
    assert cff_faults({**cited, "date-released": "yesterday"})


def test_citation_says_what_the_book_is(cited: dict[str, Any]) -> None:
    assert cited["type"] == "dataset"
    assert cited["license"] == ["MIT", "CC-BY-4.0"]
    assert len(cited["abstract"]) > 200
    assert len(cited["keywords"]) >= 5
    assert book().doi == cited.get("doi", "")


def test_citation_names_the_papers_of_the_chapters_as_the_bibliography_does(
    cited: dict[str, Any],
) -> None:
    papers = {
        references.references()[tables.review(chapter, LIVE)["source"]]
        for chapter in tables.chapters(LIVE)
    }
    expected = {
        (
            paper.title,
            paper.authors,
            paper.journal,
            paper.year,
            paper.volume,
            re.split("[–-]", paper.pages)[0],
            paper.doi,
        )
        for paper in papers
    }
    found = {
        (
            each["title"],
            tuple(author["family-names"] for author in each["authors"]),
            each["journal"],
            *(str(each.get(name, "")) for name in ("year", "volume", "start", "doi")),
        )
        for each in cited["references"]
    }
    assert found == expected


def test_zenodo_is_told_what_the_citation_says(cited: dict[str, Any]) -> None:
    assert zenodo.ZENODO.read_text(encoding="utf-8") == zenodo.text()
    told = json.loads(zenodo.ZENODO.read_text(encoding="utf-8"))
    assert (told["title"], told["version"]) == (cited["title"], cited["version"])
    assert told["publication_date"] == cited["date-released"]
    assert told["keywords"] == cited["keywords"]
    assert told["creators"] == [{"name": "The MSC-EV Living Review contributors"}]
    assert (told["upload_type"], told["license"]) == ("dataset", "cc-by-4.0")
    related = {each["identifier"] for each in told["related_identifiers"]}
    assert related == {each["doi"] for each in cited["references"] if "doi" in each}
    assert len(related) > 3
    assert len(told["references"]) == len(cited["references"])
    assert "doi" not in told


def test_zenodo_is_told_of_a_new_version(tmp_path: Path) -> None:
    copy, target = tmp_path / "CITATION.cff", tmp_path / ".zenodo.json"
    shutil.copy(citation.CITATION, copy)
    releases.write_version(Version(2030, 1, 2), date(2030, 5, 6), copy)
    zenodo.write(target, copy)
    told = json.loads(target.read_text(encoding="utf-8"))
    assert (told["version"], told["publication_date"]) == ("2030.1.2", "2030-05-06")
    assert cff_faults(dict(citation.citation(copy))) == []
