"""Counting and adding up the rows of a table."""

import numpy as np

from analysis.inputs import Rows
from analysis.recipe_functions.registry import Reading, recipe
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
