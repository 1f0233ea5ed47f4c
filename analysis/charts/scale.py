"""The axis of an effect: its measure, what it spans, its ticks."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, inf, isfinite, log, log10
from typing import Literal

import altair as alt
import numpy as np
from numpy.typing import ArrayLike

from analysis.charts.theme import CAPTION, LINE, MUTED
from analysis.statistics.arrays import finite, one_of
from analysis.statistics.effect_sizes import MEASURES, RATIO_MEASURES, natural_scale

NAMES = {
    "MD": "Mean difference",
    "SMD": "Standardized mean difference",
    "ROM": "Ratio of means",
    "OR": "Odds ratio",
    "RR": "Risk ratio",
    "RD": "Risk difference",
    "HR": "Hazard ratio",
    "GEN": "Effect",
}
"""What an axis calls a measure."""


@dataclass(frozen=True)
class Scale:
    """What an axis spans, `low` to `high` as a reader reads it; logarithmic for ratios."""

    low: float
    high: float
    log: bool = False

    def px(self, value: float, left: float, right: float) -> float:
        """Where `value` lies between `left` and `right`, in px; beyond them if outside."""
        low, high, at = (log(v) if self.log else v for v in (self.low, self.high, value))
        return left + (at - low) / (high - low) * (right - left)

    def contains(self, value: float) -> bool:
        """Whether `value` is a number inside the span."""
        return self.low <= value <= self.high

    def clamp(self, value: float) -> float:
        """`value`, or the end of the span beyond which it lies."""
        return min(max(value, self.low), self.high)

    def inset(self, px: float, length: float) -> "Scale":
        """The span without the last `px` at both ends of an axis of `length` px."""
        share = px / length
        if self.log:
            step = (self.high / self.low) ** share
            return Scale(self.low * step, self.high / step, log=True)
        step = share * (self.high - self.low)
        return Scale(self.low + step, self.high - step)

    def ticks(self, most: int) -> list[float]:
        """About `most` round numbers inside the span."""
        # Round factors are too far apart for a span that is a small factor itself.
        if self.log and self.high / self.low > 4:
            return _log_ticks(self.low, self.high, max(most, 5))
        return _linear_ticks(self.low, self.high, most)

    def vega(self, start: float, end: float) -> alt.Scale:
        """The scale from `start` to `end` px."""
        return alt.Scale(
            type="log" if self.log else "linear",
            domain=[self.low, self.high],
            range=[start, end],
            nice=False,
            zero=False,
        )

    def axis(self, orient: Literal["bottom", "left"], offset: float, length: float) -> alt.Axis:
        """An axis of `length` px, `offset` px away from that edge of the drawing."""
        ticks = self.ticks(min(max(3, int(length // 44)), 8))
        # Vega would otherwise drop or move labels by the width that the builder's fonts give them.
        return alt.Axis(
            orient=orient,
            offset=offset,
            values=ticks,
            format=tick_format(ticks, self.log),
            title=None,
            grid=False,
            labelOverlap=False,
            labelFlush=False,
            labelColor=str(MUTED),
            labelFontSize=CAPTION,
            labelPadding=4,
            tickColor=str(LINE),
            tickSize=5,
            domainColor=str(LINE),
            zindex=1,
        )


def is_ratio(measure: str) -> bool:
    """Whether a measure is drawn on a logarithmic axis. Raises ValueError for unknown ones."""
    one_of("measure", measure, MEASURES)
    return measure in RATIO_MEASURES


def no_effect(measure: str) -> float:
    """Where the line of no effect stands: 1 for ratios, else 0."""
    return 1.0 if is_ratio(measure) else 0.0


def natural(values: ArrayLike, measure: str) -> list[float]:
    """Values of the scale of analysis as a reader reads them."""
    return [float(value) for value in np.atleast_1d(natural_scale(values, measure))]


def title(measure: str, unit: str) -> str:
    """The title of the axis, such as Mean difference (BBB points)."""
    is_ratio(measure)
    return f"{NAMES[measure]} ({unit})" if unit else NAMES[measure]


def effect_scale(
    measure: str,
    estimates: Iterable[float],
    ends: Iterable[float],
    domain: tuple[float, float] | None,
) -> Scale:
    """The scale that shows all `estimates`, and all `ends` of intervals unless one is extreme.

    Natural-scale numbers, of which those not finite are left out. `domain` overrides the choice.
    Raises ValueError for a domain that is empty or, for ratios, not positive.
    """
    ratio = is_ratio(measure)
    if domain is not None:
        if domain[0] >= domain[1] or (ratio and domain[0] <= 0):
            raise ValueError(f"domain must be an interval of the axis, got {domain}")
        return Scale(domain[0], domain[1], ratio)
    points = [*_transformed(estimates, ratio), 0.0]
    low, high = min(points), max(points)
    # Half the span more on each side than the estimates need: beyond it, an arrow says enough.
    room = 1.5 * ((high - low) or 1.0)
    reached = [min(max(end, low - room), high + room) for end in _transformed(ends, ratio)]
    low, high = min([low, *reached]), max([high, *reached])
    margin = 0.04 * ((high - low) or 1.0)
    low, high = low - margin, high + margin
    return Scale(exp(low), exp(high), True) if ratio else Scale(low, high)


def linear_scale(values: Iterable[float]) -> Scale:
    """The scale that shows all `values` with a margin, from 0 if none of them is negative."""
    found = list(values)
    low, high = min(found), max(found)
    margin = 0.06 * ((high - low) or 1.0)
    return Scale(0.0 if low >= 0 else low - margin, high + margin)


def finite_list(name: str, values: ArrayLike) -> list[float]:
    """Numbers as a list. Raises ValueError that names the argument for one that is not finite."""
    return [float(value) for value in np.atleast_1d(finite(name, values))]


def tick_format(ticks: list[float], log_axis: bool) -> str:
    """The number format of ticks: as many decimals as their step needs."""
    if log_axis:
        return "~g"
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    return f".{max(0, -floor(log10(step) + 1e-9))}f"


def _transformed(values: Iterable[float], ratio: bool) -> list[float]:
    if ratio:
        return [log(value) for value in values if 0 < value < inf]
    return [value for value in values if isfinite(value)]


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    unit = 10.0 ** floor(log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough * (1 - 1e-9))
    digits = max(0, -floor(log10(step) + 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(place * step, digits) + 0.0 for place in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [round(factor * 10.0**exponent, 12) for exponent in exponents for factor in factors]
        inside = [tick for tick in found if low <= tick <= high]
        if len(inside) <= most:
            return inside
    return inside[:: ceil(len(inside) / most)]
