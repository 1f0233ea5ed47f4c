"""Effect sizes and their sampling variances, from two arms or from a printed interval."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ndtri

from analysis.statistics.arrays import (
    BoolArray,
    FloatArray,
    at_least,
    finite,
    one_length,
    one_of,
    positive,
    probability,
)
from analysis.statistics.boxes import Number, logarithm, square_root

RATIO_MEASURES = frozenset({"ROM", "OR", "RR", "HR"})
"""Measures analysed as logarithms and read on the natural scale."""


@dataclass(frozen=True)
class EffectSizes:
    """Effects of k studies on the scale of analysis (ratios as logarithms).

    `yi` and `vi` have shape (k,); `vi` is the sampling variance of `yi`.
    """

    yi: FloatArray
    vi: FloatArray
    measure: str


def mean_difference(
    n_treated: ArrayLike,
    mean_treated: ArrayLike,
    sd_treated: ArrayLike,
    n_control: ArrayLike,
    mean_control: ArrayLike,
    sd_control: ArrayLike,
) -> EffectSizes:
    """Mean of the treated minus mean of the control animals (MD).

    All arguments have shape (k,); means and SDs are in the unit of the outcome, and so is `yi`.
    The variances of the two arms are not pooled. Raises ValueError for n below 2 or SD not
    positive. Source: Cochrane Handbook 6.5, section 6.5.1.1; metafor `escalc(measure="MD")`.
    """
    n1, m1, s1, n2, m2, s2 = _arms(
        n_treated, mean_treated, sd_treated, n_control, mean_control, sd_control
    )
    yi, vi = _mean_difference(n1, m1, s1, n2, m2, s2)
    return EffectSizes(yi, vi, "MD")


def standardized_mean_difference(
    n_treated: ArrayLike,
    mean_treated: ArrayLike,
    sd_treated: ArrayLike,
    n_control: ArrayLike,
    mean_control: ArrayLike,
    sd_control: ArrayLike,
    vtype: str = "LS",
) -> EffectSizes:
    """Mean difference in units of the pooled SD, as Hedges' g with the exact correction (SMD).

    All arguments have shape (k,). `vtype` names the variance: the large-sample one, `LS`,
    1/n1 + 1/n2 + g²/(2(n1 + n2)); the same of the uncorrected difference, times the square of the
    correction, `LS2`; or the unbiased one, `UB`. Raises ValueError for n below 2, SD not positive,
    or an unknown `vtype`. Source: Hedges 1981, J Educ Stat 6:107-128, equation 6e (correction);
    Borenstein et al. 2009, Introduction to Meta-Analysis, equations 4.20 to 4.24 (LS2); Hedges
    1983, Psychol Bull 93:388-395 (UB); metafor `escalc(measure="SMD")`.
    """
    n1, m1, s1, n2, m2, s2 = _arms(
        n_treated, mean_treated, sd_treated, n_control, mean_control, sd_control
    )
    yi, vi = _standardized_mean_difference(n1, m1, s1, n2, m2, s2, vtype)
    return EffectSizes(yi, vi, "SMD")


def hedges_correction(df: ArrayLike) -> FloatArray:
    """Exact factor that makes the standardized mean difference unbiased, without a unit.

    `df` are the degrees of freedom of the pooled SD, n1 + n2 - 2, any shape; raises ValueError
    below 2. Source: Hedges 1981, equation 6e.
    """
    m = at_least("df", df, 2)
    return np.asarray(np.exp(gammaln(m / 2) - np.log(np.sqrt(m / 2)) - gammaln((m - 1) / 2)))


def ratio_of_means(
    n_treated: ArrayLike,
    mean_treated: ArrayLike,
    sd_treated: ArrayLike,
    n_control: ArrayLike,
    mean_control: ArrayLike,
    sd_control: ArrayLike,
) -> EffectSizes:
    """Logarithm of the ratio of the two means (ROM).

    All arguments have shape (k,). Raises ValueError for n below 2, SD or mean not positive.
    Source: Hedges, Gurevitch and Curtis 1999, Ecology 80:1150-1156.
    """
    n1, m1, s1, n2, m2, s2 = _arms(
        n_treated, mean_treated, sd_treated, n_control, mean_control, sd_control
    )
    positive("mean_treated", m1)
    positive("mean_control", m2)
    yi, vi = _ratio_of_means(n1, m1, s1, n2, m2, s2)
    return EffectSizes(yi, vi, "ROM")


def odds_ratio(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    drop00: bool = False,
) -> EffectSizes:
    """Logarithm of the odds ratio (OR); half an event is added to all four cells where one is 0.

    All arguments have shape (k,). `double_zeros` count with half an event as well, as in metafor;
    `drop00` leaves them out, as the Handbook, RevMan and R's meta do, so that yi is shorter. Raises
    ValueError for events below 0 or above n. Source: Cochrane Handbook 6.5, sections 6.4.1.2 (OR),
    10.4.4.1 (half an event) and 10.4.4.2 (double zeros); metafor `escalc(measure="OR")`.
    """
    a, b, c, d = _cells(events_treated, n_treated, events_control, n_control, drop00)
    return EffectSizes(np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d, "OR")


def risk_ratio(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    drop00: bool = False,
) -> EffectSizes:
    """Logarithm of the risk ratio (RR); half an event is added to all four cells where one is 0.

    All arguments have shape (k,). `double_zeros` and `drop00` are as for `odds_ratio`. Raises
    ValueError for events below 0 or above n. Source: Cochrane Handbook 6.5, sections 6.4.1.2 (RR),
    10.4.4.1 and 10.4.4.2; metafor `escalc(measure="RR")`.
    """
    a, b, c, d = _cells(events_treated, n_treated, events_control, n_control, drop00)
    n1, n2 = a + b, c + d
    return EffectSizes(np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2, "RR")


def risk_difference(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    drop00: bool = False,
) -> EffectSizes:
    """Difference of the two risks (RD); half an event is added to all four cells where one is 0.

    All arguments have shape (k,). `double_zeros` count, as they do in RevMan for this measure;
    `drop00` leaves them out. Raises ValueError for events below 0 or above n. Source:
    Cochrane Handbook 6.5, section 6.4.1.4; metafor `escalc(measure="RD")`.
    """
    a, b, c, d = _cells(events_treated, n_treated, events_control, n_control, drop00)
    n1, n2 = a + b, c + d
    return EffectSizes(a / n1 - c / n2, a * b / n1**3 + c * d / n2**3, "RD")


def double_zeros(
    events_treated: ArrayLike, n_treated: ArrayLike, events_control: ArrayLike, n_control: ArrayLike
) -> BoolArray:
    """Which trials have events in no arm, or nothing else in both, shape (k,).

    Such a trial says nothing of the direction of an odds ratio. Raises ValueError for events below
    0 or above n. Source: Cochrane Handbook 6.5, section 10.4.4.2; metafor's `drop00`.
    """
    a, b, c, d = _counts(events_treated, n_treated, events_control, n_control)
    return np.asarray((a == 0) & (c == 0) | (b == 0) & (d == 0))


def from_interval(
    effect: ArrayLike,
    ci_low: ArrayLike,
    ci_high: ArrayLike,
    measure: str = "GEN",
    level: float = 0.95,
) -> EffectSizes:
    """Effects from estimates and their confidence intervals, based on the normal distribution.

    All of shape (k,), on the natural scale: ratio measures are turned into logarithms here. The
    standard error is the interval's width over twice the normal quantile. Raises ValueError for an
    interval that is empty or doesn't contain its estimate, for ratios not positive, for lengths
    that differ, and for a level outside (0, 1).
    Source: Cochrane Handbook 6.5, section 6.3.1.
    """
    probability("level", level)
    y, low, high = one_length(
        effect=analysis_scale("effect", effect, measure),
        ci_low=analysis_scale("ci_low", ci_low, measure),
        ci_high=analysis_scale("ci_high", ci_high, measure),
    )
    outside = np.atleast_1d((low >= high) | (y < low) | (y > high))
    if np.any(outside):
        raise ValueError(f"effect[{int(np.argmax(outside))}] must lie inside its interval")
    se = (high - low) / (2 * ndtri((1 + level) / 2))
    return EffectSizes(y, se**2, measure)


def from_variance(effect: ArrayLike, variance: ArrayLike, measure: str = "GEN") -> EffectSizes:
    """Effects with known sampling variances, shape (k,).

    Ratio measures come on the natural scale and are turned into logarithms here; their variances
    are those of the logarithms. Raises ValueError for variances not positive and for lengths that
    differ.
    """
    y, v = one_length(
        effect=analysis_scale("effect", effect, measure), variance=positive("variance", variance)
    )
    return EffectSizes(y, v, measure)


def from_standard_error(effect: ArrayLike, se: ArrayLike, measure: str = "GEN") -> EffectSizes:
    """Effects with known standard errors, shape (k,).

    Ratio measures come on the natural scale and are turned into logarithms here; their standard
    errors are those of the logarithms. Raises ValueError for standard errors not positive and for
    lengths that differ. Source: Cochrane Handbook 6.5, section 6.3.1.
    """
    y, se_ = one_length(effect=analysis_scale("effect", effect, measure), se=positive("se", se))
    return EffectSizes(y, se_**2, measure)


def from_z(effect: ArrayLike, z: ArrayLike, measure: str = "GEN") -> EffectSizes:
    """Effects with the z statistic against no effect, shape (k,); SE is effect over z.

    Ratio measures come on the natural scale, and z is that of their logarithm. Raises ValueError
    for an effect that is exactly none, for a z whose sign is not that of its effect, and for
    lengths that differ. Source: Cochrane Handbook 6.5, section 6.3.2.
    """
    y, z_ = one_length(effect=analysis_scale("effect", effect, measure), z=finite("z", z))
    return EffectSizes(y, positive("effect / z", _ratio(y, z_)) ** 2, measure)


def from_p(effect: ArrayLike, p: ArrayLike, measure: str = "GEN") -> EffectSizes:
    """Effects with the two-sided p-value of a z test against no effect, shape (k,).

    Ratio measures come on the natural scale, and p is that of their logarithm. Raises ValueError
    for an effect that is exactly none, for p outside (0, 1), and for lengths that differ.
    Source: Cochrane Handbook 6.5, section 6.3.2.
    """
    y, p_ = one_length(effect=analysis_scale("effect", effect, measure), p=positive("p", p))
    positive("1 - p", 1 - p_)
    se = positive("|effect| / z", _ratio(np.abs(y), -ndtri(p_ / 2)))
    return EffectSizes(y, se**2, measure)


def natural_scale(values: ArrayLike, measure: str) -> FloatArray:
    """Values of the scale of analysis as a reader reads them: ratios out of their logarithms."""
    array = np.asarray(values, dtype=float)
    return np.exp(array) if measure in RATIO_MEASURES else array


CONTINUOUS: dict[str, Callable[..., EffectSizes]] = {
    "MD": mean_difference,
    "SMD": standardized_mean_difference,
    "ROM": ratio_of_means,
}
"""Measures of two arms with means: name to function."""

COUNTED: dict[str, Callable[..., EffectSizes]] = {
    "OR": odds_ratio,
    "RR": risk_ratio,
    "RD": risk_difference,
}
"""Measures of two arms with events: name to function."""

MEASURES = (*CONTINUOUS, *COUNTED, "HR", "GEN")
"""Every effect measure that the package knows."""


def _mean_difference(
    n1: FloatArray, m1: Number, s1: Number, n2: FloatArray, m2: Number, s2: Number
) -> tuple[Any, Any]:
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def _standardized_mean_difference(
    n1: FloatArray,
    m1: Number,
    s1: Number,
    n2: FloatArray,
    m2: Number,
    s2: Number,
    vtype: str = "LS",
) -> tuple[Any, Any]:
    one_of("vtype", vtype, SMD_VARIANCES)
    df = n1 + n2 - 2
    pooled_sd = square_root(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / df)
    correction = hedges_correction(df)
    g = correction * (m1 - m2) / pooled_sd
    of_means, of_square = SMD_VARIANCES[vtype](n1, n2, correction)
    return g, of_means + of_square * g**2


SMD_VARIANCES: dict[str, Callable[..., tuple[FloatArray, FloatArray]]] = {
    "LS": lambda n1, n2, correction: (1 / n1 + 1 / n2, 1 / (2 * (n1 + n2))),
    "LS2": lambda n1, n2, correction: (
        correction**2 * (1 / n1 + 1 / n2),
        1 / (2 * (n1 + n2)),
    ),
    "UB": lambda n1, n2, correction: (
        1 / n1 + 1 / n2,
        1 - (n1 + n2 - 4) / ((n1 + n2 - 2) * correction**2),
    ),
}
"""Parts of the variance of g by `vtype`: one that rests on n alone, and the factor of g²."""


def _ratio_of_means(
    n1: FloatArray, m1: Number, s1: Number, n2: FloatArray, m2: Number, s2: Number
) -> tuple[Any, Any]:
    return logarithm(m1) - logarithm(m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)


def _revman_standardized_mean_difference(
    n1: FloatArray, m1: Number, s1: Number, n2: FloatArray, m2: Number, s2: Number
) -> tuple[Any, Any]:
    """SMD as Review Manager 5 computes it: approximate correction, and a variance of its own.

    Source: Deeks and Higgins 2010, Statistical algorithms in Review Manager 5, section 3.1.
    """
    n = n1 + n2
    pooled_sd = square_root(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n - 2))
    g = (1 - 3 / (4 * n - 9)) * (m1 - m2) / pooled_sd
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n - 3.94))


KERNELS: dict[str, Callable[..., tuple[Any, Any]]] = {
    "MD": _mean_difference,
    "SMD": _standardized_mean_difference,
    "SMD-RevMan": _revman_standardized_mean_difference,
    "ROM": _ratio_of_means,
}
"""Effect and variance of two arms whose means and SDs may be known to boxes alone."""


def analysis_scale(name: str, values: ArrayLike, measure: str) -> FloatArray:
    """Values, called `name` in errors, on the scale of analysis: the logarithm of a ratio.

    Raises ValueError for a ratio that is not above 0, and for what is not finite.
    """
    return np.log(positive(name, values)) if measure in RATIO_MEASURES else finite(name, values)


def _ratio(effect: FloatArray, z: FloatArray) -> FloatArray:
    """Standard error behind a z statistic; 0 where z is 0 and so tells nothing of it."""
    return np.divide(effect, z, out=np.zeros(np.shape(effect)), where=z != 0)


def _arms(
    n_treated: ArrayLike,
    mean_treated: ArrayLike,
    sd_treated: ArrayLike,
    n_control: ArrayLike,
    mean_control: ArrayLike,
    sd_control: ArrayLike,
) -> tuple[FloatArray, ...]:
    return one_length(
        n_treated=at_least("n_treated", n_treated, 2),
        mean_treated=finite("mean_treated", mean_treated),
        sd_treated=positive("sd_treated", sd_treated),
        n_control=at_least("n_control", n_control, 2),
        mean_control=finite("mean_control", mean_control),
        sd_control=positive("sd_control", sd_control),
    )


def _counts(
    events_treated: ArrayLike, n_treated: ArrayLike, events_control: ArrayLike, n_control: ArrayLike
) -> tuple[FloatArray, ...]:
    """Animals with and without an event in the treated arm, then in the control arm."""
    a, n1, c, n2 = one_length(
        events_treated=at_least("events_treated", events_treated, 0),
        n_treated=at_least("n_treated", n_treated, 1),
        events_control=at_least("events_control", events_control, 0),
        n_control=at_least("n_control", n_control, 1),
    )
    b = at_least("n_treated - events_treated", n1 - a, 0)
    d = at_least("n_control - events_control", n2 - c, 0)
    return a, b, c, d


def _cells(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    drop00: bool,
) -> FloatArray:
    """The four cells of each trial (4, k), with half an event added to all where one is 0."""
    arms = (events_treated, n_treated, events_control, n_control)
    cells = np.array(_counts(*arms))
    cells = cells + np.where((cells == 0).any(0), 0.5, 0.0)
    return np.asarray(cells[:, ~double_zeros(*arms)] if drop00 else cells)
