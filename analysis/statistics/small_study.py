"""Small-study effects: Egger's and Begg's tests, trim and fill."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from analysis.statistics import moderators, pooling
from analysis.statistics.arrays import (
    NOISE,
    FloatArray,
    UndefinedError,
    at_least,
    effects,
    finite,
    one_of,
    tied_ranks,
)


@dataclass(frozen=True)
class AsymmetryTest:
    """A test of funnel plot asymmetry.

    `slope` is the change of the effect with the predictor (standard error, or a function of sample
    size), with its interval; `limit` is the effect at predictor 0, with its interval. `statistic`
    has a t distribution on `df` degrees of freedom, or a normal one where `df` is nan.
    """

    form: str
    slope: float
    slope_low: float
    slope_high: float
    statistic: float
    df: float
    p: float
    limit: float
    limit_low: float
    limit_high: float


def egger_regression(
    yi: ArrayLike, vi: ArrayLike, predictor: ArrayLike | None = None
) -> AsymmetryTest:
    """Egger's test in its original form: weighted regression with a dispersion factor.

    `predictor` (k,) is the standard error unless given. Raises ValueError below k = 3 and for a
    predictor that is the same for all effects.
    Source: Egger et al. 1997, BMJ 315:629-634; Sterne and Egger 2005; metafor
    `regtest(model="lm")`.
    """
    found = egger_meta_regression(yi, vi, predictor, method="EE", test="knha")
    return replace(found, form="regression")


def egger_meta_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    predictor: ArrayLike | None = None,
    *,
    method: str = "REML",
    test: str = "z",
) -> AsymmetryTest:
    """Egger's test as a mixed-effects meta-regression on the standard error or on `predictor`.

    Raises ValueError below k = 3 and for a predictor that is the same for all effects. Source:
    Sterne and Egger 2005, in Publication Bias in Meta-Analysis, chapter 6; metafor
    `regtest(model="rma")`.
    """
    y, v, x = _predictor(yi, vi, predictor)
    model = moderators.meta_regression(
        y,
        v,
        np.column_stack([np.ones_like(x), x]),
        ("limit", "slope"),
        method=method,
        test=test,
    )
    limit, slope = model.coefficients
    return AsymmetryTest(
        form="meta-regression",
        slope=slope.estimate,
        slope_low=slope.ci_low,
        slope_high=slope.ci_high,
        statistic=slope.statistic,
        df=float("nan") if test == "z" else float(model.qe_df),
        p=slope.p,
        limit=limit.estimate,
        limit_low=limit.ci_low,
        limit_high=limit.ci_high,
    )


def valid_on_standard_error(measure: str) -> bool:
    """Whether a test of asymmetry on the standard error is valid for a measure.

    It isn't for SMDs: their standard error contains the SMD, so that the test finds asymmetry
    that this alone makes. Source: Pustejovsky and Rodgers 2019, Res Synth Methods 10:57-71.
    """
    return measure != "SMD"


def sample_size_predictor(n_treated: ArrayLike, n_control: ArrayLike) -> FloatArray:
    """sqrt(1/n1 + 1/n2), shape (k,): the predictor of Egger's test that is valid for SMDs.

    The standard error of an SMD depends on the SMD itself; this part of it doesn't.
    Source: Pustejovsky and Rodgers 2019, Res Synth Methods 10:57-71.
    """
    n1, n2 = at_least("n_treated", n_treated, 1), at_least("n_control", n_control, 1)
    return np.asarray(np.sqrt(1 / n1 + 1 / n2))


@dataclass(frozen=True)
class RankTest:
    """Kendall's tau between standardized effects and their variances, with its p-value."""

    tau: float
    p: float
    exact: bool


def begg(yi: ArrayLike, vi: ArrayLike) -> RankTest:
    """Begg and Mazumdar's rank correlation test.

    The p-value is exact without ties, as in metafor, else (and above k = 170) from the normal
    distribution with correction for ties; nan where all variances or all effects are equal. What
    differs by no more than rounding is a tie.
    Raises ValueError below k = 3. Source: Begg and Mazumdar 1994, Biometrics 50:1088-1101; exact
    distribution: Kendall 1938, Biometrika 30:81-93.
    """
    y, v = _three_effects(yi, vi)
    w, centred = 1 / v, y - np.median(y)
    # Effect minus pooled effect, over the root of its variance v - 1/sum(w): both without
    # cancellation if each effect is compared with all others.
    others = _sum_of_others(w)
    scale = np.sqrt(w * others / w.sum())
    standardized = scale * (centred - _sum_of_others(w * centred) / others)
    noise = NOISE * y.size * scale * np.abs(y).max()
    return _kendall(tied_ranks(standardized, noise), tied_ranks(v, NOISE * v))


@dataclass(frozen=True)
class TrimAndFill:
    """Trim and fill: how many studies the rule imputes, and the pooled effect with them.

    `side` is where studies are missing; `filled_yi`, `filled_vi` are the k0 imputed effects.
    """

    k0: int
    side: str
    estimator: str
    filled_yi: FloatArray
    filled_vi: FloatArray
    pooled: pooling.Pooled


def trim_and_fill(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    side: str | None = None,
    estimator: str = "L0",
    method: str = "REML",
    trim_method: str | None = None,
    test: str = "z",
) -> TrimAndFill:
    """Impute the mirror images of the most extreme effects until the funnel is symmetric.

    `side` ("left" or "right") is where studies may be missing; by default the side that Egger's
    meta-regression points to. `estimator` of the number missing is L0 or R0. The centre is found
    by `trim_method` (default: `method`; "EE" is the original proposal), the result is pooled by
    `method` and `test`. Of equal effects the later one counts as more extreme. Raises ValueError
    below k = 3, for unknown names, and without `side` where all variances are equal.
    Source: Duval and Tweedie 2000, Biometrics 56:455-463; as in metafor.
    """
    y, v = _three_effects(yi, vi)
    one_of("estimator", estimator, ("L0", "R0"))
    if side is None:
        slope = egger_meta_regression(y, v, method=method).slope
        side = "right" if slope < 0 else "left"
    if side not in ("left", "right"):
        raise ValueError(f"side must be left or right, got {side!r}")
    sign = 1.0 if side == "left" else -1.0
    order = np.argsort(tied_ranks(sign * y, NOISE * np.abs(y)), kind="stable")
    y_sorted, v_sorted = sign * y[order], v[order]
    centre, k0 = _trim(y_sorted, v_sorted, estimator, trim_method or method)
    extreme = slice(y.size - k0, y.size)
    filled_yi = sign * (2 * centre - y_sorted[extreme])
    filled_vi = v_sorted[extreme]
    pooled = pooling.pool(
        np.append(y, filled_yi), np.append(v, filled_vi), method=method, test=test
    )
    return TrimAndFill(k0, side, estimator, filled_yi, filled_vi, pooled)


def _trim(y: FloatArray, v: FloatArray, estimator: str, method: str) -> tuple[float, int]:
    """Centre and number of effects to trim from the right of ascending effects `y`."""
    k, k0, seen = y.size, 0, set()
    noise = NOISE * np.abs(y).max()
    while True:
        kept = slice(0, k - k0)
        centre = pooling.pool(y[kept], v[kept], method=method).estimate
        deviation = y - centre
        deviation[np.abs(deviation) <= noise] = 0.0
        distance = tied_ranks(np.abs(deviation), noise)
        rank = np.argsort(np.argsort(distance, kind="stable")) + 1
        if estimator == "L0":
            missing = (4 * rank[deviation > 0].sum() - k * (k + 1)) / (2 * k - 1)
        else:
            missing = k - rank[deviation <= 0].max() - 1
        following = int(max(0, round(float(missing))))
        if following == k0:
            return centre, k0
        if following in seen:
            raise UndefinedError(f"trim and fill oscillates between {k0} and {following} studies")
        seen.add(k0)
        k0 = following


def _predictor(
    yi: ArrayLike, vi: ArrayLike, predictor: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    y, v = _three_effects(yi, vi)
    x = np.sqrt(v) if predictor is None else finite("predictor", predictor)
    if x.shape != y.shape:
        raise ValueError(f"predictor must have shape {y.shape}, got {x.shape}")
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise UndefinedError(
            "predictor (by default the standard error) must differ between effects"
        )
    return y, v, x


def _three_effects(yi: ArrayLike, vi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    y, v = effects(yi, vi)
    if y.size < 3:
        raise UndefinedError(f"a test of asymmetry needs at least 3 effects, got {y.size}")
    return y, v


def _sum_of_others(values: FloatArray) -> FloatArray:
    """Sum of all values (k,) but each one: of those before and those after it."""
    zero = np.zeros(1)
    before = np.append(zero, np.cumsum(values[:-1]))
    after = np.append(np.cumsum(values[:0:-1])[::-1], zero)
    return before + after


def _kendall(x: FloatArray, y: FloatArray) -> RankTest:
    """Kendall's tau-b with its two-sided p-value."""
    n = x.size
    pairs = n * (n - 1) / 2
    order = np.lexsort((y, x))
    both = np.cumsum((np.diff(x[order], prepend=np.nan) != 0) | (np.diff(y[order], prepend=0) != 0))
    ties_x, ties_y, ties = (np.unique(a, return_counts=True)[1].astype(float) for a in (x, y, both))
    untied_x, untied_y, untied = (pairs - (t * (t - 1)).sum() / 2 for t in (ties_x, ties_y, ties))
    discordant = _inversions(y[order].tolist())
    concordant = int(untied_x + untied_y - untied) - discordant
    score = concordant - discordant
    if untied_x == 0 or untied_y == 0:
        return RankTest(float("nan"), float("nan"), False)
    tau = score / np.sqrt(untied_x * untied_y)
    exact = bool(n <= 170 and untied_x == pairs and untied_y == pairs)
    if exact:
        lower = min(concordant, discordant)
        share = np.ones(1)  # of the permutations with 0, 1, 2, ... inversions
        for length in range(2, n + 1):
            share = np.convolve(share, np.full(length, 1 / length))
        p = min(1.0, 2 * float(share[: lower + 1].sum()))
    else:
        p = float(2 * ndtr(-abs(score) / np.sqrt(_kendall_variance(n, ties_x, ties_y))))
    return RankTest(float(tau), p, exact)


def _inversions(values: Sequence[float]) -> int:
    """How many pairs stand in falling order."""
    found, seen = 0, list[float]()
    for value in values:
        place = bisect_right(seen, value)
        found += len(seen) - place
        seen.insert(place, value)
    return found


def _kendall_variance(n: int, ties_x: FloatArray, ties_y: FloatArray) -> float:
    """Variance of Kendall's score under independence, with ties (Kendall 1970, section 4.9)."""

    def cubic(t: FloatArray) -> float:
        return float((t * (t - 1) * (2 * t + 5)).sum())

    def pairs(t: FloatArray) -> float:
        return float((t * (t - 1)).sum())

    def triples(t: FloatArray) -> float:
        return float((t * (t - 1) * (t - 2)).sum())

    whole = np.array([float(n)])
    return (
        (cubic(whole) - cubic(ties_x) - cubic(ties_y)) / 18
        + triples(ties_x) * triples(ties_y) / (9 * triples(whole))
        + pairs(ties_x) * pairs(ties_y) / (2 * pairs(whole))
    )
