"""Effects within studies: a random-effects model of three levels, whose errors may depend."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from analysis.statistics import heterogeneity, least_squares, optimum
from analysis.statistics.arrays import (
    FloatArray,
    effects,
    finite,
    labelled,
    positive,
    probability,
)
from analysis.statistics.moderators import Coefficient, coefficients, regression_design

GRID = 24
SINGULAR = 1e-12
"""Smallest eigenvalue of correlations that is taken for 0."""


@dataclass(frozen=True, eq=False)
class ThreeLevel:
    """Random effects of studies, and of effects within them.

    `sigma2_between` and `sigma2_within` are the two variances, in the squared unit of the effect,
    `marginal` (k, k) the covariance of the effects that they and the sampling errors make.
    `q` is the residual Q at variances of 0. `log_likelihood` is restricted.
    """

    coefficients: tuple[Coefficient, ...]
    covariance: FloatArray
    sigma2_between: float
    sigma2_within: float
    marginal: FloatArray
    log_likelihood: float
    q: float
    q_df: int
    q_p: float
    k: int
    studies: int


@dataclass(frozen=True)
class VarianceIntervals:
    """Limits of the variances between and within studies, in the squared unit of the effect."""

    between_low: float
    between_high: float
    within_low: float
    within_high: float
    level: float


def three_level(
    yi: ArrayLike,
    vi: ArrayLike,
    study: Sequence[Hashable],
    x: ArrayLike | None = None,
    names: Sequence[str] = ("mean",),
    *,
    within: bool = True,
) -> ThreeLevel:
    """Random-effects model of effects (k,) that lie within studies, by REML.

    `vi` are sampling variances (k,), of errors that count as independent, or the covariance (k, k)
    of the errors, such as those of `dependence`. `study` names the study of each effect; `x`
    (k, p) is a design with `names`, without it the model is a mean. Without `within`, the effects
    of a study differ by their sampling errors alone. Intervals are from the normal distribution.
    Of two maxima of the likelihood the higher one counts. Raises ValueError for lengths that don't
    fit, a design that is not of full rank or takes up all differences between studies, a
    covariance that is not symmetric, not positive definite or not 0 between studies, fewer than 2
    studies, or no study with 2 effects, UndefinedError without convergence. Source:
    Konstantopoulos 2011, Res Synth Methods 2:61-76; Pustejovsky and Tipton 2022, Prev Sci
    23:425-438; as metafor's `rma.mv(yi, V, random = ~ 1 | study/effect)`.
    """
    model = _model(yi, vi, study, x, len(names), within)
    sigma2, best = _highest(model, {})
    between, within_ = model.unit**2 * sigma2
    k, p = model.design.columns.shape
    shared = model.member.T @ model.member
    marginal = model.errors + between * shared + within_ * np.eye(k)
    beta, root = generalized_least_squares(model.y, model.design, marginal)
    q, q_df, q_p = heterogeneity.q_test(model.scaled)
    # Back in the given units. metafor adds the determinant of the design: with columns that are
    # orthonormal it is 1.
    log_likelihood = best - (k - p) * float(np.log(model.unit) + np.log(2 * np.pi) / 2)
    return ThreeLevel(
        coefficients=coefficients(names, beta, np.linalg.norm(root, axis=-1), None),
        covariance=root @ root.T,
        sigma2_between=float(between),
        sigma2_within=float(within_),
        marginal=marginal,
        log_likelihood=log_likelihood,
        q=float(q),
        q_df=int(q_df),
        q_p=float(q_p),
        k=k,
        studies=len(model.member),
    )


def variance_intervals(
    yi: ArrayLike,
    vi: ArrayLike,
    study: Sequence[Hashable],
    x: ArrayLike | None = None,
    *,
    within: bool = True,
    level: float = 0.95,
) -> VarianceIntervals:
    """Intervals of the variances of `three_level`, whose arguments these are, by their profiles.

    A variance lies in its interval if a likelihood-ratio test against the estimate, with the other
    variance free, does not reject it. A limit that the likelihood does not set is infinite; those
    within studies are nan without `within`. Raises ValueError as `three_level` does, and for a
    level outside 0 to 1, UndefinedError without convergence. Source: Hardy and Thompson 1996, Stat
    Med 15:619-629; as metafor's `confint()` of `rma.mv`.
    """
    probability("level", level)
    model = _model(yi, vi, study, x, None, within)
    sigma2, best = _highest(model, {})
    threshold = best - float(chdtri(1, 1 - level)) / 2
    limits = [_profile_limits(model, place, sigma2, threshold) for place in model.free]
    low, high = np.full((2, 2), np.nan)
    low[: len(limits)], high[: len(limits)] = np.transpose(limits)
    return VarianceIntervals(float(low[0]), float(high[0]), float(low[1]), float(high[1]), level)


@dataclass(frozen=True, eq=False)
class _Model:
    """Effects `y` (k,) with the covariance of their `errors`, and studies' `member` (m, k).

    `scaled` has them in units of `unit`, turned within each study so that their errors are
    independent, and `loading` (m, k) is what an effect then has of its study's. The places of the
    variances to estimate, between and within studies, are `free`.
    """

    y: FloatArray
    design: least_squares.Design
    errors: FloatArray
    member: FloatArray
    unit: float
    scaled: least_squares.Problem
    loading: FloatArray
    free: tuple[int, ...]

    def likelihood(self, sigma2: Any) -> Any:
        """Restricted log-likelihood, up to a constant, of both variances (..., 2).

        Within a study the covariance is a diagonal plus a constant, so that its inverse and
        determinant need sums over the study alone.
        """
        data, columns, loading = self.scaled, self.scaled.design, self.loading
        between, within = sigma2[..., :1], sigma2[..., 1:]
        total = data.v + within
        mass = (1 / total) @ (loading**2).T
        shrink = between / (1 + between * mass)
        rows = np.column_stack([columns, data.y])
        sums = np.einsum("...k,mk,kp->...mp", 1 / total, loading, rows)
        cross = np.einsum("...k,kp,kq->...pq", 1 / total, rows, rows)
        cross = cross - np.einsum("...m,...mp,...mq->...pq", shrink, sums, sums)
        information, moment = cross[..., :-1, :-1], cross[..., :-1, -1:]
        fitted = (moment * np.linalg.solve(information, moment)).sum((-1, -2))
        determinant = np.log(total).sum(-1) + np.log(1 + between * mass).sum(-1)
        squares = np.log(np.linalg.det(information)) + cross[..., -1, -1] - fitted
        return -0.5 * (determinant + squares)


def _model(
    yi: ArrayLike,
    vi: ArrayLike,
    study: Sequence[Hashable],
    x: ArrayLike | None,
    p: int | None,
    within: bool,
) -> _Model:
    y, errors = _errors(yi, vi)
    design = regression_design(np.ones((y.size, 1)) if x is None else x, y.size, p)
    member = members("study", study, y.size)
    if len(member) < 2 or (within and len(member) == y.size):
        raise ValueError(
            f"study must name at least 2 studies, one with 2 effects, got {len(member)} of {y.size}"
        )
    p = design.turn.shape[-1]
    if np.linalg.matrix_rank(np.column_stack([design.columns, member.T])) == p:
        raise ValueError("x leaves no difference between studies")
    apart = (member.T @ member == 0) & (errors != 0)
    if apart.any():
        i, j = np.argwhere(apart)[0]
        raise ValueError(f"vi[{i}, {j}] must be 0 between studies, got {errors[i, j]:g}")
    sd = np.sqrt(np.diag(errors))
    unit = float(np.sqrt(np.median(sd**2)))
    correlation = errors / np.outer(sd, sd)
    variances, turn = np.ones(y.size), np.eye(y.size)
    for rows in member.astype(bool):
        block = np.ix_(rows, rows)
        if np.linalg.eigvalsh(correlation[block]).min() <= SINGULAR:
            raise ValueError(
                f"vi must be positive definite: it is not within {study[rows.argmax()]}"
            )
        variances[rows], turn[block] = np.linalg.eigh(errors[block] / unit**2)
    scaled = least_squares.problem(turn.T @ (y / unit), variances, turn.T @ design.columns)
    free = (0, 1) if within else (0,)
    return _Model(y, design, errors, member, unit, scaled, member @ turn, free)


def _errors(yi: ArrayLike, vi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Effects (k,) and the covariance (k, k) of their errors."""
    if np.ndim(vi) < 2:
        y, v = effects(yi, vi)
        return y, np.diag(v)
    errors = finite("vi", vi)
    y, _ = effects(yi, positive("diagonal of vi", np.diagonal(errors)))
    if errors.shape != (y.size, y.size):
        raise ValueError(f"vi must have shape ({y.size}, {y.size}), got {errors.shape}")
    skew = np.abs(errors - errors.T) > 1e-12 * np.sqrt(np.outer(np.diag(errors), np.diag(errors)))
    if skew.any():
        i, j = np.argwhere(skew)[0]
        raise ValueError(f"vi[{i}, {j}] and vi[{j}, {i}] must be equal")
    return y, errors


def _highest(model: _Model, fixed: dict[int, float]) -> tuple[FloatArray, float]:
    """Both variances, in units of the model, and their likelihood; some of them may be `fixed`."""
    free = [place for place in model.free if place not in fixed]
    known = np.zeros(2)
    known[list(fixed)] = list(fixed.values())

    def likelihood(sigma2: Any) -> Any:
        both = np.broadcast_to(known, (*sigma2.shape[:-1], 2)).astype(sigma2.dtype)
        both[..., free] = sigma2
        return model.likelihood(both)

    if not free:
        return known, float(model.likelihood(known))
    axis = np.append(
        0.0, np.geomspace(1e-3, float(np.ptp(model.y / model.unit)) ** 2 + 1, GRID - 1)
    )
    grid = np.stack(np.meshgrid(*[axis] * len(free), indexing="ij"), axis=-1)
    starts = [grid[place] for place in optimum.peaks(likelihood(grid))]
    scale = np.full(len(free), model.scaled.v.min())
    known[free], best = optimum.highest(likelihood, starts, np.zeros(len(free)), scale)
    return known, best


def _profile_limits(
    model: _Model, place: int, sigma2: FloatArray, threshold: float
) -> tuple[float, float]:
    """Where the likelihood, at its highest over the other variance, falls to the threshold."""

    def height(value: float) -> tuple[float, float]:
        both, likelihood = _highest(model, {place: value})
        # The other variance is at its maximum or at 0: it adds nothing to the slope.
        return likelihood - threshold, float(optimum.gradient(model.likelihood, both)[place])

    estimate = float(sigma2[place])
    low = optimum.crossing(height, estimate, 0.0) if height(0.0)[0] < 0 else 0.0
    beyond = 2 * estimate + 1
    while height(beyond)[0] > 0:
        beyond *= 4
        if beyond > optimum.LARGEST:
            return model.unit**2 * low, np.inf
    high = optimum.crossing(height, estimate, beyond)
    return model.unit**2 * low, model.unit**2 * high


def members(name: str, labels: Sequence[Hashable], k: int) -> FloatArray:
    """Whether each cluster (m, k), in order of appearance, has each effect, as 0 or 1.

    Raises ValueError for an effect without a label, and for labels of another number.
    """
    labelled(name, labels, k)
    return np.array([[float(label == one) for label in labels] for one in dict.fromkeys(labels)])


def generalized_least_squares(
    y: FloatArray, design: least_squares.Design, marginal: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients (p,) with the inverse of `marginal` as weights, and a root of their covariance.

    The root (p, p) times its transpose is the covariance. Raises ValueError for a `marginal` that
    is not positive definite.
    """
    unit = np.sqrt(np.median(np.diag(marginal)))
    try:
        lower = np.linalg.cholesky(marginal / unit**2)
    except np.linalg.LinAlgError:
        raise ValueError("marginal must be positive definite") from None
    q, r = np.linalg.qr(np.linalg.solve(lower, design.columns))
    root = design.turn @ np.linalg.inv(r)
    return unit * (root @ (q.T @ np.linalg.solve(lower, y / unit))), unit * root
