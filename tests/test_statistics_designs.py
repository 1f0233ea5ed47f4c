"""Designs that are nearly dependent keep their digits, or are refused with the reason.

The data are those of bbb-first: 21 studies of the years 2018 to 2023, whose square is a multiple of
the year but for a millionth. Their values were computed with 60 digits, by the normal equations and
the root of the restricted score; those of the centred year are also metafor's, which refuses the
year as it is.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.statistics import (
    moderators,
    multilevel,
    permutation,
    publication,
    robust,
    small_study,
    uncertainty,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "metafor.json").read_text())
DATA = {name: np.array(each) for name, each in REFERENCE["data"]["bbb-first.MD"].items()}
Y, V, YEAR = DATA["yi"], DATA["vi"], DATA["year"].astype(float)
STUDY = [i // 2 for i in range(len(Y))]
NAMES = "abcd"

# By degree: the last coefficient and its standard error, tau², and QM; by REML.
POLYNOMIAL = {
    2: (0.018868057582163327, 0.059010603620316374, 0.26331653827900147, 0.27279909374006028),
    3: (-0.036583350640353402, 0.051214981756106408, 0.27996733827650639, 0.76115348896385258),
}


def powers(x: np.ndarray, degree: int) -> np.ndarray:
    return np.column_stack([x**i for i in range(degree + 1)])


def regression(x: np.ndarray, **settings: Any) -> moderators.MetaRegression:
    return moderators.meta_regression(Y, V, x, NAMES[: x.shape[1]], **settings)


def close(actual: Any, expected: Any, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(actual, expected, rtol=rtol)


@pytest.mark.parametrize(("degree", "shift"), [(2, 0), (2, 2021), (3, 2021)])
def test_polynomial_of_the_year_has_the_digits_of_sixty(degree, shift):
    result = regression(powers(YEAR - shift, degree))
    last = result.coefficients[-1]
    close((last.estimate, last.se, result.tau2, result.qm), POLYNOMIAL[degree], 1e-11)


def test_coefficients_of_a_year_that_is_not_centred_have_the_digits_of_sixty():
    result = regression(powers(YEAR, 2))
    estimates = (76967.188859452682, -76.215425684299639, 0.018868057582163327)
    errors = (240968.42620587408, 238.49274100657407, 0.059010603620316374)
    close([c.estimate for c in result.coefficients], estimates, 1e-11)
    close([c.se for c in result.coefficients], errors, 1e-11)
    close(np.sqrt(np.diag(result.covariance)), errors, 1e-11)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_order_of_the_columns_is_irrelevant(order):
    columns = powers(YEAR, 2)[:, order]
    result = regression(columns, tested=[i for i, degree in enumerate(order) if degree])
    last = result.coefficients[order.index(2)]
    close((last.estimate, last.se, result.tau2, result.qm), POLYNOMIAL[2], 1e-8)


@pytest.mark.parametrize("test", ["z", "knha"])
def test_effect_of_one_year_is_that_of_the_centred_design(test):
    raw, centred = (regression(powers(x, 2), test=test) for x in (YEAR, YEAR - 2021))
    at_2021 = raw.contrast("2021", [1, 2021, 2021**2])
    expected = centred.coefficients[0]
    # The intercept is 60,000 times as large as the effect, which costs as many digits.
    for field in ("estimate", "se", "ci_low", "ci_high", "statistic"):
        close(getattr(at_2021, field), getattr(expected, field), 1e-8)


def both(analysis: Callable[[np.ndarray], Any]) -> tuple[Any, Any]:
    """An analysis with the year and its square as they are, and with the centred year."""
    return analysis(powers(YEAR, 2)), analysis(powers(YEAR - 2021, 2))


def test_heterogeneity_is_that_of_the_centred_design():
    raw, centred = both(lambda x: uncertainty.assess_heterogeneity(Y, V, x))
    for field in ("tau2", "se_tau2", "tau2_ci_low", "tau2_ci_high", "i2", "h2"):
        close(getattr(raw, field), getattr(centred, field))


def test_permutations_are_those_of_the_centred_design():
    # Of the intercept and the year itself the hypothesis is another one.
    raw, centred = both(lambda x: permutation.permutation_test(Y, V, x, iterations=200))
    assert (raw.p[2], raw.qm_p) == (centred.p[2], centred.qm_p)


def test_three_levels_are_those_of_the_centred_design():
    raw, centred = both(lambda x: multilevel.three_level(Y, V, STUDY, x, NAMES[:3]))
    for field in ("sigma2_between", "sigma2_within", "log_likelihood", "q"):
        close(getattr(raw, field), getattr(centred, field), 1e-8)
    for field in ("estimate", "se", "p"):
        close(getattr(raw.coefficients[2], field), getattr(centred.coefficients[2], field), 1e-8)
    raw, centred = both(lambda x: multilevel.variance_intervals(Y, V, STUDY, x))
    close((raw.between_high, raw.within_low), (centred.between_high, centred.within_low), 1e-8)


@pytest.mark.parametrize("correction", robust.CORRECTIONS)
def test_robust_errors_are_those_of_the_centred_design(correction):
    marginal = np.diag(V + 0.3)
    raw, centred = both(
        lambda x: robust.cluster_robust(Y, marginal, STUDY, x, NAMES[:3], correction=correction)
    )
    for field in ("estimate", "se", "p"):
        close(getattr(raw.coefficients[2], field), getattr(centred.coefficients[2], field), 1e-8)
    close(raw.df[2], centred.df[2], 1e-8)


@pytest.mark.parametrize("test", [small_study.egger_regression, small_study.egger_meta_regression])
def test_eggers_predictor_may_vary_by_a_millionth(test):
    x = np.sqrt(V)
    one, other = test(Y, V, x), test(Y, V, 1 + 1e-6 * x)
    close(other.slope * 1e-6, one.slope, 1e-8)
    close((other.statistic, other.p), (one.statistic, one.p), 1e-8)


def test_pet_and_peese_take_variances_that_differ_by_a_millionth():
    # The weights differ as little, so that these are lines through effects of equal weight.
    v = 0.1 * (1 + 1e-6 * np.arange(21))
    found = publication.pet_peese(Y, v)
    for limit, predictor in ((found.pet, np.sqrt(v)), (found.peese, v)):
        slope, intercept = np.polyfit((predictor - predictor[10]) * 1e6, Y, 1, w=v**-0.5)
        close(limit.estimate, intercept - slope * 1e6 * predictor[10], 1e-7)


@pytest.mark.parametrize("unit", [1e-150, 1e-9, 1e9, 1e150])
def test_unit_of_a_predictor_is_irrelevant(unit):
    one, other = (regression(powers(YEAR - 2021, 1) * [1, c]) for c in (1, unit))
    close(other.coefficients[1].estimate * unit, one.coefficients[1].estimate)
    close(other.coefficients[1].se * unit, one.coefficients[1].se)
    close((other.tau2, other.qm, other.qm_p), (one.tau2, one.qm, one.qm_p))


REFUSING: dict[str, Callable[[np.ndarray], Any]] = {
    "meta-regression": regression,
    "heterogeneity": lambda x: uncertainty.assess_heterogeneity(Y, V, x),
    "permutation": lambda x: permutation.permutation_test(Y, V, x),
    "three levels": lambda x: multilevel.three_level(Y, V, STUDY, x, NAMES[: x.shape[1]]),
    "intervals of variances": lambda x: multilevel.variance_intervals(Y, V, STUDY, x),
    "robust errors": lambda x: robust.cluster_robust(Y, np.diag(V), STUDY, x, NAMES[: x.shape[1]]),
}
ONES = np.ones(len(Y))


@pytest.mark.parametrize("analysis", REFUSING.values(), ids=REFUSING)
@pytest.mark.parametrize(
    "x",
    [
        powers(YEAR, 3),
        np.column_stack([ONES, V, V * (1 + 1e-12)]),
        np.column_stack([ONES, YEAR, 3 * YEAR - 2]),
        np.column_stack([ONES, 1e-20 * YEAR, 1e-20 * YEAR]),
        np.column_stack([ONES, 0 * YEAR]),
    ],
    ids=["cubic", "nearly equal", "multiples", "tiny", "zero"],
)
def test_columns_that_cannot_be_told_apart_are_refused_with_the_reason(analysis, x):
    with pytest.raises(ValueError, match="the columns of x are linearly dependent, or so nearly"):
        analysis(x)


def test_group_without_any_effect_included_is_refused():
    x = np.column_stack([ONES, YEAR == 2021])
    include = np.stack([ONES > 0, YEAR == 2021])
    with pytest.raises(ValueError, match="linearly dependent among the effects included"):
        uncertainty.assess_heterogeneity(Y, V, x, include=include)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (powers(np.arange(3.0), 1), "x must have 21 rows, got 3"),
        (ONES, r"x must have rows and columns, got shape \(21,\)"),
        (np.column_stack([ONES, np.where(YEAR == 2018, np.nan, YEAR)]), "x.* must be finite"),
    ],
)
def test_design_of_heterogeneity_is_checked(x, message):
    with pytest.raises(ValueError, match=message):
        uncertainty.assess_heterogeneity(Y, V, x)


@pytest.mark.parametrize("decades", [4, 8, 12])
def test_weights_of_any_size_leave_the_residuals_orthogonal(decades):
    # Weights span twice as many decades as standard errors.
    v = 10.0 ** np.linspace(-decades, 0, len(Y))
    x = powers(YEAR - 2021, 2)
    result = moderators.meta_regression(Y, v, x, NAMES[:3], method="EE")
    beta = np.array([c.estimate for c in result.coefficients])
    scores = x.T @ ((Y - x @ beta) / v)
    assert np.abs(scores / (np.abs(x).T @ (np.abs(Y) / v))).max() < 1e-13
