"""Maxima of likelihoods in a few parameters, found to rounding.

A likelihood is a function of parameters (..., p) that also takes complex ones, which gives its
derivatives without the cancellation of differences: f(x + ih) is f(x) + ihf'(x) for a tiny h.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.arrays import FloatArray, UndefinedError

Likelihood = Callable[[NDArray[np.complex128]], NDArray[np.complex128]]

ITERATIONS = 200
TINY = 1e-30
STEP = 1e-3
PRECISION = 1e-12
LARGEST = 1e15


def maximize(
    likelihood: Likelihood, start: FloatArray, lowest: FloatArray, scale: FloatArray
) -> tuple[FloatArray, float]:
    """The local maximum (p,) uphill of `start`, and its value, none below `lowest`.

    The parameters should be of the order 1; `scale` is over which difference of each, from its
    lower limit where it has one, the likelihood changes most quickly. Newton's steps, shortened
    until the likelihood rises; a parameter stays at its lower limit while the likelihood falls
    from there. Raises UndefinedError without convergence.
    """
    x = np.maximum(start, lowest)
    value = _value(likelihood, x)
    for _ in range(ITERATIONS):
        with np.errstate(all="ignore"):
            slope = gradient(likelihood, x)
            curvature = hessian(likelihood, x, lowest, scale)
        if not (np.isfinite(slope).all() and np.isfinite(curvature).all()):
            break  # it runs away
        free = (x > lowest) | (slope > 0)
        if not free.any():
            return x, value
        move = np.zeros_like(x)
        move[free] = _uphill(slope[free], curvature[np.ix_(free, free)], 1 + np.abs(x[free]))
        expected = float(slope @ move)
        following, higher = _risen(likelihood, x, value, move, lowest)
        settled = np.abs(following - x) <= PRECISION * (1 + np.abs(x))
        x, value = following, higher
        if settled.all():
            if expected > 1e-6:
                break  # the slope says that there is a way up, and none was found
            return x, value
        if np.abs(x).max() > LARGEST:
            break
    raise UndefinedError(f"no maximum of the likelihood was found in {ITERATIONS} iterations")


def highest(
    likelihood: Likelihood, starts: Iterable[FloatArray], lowest: FloatArray, scale: FloatArray
) -> tuple[FloatArray, float]:
    """The highest of the maxima uphill of `starts`, and its value; arguments as `maximize`."""
    found = (maximize(likelihood, start, lowest, scale) for start in starts)
    return max(found, key=lambda each: each[1])


def crossing(height: Callable[[float], tuple[float, float]], above: float, below: float) -> float:
    """Where `height`, which gives a value and its slope, crosses 0 between two numbers.

    It is positive at `above` and negative at `below`. Bisected Newton's steps. Raises
    UndefinedError without convergence.
    """
    x = (above + below) / 2
    for _ in range(ITERATIONS):
        value, slope = height(x)
        above, below = (x, below) if value > 0 else (above, x)
        following = x - value / slope if slope else np.inf
        if not min(above, below) <= following <= max(above, below):
            following = (above + below) / 2
        if abs(following - x) <= PRECISION * abs(following):
            return following
        x = following
    raise UndefinedError(f"no crossing was found in {ITERATIONS} iterations")


def gradient(likelihood: Likelihood, x: FloatArray) -> FloatArray:
    """First derivatives (p,), by complex steps."""
    return np.asarray(likelihood(x + 1j * TINY * np.eye(x.size)).imag / TINY)


def hessian(
    likelihood: Likelihood, x: FloatArray, lowest: FloatArray, scale: FloatArray
) -> FloatArray:
    """Second derivatives (p, p), from differences of the first ones; arguments as `maximize`.

    Differences over one and two steps together leave an error of the fourth power of the step.
    """
    first = 1j * TINY * np.eye(x.size)
    columns = []
    for j, step in enumerate(STEP * (scale + np.where(np.isinf(lowest), 0, x - lowest))):
        ahead = step * np.eye(x.size)[j]
        at = [x + times * ahead + first for times in (1, -1, 2, -2)]
        near, back, far, farther = likelihood(np.stack(at)).imag / TINY
        columns.append((8 * (near - back) - (far - farther)) / (12 * step))
    found = np.stack(columns, axis=-1)
    return np.asarray((found + found.T) / 2)


def peaks(values: FloatArray, most: int = 5) -> list[tuple[int, ...]]:
    """Places of the highest local maxima on a grid of any dimension, best first."""
    padded = np.pad(values, 1, constant_values=-np.inf)
    here = tuple(slice(1, -1) for _ in values.shape)
    peak = np.isfinite(values)
    for axis in range(values.ndim):
        for shift in (1, -1):
            peak &= values >= np.roll(padded, shift, axis)[here]
    found = np.argwhere(peak)
    best = np.argsort([-values[tuple(place)] for place in found], kind="stable")[:most]
    return [tuple(int(i) for i in found[place]) for place in best]


def _value(likelihood: Likelihood, x: FloatArray) -> float:
    with np.errstate(all="ignore"):
        value = float(likelihood(x.astype(complex)).real)
    return value if np.isfinite(value) else -np.inf


def _risen(
    likelihood: Likelihood, x: FloatArray, value: float, move: FloatArray, lowest: FloatArray
) -> tuple[FloatArray, float]:
    """The first of ever shorter moves after which the likelihood is higher, or `x` itself."""
    length = 1.0
    while length > 1e-10:
        following = np.maximum(x + length * move, lowest)
        higher = _value(likelihood, following)
        if higher > value:
            return following, higher
        length /= 2
    return x, value


def _uphill(slope: FloatArray, curvature: FloatArray, size: FloatArray) -> FloatArray:
    """Newton's step, with curvatures of the wrong sign turned and small ones bounded.

    In units of `size`, so that a parameter that is large can go as far as a small one.
    """
    values, vectors = np.linalg.eigh(-size[:, None] * curvature * size)
    floor = 1e-10 * max(float(np.abs(values).max()), 1e-10)
    step = vectors @ ((vectors.T @ (slope * size)) / np.maximum(np.abs(values), floor))
    return np.asarray(size * step / max(1.0, float(np.abs(step).max()) / 5))
