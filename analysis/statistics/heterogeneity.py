"""Heterogeneity between studies: Q, tau² by nine estimators, its interval, I² and H².

All functions take a `Problem`: a batch of meta-analyses of shape (...), of k effects each.
"""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri

from analysis.statistics.arrays import FloatArray, UndefinedError, of_each, one_of
from analysis.statistics.least_squares import (
    Problem,
    dot,
    fit,
    information,
    product_trace,
    projection_trace,
    residuals,
    solve,
    weights,
)
from analysis.statistics.likelihood import maximize

ITERATIONS = 200
PRECISION = 1e-6
"""Relative size of a step of Newton's that is the last: the error it leaves is its square."""


def q_test(data: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cochran's Q (QE), its degrees of freedom and its p-value from chi-squared, shape (...).

    Source: Cochran 1954, Biometrics 10:101-129.
    """
    q, df = data.q, data.df
    return q * (df > 0), df, chdtrc(np.maximum(df, 1), q) + data.undefined


def estimate_tau2(data: Problem, method: str = "REML") -> FloatArray:
    """Between-study variance tau², shape (...), in squared units of the effect; never below 0.

    `method` is one of `METHODS`; `EE` (equal effects) gives 0. A member of the batch with no
    residual degrees of freedom gives 0. Raises ValueError for an unknown method, UndefinedError if
    an iteration does not converge. Sources: see the functions named after the estimators.
    """
    one_of("method", method, METHODS)
    defined = data.df > 0
    if method == "EE" or not defined.any():
        return np.zeros(defined.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = METHODS[method](data)
    return np.where(defined, np.maximum(tau2, 0.0), 0.0)


def q_profile_interval(data: Problem, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Interval of tau² that inverts the generalized Q statistic; nan without residual df.

    Source: Viechtbauer 2007, Stat Med 26:37-52 (Q-profile).
    """
    low, high = _solve_q(data, _limits_of_q(data, level))
    return low + data.undefined, high + data.undefined


def tau2_with_interval(
    data: Problem, method: str, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """tau² by `method` and its Q-profile interval, shape (...); `EE` has none.

    What Paule and Mandel solve is an equation of the interval too, so that all three are found
    together. Raises as `estimate_tau2`.
    """
    if method == "EE":
        none = np.full(np.shape(data.df), np.nan)
        return estimate_tau2(data, method), none, none
    if METHODS.get(method) is not paule_mandel:
        return estimate_tau2(data, method), *q_profile_interval(data, level)
    targets = np.array([np.maximum(data.df, 1), *_limits_of_q(data, level)])
    tau2, low, high = _solve_q(data, targets)
    return tau2 * (data.df > 0), low + data.undefined, high + data.undefined


def _limits_of_q(data: Problem, level: float) -> FloatArray:
    """What Q is at both limits of tau², the lower one first, shape (2, ...)."""
    tails = ((1 - level) / 2, (1 + level) / 2)
    return np.array([of_each(partial(_chi2_quantile, tail), data.df) for tail in tails])


@lru_cache(maxsize=1024)
def _chi2_quantile(tail: float, df: float) -> float:
    """Where the upper tail of chi-squared is `tail`; on 1 degree of freedom where there is none."""
    return float(chdtri(max(df, 1.0), tail))


def typical_variance(data: Problem) -> FloatArray:
    """Typical sampling variance of the studies, shape (...); nan without residual df.

    Source: Higgins and Thompson 2002, Stat Med 21:1539-1558, equation 9; with moderators as in
    metafor, (k - p)/tr(P).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return data.df / projection_trace(data, data.common) + data.undefined


def i2_from_tau2(tau2: ArrayLike, typical: ArrayLike) -> FloatArray:
    """I² in percent, from tau² and the typical sampling variance, as metafor defines it."""
    t = np.asarray(tau2, dtype=float)
    return np.asarray(100 * t / (t + np.asarray(typical, dtype=float)))


def h2_from_tau2(tau2: ArrayLike, typical: ArrayLike) -> FloatArray:
    """H², total over sampling variance, from tau² and the typical sampling variance."""
    return np.asarray(np.asarray(tau2, dtype=float) / np.asarray(typical, dtype=float) + 1)


def i2_from_q(q: ArrayLike, df: ArrayLike) -> FloatArray:
    """I² in percent, max(0, (Q - df)/Q); 0 where Q is 0.

    Source: Higgins, Thompson, Deeks and Altman 2003, BMJ 327:557-560.
    """
    q, df = np.asarray(q, dtype=float), np.asarray(df, dtype=float)
    return np.where(q > df, 100 * (q - df) / np.where(q > 0, q, 1), 0.0)


def h2_from_q(q: ArrayLike, df: ArrayLike) -> FloatArray:
    """H² = Q/df; nan without residual df. Source: Higgins and Thompson 2002."""
    q, df = np.asarray(q, dtype=float), np.asarray(df, dtype=float)
    return np.where(df > 0, q / np.where(df > 0, df, 1), np.nan)


def der_simonian_laird(data: Problem) -> FloatArray:
    """DL, from Q. Source: DerSimonian and Laird 1986, Control Clin Trials 7:177-188, p. 182."""
    return (data.q - data.df) / projection_trace(data, data.common)


def hedges(data: Problem) -> FloatArray:
    """HE, from the unweighted variance. Source: Hedges 1983, Psychol Bull 93:388-395."""
    ordinary = solve(data, data.include)
    leverage = product_trace(ordinary.cov, information(data, data.include * data.v))
    mean_variance = (data.include * data.v).sum(-1) - leverage
    return np.asarray((ordinary.rss - mean_variance) / data.df)


def hunter_schmidt(data: Problem) -> FloatArray:
    """HS, (Q - k)/sum of weights. Source: Hunter and Schmidt 1990; Viechtbauer 2005."""
    return np.asarray((data.q - data.k) / data.common.w.sum(-1))


def sidik_jonkman(data: Problem) -> FloatArray:
    """SJ, in two steps from a crude start. Source: Sidik and Jonkman 2005, JRSS C 54:367-384."""
    crude = crude_variance(data)
    start = np.where(crude > 0, crude, 1.0)
    return np.where(crude > 0, start * fit(data, start).rss / data.df, 0.0)


def crude_variance(data: Problem) -> FloatArray:
    """Mean squared deviation of the effects from their unweighted mean, shape (...)."""
    mean = (data.include * data.y).sum(-1) / data.k
    return np.asarray((data.include * (data.y - mean[..., None]) ** 2).sum(-1) / data.k)


def paule_mandel(data: Problem) -> FloatArray:
    """PM, where the generalized Q equals its degrees of freedom; equal to EB, empirical Bayes.

    Sources: Paule and Mandel 1982, J Res Natl Bur Stand 87:377-385; Morris 1983, JASA 78:47-55;
    their identity: Viechtbauer et al. 2015, Psychol Methods 20:360-374.
    """
    return _solve_q(data, np.maximum(data.df, 1))


def maximum_likelihood(data: Problem) -> FloatArray:
    """ML. Source: Hardy and Thompson 1996, Stat Med 15:619-629; Viechtbauer 2005."""
    return maximize(data, restricted=False)


def restricted_maximum_likelihood(data: Problem) -> FloatArray:
    """REML. Source: Viechtbauer 2005, J Educ Behav Stat 30:261-293."""
    return maximize(data, restricted=True)


METHODS: dict[str, Callable[[Problem], FloatArray]] = {
    "EE": lambda data: np.zeros(np.shape(data.df)),
    "DL": der_simonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "SJ": sidik_jonkman,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
    "EB": paule_mandel,
    "PM": paule_mandel,
}
"""Estimators of tau² by their names in metafor."""

NAMES = {
    "EE": "common effect",
    "DL": "DerSimonian and Laird",
    "HE": "Hedges",
    "HS": "Hunter and Schmidt",
    "SJ": "Sidik and Jonkman",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "EB": "empirical Bayes",
    "PM": "Paule and Mandel",
}
"""The same in words."""


def _solve_q(data: Problem, target: FloatArray) -> FloatArray:
    """tau² >= 0 at which the generalized Q equals `target`, 0 where it is below it already.

    1/Q is concave and rises with tau², so that Newton's steps from 0 never pass the root; it is a
    straight line if all variances are equal.
    """
    tau2: FloatArray = np.zeros(np.shape(target))
    q, pull = data.q, data.common.w * data.common.residual
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(ITERATIONS):
            # Of equal effects q is 0, as is what it is divided by.
            step = np.fmax((q / target - 1) * q / dot(pull, pull), 0.0)
            tau2 = tau2 + step
            if (step <= PRECISION * tau2).all():
                return tau2
            w = weights(data, tau2)
            residual = residuals(data, w)
            pull = w * residual
            q = dot(pull, residual)
    raise UndefinedError(f"the generalized Q equation did not converge in {ITERATIONS} iterations")
