"""What a pooled effect says of settings and studies that are still to come."""

import numpy as np

from analysis.statistics.arrays import FloatArray, UndefinedError
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


def tipping_effects(
    estimate: float, se: float, k: int, level: float = 0.95
) -> tuple[float, float] | None:
    """The effects of a next study between which the interval excludes no effect.

    If all studies are equally precise, a random-effects result is the mean of the k effects with
    its t interval, and their variance is k SE²; the next study enters it with the others, so that
    heterogeneity is estimated anew. Below the first of the two effects the study contradicts the
    others enough for the interval to include no effect, above the second it stands too far out;
    None where no effect of one study would make the interval exclude it. On the scale of
    analysis. Raises ValueError for k below 2.
    """
    if k < 2:
        raise UndefinedError(f"k must be at least 2, got {k}")
    t2 = _t(k, level) ** 2
    # (k m + e)² = t² (k + 1)/k ((k - 1) k SE² + k/(k + 1) (e - m)²), as a quadratic in e.
    size = abs(estimate)
    a = 1 - t2
    b = 2 * size * (k + t2)
    c = size**2 * (k**2 - t2) - t2 * (k**2 - 1) * se**2
    root = b**2 - 4 * a * c
    if root < 0:
        return None
    ends = sorted((-b + sign * np.sqrt(root)) / (2 * a) for sign in (1, -1))
    if k * size + ends[0] < -1e-9:
        return None  # there the mean itself would lie on the other side
    side = 1.0 if estimate >= 0 else -1.0
    return float(side * ends[0]), float(side * ends[1])


def _t(df: float, level: float) -> float:
    degrees: FloatArray = np.asarray(float(df))
    return float(quantile(0.5 + level / 2, degrees))
