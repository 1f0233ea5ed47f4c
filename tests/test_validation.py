"""Every kind of bad input is named by file, line and column, with what is wrong and allowed."""

import csv
import io
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import living, references, studies, tables, validation
from analysis.cells import rules
from analysis.dictionary import Column
from analysis.dictionary import tables as dictionary
from analysis.faults import Fault
from analysis.folders import DATA

CHAPTER = "spinal-cord-injury"
STUDIES, REPORTED, REVIEW = (
    f"{CHAPTER}/{name}" for name in ("studies.csv", "reported.csv", "review.yml")
)
FLOW, FINDINGS, OWN = (
    f"{CHAPTER}/{name}" for name in ("flow.csv", "findings.csv", "dictionary.yml")
)
LINE = 3  # Chang 2021 at the first assessment; its row at the last one is line 24
LAST = len((DATA / STUDIES).read_text(encoding="utf-8").splitlines())
TOMORROW = (date.today() + timedelta(days=2)).isoformat()

Edit = Callable[[Path], object]


COUNT, DATE, RANGE = "flow.identified", "methods.search-end", "results.age"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the data with fewer printed numbers: those that other files name, and a few.

    Tables that name many of them are left out, or name none.
    """
    data = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("original") / "data"))
    for other in data.iterdir():
        if other.is_dir() and other.name != CHAPTER:
            shutil.rmtree(other)
    named = "".join((data / file).read_text(encoding="utf-8") for file in (STUDIES, FLOW, REVIEW))
    some = {f"{CHAPTER}.{row}" for row in (COUNT, DATE, RANGE, "bbb-last.tau2")}
    reported = table(data / REPORTED)
    write(data / REPORTED, reported[[id_ in some or id_ in named for id_ in reported["id"]]])
    write(data / FINDINGS, table(data / FINDINGS).assign(rows=""))
    for name in ("pools", "certainty", "methods", "questions"):
        (data / CHAPTER / f"{name}.csv").unlink()
    return data


@pytest.fixture
def data(tmp_path: Path, original: Path) -> Path:
    """A copy of the data to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "data"))


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def write(path: Path, frame: pd.DataFrame) -> None:
    text = frame.to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8", newline="")


def contents(data: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def faults_after(data: Path, *edits: Edit) -> list[str]:
    """What `check` says of the copy after some edits; it must not edit anything itself."""
    for edit in edits:
        edit(data)
    before = contents(data)
    faults = validation.check(data)
    assert contents(data) == before
    assert faults == sorted(faults)
    return [str(fault) for fault in faults]


def cell(file: str, line: int, **values: str) -> Edit:
    """Put other texts into some cells of a line; columns that the file has not are added."""

    def edit(data: Path) -> None:
        frame = table(data / file)
        for column, value in values.items():
            if column not in frame:
                frame[column] = ""
            frame.loc[line - 2, column] = value
        write(data / file, frame)

    return edit


def replaced(file: str, old: str, new: str) -> Edit:
    """Replace the first place where a text stands."""

    def edit(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        assert old in text
        (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def entry(file: str, key: str, text: str) -> Edit:
    """Put another text behind the first key of that name in a YAML file."""

    def edit(data: Path) -> None:
        content = (data / file).read_text(encoding="utf-8")
        changed, n = re.subn(rf"^([ -]*{key}:).*$", rf"\1 {text}", content, count=1, flags=re.M)
        assert n == 1
        (data / file).write_text(changed, encoding="utf-8")

    return edit


def each(*edits: Edit) -> Edit:
    """One edit after the other."""
    return lambda data: [edit(data) for edit in edits]


def located(data: Path, fault: str) -> str:
    """A fault in which the first line that holds a text is given as «text»."""
    file, mark, rest = re.split(":«|»", fault, maxsplit=2) if "«" in fault else (fault, "", "")
    if not mark:
        return fault
    lines = (data.parent / file).read_text(encoding="utf-8").splitlines()
    return f"{file}:{next(n for n, line in enumerate(lines, 1) if mark in line)}{rest}"


def raw(file: str, change: Callable[[bytes], bytes]) -> Edit:
    return lambda data: (data / file).write_bytes(change((data / file).read_bytes()))


def written(file: str, content: bytes) -> Edit:
    return raw(file, lambda _: content)


def removed(file: str) -> Edit:
    return lambda data: (data / file).unlink()


def cases(table: dict[str, Any]) -> Any:
    """Parametrize a test by the entries of a table, named by its keys."""
    return pytest.mark.parametrize("case", list(table.values()), ids=list(table))


def test_data_of_the_book_have_no_fault() -> None:
    assert validation.check() == []


NUMBER = "must be a number in the digits 0-9 with a point, without unit or separators"
WHOLE = "must be a whole number in the digits 0-9"
DAY = "must be a date that exists, as YYYY-MM-DD, and not lie ahead"
TRIMMED = "must not begin or end with a space"
FORMULA = "must not begin with = + - or @, with which spreadsheets begin a formula"
PLAIN = "must be on one line, with single plain spaces and without control characters"
CYRILLIC = "must not have Cyrillic letters in the place of Latin ones"
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
    "one Cyrillic letter": ("location", "Figur\u0435 2A", [f"{CYRILLIC}, got Figur\u0435 2A"]),
    "Latin and Cyrillic letters in a word": ("location", "Li\u0436", [f"{CYRILLIC}, got Li\u0436"]),
    "a word of Cyrillic look-alikes": (
        "location",
        "\u0421\u0430\u043e 2021",
        [f"{CYRILLIC}, got \u0421\u0430\u043e 2021"],
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


AS_PRINTED = (
    "must be a number in the characters as printed, without unit, or a date that exists, "
    "as YYYY-MM-DD or YYYY-MM"
)
PRINTED: dict[str, tuple[str, dict[str, str], str]] = {
    "decimal comma": (COUNT, {"value": "1,26"}, f"value: {AS_PRINTED}, got 1,26"),
    "decimal comma before three digits": (
        COUNT,
        {"value": "0,126"},
        f"value: {AS_PRINTED}, got 0,126",
    ),
    "two points": (COUNT, {"value": "1.2.6"}, f"value: {AS_PRINTED}, got 1.2.6"),
    "sign alone": (COUNT, {"value": "−"}, f"value: {AS_PRINTED}, got −"),
    "points alone": (COUNT, {"value": "..."}, f"value: {AS_PRINTED}, got ..."),
    "percent sign": (COUNT, {"value": "76%"}, f"value: {AS_PRINTED}, got 76%"),
    "day that does not exist": (
        DATE,
        {"value": "2024-02-30"},
        f"value: {AS_PRINTED}, got 2024-02-30",
    ),
    "date in a count": (
        COUNT,
        {"value": "2024-02"},
        "value: must be a number for this kind, got 2024-02",
    ),
    "number in a date": (
        DATE,
        {"value": "29"},
        "value: must be YYYY-MM-DD, YYYY-MM or YYYY for a date, got 29",
    ),
    "no number": (
        COUNT,
        {"value": ""},
        "value: must not be empty, unless it is a range or illegible",
    ),
    "value of a range": (RANGE, {"value": "6"}, "value: must be empty for a range, got 6"),
    "range without limits": (
        RANGE,
        {"lower": "", "upper": ""},
        "lower, upper: must not both be empty for a range",
    ),
    "id of two parts": (
        COUNT,
        {"id": f"{CHAPTER}.flow"},
        "id: must be three parts of lower-case letters, digits and hyphens, joined by points, "
        f"got {CHAPTER}.flow",
    ),
    "unknown qualifier": (COUNT, {"qualifier": "≤"}, "qualifier: must be one of <, >, ≥, ~, got ≤"),
}


def line_of(data: Path, row: str) -> int:
    """The line of a printed number, by its id without the chapter."""
    return list(table(data / REPORTED)["id"]).index(f"{CHAPTER}.{row}") + 2


@cases(PRINTED)
def test_wrong_printed_number_is_named(data: Path, case: tuple[str, dict[str, str], str]) -> None:
    row, cells, message = case
    (data / FLOW).unlink()  # it names the number whose id is spoilt
    line = line_of(data, row)
    faults = faults_after(data, cell(REPORTED, line, **cells))
    assert faults == [f"data/{REPORTED}:{line}: {message}"]


@pytest.mark.parametrize("text", ["1,276", "-0.00", "−1.5", "+2", ".05", "100.0", "12,345.67"])
def test_right_printed_number_is_no_fault(data: Path, text: str) -> None:
    assert faults_after(data, cell(REPORTED, line_of(data, COUNT), value=text)) == []


def header(old: str, new: str) -> Edit:
    return replaced(STUDIES, old, new)


def first_line(raw_file: bytes) -> bytes:
    return raw_file.splitlines(keepends=True)[0]


FILES: dict[str, tuple[Edit, Sequence[str]]] = {
    "missing column": (
        lambda data: drop_column(data / STUDIES, "location"),
        [":1: location: is missing from the header"],
    ),
    "extra column": (
        cell(STUDIES, LINE, colour="red"),
        [":1: colour: is no column of studies"],
    ),
    "wrong case in the header": (
        header("mean_treated", "Mean_treated"),
        [
            ":1: Mean_treated: is no column of studies (did you mean mean_treated?)",
            ":1: mean_treated: is missing from the header",
        ],
    ),
    "space in the header": (
        header(",year,", ", year,"),
        [
            ":1: ' year': is no column of studies (did you mean year?)",
            ":1: year: is missing from the header",
        ],
    ),
    "column that stands twice": (
        header("sd_treated", "mean_treated"),
        [":1: mean_treated: stands twice in the header"],
    ),
    "column without a name": (header(",year,", ",,"), [":1: column 2 has no name"]),
    "semicolons": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",", b";")),
        [":1: must be separated by commas, is separated by semicolons"],
    ),
    "tabs": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",", b"\t")),
        [":1: must be separated by commas, is separated by tabs"],
    ),
    "empty file": (written(STUDIES, b""), [": is empty; a header line is needed"]),
    "empty lines alone": (written(STUDIES, b"\r\n\n"), [": is empty; a header line is needed"]),
    "byte-order mark alone": (
        written(STUDIES, b"\xef\xbb\xbf"),
        [": is empty; a header line is needed"],
    ),
    "short row": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b",yes,2026-11-20", b"", 1)),
        [":2: must have {n} cells as the header has, got {fewer}"],
    ),
    "long row": (
        raw(
            STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021,2021", b"Chang 2021,2021,7", 1)
        ),
        [":3: must have {n} cells as the header has, got {more}"],
    ),
    "quote that is not closed": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021,2021", b'"Chang 2021,2021', 1)),
        [":3: is not well-formed CSV: ',' expected after '\"'"],
    ),
    "quote that is open to the end": (
        raw(STUDIES, lambda raw_file: raw_file + b'"Chang 2021,'),
        [f":{LAST + 1}: is not well-formed CSV: a quoted cell is not closed"],
    ),
    "Latin-1": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021", b"Ch\xe4ng 2021", 1)),
        [":3: must be UTF-8, has the byte 0xe4; save it as CSV UTF-8"],
    ),
    "UTF-16": (
        raw(STUDIES, lambda raw_file: raw_file.decode().encode("utf-16")),
        [":1: must be UTF-8, is UTF-16; save it as CSV UTF-8"],
    ),
    "UTF-16 without a mark": (
        raw(STUDIES, lambda raw_file: first_line(raw_file).decode().encode("utf-16-le")),
        [":1: must be text, has a NUL byte"],
    ),
    "NUL": (
        raw(STUDIES, lambda raw_file: raw_file.replace(b"Chang 2021", b"Chang\x002021", 1)),
        [":3: must be text, has a NUL byte"],
    ),
    "folder in the place of a file": (
        each(removed(STUDIES), lambda data: (data / STUDIES).mkdir()),
        [": cannot be read: Is a directory"],
    ),
    "symbolic link": (
        each(
            lambda data: (data / STUDIES).rename(data.parent / "studies.csv"),
            lambda data: (data / STUDIES).symlink_to(data.parent / "studies.csv"),
        ),
        [": must be a file of its own, not a symbolic link"],
    ),
    "symbolic link to nothing": (
        each(removed(STUDIES), lambda data: (data / STUDIES).symlink_to("nothing")),
        [": must be a file of its own, not a symbolic link"],
    ),
}


def drop_column(path: Path, column: str) -> None:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    place = rows[0].index(column)
    buffer = io.StringIO()
    csv.writer(buffer).writerows(row[:place] + row[place + 1 :] for row in rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


@cases(FILES)
def test_wrong_file_is_named_once(data: Path, case: tuple[Edit, Sequence[str]]) -> None:
    edit, messages = case
    n = len(dictionary(CHAPTER, data)["studies"].columns) - len(EFFECT)
    cells = {"n": n, "fewer": n - 2, "more": n + 1}
    faults = [f"data/{STUDIES}{message}".format(**cells) for message in messages]
    assert faults_after(data, edit) == faults


def test_file_with_only_a_header_is_named(data: Path) -> None:
    faults = faults_after(data, raw(STUDIES, first_line))
    assert faults[-1] == f"data/{STUDIES}:1: has a header and no row"
    assert [fault.split(": ", 1)[1] for fault in faults[:-1]] == [
        "outcomes.bbb-first: has no row in studies.csv",
        "outcomes.bbb-last: has no row in studies.csv",
    ]


def test_file_that_may_not_be_read_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name in ("studies.csv", "review.yml"):
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert [str(fault) for fault in validation.check(data)] == [
        f"data/{REVIEW}: cannot be read: Permission denied",
        f"data/{STUDIES}: cannot be read: Permission denied",
    ]


def test_folder_that_may_not_be_read_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path.name == CHAPTER:
            raise PermissionError(13, "Permission denied")
        return entries(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    faults = [str(fault) for fault in validation.check(data)]
    assert f"data/{CHAPTER}: cannot be read: Permission denied" in faults


PLACES: dict[str, tuple[Edit, Sequence[str]]] = {
    "unknown table": (
        lambda data: (data / CHAPTER / "study.csv").write_text("a\n1\n"),
        [f"data/{CHAPTER}/study.csv: is no table of the dictionary (did you mean studies?)"],
    ),
    "chapter without a review": (
        removed(REVIEW),
        [f"data/{REVIEW}: is missing; every chapter needs one"],
    ),
    "chapter that is a symbolic link": (
        lambda data: (data / "other").symlink_to(data / CHAPTER),
        ["data/other: must be a folder of its own, not a symbolic link"],
    ),
    "no chapter": (
        lambda data: shutil.rmtree(data / CHAPTER),
        ["data: holds no chapter (a folder with a review.yml)"],
    ),
}


@cases(PLACES)
def test_wrong_place_is_named(data: Path, case: tuple[Edit, Sequence[str]]) -> None:
    edit, faults = case
    assert faults_after(data, edit) == list(faults)


def test_folder_without_data_is_named(tmp_path: Path) -> None:
    assert [str(fault) for fault in validation.check(tmp_path / "x")] == [
        f"{tmp_path / 'x'}: is not a folder"
    ]


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
    "code": (written(REVIEW, b"title: !!python/object:os.system x"), [f":1: {YAML}could not"]),
    "a value that does not exist": (
        written(REVIEW, b"title: !!timestamp 2024-02-30"),
        [f": {YAML}day is out of range"],
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
            ":«last_run»: search.last_run: must be a date that exists, as YYYY-MM-DD, "
            "got 2024-02-30",
        ],
    ),
    "search that lies ahead": (
        each(entry(REVIEW, "last_run", TOMORROW), entry(REVIEW, "next_due", "2999-01-01")),
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
        "dictionary.yml:«  columns:»: is not well-formed YAML: ",
    ),
    "a list": (
        written("dictionary.yml", b"- a"),
        "dictionary.yml:1: must be a mapping of names or nothing, got ['a']",
    ),
    "missing": (removed("dictionary.yml"), "dictionary.yml: cannot be read: No such file or"),
    "unknown type": (
        replaced("dictionary.yml", "type: integer", "type: int"),
        f"dictionary.yml:«type: int»: studies.columns.year.type: must be one of {KINDS}, got int",
    ),
    "unknown key": (
        replaced("dictionary.yml", "unit: animals", "units: animals"),
        "dictionary.yml:«units:»: studies.columns.n_treated.units: is not known "
        "(did you mean unit?)",
    ),
    "no key of the table": (
        replaced("dictionary.yml", "  key: [study, outcome]\n", ""),
        "dictionary.yml: studies.key: is missing",
    ),
    "key that is no column": (
        replaced("dictionary.yml", "key: [study, outcome]", "key: [study, outcom]"),
        "dictionary.yml: studies.key: must name columns of the table, got outcom",
    ),
    "malformed pattern": (
        replaced("dictionary.yml", '"[a-z0-9]+(-[a-z0-9]+)*"', '"[a-z0-9+(-"'),
        "dictionary.yml:«0-9+(-»: studies.columns.outcome.pattern: must be a valid regex, "
        "got [a-z0-9+(-",
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
        f"{OWN}: other.title: is missing",
    ),
    "missing schema": (
        removed("review.schema.yml"),
        "review.schema.yml: cannot be read: No such file or",
    ),
    "malformed schema": (
        replaced("review.schema.yml", "type: object", "type: obj"),
        "review.schema.yml: is no JSON Schema: ",
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


GOOD: dict[str, Callable[[bytes], bytes]] = {
    "byte-order mark": lambda raw_file: b"\xef\xbb\xbf" + raw_file,
    "CRLF": lambda raw_file: raw_file.replace(b"\n", b"\r\n"),
    "old Mac line ends": lambda raw_file: raw_file.replace(b"\n", b"\r"),
    "byte-order mark and CRLF": lambda raw_file: b"\xef\xbb\xbf" + raw_file.replace(b"\n", b"\r\n"),
    "no line end at the end": lambda raw_file: raw_file.rstrip(b"\n"),
    "empty lines": lambda raw_file: raw_file.replace(b"\n", b"\n\n"),
    "every cell in quotes": lambda raw_file: all_quoted(raw_file.decode()),
}


def all_quoted(text: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text)))
    return buffer.getvalue().encode()


@cases(GOOD)
def test_other_way_of_saving_gives_the_same_data(
    data: Path, original: Path, case: Callable[[bytes], bytes]
) -> None:
    assert faults_after(data, *(raw(file, case) for file in (STUDIES, REPORTED, FLOW))) == []
    for name in ("studies", "reported", "flow"):
        pd.testing.assert_frame_equal(
            tables.load(CHAPTER, name, data), tables.load(CHAPTER, name, original)
        )


def test_faults_come_all_at_once_and_sorted(data: Path) -> None:
    faults = faults_after(
        data,
        cell(STUDIES, 43, n_treated="1"),
        cell(STUDIES, LINE, sd_treated="x", reference="nobody"),
        cell(STUDIES, 12, added="2024-02-30"),
        cell(FLOW, 4, kind="gone"),
        entry(REVIEW, "screened", "many"),
        written(f"{CHAPTER}/lists.csv", b"\xff"),
    )
    assert [fault.split(": ")[0] + ": " + fault.split(": ")[1] for fault in faults] == [
        f"data/{FLOW}:4: kind",
        f"data/{CHAPTER}/lists.csv:1: must be UTF-8, has the byte 0xff; save it as CSV UTF-8",
        located(data, f"data/{REVIEW}:«screened»: search.screened"),
        f"data/{STUDIES}:3: reference",
        f"data/{STUDIES}:3: sd_treated",
        f"data/{STUDIES}:12: added",
        f"data/{STUDIES}:43: n_treated",
    ]


def test_faults_of_every_chapter_are_found(data: Path) -> None:
    shutil.copytree(data / CHAPTER, data / "another-one")
    faults = faults_after(
        data, cell(STUDIES, LINE, n_treated="1"), removed("another-one/review.yml")
    )
    files = {fault.split(":")[0] for fault in faults}
    assert {"data/another-one/review.yml", f"data/{STUDIES}"} <= files


JUNK = [
    "",
    ",",
    '"',
    "\n",
    "\r",
    "\0",
    "\ufeff",
    "=",
    "nan",
    "-1",
    "0",
    "é",
    "1e9",
    ";",
    " ",
    "#",
    "[",
    ": ",
]


SLIPS = [
    "",
    "0",
    "1",
    "-1",
    "1e9",
    "1e-300",
    "nan",
    "inf",
    "1,5",
    "x",
    "yes",
    "2024-02-30",
    TOMORROW,
]


def mistype(path: Path, chance: random.Random) -> None:
    """Put junk among the characters of a file, as a hand on the keyboard does."""
    content = path.read_text(encoding="utf-8")
    for _ in range(chance.randint(1, 3)):
        begin = chance.randrange(len(content))
        end = begin + chance.choice([0, 1, 1, 2, 30])
        content = content[:begin] + chance.choice(JUNK) + content[end:]
    path.write_bytes(content.encode())


def misplace(path: Path, chance: random.Random) -> None:
    """Change cells, rows or columns of a CSV file, as a hand in a spreadsheet does."""
    names, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    for _ in range(chance.randint(1, 3)):
        row, other = chance.choices(rows, k=2)
        column, beside = chance.choices(range(len(names)), k=2)
        match chance.randrange(6):
            case 0:
                row[column] = chance.choice(SLIPS)
            case 1:
                row[column] = other[column]
            case 2:
                row[column] = row[beside]
            case 3:
                rows.remove(row)
            case 4:
                rows.append(list(row))
            case 5:
                names[column], names[beside] = names[beside], names[column]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


def seeds(fast: int, all_: int) -> list[Any]:
    """Seeds, of which only the first few are tried when it has to be fast."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(fast, all_)]
    return [*range(fast), *slow]


@pytest.mark.parametrize("seed", seeds(40, 1000))
def test_check_survives_any_edit_and_what_it_accepts_can_be_computed(data: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice([STUDIES, STUDIES, STUDIES, REPORTED, REVIEW, FLOW, OWN, "dictionary.yml"])
    spoil = chance.choice([mistype, misplace]) if name.endswith(".csv") else mistype
    spoil(data / name, chance)
    if not faults_after(data):
        for path in data.glob("*/*.csv"):
            tables.load(path.parent.name, path.stem, data)
        arms = tables.load(CHAPTER, "studies", data)
        for arm in ("treated", "control"):
            assert (arms[f"n_{arm}"] >= 2).all()
            assert (arms[f"sd_{arm}"] > 0).all()
            assert np.isfinite(arms[f"mean_{arm}"]).all()
        for estimate in living.estimates(data).values():
            assert estimate.pooled.k > 1
            assert np.isfinite([estimate.pooled.estimate, estimate.pooled.se]).all()


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
