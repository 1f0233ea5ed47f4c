"""A number as its characters stand in a paper, and all the numbers that print so."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.cells import PRINTED
from analysis.statistics.boxes import Box

TOLERANCE = 1e-9
"""Share of half a unit by which a computed tie may miss the tie."""

EXACTNESS = 1e-15
"""Share of a number, and for a count at least of 1, by which a computed one may miss it."""

LARGEST_POWER = 150
"""The power of ten up to which numbers can be squared and compared without running over."""


@dataclass(frozen=True)
class Printed:
    """The characters of a printed number; `exact` if it can stand for nothing else (a count)."""

    text: str
    exact: bool = False

    @property
    def number(self) -> float:
        """The number that the characters name. Raises ValueError for what is none."""
        return _number(self.text)

    @property
    def decimals(self) -> int:
        """How many digits stand after the point."""
        return len(_parts(self.text)[0].partition(".")[2])

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit; 0 for an exact number."""
        return 0.0 if self.exact else float(f"5e{_parts(self.text)[1] - self.decimals - 1}")

    @property
    def ends(self) -> tuple[float, float]:
        """Least and largest number that prints so; `-0.00` stands for none above 0."""
        return _ends(self)

    @property
    def box(self) -> Box:
        """Every number that prints as these characters."""
        low, high = self.ends
        if self.exact:
            return Box(np.asarray(low), np.asarray(high))
        return Box(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))

    def prints(self, value: float) -> bool:
        """Whether `value`, rounded to these digits, gives these characters (ties go both ways)."""
        low, high = self.ends
        return low - self._slack <= value <= high + self._slack

    def excludes(self, bounds: Box) -> bool:
        """Whether no number inside `bounds` prints so."""
        low, high = self.ends
        return bool(bounds.high < low - self._slack or bounds.low > high + self._slack)

    @property
    def _slack(self) -> float:
        if self.exact:
            return EXACTNESS * max(1.0, abs(self.number))
        return max(TOLERANCE * self.half_unit, EXACTNESS * abs(self.number))


# The same characters stand in many places, and are read once for all of them.


@lru_cache(maxsize=1 << 16)
def _parts(text: str) -> tuple[str, int]:
    """The digits, and the power of ten that they are multiplied by."""
    plain = text.replace("−", "-").replace(",", "").lstrip("+")
    factor, _, exponent = plain.partition("10^")
    if not exponent:
        return plain, 0
    return factor.removesuffix(" × ") or "1", int(exponent)


@lru_cache(maxsize=1 << 16)
def _number(text: str) -> float:
    if not PRINTED.fullmatch(text) or abs(_parts(text)[1]) > LARGEST_POWER:
        raise ValueError(f"{text!r} is no number")
    digits, power = _parts(text)
    return float(f"{digits}e{power}")


@lru_cache(maxsize=1 << 16)
def _ends(printed: Printed) -> tuple[float, float]:
    low, high = printed.number - printed.half_unit, printed.number + printed.half_unit
    return low, 0.0 if printed.number == 0 and _parts(printed.text)[0].startswith("-") else high


def reach(lower: str, upper: str) -> tuple[float, float]:
    """The least and the largest number that a printed range can hold."""
    return Printed(lower).ends[0], Printed(upper).ends[1]
