"""What a review.yml or a dictionary must not say is named, with what is allowed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis import consistency, references, validation
from tests.edits import (
    CHAPTER,
    OWN,
    REVIEW,
    TOMORROW,
    Edit,
    cases,
    each,
    entry,
    faults_after,
    located,
    removed,
    replaced,
    written,
)

YAML = "is not well-formed YAML: "
TOP = "there may be title, question, source, "

REVIEWS: dict[str, tuple[Edit, Sequence[str]]] = {
    "malformed": (written(REVIEW, b"title: [x\n"), [f":2: {YAML}did not find expected ',' or ']'"]),
    "empty": (written(REVIEW, b""), [": must be a mapping of names, got None"]),
    "a list": (written(REVIEW, b"- title"), [":1: must be a mapping of names, got ['title']"]),
    "not UTF-8": (
        written(REVIEW, b"title: x\nquestion: \xff"),
        [":2: must be UTF-8, has the byte"],
    ),
    "an entry that holds itself": (
        written(REVIEW, b"&a [*a]"),
        [f":1: {YAML}an entry holds itself"],
    ),
    "too deep": (written(REVIEW, b"[" * 1200), [f":1: {YAML}more than 100 levels"]),
    "code": (
        written(REVIEW, b"title: !!python/object:os.system x"),
        [":1: must have no tag, got "],
    ),
    "a value that does not exist": (
        written(REVIEW, b"title: !!timestamp 2024-02-30"),
        [":1: must have no tag, got "],
    ),
    "a key that is no text": (
        replaced(REVIEW, "  bbb-last:", "  no:"),
        [":«no:»: outcomes: must have texts as keys; use quotation marks"],
    ),
    "a key that stands twice": (
        replaced(REVIEW, "  bbb-last:", "  bbb-first: #2"),
        [":«  bbb-first: #2»: outcomes: stands twice: bbb-first"],
    ),
    "unknown key": (
        entry(REVIEW, "source", "mou2025\nauthor: Mou"),
        [f":«author:»: author: is not known; {TOP}"],
    ),
    "a minimum above the maximum": (
        replaced(REVIEW, "    minimum: 0\n    maximum: 21\n", "    minimum: 30\n    maximum: 21\n"),
        [":«    minimum: 30»: outcomes.bbb-first.minimum: must be less than maximum, 21, got 30"],
    ),
    "a maximum without a minimum": (
        replaced(REVIEW, "    minimum: 0\n    maximum: 21\n", "    maximum: 21\n"),
        [":«  bbb-first:»: outcomes.bbb-first.minimum: is missing beside maximum"],
    ),
    "misspelt key": (
        replaced(REVIEW, "question:", "questoin:"),
        [
            ":1: question: is missing",
            ":«questoin»: questoin: is not known (did you mean question?)",
        ],
    ),
    "unknown measure": (
        entry(REVIEW, "measure", "WMD"),
        [
            ":«WMD»: outcomes.bbb-first.measure: must be one of MD, SMD, ROM, OR, RR, RD, HR, GEN, "
            "got WMD (did you mean MD?)"
        ],
    ),
    "unknown source": (
        entry(REVIEW, "source", "mou2052"),
        [":«mou2052»: source: is not known: mou2052 (did you mean mou2025?)"],
    ),
    "no source": (
        replaced(REVIEW, "source: mou2025\n", ""),
        [":1: source: is missing"],
    ),
    "empty source": (
        entry(REVIEW, "source", '""'),
        [":«source»: source: must not be empty"],
    ),
    "text for a number": (
        entry(REVIEW, "screened", "many"),
        [":«screened»: search.screened: must be a whole number, got many"],
    ),
    "negative number": (
        entry(REVIEW, "screened", "-1"),
        [":«screened»: search.screened: must be at least 0, got -1"],
    ),
    "number for a text": (
        entry(REVIEW, "title", "12"),
        [":«title»: title: must be text, got 12"],
    ),
    "empty list": (
        entry(REVIEW, "databases", "[]"),
        [":«databases:»: search.databases: must not be empty"],
    ),
    "capital letters in a code": (
        replaced(REVIEW, "  bbb-last:", "  BBB last:"),
        [":«BBB last»: outcomes.BBB last: must match ^[a-z0-9]+(-[a-z0-9]+)*$, got BBB last"],
    ),
    "date that does not exist": (
        entry(REVIEW, "last_run", "2024-02-30"),
        [
            ":«last_run»: search.last_run: must be a day or a month that exists, as YYYY-MM-DD "
            "or YYYY-MM, got 2024-02-30",
        ],
    ),
    "month that does not exist": (
        entry(REVIEW, "last_run", "2024-13"),
        [
            ":«last_run»: search.last_run: must be a day or a month that exists, as YYYY-MM-DD "
            "or YYYY-MM, got 2024-13",
        ],
    ),
    "search that lies ahead": (
        each(entry(REVIEW, "last_run", TOMORROW), entry(REVIEW, "next_due", "2099-01-01")),
        [f":«last_run»: search.last_run: must not lie ahead, got {TOMORROW}"],
    ),
    "next search before the last one": (
        each(entry(REVIEW, "last_run", "2024-02-29"), entry(REVIEW, "next_due", "2023-02-28")),
        [":«next_due»: search.next_due: must be later than last_run, 2024-02-29, got 2023-02-28"],
    ),
    "unknown outcome in living": (
        replaced(REVIEW, "    outcome: bbb-last", "    outcome: bbb-lst"),
        [":«bbb-lst»: living.1.outcome: is not known: bbb-lst (did you mean bbb-last?)"],
    ),
    "living id that stands twice": (
        replaced(REVIEW, f"{CHAPTER}.bbb-last.living", f"{CHAPTER}.bbb-first.living #2"),
        [
            ":«bbb-first.living #2»: living.1.id: stands already for another result: "
            f"{CHAPTER}.bbb-first.living"
        ],
    ),
    "living id of a printed number": (
        replaced(REVIEW, f"{CHAPTER}.bbb-last.living", f"{CHAPTER}.bbb-last.tau2"),
        [
            ":«bbb-last.tau2»: living.1.id: stands already for another result: "
            f"{CHAPTER}.bbb-last.tau2"
        ],
    ),
    "living id of another chapter": (
        replaced(REVIEW, f"{CHAPTER}.bbb-last.living", "umbrella.bbb-last.living"),
        [f":«umbrella»: living.1.id: must begin with {CHAPTER}., got umbrella.bbb-last.living"],
    ),
    "outcome without rows": (
        replaced(
            REVIEW,
            "  bbb-last:",
            "  bbb-mid: {label: x, unit: x, measure: MD, favours: higher}\n  bbb-last:",
        ),
        [":«bbb-mid»: outcomes.bbb-mid: has no row in studies.csv"],
    ),
}


@cases(REVIEWS)
def test_wrong_review_is_named(data: Path, case: tuple[Edit, Sequence[str]]) -> None:
    edit, beginnings = case
    faults = faults_after(data, edit)
    assert len(faults) == len(beginnings)
    for fault, beginning in zip(faults, beginnings, strict=True):
        assert fault.startswith(located(data, f"data/{REVIEW}{beginning}"))


KINDS = "text, integer, number, date, choice, choices, printed, sentence, results"
DICTIONARIES: dict[str, tuple[Edit, str]] = {
    "malformed": (
        replaced("dictionary.yml", "key: [study, outcome]", "key: [study, outcome"),
        "dictionary.yml:«  intervals:»: is not well-formed YAML: ",
    ),
    "a list": (
        written("dictionary.yml", b"- a"),
        "dictionary.yml:1: must be a mapping of names or nothing, got ['a']",
    ),
    "missing": (removed("dictionary.yml"), "dictionary.yml: cannot be read: No such file or"),
    "unknown type": (
        replaced("dictionary.yml", "type: integer", "type: int"),
        f"dictionary.yml:«type: int»: kinds.year.type: must be one of {KINDS}, got int",
    ),
    "unknown key": (
        replaced("dictionary.yml", "unit: animals", "units: animals"),
        "dictionary.yml:«units:»: studies.columns.n_treated.units: is not known "
        "(did you mean unit?)",
    ),
    "no key of the table": (
        replaced("dictionary.yml", "  key: [study, outcome]\n", ""),
        "dictionary.yml:«studies:»: studies.key: is missing",
    ),
    "key that is no column": (
        replaced("dictionary.yml", "key: [study, outcome]", "key: [study, outcom]"),
        "dictionary.yml:«[study, outcom]»: studies.key: must name columns of the table, got outcom",
    ),
    "malformed pattern": (
        replaced("dictionary.yml", '"[a-z0-9]+(-[a-z0-9]+)*"', '"[a-z0-9+(-"'),
        "dictionary.yml:«0-9+(-»: kinds.name.pattern: must be a valid regex, got [a-z0-9+(-",
    ),
    "level that is no text": (
        replaced("dictionary.yml", '{"yes": pooled', "{yes: pooled"),
        "dictionary.yml:«{yes:»: studies.columns.in_review.levels: must have texts as keys",
    ),
    "choice without levels": (
        written(OWN, b"studies:\n  columns:\n    a: {title: A, description: a, type: choice}\n"),
        f"{OWN}:3: studies.columns.a.levels: is missing",
    ),
    "malformed table of a chapter": (
        written(OWN, b"studies: [1]"),
        f"{OWN}:1: studies: must be a mapping of names, got [1]",
    ),
    "new table without a title": (
        written(OWN, b"other: {columns: {a: {title: A, description: a, type: text}}}"),
        f"{OWN}:1: other.title: is missing",
    ),
    "missing schema": (
        removed("review.schema.yml"),
        "review.schema.yml: cannot be read: No such file or",
    ),
    "malformed schema": (
        replaced("review.schema.yml", "type: object", "type: obj"),
        "review.schema.yml:«type: obj»: is no JSON Schema: ",
    ),
}


@cases(DICTIONARIES)
def test_wrong_dictionary_is_named_once(data: Path, case: tuple[Edit, str]) -> None:
    edit, beginning = case
    [fault] = faults_after(data, edit)
    assert fault.startswith(located(data, f"data/{beginning}"))


def test_malformed_bibliography_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bibliography = tmp_path / "references.bib"
    bibliography.write_text("@article{a,\n title = {x}\n\n@article{b, title = {y}}")
    broken = lambda: references.references(bibliography)  # noqa: E731
    monkeypatch.setattr(validation, "references", broken)
    [fault] = validation.check()
    assert fault.line == 4
    assert str(fault).startswith(f"{tmp_path.name}/references.bib:4: is not well-formed BibTeX: ")


ENTRY = {
    "author": "Mou, Chunlin",
    "title": "Exosomes",
    "journal": "Frontiers in Neurology",
    "year": "2025",
    "volume": "16",
    "doi": "10.3389/fneur.2025.1447414",
}


def faults_with_source(data: Path, monkeypatch: pytest.MonkeyPatch, **fields: str) -> list[str]:
    """What `check` says if the bibliography has the source with other fields."""
    known = {key: value for key, value in (ENTRY | fields).items() if value}
    text = "".join(f" {key} = {{{value}}},\n" for key, value in known.items())
    bibliography = data / "references.bib"
    bibliography.write_text(f"@article{{mou2025,\n{text}}}\n", encoding="utf-8")
    changed = {**references.references(), **references.references(bibliography)}
    bibliography.unlink()
    monkeypatch.setattr(consistency, "references", lambda: changed)
    return faults_after(data)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"volume": ""},
        {"doi": "", "url": "https://example.org/mou", "volume": ""},
        {"doi": ""},
        {"doi": "", "volume": "", "note": "Published 30 August 2025"},
    ],
    ids=["all", "DOI alone", "address", "journal and volume", "journal and day"],
)
def test_source_that_can_be_found_is_accepted(
    data: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]
) -> None:
    assert faults_with_source(data, monkeypatch, **fields) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"doi": "", "volume": ""},
            "has no DOI, no address, and no journal with its volume or day",
        ),
        (
            {"journal": ""},
            "has no journal",
        ),
        ({"year": ""}, "has no year"),
        ({"author": "", "title": ""}, "has no authors and no title"),
    ],
    ids=["no volume", "no journal", "no year", "no authors and title"],
)
def test_source_that_can_not_be_found_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], says: str
) -> None:
    lines = (data / REVIEW).read_text(encoding="utf-8").splitlines()
    line = lines.index("source: mou2025") + 1
    expected = f"data/{REVIEW}:{line}: source: mou2025 {says} in references.bib"
    assert faults_with_source(data, monkeypatch, **fields) == [expected]
