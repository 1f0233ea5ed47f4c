"""What a pooled effect says of new settings and next studies, against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import pooling
from analysis.statistics.prediction import (
    largest_tau2,
    probability_above,
    studies_without_effect,
    tipping_effect,
)

quick = settings(max_examples=50, derandomize=True, deadline=None)
effect = st.integers(-300, 300).filter(bool).map(lambda n: n / 50)
spread = st.integers(1, 200).map(lambda n: n / 100)
number = st.integers(3, 40)


@quick
@given(estimate=effect, se=spread, tau2=spread, k=number)
def test_probability_is_that_of_the_predictive_t_distribution(estimate, se, tau2, k):
    expected = stats.t.sf(0, k - 1, loc=estimate, scale=np.sqrt(tau2 + se**2))
    assert probability_above(estimate, se, tau2, k) == pytest.approx(expected, abs=1e-12)


def test_probability_agrees_with_the_end_of_the_prediction_interval():
    yi, vi = np.array([0.9, 1.4, 2.2, 0.3, 1.8]), np.array([0.1, 0.2, 0.15, 0.3, 0.12])
    pooled = pooling.pool(yi, vi, **pooling.MODERN)
    above = probability_above(pooled.estimate, pooled.se, pooled.tau2, 5, limit=pooled.pi_low)
    assert above == pytest.approx(0.975, abs=1e-12)


def test_probability_needs_three_studies():
    assert np.isnan(probability_above(1.0, 0.2, 0.1, 2))


@quick
@given(estimate=effect, se=spread, k=number)
def test_with_the_largest_tau2_the_prediction_interval_ends_at_no_effect(estimate, se, k):
    tau2 = largest_tau2(estimate, se, k)
    half = stats.t.ppf(0.975, k - 1) * np.sqrt(max(tau2, 0) + se**2)
    if tau2 >= 0:
        assert abs(estimate) - half == pytest.approx(0, abs=1e-9)
    else:
        assert abs(estimate) < half


@quick
@given(estimate=effect, se=spread, tau2=spread, k=number, variance=spread)
def test_with_the_tipping_effect_the_interval_ends_at_no_effect(estimate, se, tau2, k, variance):
    found = tipping_effect(estimate, se, tau2, k, variance)
    held, added = 1 / se**2, 1 / (variance + tau2)
    mean = (held * estimate + added * found) / (held + added)
    half = stats.t.ppf(0.975, k) / np.sqrt(held + added)
    assert np.sign(estimate) * mean - half == pytest.approx(0, abs=1e-8)


@quick
@given(estimate=effect, se=spread, tau2=spread, k=number, variance=spread)
def test_that_many_studies_without_effect_bring_the_interval_to_no_effect(
    estimate, se, tau2, k, variance
):
    n = studies_without_effect(estimate, se, tau2, k, variance)
    held = 1 / se**2
    weight = held + n / (variance + tau2)
    mean = held * abs(estimate) / weight
    assert mean - stats.t.ppf(0.975, k - 1) / np.sqrt(weight) == pytest.approx(0, abs=1e-8)
    excludes = abs(estimate) > stats.t.ppf(0.975, k - 1) * se
    assert (n > 0) == excludes


def test_a_study_without_any_variance_is_refused():
    for refused in (tipping_effect, studies_without_effect):
        with pytest.raises(ValueError, match="above 0, got"):
            refused(1.0, 0.2, 0.0, 5, 0.0)
