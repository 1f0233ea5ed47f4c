"""What must hold beyond pooling whatever the data: invariances, limits, and refusals."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.statistics import (
    comparison,
    dependence,
    effect_sizes,
    heterogeneity,
    least_squares,
    multilevel,
    optimum,
    permutation,
    pooling,
    publication,
    robust,
    selection,
    subsets,
    uncertainty,
)
from analysis.statistics.arrays import UndefinedError
from tests.effects import STUDY, TWO_MAXIMA, V, Y, close, meta_analyses, restricted_likelihood

pytestmark = pytest.mark.slow

METHODS = tuple(heterogeneity.METHODS)
UNITS = [1e-12, 1e-6, 1e6, 1e12]
few = settings(max_examples=6, derandomize=True, deadline=None)
quick = settings(max_examples=15, derandomize=True, deadline=None)
extreme = pytest.mark.parametrize("unit", UNITS)
every_method = pytest.mark.parametrize("method", METHODS)


@every_method
@extreme
@quick
@given(data=meta_analyses(2, 7))
def test_unit_of_the_effect_is_irrelevant_to_heterogeneity(method, unit, data):
    y, v = data
    one = uncertainty.assess_heterogeneity(y, v, method=method)
    other = uncertainty.assess_heterogeneity(unit * y, unit**2 * v, method=method)
    for field in ("tau2", "se_tau2", "tau2_ci_low", "tau2_ci_high"):
        close(getattr(other, field) / unit**2, getattr(one, field))
    for field in ("i2", "i2_ci_low", "i2_ci_high", "h2", "h2_ci_low", "h2_ci_high"):
        close(getattr(other, field), getattr(one, field))


@extreme
@quick
@given(data=meta_analyses(3, 5))
def test_unit_of_the_effect_is_irrelevant_to_permutations_and_subsets(unit, data):
    y, v = data
    x = np.column_stack([np.ones(y.size), np.arange(y.size)])
    assume(np.ptp(y) > 0)
    for design in (None, x):
        one, other = (
            permutation.permutation_test(c * y, c**2 * v, design, method="DL") for c in (1, unit)
        )
        close(one.p, other.p)
    whole, scaled = (subsets.gosh(c * y, c**2 * v) for c in (1, unit))
    close(scaled.estimate / unit, whole.estimate)
    close(scaled.tau2 / unit**2, whole.tau2)
    close(scaled.i2, whole.i2)


@extreme
def test_unit_of_the_effect_is_irrelevant_to_likelihoods_and_robust_errors(unit):
    one, other = (selection.selection_model(c * Y, c**2 * V) for c in (1.0, unit))
    close(other.mean.estimate / unit, one.mean.estimate)
    close((other.tau2 / unit**2, *other.delta, other.lrt), (one.tau2, *one.delta, one.lrt))
    plain, scaled = (multilevel.three_level(c * Y, c**2 * V, STUDY) for c in (1.0, unit))
    close(scaled.coefficients[0].estimate / unit, plain.coefficients[0].estimate)
    close(scaled.sigma2_between / unit**2, plain.sigma2_between)
    close(scaled.sigma2_within / unit**2, plain.sigma2_within)
    errors, scaled_errors = (
        robust.cluster_robust(c * Y, c**2 * plain.marginal, STUDY) for c in (1.0, unit)
    )
    close(scaled_errors.coefficients[0].se / unit, errors.coefficients[0].se)
    close(scaled_errors.df, errors.df)
    limits, scaled_limits = (publication.pet_peese(c * Y, c**2 * V) for c in (1.0, unit))
    close(scaled_limits.peese.estimate / unit, limits.peese.estimate)
    excess, same = (publication.excess_significance(c * Y, c**2 * V) for c in (1.0, unit))
    close((same.expected, same.p), (excess.expected, excess.p))


@pytest.mark.parametrize(
    ("y", "v", "alone"),
    [
        ([0.17, -2.57, 2.3, 0.95], [3.445, 0.6875, 4.6325, 2.6275], 0),
        ([0.49e12, 0.08e12, 0.86e12], [2.7675e24, 4.3975e24, 1.395e24], 1),
    ],
)
def test_single_effect_in_a_batch_does_not_keep_the_others_from_converging(y, v, alone):
    whole = np.ones(len(y), dtype=bool)
    batch = least_squares.problem(y, v, include=np.stack([np.arange(len(y)) == alone, whole]))
    tau2 = heterogeneity.estimate_tau2(batch, "REML")
    assert tau2[0] == 0
    close(tau2[1], heterogeneity.estimate_tau2(least_squares.problem(y, v), "REML"))


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_large_batches_equal_their_members(method):
    generator = np.random.default_rng(5)
    y, v = generator.normal(size=(20, 15, 5)), generator.uniform(0.1, 1, (20, 15, 5))
    x = np.stack([np.ones_like(y), generator.normal(size=y.shape)], axis=-1)
    for design in (None, x):
        batch = heterogeneity.estimate_tau2(least_squares.problem(y, v, design), method)
        assert batch.shape == (20, 15)
        for i, j in ((0, 0), (7, 14), (19, 14)):
            one = least_squares.problem(y[i, j], v[i, j], None if design is None else x[i, j])
            close(batch[i, j], heterogeneity.estimate_tau2(one, method))


@every_method
@quick
@given(data=meta_analyses(4, 4), seed=st.integers(0, 100))
def test_batch_of_heterogeneity_equals_loop(method, data, seed):
    include = np.random.default_rng(seed).random((3, 4)) < 0.7
    include[:, :2] = True
    batch = uncertainty.assess_heterogeneity(*data, method=method, include=include)
    for i, kept in enumerate(include):
        single = uncertainty.assess_heterogeneity(data[0][kept], data[1][kept], method=method)
        for field in dataclasses.fields(single):
            if field.name not in ("method", "level"):
                close(getattr(batch, field.name)[i], getattr(single, field.name))


def test_random_permutations_come_near_the_exact_test_and_repeat():
    y, v = Y[:8], V[:8]
    exact = permutation.permutation_test(y, v, method="DL")
    drawn = [permutation.permutation_test(y, v, method="DL", iterations=200) for _ in range(2)]
    assert exact.exact
    assert (exact.permutations, drawn[0].permutations) == (256, 200)
    assert drawn[0] == drawn[1]
    assert not drawn[0].exact
    assert abs(drawn[0].p[0] - exact.p[0]) < 0.05
    x = np.column_stack([np.ones(8), np.sqrt(v)])
    other = permutation.permutation_test(y, v, x, method="DL", iterations=500, seed=1)
    assert not other.exact
    assert 1 / 500 <= other.p[1] <= 1
    assert other.p[1] == pytest.approx(other.qm_p)


def test_drawn_subsets_repeat_and_are_never_empty():
    one, other = (subsets.gosh(Y, V, method="DL", subsets=500, seed=3) for _ in range(2))
    assert not one.exact
    assert one.k.min() >= 1
    np.testing.assert_array_equal(one.include, other.include)
    whole = subsets.gosh(Y[:3], V[:3], method="DL")
    assert whole.estimate[-1] == pytest.approx(pooling.pool(Y[:3], V[:3], method="DL").estimate)


@quick
@given(data=meta_analyses(3, 7))
def test_robust_errors_of_single_effects_without_correction_are_the_sandwich(data):
    y, v = data
    result = robust.cluster_robust(y, np.diag(v), list(range(y.size)), correction="CR0")
    w = 1 / v / (1 / v).sum()
    mean = (w * y).sum()
    close(result.coefficients[0].estimate, mean)
    close(result.coefficients[0].se, np.sqrt((w**2 * (y - mean) ** 2).sum()))


@quick
@given(data=meta_analyses(4, 7))
def test_three_levels_with_one_variance_are_the_random_effects_model(data):
    y, v = data
    study = [i // 2 for i in range(y.size)]
    result = multilevel.three_level(y, v, study)
    grid = np.append(0, np.geomspace(1e-3, 100, 40))
    for between in grid:
        marginal = np.diag(v) + between * (np.array(study)[:, None] == study)
        value = restricted_likelihood(y, marginal)
        assert value <= restricted_likelihood(y, result.marginal) + 1e-8
    if result.sigma2_between == 0:
        tau2 = pooling.pool(y, v, method="REML").tau2
        close(result.sigma2_within, tau2, rtol=1e-5)


@pytest.mark.parametrize("mean", [-0.3, 0.0, 0.4])
def test_selection_model_undoes_selection(mean):
    generator = np.random.default_rng(int(10 * mean) + 20)
    v = generator.uniform(0.01, 0.2, 300)
    y = generator.normal(mean, np.sqrt(v + 0.05))
    kept = (y / np.sqrt(v) > 1.96) | (generator.random(300) < 0.3)
    y, v = y[kept], v[kept]
    result = selection.selection_model(y, v)
    unselected = pooling.pool(y, v, method="ML").estimate
    assert result.lrt >= 0
    assert abs(result.mean.estimate - mean) < abs(unselected - mean) + 0.05
    mirrored = selection.selection_model(-y, v, alternative="less")
    assert mirrored.mean.estimate == pytest.approx(-result.mean.estimate)


def test_a_likelihood_without_a_maximum_does_not_converge():
    with pytest.raises(UndefinedError, match="no maximum of the likelihood was found"):
        optimum.maximize(lambda x: x[..., 0], np.ones(1), np.array([-np.inf]), np.ones(1))


def test_maximum_at_a_limit_and_derivatives_are_found():
    def likelihood(x: Any) -> Any:
        return -((x[..., 0] + 1) ** 2) - np.exp(x[..., 1]) + 2 * x[..., 1]

    lowest, scale = np.array([0.0, -np.inf]), np.ones(2)
    x, value = optimum.maximize(likelihood, np.array([3.0, -2.0]), lowest, scale)
    close(x, (0, np.log(2)))
    close(value, 2 * np.log(2) - 3)
    close(optimum.gradient(likelihood, x), (-2, 0))
    close(optimum.hessian(likelihood, x, lowest, scale), np.diag([-2, -2]))


def test_peaks_of_a_grid_come_highest_first():
    values = np.array([[0.0, 1, 0, 2], [0, 0, -np.inf, 0], [5, 0, 3, 0]])
    assert optimum.peaks(values) == [(2, 0), (2, 2), (0, 3), (0, 1)]
    assert optimum.peaks(values, most=1) == [(2, 0)]


@pytest.mark.parametrize(("y", "v"), TWO_MAXIMA)
def test_three_levels_take_the_higher_of_two_maxima(y, v):
    # One of three studies has a second effect of no precision: nearly the model of one level.
    y, v = np.array([*y, y[1]]), np.array([*v, 1e4])
    result = multilevel.three_level(y, v, [1, 2, 3, 2])
    same = np.array([1, 2, 3, 2])[:, None] == np.array([1, 2, 3, 2])
    best = restricted_likelihood(y, result.marginal)
    for between in np.append(0, np.geomspace(1e-3, 1e3, 40)):
        for within in np.append(0, np.geomspace(1e-3, 1e3, 40)):
            marginal = np.diag(v + within) + between * same
            assert restricted_likelihood(y, marginal) <= best + 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_likelihoods_are_climbed_over_variances_of_any_size(seed):
    generator = np.random.default_rng(seed)
    v = 10 ** generator.uniform(-5, 1, 12)
    y = generator.normal(0.4, np.sqrt(v + 0.05))
    model = multilevel.three_level(y, v, [i // 3 for i in range(12)])
    assert min(model.sigma2_between, model.sigma2_within) >= 0
    significant = y / np.sqrt(v) > 1.96
    assert significant.any()
    if not significant.all():
        assert selection.selection_model(y, v).lrt >= 0


@every_method
def test_one_study_has_no_heterogeneity_to_assess(method):
    result = uncertainty.assess_heterogeneity([0.4], [0.04], method=method)
    assert result.tau2 == 0
    numbers = dataclasses.asdict(result)
    for name in ("tau2", "method", "level"):
        del numbers[name]
    assert all(math.isnan(number) for number in numbers.values())


@every_method
def test_equal_studies_have_a_tau2_of_zero_with_a_standard_error(method):
    result = uncertainty.assess_heterogeneity([0.5] * 4, [0.02, 0.05, 0.03, 0.08], method=method)
    assert (result.tau2, result.i2, result.h2) == (0, 0, 1)
    assert math.isnan(result.se_tau2) if method == "EE" else result.se_tau2 >= 0


def test_few_studies_have_what_is_defined():
    assert permutation.permutation_test([0.4], [0.04]).p == (1.0,)
    assert math.isnan(permutation.permutation_test([0.4], [0.04], test="knha").p[0])
    assert permutation.permutation_test([0.4, 0.6], [0.04, 0.02]).p == (0.5,)
    single = publication.excess_significance([0.4], [0.01])
    assert single.observed == 1
    close(single.p, single.power[0])
    table = comparison.compare_settings({"MD": effect_sizes.from_variance([0.4], [0.04])})
    rows = {(row["method"], row["test"]): row for row in table.rows()}
    assert rows["REML", "z"]["se"] == pytest.approx(0.2)
    assert math.isnan(float(rows["REML", "knha"]["se"]))
    assert subsets.gosh([0.4, 0.6], [0.04, 0.02]).k.tolist() == [1, 1, 2]


def test_pairs_are_named_by_what_they_share():
    pairs = dependence.dependent_pairs(
        ["a", "b", "c", "d", "e"],
        ["Li", "Li", "Wu", "Li", "Wu"],
        ["saline", "saline", "x", "y", None],
    )
    assert [str(pair) for pair in pairs] == [
        "a and b share their control arm",
        "a and d share their study",
        "b and d share their study",
        "c and e share their study",
    ]
    assert dependence.dependent_pairs(["a", "b"], ["Li", "Wu"], ["saline", "saline"]) == ()


@pytest.mark.parametrize("none", [None, "", float("nan")])
def test_effects_without_a_label_share_nothing(none):
    v = [0.1, 0.2, 0.3]
    found = dependence.correlated_errors(v, ["a", none, none], 0.5)
    np.testing.assert_array_equal(found, np.diag(v))
    pairs = dependence.dependent_pairs(["x", "y"], ["Li", "Li"], [none, none])
    assert [pair.shares for pair in pairs] == ["study"]
