"""The files for download: their tables, their schemas and what describes them."""

import csv
import hashlib
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis import dictionary, results, tables
from analysis.citing.book import book
from analysis.dictionary import Column, Table
from analysis.downloads import dictionary_table, files, package, results_table, schemas
from analysis.downloads.files import Download
from analysis.downloads.tables import text
from analysis.exhibits import (
    book_files_table,
    chapter_files_table,
)
from analysis.exhibits.downloads import size
from analysis.folders import DATA, ROOT

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
        file = downloads[path.relative_to(DATA.parent).as_posix()]
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
