"""Standard errors that hold whatever the dependence of effects within a cluster."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import least_squares
from analysis.statistics.arrays import FloatArray, finite, one_of, positive
from analysis.statistics.moderators import Coefficient, coefficients, regression_design
from analysis.statistics.multilevel import generalized_least_squares, members

CORRECTIONS = ("CR0", "CR1", "CR2")


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """Coefficients with standard errors that hold whatever the dependence within a cluster.

    `df` are the degrees of freedom of each coefficient's t distribution: Satterthwaite's for CR2,
    clusters minus coefficients for CR0 and CR1.
    """

    coefficients: tuple[Coefficient, ...]
    covariance: FloatArray
    df: tuple[float, ...]
    clusters: int
    correction: str


def cluster_robust(
    yi: ArrayLike,
    marginal: ArrayLike,
    cluster: Sequence[Hashable],
    x: ArrayLike | None = None,
    names: Sequence[str] = ("mean",),
    *,
    correction: str = "CR2",
) -> ClusterRobust:
    """Coefficients of effects (k,) with cluster-robust standard errors.

    `marginal` is the working covariance (k, k) whose inverse weights the effects: that of
    `three_level`, or a diagonal of vi + tau². Clusters must not depend on each other. `CR2` makes
    the variance unbiased if the working covariance is right; `CR1` multiplies that of `CR0` by
    m/(m - p) for m clusters. Raises ValueError for lengths that don't fit, for a covariance that
    is not positive definite, and without more clusters than coefficients. Source: Pustejovsky and
    Tipton 2018, J Bus Econ Stat 36:672-683; as R's clubSandwich and metafor's `robust()`.
    """
    one_of("correction", correction, CORRECTIONS)
    y, target = np.atleast_1d(finite("yi", yi)), finite("marginal", marginal)
    k = y.size
    if target.shape != (k, k):
        raise ValueError(f"marginal must have shape ({k}, {k}), got {target.shape}")
    design = regression_design(np.ones((k, 1)) if x is None else x, k, len(names))
    member = members("cluster", cluster, k).astype(bool)
    m, p = len(member), len(design.turn)
    if m <= p:
        raise ValueError(f"{p} coefficients need more than {p} clusters, got {m}")
    unit = np.sqrt(np.median(positive("diagonal of marginal", np.diag(target))))
    columns = least_squares.Design(design.columns, np.eye(p))
    beta, root = generalized_least_squares(y, columns, target)
    bread = root @ root.T
    residual = y - design.columns @ beta
    w = np.linalg.inv(target / unit**2) / unit**2
    maker = np.eye(k) - design.columns @ bread @ design.columns.T @ w  # of residuals
    scores, moments = [], []
    for rows in member:
        adjusted = design.columns[rows].T @ w[np.ix_(rows, rows)]
        if correction == "CR2":
            adjusted = adjusted @ _adjustment(target[np.ix_(rows, rows)], maker[np.ix_(rows, rows)])
        scores.append(design.turn @ (bread @ (adjusted @ residual[rows])))
        moments.append(design.turn @ (bread @ (adjusted @ maker[rows])))
    covariance = np.einsum("ma,mb->ab", np.array(scores), np.array(scores))
    df = np.full(p, float(m - p))
    if correction == "CR1":
        covariance = covariance * m / (m - p)
    if correction == "CR2":
        df = _satterthwaite(np.array(moments), target / unit**2)
    return ClusterRobust(
        coefficients=coefficients(names, design.turn @ beta, np.sqrt(np.diag(covariance)), df),
        covariance=covariance,
        df=tuple(float(each) for each in df),
        clusters=m,
        correction=correction,
    )


def _adjustment(target: FloatArray, maker: FloatArray) -> FloatArray:
    """CR2's matrix of a cluster, with which its residuals have the working covariance.

    A residual without any variance left, for a coefficient of one cluster alone, is left out, as
    clubSandwich does.
    """
    root = np.linalg.cholesky(target).T
    values, vectors = np.linalg.eigh(root @ maker @ target @ root.T)
    usable = values > 1e-12 * np.abs(np.linalg.eigvalsh(root @ target @ root.T)).max()
    power = np.where(usable, np.where(usable, values, 1) ** -0.5, 0)
    return np.asarray(root.T @ (vectors * power) @ vectors.T @ root)


def _satterthwaite(moments: FloatArray, target: FloatArray) -> FloatArray:
    """Degrees of freedom (p,) of variances that are sums of squares of `moments` (m, p, k)."""
    products = np.einsum("ipk,kl,jpl->pij", moments, target, moments, optimize=True)
    trace = np.trace(products, axis1=-2, axis2=-1)
    return np.asarray(trace**2 / (products**2).sum((-1, -2)))
