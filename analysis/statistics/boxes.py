"""Interval arithmetic: what is certain of a result when its inputs are known to a box.

Every operation encloses: for any numbers inside its arguments, the result lies inside its box.
Enclosures are tight where each input occurs once in an expression.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.arrays import FloatArray

SLACK = 1e-13
"""Relative slack for functions that aren't rounded correctly."""


class UnboundedError(Exception):
    """Nothing guaranteed can be said of a result over these boxes."""


@dataclass(frozen=True, eq=False)
class Box:
    """Numbers, or arrays of them, known to lie between `low` and `high`."""

    low: FloatArray
    high: FloatArray

    __array_ufunc__ = None  # an array on the left leaves the operation to the box

    def __add__(self, other: "Box | ArrayLike") -> "Box":
        that = box(other)
        return _outward(self.low + that.low, self.high + that.high)

    def __neg__(self) -> "Box":
        return Box(-self.high, -self.low)

    def __sub__(self, other: "Box | ArrayLike") -> "Box":
        return self + -box(other)

    def __mul__(self, other: "Box | ArrayLike") -> "Box":
        that = box(other)
        with np.errstate(invalid="ignore"):
            corners = np.stack(
                np.broadcast_arrays(
                    self.low * that.low,
                    self.low * that.high,
                    self.high * that.low,
                    self.high * that.high,
                )
            )
        # 0 times infinity is a corner of a box that reaches both; its limit there is 0.
        corners = np.where(np.isnan(corners) & ~(self._unknown | that._unknown), 0.0, corners)
        return _outward(corners.min(0), corners.max(0))

    def __truediv__(self, other: "Box | ArrayLike") -> "Box":
        that = box(other)
        nothing = (that.low == 0) & (that.high == 0)
        downwards = nothing | ((that.low < 0) & (that.high >= 0))
        upwards = nothing | ((that.low <= 0) & (that.high > 0))
        with np.errstate(divide="ignore", over="ignore"):
            inverse = _outward(
                np.where(downwards, -np.inf, 1 / that.high), np.where(upwards, np.inf, 1 / that.low)
            )
        return self * inverse

    def __pow__(self, exponent: int) -> "Box":
        if exponent != 2:
            raise ValueError("boxes have squares alone")
        low, high = np.abs(self.low), np.abs(self.high)
        least = np.where((self.low <= 0) & (self.high >= 0), 0.0, np.minimum(low, high))
        return _outward(least**2, np.maximum(low, high) ** 2)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: ArrayLike) -> "Box":
        return box(other) - self

    def __rtruediv__(self, other: ArrayLike) -> "Box":
        return box(other) / self

    def __getitem__(self, index: Any) -> "Box":
        return Box(self.low[index], self.high[index])

    @property
    def _unknown(self) -> Any:
        return np.isnan(self.low) | np.isnan(self.high)

    def sum(self) -> "Box":
        """Sum over the last axis."""
        count = max(1, self.low.shape[-1])
        low, high = self.low.sum(-1), self.high.sum(-1)
        reach = np.maximum(np.abs(self.low), np.abs(self.high)).sum(-1) * count * 2.3e-16
        return Box(low - reach, high + reach)


Number = float | FloatArray | Box
"""A number known exactly, or to a box; functions of `checks` take both."""


def box(value: Box | ArrayLike) -> Box:
    """`value` itself, or the box that holds a single number."""
    if isinstance(value, Box):
        return value
    array = np.asarray(value, dtype=float)
    return Box(array, array)


@overload
def increasing(function: Callable[[Any], Any], value: Box) -> Box: ...
@overload
def increasing(function: Callable[[Any], Any], value: float | FloatArray) -> Any: ...
def increasing(function: Callable[[Any], Any], value: Number) -> Any:
    """`function` of a number or box, for a function that never falls."""
    if not isinstance(value, Box):
        return function(value)
    low, high = np.asarray(function(value.low)), np.asarray(function(value.high))
    below, above = (np.where(np.isinf(end), 0.0, np.abs(end) * SLACK) for end in (low, high))
    return Box(low - below, high + above)


@overload
def decreasing(function: Callable[[Any], Any], value: Box) -> Box: ...
@overload
def decreasing(function: Callable[[Any], Any], value: float | FloatArray) -> Any: ...
def decreasing(function: Callable[[Any], Any], value: Number) -> Any:
    """`function` of a number or box, for a function that never rises."""
    if not isinstance(value, Box):
        return function(value)
    return increasing(lambda mirrored: function(-mirrored), -value)


def square_root(value: Number) -> Any:
    """Square root; what lies below 0 counts as 0."""
    return increasing(lambda number: np.sqrt(np.maximum(number, 0.0)), value)


def logarithm(value: Number) -> Any:
    """Natural logarithm; minus infinity for what is not above 0."""

    def log(number: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(number, 0.0))

    return increasing(log, value)


def absolute(value: Number) -> Any:
    """Absolute value."""
    if not isinstance(value, Box):
        return np.abs(value)
    low, high = np.abs(value.low), np.abs(value.high)
    across = (value.low <= 0) & (value.high >= 0)
    return Box(np.where(across, 0.0, np.minimum(low, high)), np.maximum(low, high))


@overload
def clip_below(value: Box, least: float) -> Box: ...
@overload
def clip_below(value: float | FloatArray, least: float) -> Any: ...
def clip_below(value: Number, least: float) -> Any:
    """The larger one of `value` and `least`."""
    return increasing(lambda number: np.maximum(number, least), value)


def _outward(low: FloatArray, high: FloatArray) -> Box:
    return Box(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))
