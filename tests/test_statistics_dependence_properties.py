"""What must hold of effects that depend on each other, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtri

from analysis.statistics import (
    dependence,
    multilevel,
    pooling,
)
from tests.effects import STUDY, V, Y, close, effect, meta_analyses, restricted_likelihood

pytestmark = pytest.mark.slow

few = settings(max_examples=6, derandomize=True, deadline=None)
quick = settings(max_examples=15, derandomize=True, deadline=None)
extreme = pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e6, 1e12])


@quick
@given(data=meta_analyses(3, 8))
def test_studies_of_one_effect_have_the_heterogeneity_of_a_pool(data):
    y, v = data
    studies = [f"study {i}" for i in range(y.size)]
    model = multilevel.three_level(y, v, studies, within=False)
    pooled = pooling.pool(y, v)
    np.testing.assert_allclose(model.sigma2_between, pooled.tau2, rtol=1e-6, atol=1e-7)
    close(model.coefficients[0].estimate, pooled.estimate, 1e-5)
    assert model.sigma2_within == 0
    close((model.q, model.q_p), (pooled.q, pooled.q_p))


@quick
@given(seed=st.integers(0, 10**6), rho=st.floats(-0.3, 0.95))
def test_errors_that_depend_do_not_depend_on_the_order(seed, rho):
    order = np.random.default_rng(seed).permutation(Y.size)
    cluster = [STUDY[i] for i in order]
    errors = dependence.correlated_errors(V, STUDY, rho)
    shuffled = dependence.correlated_errors(V[order], cluster, rho)
    np.testing.assert_array_equal(shuffled, errors[np.ix_(order, order)])
    assert np.linalg.eigvalsh(errors).min() > 0
    close(errors[0, 1] / np.sqrt(V[0] * V[1]), rho)
    one = multilevel.three_level(Y, errors, STUDY)
    other = multilevel.three_level(Y[order], shuffled, cluster)
    close(other.coefficients[0].estimate, one.coefficients[0].estimate)
    close(other.log_likelihood, one.log_likelihood)


@quick
@given(rho=st.floats(0, 0.8))
def test_correlation_of_equally_precise_errors_is_variance_between_studies(rho):
    # The covariance that the model gives is the same, however much of it is error.
    v = np.full(Y.size, 0.02)
    plain = multilevel.three_level(Y, v, STUDY)
    model = multilevel.three_level(Y, dependence.correlated_errors(v, STUDY, rho), STUDY)
    assert plain.sigma2_between > 0.02
    close(model.sigma2_between, plain.sigma2_between - 0.02 * rho)
    close(model.sigma2_within, plain.sigma2_within + 0.02 * rho)
    close(model.marginal, plain.marginal)


@quick
@given(
    y=st.lists(effect, min_size=4, max_size=4),
    animals=st.lists(st.integers(2, 30), min_size=5, max_size=5),
)
def test_effects_with_one_control_covary_by_what_it_adds(y, animals):
    treated, control = np.array(animals[:4]), animals[4]
    part = np.full(4, 2.5**2 / control)
    v = 1.5**2 / treated + part
    found = dependence.shared_control_errors(v, ["a", "a", None, None], part)
    expected = np.diag(v)
    expected[0, 1] = expected[1, 0] = part[0]
    np.testing.assert_array_equal(found, expected)
    difference = np.array([1, -1, 0, 0])  # of two treatments: the control cancels
    close(difference @ found @ difference, 1.5**2 / treated[0] + 1.5**2 / treated[1])
    v = 1 / treated + 1 / control + np.square(y) / (2 * (treated + control))
    errors = dependence.shared_control_smd_errors(y, v, list("aabb"), treated, [control] * 4)
    assert np.linalg.eigvalsh(errors).min() > 0
    close(errors[0, 1], 1 / control + y[0] * y[1] / (2 * (control + treated[0] + treated[1])))
    assert not errors[:2, 2:].any()


@pytest.mark.parametrize("within", [True, False])
@extreme
def test_unit_of_the_effect_is_irrelevant_to_intervals_of_variances(unit, within):
    errors = dependence.correlated_errors(V, STUDY, 0.4)
    one, other = (
        multilevel.variance_intervals(c * Y, c**2 * errors, STUDY, within=within)
        for c in (1.0, unit)
    )
    for field in ("between_low", "between_high", "within_low", "within_high"):
        close(getattr(other, field) / unit**2, getattr(one, field))


@few
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.5, 0.95, 0.999]))
def test_variances_lie_in_their_intervals_at_whose_ends_they_are_just_not_rejected(seed, level):
    generator = np.random.default_rng(seed)
    study = [0, 0, 0, 1, 1, 2, 2, 3, 4]
    v = generator.uniform(0.05, 0.5, 9)
    spread = generator.uniform(0, 2, 2)
    y = generator.normal(spread[0] * np.sin(study), np.sqrt(v + spread[1]))
    model = multilevel.three_level(y, v, study)
    result = multilevel.variance_intervals(y, v, study, level=level)
    assert 0 <= result.between_low <= model.sigma2_between <= result.between_high
    assert 0 <= result.within_low <= model.sigma2_within <= result.within_high
    narrower = multilevel.variance_intervals(y, v, study, level=0.8 * level)
    assert narrower.between_low >= result.between_low
    assert narrower.between_high <= result.between_high
    same = np.equal.outer(study, study)
    best = restricted_likelihood(y, model.marginal)

    def drop(between: float) -> float:
        """What the likelihood loses at its highest for this variance between studies."""
        others = np.append(0.0, np.geomspace(1e-3, 1e3, 1000))
        marginal = (v + others[:, None])[..., None] * np.eye(y.size) + between * same
        return float((best - restricted_likelihood(y, marginal)).min())

    close(drop(result.between_high), chdtri(1, 1 - level) / 2, 1e-3)
