"""Heterogeneity between studies: Q, tau² by nine estimators, its interval, I² and H².

All functions take effects and sampling variances of shape (..., k): leading dimensions are a batch
of meta-analyses. `x` is a design matrix of shape (..., k, p); without it the model is a single
mean. `include` (..., k) leaves effects out of a batch's members without changing its shape.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri

from analysis.statistics.arrays import FloatArray

GRID_POINTS = 65
ITERATIONS = 200
PRECISION = 1e-13
PART = 128  # members of a batch whose likelihoods are climbed together


class Problem(NamedTuple):
    """Effects `y` and variances `v` (..., k), design `x` (..., k, p), `include` (..., k) as 0/1."""

    y: FloatArray
    v: FloatArray
    x: FloatArray
    include: FloatArray

    @property
    def k(self) -> FloatArray:
        """Number of effects included, shape (...)."""
        return np.asarray(self.include.sum(-1))

    @property
    def df(self) -> FloatArray:
        """Residual degrees of freedom, k - p, shape (...)."""
        return np.asarray(self.k - self.x.shape[-1])


class Fit(NamedTuple):
    """Weighted least squares: weights (..., k), `beta` (..., p) and its `cov` (..., p, p)."""

    w: FloatArray
    beta: FloatArray
    cov: FloatArray
    residual: FloatArray
    rss: FloatArray


def problem(
    yi: ArrayLike, vi: ArrayLike, x: ArrayLike | None = None, include: ArrayLike | None = None
) -> Problem:
    """Bring effects, variances, design and selection to one batch shape (..., k)."""
    mask = np.ones(np.shape(yi)[-1:]) if include is None else np.asarray(include, dtype=bool)
    y, v, mask = np.broadcast_arrays(
        np.asarray(yi, dtype=float), np.asarray(vi, dtype=float), mask.astype(float)
    )
    design = np.ones((y.shape[-1], 1)) if x is None else np.asarray(x, dtype=float)
    return Problem(y, v, design, mask)


def fit(data: Problem, tau2: ArrayLike) -> Fit:
    """Weighted least squares with weights 1/(vi + tau2); `tau2` has the batch shape (...)."""
    w = data.include / (data.v + np.asarray(tau2, dtype=float)[..., None])
    return _least_squares(data, w)


def cochran_q(data: Problem, tau2: ArrayLike = 0.0) -> FloatArray:
    """Weighted residual sum of squares, shape (...); at tau2 = 0 it is Cochran's Q (QE).

    Source: Cochran 1954, Biometrics 10:101-129.
    """
    return fit(data, tau2).rss


def q_test(data: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Q, its degrees of freedom and its p-value from the chi-squared distribution, shape (...)."""
    q, df = cochran_q(data), data.df
    with np.errstate(invalid="ignore"):
        p = np.where(df > 0, chdtrc(np.maximum(df, 1), q), np.nan)
    return np.where(df > 0, q, 0.0), df, p


def estimate_tau2(data: Problem, method: str = "REML") -> FloatArray:
    """Between-study variance tau², shape (...), in squared units of the effect; never below 0.

    `method` is one of `METHODS`; `EE` (equal effects) gives 0. A member of the batch with no
    residual degrees of freedom gives 0. Raises ValueError for an unknown method, RuntimeError if
    an iteration does not converge. Sources: see the functions named after the estimators.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    defined = data.df > 0
    if method == "EE" or not np.any(defined):
        return np.zeros(np.shape(data.df))
    with np.errstate(invalid="ignore", divide="ignore"):
        tau2 = METHODS[method](data)
    return np.where(defined, np.maximum(tau2, 0.0), 0.0)


def q_profile_interval(data: Problem, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Interval of tau² that inverts the generalized Q statistic; nan without residual df.

    Source: Viechtbauer 2007, Stat Med 26:37-52 (Q-profile).
    """
    tail = (1 - level) / 2
    df = np.maximum(data.df, 1)
    low, high = (_solve_q(data, chdtri(df, p)) for p in (tail, 1 - tail))
    undefined = data.df <= 0
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def typical_variance(data: Problem) -> FloatArray:
    """Typical sampling variance of the studies, shape (...); nan without residual df.

    Source: Higgins and Thompson 2002, Stat Med 21:1539-1558, equation 9; with moderators as in
    metafor, (k - p)/tr(P).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(data.df > 0, data.df / _trace_p(data, fit(data, 0.0)), np.nan)


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
    common = fit(data, 0.0)
    return (common.rss - data.df) / _trace_p(data, common)


def hedges(data: Problem) -> FloatArray:
    """HE, from the unweighted variance. Source: Hedges 1983, Psychol Bull 93:388-395."""
    ordinary = _least_squares(data, data.include)
    xv = data.x * (data.include * data.v)[..., None]
    leverage = np.trace(ordinary.cov @ (_transpose(data.x) @ xv), axis1=-2, axis2=-1)
    mean_variance = (data.include * data.v).sum(-1) - leverage
    return np.asarray((ordinary.rss - mean_variance) / data.df)


def hunter_schmidt(data: Problem) -> FloatArray:
    """HS, (Q - k)/sum of weights. Source: Hunter and Schmidt 1990; Viechtbauer 2005."""
    common = fit(data, 0.0)
    return np.asarray((common.rss - data.k) / common.w.sum(-1))


def sidik_jonkman(data: Problem) -> FloatArray:
    """SJ, in two steps from a crude start. Source: Sidik and Jonkman 2005, JRSS C 54:367-384."""
    k = data.k
    mean = (data.include * data.y).sum(-1) / k
    crude = (data.include * (data.y - mean[..., None]) ** 2).sum(-1) / k
    start = np.where(crude > 0, crude, 1.0)
    return np.where(crude > 0, start * fit(data, start).rss / data.df, 0.0)


def paule_mandel(data: Problem) -> FloatArray:
    """PM, where the generalized Q equals its degrees of freedom; equal to EB, empirical Bayes.

    Sources: Paule and Mandel 1982, J Res Natl Bur Stand 87:377-385; Morris 1983, JASA 78:47-55;
    their identity: Viechtbauer et al. 2015, Psychol Methods 20:360-374.
    """
    return _solve_q(data, np.maximum(data.df, 1))


def maximum_likelihood(data: Problem) -> FloatArray:
    """ML. Source: Hardy and Thompson 1996, Stat Med 15:619-629; Viechtbauer 2005."""
    return _maximize(data, restricted=False)


def restricted_maximum_likelihood(data: Problem) -> FloatArray:
    """REML. Source: Viechtbauer 2005, J Educ Behav Stat 30:261-293."""
    return _maximize(data, restricted=True)


def log_likelihood(data: Problem, tau2: ArrayLike, restricted: bool = True) -> FloatArray:
    """Log-likelihood of tau² (restricted, or full), shape (...), up to a constant."""
    weighted = fit(data, tau2)
    total = np.asarray(tau2, dtype=float)[..., None] + data.v
    value = -0.5 * ((data.include * np.log(total)).sum(-1) + weighted.rss)
    if restricted:
        value = value + 0.5 * np.linalg.slogdet(weighted.cov)[1]
    return np.asarray(value)


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


def _transpose(x: FloatArray) -> FloatArray:
    return np.swapaxes(x, -1, -2)


def _least_squares(data: Problem, w: FloatArray) -> Fit:
    xw = data.x * w[..., None]
    cov = np.linalg.inv(_transpose(data.x) @ xw)
    beta = (cov @ (_transpose(xw) @ data.y[..., None]))[..., 0]
    residual = data.y - (data.x @ beta[..., None])[..., 0]
    rss = np.asarray((w * residual**2).sum(-1))
    return Fit(w, beta, np.asarray(cov, dtype=float), residual, rss)


def _trace_p(data: Problem, weighted: Fit) -> FloatArray:
    """Trace of the projection P = W - WX(X'WX)⁻¹X'W."""
    xw2x = _transpose(data.x) @ (data.x * (weighted.w**2)[..., None])
    correction = np.trace(weighted.cov @ xw2x, axis1=-2, axis2=-1)
    return np.asarray(weighted.w.sum(-1) - correction)


def _solve_q(data: Problem, target: FloatArray) -> FloatArray:
    """tau² >= 0 at which the generalized Q equals `target`, 0 where it is below it already.

    Q is convex and falls with tau², so that Newton's steps from 0 never pass the root.
    """
    tau2: FloatArray = np.zeros(np.shape(data.df))
    for _ in range(ITERATIONS):
        weighted = fit(data, tau2)
        slope = ((weighted.w * weighted.residual) ** 2).sum(-1)
        excess = np.maximum(weighted.rss - target, 0.0)
        step = np.divide(excess, slope, out=np.zeros_like(tau2), where=slope > 0)
        tau2 = tau2 + step
        if np.all(step <= PRECISION * tau2):
            return tau2
    raise RuntimeError(f"the generalized Q equation did not converge in {ITERATIONS} iterations")


def _maximize(data: Problem, restricted: bool) -> FloatArray:
    """tau² >= 0 with the highest likelihood, shape (...).

    A large batch is cut, so that the grids of a part stay in the processor's cache.
    """
    shape = data.y.shape[:-1]
    size = int(np.prod(shape))
    if size <= PART:
        return _maximize_part(data, restricted)
    k, p = data.x.shape[-2:]
    x = data.x if data.x.ndim == 2 else np.broadcast_to(data.x, (*shape, k, p)).reshape(-1, k, p)
    y, v, include = (array.reshape(-1, k) for array in (data.y, data.v, data.include))
    parts = []
    for start in range(0, size, PART):
        rows = slice(start, start + PART)
        part = Problem(y[rows], v[rows], x if x.ndim == 2 else x[rows], include[rows])
        parts.append(_maximize_part(part, restricted))
    return np.concatenate(parts).reshape(shape)


def _maximize_part(data: Problem, restricted: bool) -> FloatArray:
    """tau² >= 0 with the highest likelihood.

    A likelihood can have two maxima, so a bisected Newton iteration on the score starts from the
    two highest peaks on a grid, and the higher of the maxima that it finds wins. The grid is
    geometric, because the likelihood changes over factors of tau²: hardly below a thousandth of
    the smallest variance, and beyond the unweighted residual sum of squares it only falls (there,
    no eigenvalue of P exceeds 1/tau², so that y'PPy is below the trace of P).
    """
    bottom = np.where(data.include > 0, data.v, np.inf).min(-1) * 1e-3
    top = np.maximum(_least_squares(data, data.include).rss, bottom)
    steps = np.geomspace(bottom, top, GRID_POINTS - 1, axis=-1)
    grid = np.concatenate([np.zeros_like(steps[..., :1]), steps], axis=-1)
    on_grid = Problem(
        data.y[..., None, :],
        data.v[..., None, :],
        data.x if data.x.ndim == 2 else data.x[..., None, :, :],
        data.include[..., None, :],
    )
    peaks = _two_peaks(log_likelihood(on_grid, grid, restricted))
    low, tau2, high = (
        np.take_along_axis(grid, np.clip(peaks + step, 0, GRID_POINTS - 1), -1)
        for step in (-1, 0, 1)
    )
    floor = 1e-18 * bottom[..., None]  # too small to change any weight in double precision
    flat = (data.df <= 0)[..., None]  # without residual df the likelihood is rounding alone
    for _ in range(ITERATIONS):
        score, curvature = _score(on_grid, tau2, restricted)
        low, high = np.where(score > 0, tau2, low), np.where(score > 0, high, tau2)
        with np.errstate(divide="ignore", invalid="ignore"):
            proposal = tau2 + score / curvature
        inside = (proposal > low) & (proposal < high)
        following = np.where(inside, proposal, (low + high) / 2)
        following = np.where((tau2 == 0) & (score <= 0), 0.0, following)
        settled = flat | (np.abs(following - tau2) <= PRECISION * following)
        tau2 = following
        if np.all(settled | (high - low <= PRECISION * high) | (high <= floor)):
            tau2 = np.where(high <= floor, 0.0, tau2)
            best = np.argmax(log_likelihood(on_grid, tau2, restricted), axis=-1)[..., None]
            return np.take_along_axis(tau2, best, -1)[..., 0]
    raise RuntimeError(f"the likelihood of tau² did not converge in {ITERATIONS} iterations")


def _two_peaks(likelihood: FloatArray) -> NDArray[np.intp]:
    """Indices (..., 2) of the two highest local maxima along a grid (..., g), or of one, twice."""
    ends = np.full_like(likelihood[..., :1], -np.inf)
    padded = np.concatenate([ends, likelihood, ends], axis=-1)
    peak = (likelihood >= padded[..., :-2]) & (likelihood >= padded[..., 2:])
    two = np.argsort(np.where(peak, -likelihood, np.inf), axis=-1)[..., :2]
    return np.where(np.take_along_axis(peak, two, -1), two, two[..., :1])


def _score(data: Problem, tau2: FloatArray, restricted: bool) -> tuple[FloatArray, FloatArray]:
    """First derivative of the log-likelihood, and the negative of its second one."""
    weighted = fit(data, tau2)
    w, cov = weighted.w, weighted.cov
    pull = w * weighted.residual  # Py
    squares, cubes = (pull**2).sum(-1), _least_squares(data._replace(y=pull), w).rss
    if not restricted:
        return 0.5 * (squares - w.sum(-1)), cubes - 0.5 * (w**2).sum(-1)
    xw2x = _transpose(data.x) @ (data.x * (w**2)[..., None])
    xw3x = _transpose(data.x) @ (data.x * (w**3)[..., None])
    hat = cov @ xw2x
    trace_p = w.sum(-1) - np.trace(hat, axis1=-2, axis2=-1)
    trace_pp = (
        (w**2).sum(-1)
        - 2 * np.trace(cov @ xw3x, axis1=-2, axis2=-1)
        + np.trace(hat @ hat, axis1=-2, axis2=-1)
    )
    return 0.5 * (squares - trace_p), cubes - 0.5 * trace_pp
