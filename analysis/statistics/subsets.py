"""GOSH: heterogeneity and pooled effect of all subsets of studies, or of a sample of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import heterogeneity, least_squares, pooling
from analysis.statistics.arrays import BoolArray, FloatArray, effects

Generator = np.random.Generator


@dataclass(frozen=True)
class Gosh:
    """Models of n subsets of k effects, smallest subsets first.

    `include` (n, k) says which effects a subset has, the other fields have shape (n,): `k` their
    number, `estimate` and `tau2` in the unit of the effect and its square, `i2` in percent, `h2`
    and `q`. I² and H² of a single effect are nan. `exact` tells whether all subsets are here.
    """

    include: BoolArray
    k: FloatArray
    estimate: FloatArray
    tau2: FloatArray
    i2: FloatArray
    h2: FloatArray
    q: FloatArray
    exact: bool


def gosh(
    yi: ArrayLike, vi: ArrayLike, *, method: str = "REML", subsets: int = 10_000, seed: int = 0
) -> Gosh:
    """Fit the model to every subset of effects (k,), in one batch.

    Where there are more than `subsets` of them, that many are drawn at random by `seed`: each
    effect is in or out with the same probability. Raises ValueError below k = 2 and for less than
    2 subsets, UndefinedError without convergence. Source: Olkin, Dahabreh and Trikalinos 2012, Res
    Synth Methods 3:214-223; as metafor's `gosh()`.
    """
    y, v = effects(yi, vi)
    if y.ndim != 1 or y.size < 2:
        raise ValueError(f"yi must have one dimension and at least 2 effects, got {y.shape}")
    if subsets < 2:
        raise ValueError(f"subsets must be at least 2, got {subsets}")
    exact = 2**y.size - 1 <= subsets
    include = _all(y.size) if exact else _drawn(y.size, subsets, np.random.default_rng(seed))
    include = include[np.argsort(include.sum(-1), kind="stable")]
    data = least_squares.problem(y, v, include=include)
    tau2 = heterogeneity.estimate_tau2(data, method)
    q, df, _ = heterogeneity.q_test(data)
    i2, h2 = pooling.i2_and_h2(data, tau2, q, df, "q" if method == "EE" else "tau2")
    return Gosh(
        include=include,
        k=data.k,
        estimate=least_squares.fit(data, tau2).beta[..., 0],
        tau2=tau2,
        i2=i2,
        h2=h2,
        q=q,
        exact=exact,
    )


def signs(k: int) -> FloatArray:
    """All ways to give k numbers a sign, shape (2^k, k); the first leaves them as they are."""
    bits = (np.arange(2**k)[:, None] >> np.arange(k)) & 1
    return np.asarray(1.0 - 2.0 * bits, dtype=float)


def _all(k: int) -> BoolArray:
    return np.asarray(signs(k)[:-1] > 0)  # the last one leaves every effect out


def _drawn(k: int, subsets: int, generator: Generator) -> BoolArray:
    include = generator.random((subsets, k)) < 0.5
    while np.any(empty := ~include.any(-1)):
        include[empty] = generator.random((int(empty.sum()), k)) < 0.5
    return include
