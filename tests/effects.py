"""Effects to test statistics with, random or known to be difficult, and their likelihood."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

# Sampling variances over a factor of 2000, effects from none to much heterogeneity.
effect = st.integers(-400, 400).map(lambda n: n / 100)
variance = st.integers(1, 2000).map(lambda n: n / 400)


def meta_analyses(min_k: int = 2, max_k: int = 8) -> st.SearchStrategy:
    """Pairs of effects and variances, arrays of one length."""
    pairs = st.lists(st.tuples(effect, variance), min_size=min_k, max_size=max_k)
    return pairs.map(lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True)))


# Twelve effects, half of them significant, in studies of one to four effects.
Y = np.array([0.12, 0.18, 0.25, 0.31, 0.38, 0.52, 0.71, 0.84, 1.13, 1.42, 0.95, 0.22])
V = np.array([0.008, 0.011, 0.015, 0.021, 0.034, 0.052, 0.081, 0.118, 0.173, 0.241, 0.142, 0.062])
STUDY = [1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6]

TWO_MAXIMA = [([-4, 7, -4], [0.02, 10, 0.02]), ([-7, 6, -7], [0.01, 10, 0.2])]


def restricted_likelihood(y: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Of the mean of effects (k,) with covariances (..., k, k), up to a constant."""
    w = np.linalg.inv(marginal)
    total = w.sum((-1, -2))
    rest = y - (w.sum(-2) @ y / total)[..., None]
    squares = np.einsum("...i,...ij,...j->...", rest, w, rest)
    return np.asarray(-0.5 * (np.linalg.slogdet(marginal)[1] + np.log(total) + squares))


def close(actual: Any, expected: Any, rtol: float = 1e-6) -> None:
    """Equal as far as an iteration goes."""
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=1e-9)
