"""Rows of an outcome that are unlike its others: what is allowed of a study, and yet unlikely."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from math import isfinite, log
from typing import NamedTuple

import numpy as np

from analysis.dictionary import ARMS, EFFECT
from analysis.printed import Printed
from analysis.statistics import pooling
from analysis.statistics.arrays import BoolArray, FloatArray
from analysis.statistics.checks import Z_95
from analysis.statistics.effect_sizes import RATIO_MEASURES
from analysis.studies import Outcome

FEWEST = 8
"""Rows of an outcome below which none of them can be told from the others."""

FAR = 5.0
"""How many times the usual distance from the middle an effect must be off to be suspicious."""

SCALE = 8.0
"""How many times larger or smaller than usual a mean, SD or n must be to be on another scale."""

NORMAL = 1.4826
"""What the median distance from the median is multiplied by for the SD of normal numbers."""

LOPSIDED = 0.05
"""Share of the width of an interval by which its middle may be off the effect."""

CONTROL = ("n_control", "mean_control", "sd_control")

POOLED = 50
"""Odd rows of an outcome of which it is said what it would be without them: each takes a pool."""


class Oddity(NamedTuple):
    """What is odd about a row, by its place in the outcome: the column and what to look at.

    One that `pulls` can move the estimate.
    """

    place: int
    column: str
    message: str
    pulls: bool = False


@dataclass(frozen=True)
class Rows:
    """The rows of an outcome, and whether each was added to those of the published review."""

    outcome: Outcome
    cells: Sequence[Mapping[str, str]]

    @cached_property
    def added(self) -> list[int]:
        """The places of added rows."""
        return [place for place, row in enumerate(self.cells) if row["in_review"] == "no"]

    def numbers(self, column: str) -> FloatArray:
        """A column of numbers, nan where it is empty or missing."""
        cells = [row.get(column, "") or "nan" for row in self.cells]
        return np.array(cells, dtype=float)

    def without(self, place: int) -> str:
        """What the living estimate would be without a row, in words."""
        effects = self.outcome.effects
        other = self._pooled(np.arange(len(self.cells)) != place)
        return (
            f"without the row the estimate, in {effects.measure}, would be {other:.3g} "
            f"and not {self._now:.3g}"
        )

    @cached_property
    def _now(self) -> float:
        return self._pooled(np.ones(len(self.cells), dtype=bool))

    def _pooled(self, chosen: BoolArray) -> float:
        effects = self.outcome.effects
        pooled = pooling.pool(effects.yi[chosen], effects.vi[chosen], **pooling.MODERN)
        return float(pooled.estimate)


class Others:
    """Numbers in order, of which the others are asked for without some: nan is none of them."""

    def __init__(self, numbers: FloatArray) -> None:
        self.ordered: list[float] = np.sort(numbers[np.isfinite(numbers)], axis=None).tolist()

    def count(self, *without: float) -> int:
        """How many others there are."""
        return len(self.ordered) - sum(map(isfinite, without))

    def at(self, rank: int, *without: float) -> float:
        """The other of a rank, 0 for the least."""
        last = -1
        for each in sorted(filter(isfinite, without)):
            last = max(bisect_left(self.ordered, each), last + 1)  # equal ones follow one another
            rank += rank >= last
        return self.ordered[rank]

    def median(self, *without: float) -> float:
        """The middle of the others."""
        n = self.count(*without)
        return (self.at((n - 1) // 2, *without) + self.at(n // 2, *without)) / 2


def odd(rows: Rows) -> Iterator[Oddity]:
    """What is odd about the added rows of an outcome, in the order of its rows."""
    found = [oddity for look in LOOKS for oddity in look(rows)]
    first = {oddity.place: oddity for oddity in reversed(found)}
    in_order = [first[place] for place in sorted(first)]
    told = {each.place for each in islice((each for each in in_order if each.pulls), POOLED)}
    for each in in_order:
        more = f"; {rows.without(each.place)}" if each.place in told else ""
        yield each._replace(message=each.message + more)


def _copies(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose numbers, or those of whose controls, stand for another study already."""
    for columns, what in ((ARMS, "the same numbers as"), (CONTROL, "the same controls as")):
        numbers = [_numbers(row, columns) for row in rows.cells]
        like: dict[tuple[float, ...], list[int]] = {}
        for place, each in enumerate(numbers):
            like.setdefault(each, []).append(place)
        for place in rows.added:
            others = [at for at in like[numbers[place]][:2] if at != place]
            if numbers[place] and others:
                message = f"has {what} {rows.cells[others[0]]['study']}: its animals may be counted"
                yield Oddity(place, ", ".join(columns), f"{message} twice")


def _numbers(row: Mapping[str, str], columns: Sequence[str]) -> tuple[float, ...]:
    """The cells of a row as numbers; none if any is empty."""
    cells = [row.get(column, "") for column in columns]
    return tuple(map(float, cells)) if all(cells) else ()


def _scales(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose means and SDs are both far from those of the others, in one direction."""
    means = np.abs(np.stack([rows.numbers("mean_treated"), rows.numbers("mean_control")]))
    sds = np.stack([rows.numbers("sd_treated"), rows.numbers("sd_control")])
    known = [(values, Others(values)) for values in (means, sds)]
    for place in rows.added:
        ratios = [
            values[:, place].mean() / middle
            for values, others in known
            if others.count(*values[:, place]) >= 2 * FEWEST
            and (middle := others.median(*values[:, place])) > 0
        ]
        if len(ratios) == 2 and (min(ratios) > SCALE or 0 < max(ratios) < 1 / SCALE):
            message = f"may be on another scale: means and SDs are {ratios[0]:.2g} and "
            message += f"{ratios[1]:.2g} times those of the middle"
            yield Oddity(place, "mean_treated", message, pulls=True)


def _sizes(rows: Rows) -> Iterator[Oddity]:
    """Added rows with one n in both arms that is far above all others."""
    n = np.stack([rows.numbers("n_treated"), rows.numbers("n_control")])
    others = Others(n)
    for place in rows.added:
        own = n[:, place]
        known, here = others.count(*own), own[0]
        if known < 2 * FEWEST or here != own[1]:
            continue
        most = others.at(known - 1, *own)
        if here > max(most, SCALE * others.median(*own)):
            message = f"is far above the others, up to {most:g}, and the same in both "
            yield Oddity(place, "n_treated", f"{message}arms: {here:g}", pulls=True)


def _effects(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose effect points the other way than the others, or lies far from them."""
    effects = rows.outcome.effects
    others, signs = Others(effects.yi), Counter(np.sign(effects.yi).tolist())

    @cache
    def from_middle(middle: float) -> Others:  # of which there are three at most
        return Others(np.abs(effects.yi - middle))

    for place in rows.added if len(rows.cells) > FEWEST else ():
        here, error = effects.yi[place], np.sqrt(effects.vi[place])
        alike = (signs[float(np.sign(here))] - 1) / (len(rows.cells) - 1)
        middle = others.median(here)
        spread = NORMAL * from_middle(middle).median(abs(here - middle))
        against = alike <= 0.1 and abs(here) > Z_95 * error
        if against or abs(here - middle) > FAR * np.hypot(spread, error):
            why = "may have its arms swapped" if against else "is far from the others"
            message = f"{why}: its effect, in {effects.measure}, is {here:.3g}, the "
            given = [column for column in (ARMS[1], EFFECT[0]) if rows.cells[place].get(column)]
            message += f"middle of the others {middle:.3g}"
            yield Oddity(place, given[0], message, pulls=True)


def _intervals(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose effect is not in the middle of its interval, on the scale of analysis."""
    for place in rows.added:
        row = rows.cells[place]
        cells = [row.get(column, "") for column in EFFECT]
        if not all(cells):
            continue
        log_scale = row.get("measure_printed", rows.outcome.measure) in RATIO_MEASURES
        ends = [Printed(cell).ends for cell in cells]
        if log_scale and min(low for low, _ in ends) <= 0:
            continue
        effect, lower, upper = (
            tuple(log(end) if log_scale else end for end in each) for each in ends
        )
        allowed = LOPSIDED * (upper[1] - lower[0])
        least, most = (lower[0] + upper[0]) / 2 - allowed, (lower[1] + upper[1]) / 2 + allowed
        if effect[1] < least or effect[0] > most:
            limits = f"{row['ci_low']} to {row['ci_high']}"
            scale = ", taken as a logarithm," if log_scale else ""
            message = f"is not in the middle of its interval{scale} {limits}, got {row['effect']}"
            yield Oddity(place, "effect", message)


LOOKS: tuple[Callable[[Rows], Iterator[Oddity]], ...] = (
    _copies,
    _scales,
    _sizes,
    _effects,
    _intervals,
)
"""Every way to look at the rows of an outcome; of a row the first that finds something counts."""
