"""What the functions of recipes share: the register, their result, and how they read numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.inputs import Parts, PrintedRow
from analysis.statistics.boxes import Box, Number, box


@dataclass(frozen=True)
class Reading:
    """The result of a recipe: `value`, `lower`, `upper` and whatever else it has, by name."""

    parts: Mapping[str, Number]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", Parts(self.parts))


FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Every function that a recipe may call, by name; the ledger adds `row` and `rows`."""

BASIS: dict[str, str] = {}
"""What a verdict rests on, by function: study-data, count, form, or summary.

Form is what a number must have whatever its data are: it proves a misprint, and reproduces nothing.
"""


def recipe(name: str, basis: str = "summary") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let recipes call a function by `name`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name], BASIS[name] = function, basis
        return function

    return register


def interval_of(row: PrintedRow | Reading) -> tuple[Number, Number, Number]:
    """Value and limits of a printed row or a result."""
    return row.parts["value"], row.parts["lower"], row.parts["upper"]


def number_of(given: Any) -> Any:
    """The number that an argument of a recipe stands for. Raises ValueError for anything else."""
    number = given.parts["value"] if isinstance(given, Reading) else given
    if isinstance(given, PrintedRow):
        number = given.value
    if isinstance(number, bool) or not isinstance(number, int | float | np.ndarray | Box):
        got = repr(number) if isinstance(number, str | bool) else type(number).__name__
        raise ValueError(f"takes numbers, got {got}")
    return number


def only(numbers: Number) -> Number:
    """The one number of a column of one row."""
    return numbers[0] if isinstance(numbers, Box | np.ndarray) else numbers


def whole_of(given: Any) -> float:
    """A whole number, which rounding leaves alone. Raises ValueError for any other."""
    number = box(number_of(given))
    if number.high - number.low > 1e-6:
        raise ValueError("needs a whole number that is known exactly")
    return float(round(float(number.low)))
