"""Pooling of effects under a common-effect or a random-effects model."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isnan
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from analysis.statistics import heterogeneity, least_squares
from analysis.statistics.arrays import (
    FloatArray,
    at_least,
    effects,
    of_each,
    one_of,
    plain,
    probability,
)

TESTS = ("z", "knha", "adhoc")
"""Wald; Knapp-Hartung; Knapp-Hartung with its multiplier floored at 1 (metafor's names)."""

PREDICTIONS = ("k-1", "k-2", "z")
"""Prediction interval from t on k-1 or on k-2 degrees of freedom, or from the normal."""

I2_SOURCES = ("tau2", "q")
"""I² and H² from tau² and the typical variance (metafor), or from Q (meta, RevMan)."""

MODERN: Mapping[str, Any] = MappingProxyType(
    {"method": "REML", "test": "adhoc", "prediction": "k-1", "i2_from": "tau2"}
)
"""The settings of every living estimate."""


ONE = np.ones(())


@dataclass(frozen=True)
class Pooled:
    """A pooled effect, with what it rests on, on the scale of analysis.

    Numbers are floats; where a batch was pooled they are arrays of its shape, and `weights`, in
    percent, has one more dimension, k. What is not defined is nan: an interval of tau² or a
    prediction interval without enough studies.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float
    tau2: float
    tau2_ci_low: float
    tau2_ci_high: float
    i2: float
    h2: float
    q: float
    q_df: float
    q_p: float
    pi_low: float
    pi_high: float
    k: int
    weights: FloatArray
    method: str
    test: str
    level: float

    def __str__(self) -> str:
        """The phrase that a sentence needs: estimate and interval."""
        limits = f"{number(self.ci_low)} to {number(self.ci_high)}"
        if isnan(self.ci_low):
            limits = number(self.ci_low)
        return f"{number(self.estimate)} ({100 * self.level:g}% CI {limits})"


def pool(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    method: str = "REML",
    test: str = "z",
    prediction: str = "k-1",
    i2_from: str = "tau2",
    level: float = 0.95,
    include: ArrayLike | None = None,
) -> Pooled:
    """Pool effects `yi` with sampling variances `vi`, shape (..., k), into one.

    `method` estimates tau² (`EE` is the common-effect model), `test` makes the interval,
    `prediction` names the distribution of the prediction interval (none below k = 3, nor without
    random effects), `i2_from` the source of I² and H², `include` (..., k) leaves effects out. The
    confidence interval is what the prediction interval becomes at tau² = 0; a normal one, which
    with `knha` or `adhoc` could be narrower, is widened to it.
    Everything is in the unit of `yi`, tau² in its square, I² and weights in percent.
    Raises ValueError for arguments out of range, UndefinedError without convergence, and for
    effects whose squares are beyond computing. Sources:
    Cochrane Handbook 6.5, section 10.10.4; Hartung and Knapp 2001, Stat Med 20:3875-3889;
    floor: Röver et al. 2015, BMC Med Res Methodol 15:99; prediction interval: Higgins,
    Thompson and Spiegelhalter 2009, JRSS A 172:137-159.
    """
    one_of("test", test, TESTS)
    one_of("prediction", prediction, PREDICTIONS)
    one_of("i2_from", i2_from, I2_SOURCES)
    probability("level", level)
    data = least_squares.problem(*effects(yi, vi), include=include)
    if not data.k.all():
        at_least("number of effects to include", data.k, 1)
    q, q_df, q_p = heterogeneity.q_test(data)
    tau2, tau2_low, tau2_high = heterogeneity.tau2_with_interval(data, method, level)
    weighted = least_squares.fit(data, tau2)
    k, df = data.k, data.df
    estimate = weighted.beta[..., 0]
    se = np.sqrt(multiplier(weighted, df, test) * weighted.cov[..., 0, 0])
    t_df = None if test == "z" else df
    wald = inference(estimate, se, t_df, level)
    i2, h2 = i2_and_h2(data, tau2, q, q_df, i2_from if method != "EE" else "q")
    reach = np.full(k.shape, np.nan)
    if method != "EE":
        reach = _prediction_reach(se, tau2, k, t_df, prediction, level)
    numbers = {
        "estimate": estimate,
        "se": se,
        **wald._asdict(),
        "tau2": tau2,
        "tau2_ci_low": tau2_low,
        "tau2_ci_high": tau2_high,
        "i2": i2,
        "h2": h2,
        "q": q,
        "q_df": q_df,
        "q_p": q_p,
        "pi_low": estimate - reach,
        "pi_high": estimate + reach,
    }
    return Pooled(
        **{name: plain(value) for name, value in numbers.items()},
        k=int(k) if k.ndim == 0 else k.astype(int),  # type: ignore[arg-type]
        weights=100 * weighted.w * weighted.cov[..., 0],
        method=method,
        test=test,
        level=level,
    )


def multiplier(weighted: least_squares.Fit, df: FloatArray, test: str) -> FloatArray:
    """What a model's variances are multiplied by under `test`, shape (...).

    Without residual degrees of freedom the Knapp-Hartung forms are not defined and give nan.
    """
    if test == "z":
        return ONE
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(df > 0, weighted.rss / df, np.nan)
    return np.maximum(found, 1.0) if test == "adhoc" else found


class Inference(NamedTuple):
    """Interval, test statistic and two-sided p-value of an estimate."""

    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray


def inference(
    estimate: FloatArray, se: FloatArray, df: FloatArray | None, level: float = 0.95
) -> Inference:
    """What an estimate and its standard error say, by t on `df` or, for None, by the normal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    return Inference(*interval(estimate, se, df, level), statistic, p_value(statistic, df))


def interval(
    estimate: FloatArray, se: FloatArray, df: FloatArray | None, level: float
) -> tuple[FloatArray, FloatArray]:
    """Symmetric interval of `level` around `estimate`, from t on `df` or from the normal."""
    half = quantile((1 + level) / 2, df) * se
    return estimate - half, estimate + half


def quantile(probability: float, df: FloatArray | None) -> FloatArray:
    """Quantile of t on `df` degrees of freedom (nan below 1), or of the normal for None."""
    if df is None:
        return np.asarray(ndtri(probability))
    return of_each(partial(_t_quantile, probability), df)


@lru_cache(maxsize=1024)
def _t_quantile(probability: float, df: float) -> float:
    return float(stdtrit(df, probability)) if df > 0 else float("nan")


def p_value(statistic: FloatArray, df: FloatArray | None) -> FloatArray:
    """Two-sided p-value of a z or, with `df`, of a t statistic."""
    if df is None:
        return np.asarray(2 * ndtr(-np.abs(statistic)))
    return np.where(df > 0, 2 * stdtr(np.maximum(df, 1), -np.abs(statistic)), np.nan)


def number(value: float) -> str:
    """Two decimals, with a true minus sign: the form of an effect in a sentence.

    What rounds to zero has no sign, and what is nan is not defined.
    """
    return "not defined" if isnan(value) else f"{value:z.2f}".replace("-", "−")


def i2_and_h2(
    data: least_squares.Problem, tau2: FloatArray, q: FloatArray, df: FloatArray, source: str
) -> tuple[FloatArray, FloatArray]:
    """I² in percent and H², shape (...), by one of `I2_SOURCES`; nan without residual df."""
    if source == "q":
        return heterogeneity.i2_from_q(q, df) + data.undefined, heterogeneity.h2_from_q(q, df)
    typical = heterogeneity.typical_variance(data)
    return heterogeneity.i2_from_tau2(tau2, typical), heterogeneity.h2_from_tau2(tau2, typical)


def _prediction_reach(
    se: FloatArray,
    tau2: FloatArray,
    k: FloatArray,
    t_df: FloatArray | None,
    prediction: str,
    level: float,
) -> FloatArray:
    """Half of the prediction interval, no less than that of the confidence interval."""
    p = (1 + level) / 2
    df = None if prediction == "z" else k - {"k-1": 1, "k-2": 2}[prediction]
    predicted = quantile(p, df) * np.sqrt(tau2 + se**2)
    return np.where(k < 3, np.nan, np.maximum(predicted, quantile(p, t_df) * se))
