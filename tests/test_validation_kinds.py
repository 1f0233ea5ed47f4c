"""Every column of every table refuses what is not of its kind, and every name what is not there."""

import csv
import io
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from analysis import dictionary, validation
from analysis.dictionary import Column, Table
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.yaml_files import read

OWNERS = ("bone-regeneration", "osteoporosis", "spinal-cord-injury", "umbrella")
"""The chapters with tables of their own; together their dictionaries describe every table."""

AHEAD = f"{date.today().year + 2}"

TEXT = [
    "two\nlines",
    "bell\a",
    "zero\u200bwidth",
    "right\u202eto left",
    "Figur\u0435",
    "\u039ftto",
    "\uff26ull",
    "filler\u3164",
    "NF-\u00ce\u00baB",
    "=1+1",
    "9-Oct",
    "two  spaces",
    " lead",
]
"""Cells that no column of words may hold."""

TYPES: dict[str, list[str]] = {
    "text": TEXT,
    "sentence": TEXT,
    "results": TEXT,
    "number": ["1,5", "NaN", "1e999", "\u22121", "ten", "0x1F"],
    "integer": ["1.5", "1e3", "0x1F", "1_000", "9999999999"],
    "date": ["2026-02-30", f"{AHEAD}-01-01", "20/11/2026", "2026-11", "20261120"],
    "choice": ["neither", "Yes "],
    "choices": ["neither", "a;a"],
    "printed": ["1.2.3", "ten", "--1", "2026-02-30"],
}
KINDS: dict[str, list[str]] = {
    "year": ["1899", AHEAD, "99999", "-5"],
    "day": ["2019-12-31", "0001-01-01", "9999-01-01"],
    "when": ["1949", "2026-13", "2026-02-30", AHEAD, "May 2025", "0001"],
    "share": ["-0.1", "1.1"],
    "percent": ["-5", "100.1", "250"],
    "p": ["-0.1", "1.7"],
    "p-printed": ["p = 1.7", "p = -0.1", "0.05", "p < 05"],
    "correlation": ["-1.1", "1.01"],
    "count": ["-1", "2.5", "-3.5"],
    "animals": ["-1", "100001", "999999999"],
    "dose": ["0", "-1", "0.0"],
    "ratio": ["0", "-0.33"],
    "OR": ["0"],
    "RR": ["-1"],
    "HR": ["-0.5"],
    "sd": ["0", "-0.5", "0.00"],
    "doi": [
        "https://doi.org/10.1000/x",
        "10.1000/<b>x</b>",
        "10.1000/../x",
        "doi:10.1000/x",
        "javascript:alert(1)",
        "10.1000",
    ],
    "address": ["http://example.org", "javascript:alert(1)", "data:text/html,x", "https://a b"],
    "name": ["Upper", "two words", "a--b", "-a"],
    "id": ["a.b", "A.b.c", "a.b.c.d", "a b.c.d"],
    "outcome": ["Upper", "two words"],
    "reference": [],
    "study": [],
    "result": [],
}
"""What cells of a kind may not hold, besides what its type refuses."""


class Cell(NamedTuple):
    """A column of a table, and what it may not hold."""

    table: Table
    column: Column
    text: str


def described(owner: str) -> Mapping[str, Table]:
    """The tables of a chapter, and one that has a column of every kind."""
    tables = dict(dictionary.tables(owner))
    if owner == OWNERS[0]:
        kinds = read(DATA / "dictionary.yml", "data/dictionary.yml").content["kinds"]
        columns = {
            name: dictionary._column_of(name, kinds) for name in kinds if kinds[name]["type"]
        }
        tables["every"] = Table("every", "Every kind", "", (), columns)
    return tables


def all_cells() -> Iterator[Any]:
    """Every column with what its kind refuses, and in turn some of what its type refuses."""
    seen: set[Any] = set()
    for owner in OWNERS:
        for table in described(owner).values():
            for column in table.columns.values():
                if (table.name, column.name, column.kind) in seen:
                    continue
                bad, turn = TYPES[column.type], len(seen)
                seen.add((table.name, column.name, column.kind))
                some = {bad[turn % len(bad)], bad[(5 * turn + 3) % len(bad)]}
                for text in [*KINDS.get(column.kind, ()), *sorted(some)]:
                    where = f"{table.name}-{column.name}-{text.encode('unicode_escape').decode()}"
                    yield pytest.param(Cell(table, column, text), id=where)
                if column.required:
                    yield pytest.param(Cell(table, column, ""), id=f"{table.name}-{column.name}-")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("file") / "table.csv"


@pytest.mark.parametrize("cell", list(all_cells()))
def test_what_is_not_of_its_kind_is_refused_in_its_line_and_column(file: Path, cell: Cell) -> None:
    name = cell.column.name
    table = replace(cell.table, key=(name,), intervals=(), columns={name: cell.column})
    file.write_text(written([name], [{name: cell.text}]), encoding="utf-8", newline="")
    begun = time.process_time()
    _, faults = validation.read_text(file, "data/x/table.csv", table)
    assert time.process_time() - begun < 2
    assert {(fault.line, fault.column) for fault in faults} == {(2, name)}


def filled(column: Column) -> str:
    """A cell that breaks no rule of a column."""
    return column.example or {"integer": "5", "number": "0.5", "printed": "5"}.get(column.type, "a")


def written(header: list[str], rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def test_every_kind_of_the_dictionary_is_tried() -> None:
    kinds = read(DATA / "dictionary.yml", "data/dictionary.yml").content["kinds"]
    assert set(KINDS) == set(kinds)
    assert set(TYPES) == set(dictionary.TYPES)


CHAPTER = "small"
REVIEW: dict[str, Any] = {
    "title": "Small",
    "question": "Does it do anything at all in any animal, and how much?",
    "source": "mou2025",
    "added": "2026-11-20",
    "outcomes": {
        "score": {"label": "Score", "unit": "points", "measure": "MD", "favours": "higher"}
    },
    "as_published": {"model": {"value": "DL", "basis": "stated", "tried": ["EE"]}},
    "living": [{"id": "small.score.living", "outcome": "score"}],
    "doses": {"table": "doses", "low": "lower", "high": "upper", "unit_column": "unit"},
    "classification": {
        "table": "conditions",
        "group": "condition",
        "recount_table": "reviews",
        "recount_column": "conditions",
        "effect_above": "small.rule.effect",
        "p_below": "small.rule.effect",
        "i2_below": "small.rule.i2",
        "reviews": "small.rule.k",
        "second_effect": "small.rule.effect",
        "second_i2_above": "small.rule.i2",
    },
    "search": {
        "strategy": "Words",
        "databases": ["PubMed"],
        "last_run": "2025-07-31",
        "next_due": "2027-02-28",
    },
}

ARM = {"n_treated": "8", "mean_treated": "2.5", "sd_treated": "0.8"}
ARM |= {"n_control": "8", "mean_control": "1.5", "sd_control": "0.7"}
STUDY = {**ARM, "outcome": "score", "reference": "mou2025", "restored": "", "confirmed_by": ""}
STUDY |= {"effect": "", "ci_low": "", "ci_high": "", "in_review": "yes", "condition": "sepsis"}
NUMBER = {"qualifier": "", "restoration": "", "recompute": "", "severity": "", "explanation": ""}
NUMBER |= {"lower": "", "upper": "", "not_recomputable": "It can't.", "unit": ""}


def number(name: str, kind: str, **cells: str) -> dict[str, str]:
    return {**NUMBER, "id": f"small.{name}", "kind": kind, **cells}


ROWS: dict[str, list[dict[str, str]]] = {
    "studies": [
        {"study": "Ada 2020", "year": "2020", **STUDY},
        {"study": "Bo 2021", "year": "2021", **STUDY},
    ],
    "reported": [
        number("rule.effect", "estimate", value="0.8", lower="0.5", upper="1.1"),
        number("rule.i2", "percent", value="50", unit="%"),
        number("rule.k", "count", value="2", unit="studies"),
        number("flow.found", "count", value="1,200", unit="records"),
        number("flow.out", "count", value="1,100", unit="records"),
        number("flow.in", "count", value="100", unit="records"),
        number("rule.span", "range", value="", lower="0.5", upper="1.1"),
        number("rule.p", "p", value="0.04"),
        number("rule.day", "date", value="2024-05-31"),
        number("rule.bare", "estimate", value="0.8"),
        number("rule.ratio", "estimate", value="0.8", unit="HR"),
    ],
    "flow": [
        {"box": "found", "kind": "kept", "parent": "", "reported": "small.flow.found"},
        {"box": "out", "kind": "removed", "parent": "found", "reported": "small.flow.out"},
        {"box": "in", "kind": "kept", "parent": "found", "reported": "small.flow.in"},
    ],
    "pools": [
        {
            **{"pool": "score", "condition": "Sepsis", "role": "first", "outcome": "score"},
            **{"estimate": "small.rule.effect", "interval": "", "k": "small.rule.k"},
            **{"animals": "", "tau2": "", "i2": "small.rule.i2", "q": "small.rule.bare"},
            **{"small_study": "small.rule.p", "contradicted_by": "small.finding.one"},
        },
        {
            **{"pool": "bare", "condition": "Stroke", "role": "first", "outcome": ""},
            **{"estimate": "small.rule.bare", "interval": "small.rule.span", "k": ""},
            **{"animals": "", "tau2": "", "i2": "", "q": "", "small_study": ""},
            **{"contradicted_by": ""},
        },
    ],
    "findings": [
        {"id": "small.finding.one", "rows": "small.rule.k;small.rule.i2", "check": ""},
        {"id": "small.finding.two", "rows": "", "check": ""},
    ],
    "cautions": [{"id": "small.caution.one", "reference": "basso1995"}],
    "contradictions": [{"contradiction": "one", "rows": "small.rule.k"}],
    "certainty": [{"domain": "imprecision", "pool": "score", "rows": "small.rule.k"}],
    "methods": [{"item": "sharing", "rows": "small.rule.k"}],
    "questions": [{"question": "dose", "rows": "small.rule.k"}],
    "corrections": [{"id": "small.rule.k"}],
    "retired": [{"id": "small.rule.old", "went_to": "small.rule.k"}],
    "lists": [{"list": "databases", "item": "PubMed"}],
    "dosing": [{"review": "Ada 2020"}, {"review": "Bo 2021"}],
    "doses": [{"review": "Ada 2020", "lower": "10", "upper": "200", "transcription": ""}],
    "reviews": [{"review": "Ada 2020"}],
    "risk_of_bias": [{"review": "Ada 2020"}],
    "conditions": [{"condition": "sepsis", "i2_lower": "40", "i2_upper": "60"}],
    "abstracts": [
        {
            **{"review": "Ada 2020", "measure": "HR", "estimate": "0.5", "lower": "0.3"},
            **{"upper": "0.8", "caution": ""},
        }
    ],
    "candidates": [{"reference": "wei2026"}],
    "source_effects": [{"measure": "SMD", "effect": "-1.2"}],
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of one small chapter, whose cells are the examples of the dictionary."""
    data = tmp_path_factory.mktemp("book") / "data"
    (data / CHAPTER).mkdir(parents=True)
    for shared in DATA.glob("*.yml"):
        shutil.copy(shared, data)
    shutil.copy(DATA / "umbrella" / "dictionary.yml", data / CHAPTER)
    (data / CHAPTER / "review.yml").write_text(yaml.safe_dump(REVIEW), encoding="utf-8")
    known = dictionary.tables(CHAPTER, data)
    for name, rows in ROWS.items():
        columns = known[name].columns
        examples = {column.name: filled(column) for column in columns.values()}
        table = [examples | row for row in rows]
        text = written(list(columns), table)
        (data / CHAPTER / f"{name}.csv").write_text(text, encoding="utf-8")
    return data


def faults_with(book: Path, name: str, text: str) -> list[Fault]:
    """The faults of the book with other content in one file, which is put back."""
    path = book / CHAPTER / name
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    begun = time.process_time()
    try:
        return validation.check_chapter(book / CHAPTER)
    finally:
        path.write_text(before, encoding="utf-8")
        assert time.process_time() - begun < 2


def test_the_small_book_has_no_fault(book: Path) -> None:
    assert validation.check(book) == []


class Row(NamedTuple):
    """Cells to be put into a line of a table, and where and what the fault is."""

    table: str
    line: int
    cells: dict[str, str]
    column: str
    says: str


def row(table: str, line: int, column: str, says: str, **cells: str) -> Row:
    return Row(table, line, cells, column, says)


UNKNOWN = "is not known"
RELATIONS = [
    row("flow", 3, "parent", "back to its own box: out → out", parent="out"),
    row("flow", 2, "parent", "must not lead back to its own box", parent="in"),
    row("flow", 4, "parent", "second first box, after line 2", parent=""),
    row("flow", 4, "parent", UNKNOWN, parent="fuond"),
    row("flow", 3, "reported", "must be one id, got 2", reported="small.flow.out;small.flow.in"),
    row("flow", 3, "reported", "must be of kind count", reported="small.rule.day"),
    row("flow", 3, "reported", UNKNOWN, reported="small.flow.uot"),
    row("flow", 3, "box", "must not differ in case, spaces or hyphens", box="fou-nd"),
    row("findings", 2, "rows", "has small.rule.k twice", rows="small.rule.k;small.rule.k"),
    row("findings", 2, "rows", UNKNOWN, rows="small.rule.k;small.rule.kk"),
    row("findings", 2, "id", "must begin with small.", id="other.finding.one"),
    row("cautions", 2, "reference", UNKNOWN, reference="basso1996"),
    row("cautions", 2, "id", "must begin with small.", id="other.caution.one"),
    row("contradictions", 2, "rows", "twice", rows="small.rule.k;small.rule.k"),
    row("certainty", 2, "pool", UNKNOWN, pool="scroe"),
    row("certainty", 2, "rows", "twice", rows="small.rule.k;small.rule.k"),
    row("methods", 2, "rows", UNKNOWN, rows="small.rule.none"),
    row("questions", 2, "rows", "twice", rows="small.rule.k;small.rule.k"),
    row("retired", 2, "went_to", UNKNOWN, went_to="small.rule.none"),
    row("retired", 2, "went_to", "must be one id", went_to="small.rule.k;small.rule.i2"),
    row("pools", 2, "estimate", "must be one id", estimate="small.rule.effect;small.rule.bare"),
    row("pools", 3, "estimate", "must be of kind estimate", estimate="small.rule.span"),
    row("pools", 2, "estimate", "both limits of an interval", estimate="small.rule.bare"),
    row("pools", 3, "interval", "must be of kind range", interval="small.rule.effect"),
    row("pools", 3, "interval", UNKNOWN, interval="small.rule.spam"),
    row(
        "pools",
        2,
        "k",
        "must be of kind count, and small.rule.i2 is of kind percent",
        k="small.rule.i2",
    ),
    row(
        "pools",
        2,
        "q",
        "must be of kind estimate, and small.rule.day is of kind date",
        q="small.rule.day",
    ),
    row("pools", 2, "i2", "must be of kind percent or range", i2="small.rule.k"),
    row("pools", 2, "tau2", "must be of kind estimate", tau2="small.rule.p"),
    row("pools", 2, "small_study", "must be of kind p", small_study="small.rule.k"),
    row("pools", 2, "animals", "must be of kind count", animals="small.rule.day"),
    row("pools", 2, "outcome", UNKNOWN, outcome="socre"),
    row("pools", 3, "pool", "must not differ in case, spaces or hyphens", pool="sco-re"),
    row("pools", 3, "role", "must be first once for a condition", condition="Sepsis"),
    row("pools", 2, "contradicted_by", UNKNOWN, contradicted_by="small.finding.oen"),
    row("studies", 3, "study", "must not differ in case, spaces or hyphens", study="ADA 2020"),
    row(
        "studies",
        3,
        "study",
        "must not differ in case, spaces or hyphens",
        study="Ada-2020",
    ),
    row("studies", 2, "outcome", UNKNOWN, outcome="scores"),
    row("studies", 2, "reference", UNKNOWN, reference="mou2052"),
    row("studies", 2, "sd_treated", "is too small beside", sd_treated="0.000000000000001"),
    row("studies", 2, "sd_control", "is too small beside", sd_control="0.0000001"),
    row("studies", 2, "n_treated", "must be at most 100000", n_treated="999999999"),
    row("studies", 2, "n_control", "must be at least 2", n_control="1"),
    row("studies", 2, "year", "must not lie ahead", year=AHEAD),
    row("studies", 2, "i2", "must be at most 100", i2="250"),
    row("studies", 2, "ci_low", "must be less than ci_high", effect="1", ci_low="2", ci_high="0"),
    row("studies", 2, "ci_low", "must be less than ci_high", effect="1", ci_low="1", ci_high="1"),
    row("studies", 2, "effect", "must lie between", effect="3", ci_low="0", ci_high="2"),
    row(
        "studies",
        2,
        "effect",
        "must be greater than 0 for measure_printed HR",
        effect="-1",
        ci_low="-2",
        ci_high="0.5",
        measure_printed="HR",
    ),
    row(
        "studies",
        2,
        "effect",
        "must agree with the arms of its row, which give 1, outside",
        effect="3",
        ci_low="2",
        ci_high="4",
    ),
    row("reported", 4, "value", "must be a whole number for kind count", value="2.5"),
    row("reported", 4, "value", "must be at least 0 for kind count", value="−3"),
    row("reported", 3, "value", "must be at most 100 for kind percent", value="250"),
    row("reported", 3, "value", "must be at least 0 for kind percent", value="-5"),
    row("reported", 9, "value", "must be at most 1 for kind p", value="1.7"),
    row("reported", 9, "value", "must be at least 0 for kind p", value="-0.1"),
    row("reported", 12, "value", "must be greater than 0 for unit HR", value="-0.8"),
    row("reported", 8, "lower", "must be less than upper", lower="1.2"),
    row("reported", 2, "value", "must lie between lower 0.5 and upper 1.1", value="1.8"),
    row("reported", 2, "lower", "must be less than upper 1.1, got 5", lower="5"),
    row("doses", 2, "lower", "must be less than upper", lower="300"),
    row("doses", 2, "lower", "must be greater than 0", lower="-10"),
    row("doses", 2, "upper", "must be greater than 0", lower="", upper="0"),
    row("doses", 2, "review", UNKNOWN, review="Ada 2021"),
    row("risk_of_bias", 2, "review", UNKNOWN, review="Cy 2021"),
    row("conditions", 2, "i2_lower", "must be less than i2_upper", i2_lower="90"),
    row("conditions", 2, "i2_upper", "must be at most 100", i2_upper="101"),
    row("conditions", 2, "reviews", "must be at least 1", reviews="0"),
    row("abstracts", 2, "estimate", "must lie between", estimate="0.9"),
    row("abstracts", 2, "lower", "must be less than upper", lower="0.9"),
    row("abstracts", 2, "lower", "must be greater than 0 for measure HR", lower="-0.1"),
    row("abstracts", 2, "i2", "must be at least 0", i2="-5"),
    row("abstracts", 2, "studies", "must be at least 1", studies="0"),
    row("candidates", 2, "reference", UNKNOWN, reference="wie2026"),
    row(
        "candidates",
        2,
        "published",
        "must be a date that exists and not lie ahead",
        published="2026-02-30",
    ),
    row("source_effects", 2, "effect", "must be greater than 0", measure="OR", effect="-1.2"),
]


@pytest.mark.parametrize(
    "case", RELATIONS, ids=lambda case: f"{case.table}-{case.column}-{case.says}"
)
def test_a_row_that_does_not_fit_is_refused_in_its_line_and_column(book: Path, case: Row) -> None:
    path = book / CHAPTER / f"{case.table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[case.line - 2] |= case.cells
    faults = faults_with(book, path.name, written(list(rows[0]), rows))
    found = [fault for fault in faults if (fault.line, fault.column) == (case.line, case.column)]
    assert any(case.says in fault.message for fault in found), faults
    assert all(fault.file == f"data/{CHAPTER}/{path.name}" for fault in found)


def test_a_row_may_say_that_its_source_prints_limits_out_of_order(book: Path) -> None:
    with (book / CHAPTER / "abstracts.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    row |= {"estimate": "0.9", "caution": "The estimate stands outside its interval there."}
    assert faults_with(book, "abstracts.csv", written(list(row), [row])) == []


Place = tuple[str, ...]
REVIEWS: list[tuple[Place, Any, str]] = [
    (("doses", "table"), "dose", "is no table of the chapter: dose (did you mean doses?)"),
    (("doses", "low"), "lowest", "is no column of doses: lowest (did you mean lower?)"),
    (("doses", "high"), "review", "must be a column of numbers"),
    (("doses", "unit_column"), "units", "is no column of doses"),
    (("doses",), {"reported": "small.rule.none"}, UNKNOWN),
    (("doses",), {"reported": "small.rule.bare"}, "must have a number as its lower"),
    (("doses",), {"low": "lower"}, "must have a table and its column low"),
    (("doses",), {"table": "doses"}, "must have a table and its column low"),
    (("classification", "table"), "condition", "is no table of the chapter"),
    (("classification", "table"), "reviews", "is no column of reviews"),
    (("classification", "group"), "conditon", "is no column of conditions"),
    (("classification", "recount_table"), "review", "is no table of the chapter"),
    (("classification", "recount_column"), "condition", "is no column of reviews"),
    (("classification", "effect_above"), "small.rule.none", UNKNOWN),
    (("classification", "p_below"), "small.rule.span", "must have a number as its value"),
    (("classification", "i2_below"), "small.rule.day", "must have a number as its value"),
    (("classification", "second_effect"), "small.rule.bare", "must have a number as its lower"),
    (("classification", "second_i2_above"), "small.rule.none", UNKNOWN),
    (("headline",), ["small.rule.none"], UNKNOWN),
    (("source",), "mou2052", UNKNOWN),
    (("search", "last_run"), f"{AHEAD}-01-01", "must not lie ahead"),
]


@pytest.mark.parametrize("case", REVIEWS, ids=lambda case: f"{'.'.join(case[0])}-{case[1]}")
def test_a_review_that_names_what_is_not_there_is_refused(
    book: Path, case: tuple[Place, Any, str]
) -> None:
    place, value, says = case
    review = yaml.safe_load(yaml.safe_dump(REVIEW))
    entry = review
    for key in place[:-1]:
        entry = entry[key]
    entry[place[-1]] = value
    faults = faults_with(book, "review.yml", yaml.safe_dump(review))
    found = [fault for fault in faults if fault.column.startswith(".".join(place[:2]))]
    assert any(says in fault.message for fault in found), faults
    assert all(fault.line > 0 for fault in found)


LOOSER: list[tuple[str, dict[str, Any]]] = [
    ("maximum", {"type": "animals", "maximum": 10000000, "minimum": 2}),
    ("minimum", {"minimum": 1}),
    ("minimum", {"minimum": 0}),
    ("type", {"type": "text"}),
]


@pytest.mark.parametrize(("attribute", "spec"), LOOSER)
def test_a_chapter_may_not_loosen_the_limits_of_a_column(
    book: Path, attribute: str, spec: dict[str, Any]
) -> None:
    [fault] = with_own(book, {"studies": {"columns": {"n_treated": spec}}})
    assert fault.column == f"studies.columns.n_treated.{attribute}"
    assert fault.line > 0
    assert "must not loosen what the" in fault.message


@pytest.mark.parametrize(
    ("table", "column", "attribute", "spec"),
    [
        ("studies", "extraction", "levels", {"levels": {"printed": "a", "guessed": "b"}}),
        ("studies", "location", "required", {"required": False}),
        ("studies", "sd_control", "above", {"above": -1}),
        ("studies", "added", "since", {"since": "1900-01-01"}),
        ("studies", "year", "minimum", {"minimum": 1900}),
        ("studies", "outcome", "of", {"of": "pools.pool"}),
        ("studies", "location", "optional_column", {"optional_column": True}),
        ("reported", "id", "pattern", {"pattern": ".*"}),
        ("reported", "value", "by", {"by": ["unit"]}),
        ("pools", "k", "names", {"names": ["count", "date"]}),
        ("pools", "k", "one", {"one": False}),
        ("flow", "kind", "levels", {"levels": {"lost": "gone"}}),
    ],
)
def test_a_chapter_may_not_loosen_what_a_cell_holds(
    book: Path, table: str, column: str, attribute: str, spec: dict[str, Any]
) -> None:
    [fault] = with_own(book, {table: {"columns": {column: spec}}})
    assert fault.column == f"{table}.columns.{column}.{attribute}"
    assert fault.file == f"data/{CHAPTER}/dictionary.yml"
    assert fault.line > 0


@pytest.mark.parametrize(
    "own",
    [
        {"studies": {"columns": {}, "key": ["study", "outcome", "n_treated"]}},
        {"studies": {"columns": {}, "title": "Other"}},
        {"kinds": {"columns": {"description": "a year", "type": "integer"}}},
        {"studies": {"columns": {"a": {"title": "A", "description": "a", "type": "money"}}}},
        {"studies": {"columns": {"a": {"title": "A", "description": "a"}}}},
        {"other": {"title": "O", "description": "o", "key": ["b"], "columns": {}}},
    ],
    ids=["key", "title", "kinds", "unknown kind", "no type", "unknown key"],
)
def test_a_dictionary_that_does_not_fit_is_refused(book: Path, own: dict[str, Any]) -> None:
    [fault] = with_own(book, own)
    assert fault.file == f"data/{CHAPTER}/dictionary.yml"


def test_a_chapter_may_narrow_what_a_cell_holds(book: Path) -> None:
    narrower = {"n_treated": {"minimum": 9}, "extraction": {"levels": {"printed": "printed"}}}
    found = with_own(book, {"studies": {"columns": narrower}})
    places = [(fault.line, fault.column) for fault in found if "studies.csv" in fault.file]
    assert (2, "n_treated") in places
    assert (3, "n_treated") in places


def with_own(book: Path, more: Mapping[str, Any]) -> list[Fault]:
    """The faults with more said in the chapter's own dictionary."""
    path = book / CHAPTER / "dictionary.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for table, entry in more.items():
        columns = {**content.get(table, {}).get("columns", {}), **entry["columns"]}
        content[table] = {**content.get(table, {}), **entry, "columns": columns}
    dictionary.tables.forget()
    try:
        return faults_with(book, "dictionary.yml", yaml.safe_dump(content, sort_keys=False))
    finally:
        dictionary.tables.forget()
