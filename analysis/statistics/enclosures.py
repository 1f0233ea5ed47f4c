"""Guaranteed bounds on a pooled result whose effects and variances are known to a box.

Outer bounds: no choice of effects and variances inside their boxes gives a result outside them.
They rest on four facts about weights w > 0. A weighted mean is largest when the effects are, with
the weights at their upper ends above some threshold and at their lower ends below it. A weighted
sum of squares around its own mean is the least one around any centre, so it grows with each
weight. Sum w - sum w²/sum w grows with each weight. The generalized Q falls with tau².
"""

from collections.abc import Callable

import numpy as np
from scipy.special import chdtrc, ndtr, stdtr

from analysis.statistics.arrays import FloatArray
from analysis.statistics.boxes import (
    SLACK,
    Box,
    UnboundedError,
    absolute,
    box,
    clip_below,
    decreasing,
    square_root,
)
from analysis.statistics.checks import i2_of_q
from analysis.statistics.pooling import quantile

CELLS = 256
PIECES = 16
ROUNDS = 4
NOISE = 1e-15
"""Share of the largest possible value that rounding can take from a difference or a sum."""


def pooled(
    yi: Box,
    vi: Box,
    *,
    method: str = "REML",
    test: str = "z",
    i2_from: str = "q",
    level: float = 0.95,
) -> dict[str, Box]:
    """Bounds on a pooled result, by the names of `pooling.Pooled` and for the same settings.

    `yi` and `vi` have shape (k,). The prediction interval is that from t on k-1. It is left out
    where there is none, as are I², H² and the p-value of Q of a single study. Raises ValueError for
    a `method` without an enclosure, UnboundedError where the boxes admit a variance of 0 or the
    test needs more studies.
    """
    df = _k(yi) - 1
    if test != "z" and df == 0:
        raise UnboundedError(f"test {test} needs two studies")
    tau2 = between_variance(yi, vi, method)
    pieces = _pieces(tau2)
    w = weights(vi, pieces)
    estimate = mean(yi, w)
    se = decreasing(lambda total: 1 / np.sqrt(total), w.sum())
    if test != "z":
        ratio = sum_of_squares(yi, w) / df
        se = se * square_root(clip_below(ratio, 1.0) if test == "adhoc" else ratio)
    half = se * float(quantile((1 + level) / 2, None if test == "z" else np.asarray(df)))
    statistic = estimate / se
    result = {
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "statistic": statistic,
        "p": decreasing(
            lambda size: 2 * (ndtr(-size) if test == "z" else stdtr(df, -size)), absolute(statistic)
        ),
    }
    if method != "EE" and df > 1:
        spread = square_root(pieces + se**2) * float(quantile((1 + level) / 2, np.asarray(df)))
        result |= {"pi_low": estimate - spread, "pi_high": estimate + spread}
    result = {name: Box(each.low.min(), each.high.max()) for name, each in result.items()}
    return {**result, "tau2": tau2, **_heterogeneity(yi, vi, tau2, method, i2_from)}


def between_variance(yi: Box, vi: Box, method: str) -> Box:
    """Bounds on tau² by an estimator of `TAU2`; 0 for a single study. Raises as `pooled` does."""
    if method not in TAU2:
        raise ValueError(f"no enclosure for {method}; there are {', '.join(TAU2)}")
    return TAU2[method](yi, vi) if _k(yi) > 1 else box(0.0)


def _heterogeneity(yi: Box, vi: Box, tau2: Box, method: str, i2_from: str) -> dict[str, Box]:
    df = _k(yi) - 1
    if df == 0:
        return {"q": box(0.0), "q_df": box(0.0)}
    w = weights(vi, box(0.0))
    q = sum_of_squares(yi, w)
    if i2_from == "q" or method == "EE":
        i2, h2 = i2_of_q(q, df), q / df
    else:
        typical = df / _trace(w)
        i2, h2 = 100 * (1 - typical / (tau2 + typical)), tau2 / typical + 1
    return {
        "q": q,
        "q_df": box(df),
        "q_p": decreasing(lambda size: chdtrc(df, size), q),
        "i2": i2,
        "h2": h2,
    }


def weight_shares(vi: Box, tau2: Box) -> Box:
    """Bounds on the weights in percent, shape (k,)."""
    w = weights(vi, tau2)
    rest_low, rest_high = w.low.sum() - w.low, w.high.sum() - w.high
    low, high = 100 * w.low / (w.low + rest_high), 100 * w.high / (w.high + rest_low)
    return Box(low * (1 - SLACK), high * (1 + SLACK))


def weights(vi: Box, tau2: Box) -> Box:
    """1/(vi + tau2), shape (..., k), for tau2 of shape (...).

    Raises UnboundedError where the sum can be 0.
    """
    total = vi + Box(tau2.low[..., None], tau2.high[..., None])
    if np.any(total.low <= 0):
        raise UnboundedError("a variance can be 0")
    return decreasing(lambda variance: 1 / variance, total)


def mean(yi: Box, w: Box) -> Box:
    """Bounds on the weighted mean for effects (k,) and weights (..., k) known to boxes."""

    def largest(y: FloatArray) -> FloatArray:
        order = np.argsort(-y)
        high, low = w.high[..., order], w.low[..., order]
        first = np.zeros((*w.high.shape[:-1], 1))
        above_w = np.concatenate([first, np.cumsum(high, -1)], -1)
        above_wy = np.concatenate([first, np.cumsum(high * y[order], -1)], -1)
        below_w = np.concatenate([np.cumsum(low[..., ::-1], -1)[..., ::-1], first], -1)
        below_wy = np.concatenate(
            [np.cumsum((low * y[order])[..., ::-1], -1)[..., ::-1], first], -1
        )
        return np.asarray(((above_wy + below_wy) / (above_w + below_w)).max(-1))

    slack = SLACK * max(float(np.abs(yi.low).max()), float(np.abs(yi.high).max()))
    return Box(-largest(-yi.low) - slack, largest(yi.high) + slack)


def sum_of_squares(yi: Box, w: Box) -> Box:
    """Bounds on the weighted sum of squares around the weighted mean, for w of shape (..., k)."""
    y = yi - float((yi.low.min() + yi.high.max()) / 2)  # so that rounding is that of the spread
    reach = float(y.high.max() - y.low.min())
    middle = (y.low + y.high) / 2
    centre = ((w.low * middle).sum(-1) / w.low.sum(-1))[..., None]
    farthest = np.maximum(np.abs(y.low - centre), np.abs(y.high - centre)) + NOISE * reach
    high = (w.high * farthest**2).sum(-1)

    def gaps(at: FloatArray) -> FloatArray:
        """Signed distance from each box to a centre (..., 1); 0 inside the box."""
        return np.maximum(0.0, at - y.high) - np.maximum(0.0, y.low - at)

    # The nearest squares are convex in the centre, and their slope is linear between the ends of
    # the boxes. What lies below the line that touches them is below all of them.
    ends = np.sort(np.concatenate([y.low, y.high]))
    slopes = _beyond_edges(w.low, y.high, ends) - _beyond_edges(w.low, -y.low, -ends)
    before = np.clip((slopes <= 0).sum(-1) - 1, 0, ends.size - 2)[..., None]
    left, right = (np.take_along_axis(slopes, before + step, -1) for step in (0, 1))
    rise = np.where(right > left, right - left, 1.0)
    at = ends[before] + np.clip(-left / rise, 0.0, 1.0) * (ends[before + 1] - ends[before])
    gap = gaps(at)
    slope = np.abs((w.low * gap).sum(-1)) + NOISE * yi.low.size * reach * w.low.sum(-1)
    least = (w.low * gap**2).sum(-1) - 2 * slope * reach
    return Box(np.maximum(least * (1 - SLACK), 0.0), high * (1 + SLACK))


def _beyond_edges(w: FloatArray, edges: FloatArray, at: FloatArray) -> FloatArray:
    """Weighted sum of how far each place (n,) lies beyond edges (k,), for w of shape (..., k)."""
    order = np.argsort(edges)
    first = np.zeros((*w.shape[:-1], 1))
    weight = np.concatenate([first, np.cumsum(w[..., order], -1)], -1)
    moment = np.concatenate([first, np.cumsum(w[..., order] * edges[order], -1)], -1)
    passed = np.searchsorted(edges[order], at)
    return np.asarray(at * weight[..., passed] - moment[..., passed])


def _trace(w: Box) -> Box:
    """Sum w - sum w²/sum w, which grows with each weight."""

    def trace(each: FloatArray) -> FloatArray:
        return np.asarray(each.sum(-1) - (each**2).sum(-1) / each.sum(-1))

    return Box(trace(w.low) - SLACK * w.low.sum(-1), trace(w.high) + SLACK * w.high.sum(-1))


def _der_simonian_laird(yi: Box, vi: Box) -> Box:
    w = weights(vi, box(0.0))
    return clip_below((sum_of_squares(yi, w) - (_k(yi) - 1)) / _trace(w), 0.0)


def _hedges(yi: Box, vi: Box) -> Box:
    ones = box(np.ones_like(yi.low))
    return clip_below(sum_of_squares(yi, ones) / (_k(yi) - 1) - vi.sum() / _k(yi), 0.0)


def _hunter_schmidt(yi: Box, vi: Box) -> Box:
    w = weights(vi, box(0.0))
    return clip_below((sum_of_squares(yi, w) - _k(yi)) / w.sum(), 0.0)


def _sidik_jonkman(yi: Box, vi: Box) -> Box:
    crude = sum_of_squares(yi, box(np.ones_like(yi.low))) / _k(yi)
    return clip_below(crude * sum_of_squares(yi, weights(vi, crude)) / (_k(yi) - 1), 0.0)


def _paule_mandel(yi: Box, vi: Box) -> Box:
    """Where the generalized Q, which falls with tau², can equal its degrees of freedom."""

    def excess(at: FloatArray) -> Box:
        return sum_of_squares(yi, weights(vi, box(at))) - (_k(yi) - 1)

    top = _beyond(yi, vi)
    low, high = 0.0, top
    grid = np.linspace(0.0, 1.0, CELLS) ** 3
    for _ in range(ROUNDS):
        at = low + grid * (high - low)
        certain = excess(at)
        still_above = at[certain.low > 0]
        already_below = at[certain.high < 0]
        low = float(still_above.max()) if still_above.size else low
        high = float(already_below.min()) if already_below.size else high
    return Box(np.asarray(low), np.asarray(high))


def _likelihood(restricted: bool) -> Callable[[Box, Box], Box]:
    """Where the score of the likelihood can be 0; the maximum is there, or at tau² = 0."""

    def enclosure(yi: Box, vi: Box) -> Box:
        low, high = 0.0, _beyond(yi, vi)
        grid = np.linspace(0.0, 1.0, CELLS + 1) ** 2
        for _ in range(ROUNDS):
            edges = low + grid * (high - low)
            w = weights(vi, Box(edges[:-1], edges[1:]))
            centre = mean(yi, w)
            gap = absolute(yi - Box(centre.low[:, None], centre.high[:, None]))
            squares = (w**2 * gap**2).sum()
            score = squares - (_trace(w) if restricted else w.sum())
            possible = (score.low <= 0) & (score.high >= 0)
            # At tau² = 0 a falling likelihood is a maximum too.
            possible[0] |= bool(low == 0.0 and score.low[0] <= 0)
            cells = np.flatnonzero(possible)
            low, high = float(edges[cells[0]]), float(edges[cells[-1] + 1])
        return Box(np.asarray(low), np.asarray(high))

    return enclosure


def _beyond(yi: Box, vi: Box) -> float:
    """A tau² beyond which both likelihoods fall and the generalized Q is below k - 1, for certain.

    There w R² + w_max/(k w_min) < 1, with R the range of the effects; both terms fall with tau².
    """
    reach = float(yi.high.max() - yi.low.min()) ** 2
    top = max(reach, float(vi.high.max()))
    k = _k(yi)
    while True:
        most, least = 1 / (float(vi.low.min()) + top), 1 / (float(vi.high.max()) + top)
        if most * reach + most / (k * least) < 1 and k * most * reach < k - 1:
            return top
        top *= 2


def _pieces(tau2: Box) -> Box:
    """A box of tau² in pieces, whose bounds together are tighter than those of the whole."""
    edges = np.linspace(tau2.low, tau2.high, PIECES + 1 if tau2.high > tau2.low else 2)
    return Box(edges[:-1], edges[1:])


def _k(yi: Box) -> float:
    return float(yi.low.shape[-1])


TAU2: dict[str, Callable[[Box, Box], Box]] = {
    "EE": lambda yi, vi: box(0.0),
    "DL": _der_simonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "SJ": _sidik_jonkman,
    "ML": _likelihood(restricted=False),
    "REML": _likelihood(restricted=True),
    "EB": _paule_mandel,
    "PM": _paule_mandel,
}
"""Bounds on tau², by estimator."""
