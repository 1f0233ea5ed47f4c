"""Analyses of a thousand effects and more: a float holds no number of their subsets."""

import numpy as np
import pytest

from analysis.statistics import permutation, pooling, small_study, subsets

K = 1200
Y, V = np.linspace(-1, 1, K), np.full(K, 0.1)


@pytest.mark.parametrize("k", [1023, 1024, K])
def test_signs_of_any_number_of_effects_are_permuted(k):
    # Effects whose mean is 0 are as far from it as any others can be.
    y = np.linspace(-1, 1, k)
    assert permutation.permutation_test(y, V[:k], method="DL", iterations=50).p == (1.0,)
    shifted = permutation.permutation_test(y + 1, V[:k], method="DL", iterations=50)
    assert (shifted.p, shifted.exact) == ((1 / 50,), False)


def test_rows_of_a_design_of_many_effects_are_permuted():
    x = np.column_stack([np.ones(K), Y])
    result = permutation.permutation_test(Y + np.sin(np.arange(K)), V, x, method="DL")
    assert (result.p[1], result.permutations, result.exact) == (1 / 1000, 1000, False)


def test_permutations_of_one_effect_among_many_are_exact():
    # Only the last effect is as far from the others as the first one.
    x = np.column_stack([np.ones(K), np.arange(K) == 0])
    result = permutation.permutation_test(Y, V, x, method="EE", iterations=K)
    assert (result.permutations, result.exact) == (K, True)
    assert result.p[1] == result.qm_p == 2 / K


@pytest.mark.parametrize("k", [1023, 1024, K])
def test_subsets_of_any_number_of_effects_are_drawn(k):
    y, v = np.linspace(0, 1, k), V[:k]
    result = subsets.gosh(y, v, method="DL", subsets=50)
    assert not result.exact
    for i in (0, -1):
        kept = result.include[i]
        pooled = pooling.pool(y[kept], v[kept], method="DL")
        np.testing.assert_allclose(result.estimate[i], pooled.estimate, rtol=1e-12)
        np.testing.assert_allclose(result.tau2[i], pooled.tau2, rtol=1e-12)


def test_copies_of_studies_are_ties_and_leave_taub_as_it_is():
    y, v = [0.3, 0.1, 0.2, 0.1], [0.1, 0.2, 0.3, 0.2]
    many = small_study.begg(np.tile(y, K), np.tile(v, K))
    assert many.tau == pytest.approx(small_study.begg(y, v).tau)
