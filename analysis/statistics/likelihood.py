"""tau² of the highest likelihood, restricted or full, for batches of meta-analyses.

With P = W - WX(X'WX)⁻¹X'W, the likelihood rises where A = y'PPy is larger than B, the trace of P
(restricted) or of W (full). Both are sums over eigenvalues 1/(tau² + d), where no d is below the
smallest variance or above the largest. So both fall with tau², and so do their relative rates
2y'PPPy/A and tr(PP)/B, by the inequality of Cauchy and Schwarz. This bounds how A/B can change
between two points, and shows whether it can pass 1 there, and whether more than once: the search
leaves out no maximum, and mostly needs a handful of points.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.arrays import FloatArray, UndefinedError
from analysis.statistics.least_squares import (
    Problem,
    covariance,
    dot,
    fit,
    information,
    product_trace,
    regress,
    residuals,
    weights,
)

NARROW = 1e-4
"""An interval that is relatively narrower than this holds no two maxima worth telling apart."""
ITERATIONS = 200
PRECISION = 1e-6
"""Relative size of a step of Newton's that is the last: the error it leaves is its square."""
NEGLIGIBLE = 1e-16
"""Change of tau², in units of the smallest variance, that hardly changes any weight."""
PART = 8192
"""Effects that are worked on together: as many as fit into the processor's cache."""


def log_likelihood(data: Problem, tau2: ArrayLike, restricted: bool = True) -> FloatArray:
    """Log-likelihood of tau² (restricted, or full), shape (...), up to a constant."""
    weighted = fit(data, tau2)
    total = np.asarray(tau2, dtype=float)[..., None] + data.v
    value = -0.5 * ((data.include * np.log(total)).sum(-1) + weighted.rss)
    if restricted:
        value = value + 0.5 * np.linalg.slogdet(weighted.cov)[1]
    return np.asarray(value)


def maximize(data: Problem, restricted: bool) -> FloatArray:
    """tau² >= 0 of the highest likelihood, shape (...); 0 without residual degrees of freedom.

    Of two maxima the higher one counts. Raises UndefinedError without convergence.
    """
    flat, defined = data.flat(), (data.df > 0).reshape(-1)
    if not defined.all():
        flat = flat.members(defined)
    size, k = flat.y.shape
    step = max(1, PART // k)
    found = np.empty(size)
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, size, step):
            part = slice(start, start + step)
            found[part] = _maximize(flat.members(part), restricted)
    tau2 = np.zeros(defined.size)
    tau2[defined] = found
    return tau2.reshape(data.y.shape[:-1])


def _maximize(data: Problem, restricted: bool) -> FloatArray:
    """tau² (m,) of a flat batch: the highest of the maxima between points, and 0."""
    smallest = np.where(data.include > 0, data.v, np.inf).min(-1)
    largest = (data.include * data.v).max(-1)
    points = _points(data, smallest, largest, restricted)
    member, before, after = _crossings(data, points, smallest, largest, restricted)
    tau2 = _climb(data.members(member), before, after, smallest[member], restricted)
    zero = (points[1, :, 0] <= 1).nonzero()[0]
    member, tau2 = np.concatenate([zero, member]), np.concatenate([np.zeros(zero.size), tau2])
    if member.size > len(data.y):
        order = np.argsort(log_likelihood(data.members(member), tau2, restricted))
        member, tau2 = member[order], tau2[order]
    highest = points[0, :, -1].copy()  # if rounding keeps A/B above 1 up to there
    highest[member] = tau2  # the last one of each member stays
    return highest


def _points(
    data: Problem, smallest: FloatArray, largest: FloatArray, restricted: bool
) -> FloatArray:
    """tau², A/B and its rates, shape (4, m, n), where the search begins.

    With the unweighted residual sum of squares R, A is at most R/(tau² + `smallest`)² and B at
    least df/(tau² + `largest`), so that no maximum is beyond the point where these are equal. A
    small batch has more points, which cost it hardly anything.
    """
    unweighted = residuals(data, data.include)
    variance = dot(data.include * unweighted, unweighted) / data.df
    top = (variance + np.sqrt(variance**2 + 4 * variance * (largest - smallest))) / 2
    count = min(max(PART // (4 * data.y.size), 5), 33)
    # A little further, against rounding.
    steps = np.maximum(1.01 * top / smallest, 1)[:, None] ** (np.arange(count) / (count - 1))
    tau2 = smallest[:, None] * (steps - 1)
    return _balance(data.members(np.s_[:, None]), tau2, restricted)


def _crossings(
    data: Problem, points: FloatArray, smallest: FloatArray, largest: FloatArray, restricted: bool
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Where A/B falls below 1 between points (4, m, n): members, points before and after it.

    Intervals in which A/B might pass 1 more than once are halved. From `largest` - 2 `smallest`
    on, A/B only falls, as no eigenvalue is then twice another one.
    """
    before, after = points[:, :, :-1], points[:, :, 1:]
    member = np.arange(len(data.y)).repeat(before.shape[2]).reshape(before.shape[1:])
    found = []
    while True:
        falls = (before[1] > 1) & (after[1] <= 1)
        width = after[0] - before[0]
        rise = (before[3] - after[2]) * width  # log(A/B) can't rise by more in the interval
        unsure = rise > 0
        if unsure.any():
            unit = smallest[member]
            unsure &= (np.log(before[1]) + rise > 0) & (np.log(after[1]) - rise < 0)
            alike = before[0] + 2 * unit >= largest[member]
            unsure &= ~(alike | (width <= NARROW * (after[0] + unit)))
            falls &= ~unsure
        found.append((member[falls], before[:, falls], after[:, falls]))
        if not unsure.any():
            break
        member, unit = member[unsure], unit[unsure]
        before, after = before[:, unsure], after[:, unsure]
        middle = np.sqrt((before[0] + unit) * (after[0] + unit)) - unit
        half = _balance(data.members(member), middle, restricted)
        member = np.tile(member, 2)
        before, after = np.hstack([before, half]), np.hstack([half, after])
    if len(found) == 1:
        return found[0]
    members, befores, afters = zip(*found, strict=True)
    return np.concatenate(members), np.hstack(befores), np.hstack(afters)


def _climb(
    data: Problem, before: FloatArray, after: FloatArray, unit: FloatArray, restricted: bool
) -> FloatArray:
    """tau² (n,) at which A/B falls to 1, between points (4, n) `before` and `after`.

    Bisected Newton's steps for B/A = 1, which is a straight line if all variances are equal.
    """
    low, high, least = before[0], after[0], NEGLIGIBLE * unit
    found = np.empty(low.size)
    rows = np.arange(low.size)
    tau2 = _interpolated(before, after)
    for _ in range(ITERATIONS):
        if not rows.size:
            return found
        _, ratio, numerator, denominator = _balance(data, tau2, restricted)
        rises = ratio > 1
        low, high = np.where(rises, tau2, low), np.where(rises, high, tau2)
        following = tau2 + (ratio - 1) / (numerator - denominator)
        inside = (following >= low) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        last = np.where(inside, PRECISION, PRECISION**2) * following + least
        left = np.abs(following - tau2) > last
        tau2 = following
        if not left.all():
            found[rows] = tau2
            data, rows, tau2 = data.members(left), rows[left], tau2[left]
            low, high, least = low[left], high[left], least[left]
    raise UndefinedError(f"the likelihood of tau² did not converge in {ITERATIONS} iterations")


def _interpolated(before: FloatArray, after: FloatArray) -> FloatArray:
    """tau² (n,) where B/A is 1 if tau² is a cubic of it, with the slopes at both points (4, n)."""
    t0, t1 = before[0], after[0]
    ends = np.array([before[1:], after[1:]])
    (h0, h1), (s0, s1) = 1 / ends[:, 0], ends[:, 0] / (ends[:, 1] - ends[:, 2])
    rise = h1 - h0
    u = (1 - h0) / rise
    rest = 1 - u
    slopes = rise * u * rest * (rest * s0 - u * s1)
    tau2: FloatArray = t0 + (t1 - t0) * u**2 * (3 - 2 * u) + slopes
    inside = (tau2 >= t0) & (tau2 <= t1)
    return np.where(inside, tau2, (t0 + t1) / 2)


def _balance(data: Problem, tau2: FloatArray, restricted: bool) -> FloatArray:
    """tau², A/B, -A'/A and -B'/B, stacked: shape (4, ...) for `tau2` (...)."""
    w = weights(data, tau2)
    cov = covariance(data, w)
    _, residual = regress(data, w, cov, data.y)
    pull = w * residual  # Py
    _, residual = regress(data, w, cov, pull)
    a, a_fall = dot(pull, pull), 2 * dot(w * residual, residual)
    b, b_fall = _traces(data, w, cov) if restricted else (dot(w, data.include), dot(w, w))
    return np.array([tau2, a / b, a_fall / a, b_fall / b])


def _traces(data: Problem, w: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Traces of P and of PP, shape (...)."""
    w2 = w * w
    if data.x is None:
        variance = cov[..., 0, 0]
        total = dot(w2, data.include)
        share = total * variance
        return 1 / variance - share, total - 2 * dot(w2, w) * variance + share * share
    squares, cubes = information(data, w2), information(data, w2 * w)
    hat = cov @ squares
    trace = dot(w, data.include) - product_trace(cov, squares)
    return trace, dot(w, w) - product_trace(cov, 2 * cubes - squares @ hat)
