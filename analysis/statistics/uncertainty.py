"""How well heterogeneity is known: the standard error of tau², and intervals of tau², I² and H²."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import heterogeneity, least_squares
from analysis.statistics.arrays import FloatArray, effects, one_of, plain, probability
from analysis.statistics.least_squares import Problem


@dataclass(frozen=True)
class Heterogeneity:
    """tau² with its standard error, and tau², I² and H² with their intervals.

    tau² is in the squared unit of the effect, I² in percent. Numbers are floats; of a batch they
    are arrays of its shape. What is not defined is nan: everything but tau² without residual
    degrees of freedom, and the standard error of an equal-effects model.
    """

    tau2: float
    se_tau2: float
    tau2_ci_low: float
    tau2_ci_high: float
    i2: float
    i2_ci_low: float
    i2_ci_high: float
    h2: float
    h2_ci_low: float
    h2_ci_high: float
    method: str
    level: float


def assess_heterogeneity(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    *,
    method: str = "REML",
    level: float = 0.95,
    include: ArrayLike | None = None,
) -> Heterogeneity:
    """Heterogeneity of effects (..., k), around their mean or around the design `x` (k, p).

    The interval of tau² is the Q-profile one, whatever `method` estimates tau² itself. I² and H²
    grow with tau², so that their limits are those of tau² carried over. Raises ValueError for
    arguments out of range and columns that are linearly dependent, UndefinedError without
    convergence. Source: Viechtbauer 2007, Stat Med 26:37-52; as metafor's `confint()`.
    """
    probability("level", level)
    data = least_squares.problem(*effects(yi, vi), x, include)
    tau2 = heterogeneity.estimate_tau2(data, method)
    low, high = heterogeneity.q_profile_interval(data, level)
    typical = heterogeneity.typical_variance(data)
    i2, i2_low, i2_high = (heterogeneity.i2_from_tau2(t, typical) for t in (tau2, low, high))
    h2, h2_low, h2_high = (heterogeneity.h2_from_tau2(t, typical) for t in (tau2, low, high))
    return Heterogeneity(
        tau2=plain(tau2),
        se_tau2=plain(tau2_standard_error(data, method, tau2)),
        tau2_ci_low=plain(low),
        tau2_ci_high=plain(high),
        i2=plain(i2),
        i2_ci_low=plain(i2_low),
        i2_ci_high=plain(i2_high),
        h2=plain(h2),
        h2_ci_low=plain(h2_low),
        h2_ci_high=plain(h2_high),
        method=method,
        level=level,
    )


def tau2_standard_error(data: Problem, method: str, tau2: FloatArray) -> FloatArray:
    """Standard error of tau², shape (...), in squared units of the effect.

    nan for `EE` and without residual degrees of freedom. A moment estimator is y'Ay with a fixed
    matrix A, up to a constant, and has the variance 2 tr(AΣAΣ) of a quadratic form; of ML and REML
    the expected information is inverted. Source: Viechtbauer 2005, J Educ Behav Stat 30:261-293;
    as metafor's `se.tau2`.
    """
    one_of("method", method, heterogeneity.METHODS)
    undefined = (data.df <= 0) | (method == "EE")
    k, df = data.k, np.maximum(data.df, 1)
    w = least_squares.weights(data, tau2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "ML":
            variance = 2 / (w**2).sum(-1)
        elif method == "REML":
            ones = np.ones_like(w)
            variance = 2 / _trace(_projection(data, w), ones, ones)
        elif method in ("PM", "EB"):
            variance = 2 * k**2 / df / w.sum(-1) ** 2
        else:
            variance = _quadratic_form(data, method, tau2)
        return np.where(undefined, np.nan, np.sqrt(variance))


def _quadratic_form(data: Problem, method: str, tau2: FloatArray) -> FloatArray:
    """Variance of the moment estimators y'Py/c, with P from weights of their own."""
    if method == "HE":
        weights, divisor = data.include, np.maximum(data.df, 1)
    elif method == "SJ":
        crude = heterogeneity.crude_variance(data)
        weights = least_squares.weights(data, crude)
        divisor = data.df / crude  # infinite for equal effects, whose tau² is 0 for certain
    else:
        weights = data.common.w
        divisor = weights.sum(-1) if method == "HS" else np.ones(())
    p = _projection(data, weights)
    if method == "DL":
        divisor = np.trace(p, axis1=-2, axis2=-1)
    variances = data.v + tau2[..., None]
    return np.asarray(2 * _trace(p, variances, variances) / divisor**2)


def _projection(data: Problem, w: FloatArray) -> FloatArray:
    """P = W - WX(X'WX)⁻¹X'W, shape (..., k, k)."""
    xw = data.design * w[..., None]
    hat = xw @ least_squares.covariance(data, w) @ np.swapaxes(xw, -1, -2)
    return np.asarray(w[..., None] * np.eye(w.shape[-1]) - hat)


def _trace(p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Trace of PAPB for diagonal A and B, given by their diagonals (..., k)."""
    return np.asarray(np.einsum("...ij,...i,...j->...", p**2, a, b))
