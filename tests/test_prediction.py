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
    tipping_effects,
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


def t_interval(effects: np.ndarray) -> tuple[float, float]:
    """The t interval of a mean: REML with Knapp-Hartung where all studies are equally precise."""
    half = stats.t.ppf(0.975, effects.size - 1) * effects.std(ddof=1) / np.sqrt(effects.size)
    return effects.mean() - half, effects.mean() + half


def like(estimate: float, se: float, k: int) -> np.ndarray:
    """k effects with a given mean and standard error of it."""
    z = np.linspace(-1, 1, k)
    return estimate + z / z.std(ddof=1) * se * np.sqrt(k)


@quick
@given(estimate=effect, se=spread, k=number)
def test_at_the_tipping_effects_the_interval_ends_at_no_effect(estimate, se, k):
    effects = like(estimate, se, k)
    found = tipping_effects(estimate, se, k)
    inner = stats.t.ppf(0.975, k - 1) * se < abs(estimate)
    if found is None:
        # No single study helps, not even the one that fits best.
        assert not inner
        return
    for tipping in found:
        low, high = t_interval(np.append(effects, tipping))
        assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-7 * (1 + abs(tipping)))
    low, high = t_interval(np.append(effects, sum(found) / 2))
    assert low > 0 or high < 0


def test_equally_precise_studies_pooled_by_the_modern_preset_tip_where_it_says():
    vi = np.full(8, 0.04)
    yi = like(1.2, 0.25, 8)
    pooled = pooling.pool(yi, vi, **pooling.MODERN)
    assert pooled.se == pytest.approx(0.25)
    found = tipping_effects(pooled.estimate, pooled.se, 8)
    assert found
    again = pooling.pool(np.append(yi, found[0]), np.append(vi, 0.04), **pooling.MODERN)
    assert again.ci_low == pytest.approx(0, abs=1e-7)


def test_one_study_is_too_few():
    with pytest.raises(ValueError, match="k must be at least 2, got 1"):
        tipping_effects(1.0, 0.2, 1)
