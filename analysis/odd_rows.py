"""Rows of an outcome that are unlike its others: what is allowed of a study, and yet unlikely."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import NamedTuple

import numpy as np

from analysis.dictionary import ARMS, EFFECT
from analysis.printed import Printed
from analysis.statistics import pooling
from analysis.statistics.arrays import FloatArray
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


class Oddity(NamedTuple):
    """What is odd about a row, by its place in the outcome: the column and what to look at."""

    place: int
    column: str
    message: str


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
        kept = np.arange(len(self.cells)) != place
        effects = self.outcome.effects
        pools = [
            pooling.pool(effects.yi[chosen], effects.vi[chosen], **pooling.MODERN)
            for chosen in (kept, kept | True)
        ]
        other, now = (f"{float(pool.estimate):.3g}" for pool in pools)
        return f"without the row the estimate, in {effects.measure}, would be {other} and not {now}"


def odd(rows: Rows) -> Iterator[Oddity]:
    """What is odd about the added rows of an outcome, in the order of its rows."""
    found = [oddity for look in LOOKS for oddity in look(rows)]
    first = {oddity.place: oddity for oddity in reversed(found)}
    yield from (first[place] for place in sorted(first))


def _copies(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose numbers, or those of whose controls, stand for another study already."""
    for place in rows.added:
        row = rows.cells[place]
        for columns, what in ((ARMS, "the same numbers as"), (CONTROL, "the same controls as")):
            numbers = [row.get(column, "") for column in columns]
            like = [
                other["study"]
                for at, other in enumerate(rows.cells)
                if at != place and all(numbers)
                if _equal(numbers, [other.get(column, "") for column in columns])
            ]
            if like:
                message = f"has {what} {like[0]}: its animals may be counted twice"
                yield Oddity(place, ", ".join(columns), message)


def _equal(some: Sequence[str], others: Sequence[str]) -> bool:
    return all(others) and [float(cell) for cell in some] == [float(cell) for cell in others]


def _scales(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose means and SDs are both far from those of the others, in one direction."""
    means = np.abs(np.stack([rows.numbers("mean_treated"), rows.numbers("mean_control")]))
    sds = np.stack([rows.numbers("sd_treated"), rows.numbers("sd_control")])
    for place in rows.added:
        ratios = [
            np.median(values[:, place]) / np.nanmedian(others)
            for values in (means, sds)
            if np.isfinite(others := np.delete(values, place, axis=1)).sum() >= 2 * FEWEST
            and np.nanmedian(others) > 0
        ]
        if len(ratios) == 2 and (min(ratios) > SCALE or 0 < max(ratios) < 1 / SCALE):
            message = f"may be on another scale: means and SDs are {ratios[0]:.2g} and "
            message += f"{ratios[1]:.2g} times those of the middle; {rows.without(place)}"
            yield Oddity(place, "mean_treated", message)


def _sizes(rows: Rows) -> Iterator[Oddity]:
    """Added rows with one n in both arms that is far above all others."""
    n = np.stack([rows.numbers("n_treated"), rows.numbers("n_control")])
    for place in rows.added:
        others = np.delete(n, place, axis=1)
        others = others[np.isfinite(others)]
        here = n[0, place]
        if others.size < 2 * FEWEST or here != n[1, place]:
            continue
        if here > max(others.max(), SCALE * np.median(others)):
            message = f"is far above the others, up to {others.max():g}, and the same in both "
            message += f"arms: {here:g}; {rows.without(place)}"
            yield Oddity(place, "n_treated", message)


def _effects(rows: Rows) -> Iterator[Oddity]:
    """Added rows whose effect points the other way than the others, or lies far from them."""
    effects = rows.outcome.effects
    for place in rows.added if len(rows.cells) > FEWEST else ():
        others, here = np.delete(effects.yi, place), effects.yi[place]
        alike = float(np.mean(np.sign(others) == np.sign(here)))
        middle = float(np.median(others))
        spread = NORMAL * float(np.median(np.abs(others - middle)))
        against = alike <= 0.1 and abs(here) > Z_95 * np.sqrt(effects.vi[place])
        off = abs(here - middle) > FAR * np.hypot(spread, np.sqrt(effects.vi[place]))
        if against or off:
            why = "may have its arms swapped" if against else "is far from the others"
            message = f"{why}: its effect, in {effects.measure}, is {here:.3g}, the "
            message += f"middle of the others {middle:.3g}; {rows.without(place)}"
            given = [column for column in (ARMS[1], EFFECT[0]) if rows.cells[place].get(column)]
            yield Oddity(place, given[0], message)


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
