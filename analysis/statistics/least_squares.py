"""Weighted least squares of batches of meta-analyses: what every estimate of pooling rests on.

Effects and sampling variances have the shape (..., k): leading dimensions are a batch of
meta-analyses. `x` is a design matrix of shape (..., k, p); without it the model is a single mean.
`include` (..., k) leaves effects out of a batch's members without changing its shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.arrays import FloatArray

THREADED = 8192
"""Size from which sums may be divided among threads, which a busy machine lets wait long."""
ROUNDING = 8 * np.finfo(float).eps
"""Residuals that are smaller, relatively to the effect, are none: of equal effects all are 0."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Effects `y` and variances `v` (..., k), design `x` (..., k, p), `include` (..., k) as 0/1.

    `products` (..., k, p * p) are those of each effect's entries in the design.
    """

    y: FloatArray
    v: FloatArray
    x: FloatArray
    include: FloatArray
    products: FloatArray

    @cached_property
    def k(self) -> FloatArray:
        """Number of effects included, shape (...)."""
        return np.asarray(self.include.sum(-1))

    @cached_property
    def df(self) -> FloatArray:
        """Residual degrees of freedom, k - p, shape (...)."""
        return np.asarray(self.k - self.x.shape[-1])

    @cached_property
    def common(self) -> "Fit":
        """The fit without heterogeneity, at tau² = 0.

        Raises OverflowError for effects too far apart, or variances too small, for their squares.
        """
        found = fit(self, 0.0)
        if not np.isfinite(found.rss).all():
            raise OverflowError("the effects are too far apart for their variances")
        return found

    def flat(self) -> "Problem":
        """The same batch with a single leading dimension; a design of all members stays one."""
        *shape, k = self.y.shape
        size = prod(shape)

        def flattened(design: FloatArray) -> FloatArray:
            columns = design.shape[-1]
            return np.broadcast_to(design, (*shape, k, columns)).reshape(size, k, columns)

        y, v, include = (array.reshape(size, k) for array in (self.y, self.v, self.include))
        return self._changed(y, v, include, flattened)

    def members(self, index: Any) -> "Problem":
        """Those members of a flat batch that `index` chooses, as it chooses rows of an array."""
        y, v, include = self.y[index], self.v[index], self.include[index]
        return self._changed(y, v, include, lambda design: design[index])

    def _changed(
        self,
        y: FloatArray,
        v: FloatArray,
        include: FloatArray,
        change: Callable[[FloatArray], FloatArray],
    ) -> "Problem":
        """Other members, with their designs, unless there is one for all."""
        if self.x.ndim == 2:
            return Problem(y, v, self.x, include, self.products)
        return Problem(y, v, change(self.x), include, change(self.products))


class Fit(NamedTuple):
    """Weighted least squares: weights (..., k), `beta` (..., p), its `cov` (..., p, p)."""

    w: FloatArray
    beta: FloatArray
    cov: FloatArray
    residual: FloatArray

    @property
    def rss(self) -> FloatArray:
        """Weighted residual sum of squares, shape (...)."""
        return dot(self.w * self.residual, self.residual)


def problem(
    yi: ArrayLike, vi: ArrayLike, x: ArrayLike | None = None, include: ArrayLike | None = None
) -> Problem:
    """Bring effects, variances, design and selection to one batch shape (..., k)."""
    mask = np.ones(np.shape(yi)[-1:]) if include is None else np.asarray(include, dtype=bool)
    y, v, mask = np.broadcast_arrays(
        np.asarray(yi, dtype=float), np.asarray(vi, dtype=float), mask.astype(float)
    )
    design = np.ones((y.shape[-1], 1)) if x is None else np.asarray(x, dtype=float)
    products = design[..., :, None] * design[..., None, :]
    return Problem(y, v, design, mask, products.reshape(*design.shape[:-1], -1))


def fit(data: Problem, tau2: ArrayLike) -> Fit:
    """Weighted least squares with weights 1/(vi + tau2); `tau2` has the batch shape (...)."""
    return solve(data, weights(data, np.asarray(tau2, dtype=float)))


def solve(data: Problem, w: FloatArray) -> Fit:
    """Weighted least squares with weights `w` (..., k)."""
    cov = covariance(data, w)
    beta, residual = regress(data, w, cov, data.y)
    rounding = np.abs(residual) <= ROUNDING * np.abs(data.y)
    return Fit(w, beta, cov, np.where(rounding, 0.0, residual))


def weights(data: Problem, tau2: FloatArray) -> FloatArray:
    """Inverse variances 1/(vi + tau2), shape (..., k); 0 for effects that are left out."""
    return np.asarray(data.include / (data.v + tau2[..., None]))


def regress(
    data: Problem, w: FloatArray, cov: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients (..., p) of `z` (..., k) on the design, and residuals; `cov` is (X'WX)⁻¹."""
    beta = np.vecdot(cov, _times(w * z, data.x)[..., None, :])
    residual = z
    for i in range(data.x.shape[-1]):
        residual = residual - beta[..., i, None] * data.x[..., i]
    return beta, residual


def information(data: Problem, w: FloatArray) -> FloatArray:
    """X'WX, shape (..., p, p), for a diagonal W given as (..., k)."""
    p = data.x.shape[-1]
    return _times(w, data.products).reshape(*w.shape[:-1], p, p)


def covariance(data: Problem, w: FloatArray) -> FloatArray:
    """(X'WX)⁻¹, shape (..., p, p); for a single coefficient it is a reciprocal."""
    matrix = information(data, w)
    return np.asarray(1 / matrix if matrix.shape[-1] == 1 else np.linalg.inv(matrix))


def product_trace(a: FloatArray, b: FloatArray) -> FloatArray:
    """Trace of AB, shape (...), for a symmetric A (..., p, p)."""
    return np.asarray((a * b).sum((-1, -2)))


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Sums of products over the last axis, shape (...)."""
    if a.shape[-1] > THREADED:
        return np.asarray(np.einsum("...k,...k->...", a, b))
    return np.asarray(np.vecdot(a, b))


def projection_trace(data: Problem, weights: Fit) -> FloatArray:
    """Trace, shape (...), of the projection P = W - WX(X'WX)⁻¹X'W."""
    w = weights.w
    return np.asarray(w.sum(-1) - product_trace(weights.cov, information(data, w * w)))


def _times(rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Rows (..., k) times the `columns`, one matrix (k, n) for all rows or one for each."""
    if prod(rows.shape[-2:]) > THREADED:
        return np.asarray(np.einsum("...k,...kn->...n", rows, columns))
    if columns.ndim == 2:
        return np.asarray(rows @ columns)
    return np.asarray((rows[..., None, :] @ columns)[..., 0, :])
