"""Printed tables: single cells, spans, and one table held against another."""

from collections.abc import Mapping
from typing import Any

from analysis.inputs import PrintedRow, Rows
from analysis.printed import Printed, reach
from analysis.recipe_functions.conditions import whole_number
from analysis.recipe_functions.registry import Reading, only, recipe
from analysis.statistics import classification
from analysis.statistics.boxes import Number


@recipe("cell")
def cell(rows: Rows, column: str, **filters: str | int) -> Number:
    """The number in a column of the one row with the given values."""
    return only(_single(rows, filters).numbers(column))


@recipe("estimate")
def estimate(rows: Rows, **filters: str | int) -> Reading:
    """The estimate of the one row with the given values, with its limits if it has any."""
    found = _single(rows, filters)
    columns = {"value": "estimate", "lower": "lower", "upper": "upper"}
    parts = {name: column for name, column in columns.items() if found.texts(column) != [""]}
    return Reading({name: only(found.numbers(column)) for name, column in parts.items()})


@recipe("spread", "count")
def spread(rows: Rows, *columns: str, **filters: str | int) -> Reading:
    """Smallest and largest number in some columns, as printed; empty cells are left out.

    Without `columns` those called lower and upper, whichever of the two is the larger one.
    """
    chosen = rows.where(**filters)
    cells = [cell for name in columns or ("lower", "upper") for cell in chosen.texts(name) if cell]
    if not cells:
        raise ValueError("no row has such a number")
    numbers = [Printed(cell).number for cell in cells]
    return Reading({"lower": min(numbers), "upper": max(numbers)})


@recipe("spread_of_most", "count")
def spread_of_most(
    rows: Rows, least: float, most: float, *columns: str, **filters: str | int
) -> Reading:
    """Smallest and largest number of the rows between two limits, if more than half are there.

    For a range that is said to hold for most: it must be reached at both ends. A row with an empty
    cell is not between them. Raises ValueError if no majority is.
    """
    chosen = rows.where(**filters)
    cells = list(zip(*(chosen.texts(name) for name in columns), strict=True))
    known = [[Printed(cell).number for cell in row] for row in cells if all(row)]
    inside = [row for row in known if least <= min(row) and max(row) <= most]
    if 2 * len(inside) <= len(cells):
        raise ValueError(f"{len(inside)} of {len(cells)} rows lie between {least} and {most}")
    return Reading({"lower": min(map(min, inside)), "upper": max(map(max, inside))})


@recipe("disagreements", "count")
def disagreements(first: Rows, column: str, second: Rows, other: str, key: str) -> float:
    """In how many rows two tables that share a key have different cells in a column of each."""
    there = dict(zip(second.texts(key), second.texts(other), strict=True))
    here = zip(first.texts(key), first.texts(column), strict=True)
    return float(sum(name in there and there[name] != cell for name, cell in here))


@recipe("only_in", "count")
def only_in(
    first: Rows, key: str, values: str, second: Rows, other_values: str, other_key: str
) -> float:
    """How many pairs of `key` and one of `values` the first table has and the second lacks.

    The second table has them the other way round: each `other_key` with several `other_values`.
    Keys that the second table never names are left out.
    """
    there = _pairs(second, other_key, other_values)
    known = {value for _, value in there}
    here = {(value, name) for name, value in _pairs(first, key, values) if name in known}
    return float(len(here - there))


@recipe("later")
def later(first: PrintedRow, second: PrintedRow) -> bool:
    """Whether the first date is certainly after the second; a month is before its end."""
    return first.cells["value"] > second.cells["value"]


@recipe("impossible_share")
def impossible_share(percent: PrintedRow, whole: Any) -> bool:
    """Whether no whole number out of `whole` gives a printed percentage (GRIM)."""
    return not whole_number(percent, whole)


@recipe("classified", "count")
def classified(
    groups: Rows, effect: PrintedRow, p: PrintedRow, i2: PrintedRow, reviews: PrintedRow
) -> Reading:
    """How many groups of evidence a rule certainly ranks highest (`lower`), or may (`upper`).

    `groups` has the columns reviews, i2_lower and i2_upper; the other arguments are the printed
    thresholds of the rule. Effect and p of the reviews behind a group are taken as unknown.
    """
    rule = classification.Rule(
        *(Printed(row.cells["value"]).number for row in (effect, p, i2, reviews))
    )
    cells = zip(*(groups.texts(name) for name in ("reviews", "i2_lower", "i2_upper")), strict=True)
    answers = [
        classification.highest(
            classification.unnamed(int(n), reach(low, high) if low else classification.UNKNOWN_I2),
            rule,
        )
        for n, low, high in cells
    ]
    sure = sum(answer is classification.Answer.YES for answer in answers)
    open_ = sum(answer is classification.Answer.NOT_DECIDABLE for answer in answers)
    return Reading({"lower": float(sure), "upper": float(sure + open_)})


def _single(rows: Rows, filters: Mapping[str, str | int]) -> Rows:
    chosen = rows.where(**filters)
    if len(chosen) != 1:
        raise ValueError(f"{len(chosen)} rows have {', '.join(map(str, filters.values()))}")
    return chosen


def _pairs(rows: Rows, key: str, values: str) -> set[tuple[str, str]]:
    """Each key with each of the several values of its row."""
    cells = zip(rows.texts(key), rows.texts(values), strict=True)
    return {(name, value) for name, several in cells for value in several.split(";")}
