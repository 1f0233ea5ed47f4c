"""Settings, ranking rules and doses of a review.yml that nothing can use are refused by name."""

import shutil
from pathlib import Path

import pytest

from analysis import ledger, tables, validation
from book import copies
from tests.edits import NOT_A_LINE, NOT_DECIMAL, REVIEW, Edit, cases, entry, replaced

pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture(scope="module")
def umbrella(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copies.copy_chapter("umbrella", tmp_path_factory.mktemp("umbrella") / "data")


RULE = "umbrella.methods.rule-"
UMBRELLA: dict[str, tuple[Edit, str, str]] = {
    "unknown table of groups": (
        entry("umbrella/review.yml", "  table", "condition"),
        "classification.table",
        "is no table of the chapter: condition (did you mean conditions?)",
    ),
    "unknown column of groups": (
        entry("umbrella/review.yml", "  group", "disease"),
        "classification.group",
        "is no column of conditions: disease",
    ),
    "unknown table of reviews": (
        entry("umbrella/review.yml", "  recount_table", "review"),
        "classification.recount_table",
        "is no table of the chapter: review (did you mean reviews?)",
    ),
    "unknown column of reviews": (
        entry("umbrella/review.yml", "  recount_column", "conditon"),
        "classification.recount_column",
        "is no column of reviews: conditon (did you mean conditions?)",
    ),
    "unknown limit": (
        entry("umbrella/review.yml", "  p_below", f"{RULE}q"),
        "classification.p_below",
        f"is not known: {RULE}q (did you mean {RULE}p?)",
    ),
    "limit without a number": (
        entry("umbrella/review.yml", "  p_below", "umbrella.results.moderate-smd"),
        "classification.p_below",
        "must have a number as its value",
    ),
    "range that is a number": (
        entry("umbrella/review.yml", "  second_effect", f"{RULE}p"),
        "classification.second_effect",
        "must have a number as its lower",
    ),
    "limits missing": (
        replaced("umbrella/review.yml", f"  p_below: {RULE}p\n", ""),
        "classification.p_below",
        "is missing",
    ),
    "unknown table of doses": (
        replaced("umbrella/review.yml", "{table: doses", "{table: dose"),
        "doses.table",
        "is no table of the chapter: dose (did you mean doses?)",
    ),
    "unknown column of doses": (
        replaced("umbrella/review.yml", "low: lower", "low: least"),
        "doses.low",
        "is no column of doses: least",
    ),
    "doses without a table": (
        replaced("umbrella/review.yml", "{table: doses, ", "{"),
        "doses",
        "must have a table and its column low, or a reported range",
    ),
    "factor without end": (
        replaced("umbrella/review.yml", "{table: doses", "{factor: .inf, table: doses"),
        "doses.factor",
        NOT_DECIMAL,
    ),
}


@cases(UMBRELLA)
def test_rule_that_names_what_is_not_there_is_refused(
    tmp_path: Path, umbrella: Path, case: tuple[Edit, str, str]
) -> None:
    edit, column, says = case
    data = Path(shutil.copytree(umbrella, tmp_path / "data"))
    edit(data)
    tables.review.forget()
    faults = [fault for fault in ledger.check(data) if fault.file == "data/umbrella/review.yml"]
    assert [(fault.column, says in fault.message) for fault in faults[:1]] == [(column, True)]
    assert faults[0].line


SETTINGS: dict[str, tuple[Edit, str, str]] = {
    "unknown setting": (
        replaced(REVIEW, "  models:\n", "  modles:\n"),
        "as_published.modles",
        "is no setting (did you mean models?)",
    ),
    "unknown model": (
        replaced(REVIEW, "[EE, REML]", "[EE, BOGUS]"),
        "as_published.models.value",
        "must be one of EE, DL, HE, HS, SJ, ML, REML, EB, PM, got BOGUS",
    ),
    "unknown model that was tried": (
        replaced(REVIEW, "[DL, HE,", "[DL, HF,"),
        "as_published.models.tried",
        "got HF",
    ),
    "unknown test": (
        replaced(REVIEW, "value: z", "value: t"),
        "as_published.test.value",
        "must be one of z, knha, adhoc, got t",
    ),
    "3,000 values that were tried": (
        replaced(REVIEW, "[DL, HE,", f"[{', '.join(f'a{n}' for n in range(3000))},"),
        "as_published.models.tried",
        "must have at most 20, has 3005",
    ),
    "a value that was tried twice": (
        replaced(REVIEW, "[DL, HE,", "[DL, DL, HE,"),
        "as_published.models.tried",
        "must have each entry once",
    ),
    "a setting that is a number": (
        replaced(REVIEW, "value: z", "value: 3"),
        "as_published.test.value",
        "must be text or a list, got 3",
    ),
    "a setting without a value": (
        replaced(REVIEW, "    value: z\n", ""),
        "as_published.test.value",
        "is missing",
    ),
    "settings that are a list": (
        replaced(REVIEW, "as_published:\n", "as_published: []\nothers:\n"),
        "as_published",
        "must be a mapping of names, got []",
    ),
    "title that no head of a page has room for": (
        entry(REVIEW, "title", "A" * 45),
        "title",
        "must have at most 44, has 45",
    ),
    "question that says too little": (
        replaced(REVIEW, "question: >", "question: Does it work?\nothers: >"),
        "question",
        "must have at least 50, has 13",
    ),
    "title that is a formula": (
        entry(REVIEW, "title", "'=HYPERLINK(1)'"),
        "title",
        "must not begin with = + - or @",
    ),
    "label that is a formula": (
        entry(REVIEW, "    label", "'@SUM(1)'"),
        "outcomes.bbb-first.label",
        "must not begin with = + - or @",
    ),
    "unit that is a formula": (
        entry(REVIEW, "    unit", "'-1+1'"),
        "outcomes.bbb-first.unit",
        "must not begin with = + - or @",
    ),
    "title of two lines": (entry(REVIEW, "title", '"a\\\\nb"'), "title", NOT_A_LINE),
    "largest value without end": (
        replaced(REVIEW, "    maximum: 21", "    maximum: .inf"),
        "outcomes.bbb-first.maximum",
        NOT_DECIMAL,
    ),
    "day of the year 9999": (
        entry(REVIEW, "  next_due", "9999-01-01"),
        "search.next_due",
        "must be a date that exists",
    ),
    "day ahead on which the chapter came": (
        entry(REVIEW, "added", "2099-01-01"),
        "added",
        "must not lie ahead",
    ),
    "empty day": (entry(REVIEW, "added", '""'), "added", "must not be empty"),
    "unit of a column that is a formula": (
        replaced("dictionary.yml", "unit: animals", "unit: '=1+1'"),
        "studies.columns.n_treated.unit",
        "must not begin with = + - or @",
    ),
    "limit of a column without end": (
        replaced("dictionary.yml", "above: 0", "above: -.inf"),
        "kinds.dose.above",
        NOT_DECIMAL,
    ),
    "pattern of 1,000 characters": (
        replaced("dictionary.yml", '"[a-z0-9]+(-[a-z0-9]+)*"', f'"{"a" * 1000}"'),
        "kinds.name.pattern",
        "must have at most 200",
    ),
}


@cases(SETTINGS)
def test_setting_that_nothing_can_use_is_the_only_fault(
    data: Path, case: tuple[Edit, str, str]
) -> None:
    edit, column, says = case
    edit(data)
    tables.review.forget()
    faults = ledger.check(data)
    assert [fault.column for fault in faults] in ([column], [column, "others"])
    assert says in faults[0].message
    assert faults[0].line


def test_a_chapter_has_not_the_name_of_the_releases(data: Path) -> None:
    (data / "spinal-cord-injury").rename(data / "releases")
    assert "data/releases: must not be the name of a chapter: there are the releases" in [
        str(fault) for fault in validation.check(data)
    ]


def test_a_schema_asks_nothing_of_the_network(data: Path) -> None:
    replaced("review.schema.yml", "title: {type", "title: {$ref: 'https://example.org/a', type")(
        data
    )
    faults = [str(fault) for fault in validation.check(data)]
    assert faults == [
        "data/review.schema.yml:2: is no JSON Schema: https://example.org/a is not in it"
    ]
