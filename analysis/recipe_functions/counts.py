"""Counting and adding up the rows of a table."""

import numpy as np

from analysis.inputs import Rows
from analysis.printed import Printed
from analysis.recipe_functions.registry import Reading, recipe
from analysis.statistics import checks
from analysis.statistics.boxes import Box, Number, box


@recipe("count", "count")
def count(rows: Rows, distinct: str = "", **filters: str | int) -> float:
    """How many rows have the given values; with `distinct`, how many values of that column.

    An empty cell is no value.
    """
    chosen = rows.where(**filters)
    return float(len(chosen.values(distinct)) if distinct else len(chosen))


@recipe("sum", "count")
def total_of(rows: Rows, column: str, **filters: str | int) -> Number:
    """Sum of a column over the rows with the given values."""
    numbers = rows.where(**filters).numbers(column)
    return numbers.sum() if isinstance(numbers, Box) else float(np.sum(numbers))


@recipe("sum_known", "count")
def sum_known(rows: Rows, column: str, **filters: str | int) -> float:
    """Sum of the cells of a column that are not empty: the least that the whole can be."""
    known = [cell for cell in rows.where(**filters).texts(column) if cell]
    return sum(Printed(cell).number for cell in known)


@recipe("extremes", "count")
def extremes(rows: Rows, *columns: str, **filters: str | int) -> Reading:
    """Smallest and largest number in some columns, as `lower` and `upper`."""
    numbers = [box(rows.where(**filters).numbers(column)) for column in columns]
    low = Box(
        np.min([each.low.min() for each in numbers]), np.min([each.high.min() for each in numbers])
    )
    high = Box(
        np.max([each.low.max() for each in numbers]), np.max([each.high.max() for each in numbers])
    )
    return Reading({"lower": _as_read(low), "upper": _as_read(high)})


def _as_read(number: Box) -> Number:
    """A box that is a single number as that number."""
    return float(number.low) if number.low == number.high else number


@recipe("at_least", "count")
def at_least(rows: Rows, column: str, least: float, **filters: str | int) -> Number:
    """How many rows have a number in the column that is not below `least`."""
    numbers = rows.where(**filters).numbers(column)
    if isinstance(numbers, Box):
        fewest, most = (np.sum(ends >= least - 1e-9) for ends in (numbers.low, numbers.high))
        return _as_read(Box(np.asarray(float(fewest)), np.asarray(float(most))))
    return float(np.sum(np.asarray(numbers) >= least - 1e-9))


@recipe("duplicated", "count")
def duplicated(rows: Rows, column: str, **filters: str | int) -> float:
    """How many different texts of a column stand there more than once."""
    return float(
        len(checks.duplicates([text for text in rows.where(**filters).texts(column) if text]))
    )


@recipe("inversions", "count")
def inversions(rows: Rows, group: str, first: str, second: str) -> float:
    """How many rows of a group stand in wrong order: `second` doesn't rise with `first`.

    Rows with an empty cell are passed over.
    """
    cells = zip(rows.texts(group), rows.texts(first), rows.texts(second), strict=True)
    full = [(name, float(one), float(two)) for name, one, two in cells if name and one and two]
    names = [name for name, _, _ in full]
    ones, twos = [one for _, one, _ in full], [two for _, _, two in full]
    return float(len(checks.inversions(names, ones, twos)))
