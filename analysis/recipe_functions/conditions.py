"""Conditions that a finding can rest on: true only if true for all that was rounded away."""

from typing import Any

from analysis.inputs import PrintedRow
from analysis.recipe_functions.registry import Reading, number_of, recipe, whole_of
from analysis.statistics import checks
from analysis.statistics.boxes import box


@recipe("greater")
def greater(first: Any, second: Any) -> bool:
    """Whether the first number is above the second one, whatever was rounded away."""
    return checks.certainly(number_of(second), number_of(first))


@recipe("differs")
def differs(first: Any, second: Any) -> bool:
    """Whether two numbers differ, whatever was rounded away."""
    one, other = number_of(first), number_of(second)
    return checks.certainly(one, other) or checks.certainly(other, one)


@recipe("agrees")
def agrees(first: Any, second: Any) -> bool:
    """Whether one number can print as both, as far as can be said."""
    one, other = box(number_of(first)), box(number_of(second))
    return bool(one.low <= other.high and other.low <= one.high)


@recipe("excludes")
def excludes(row: PrintedRow | Reading, number: float = 0.0) -> bool:
    """Whether an interval certainly doesn't contain a number."""
    above = checks.certainly(number, row.parts["lower"])
    return above or checks.certainly(row.parts["upper"], number)


@recipe("both")
def both(*conditions: bool) -> bool:
    """Whether all conditions hold."""
    if not conditions or not all(isinstance(condition, bool) for condition in conditions):
        raise ValueError("takes conditions, such as greater")
    return all(conditions)


@recipe("whole_number")
def whole_number(percent: Any, n: Any) -> bool:
    """Whether some whole number out of n rounds to the percentage (GRIM)."""
    return checks.percent_is_possible(number_of(percent), int(whole_of(n)))
