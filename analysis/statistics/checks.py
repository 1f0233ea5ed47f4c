"""What printed numbers imply of each other, for auditing a paper that prints no study data.

Every function takes numbers, or boxes of what a printed number can stand for, and returns the same
kind: a box of the result holds whatever any admissible input gives.
"""

from collections.abc import Sequence
from math import inf, sqrt
from typing import Any

import numpy as np
from scipy.special import chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

from analysis.statistics.arrays import plain
from analysis.statistics.boxes import (
    SLACK,
    Box,
    Number,
    absolute,
    box,
    clip_below,
    decreasing,
    logarithm,
    square_root,
)
from analysis.statistics.heterogeneity import i2_from_q

Z_95 = float(ndtri(0.975))


def largest_sd(mean: float, n: int, low: float, high: float = inf) -> float:
    """The largest standard deviation that `n` values from `low` to `high` can have about a mean.

    All on the scale of the values; `n` is at least 2, and `mean` lies between the limits, of which
    `high` can be infinite. Source: Bhatia and Davis 2000, Am Math Mon 107:353-357, with divisor
    n - 1, and with the limits that the mean leaves to a single value.
    """
    least = max(low, mean - (n - 1) * (high - mean))
    most = min(high, mean + (n - 1) * (mean - low))
    return sqrt(n / (n - 1) * (mean - least) * (most - mean))


def centre(lower: Number, upper: Number, log: bool = False) -> Any:
    """Middle of an interval: where its estimate lies if it is symmetric.

    With `log`, the middle on the logarithmic scale, for ratios.
    """
    if log:
        return square_root(lower * upper)
    return (lower + upper) / 2.0


def standard_error(lower: Number, upper: Number, level: float = 0.95, log: bool = False) -> Any:
    """Standard error that a normal interval implies; of the logarithm with `log`."""
    if log:
        lower, upper = logarithm(lower), logarithm(upper)
    return (upper - lower) / (2.0 * float(ndtri((1 + level) / 2)))


def z_of_interval(
    estimate: Number, lower: Number, upper: Number, level: float = 0.95, log: bool = False
) -> Any:
    """Z statistic against no effect that an estimate with its normal interval implies."""
    size = logarithm(estimate) if log else estimate
    return size / standard_error(lower, upper, level, log)


def p_of_interval(
    estimate: Number, lower: Number, upper: Number, level: float = 0.95, log: bool = False
) -> Any:
    """Two-sided p-value that an estimate with its normal interval implies."""
    return p_of_z(z_of_interval(estimate, lower, upper, level, log))


def p_of_z(z: Number) -> Any:
    """Two-sided p-value of a z statistic."""
    return decreasing(lambda size: 2 * ndtr(-size), absolute(z))


def p_of_t(t: Number, df: float) -> Any:
    """Two-sided p-value of a t statistic on `df` degrees of freedom."""
    return decreasing(lambda size: 2 * stdtr(df, -size), absolute(t))


def p_of_q(q: Number, df: float) -> Any:
    """p-value of Q from the chi-squared distribution on `df` degrees of freedom."""
    return decreasing(lambda size: chdtrc(df, np.maximum(size, 0.0)), q)


def i2_of_q(q: Number, df: Number) -> Any:
    """I² in percent, max(0, 1 - df/Q); 0 where Q is 0.

    Source: Higgins et al. 2003, BMJ 327:557-560.
    """
    if isinstance(q, Box) or isinstance(df, Box):
        q, df = box(q), clip_below(box(df), 0.0)
        low, high = i2_from_q(q.low, df.high), i2_from_q(q.high, df.low)
        return Box(np.maximum(low - 100 * SLACK, 0.0), high + 100 * SLACK)
    return plain(i2_from_q(q, df))


def h2_of_q(q: Number, df: Number) -> Any:
    """H² = Q/df. Source: Higgins and Thompson 2002, Stat Med 21:1539-1558."""
    return q / df


def q_of_i2(i2: Number, df: float) -> Any:
    """Q that I², in percent and above 0, implies with `df` degrees of freedom."""
    return df / (1.0 - i2 / 100.0)


def q_of_p(p: Number, df: float) -> Any:
    """Q whose p-value on `df` degrees of freedom is `p`."""
    return decreasing(lambda size: chdtri(df, np.clip(size, 0.0, 1.0)), p)


def n_of_smd(estimate: Number, lower: Number, upper: Number, level: float = 0.95) -> Any:
    """Animals in all, in two equal arms, that give one study's SMD its interval.

    Solves SE² = 4/N + g²/(2(N - 3.94)), the variance with which RevMan works, for N above 4.
    Source: Deeks and Higgins 2010, Statistical algorithms in Review Manager 5, section 3.1.
    """
    variance = standard_error(lower, upper, level) ** 2
    half_square = estimate**2 / 2.0
    # V N² - (3.94 V + 4 + g²/2) N + 4 · 3.94 = 0; its larger root lies above 3.94.
    sum_of_roots = 3.94 + (4.0 + half_square) / variance
    return (sum_of_roots + square_root(sum_of_roots**2 - 4.0 * 15.76 / variance)) / 2.0


def tau2_of_i2(i2: float, lower: float, upper: float, k: int) -> float:
    """tau² that I², in percent, would mean if all k studies had one sampling variance.

    Then I² = tau²/(tau² + v) and SE² = (tau² + v)/k, so that tau² = I² k SE². An approximation
    where the variances differ.
    """
    return float(i2 / 100 * k * standard_error(lower, upper) ** 2)


def t_interval(estimate: Number, lower: Number, upper: Number, k: int) -> tuple[Any, Any]:
    """A normal 95% interval of k studies, redrawn with t on k - 1 degrees of freedom."""
    half = standard_error(lower, upper) * float(stdtrit(k - 1, 0.975))
    return estimate - half, estimate + half


def least_contrast(lower: Number, upper: Number, p: Number, level: float = 0.95) -> Any:
    """Least difference between two subgroups of a result, given the p-value of their contrast.

    If the result is pooled with the tau² of the contrast, two disjoint subgroups have
    1/V = 1/V1 + 1/V2, so that V1 + V2 is at least 4V, and studies outside both only raise it. With
    a larger tau² of its own, as without the moderator, the least difference can be smaller.
    """
    z = decreasing(lambda size: -ndtri(np.clip(size, 0.0, 1.0) / 2), p)
    return 2.0 * standard_error(lower, upper, level) * z


def rest_of(
    total: tuple[Number, Number, Number], part: tuple[Number, Number, Number], level: float = 0.95
) -> tuple[Any, Any, Any]:
    """What the other studies must give if `part` is a subset of `total`, both (estimate, limits).

    Common-effect pooling adds weights and weighted effects. Where the part has more weight than
    the total, the rest has none and the result is nan.
    """
    se_total, se_part = (standard_error(low, high, level) for _, low, high in (total, part))
    weight_total, weight_part = 1.0 / se_total**2, 1.0 / se_part**2
    weight = weight_total - weight_part
    if not isinstance(weight, Box):
        weight = np.where(weight > 0, weight, np.nan)
    # Each estimate stands once, so that boxes stay tight.
    estimate = total[0] - (part[0] - total[0]) * weight_part / weight
    half = float(ndtri((1 + level) / 2)) / square_root(weight)
    return estimate, estimate - half, estimate + half


def q_of_part(
    total: tuple[Number, Number, Number], part: tuple[Number, Number, Number], level: float = 0.95
) -> Any:
    """Q on 1 df between a part of the studies and the rest, from part and total alone.

    With common weights it is (y_part - y_total)² / (SE_part² - SE_total²), where the rest is given
    by the total. Q of the total is this, plus Q of the part, plus Q of the rest.
    """
    se_total, se_part = (standard_error(r[1], r[2], level) for r in (total, part))
    return (part[0] - total[0]) ** 2 / (se_part**2 - se_total**2)


def least_q(total: tuple[Box, Box, Box], part: tuple[Box, Box, Box], within: float = 0.0) -> float:
    """Least Q of a total within rounding, from a printed part and the least Q inside that part.

    With common weights, as `q_of_part`, which can't be negative.
    """
    return max(0.0, float(q_of_part(total, part).low)) + within


def weight_of_part(
    total: tuple[Number, Number, Number], part: tuple[Number, Number, Number]
) -> Any:
    """Weight of a part of the studies in percent of the total's, with common weights."""
    return 100.0 * ((total[2] - total[1]) / (part[2] - part[1])) ** 2


def combined(
    parts: Sequence[tuple[Number, Number, Number]], level: float = 0.95
) -> tuple[Any, Any, Any]:
    """Common-effect total of disjoint subgroups, each (estimate, lower, upper).

    Raises ValueError without any.
    """
    if not parts:
        raise ValueError("takes one part or more")
    weights = [1.0 / standard_error(low, high, level) ** 2 for _, low, high in parts]
    weight = sum(weights[1:], weights[0])
    products = [estimate * w for (estimate, _, _), w in zip(parts, weights, strict=True)]
    estimate = sum(products[1:], products[0]) / weight
    half = float(ndtri((1 + level) / 2)) / square_root(weight)
    return estimate, estimate - half, estimate + half


def least_n(lower: Number, upper: Number, level: float = 0.95) -> Any:
    """Least number of animals in all that the interval of an SMD can rest on, 4/SE².

    The variance of an SMD is at least 1/n1 + 1/n2, which is least at n1 = n2; pooling studies adds
    their information, and random effects only widen the interval. Software that multiplies the
    variance by the square of Hedges' correction as well can do with fewer, by that factor.
    """
    return 4.0 / standard_error(lower, upper, level) ** 2


def share(part: Number, whole: Number) -> Any:
    """`part` in percent of `whole`."""
    return 100.0 * part / whole


def percent_is_possible(percent: Number, n: int) -> bool:
    """Whether some whole number from 0 to `n` gives the percentage (GRIM).

    Source: Brown and Heathers 2017, Soc Psychol Personal Sci 8:363-369.
    """
    value = box(percent)
    least = np.maximum(np.ceil(value.low * n / 100 - 1e-9), 0)
    return bool(least <= np.minimum(np.floor(value.high * n / 100 + 1e-9), n))


def nearest_ratio(ratio: float, n: float) -> float:
    """The ratio of a whole number to `n` that is nearest to a given one.

    Source: Brown and Heathers 2017, Soc Psychol Personal Sci 8:363-369.
    """
    return round(ratio * n) / n


def most_disagreement(kappa: Number, categories: int) -> Any:
    """Largest share of disagreement, in percent, that Cohen's kappa admits.

    Disagreement is (1 - kappa)(1 - chance agreement); raters who use the categories alike agree by
    chance in one of `categories` or more. Source: Cohen 1960, Educ Psychol Meas 20:37-46.
    """
    return 100.0 * (1.0 - kappa) * (1.0 - 1.0 / categories)


def inside(estimate: Number, lower: Number, upper: Number) -> bool:
    """Whether an estimate can lie inside its interval; False only if it certainly doesn't."""
    e, low, high = box(estimate), box(lower), box(upper)
    return bool(e.high >= low.low and e.low <= high.high)


def sd_from_se(estimate: Number, n: float) -> Any:
    """SMD as it would be if the SDs behind `estimate` were standard errors of `n` animals an arm.

    A suspiciously large SMD often becomes ordinary so: it shrinks by the square root of n.
    """
    return estimate / float(np.sqrt(n))


def duplicates(values: list[str]) -> list[str]:
    """The values that occur more than once, compared without case and spaces around them."""
    seen: dict[str, int] = {}
    for value in values:
        key = " ".join(value.lower().split())
        seen[key] = seen.get(key, 0) + 1
    return [value for value, times in seen.items() if times > 1]


def inversions(groups: Sequence[str], first: Sequence[float], second: Sequence[float]) -> list[int]:
    """Places of the rows that stand in wrong order to another row of their group.

    Two rows do if the first number is larger in one of them and the second is not. Years and
    volumes of a journal are an example.
    """
    rows = list(zip(groups, first, second, strict=True))
    return [
        place
        for place, (group, one, two) in enumerate(rows)
        if any(
            group == other and (one - first_) * (two - second_) <= 0 and one != first_
            for other, first_, second_ in rows
        )
    ]


def certainly(low: Number, high: Number) -> bool:
    """Whether the first number is below the second one for every admissible choice."""
    first, second = box(low), box(high)
    return bool(np.all(first.high < second.low))


def prediction_interval(
    estimate: float, lower: float, upper: float, tau2: float, k: int, log: bool = False
) -> tuple[float, float]:
    """Prediction interval of a random-effects result printed with its interval and tau².

    Based on t with k - 1 degrees of freedom; nan below k = 3. `tau2` is that of the logarithm with
    `log`. Source: Higgins, Thompson and Spiegelhalter 2009, JRSS A 172:137-159, section 4.1.
    """
    if k < 3:
        return float("nan"), float("nan")
    middle = float(np.log(estimate)) if log else estimate
    half = stdtrit(k - 1, 0.975) * np.sqrt(tau2 + standard_error(lower, upper, log=log) ** 2)
    low, high = middle - half, middle + half
    return (float(np.exp(low)), float(np.exp(high))) if log else (float(low), float(high))


def i2_interval(q: float, k: int) -> tuple[float, float]:
    """95% interval of I², in percent, from Q of k studies (test-based); nan below k = 3.

    Source: Higgins and Thompson 2002, Stat Med 21:1539-1558, appendix A2.
    """
    if k < 3:
        return float("nan"), float("nan")
    if q == 0:
        return 0.0, 0.0
    if q > k:
        se = 0.5 * (np.log(q) - np.log(k - 1)) / (np.sqrt(2 * q) - np.sqrt(2 * k - 3))
    else:
        se = np.sqrt(1 / (2 * (k - 2)) * (1 - 1 / (3 * (k - 2) ** 2)))
    ln_h = 0.5 * np.log(q / (k - 1))
    h2 = np.exp(2 * (ln_h + np.array([-Z_95, Z_95]) * se))
    low, high = np.maximum(0.0, 100 * (h2 - 1) / h2)
    return float(low), float(high)
