"""Printed numbers are given by the characters that stand in the paper."""

from pathlib import Path

import pytest

from tests.edits import (
    CHAPTER,
    COUNT,
    DATE,
    FLOW,
    RANGE,
    REPORTED,
    cases,
    cell,
    faults_after,
    table,
)

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
    line = line_of(data, "bbb-last.tau2")
    assert faults_after(data, cell(REPORTED, line, value=text)) == []
