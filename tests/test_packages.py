"""The files for download: their tables, their schemas and what describes them."""

import csv
import hashlib
import io
import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from analysis import citation, dictionary, references, results, tables
from analysis.citing.book import book
from analysis.dictionary import Column, Table
from analysis.downloads import dictionary_table, files, package, results_table, schemas, zenodo
from analysis.downloads.files import Download
from analysis.downloads.tables import text
from analysis.exhibits import (
    book_files_table,
    chapter_files_table,
    lookup_table,
    version_parts,
)
from analysis.exhibits.downloads import size
from analysis.folders import DATA, ROOT
from analysis.versions import lookup, releases
from analysis.versions.lookup import Fate
from analysis.versions.releases import Release, Version

CHAPTER = "spinal-cord-injury"
PARTS = ("results", "findings", "living", "evidence")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return results.results()


@pytest.fixture(scope="module")
def downloads() -> dict[str, Download]:
    return {file.path: file for file in package.downloads()}


@pytest.fixture(scope="module")
def rows(downloads: dict[str, Download]) -> dict[str, dict[str, str]]:
    """The rows of results.csv by id."""
    return {row["id"]: row for row in read(downloads["results.csv"])}


def read(file: Download) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode(file.encoding), newline="")))


def test_results_csv_has_each_result_of_results_json_once_and_in_order(
    rows: dict[str, dict[str, str]], document: dict[str, Any]
) -> None:
    expected = [(entry["id"], part) for part in PARTS for entry in document[part]]
    assert [(row["id"], row["part"]) for row in rows.values()] == expected
    assert len(expected) > 1400


def test_printed_numbers_are_those_of_results_json(
    rows: dict[str, dict[str, str]], document: dict[str, Any]
) -> None:
    for entry in document["results"]:
        row = rows[entry["id"]]
        for name in ("value", "lower", "upper"):
            assert row[f"reported_{name}"] == (entry["reported"][name] or "")
            recomputed = (entry["recomputed"] or {}).get(name)
            cell = row[f"recomputed_{name}"]
            assert (float(cell) if cell else None) == recomputed
        for name in ("chapter", "label", "location", "unit", "qualifier", "verdict", "settings"):
            assert row[name] == entry[name]
        assert (row["recipe"], row["explanation"]) == (entry["recipe"], entry["explanation"])
        assert (row["url"], row["version"]) == (entry["url"], document["version"])


def test_estimates_and_findings_are_those_of_results_json(
    rows: dict[str, dict[str, str]], document: dict[str, Any]
) -> None:
    estimates = [
        entry for part in ("living", "evidence") for entry in document[part] if "k" in entry
    ]
    assert len(estimates) > 30
    for entry in estimates:
        row = rows[entry["id"]]
        for cell, name in (
            ("recomputed_value", "estimate"),
            ("recomputed_lower", "ci_low"),
            ("recomputed_upper", "ci_high"),
            ("prediction_lower", "pi_low"),
            ("prediction_upper", "pi_high"),
        ):
            assert (float(row[cell]) if row[cell] else None) == entry[name]
        assert row["studies"] == str(entry["k"] or "")
        assert row["certainty"] == entry.get("certainty", "")
    for entry in document["findings"]:
        row = rows[entry["id"]]
        assert (row["label"], row["explanation"]) == (entry["claim"], entry["against"])
        assert row["verdict"] == "holds"
    ranks = [entry for entry in document["living"] if "before" in entry]
    assert ranks
    for entry in ranks:
        said = f"Before: {entry['before']}. After: {entry['after']}."
        assert rows[entry["id"]]["explanation"] == said


def test_one_row_in_full(rows: dict[str, dict[str, str]]) -> None:
    row = rows[f"{CHAPTER}.bbb-last.random"]
    assert list(row) == list(files.made()["results"].columns)
    printed = [row[f"reported_{name}"] for name in ("value", "lower", "upper")]
    assert printed == ["1.72", "1.43", "2.00"]
    assert float(row["recomputed_value"]) == pytest.approx(1.7150, abs=5e-5)
    assert (row["verdict"], row["unit"]) == ("reproduced", "BBB points")


def test_a_finding_that_no_longer_holds_says_so(document: dict[str, Any]) -> None:
    finding = {**document["findings"][0], "holds": False}
    parts = {"findings": [finding], "results": [], "living": [], "evidence": []}
    [row] = results_table.rows({**parts, "version": "1.0.0"})
    assert row["verdict"] == "does not hold"
    assert row["verdict"] in files.made()["results"].columns["verdict"].levels


TABLE = Table(
    "t",
    "T",
    "A table.",
    ("id", "day"),
    {
        column.name: column
        for column in (
            Column("id", "Id", "Its name.", "text", required=True, pattern="a|b"),
            Column("day", "Day", "Its day.", "date", required=True),
            Column("n", "n", "Animals.", "integer", unit="animals", minimum=2, maximum=9),
            Column("sd", "SD", "Spread.", "number", above=0, example="0.6"),
            Column("kind", "Kind", "Which.", "choice", levels={"x": "one", "y": "other"}),
            Column("kinds", "Kinds", "Which.", "choices", levels={"x-1": "one", "y": "other"}),
            Column("rows", "Rows", "Ids.", "results"),
            Column("value", "Value", "As printed.", "printed"),
        )
    },
)


def test_schema_follows_from_the_dictionary() -> None:
    schema = schemas.table_schema(TABLE, list(TABLE.columns))
    fields = {field["name"]: field for field in schema["fields"]}
    assert {name: field["type"] for name, field in fields.items()} == {
        **dict.fromkeys(("id", "kind", "kinds", "rows", "value"), "string"),
        **{"day": "date", "n": "integer", "sd": "number"},
    }
    assert fields["id"]["constraints"] == {"required": True, "pattern": "(a|b)"}
    assert fields["n"]["constraints"] == {"minimum": 2, "maximum": 9}
    assert fields["n"]["unit"] == "animals"
    assert fields["sd"]["constraints"] == {"exclusiveMinimum": 0}
    assert fields["sd"]["example"] == "0.6"
    assert fields["kind"]["constraints"] == {"enum": ["x", "y"]}
    assert fields["kind"]["description"] == "Which. x: one; y: other."
    assert "constraints" not in fields["value"]
    assert (schema["primaryKey"], schema["missingValues"]) == (["id", "day"], [""])


@pytest.mark.parametrize(
    ("column", "cell", "fits"),
    [
        ("kinds", "x-1", True),
        ("kinds", "x-1;y", True),
        ("kinds", "x-1;", False),
        ("kinds", "z", False),
        ("rows", "a.b.c;a.b.d-1", True),
        ("rows", "a.b", False),
    ],
)
def test_pattern_of_several_in_a_cell(column: str, cell: str, fits: bool) -> None:
    [field] = schemas.table_schema(TABLE, [column])["fields"]
    assert bool(re.fullmatch(field["constraints"]["pattern"], cell)) is fits


def test_schema_has_the_columns_of_the_file_in_its_order() -> None:
    schema = schemas.table_schema(TABLE, ["value", "id"])
    assert [field["name"] for field in schema["fields"]] == ["value", "id"]
    assert "primaryKey" not in schema  # a part of the key is not in the file
    with pytest.raises(KeyError, match="unknown"):
        schemas.table_schema(TABLE, ["unknown"])


def test_a_key_with_a_cell_that_may_be_empty_is_no_primary_key() -> None:
    table = dictionary.tables()["certainty"]
    assert not table.columns["pool"].required
    assert "primaryKey" not in schemas.table_schema(table, list(table.columns))


def test_text_of_a_table_has_its_columns_and_no_others() -> None:
    written = text(TABLE, [{"id": "a", "value": None, "sd": 0.1}])
    assert written == "id,day,n,sd,kind,kinds,rows,value\na,,,0.1,,,,\n"
    with pytest.raises(ValueError, match="unknown"):
        text(TABLE, [{"unknown": 1}])


def test_dictionary_csv_has_every_column_of_every_file(downloads: dict[str, Download]) -> None:
    found = {
        (row["chapter"], row["table"], row["column"]) for row in read(downloads["dictionary.csv"])
    }
    for file in downloads.values():
        if file.media_type == "text/csv":
            name = Path(file.path).stem
            for column in read(file)[0]:
                assert found & {("all", name, column), (file.chapter, name, column)}, file.path


def test_dictionary_csv_says_what_the_dictionary_says() -> None:
    [row] = [
        row
        for row in dictionary_table.rows(files.made().values())
        if (row["table"], row["column"]) == ("studies", "sd_treated")
    ]
    assert row["chapter"] == "all"
    assert row["description"].startswith("Standard deviation (not standard error)")
    assert (row["type"], row["rules"], row["required"], row["key"]) == ("number", "> 0", "no", "no")


def test_every_file_of_the_data_is_there_byte_for_byte(downloads: dict[str, Download]) -> None:
    expected = [
        path
        for chapter in tables.chapters()
        for path in (DATA / chapter).iterdir()
        if path.suffix in (".csv", ".yml")
    ]
    assert len(expected) > 50
    for path in expected:
        file = downloads[path.relative_to(ROOT).as_posix()]
        assert file.content == path.read_bytes()
    named = [path for path in downloads if path.startswith("data/")]
    assert len(named) == len(expected)
    for name, source in (
        ("dictionary.yml", DATA / "dictionary.yml"),
        ("references.bib", ROOT / "book" / "references.bib"),
        ("CITATION.cff", ROOT / "CITATION.cff"),
        ("LICENSE.txt", ROOT / "LICENSE"),
    ):
        assert downloads[name].content == source.read_bytes()
    frozen = sorted((DATA / "releases").glob("*/results.json"))
    assert len(frozen) > 1
    for path in frozen:
        assert downloads[path.relative_to(DATA).as_posix()].content == path.read_bytes()


def test_data_package_describes_every_file(downloads: dict[str, Download]) -> None:
    document = json.loads(downloads["datapackage.json"].content)
    described = {resource["path"]: resource for resource in document["resources"]}
    assert [*described, "datapackage.json"] == list(downloads)
    names = [resource["name"] for resource in document["resources"]]
    assert len(set(names)) == len(names)
    for path, resource in described.items():
        content = downloads[path].content
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert ("schema" in resource) is path.endswith(".csv")
    studies = described[f"data/{CHAPTER}/studies.csv"]
    fields = {field["name"]: field for field in studies["schema"]["fields"]}
    assert studies["schema"]["primaryKey"] == ["study", "outcome"]
    assert fields["sd_treated"]["constraints"] == {"exclusiveMinimum": 0}
    assert fields["in_review"]["constraints"] == {"required": True, "enum": ["yes", "no"]}
    reported = described[f"data/{CHAPTER}/reported.csv"]["schema"]["foreignKeys"]
    assert reported == [{"fields": "id", "reference": {"resource": "results", "fields": "id"}}]


def test_data_package_says_whose_and_of_when_it_is(downloads: dict[str, Download]) -> None:
    document = json.loads(downloads["datapackage.json"].content)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (document["title"], document["version"]) == (cited["title"], cited["version"])
    assert document["created"] == f"{cited['date-released']}T00:00:00Z"
    assert [licence["name"] for licence in document["licenses"]] == ["CC-BY-4.0", "MIT"]
    assert "id" not in document  # there is no DOI yet
    addresses = {source.get("path", "") for source in document["sources"]}
    assert "https://doi.org/10.3389/fneur.2025.1447414" in addresses
    assert len(document["sources"]) == 5


def test_data_package_has_a_doi_as_soon_as_the_book_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cited = replace(book(), released="", doi="10.5281/zenodo.1")
    monkeypatch.setattr(package, "book", lambda: cited)
    document = package.datapackage(())
    assert document["id"] == "https://doi.org/10.5281/zenodo.1"
    assert "created" not in document  # nor a day, without a release


@pytest.fixture
def chapter(tmp_path: Path) -> Path:
    """The folder of one chapter in a copy of the data without the others."""
    data = tmp_path / "data"
    shutil.copytree(DATA / "intervertebral-disc", data / "intervertebral-disc")
    for shared in DATA.glob("*.yml"):
        shutil.copy(shared, data)
    return data / "intervertebral-disc"


def test_files_with_a_byte_order_mark_say_so(chapter: Path) -> None:
    methods = chapter / "methods.csv"
    content = b"\xef\xbb\xbf" + methods.read_bytes().replace(b"\n", b"\r\n")
    methods.write_bytes(content)
    [file] = [file for file in files.files(chapter.parent) if file.path.endswith("/methods.csv")]
    assert (file.content, file.encoding) == (content, "utf-8-sig")
    assert file.schema is not None
    assert file.schema["fields"][0]["name"] == "item"


def test_a_table_that_nothing_describes_is_named(chapter: Path) -> None:
    (chapter / "notes.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"'notes'.*'intervertebral-disc'"):
        files.files(chapter.parent)


def test_files_are_the_same_each_time(downloads: dict[str, Download]) -> None:
    assert [file.content for file in package.downloads()] == [
        file.content for file in downloads.values()
    ]


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 kB"), (1499, "1 kB"), (62_978, "63 kB"), (1_038_128, "1.0 MB")]
)
def test_sizes_are_written(number: int, said: str) -> None:
    assert size(number) == said


def test_tables_of_files_link_each_file_once(downloads: dict[str, Download]) -> None:
    every = list(downloads.values())
    markup = book_files_table(every).markup
    markup += chapter_files_table(every, tables.titles()).markup
    assert sorted(re.findall(r'href="\.\./([^"]+)"', markup)) == sorted(downloads)


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
        references.references()[tables.review(chapter)["source"]] for chapter in tables.chapters()
    }
    assert len(papers) == 5
    expected = {
        (
            paper.title,
            paper.authors,
            paper.journal,
            paper.year,
            paper.volume,
            paper.pages,
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
    assert len(related) == 4  # one paper prints no DOI
    assert len(told["references"]) == 5
    assert "doi" not in told


def test_zenodo_is_told_of_a_new_version(tmp_path: Path) -> None:
    copy, target = tmp_path / "CITATION.cff", tmp_path / ".zenodo.json"
    shutil.copy(citation.CITATION, copy)
    releases.write_version(Version(2030, 1, 2), date(2030, 5, 6), copy)
    zenodo.write(target, copy)
    told = json.loads(target.read_text(encoding="utf-8"))
    assert (told["version"], told["publication_date"]) == ("2030.1.2", "2030-05-06")
    assert cff_faults(dict(citation.citation(copy))) == []


def release(version: int, **parts: list[dict[str, Any]]) -> Release:
    return Release(Version(version, 0, 0), {"released": "2026-11-21", **parts}, ())


def number(value: str, verdict: str = "reproduced", **other: Any) -> dict[str, Any]:
    """An entry of the results under one id."""
    reported = {"value": value, "lower": None, "upper": None}
    return {
        **{"id": "a.b.c", "label": "L", "reported": reported, "verdict": verdict},
        **{"recomputed": {"value": 1.0}, "url": "book/a.html#a.b.c", **other},
    }


def test_a_result_that_stayed_the_same_stands_once() -> None:
    before = [release(1, results=[number("1.0", label="Old")]), release(2, results=[number("1.0")])]
    [found] = lookup.published(before, release(3, results=[number("1.0", label="New")]))
    assert (found.id, found.label, found.fate) == ("a.b.c", "New", Fate.SAME)
    assert (found.then, found.now) == ("1.0: reproduced", "1.0: reproduced")
    assert (found.versions, found.span) == (("1.0.0", "2.0.0"), "1.0.0 to 2.0.0")
    assert found.url == "book/a.html#a.b.c"


def test_each_different_number_of_an_id_stands_with_its_versions() -> None:
    values = ("1.0", "1.0", "2.0", "1.0")
    before = [release(n, results=[number(value)]) for n, value in enumerate(values)]
    found = lookup.published(before, release(9, results=[number("2.0", "discrepant")]))
    assert [(each.span, each.then) for each in found] == [
        ("0.0.0 to 1.0.0", "1.0: reproduced"),
        ("2.0.0", "2.0: reproduced"),
        ("3.0.0", "1.0: reproduced"),
    ]
    assert {each.fate for each in found} == {Fate.CHANGED}
    assert {each.now for each in found} == {"2.0: discrepant"}


def test_a_retired_result_is_still_found_and_a_new_one_is_none_of_a_version() -> None:
    new = {**number("3.0"), "id": "a.b.new"}
    before = [release(1, results=[number("1.0")])]
    [found] = lookup.published(before, release(2, results=[new]))
    assert (found.id, found.fate, found.then) == ("a.b.c", Fate.RETIRED, "1.0: reproduced")
    assert (found.now, found.url, found.label) == ("", "", "L")


def test_a_finding_is_looked_up_by_its_claim() -> None:
    finding = {"id": "a.finding.b", "claim": "C", "severity": "number", "holds": True, "url": "u"}
    gone = {**finding, "holds": False}
    [found] = lookup.published([release(1, findings=[finding])], release(2, findings=[gone]))
    assert (found.label, found.then, found.now) == ("C", "number, holds", "number, does not hold")


def test_rows_of_the_look_up_have_one_anchor_each_and_say_what_is_hidden() -> None:
    before = [
        release(1, results=[number("1.0")]),
        release(2, results=[number("1.0", recomputed={"value": 1.1})]),
    ]
    every = lookup.published(before, release(3, results=[number("1.0")]))
    markup = lookup_table(every).markup
    assert re.findall(r'<tr id="([^"]+)"', markup) == ["a.b.c", "a.b.c@2.0.0"]
    assert markup.count('href="a.html#a.b.c"') == 2
    assert markup.count("changed, in digits that are not shown") == 1
    parts = version_parts(before, every).markup
    assert re.findall(r'<h3 id="([^"]+)"', parts) == ["2.0.0", "1.0.0"]
    assert "1 results. Today, 0 are the same, 1 have changed and 0 are retired." in parts
    assert parts.count('href="#a.b.c"') == 1
    assert 'href="../releases/1.0.0/results.json"' in parts


def test_every_id_of_every_release_can_be_looked_up() -> None:
    frozen = releases.releases()
    found = lookup.published(frozen, releases.current())
    for each in frozen:
        expected = {entry["id"] for part in PARTS for entry in each.document[part]}
        here = [one for one in found if str(each.version) in one.versions]
        assert len(expected) > 1400
        assert {one.id for one in here} == expected
        assert len(here) == len(expected)
