"""Permutation tests of the mean and of meta-regressions, which rest on no distribution."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial, prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics import heterogeneity, least_squares, pooling
from analysis.statistics.arrays import FloatArray, effects, one_of
from analysis.statistics.moderators import regression_design
from analysis.statistics.subsets import signs

TIES = 1.5e-8
"""Statistics that differ by less than rounding are equal; relative above 1, as in metafor below."""


@dataclass(frozen=True)
class PermutationTest:
    """Two-sided p-values by permutation: `p` of each coefficient, `qm_p` of those `tested`.

    `permutations` is how many were compared, the data as they are among them; `exact` whether that
    is all of them.
    """

    p: tuple[float, ...]
    qm_p: float
    permutations: int
    exact: bool


def permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    *,
    method: str = "REML",
    test: str = "z",
    tested: Sequence[int] | None = None,
    iterations: int = 1000,
    seed: int = 0,
) -> PermutationTest:
    """Compare the test statistics of effects (k,) with those of permuted data, in one batch.

    Without `x`, the mean is tested: each effect keeps or changes its sign. With a design `x`
    (k, p), its rows are assigned to the effects in another order; `tested` are the columns of the
    omnibus test (all but the first by default). Where all permutations are no more than
    `iterations`, the test is exact; else that many are drawn at random by `seed`. p is nan where
    the statistic is not defined. Raises ValueError for arguments out of range, UndefinedError
    without convergence. Source: Follmann and Proschan 1999, Biometrics 55:732-737; Higgins and
    Thompson 2004, Stat Med 23:1663-1682; as metafor's `permutest()`.
    """
    y, v = effects(yi, vi)
    if y.ndim != 1:
        raise ValueError(f"yi must have one dimension, got {y.ndim}")
    one_of("test", test, pooling.TESTS)
    if iterations < 2:
        raise ValueError(f"iterations must be at least 2, got {iterations}")
    generator = np.random.default_rng(seed)
    if x is None:
        exact = 2**y.size <= iterations
        flips = signs(y.size) if exact else generator.choice([1.0, -1.0], (iterations, y.size))
        flips[0] = 1.0
        data, turn = least_squares.problem(flips * y, v), np.eye(1)
        columns = [0]
    else:
        rows, turn = regression_design(x, y.size)
        order, exact = _orders(np.asarray(x, dtype=float), iterations, generator)
        design = least_squares.Design(rows[order], turn)
        data = least_squares.problem(np.broadcast_to(y, order.shape), v, design)
        columns = list(range(1, len(turn)) if tested is None else tested)
    statistic, qm = _statistics(data, turn, method, test, columns)
    return PermutationTest(
        p=tuple(_share_as_large(each) for each in np.abs(statistic).T),
        qm_p=_share_as_large(qm),
        permutations=len(qm),
        exact=exact,
    )


def _statistics(
    data: least_squares.Problem, turn: FloatArray, method: str, test: str, columns: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Statistics of the coefficients (n, p) and of the `columns` together (n,), of n fits."""
    weighted = least_squares.fit(data, heterogeneity.estimate_tau2(data, method))
    factor = pooling.multiplier(weighted, data.df, test)
    variance = np.einsum("ia,...ab,ib->...i", turn, weighted.cov, turn)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (weighted.beta @ turn.T) / np.sqrt(factor[..., None] * variance)
        if not columns:
            return statistic, np.full(len(statistic), np.nan)
        # Any coefficients that span the same as those tested have the same test.
        span = np.linalg.qr(turn[columns].T)[0]
        beta = (weighted.beta @ span)[..., None]
        shares = np.linalg.solve(span.T @ weighted.cov @ span, beta)
        return statistic, (beta * shares).sum((-1, -2)) / factor


def _share_as_large(statistic: FloatArray) -> float:
    """Share of permutations whose statistic is as large as the first one, that of the data."""
    if np.isnan(statistic[0]):
        return float("nan")
    known = statistic[~np.isnan(statistic)]
    noise = TIES * max(1.0, statistic[0]) if np.isfinite(statistic[0]) else 0.0
    return float(np.mean(known >= statistic[0] - noise))


def _orders(
    design: FloatArray, iterations: int, generator: np.random.Generator
) -> tuple[NDArray[np.intp], bool]:
    """Orders of the rows (n, k), the given one first, and whether these are all different ones."""
    k = len(design)
    _, kind, times = np.unique(design, axis=0, return_inverse=True, return_counts=True)
    exact = factorial(k) // prod(factorial(int(n)) for n in times) <= iterations
    if not exact:
        order = generator.permuted(np.tile(np.arange(k), (iterations, 1)), axis=1)
        order[0] = np.arange(k)
        return order, False
    kinds = kind.ravel()
    representative = np.array([np.flatnonzero(kinds == i)[0] for i in range(len(times))])
    arrangements = np.array(list(_arrangements(kinds.tolist())), dtype=np.intp)
    first = np.flatnonzero((arrangements == kinds).all(-1))
    order = representative[np.concatenate([arrangements[first], np.delete(arrangements, first, 0)])]
    return order, True


def _arrangements(kinds: list[int]) -> Iterator[tuple[int, ...]]:
    """All different orders of some kinds, the smallest first."""
    order = sorted(kinds)
    while True:
        yield tuple(order)
        rising = [i for i in range(len(order) - 1) if order[i] < order[i + 1]]
        if not rising:
            return
        last = rising[-1]
        larger = max(i for i in range(last + 1, len(order)) if order[i] > order[last])
        order[last], order[larger] = order[larger], order[last]
        order[last + 1 :] = reversed(order[last + 1 :])
