"""How robust a pooled effect is: leave-one-out, cumulative, influence, other settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import heterogeneity, pooling
from analysis.statistics.arrays import (
    FloatArray,
    UndefinedError,
    at_least,
    effects,
    labelled,
    positive,
)

MOST = 1000
"""Effects of which each is left out in turn: time and memory grow with their square."""


def leave_one_out(yi: ArrayLike, vi: ArrayLike, **settings: Any) -> pooling.Pooled:
    """Pool k times, each time without one effect: a batch of shape (k,).

    `settings` are those of `pooling.pool`. Raises ValueError below k = 2 and above `MOST`.
    """
    k = np.size(yi)
    if k > MOST:
        raise UndefinedError(f"each of at most {MOST:,} effects is left out in turn, got {k:,}")
    if k < 2:
        raise UndefinedError(f"leaving one out needs at least 2 effects, got {k}")
    return pooling.pool(yi, vi, include=~np.eye(k, dtype=bool), **settings)


def cumulative(
    yi: ArrayLike, vi: ArrayLike, order: Sequence[Any], **settings: Any
) -> tuple[pooling.Pooled, tuple[Any, ...]]:
    """Pool again each time that effects are added in ascending `order`, for example of year.

    Effects with the same place in `order` enter together. Returns a batch of shape (steps,) and
    the steps. Source: Lau et al. 1992, N Engl J Med 327:248-254.
    """
    y, v = effects(yi, vi)
    places = np.asarray(order)
    if places.shape != y.shape:
        raise ValueError(f"order must have shape {y.shape}, got {places.shape}")
    labelled("order", places.tolist(), y.size)
    steps = tuple(sorted(set(places.tolist())))
    include = np.array([[place <= step for place in places.tolist()] for step in steps])
    return pooling.pool(y, v, include=include, **settings), steps


@dataclass(frozen=True)
class Influence:
    """What each of k effects does to the fitted model; every field has shape (k,).

    `rstudent` is the studentized deleted residual, `dffits` the change of the fitted mean in units
    of its standard error (the effect's leverage with it, its variance without it), `cook_d` Cook's
    distance, `cov_ratio` the variance without over with the effect, `tau2_deleted` and `q_deleted`
    the heterogeneity without it, `hat` the leverage, `dfbetas` the change of the coefficient in its
    standard error, `weight` in percent, `influential` whether one of the usual limits is passed.
    """

    rstudent: FloatArray
    dffits: FloatArray
    cook_d: FloatArray
    cov_ratio: FloatArray
    tau2_deleted: FloatArray
    q_deleted: FloatArray
    hat: FloatArray
    dfbetas: FloatArray
    weight: FloatArray
    influential: FloatArray


def influence(yi: ArrayLike, vi: ArrayLike, *, method: str = "REML") -> Influence:
    """Influence diagnostics of a random-effects model (Wald standard errors).

    Raises ValueError below k = 3. Source: Viechtbauer and Cheung 2010, Res Synth Methods
    1:112-125; limits as in metafor `influence()`.
    """
    y, v = effects(yi, vi)
    k = y.size
    if k < 3:
        raise UndefinedError(f"influence needs at least 3 effects, got {k}")
    full = pooling.pool(y, v, method=method)
    without = leave_one_out(y, v, method=method)
    tau2 = np.asarray(without.tau2)
    deleted, se_deleted = np.asarray(without.estimate), np.asarray(without.se)
    rstudent = (y - deleted) / np.sqrt(v + tau2 + se_deleted**2)
    hat = full.weights / 100
    shift = full.estimate - deleted
    dffits = shift / np.sqrt(hat * (v + tau2))
    # The deleted fit supplies tau², all k effects the weights.
    dfbetas = shift * np.sqrt((1 / (v + tau2[:, None])).sum(-1))
    cook_d = shift**2 / full.se**2
    cov_ratio = se_deleted**2 / full.se**2
    limits = (
        (np.abs(dffits) > 3 * np.sqrt(1 / (k - 1)))
        | (cook_d > 0.4549364231195727)  # median of chi-squared on 1 degree of freedom
        | (hat > 3 / k)
        | (np.abs(dfbetas) > 1)
    )
    return Influence(
        rstudent=rstudent,
        dffits=dffits,
        cook_d=cook_d,
        cov_ratio=cov_ratio,
        tau2_deleted=tau2,
        q_deleted=np.asarray(without.q),
        hat=hat,
        dfbetas=dfbetas,
        weight=full.weights,
        influential=limits,
    )


@dataclass(frozen=True)
class Baujat:
    """Each effect's share in heterogeneity (x) and its pull on the result (y), shape (k,)."""

    heterogeneity: FloatArray
    influence: FloatArray


def baujat(yi: ArrayLike, vi: ArrayLike, *, method: str = "REML") -> Baujat:
    """Contribution to the residual Q against the squared shift of the pooled effect.

    Source: Baujat et al. 2002, Stat Med 21:2641-2652.
    """
    y, v = effects(yi, vi)
    full, without = pooling.pool(y, v, method=method), leave_one_out(y, v, method=method)
    share = (y - full.estimate) ** 2 / (v + full.tau2)
    shift = (np.asarray(without.estimate) - full.estimate) ** 2 / np.asarray(without.se) ** 2
    return Baujat(share, shift)


def compare_estimators(
    yi: ArrayLike, vi: ArrayLike, settings: Mapping[str, Any] | None = None
) -> dict[str, pooling.Pooled]:
    """The same effects pooled by every estimator of tau², by name; other `settings` shared."""
    return {
        method: pooling.pool(yi, vi, **{**(settings or {}), "method": method})
        for method in heterogeneity.METHODS
    }


def change_between(
    before: tuple[ArrayLike, ArrayLike], after: tuple[ArrayLike, ArrayLike], correlation: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Change of each study's effect between two assessments of the same animals.

    `before` and `after` are pairs (yi, vi) of shape (k,); `correlation` between the two estimates
    has shape (...): the result, effects and variances, has shape (..., k). Raises ValueError for
    lengths that differ and a correlation outside [-1, 1). Source: Cochrane Handbook 6.5, section
    6.5.2.8, applied to the two effects of a study.
    """
    y1, v1 = effects(*before)
    y2, v2 = effects(*after)
    if y1.shape != y2.shape:
        raise ValueError(f"before and after must have the same length, got {y1.size} and {y2.size}")
    r = at_least("correlation", correlation, -1)
    positive("1 - correlation", 1 - r)
    variance = v1 + v2 - 2 * r[..., None] * np.sqrt(v1 * v2)
    return np.broadcast_to(y2 - y1, variance.shape), variance
