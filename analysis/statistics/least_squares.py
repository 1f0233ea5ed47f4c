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

from analysis.statistics.arrays import FloatArray, UndefinedError, finite

THREADED = 8192
"""Size from which sums may be divided among threads, which a busy machine lets wait long."""
ROUNDING = 8 * np.finfo(float).eps
"""Residuals that are smaller, relatively to the effect, are none: of equal effects all are 0."""
DEPENDENT = 1e-8
"""Share of a column's length, beside the other columns, below which half of its digits are lost."""


class Design(NamedTuple):
    """A design x (..., k, p) as `columns` (..., k, p) = x @ `turn` that are orthonormal.

    Coefficients of x are `turn` (..., p, p) times those of the columns. With these, no more than
    the weights of the effects can make the normal equations ill-conditioned.
    """

    columns: FloatArray
    turn: FloatArray


@dataclass(frozen=True, eq=False)
class Problem:
    """Effects `y` and variances `v` (..., k), design `x` (..., k, p), `include` (..., k) as 0/1.

    The columns of `x` are orthonormal; None is a mean. `products` (..., k, p * p) are those of each
    effect's entries in it.
    """

    y: FloatArray
    v: FloatArray
    x: FloatArray | None
    include: FloatArray
    products: FloatArray | None

    @cached_property
    def k(self) -> FloatArray:
        """Number of effects included, shape (...)."""
        return np.asarray(self.include.sum(-1))

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return 1 if self.x is None else self.x.shape[-1]

    @property
    def design(self) -> FloatArray:
        """The columns (..., k, p), also those of a mean."""
        return np.ones((self.y.shape[-1], 1)) if self.x is None else self.x

    @cached_property
    def df(self) -> FloatArray:
        """Residual degrees of freedom, k - p, shape (...)."""
        return np.asarray(self.k - self.p)

    @cached_property
    def undefined(self) -> FloatArray:
        """0, and nan without residual degrees of freedom: added to what then has no value."""
        return np.where(self.df > 0, 0.0, np.nan)

    @cached_property
    def common(self) -> "Fit":
        """The fit without heterogeneity, at tau² = 0."""
        return fit(self, 0.0)

    @cached_property
    def q(self) -> FloatArray:
        """Weighted residual sum of squares without heterogeneity, shape (...).

        Raises UndefinedError for effects too far apart, or variances too small, for their squares.
        """
        found = self.common.rss
        if not np.isfinite(found).all():
            raise UndefinedError("the numbers are too large or too small to be pooled")
        return found

    def flat(self) -> "Problem":
        """The same batch with a single leading dimension; a design of all members stays one."""
        *shape, k = self.y.shape
        size = prod(shape)

        def flattened(rows: FloatArray) -> FloatArray:
            return np.broadcast_to(rows, (*shape, *rows.shape[-2:])).reshape(size, *rows.shape[-2:])

        y, v, include = (array.reshape(size, k) for array in (self.y, self.v, self.include))
        return self._changed(y, v, include, flattened)

    def members(self, index: Any) -> "Problem":
        """Those members of a flat batch that `index` chooses, as it chooses rows of an array."""
        y, v, include = self.y[index], self.v[index], self.include[index]
        return self._changed(y, v, include, lambda rows: rows[index])

    def _changed(
        self,
        y: FloatArray,
        v: FloatArray,
        include: FloatArray,
        change: Callable[[FloatArray], FloatArray],
    ) -> "Problem":
        """Other members, with their designs, unless there is one for all."""
        if self.x is None or self.products is None or self.x.ndim == 2:
            return Problem(y, v, self.x, include, self.products)
        return Problem(y, v, change(self.x), include, change(self.products))


class Fit(NamedTuple):
    """Weighted least squares: weights (..., k), `beta` (..., p), its `cov` (..., p, p).

    Both are those of the orthonormal columns of the problem.
    """

    w: FloatArray
    beta: FloatArray
    cov: FloatArray
    residual: FloatArray

    @property
    def rss(self) -> FloatArray:
        """Weighted residual sum of squares, shape (...)."""
        return dot(self.w * self.residual, self.residual)


def problem(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | Design | None = None,
    include: ArrayLike | None = None,
) -> Problem:
    """Bring effects, variances, design and selection to one batch shape (..., k).

    Raises ValueError for a design whose columns are linearly dependent, or nearly so.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    mask = np.ones(y.shape[-1:]) if include is None else np.asarray(include, dtype=bool)
    if include is not None or not y.shape == v.shape == mask.shape:
        y, v, mask = np.broadcast_arrays(y, v, mask.astype(float))
    if x is None:
        return Problem(y, v, None, mask, None)
    columns = (x if isinstance(x, Design) else orthonormal(x)).columns
    if columns.shape[-2] != y.shape[-1]:
        raise ValueError(f"x must have {y.shape[-1]} rows, got {columns.shape[-2]}")
    products = columns[..., :, None] * columns[..., None, :]
    data = Problem(y, v, columns, mask, products.reshape(*columns.shape[:-1], -1))
    if include is not None:
        least = np.linalg.eigvalsh(information(data, mask))[..., 0]
        _require_independent(np.sqrt(np.maximum(least, 0.0)), " among the effects included")
    return data


def orthonormal(x: ArrayLike) -> Design:
    """Turn the columns of a design (..., k, p) so that they are orthonormal.

    By Gram and Schmidt, one column after another and twice: a constant that comes first is taken
    from the others before anything else, which hardly rounds. Raises ValueError for columns that
    are linearly dependent, or so nearly that digits would be lost. Source: Björck 1967, BIT
    7:1-21; Giraud, Langou and Rozložník 2005, Comput Math Appl 50:1069-1075.
    """
    design = finite("x", x)
    if design.ndim < 2:
        raise ValueError(f"x must have rows and columns, got shape {design.shape}")
    p = design.shape[-1]
    unit = np.exp2(np.frexp(np.abs(design).max(-2, keepdims=True))[1].astype(float))
    columns, turn = design / unit, np.eye(p) / unit
    length = _lengths(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        for i in 2 * tuple(range(p)):
            one, others = columns[..., i, None], columns[..., i + 1 :]
            share = (one * others).sum(-2, keepdims=True) / np.square(one).sum(-2, keepdims=True)
            columns[..., i + 1 :] -= one * share
            turn[..., i + 1 :] -= turn[..., i, None] * share
        left = _lengths(columns)
        columns, turn = columns / left, turn / left
        # The length of a row of `turn` is the standard error of its coefficient, which is
        # 1/(length * unit) without the other columns.
        inflation = np.square(turn * np.swapaxes(length * unit, -1, -2)).sum(-1)
        _require_independent(1 / np.sqrt(inflation.max(-1)))
    return Design(columns, turn)


def _lengths(columns: FloatArray) -> FloatArray:
    """Lengths (..., 1, p) of columns (..., k, p)."""
    return np.asarray(np.sqrt(np.square(columns).sum(-2, keepdims=True)))


def _require_independent(share: FloatArray, among: str = "") -> None:
    """Raise UndefinedError unless each column keeps a `share` of its length beside the others."""
    if not np.all(share > DEPENDENT):
        raise UndefinedError(
            f"the columns of x are linearly dependent{among}, or so nearly that digits would be "
            "lost; centring them can help"
        )


def fit(data: Problem, tau2: ArrayLike) -> Fit:
    """Weighted least squares with weights 1/(vi + tau2); `tau2` has the batch shape (...)."""
    return solve(data, weights(data, np.asarray(tau2, dtype=float)))


def solve(data: Problem, w: FloatArray) -> Fit:
    """Weighted least squares with weights `w` (..., k)."""
    cov = covariance(data, w)
    beta, residual = regress(data, w, cov, data.y)
    return Fit(w, beta, cov, residual * (np.abs(residual) > ROUNDING * np.abs(data.y)))


def weights(data: Problem, tau2: FloatArray) -> FloatArray:
    """Inverse variances 1/(vi + tau2), shape (..., k); 0 for effects that are left out."""
    w: FloatArray = data.include / (data.v + tau2[..., None])
    return w


def regress(
    data: Problem, w: FloatArray, cov: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients (..., p) of `z` (..., k) on the design, and residuals; `cov` is (X'WX)⁻¹."""
    if data.x is None:
        mean = dot(w, z)[..., None] * cov[..., 0]
        return mean, z - mean
    beta = np.vecdot(cov, _times(w * z, data.x)[..., None, :])
    residual = z
    for i in range(data.p):
        residual = residual - beta[..., i, None] * data.x[..., i]
    return beta, residual


def residuals(data: Problem, w: FloatArray) -> FloatArray:
    """What a regression of the effects with weights `w` leaves of them, shape (..., k)."""
    if data.x is None:
        return data.y - (dot(w, data.y) / dot(w, data.include))[..., None]
    return regress(data, w, covariance(data, w), data.y)[1]


def information(data: Problem, w: FloatArray) -> FloatArray:
    """X'WX, shape (..., p, p), for a diagonal W given as (..., k)."""
    if data.products is None:
        return dot(w, data.include)[..., None, None]
    return _times(w, data.products).reshape(*w.shape[:-1], data.p, data.p)


def covariance(data: Problem, w: FloatArray) -> FloatArray:
    """(X'WX)⁻¹, shape (..., p, p); for a single coefficient it is a reciprocal."""
    if data.x is None:
        return (1 / dot(w, data.include))[..., None, None]
    return np.asarray(np.linalg.inv(information(data, w)))


def product_trace(a: FloatArray, b: FloatArray) -> FloatArray:
    """Trace of AB, shape (...), for a symmetric A (..., p, p)."""
    if a.shape[-1] == 1:
        return np.asarray(a[..., 0, 0] * b[..., 0, 0])
    return np.asarray((a * b).sum((-1, -2)))


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Sums of products over the last axis, shape (...)."""
    sums: FloatArray = (
        np.einsum("...k,...k->...", a, b) if a.shape[-1] > THREADED else np.vecdot(a, b)
    )
    return sums


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
