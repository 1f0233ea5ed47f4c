"""Every kind of bad input is named by file, line and column, with what is wrong and allowed."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from analysis import studies, tables, validation
from analysis.cells import rules
from analysis.dictionary import Column
from analysis.dictionary import tables as dictionary
from analysis.faults import Fault
from tests.edits import (
    CHAPTER,
    FINDINGS,
    FLOW,
    LINE,
    REVIEW,
    STUDIES,
    TOMORROW,
    Edit,
    cases,
    cell,
    faults_after,
    replaced,
)


def test_data_of_the_book_have_no_fault() -> None:
    assert validation.check() == []


NUMBER = "must be a number in the digits 0-9 with a point, without unit or separators"
WHOLE = "must be a whole number in the digits 0-9"
DAY = "must be a date that exists, as YYYY-MM-DD, and not lie ahead"
TRIMMED = "must not begin or end with a space"
FORMULA = "must not begin with = + - or @, with which spreadsheets begin a formula"
PLAIN = "must be on one line, with single plain spaces and without control characters"
ALIKE = "must not have letters that look like others, or show nothing"
CODES = "must be lower-case letters, digits and single hyphens"
CELLS: dict[str, tuple[str, str, Sequence[str]]] = {
    "text in a number": ("mean_treated", "high", [f"{NUMBER}, got high"]),
    "decimal comma": ("mean_treated", "1,19", [f"{NUMBER}, got 1,19"]),
    "thousands separator": ("mean_treated", "1,190.5", [f"{NUMBER}, got 1,190.5"]),
    "percent sign": ("mean_treated", "1.19%", [f"{NUMBER}, got 1.19%"]),
    "unit": ("mean_treated", "1.19 points", [f"{NUMBER}, got 1.19 points"]),
    "full-width digits": ("mean_treated", "１.１９", [f"{NUMBER}, got １.１９"]),
    "Arabic digits": ("mean_treated", "١.١٩", [f"{NUMBER}, got ١.١٩"]),
    "Arabic digits in a whole number": ("n_treated", "٢٤", [f"{WHOLE}, got ٢٤"]),
    "true minus sign": ("mean_treated", "−1.19", [f"{NUMBER}, got −1.19"]),
    "not a number": ("mean_treated", "nan", [f"{NUMBER}, got nan"]),
    "infinite": ("mean_treated", "inf", [f"{NUMBER}, got inf"]),
    "minus infinite": ("mean_treated", "-Infinity", [f"{NUMBER}, got -Infinity"]),
    "overflow": ("mean_treated", "1e999", [f"{NUMBER}, got 1e999"]),
    "too many digits": ("n_treated", "9" * 30, [f"{WHOLE}, got {'9' * 30}"]),
    "underscore": ("mean_treated", "1_190", [f"{NUMBER}, got 1_190"]),
    "hexadecimal": ("n_treated", "0x18", [f"{WHOLE}, got 0x18"]),
    "two points": ("mean_treated", "1.1.9", [f"{NUMBER}, got 1.1.9"]),
    "mark of a missing value": ("mean_treated", "NA", [f"{NUMBER}, got NA"]),
    "number of 1 MB": ("mean_treated", "1" * 1_000_000, [f"{NUMBER}, got {'1' * 57}..."]),
    "SD of 0": ("sd_treated", "0", ["must be greater than 0, got 0"]),
    "SD of 0.00": ("sd_control", "0.00", ["must be greater than 0, got 0.00"]),
    "negative SD": ("sd_treated", "-1.2", ["must be greater than 0, got -1.2"]),
    "n of 0": ("n_treated", "0", ["must be at least 2, got 0"]),
    "n of 1": ("n_control", "1", ["must be at least 2, got 1"]),
    "n of 2.5": ("n_treated", "2.5", [f"{WHOLE}, got 2.5"]),
    "n of 1.5": ("n_treated", "1.5", ["must be at least 2, got 1.5", f"{WHOLE}, got 1.5"]),
    "negative n": ("n_treated", "-24", ["must be at least 2, got -24"]),
    "date that does not exist": ("added", "2024-02-30", [f"{DAY}, got 2024-02-30"]),
    "date that lies ahead": ("added", TOMORROW, [f"{DAY}, got {TOMORROW}"]),
    "date the other way round": ("added", "20.11.2026", [f"{DAY}, got 20.11.2026"]),
    "date without hyphens": ("added", "20241120", [f"{DAY}, got 20241120"]),
    "date with a time": ("added", "2024-11-20T10:00", [f"{DAY}, got 2024-11-20T10:00"]),
    "week for a date": ("added", "2024-W09-4", [f"{DAY}, got 2024-W09-4"]),
    "unknown level": (
        "extraction",
        "Printd",
        ["must be one of printed, digitised, computed, got Printd (did you mean printed?)"],
    ),
    "yes in another language": ("in_review", "ja", ["must be one of yes, no, got ja"]),
    "unknown reference": (
        "reference",
        "mou2052",
        ["is not known: mou2052 (did you mean mou2025?)"],
    ),
    "required and empty": ("location", "", ["must not be empty"]),
    "leading space": ("location", " Figure 2A", [f"{TRIMMED}, got ' Figure 2A'"]),
    "trailing space": ("mean_treated", "1.19 ", [f"{TRIMMED}, got '1.19 '"]),
    "trailing no-break space": ("n_treated", "24\u00a0", [f"{TRIMMED}, got '24\\xa0'"]),
    "trailing space in a level": ("extraction", "printed ", [f"{TRIMMED}, got 'printed '"]),
    "two spaces": ("location", "Figure  2A", [f"{PLAIN}, got Figure  2A"]),
    "no-break space": ("location", "Figure\u00a02A", [f"{PLAIN}, got 'Figure\\xa02A'"]),
    "bell": ("location", "Figure\a2A", [f"{PLAIN}, got 'Figure\\x072A'"]),
    "tab": ("location", "Figure\t2A", [f"{PLAIN}, got 'Figure\\t2A'"]),
    "two lines": ("location", "Figure\n2A", [f"{PLAIN}, got 'Figure\\n2A'"]),
    "zero-width space": ("location", "Fig\u200b2A", [f"{PLAIN}, got 'Fig\\u200b2A'"]),
    "right-to-left override": ("location", "Fig\u202e2A", [f"{PLAIN}, got 'Fig\\u202e2A'"]),
    "byte-order mark in a cell": ("location", "Fig\ufeff2A", [f"{PLAIN}, got 'Fig\\ufeff2A'"]),
    "formula": (
        "location",
        '=HYPERLINK("http://a.b")',
        [f'{FORMULA}, got =HYPERLINK("http://a.b")'],
    ),
    "formula with a minus sign": ("location", "-1+cmd", [f"{FORMULA}, got -1+cmd"]),
    "formula with an at sign": ("location", "@SUM(A1)", [f"{FORMULA}, got @SUM(A1)"]),
    "cell of 1 MB": (
        "location",
        "x" * 1_000_000,
        [f"must have at most 5000 characters, got {'x' * 57}..."],
    ),
    "accents apart": (
        "location",
        "Re\u0301sume\u0301",
        ["must have its accents composed (Unicode NFC), got Re\u0301sume\u0301"],
    ),
    "one Cyrillic letter": (
        "location",
        "Figur\u0435 2A",
        [f"{ALIKE}, got Figur\u0435 2A (CYRILLIC SMALL LETTER IE in Figur\u0435)"],
    ),
    "Latin and Cyrillic letters in a word": (
        "location",
        "Li\u0436",
        [f"{ALIKE}, got Li\u0436 (CYRILLIC SMALL LETTER ZHE in Li\u0436)"],
    ),
    "a word of Cyrillic look-alikes": (
        "location",
        "\u0421\u0430\u043e 2021",
        [
            f"{ALIKE}, got \u0421\u0430\u043e 2021 "
            "(CYRILLIC CAPITAL LETTER ES in \u0421\u0430\u043e)"
        ],
    ),
    "capital letters in a code": (
        "outcome",
        "BBB-first",
        [
            "is not known: BBB-first (did you mean bbb-first?)",
            f"{CODES}, got BBB-first",
        ],
    ),
    "unknown outcome": ("outcome", "bbb-lst", ["is not known: bbb-lst (did you mean bbb-last?)"]),
}


@cases(CELLS)
def test_wrong_cell_is_named_once(data: Path, case: tuple[str, str, Sequence[str]]) -> None:
    column, text, messages = case
    faults = faults_after(data, cell(STUDIES, LINE, **{column: text}))
    place = f"data/{STUDIES}:{LINE}: {column}"
    assert faults == sorted(f"{place}: {message}" for message in messages)
    assert all(len(fault) < 300 for fault in faults)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("mean_treated", "0"),
        ("mean_treated", "21"),
        ("n_treated", "2"),
        ("added", date.today().isoformat()),
        ("location", "Figure 2A, <script>alert(1)</script>"),
        ("location", "Abbildung 2, Müller und Größe, IκBα, Δ, “x”"),
        ("location", "Рисунок 2"),
    ],
)
def test_right_cell_is_no_fault(data: Path, column: str, text: str) -> None:
    assert faults_after(data, cell(STUDIES, LINE, **{column: text})) == []


@pytest.mark.parametrize("mean", ["-0.5", "119"])
def test_any_mean_is_right_without_a_scale(data: Path, mean: str) -> None:
    unscaled = replaced(REVIEW, "    minimum: 0\n    maximum: 21\n", "")
    assert faults_after(data, unscaled, cell(STUDIES, LINE, mean_treated=mean)) == []


def same(column: str, got: str, first: str) -> str:
    return (
        f"data/{STUDIES}:24: {column}: must be the same in every row of Chang 2021: "
        f"got {got}, line 3 has {first}"
    )


ARMS = "n_treated, mean_treated, sd_treated, n_control, mean_control, sd_control"
NO_ARMS = dict.fromkeys(ARMS.split(", "), "")
EFFECT = {"effect": "0.98", "ci_low": "0.68", "ci_high": "1.28"}
ROWS: dict[str, tuple[Sequence[Edit], Sequence[str]]] = {
    "study and outcome stand twice": (
        [cell(STUDIES, 24, outcome="bbb-first")],
        [
            f"data/{STUDIES}:24: study, outcome: Chang 2021, bbb-first stands already in line 3",
        ],
    ),
    "level that is not known": (
        [cell(STUDIES, 24, segment="T12")],
        [
            f"data/{STUDIES}:24: segment: must be one of T8, T9, T9-10, T10, T11, got T12 "
            "(did you mean T11?)",
            same("segment", "T12", "T10"),
        ],
    ),
    "moderator that changes between rows of a study": (
        [cell(STUDIES, 24, source="placenta")],
        [same("source", "placenta", "bone-marrow")],
    ),
    "year that changes between rows of a study": (
        [cell(STUDIES, 24, year="2020")],
        [same("year", "2020", "2021")],
    ),
    "year that lies ahead": (
        [cell(STUDIES, LINE, year="2099"), cell(STUDIES, 24, year="2099")],
        [
            f"data/{STUDIES}:3: year: must not lie ahead, got 2099",
            f"data/{STUDIES}:24: year: must not lie ahead, got 2099",
        ],
    ),
    "mean below the scale": (
        [cell(STUDIES, LINE, mean_treated="-1")],
        [f"data/{STUDIES}:3: mean_treated: must be from 0 to 21, as review.yml says of it, got -1"],
    ),
    "mean above the scale": (
        [cell(STUDIES, 24, mean_control="21.01")],
        [
            f"data/{STUDIES}:24: mean_control: must be from 0 to 21, as review.yml says of it, "
            "got 21.01"
        ],
    ),
    "half-filled arm": (
        [cell(STUDIES, LINE, sd_treated="")],
        [f"data/{STUDIES}:3: sd_treated: must not be empty while the rest of {ARMS} is given"],
    ),
    "arm without numbers": (
        [cell(STUDIES, LINE, n_control="", mean_control="", sd_control="")],
        [
            f"data/{STUDIES}:3: n_control, mean_control, sd_control: "
            f"must not be empty while the rest of {ARMS} is given"
        ],
    ),
    "row without arms or effect": (
        [cell(STUDIES, LINE, **NO_ARMS, in_review="no")],
        [f"data/{STUDIES}:3: must give {ARMS} or effect, ci_low, ci_high, from which MD follows"],
    ),
    "row of the review that waits for its data": (
        [cell(STUDIES, LINE, **NO_ARMS | {"restored": "", "confirmed_by": ""})],
        [],
    ),
    "effect instead of arms": ([cell(STUDIES, LINE, **NO_ARMS, **EFFECT)], []),
    "effect without an interval": (
        [cell(STUDIES, LINE, **EFFECT | {"ci_low": "", "ci_high": ""})],
        [
            f"data/{STUDIES}:3: ci_low, ci_high: "
            "must not be empty while the rest of effect, ci_low, ci_high is given"
        ],
    ),
    "estimate outside its interval": (
        [cell(STUDIES, LINE, **EFFECT | {"effect": "1.30"})],
        [f"data/{STUDIES}:3: effect: must lie between ci_low 0.68 and ci_high 1.28, got 1.30"],
    ),
    "limits that are swapped": (
        [cell(STUDIES, LINE, effect="0.98", ci_low="1.28", ci_high="0.68")],
        [f"data/{STUDIES}:3: ci_low: must be less than ci_high 0.68, got 1.28"],
    ),
    "limits that are equal": (
        [cell(STUDIES, LINE, effect="0.98", ci_low="0.98", ci_high="0.98")],
        [f"data/{STUDIES}:3: ci_low: must be less than ci_high 0.98, got 0.98"],
    ),
    "restored column that is not there": (
        [cell(STUDIES, LINE, restored="mean_controls")],
        [f"data/{STUDIES}:3: restored: is not known: mean_controls (did you mean mean_control?)"],
    ),
    "restored cell that nothing confirmed": (
        [cell(STUDIES, LINE, restored="mean_control;sd_control")],
        [f"data/{STUDIES}:3: confirmed_by: must have one id for each restored cell, 2, got 1"],
    ),
    "confirming number that is not there": (
        [cell(STUDIES, LINE, confirmed_by=f"{CHAPTER}.bbb-first-md.chan-2021")],
        [
            f"data/{STUDIES}:3: confirmed_by: is not known: {CHAPTER}.bbb-first-md.chan-2021 "
            f"(did you mean {CHAPTER}.bbb-first-md.chang-2021?)"
        ],
    ),
    "ratio that is not positive": (
        [
            replaced(REVIEW, "outcome: bbb-last", "outcome: bbb-last\n    measure: ROM"),
            cell(STUDIES, 24, mean_control="0.0"),
        ],
        [f"data/{STUDIES}:24: mean_control: must be greater than 0 for ROM, got 0.0"],
    ),
    "box of the flow that is not there": (
        [cell(FLOW, 3, parent="identifed")],
        [f"data/{FLOW}:3: parent: is not known: identifed (did you mean identified?)"],
    ),
    "number of the flow that is not there": (
        [cell(FLOW, 3, reported=f"{CHAPTER}.flow.duplicate")],
        [
            f"data/{FLOW}:3: reported: is not known: {CHAPTER}.flow.duplicate "
            f"(did you mean {CHAPTER}.flow.duplicates?)"
        ],
    ),
    "finding of another chapter": (
        [cell(FINDINGS, 2, id="osteoporosis.finding.model-rule")],
        [f"data/{FINDINGS}:2: id: must begin with {CHAPTER}., got osteoporosis.finding.model-rule"],
    ),
}


@cases(ROWS)
def test_wrong_row_is_named(data: Path, case: tuple[Sequence[Edit], Sequence[str]]) -> None:
    edits, faults = case
    assert faults_after(data, *edits) == list(faults)


def test_row_with_an_effect_counts_beside_rows_with_arms(data: Path) -> None:
    cell(STUDIES, LINE, **NO_ARMS, **EFFECT)(data)
    outcome = studies.outcomes(CHAPTER, data)["bbb-first"]
    place = outcome.labels.index("Chang 2021")
    assert outcome.yi[place] == 0.98
    assert outcome.vi[place] == pytest.approx((0.60 / (2 * 1.959964)) ** 2)
    assert studies.pool(outcome).k == 21


def test_every_example_of_the_dictionary_is_allowed() -> None:
    seen = count()
    for chapter in (None, *tables.chapters()):
        for described in dictionary(chapter).values():
            for column in described.columns.values():
                if column.example:
                    next(seen)
                    broken = [rule.says for rule in rules(column) if not rule.holds(column.example)]
                    assert broken == [], f"{described.name}.{column.name}: {column.example}"
    assert next(seen) > 50


@pytest.mark.parametrize(
    ("text", "allowed"), [("a", True), ("a;b", True), ("a;c", False), ("a;a", False), ("a;", False)]
)
def test_column_of_several_levels(text: str, allowed: bool) -> None:
    column = Column("x", "X", "", "choices", levels={"a": "A", "b": "B"})
    assert all(rule.holds(text) for rule in rules(column)) is allowed


def test_fault_without_a_line_or_column_says_the_rest() -> None:
    assert str(Fault("data/a.csv", 0, "", "is empty")) == "data/a.csv: is empty"
    assert str(Fault("data/a.csv", 2, "", "is odd")) == "data/a.csv:2: is odd"
    assert str(Fault("data/a.csv", 2, "n", "is odd")) == "data/a.csv:2: n: is odd"
