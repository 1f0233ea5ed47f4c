"""A selection model: effects as they would be if publication did not depend on the p-value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from analysis.statistics import heterogeneity, least_squares, moderators, optimum
from analysis.statistics.arrays import FloatArray, UndefinedError, effects, one_of
from analysis.statistics.likelihood import log_likelihood

GRID = 25
P_NOISE = 1e-12
ALTERNATIVES = ("greater", "less")


@dataclass(frozen=True)
class SelectionModel:
    """Effects as they would be if publication did not depend on the p-value.

    `mean` is the effect so adjusted, in the unit of the effect. `delta` is how likely publication
    is in each interval of p-values, as a multiple of the first, with standard errors `delta_se`;
    the first is 1 and has none. `lrt` compares with no selection, chi-squared on `lrt_df`. The
    standard error of tau² is nan where tau² is 0; the other ones are then those for tau² = 0.
    """

    mean: moderators.Coefficient
    tau2: float
    se_tau2: float
    delta: tuple[float, ...]
    delta_se: tuple[float, ...]
    log_likelihood: float
    lrt: float
    lrt_df: int
    lrt_p: float
    steps: tuple[float, ...]
    alternative: str
    k: int


def selection_model(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    steps: Sequence[float] = (0.025,),
    alternative: str = "greater",
) -> SelectionModel:
    """Random-effects model of effects (k,) with a step function of selection, by ML.

    `steps` are the one-sided p-values at which the chance of publication changes; with one step
    it is the three-parameter selection model. `alternative` is the direction that is published
    more readily. Of two maxima of the likelihood the higher one counts. Raises ValueError for
    steps outside (0, 1) or not ascending, without more effects than parameters, and where no
    effect lies between two steps, so that its chance of publication can't be estimated;
    UndefinedError without convergence. Source: Vevea and Hedges 1995, Psychometrika 60:419-435; as
    metafor's `selmodel(type="stepfun")`.
    """
    y, v = effects(yi, vi)
    one_of("alternative", alternative, ALTERNATIVES)
    limits = np.array([0.0, *steps, 1.0])
    if len(steps) == 0 or not np.all(np.diff(limits) > 0):
        raise ValueError(f"steps must ascend between 0 and 1, got {tuple(steps)}")
    if y.ndim != 1 or y.size <= 2 + len(steps):
        parameters = 2 + len(steps)
        raise UndefinedError(f"{parameters} parameters need more than {parameters} effects")
    sign = 1.0 if alternative == "greater" else -1.0
    unit = float(np.sqrt(np.median(v)))
    scaled, variances = sign * y / unit, v / unit**2
    # A p-value at a step, as that of an interval which ends at no effect, is below it.
    p = ndtr(-scaled / np.sqrt(variances)) * (1 - P_NOISE)
    group = np.searchsorted(limits[1:-1], p)
    for i in range(len(limits) - 1):
        if not np.any(group == i):
            raise UndefinedError(
                f"no effect has a p-value between {limits[i]:g} and {limits[i + 1]:g}"
            )

    def likelihood(theta: Any) -> Any:
        return _log_likelihood(theta, scaled, variances, group, limits[1:-1])

    least = float(variances.min())
    lowest = np.array([-np.inf, 0.0] + [-np.inf] * len(steps))
    scale = np.array([np.sqrt(least), least] + [1.0] * len(steps))
    starts = _starts(likelihood, scaled, steps)
    theta, best = optimum.highest(likelihood, starts, lowest, scale)
    se = _standard_errors(theta, optimum.hessian(likelihood, theta, lowest, scale))
    plain = least_squares.problem(scaled, variances)
    tau2 = heterogeneity.estimate_tau2(plain, "ML")
    lrt = max(0.0, 2 * (best - float(log_likelihood(plain, tau2, restricted=False))))
    delta, delta_se = np.exp(theta[2:]), np.exp(theta[2:]) * se[2:]
    mean = moderators.coefficients(("mean",), sign * unit * theta[:1], unit * se[:1], None)[0]
    return SelectionModel(
        mean=mean,
        tau2=float(unit**2 * theta[1]),
        se_tau2=float(unit**2 * se[1]),
        delta=(1.0, *(float(each) for each in delta)),
        delta_se=(float("nan"), *(float(each) for each in delta_se)),
        log_likelihood=best - y.size * float(np.log(unit) + np.log(2 * np.pi) / 2),
        lrt=lrt,
        lrt_df=len(steps),
        lrt_p=float(chdtrc(len(steps), lrt)),
        steps=tuple(steps),
        alternative=alternative,
        k=y.size,
    )


def _log_likelihood(
    theta: Any, y: FloatArray, v: FloatArray, group: FloatArray, steps: FloatArray
) -> Any:
    """Log-likelihood, up to a constant, of mean, tau² and the logarithms of delta (..., 2 + n)."""
    mean, tau2, log_delta = theta[..., :1], theta[..., 1:2], theta[..., 2:]
    log_delta = np.concatenate([np.zeros_like(mean), log_delta], axis=-1)
    total = v + tau2
    spread = np.sqrt(total)
    above = [_normal((mean + ndtri(step) * np.sqrt(v)) / spread) for step in steps]
    edges = [np.zeros_like(spread), *above]
    chance = [
        np.exp(log_delta[..., i : i + 1]) * (edges[i + 1] - edges[i]) for i in range(len(steps))
    ]
    # The part that is not significant by itself, so that nothing cancels.
    rest = _normal(-(mean + ndtri(steps[-1]) * np.sqrt(v)) / spread)
    chance.append(np.exp(log_delta[..., -1:]) * rest)
    selected = np.log(sum(chance[1:], chance[0]))
    density = -0.5 * (np.log(total) + (y - mean) ** 2 / total)
    return (log_delta[..., group] + density - selected).sum(-1)


def _normal(z: Any) -> Any:
    """Normal distribution function, complex for a complex step: Φ(x + ih) = Φ(x) + ihφ(x)."""
    if not np.iscomplexobj(z):
        return ndtr(z)
    density = np.exp(-0.5 * z.real**2) / np.sqrt(2 * np.pi)
    return ndtr(z.real) + 1j * z.imag * density


def _starts(likelihood: Any, y: FloatArray, steps: Sequence[float]) -> list[FloatArray]:
    """The best points of a grid from which the likelihood is climbed."""
    reach = float(np.ptp(y)) + 1
    means = np.linspace(y.min() - reach / 2, y.max(), GRID)
    tau2 = np.append(0.0, np.geomspace(1e-2, reach**2, GRID // 2))
    deltas = np.log([0.02, 0.1, 0.3, 1.0, 3.0])
    grid = np.stack(np.meshgrid(means, tau2, deltas, indexing="ij"), axis=-1)
    theta = np.concatenate([grid, *[grid[..., 2:]] * (len(steps) - 1)], axis=-1)
    with np.errstate(all="ignore"):
        # In parts, as the whole grid times very many effects would fill the memory.
        values = np.stack([likelihood(part) for part in theta])
    return [theta[place] for place in optimum.peaks(np.where(np.isnan(values), -np.inf, values))]


def _standard_errors(theta: FloatArray, curvature: FloatArray) -> FloatArray:
    """Standard errors from the observed information; nan for a tau² of 0, which has none."""
    free = np.arange(theta.size) != 1 if theta[1] == 0 else np.ones(theta.size, dtype=bool)
    se = np.full(theta.size, np.nan)
    se[free] = np.sqrt(np.diag(np.linalg.inv(-curvature[np.ix_(free, free)])))
    return se
