"""A number as its characters stand in a paper, and all the numbers that print so."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.statistics.boxes import Box

TOLERANCE = 1e-9
"""Share of half a unit by which a computed tie may miss the tie."""


@dataclass(frozen=True)
class Printed:
    """The characters of a printed number; `exact` if it can stand for nothing else (a count)."""

    text: str
    exact: bool = False

    @cached_property
    def _plain(self) -> str:
        return self.text.replace("−", "-").replace(",", "").lstrip("+")

    @cached_property
    def number(self) -> float:
        """The number that the characters name. Raises ValueError for what is none."""
        return float(self._plain)

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit; 0 for an exact number."""
        return 0.0 if self.exact else 0.5 * 10.0 ** -len(self._plain.partition(".")[2])

    @property
    def box(self) -> Box:
        """Every number that prints as these characters; `-0.00` stands for none above 0."""
        low, high = self.number - self.half_unit, self.number + self.half_unit
        if self.number == 0 and self._plain.startswith("-"):
            high = 0.0
        return Box(np.asarray(low), np.asarray(high))

    def prints(self, value: float) -> bool:
        """Whether `value`, rounded to these digits, gives these characters (ties go both ways)."""
        slack = TOLERANCE * max(self.half_unit, abs(self.number) * 1e-6)
        return bool(self.box.low - slack <= value <= self.box.high + slack)
