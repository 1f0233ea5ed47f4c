"""What printed numbers imply of each other, against arithmetic done by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.printed import Printed
from analysis.statistics import checks, pooling
from analysis.statistics.boxes import Box, box

some = settings(max_examples=20, derandomize=True, deadline=None)
Z = 1.959963984540054


def printed(*texts: str) -> tuple[Box, ...]:
    """What printed numbers can stand for."""
    return tuple(Printed(text).box for text in texts)


def assert_holds(result: Box, value: float) -> None:
    assert result.low <= value <= result.high


# ---- numbers, by hand ------------------------------------------------------------------------


def test_centre_of_1_to_4_is_2_and_a_half_or_on_the_log_scale_2():
    assert checks.centre(1.0, 4.0) == 2.5
    assert checks.centre(1.0, 4.0, log=True) == pytest.approx(2.0)  # sqrt(1 * 4)


def test_standard_error_is_the_width_over_twice_the_quantile():
    # (1.38 - 1.14) / (2 * 1.959964) = 0.24 / 3.919928
    assert checks.standard_error(1.14, 1.38) == pytest.approx(0.0612256)
    # (1.38 - 1.14) / (2 * 1.644854) = 0.24 / 3.289707
    assert checks.standard_error(1.14, 1.38, level=0.9) == pytest.approx(0.0729548)
    # (ln 2 - ln 0.5) / 3.919928 = 1.386294 / 3.919928
    assert checks.standard_error(0.5, 2.0, log=True) == pytest.approx(0.3536530)


def test_z_and_p_of_an_interval_from_0_to_4_around_2_are_those_at_the_5_percent_limit():
    # se = 4 / 3.919928 = 1.020427, z = 2 / 1.020427 = 1.959964
    assert checks.z_of_interval(2.0, 0.0, 4.0) == pytest.approx(Z)
    assert checks.p_of_interval(2.0, 0.0, 4.0) == pytest.approx(0.05)


def test_z_of_a_ratio_is_that_of_its_logarithm():
    # ln 2 = 0.693147, se = (ln 4 - ln 1) / 3.919928 = 0.353653, z = 1.959964
    assert checks.z_of_interval(2.0, 1.0, 4.0, log=True) == pytest.approx(Z)
    assert checks.p_of_interval(2.0, 1.0, 4.0, log=True) == pytest.approx(0.05)
    assert checks.z_of_interval(1.0, 0.5, 2.0, log=True) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_p_of_statistics_is_two_sided(sign):
    assert checks.p_of_z(sign * 1.0) == pytest.approx(0.3173105)
    assert checks.p_of_z(sign * 2.5758293) == pytest.approx(0.01)
    assert checks.p_of_t(sign * 2.0, 10) == pytest.approx(0.0733880)
    assert checks.p_of_t(sign * 12.7062047, 1) == pytest.approx(0.05)


def test_p_of_q_is_the_upper_tail_of_chi_squared():
    assert checks.p_of_q(3.8414588, 1) == pytest.approx(0.05)
    assert checks.p_of_q(2 * np.log(20), 2) == pytest.approx(0.05)  # on 2 df: exp(-Q / 2)


def test_i2_and_h2_of_q_83_on_20():
    assert checks.i2_of_q(83.0, 20.0) == pytest.approx(75.9036145)  # 100 * (83 - 20) / 83
    assert checks.h2_of_q(83.0, 20.0) == pytest.approx(4.15)  # 83 / 20
    assert checks.q_of_i2(75.0, 20.0) == pytest.approx(80.0)  # 20 / (1 - 0.75)


@pytest.mark.parametrize("q", [0.0, 12.0, 20.0])
def test_i2_is_0_for_q_up_to_its_degrees_of_freedom(q):
    assert checks.i2_of_q(q, 20.0) == 0


def test_rest_of_a_total_has_the_weight_and_the_effect_that_are_left():
    # se 0.5 and 1, weights 4 and 1: the rest has weight 3, effect (4 * 2 - 1 * 5) / 3 = 1,
    # se 1 / sqrt(3) = 0.577350, half an interval 1.131586
    total, part = (2.0, 2 - Z / 2, 2 + Z / 2), (5.0, 5 - Z, 5 + Z)
    estimate, lower, upper = checks.rest_of(total, part)
    assert (estimate, lower, upper) == pytest.approx((1.0, -0.1315857, 2.1315857))


@pytest.mark.filterwarnings("error")
def test_part_with_more_weight_than_its_total_leaves_no_rest():
    total, part = (2.0, 1.0, 3.0), (2.0, 1.5, 2.5)
    assert np.all(np.isnan(checks.rest_of(total, part)))
    assert np.all(np.isnan(checks.rest_of(total, total)))


def test_disjoint_subgroups_combine_by_their_weights():
    # weights 4 and 1: (4 * 2 + 1 * 7) / 5 = 3, se 1 / sqrt(5) = 0.447214, half 0.876523
    parts = [(2.0, 2 - Z / 2, 2 + Z / 2), (7.0, 7 - Z, 7 + Z)]
    assert checks.combined(parts) == pytest.approx((3.0, 2.1234775, 3.8765225))


@some
@given(
    effects=st.lists(st.floats(-3, 3), min_size=2, max_size=5),
    errors=st.lists(st.floats(0.1, 2), min_size=5, max_size=5),
)
def test_rest_and_combined_undo_each_other_and_agree_with_pooling(effects, errors):
    y, se = np.array(effects), np.array(errors[: len(effects)])
    rows = list(zip(y, y - Z * se, y + Z * se, strict=True))
    total = checks.combined(rows)
    pooled = pooling.pool(y, se**2, method="EE")
    assert total == pytest.approx((pooled.estimate, pooled.ci_low, pooled.ci_high))
    assert checks.rest_of(total, rows[0]) == pytest.approx(checks.combined(rows[1:]), abs=1e-9)


def test_least_n_of_an_interval_2_wide_is_16():
    # se = 2 / 3.919928 = 0.510213, 4 / se² = 15.3658
    assert checks.least_n(0.0, 2.0) == pytest.approx(15.3658, abs=1e-4)


@some
@given(n=st.integers(2, 60), other=st.integers(2, 60), g=st.floats(-4, 4))
def test_least_n_is_never_above_the_animals_that_an_smd_has(n, other, g):
    half = Z * np.sqrt(1 / n + 1 / other + g**2 / (2 * (n + other)))
    assert checks.least_n(g - half, g + half) <= (n + other) * (1 + 1e-9)


def test_share_of_7_in_28_is_25_percent():
    assert checks.share(7.0, 28.0) == 25.0


@pytest.mark.parametrize(
    ("percent", "n", "possible"),
    [
        ("52.4", 21, True),  # 11 of 21 is 52.38
        ("52.5", 21, False),  # 10 is 47.6, 11 is 52.4
        ("50", 21, False),  # 10 is 47.6, 11 is 52.4
        ("48", 21, True),
        ("0", 21, True),
        ("100", 21, True),
        ("105", 20, False),  # 21 of 20 would be 105
        ("-5", 20, False),
        ("33", 3, True),
        ("34", 3, False),
        ("12.5", 8, True),
        ("12.6", 8, False),
    ],
)
def test_percentage_is_possible_where_a_whole_number_gives_it(percent, n, possible):
    assert checks.percent_is_possible(Printed(percent).box, n) is possible


def test_percentage_known_exactly_is_possible_only_as_that():
    assert checks.percent_is_possible(25.0, 8)
    assert not checks.percent_is_possible(26.0, 8)


@some
@given(n=st.integers(1, 300), part=st.integers(0, 300), digits=st.integers(0, 3))
def test_percentage_that_was_computed_is_never_impossible(n, part, digits):
    part = part % (n + 1)
    assert checks.percent_is_possible(Printed(f"{100 * part / n:.{digits}f}").box, n)


def test_nearest_ratio_is_that_of_the_nearest_whole_number():
    assert checks.nearest_ratio(5.75, 55) == pytest.approx(316 / 55)
    assert checks.nearest_ratio(0.33, 35) == pytest.approx(12 / 35)  # 11.55 of 35
    assert checks.nearest_ratio(0.0, 3) == 0


def test_estimate_is_outside_its_interval_only_if_no_rounding_puts_it_in():
    assert checks.inside(1.0, 0.5, 1.5)
    assert not checks.inside(1.6, 0.5, 1.5)
    assert not checks.inside(0.4, 0.5, 1.5)
    assert checks.inside(*printed("1.6", "0.5", "1.5"))  # 1.55 may be all of them
    assert not checks.inside(*printed("1.7", "0.5", "1.5"))
    assert not checks.inside(*printed("1.0", "1.5", "0.5"))  # limits that are swapped


def test_smd_shrinks_by_the_root_of_n_if_its_sds_were_standard_errors():
    assert checks.sd_from_se(6.0, 9) == 2.0


def test_duplicates_are_found_without_case_and_spaces():
    assert checks.duplicates(["Wang  2021", "Liu 2020", "wang 2021 ", "Liu 2022"]) == ["wang 2021"]
    assert checks.duplicates(["Wang 2021", "Wang 2018"]) == []


def test_first_is_certainly_below_only_without_any_overlap():
    one, two, three = printed("1.2", "1.3", "1.4")
    assert checks.certainly(one, three)
    assert not checks.certainly(one, two)  # 1.25 prints as both
    assert not checks.certainly(three, one)
    assert not checks.certainly(one, float("nan"))


def test_prediction_interval_adds_tau2_to_the_squared_standard_error():
    # se 0.5, sqrt(0.75 + 0.25) = 1, t on 3 df 3.182446
    interval = checks.prediction_interval(1.0, 1 - Z / 2, 1 + Z / 2, 0.75, 4)
    assert interval == pytest.approx((-2.182446, 4.182446))
    estimate, lower, upper = np.exp([1.0, 1 - Z / 2, 1 + Z / 2])
    ratio = checks.prediction_interval(estimate, lower, upper, 0.75, 4, log=True)
    assert np.log(ratio) == pytest.approx((-2.182446, 4.182446))
    assert np.all(np.isnan(checks.prediction_interval(1.0, 0.0, 2.0, 0.75, 2)))


@pytest.mark.filterwarnings("error")
def test_interval_of_i2_follows_from_q_and_the_number_of_studies():
    # ln H = ln(83 / 20) / 2 = 0.711554, se = 0.711554 / (sqrt(166) - sqrt(39)) = 0.107176
    # H² from exp(1.002984) = 2.726403 to exp(1.843233) = 6.316928
    assert checks.i2_interval(83.0, 21) == pytest.approx((63.3216, 84.1695), abs=1e-3)
    assert checks.i2_interval(0.0, 21) == (0, 0)
    assert np.all(np.isnan(checks.i2_interval(3.0, 2)))


# ---- boxes -----------------------------------------------------------------------------------

digits = st.integers(0, 3)
OF_INTERVALS: dict[str, Callable[..., Any]] = {
    "centre": lambda e, low, high: checks.centre(low, high),
    "centre, log": lambda e, low, high: checks.centre(low, high, log=True),
    "standard error": lambda e, low, high: checks.standard_error(low, high),
    "standard error, log": lambda e, low, high: checks.standard_error(low, high, log=True),
    "z": checks.z_of_interval,
    "z, log": lambda e, low, high: checks.z_of_interval(e, low, high, log=True),
    "p": checks.p_of_interval,
    "p, log": lambda e, low, high: checks.p_of_interval(e, low, high, log=True),
    "least n": lambda e, low, high: checks.least_n(low, high),
    "share": lambda e, low, high: checks.share(e, high),
    "p of z": lambda e, low, high: checks.p_of_z(e),
    "p of t": lambda e, low, high: checks.p_of_t(e, 7),
    "p of Q": lambda e, low, high: checks.p_of_q(e, 7),
    "I²": lambda e, low, high: checks.i2_of_q(e, 7.0),
    "I², both known to boxes": lambda e, low, high: checks.i2_of_q(e, low),
    "H²": lambda e, low, high: checks.h2_of_q(e, 7.0),
    "Q": lambda e, low, high: checks.q_of_i2(e, 7.0),
    "SD": lambda e, low, high: checks.sd_from_se(e, 9),
    "Q of p": lambda e, low, high: checks.q_of_p(e / 30.0, 7),
    "n of an SMD": checks.n_of_smd,
    "least contrast": lambda e, low, high: checks.least_contrast(low, high, e / 30.0),
    "most disagreement": lambda e, low, high: checks.most_disagreement(e / 30.0, 3),
}


def samples(around: tuple[Box, ...], seed: int) -> list[list[float]]:
    """Admissible choices from each box: the corners of all, and some in between."""
    random = np.random.default_rng(seed)
    shares = np.vstack(
        [
            np.indices((2,) * len(around)).reshape(len(around), -1).T,
            random.uniform(size=(6, len(around))),
        ]
    )
    return [
        [float(each.low + s * (each.high - each.low)) for each, s in zip(around, row, strict=True)]
        for row in shares
    ]


@pytest.mark.parametrize("name", OF_INTERVALS)
@some
@given(estimate=st.floats(0.05, 30), se=st.floats(0.05, 3), digits=digits, seed=st.integers(0, 99))
def test_box_of_the_result_holds_what_each_printed_number_can_stand_for(
    name, estimate, se, digits, seed
):
    texts = [
        f"{number:.{digits}f}"
        for number in (estimate, estimate * np.exp(-se), estimate * np.exp(se))
    ]
    boxes = printed(*texts)
    with np.errstate(all="ignore"):
        result = OF_INTERVALS[name](*boxes)
        values = [OF_INTERVALS[name](*map(np.float64, each)) for each in samples(boxes, seed)]
    for value in values:
        if np.isfinite(value) and not (name.startswith("I²") and value > 100):  # df below 0
            assert_holds(result, value)


@pytest.mark.parametrize("name", ["rest", "combined", "one number"])
@some
@given(
    first=st.tuples(st.floats(-3, 3), st.floats(0.1, 0.5)),
    second=st.tuples(st.floats(-3, 3), st.floats(0.6, 2)),
    digits=st.integers(1, 4),
)
def test_boxes_of_subgroups_hold_what_each_printed_number_can_stand_for(
    name, first, second, digits
):
    def function(*numbers):
        one, two = numbers[:3], numbers[3:]
        if name == "one number":
            return checks.q_of_part(one, two), checks.weight_of_part(one, two)
        return checks.rest_of(one, two) if name == "rest" else checks.combined([one, two])

    texts = [
        f"{number:.{digits}f}"
        for y, se in (first, second)
        for number in (y, y - Z * se, y + Z * se)
    ]
    boxes = printed(*texts)
    with np.errstate(all="ignore"):
        results = function(*boxes)
        for each in samples(boxes, 1):
            for result, value in zip(results, function(*each), strict=True):
                if np.isfinite(value):
                    assert_holds(result, value)


def test_i2_of_q_that_may_be_0_is_bounded_by_0():
    result = checks.i2_of_q(*printed("0", "3"))
    assert (result.low, result.high) == pytest.approx((0, 0), abs=1e-9)
    result = checks.i2_of_q(box(83.0), box(20.0))
    assert result.high - result.low < 1e-9


@pytest.mark.filterwarnings("error")
def test_ratio_that_may_be_0_has_a_standard_error_without_end():
    lower, upper = printed("0.00", "1.50")
    result = checks.standard_error(lower, upper, log=True)
    assert result.high == np.inf
    assert result.low > 1


@some
@given(
    st.lists(st.floats(0, 21), min_size=2, max_size=12),
    st.sampled_from([21.0, 30.0, float("inf")]),
)
def test_no_values_of_a_scale_have_a_larger_standard_deviation(
    values: list[float], high: float
) -> None:
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    assert sd <= checks.largest_sd(mean, len(values), 0.0, high) * (1 + 1e-9) + 1e-6


@pytest.mark.parametrize(
    ("values", "high"), [([0, 0, 21, 21], 21), ([0, 0, 0, 8], 21), ([0, 0, 5], float("inf"))]
)
def test_values_at_the_ends_of_a_scale_have_the_largest_standard_deviation(
    values: list[float], high: float
) -> None:
    largest = checks.largest_sd(float(np.mean(values)), len(values), 0.0, high)
    assert largest == pytest.approx(np.std(values, ddof=1), rel=1e-12)
