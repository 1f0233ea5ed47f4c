"""What must hold of the statistics whatever the data: invariances, limits, and refusals."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import chdtri, ndtri

from analysis.statistics import (
    effect_sizes,
    heterogeneity,
    least_squares,
    moderators,
    pooling,
    sensitivity,
    small_study,
)
from analysis.statistics.arrays import UndefinedError
from analysis.statistics.likelihood import log_likelihood
from tests.effects import TWO_MAXIMA, effect, meta_analyses, variance

pytestmark = pytest.mark.slow

METHODS = tuple(heterogeneity.METHODS)
NOT_BATCHED = {"k", "weights", "method", "test", "level"}
NUMBERS = [f.name for f in dataclasses.fields(pooling.Pooled) if f.name not in NOT_BATCHED]
quick = settings(max_examples=25, derandomize=True, deadline=None)
every_method = pytest.mark.parametrize("method", METHODS)
every_test = pytest.mark.parametrize("test", pooling.TESTS)
likelihoods = pytest.mark.parametrize("method", ["ML", "REML"])


def numbers(result: Any, index: Any = ()) -> dict[str, Any]:
    """Numeric fields of a pooled effect, or of one member of a batch."""
    return {name: np.asarray(getattr(result, name))[index] for name in NUMBERS}


def assert_same(actual: dict[str, Any], expected: dict[str, Any], atol: float = 1e-9) -> None:
    rows = [(name, np.ravel(actual[name]), np.ravel(expected[name])) for name in expected]
    names = [name for name, _, values in rows for _ in values]
    found, sought = (np.concatenate([row[i] for row in rows]) for i in (1, 2))
    np.testing.assert_allclose(found, sought, rtol=1e-7, atol=atol, err_msg=", ".join(names))


@every_method
@quick
@given(data=meta_analyses(), seed=st.integers(0, 1000))
def test_order_of_studies_is_irrelevant(method, data, seed):
    y, v = data
    order = np.random.default_rng(seed).permutation(y.size)
    result, shuffled = (
        pooling.pool(*pair, method=method, test="adhoc") for pair in (data, (y[order], v[order]))
    )
    assert_same(numbers(shuffled), numbers(result))
    np.testing.assert_allclose(shuffled.weights, result.weights[order], rtol=1e-7)


@every_method
@quick
@given(data=meta_analyses(), shift=st.floats(-100, 100))
def test_shift_moves_the_estimate_alone(method, data, shift):
    y, v = data
    result, moved = (pooling.pool(effects, v, method=method) for effects in (y, y + shift))
    expected = numbers(result)
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        expected[name] = expected[name] + shift
    del expected["statistic"], expected["p"]
    assert_same(numbers(moved), expected, atol=1e-7)


@every_method
@pytest.mark.parametrize("unit", [1e-12, 1e-6, -1.0, 1e6, 1e12])
@quick
@given(data=meta_analyses())
def test_unit_of_the_effect_is_irrelevant(method, unit, data):
    y, v = data
    result, scaled = (
        numbers(pooling.pool(c * y, c**2 * v, method=method, test="adhoc")) for c in (1.0, unit)
    )
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "statistic"):
        scaled[name] = scaled[name] / (np.sign(unit) if name == "statistic" else unit)
    if unit < 0:
        for low, high in (("ci_low", "ci_high"), ("pi_low", "pi_high")):
            scaled[low], scaled[high] = scaled[high], scaled[low]
    scaled["se"] = scaled["se"] / abs(unit)
    for name in ("tau2", "tau2_ci_low", "tau2_ci_high"):
        scaled[name] = scaled[name] / unit**2
    assert_same(scaled, result)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
@quick
@given(data=meta_analyses(min_k=4))
def test_unit_of_the_effect_is_irrelevant_to_diagnostics(unit, data):
    y, v = data
    assume(np.ptp(v) > 0 and np.unique(y).size == y.size)
    plain, scaled = ((y, v), (unit * y, unit**2 * v))
    for diagnose in (sensitivity.influence, sensitivity.baujat):
        one, other = (dataclasses.asdict(diagnose(*pair)) for pair in (plain, scaled))
        if "tau2_deleted" in other:
            other["tau2_deleted"] = other["tau2_deleted"] / unit**2
            assume(np.array_equal(one.pop("influential"), other.pop("influential")))
        assert_same(other, one, atol=1e-7)
    for test in (small_study.egger_regression, small_study.egger_meta_regression):
        line, scaled_line = (test(*pair) for pair in (plain, scaled))
        assert scaled_line.slope == pytest.approx(line.slope, rel=1e-6, abs=1e-7)
        assert scaled_line.limit / unit == pytest.approx(line.limit, rel=1e-6, abs=1e-7)
    assert small_study.begg(*plain) == small_study.begg(*scaled)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
@quick
@given(data=meta_analyses(min_k=3))
def test_mirrored_effects_give_mirrored_asymmetry(estimator, data):
    y, v = data

    def filled(effects: np.ndarray, side: str) -> small_study.TrimAndFill | str:
        try:
            return small_study.trim_and_fill(
                effects, v, side=side, estimator=estimator, method="DL"
            )
        except UndefinedError as error:
            return str(error)  # it oscillates

    one, other = filled(y, "left"), filled(-y, "right")
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        assert one.k0 == other.k0
        np.testing.assert_array_equal(one.filled_yi, -other.filled_yi)
        np.testing.assert_allclose(one.pooled.estimate, -other.pooled.estimate)
    rank, mirrored = small_study.begg(y, v), small_study.begg(-y, v)
    np.testing.assert_array_equal((rank.tau, rank.p), (-mirrored.tau, mirrored.p))


@pytest.mark.parametrize("measure", [*effect_sizes.CONTINUOUS, *effect_sizes.COUNTED])
@quick
@given(arms=st.lists(st.integers(1, 40), min_size=6, max_size=6))
def test_swapped_arms_give_the_opposite_effect(measure, arms):
    if measure in effect_sizes.CONTINUOUS:
        function = effect_sizes.CONTINUOUS[measure]
        treated, control = ([arm[0] + 1, arm[1], arm[2]] for arm in (arms[:3], arms[3:]))
    else:
        function = effect_sizes.COUNTED[measure]
        treated, control = ([arm[0] - 1, arm[0] + arm[1]] for arm in (arms[:3], arms[3:]))
    one, other = function(*treated, *control), function(*control, *treated)
    np.testing.assert_allclose(one.yi, -other.yi, atol=1e-12)
    np.testing.assert_allclose(one.vi, other.vi)


@pytest.mark.parametrize("measure", ["GEN", "HR"])
@quick
@given(y=effect, se=st.floats(0.01, 2), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_interval_gives_back_the_standard_error(measure, y, se, level):
    half = ndtri((1 + level) / 2) * se
    printed = effect_sizes.natural_scale([y, y - half, y + half], measure)
    result = effect_sizes.from_interval(printed[0], printed[1], printed[2], measure, level)
    np.testing.assert_allclose((result.yi, result.vi), (y, se**2), atol=1e-12)


@every_method
@quick
@given(data=meta_analyses())
def test_tau2_is_never_negative_and_at_zero_the_models_agree(method, data):
    result, common = pooling.pool(*data, method=method), pooling.pool(*data, method="EE")
    assert result.tau2 >= 0
    if result.tau2 == 0:
        for field in ("estimate", "se", "ci_low", "ci_high", "p"):
            assert getattr(result, field) == getattr(common, field)


@every_method
@every_test
@quick
@given(members=st.lists(meta_analyses(4, 4), min_size=1, max_size=4), seed=st.integers(0, 1000))
def test_batch_equals_loop(method, test, members, seed):
    y, v = (np.array(arrays) for arrays in zip(*members, strict=True))
    include = np.random.default_rng(seed).random(y.shape) < 0.7
    include[:, seed % 4] = True
    settings = {"method": method, "test": test}
    batch = pooling.pool(y, v, include=include, **settings)
    for i, kept in enumerate(include):
        single = pooling.pool(y[i, kept], v[i, kept], **settings)
        assert single.k == np.asarray(batch.k)[i]
        assert_same(numbers(batch, i), numbers(single))
        np.testing.assert_allclose(batch.weights[i, kept], single.weights, rtol=1e-7)


@every_method
@quick
@given(members=st.lists(meta_analyses(5, 5), min_size=2, max_size=3))
def test_batch_of_designs_equals_loop(method, members):
    y, v = (np.array(arrays) for arrays in zip(*members, strict=True))
    x = np.stack([np.column_stack([np.ones(5), np.arange(5.0) ** (i + 1)]) for i in range(len(y))])
    batch = heterogeneity.estimate_tau2(least_squares.problem(y, v, x), method)
    single = [
        heterogeneity.estimate_tau2(least_squares.problem(*one), method)
        for one in zip(y, v, x, strict=True)
    ]
    np.testing.assert_allclose(batch, single, rtol=1e-7, atol=1e-9)


def assert_highest_likelihood(y: np.ndarray, v: np.ndarray, method: str) -> np.ndarray:
    """No point of a fine grid is more likely than the estimate; returns the grid's likelihood."""
    data, restricted = least_squares.problem(y, v), method == "REML"
    grid = np.append(0.0, np.geomspace(v.min() * 1e-4, 10 * np.ptp(y) ** 2 + v.max(), 2000))
    on_grid = least_squares.problem(np.tile(y, (grid.size, 1)), v)
    likelihood = log_likelihood(on_grid, grid, restricted)
    tau2 = heterogeneity.estimate_tau2(data, method)
    assert log_likelihood(data, tau2, restricted) >= likelihood.max() - 1e-9
    return likelihood


@likelihoods
@quick
@given(data=meta_analyses())
def test_estimate_has_the_highest_likelihood(method, data):
    assert_highest_likelihood(data[0], data[1], method)


@likelihoods
@pytest.mark.parametrize(
    ("y", "v"),
    [
        # Almost flat at its maximum, where Fisher scoring crawls.
        ([0.07, 1.81, -1.69, -0.26], [0.2, 0.9, 1, 0.04]),
        ([-0.7, -0.3, 0.37], [0.3, 1, 0.07]),
        # One imprecise outlier: the maximum is a millionth of the squared range of the effects.
        ([0.04, -0.01, -0.13, 0.07, 34.99], [0.002, 0.00005, 0.06, 0.001, 3000]),
        ([-0.07, 1.43, -0.17, 0, 338.3], [0.007, 0.2, 1, 0.002, 60000]),
    ],
)
def test_estimate_has_the_highest_of_a_difficult_likelihood(method, y, v):
    assert_highest_likelihood(np.array(y), np.array(v), method)


@likelihoods
@pytest.mark.parametrize(("y", "v"), TWO_MAXIMA)
def test_estimate_is_the_higher_of_two_maxima(method, y, v):
    likelihood = assert_highest_likelihood(np.array(y), np.array(v), method)
    rises = np.sign(np.diff(likelihood))
    assert (np.diff(np.append(1, rises)) < 0).sum() == 2, "the example has two maxima"


@likelihoods
@quick
@given(seed=st.integers(0, 10**6), k=st.integers(2, 8), decades=st.integers(0, 6))
def test_estimate_has_the_highest_likelihood_over_variances_of_any_size(method, seed, k, decades):
    generator = np.random.default_rng(seed)
    v = 10.0 ** generator.uniform(-decades, 0, k)
    y = generator.normal(0, np.sqrt(v + 10.0 ** generator.uniform(-decades, 1)))
    assert_highest_likelihood(y, v, method)


@likelihoods
def test_batch_of_no_one_and_two_maxima_equals_loop(method):
    members: list[Any] = [
        *TWO_MAXIMA,
        ([1, 2, 9], [0.1, 0.2, 0.3]),  # one
        ([1, 1.01, 0.99], [0.1, 0.2, 0.3]),  # none above 0
        ([1, 1, 1], [0.1, 0.2, 0.3]),
    ]
    y, v = (np.array(arrays, dtype=float) for arrays in zip(*members, strict=True))
    batch = heterogeneity.estimate_tau2(least_squares.problem(y, v), method)
    single = [heterogeneity.estimate_tau2(least_squares.problem(*one), method) for one in members]
    np.testing.assert_allclose(batch, single, rtol=1e-12)
    assert batch[2] > 0
    assert batch[3:].tolist() == [0, 0]
    none = least_squares.problem(y[3:], v[3:])
    assert heterogeneity.estimate_tau2(none, method).tolist() == [0, 0]


@quick
@given(data=meta_analyses())
def test_paule_mandel_is_empirical_bayes(data):
    y, v = data
    problem = least_squares.problem(y, v)
    tau2 = heterogeneity.estimate_tau2(problem, "PM")
    assert tau2 == heterogeneity.estimate_tau2(problem, "EB")
    if tau2 > 0:  # Morris's equation for EB, which is not the one that is solved
        fit, df = least_squares.fit(problem, tau2), y.size - 1
        terms = fit.w * (y.size / df * fit.residual**2 - (v + tau2))
        assert terms.sum() == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
@quick
@given(data=meta_analyses())
def test_q_profile_interval_inverts_q(level, data):
    problem = least_squares.problem(*data)
    low, high = heterogeneity.q_profile_interval(problem, level)
    assert 0 <= low <= high
    if level > 0.9:  # Paule and Mandel's Q = df lies between the two quantiles
        assert low <= heterogeneity.estimate_tau2(problem, "PM") <= high
    for bound, tail in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        q, target = least_squares.fit(problem, bound).rss, chdtri(problem.df, tail)
        assert q == pytest.approx(target) if bound > 0 else q <= target * (1 + 1e-9)


@quick
@given(data=meta_analyses())
def test_adhoc_interval_is_never_narrower(data):
    def width(test: str) -> float:
        result = pooling.pool(*data, test=test)
        return result.ci_high - result.ci_low

    assert width("adhoc") >= max(width("knha"), width("z"))


@every_method
@every_test
@quick
@given(value=effect, variances=st.lists(variance, min_size=3, max_size=6))
def test_equal_effects_have_no_heterogeneity(method, test, value, variances):
    result = pooling.pool([value] * len(variances), variances, method=method, test=test)
    assert result.estimate == pytest.approx(value)
    assert result.tau2 == pytest.approx(0, abs=1e-20)
    assert math.isfinite(result.ci_low)
    assert math.isfinite(result.ci_high)
    if method != "EE":
        assert (result.tau2_ci_low, result.tau2_ci_high) == pytest.approx((0, 0), abs=1e-20)
        assert math.isfinite(result.pi_low)


def test_equal_effects_are_symmetric():
    y, v = [0.3] * 5, [0.1, 0.2, 0.4, 0.5, 0.7]
    for estimator in ("L0", "R0"):
        assert small_study.trim_and_fill(y, v, side="left", estimator=estimator).k0 == 0
    assert math.isnan(small_study.begg(y, v).tau)


@every_method
@every_test
def test_one_study_has_an_estimate_alone(method, test):
    result = pooling.pool([0.4], [0.04], method=method, test=test)
    assert (result.k, result.estimate, result.tau2, result.q) == (1, 0.4, 0, 0)
    defined = {"estimate", "tau2", "q", "q_df"}
    if test == "z":
        defined |= {"se", "ci_low", "ci_high", "statistic", "p"}
    assert {name for name, value in numbers(result).items() if not np.isnan(value)} == defined


@every_method
@every_test
@pytest.mark.parametrize("source", pooling.I2_SOURCES)
def test_one_study_has_no_share_of_heterogeneity(method, test, source):
    y, v, include = [0.4, 1.1, 0.7], [0.04, 0.09, 0.05], [[1, 0, 0], [1, 1, 1]]
    batch = pooling.pool(y, v, method=method, test=test, i2_from=source, include=include)
    assert np.isnan(np.array([batch.i2, batch.h2])).tolist() == [[True, False]] * 2


@every_method
@every_test
@pytest.mark.parametrize("prediction", pooling.PREDICTIONS)
@quick
@given(data=meta_analyses(min_k=3, max_k=5))
def test_prediction_interval_holds_the_confidence_interval(method, test, prediction, data):
    result = pooling.pool(*data, method=method, test=test, prediction=prediction)
    if method == "EE":
        assert math.isnan(result.pi_low)
        assert math.isnan(result.pi_high)
    else:
        assert result.pi_low <= result.ci_low
        assert result.ci_high <= result.pi_high


def test_normal_prediction_interval_of_three_equal_variances_is_the_knapp_hartung_one():
    # tau² is 0, the estimate 0.2, its standard error 0.1 / root 3: t on 2 degrees of freedom.
    result = pooling.pool([0.1, 0.2, 0.3], [0.1] * 3, test="knha", prediction="z")
    half = 4.302652729911275 * 0.1 / math.sqrt(3)
    assert (result.pi_low, result.pi_high) == pytest.approx((0.2 - half, 0.2 + half))
    wide = pooling.pool([-1.0, 0.2, 1.4], [0.1] * 3, test="z", prediction="z")
    half = ndtri(0.975) * math.sqrt(wide.tau2 + wide.se**2)
    assert (wide.pi_low, wide.pi_high) == pytest.approx((0.2 - half, 0.2 + half))


@every_method
@every_test
def test_two_studies_have_everything_but_a_prediction_interval(method, test):
    result = pooling.pool([0.4, 1.1], [0.04, 0.09], method=method, test=test)
    undefined = {"pi_low", "pi_high"}
    if method == "EE":
        undefined |= {"tau2_ci_low", "tau2_ci_high"}
    assert {name for name, value in numbers(result).items() if np.isnan(value)} == undefined


def test_leaving_one_of_two_out_and_cumulating_from_one():
    y, v = [0.4, 1.1], [0.04, 0.09]
    np.testing.assert_allclose(sensitivity.leave_one_out(y, v).estimate, y[::-1])
    steps, years = sensitivity.cumulative(y, v, [2021, 2019])
    assert years == (2019, 2021)
    np.testing.assert_allclose(steps.estimate, [y[1], pooling.pool(y, v).estimate])


# A group of three studies and two of one.
GROUPED = ([0.1, 0.5, 0.9, 0.4, 0.7], [0.1, 0.2, 0.1, 0.3, 0.05], ["a", "b", "a", "a", "c"])


@pytest.mark.parametrize("test", ["knha", "adhoc"])
def test_separate_subgroups_say_why_there_is_no_test_of_them(test):
    groups = moderators.separate_subgroups(*GROUPED, test=test)
    assert [math.isnan(group.se) for group in groups.pooled] == [False, True, True]
    assert math.isnan(groups.q_between)
    assert math.isnan(groups.p)
    assert groups.undefined == f"by {test} the standard error is not defined in b, c"
    equal = moderators.separate_subgroups([1, 1, 2, 3], [0.1] * 4, list("aabb"), test="knha")
    assert math.isnan(equal.p)
    assert equal.undefined == "by knha the standard error is 0 in a"


def test_separate_subgroups_of_one_study_have_a_test_by_their_own_variance():
    groups = moderators.separate_subgroups(*GROUPED)
    assert groups.undefined == ""
    whole = pooling.pool(GROUPED[0][:3:2] + GROUPED[0][3:4], [0.1, 0.1, 0.3])
    estimates, errors = [whole.estimate, 0.5, 0.7], [whole.se, 0.2**0.5, 0.05**0.5]
    q = pooling.pool(estimates, np.square(errors), method="EE").q
    assert groups.q_between == pytest.approx(q)
    assert groups.df == 2
    assert 0 < groups.p < 1


@pytest.mark.parametrize(
    ("test", "q", "p", "se"),
    [
        # metafor 3.8.1: rma(yi, vi, mods = ~ group - 1, test = test), and anova() of the contrasts.
        ("z", 0.21788847308073572, 0.89678042368291844, 0.54891777350332183),
        ("knha", 0.13537614778410445, 0.88076537626026763, 0.49242301974453612),
        ("adhoc", 0.10894423654036786, 0.90175859799745473, 0.54891777350332183),
    ],
)
def test_subgroups_of_one_study_have_a_test_under_a_common_tau2(test, q, p, se):
    groups = moderators.common_subgroups(*GROUPED, test=test)
    assert groups.undefined == ""
    assert groups.tau2 == pytest.approx(0.10131072206784403, rel=1e-9)
    assert (groups.q_between, groups.p) == pytest.approx((q, p), rel=1e-9)
    assert groups.pooled[1].se == pytest.approx(se, rel=1e-9)


@quick
@given(data=meta_analyses(min_k=5))
def test_p_scores_average_to_one_half(data):
    y, v = data
    group = [("a", "b", "c")[i % 3] for i in range(y.size)]
    scores = moderators.p_scores(moderators.common_subgroups(y, v, group))
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) == pytest.approx(1.5)
