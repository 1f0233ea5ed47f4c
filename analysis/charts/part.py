"""Which of very many studies a chart draws; what it says of all of them rests on all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis import html

ROWS = html.ROWS
"""Rows that a chart draws at most."""

DOTS = 500
"""Dots that a chart draws at most, but for those that it names."""


def largest(sizes: ArrayLike, most: int = ROWS) -> list[int]:
    """Places of the largest of some numbers, `most` at most, as they stand."""
    order = np.argsort(-np.asarray(sizes, dtype=float), kind="stable")
    return sorted(order[:most].tolist())


def spread(order: Sequence[int], named: Sequence[int], most: int = DOTS) -> list[int]:
    """Places that are evenly spread over an order of all, `most` at most, and those `named`."""
    n = len(order)
    if n <= most:
        return sorted(order)
    return sorted({order[at * n // most] for at in range(most)}.union(named))


def says(drawn: int, every: int, what: str, which: str) -> str:
    """Which ones are drawn, as a sentence after the description; nothing if all are."""
    return "" if drawn == every else f" Of {every:,} {what}, {drawn:,} are drawn, {which}."
