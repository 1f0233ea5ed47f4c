"""Effects within studies: a random-effects model of three levels."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics import heterogeneity, least_squares, optimum, pooling
from analysis.statistics.arrays import FloatArray, effects
from analysis.statistics.moderators import Coefficient, regression_design

GRID = 24


@dataclass(frozen=True, eq=False)
class ThreeLevel:
    """Random effects of studies, and of effects within them.

    `sigma2_between` and `sigma2_within` are the two variances, in the squared unit of the effect,
    `marginal` (k, k) the covariance of the effects that they and the sampling variances make.
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


def three_level(
    yi: ArrayLike,
    vi: ArrayLike,
    study: Sequence[Hashable],
    x: ArrayLike | None = None,
    names: Sequence[str] = ("mean",),
) -> ThreeLevel:
    """Random-effects model of effects (k,) that lie within studies, by REML.

    `study` names the study of each effect; `x` (k, p) is a design with `names`, without it the
    model is a mean. Sampling errors count as independent. Intervals are from the normal
    distribution. Of two maxima of the likelihood the higher one counts. Raises ValueError for
    lengths that don't fit, a design that is not of full rank, fewer than 2 studies, or no study
    with 2 effects, RuntimeError without convergence. Source: Konstantopoulos 2011, Res Synth
    Methods 2:61-76; as metafor's `rma.mv(random = ~ 1 | study/effect)`.
    """
    y, v = effects(yi, vi)
    design = regression_design(np.ones((y.size, 1)) if x is None else x, y.size, len(names))
    member = members("study", study, y.size)
    if len(member) < 2 or len(member) == y.size:
        raise ValueError(
            f"study must name at least 2 studies, one with 2 effects, got {len(member)} of {y.size}"
        )
    unit = float(np.sqrt(np.median(v)))
    length = np.sqrt((design**2).mean(0))
    scaled = least_squares.problem(y / unit, v / unit**2, design / length)

    def likelihood(sigma2: Any) -> Any:
        return _restricted_likelihood(sigma2, scaled, member)

    axis = np.append(0.0, np.geomspace(1e-3, float(np.ptp(scaled.y)) ** 2 + 1, GRID - 1))
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    sigma2, best = max(
        (
            optimum.maximize(likelihood, grid[place], np.zeros(2), np.full(2, scaled.v.min()))
            for place in optimum.peaks(likelihood(grid))
        ),
        key=lambda found: found[1],
    )
    between, within = unit**2 * sigma2
    marginal = between * (member.T @ member) + np.diag(v + within)
    beta, covariance = generalized_least_squares(y, design, marginal)
    q, q_df, q_p = heterogeneity.q_test(least_squares.problem(y, v, design))
    # Back in the given units; the determinant of the design is a constant that metafor adds.
    constant = float(np.linalg.slogdet(scaled.x.T @ scaled.x)[1]) / 2
    df = y.size - design.shape[1]
    log_likelihood = best + constant - df * float(np.log(unit) + np.log(2 * np.pi) / 2)
    return ThreeLevel(
        coefficients=coefficients(names, beta, np.sqrt(np.diag(covariance)), None),
        covariance=covariance,
        sigma2_between=float(between),
        sigma2_within=float(within),
        marginal=marginal,
        log_likelihood=log_likelihood,
        q=float(q),
        q_df=int(q_df),
        q_p=float(q_p),
        k=y.size,
        studies=len(member),
    )


def members(name: str, labels: Sequence[Hashable], k: int) -> FloatArray:
    """Whether each cluster (m, k), in order of appearance, has each effect, as 0 or 1."""
    if len(labels) != k:
        raise ValueError(f"{name} must name {k} effects, got {len(labels)}")
    return np.array([[float(label == one) for label in labels] for one in dict.fromkeys(labels)])


def _restricted_likelihood(sigma2: Any, data: least_squares.Problem, member: FloatArray) -> Any:
    """Restricted log-likelihood, up to a constant, of both variances (..., 2).

    Within a study the covariance is a diagonal plus a constant, so that its inverse and
    determinant need sums over the study alone.
    """
    between, within = sigma2[..., :1], sigma2[..., 1:]
    total = data.v + within
    mass = (1 / total) @ member.T
    shrink = between / (1 + between * mass)
    rows = np.column_stack([data.x, data.y])
    sums = np.einsum("...k,mk,kp->...mp", 1 / total, member, rows)
    cross = np.einsum("...k,kp,kq->...pq", 1 / total, rows, rows)
    cross = cross - np.einsum("...m,...mp,...mq->...pq", shrink, sums, sums)
    information, moment = cross[..., :-1, :-1], cross[..., :-1, -1:]
    fitted = (moment * np.linalg.solve(information, moment)).sum((-1, -2))
    determinant = np.log(total).sum(-1) + np.log(1 + between * mass).sum(-1)
    return -0.5 * (determinant + np.log(np.linalg.det(information)) + cross[..., -1, -1] - fitted)


def generalized_least_squares(
    y: FloatArray, x: FloatArray, marginal: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients (p,) and their covariance (p, p), weights being the inverse of `marginal`."""
    unit = np.sqrt(np.median(np.diag(marginal)))
    try:
        root = np.linalg.cholesky(marginal / unit**2)
    except np.linalg.LinAlgError:
        raise ValueError("marginal must be positive definite") from None
    design, response = np.linalg.solve(root, x), np.linalg.solve(root, y / unit)
    inverse = np.linalg.inv(design.T @ design)
    return unit * (inverse @ (design.T @ response)), unit**2 * inverse


def coefficients(
    names: Sequence[str], beta: FloatArray, se: FloatArray, df: FloatArray | None
) -> tuple[Coefficient, ...]:
    """Coefficients (p,) with 95% intervals, from t on `df` (p,) or from the normal."""
    low, high = pooling.interval(beta, se, df, 0.95)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se
    columns: tuple[NDArray[np.float64], ...] = (beta, se, low, high, statistic)
    rows = zip(*columns, pooling.p_value(statistic, df), strict=True)
    return tuple(
        Coefficient(name, *(float(number) for number in row))
        for name, row in zip(names, rows, strict=True)
    )
