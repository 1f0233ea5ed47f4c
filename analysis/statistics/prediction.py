"""What a pooled effect says of settings and studies that are still to come."""

import numpy as np

from analysis.statistics.arrays import FloatArray
from analysis.statistics.pooling import p_value, quantile


def probability_above(estimate: float, se: float, tau2: float, k: int, limit: float = 0.0) -> float:
    """Probability that the true effect in a new setting lies above `limit`.

    From the predictive distribution, t on k - 1 degrees of freedom around the pooled effect with
    variance tau² + SE², all on the scale of analysis; nan below k = 3. An approximation: tau² is
    taken as known. Source: Higgins, Thompson and Spiegelhalter 2009, JRSS A 172:137-159.
    """
    if k < 3:
        return float("nan")
    statistic = (estimate - limit) / np.sqrt(tau2 + se**2)
    tail = float(p_value(np.abs(statistic), np.asarray(k - 1.0))) / 2
    return 1 - tail if statistic > 0 else tail


def largest_tau2(estimate: float, se: float, k: int, level: float = 0.95) -> float:
    """The largest tau² with which the prediction interval still excludes no effect.

    The square of the unit of `estimate`; below 0 where the confidence interval alone, with t on
    k - 1 degrees of freedom, holds it already; nan below k = 3.
    """
    if k < 3:
        return float("nan")
    return float((estimate / _t(k - 1, level)) ** 2 - se**2)


def tipping_effect(
    estimate: float, se: float, tau2: float, k: int, variance: float, level: float = 0.95
) -> float:
    """The effect of a next study that brings the nearer limit of the interval to no effect.

    `variance` is the sampling variance of that study. The pooled effect with it is the mean of
    both, weighted by 1/SE² and 1/(variance + tau²), with t on k degrees of freedom; tau² is taken
    to stay as it is, so that a contradicting study, which would also enlarge it, tips earlier.
    On the scale of analysis. Raises ValueError for k below 1, and where neither the study nor
    heterogeneity has any variance.
    """
    if k < 1 or variance + tau2 <= 0:
        raise ValueError(
            f"k must be at least 1 and variance + tau2 above 0, got {k}, {variance}, {tau2}"
        )
    held, added = 1 / se**2, 1 / (variance + tau2)
    side = 1.0 if estimate >= 0 else -1.0
    return float((side * _t(k, level) * np.sqrt(held + added) - held * estimate) / added)


def studies_without_effect(
    estimate: float, se: float, tau2: float, k: int, variance: float, level: float = 0.95
) -> float:
    """How many further studies that find no effect at all make the interval reach no effect.

    Each has the sampling variance `variance`; tau² and the quantile, t on k - 1, stay as they are.
    Below 0 where the interval contains no effect already. On the scale of analysis. Raises
    ValueError for k below 2, and where neither the studies nor heterogeneity has any variance.
    """
    if k < 2 or variance + tau2 <= 0:
        raise ValueError(f"k must be at least 2 and the variance above 0, got {k} and {variance}")
    held = 1 / se**2
    return float(((held * estimate / _t(k - 1, level)) ** 2 - held) * (variance + tau2))


def _t(df: float, level: float) -> float:
    degrees: FloatArray = np.asarray(float(df))
    return float(quantile(0.5 + level / 2, degrees))
