"""What must hold beyond pooling whatever the data: invariances, limits, and refusals."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import chdtri

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

METHODS = tuple(heterogeneity.METHODS)
UNITS = [1e-12, 1e-6, 1e6, 1e12]
few = settings(max_examples=6, derandomize=True, deadline=None)
quick = settings(max_examples=15, derandomize=True, deadline=None)
extreme = pytest.mark.parametrize("unit", UNITS)
every_method = pytest.mark.parametrize("method", METHODS)

effect = st.integers(-400, 400).map(lambda n: n / 100)
variance = st.integers(1, 2000).map(lambda n: n / 400)


def meta_analyses(min_k: int = 3, max_k: int = 7) -> st.SearchStrategy:
    pairs = st.lists(st.tuples(effect, variance), min_size=min_k, max_size=max_k)
    return pairs.map(lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True)))


# Twelve effects, half of them significant, in studies of one to four effects.
Y = np.array([0.12, 0.18, 0.25, 0.31, 0.38, 0.52, 0.71, 0.84, 1.13, 1.42, 0.95, 0.22])
V = np.array([0.008, 0.011, 0.015, 0.021, 0.034, 0.052, 0.081, 0.118, 0.173, 0.241, 0.142, 0.062])
STUDY = [1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6]
TWO_MAXIMA = [([-4, 7, -4], [0.02, 10, 0.02]), ([-7, 6, -7], [0.01, 10, 0.2])]
Y3, V3 = [0.1, 0.2, 0.4], [0.1, 0.2, 0.3]
NAN, INF = float("nan"), float("inf")


def close(actual: Any, expected: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=1e-9)


# ---- units -----------------------------------------------------------------------------------


@every_method
@extreme
@quick
@given(data=meta_analyses(2))
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


# ---- relations -------------------------------------------------------------------------------


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
@given(data=meta_analyses(3))
def test_robust_errors_of_single_effects_without_correction_are_the_sandwich(data):
    y, v = data
    result = robust.cluster_robust(y, np.diag(v), list(range(y.size)), correction="CR0")
    w = 1 / v / (1 / v).sum()
    mean = (w * y).sum()
    close(result.coefficients[0].estimate, mean)
    close(result.coefficients[0].se, np.sqrt((w**2 * (y - mean) ** 2).sum()))


@quick
@given(data=meta_analyses(4))
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


def restricted_likelihood(y: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Of the mean of effects (k,) with covariances (..., k, k), up to a constant."""
    w = np.linalg.inv(marginal)
    total = w.sum((-1, -2))
    rest = y - (w.sum(-2) @ y / total)[..., None]
    squares = np.einsum("...i,...ij,...j->...", rest, w, rest)
    return np.asarray(-0.5 * (np.linalg.slogdet(marginal)[1] + np.log(total) + squares))


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
    with pytest.raises(RuntimeError, match="no maximum of the likelihood was found"):
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


# ---- errors that depend -----------------------------------------------------------------------


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


# ---- few studies, equal studies --------------------------------------------------------------


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


# ---- refusals --------------------------------------------------------------------------------

PAIRED: dict[str, Any] = {
    "uncertainty.assess_heterogeneity": uncertainty.assess_heterogeneity,
    "permutation.permutation_test": permutation.permutation_test,
    "subsets.gosh": subsets.gosh,
    "publication.pet_peese": publication.pet_peese,
    "publication.excess_significance": publication.excess_significance,
    "selection.selection_model": selection.selection_model,
    "multilevel.three_level": lambda yi, vi: multilevel.three_level(yi, vi, [1, 1, 2]),
}


@pytest.mark.parametrize("function", PAIRED.values(), ids=PAIRED)
@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([], [], "yi must hold at least one effect"),
        ([0.1, 0.2, 0.3], [0.1, 0.2], "yi and vi must have the same length, got 3 and 2"),
        ([0.1, NAN, 0.2], [0.1, 0.1, 0.1], r"yi\[1\] must be finite, got nan"),
        ([0.1, 0.3, INF], [0.1, 0.1, 0.1], r"yi\[2\] must be finite, got inf"),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0], r"vi\[2\] must be greater than 0, got 0"),
        ([0.1, 0.2, 0.3], [-2, 0.2, 1], r"vi\[0\] must be greater than 0, got -2"),
        ([0.1, 0.2, 0.3], [1, NAN, 1], r"vi\[1\] must be finite, got nan"),
    ],
)
def test_bad_effects_are_refused_with_their_place(function, yi, vi, message):
    with pytest.raises(ValueError, match=message):
        function(yi, vi)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: uncertainty.assess_heterogeneity(Y3, V3, method="XX"), "method must be one of"),
        (lambda: uncertainty.assess_heterogeneity(Y3, V3, level=2), "level must lie between"),
        (lambda: permutation.permutation_test(Y3, V3, test="t"), "test must be one of"),
        (lambda: permutation.permutation_test(Y3, V3, iterations=1), "iterations must be at le"),
        (lambda: permutation.permutation_test([Y3], [V3]), "yi must have one dimension, got 2"),
        (
            lambda: permutation.permutation_test(Y3, V3, np.ones((3, 2))),
            "the columns of x are linearly dependent",
        ),
        (lambda: permutation.permutation_test(Y3, V3, np.ones((2, 1))), "x must have shape"),
        (lambda: subsets.gosh([1], [1]), "at least 2 effects"),
        (lambda: subsets.gosh(Y3, V3, subsets=1), "subsets must be at least 2, got 1"),
        (lambda: publication.pet_peese(Y3, [0.1] * 3), "linearly dependent"),
        (lambda: publication.pet_peese(Y3, V3, alpha=0), "alpha must lie between 0 and 1"),
        (lambda: publication.pet_peese([1, 2], [1, 2]), "need more than 2 effects, got 2"),
        (lambda: publication.excess_significance(Y3, V3, alpha=5), "alpha must lie between"),
        (lambda: selection.selection_model(Y, V, steps=()), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, steps=(0.5, 0.025)), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, steps=(1.5,)), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, alternative="both"), "alternative must be one"),
        (lambda: selection.selection_model(Y3, V3), "3 parameters need more effects"),
        (
            lambda: selection.selection_model(-Y, V),
            "no effect has a p-value between 0 and 0.025",
        ),
        (lambda: multilevel.three_level(Y3, V3, [1, 1]), "study must name 3 effects, got 2"),
        (lambda: multilevel.three_level(Y3, V3, [1, 1, 1]), "study must name at least 2 studies"),
        (lambda: multilevel.three_level(Y3, V3, [1, 2, 3]), "one with 2 effects, got 3 of 3"),
        (lambda: robust.cluster_robust(Y3, np.eye(2), [1, 2, 3]), "marginal must have shape"),
        (
            lambda: robust.cluster_robust(Y3, np.diag([1, 0, 1]), [1, 2, 3]),
            r"diagonal of marginal\[1\] must be greater than 0",
        ),
        (
            lambda: robust.cluster_robust(Y3, np.eye(3) + 2, [1, 2, 3], correction="XX"),
            "correction must be one of",
        ),
        (
            lambda: robust.cluster_robust(Y3, 2 - np.eye(3), [1, 2, 3]),
            "marginal must be positive definite",
        ),
        (lambda: robust.cluster_robust(Y3, np.eye(3), [1, 1, 1]), "need more than 1 clusters"),
        (lambda: robust.cluster_robust(Y3, np.eye(3), [1, 2]), "cluster must name 3 effects"),
        (
            lambda: robust.cluster_robust(Y3, np.diag([1, 1, NAN]), [1, 2, 3]),
            r"marginal\[2, 2\] must be finite",
        ),
        (
            lambda: robust.cluster_robust(Y3, np.eye(3), [1, 2, 3], correction="CR3"),
            "correction must be one of",
        ),
        (lambda: multilevel.three_level(Y3, np.eye(2), [1, 1, 2]), "same length, got 3 and 2"),
        (lambda: multilevel.three_level(Y3, np.ones((3, 4)), [1, 1, 2]), r"vi must have shape"),
        (
            lambda: multilevel.three_level(Y3, np.diag([1, 0, 1]), [1, 1, 2]),
            r"diagonal of vi\[1\] must be greater than 0",
        ),
        (
            lambda: multilevel.three_level(Y3, np.diag([1, NAN, 1]), [1, 1, 2]),
            r"vi\[1, 1\] must be finite",
        ),
        (
            lambda: multilevel.three_level(Y3, np.eye(3) + 0.1 * np.eye(3, k=1), [1, 1, 1]),
            r"vi\[0, 1\] and vi\[1, 0\] must be equal",
        ),
        (
            lambda: multilevel.three_level(Y3, np.eye(3) + 0.1, [1, 1, 2]),
            r"vi\[0, 2\] must be 0 between studies, got 0.1",
        ),
        (
            lambda: multilevel.three_level(
                Y3, [[1, 1, 0], [1, 1, 0], [0, 0, 1]], ["Li", "Li", "Wu"]
            ),
            "vi must be positive definite: it is not within Li",
        ),
        (
            lambda: multilevel.three_level(
                [*Y3, 0.9], [*V3, 0.1], [1, 1, 2, 2], np.eye(2)[[0, 0, 1, 1]], ("a", "b")
            ),
            "x leaves no difference between studies",
        ),
        (lambda: multilevel.variance_intervals(Y3, V3, [1, 1, 2], level=1), "level must lie"),
        (lambda: multilevel.variance_intervals(Y3, V3, [1, 1, 1]), "at least 2 studies"),
        (
            lambda: multilevel.variance_intervals(Y3, V3, [1, 1, 2], np.ones(3)),
            "x must have shape",
        ),
        (lambda: dependence.correlated_errors(V3, [1, 1, 2], 1), "rho must lie between -1 and 1"),
        (lambda: dependence.correlated_errors(V3, [1, 1, 1], -0.5), "between -0.5 and 1, got -0.5"),
        (lambda: dependence.correlated_errors(V3, [1, 1], 0.5), "cluster must name 3 effects"),
        (
            lambda: dependence.correlated_errors([0.1, 0], [1, 1], 0.5),
            r"vi\[1\] must be greater than 0, got 0",
        ),
        (
            lambda: dependence.shared_control_errors(V3, [1, 1, 2], [0.05, 0.06, 0.1]),
            r"control_variance\[0\] and control_variance\[1\] must be equal",
        ),
        (
            lambda: dependence.shared_control_errors(V3, [1, 1, 2], [0.1, 0.1, 0.1]),
            r"vi - control_variance\[0\] must be greater than 0",
        ),
        (
            lambda: dependence.shared_control_errors(V3, [1, 1, 2], [0.1, 0.1]),
            "control_variance and vi must have the same length, got 2 and 3",
        ),
        (lambda: dependence.shared_control_errors(V3, [1, 1], 0.05), "control must name 3 effects"),
        (
            lambda: dependence.shared_control_smd_errors(Y3, V3, "aab", [6, 6, 6], [6, 7, 6]),
            r"n_control\[0\] and n_control\[1\] must be equal",
        ),
        (
            lambda: dependence.shared_control_smd_errors(Y3, V3, "aab", [6, 0, 6], [6, 6, 6]),
            r"n_treated\[1\] must be at least 1, got 0",
        ),
        (lambda: dependence.dependent_pairs(["a"], []), "study and names must have the same len"),
        (lambda: dependence.dependent_pairs(["a"], ["s"], []), "control and names must have the"),
        (lambda: comparison.compare_settings({}), "measured must hold at least one measure"),
        (
            lambda: comparison.compare_settings(
                {"MD": effect_sizes.from_variance(Y3, V3), "GEN": effect_sizes.from_variance(1, 1)}
            ),
            "measures must have the same number of effects",
        ),
        (
            lambda: comparison.compare_settings(
                {"MD": effect_sizes.from_variance(Y3, V3)}, tests=["t"]
            ),
            "tests must be of",
        ),
        (
            lambda: comparison.compare_settings(
                {"MD": effect_sizes.from_variance(Y3, V3)}, methods=["XX"]
            ),
            "method must be one of",
        ),
        (
            lambda: effect_sizes.standardized_mean_difference(
                [6], [1], [1], [6], [0], [1], vtype="AV"
            ),
            "vtype must be one of LS, UB, got 'AV'",
        ),
        (lambda: effect_sizes.from_standard_error([1, 2], [1, 0]), r"se\[1\] must be greater th"),
        (lambda: effect_sizes.from_standard_error([1, 2], [1]), "must have the same length"),
        (lambda: effect_sizes.from_z([1, 2], [1, -1]), r"effect / z\[1\] must be greater than 0"),
        (lambda: effect_sizes.from_z([1, 2], [0, 1]), r"effect / z\[0\] must be greater than 0"),
        (lambda: effect_sizes.from_z([1, 0], [1, 1]), r"effect / z\[1\] must be greater than 0"),
        (lambda: effect_sizes.from_z([1], [NAN]), r"z\[0\] must be finite"),
        (lambda: effect_sizes.from_z([0.5, -1], [1, 1], "OR"), r"effect\[1\] must be greater"),
        (lambda: effect_sizes.from_p([1, 2], [0.1, 1]), r"1 - p\[1\] must be greater than 0"),
        (lambda: effect_sizes.from_p([1, 2], [0, 0.1]), r"p\[0\] must be greater than 0"),
        (lambda: effect_sizes.from_p([1, 0], [0.1, 0.1]), r"z\[1\] must be greater than 0"),
        (lambda: effect_sizes.from_p([1], [0.1, 0.2]), "must have the same length"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
