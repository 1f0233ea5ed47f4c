"""Boxes and bounds hold whatever any admissible input gives, and are not needlessly wide."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics import boxes, enclosures, heterogeneity, least_squares, pooling
from analysis.statistics.boxes import Box, UnboundedError, box

SAMPLES = 24
few = settings(max_examples=12, derandomize=True, deadline=None)
some = settings(max_examples=20, derandomize=True, deadline=None)

number = st.floats(-1e3, 1e3).map(lambda x: 0.0 if abs(x) < 1e-6 else x)
width = st.sampled_from([0.0, 1e-9, 0.005, 0.5, 50.0])
apart = st.tuples(number, width).map(lambda pair: (pair[0], pair[0] + pair[1]))
across = st.tuples(width, width).map(lambda pair: (-pair[0], pair[1]))
interval = st.one_of(apart, across)
intervals = st.lists(interval, min_size=1, max_size=6)


def as_box(pairs: list[tuple[float, float]]) -> Box:
    low, high = np.array(pairs).T
    return Box(low, high)


def inside(around: Box, seed: int, samples: int = SAMPLES) -> np.ndarray[Any, Any]:
    """Admissible inputs (samples, ...): corners, then numbers in between."""
    random = np.random.default_rng(seed)
    share = random.uniform(size=(samples, *around.low.shape))
    share[: samples // 2] = share[: samples // 2].round()
    return np.clip(around.low + share * (around.high - around.low), around.low, around.high)


def ends(around: Box) -> tuple[float, float]:
    return float(around.low), float(around.high)


def assert_holds(result: Box, values: Any, slack: float = 0.0) -> None:
    """Every value that is defined lies inside its box."""
    room = slack * np.maximum(1.0, np.abs(values))
    outside = ~((result.low - room <= values) & (values <= result.high + room))
    assert not np.any(outside & np.isfinite(values)), (result, values)


# ---- operations ------------------------------------------------------------------------------

PAIRED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
ALONE: dict[str, Callable[[Any], Any]] = {
    "negative": lambda a: -a,
    "square": lambda a: a**2,
    "3 + a": lambda a: 3.0 + a,
    "3 - a": lambda a: 3.0 - a,
    "a - 3": lambda a: a - 3.0,
    "3 * a": lambda a: 3.0 * a,
    "3 / a": lambda a: 3.0 / a,
    "a / -3": lambda a: a / -3.0,
    "absolute": boxes.absolute,
    "square root": boxes.square_root,
    "logarithm": boxes.logarithm,
    "clip": lambda a: boxes.clip_below(a, 0.7),
    "increasing": lambda a: boxes.increasing(np.arctan, a),
    "decreasing": lambda a: boxes.decreasing(lambda x: 1 / (1 + np.exp(x / 100)), a),
}


@pytest.mark.parametrize("name", PAIRED)
@some
@given(pairs=st.lists(st.tuples(interval, interval), min_size=1, max_size=6))
def test_operation_on_two_boxes_holds_every_result(name, pairs):
    one, other = as_box([pair[0] for pair in pairs]), as_box([pair[1] for pair in pairs])
    a, b = inside(one, 1), inside(other, 2)
    with np.errstate(all="ignore"):
        assert_holds(PAIRED[name](one, other), PAIRED[name](a, b))


@pytest.mark.parametrize("name", ALONE)
@some
@given(pairs=intervals)
def test_operation_on_a_box_holds_every_result(name, pairs):
    around = as_box(pairs)
    with np.errstate(all="ignore"):
        assert_holds(ALONE[name](around), ALONE[name](inside(around, 3)))


@some
@given(pairs=intervals)
def test_sum_holds_every_sum(pairs):
    around = as_box(pairs)
    assert_holds(around.sum(), inside(around, 4).sum(-1))


def test_index_takes_a_part():
    part = Box(np.array([1.0, 2.0]), np.array([3.0, 4.0]))[1]
    assert ends(part) == (2, 4)


@pytest.mark.parametrize("name", [*PAIRED, *ALONE])
def test_single_numbers_stay_single_but_for_the_last_bits(name):
    values = np.array([0.1, 2.0, 7.3])
    with np.errstate(all="ignore"):
        result = (
            PAIRED[name](box(values), box(values + 0.2))
            if name in PAIRED
            else ALONE[name](box(values))
        )
    assert np.all(result.high - result.low <= 1e-12 * np.maximum(1, np.abs(result.high)))


def test_quotient_by_a_box_that_ends_at_0_has_one_open_side():
    positive = 6.0 / Box(np.array(0.0), np.array(2.0))
    negative = 6.0 / Box(np.array(-2.0), np.array(0.0))
    across = 6.0 / Box(np.array(-2.0), np.array(3.0))
    nothing = 6.0 / box(0.0)
    assert ends(positive) == pytest.approx((3, np.inf))
    assert ends(negative) == pytest.approx((-np.inf, -3))
    assert ends(across) == (-np.inf, np.inf)
    assert ends(nothing) == (-np.inf, np.inf)


def test_nothing_times_what_has_no_end_is_nothing():
    result = box(0.0) * Box(np.array(1.0), np.array(np.inf))
    assert result.low <= 0 <= result.high
    assert result.high < 1e-300


def test_what_is_not_known_stays_unknown():
    unknown = box(np.nan)
    for result in (unknown * 2.0, 2.0 / unknown, unknown + 1.0, box(0.0) * unknown):
        assert np.isnan(result.low)
        assert np.isnan(result.high)


def test_box_has_no_other_power_than_the_square():
    with pytest.raises(ValueError, match="squares"):
        box(2.0) ** 3


def test_array_on_the_left_leaves_the_operation_to_the_box():
    result = np.array([1.0, 2.0]) * Box(np.array([1.0, 1.0]), np.array([2.0, 3.0]))
    assert isinstance(result, Box)
    np.testing.assert_allclose(result.high, [2, 6])


# ---- pooled results --------------------------------------------------------------------------


@st.composite
def rounded_studies(draw: st.DrawFn, max_k: int = 25) -> tuple[Box, Box]:
    """Effects and variances known to boxes: few or many, alike or not, coarsely or finely known."""
    k = draw(st.integers(2, max_k))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    vi = np.exp(random.normal(-2, draw(st.sampled_from([0.0, 0.5, 2.0])), k))
    spread = draw(st.sampled_from([0.0, 0.3, 3.0]))
    shift = draw(st.sampled_from([0.0, 1.5, -200.0]))
    yi = shift + random.normal(0, np.sqrt(vi * draw(st.sampled_from([0.0, 1.0])) + spread**2))
    known = draw(st.sampled_from([0.0, 1e-4, 0.01, 0.3]))
    half = known * random.uniform(0, 1, k)
    share = known * random.uniform(0, 1, k)
    return Box(yi - half, yi + half), Box(vi * (1 - share), vi * (1 + share))


def members(yi: Box, vi: Box) -> tuple[Any, Any]:
    """Admissible effects and variances (samples, k), among them the likely extremes."""
    y, v = inside(yi, 7), inside(vi, 8)
    middle = (yi.low + yi.high).mean() / 2
    y[0], y[1], y[2] = yi.high, yi.low, np.clip(middle, yi.low, yi.high)
    far = np.where((yi.low + yi.high) / 2 > middle, yi.high, yi.low)
    y[3], v[3] = far, vi.low
    v[0] = np.where((yi.low + yi.high) / 2 > middle, vi.low, vi.high)
    v[1], v[2] = np.where((yi.low + yi.high) / 2 > middle, vi.high, vi.low), vi.high
    return y, v


@pytest.mark.parametrize("method", enclosures.TAU2)
@few
@given(
    studies=rounded_studies(),
    test=st.sampled_from(pooling.TESTS),
    i2_from=st.sampled_from(pooling.I2_SOURCES),
)
def test_bounds_hold_the_pooled_results_of_all_admissible_inputs(method, studies, test, i2_from):
    bounds = enclosures.pooled(*studies, method=method, test=test, i2_from=i2_from)
    with np.errstate(all="ignore"):
        pooled = pooling.pool(*members(*studies), method=method, test=test, i2_from=i2_from)
    for name, around in bounds.items():
        assert_holds(around, getattr(pooled, name), slack=1e-9)


@pytest.mark.parametrize("method", enclosures.TAU2)
@few
@given(studies=rounded_studies())
def test_bounds_hold_the_weights_of_all_admissible_inputs(method, studies):
    yi, vi = studies
    shares = enclosures.weight_shares(vi, enclosures.between_variance(yi, vi, method))
    pooled = pooling.pool(*members(yi, vi), method=method)
    assert_holds(shares, pooled.weights, slack=1e-10)


@pytest.mark.parametrize("method", enclosures.TAU2)
@few
@given(studies=rounded_studies(max_k=12), test=st.sampled_from(pooling.TESTS))
def test_effects_and_variances_known_exactly_give_nearly_the_result_itself(method, studies, test):
    y, v = studies[0].low, studies[1].low
    bounds = enclosures.pooled(box(y), box(v), method=method, test=test)
    pooled = pooling.pool(y, v, method=method, test=test, i2_from="q")
    for name in ("estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2"):
        exact, around = getattr(pooled, name), bounds[name]
        assert_holds(around, exact, slack=1e-9)
        if method not in ("ML", "REML"):  # a likelihood can have two peaks, and both are held
            assert around.high - around.low <= 1e-6 * max(1.0, abs(exact)), name


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_a_single_peak_of_the_likelihood_is_found_closely(method):
    y, v = np.array([0.1, 0.9, 1.4, 0.5, 1.1]), np.array([0.04, 0.09, 0.05, 0.08, 0.06])
    around = enclosures.between_variance(box(y), box(v), method)
    exact = heterogeneity.estimate_tau2(least_squares.problem(y, v), method)
    assert around.low <= exact <= around.high
    assert around.high - around.low < 1e-5


@few
@given(studies=rounded_studies(max_k=4))
def test_bounds_of_a_weighted_mean_are_reached_at_a_corner(studies):
    yi, w = studies
    corners = [
        (np.average(y, weights=v))
        for y in (yi.low, yi.high)
        for v in map(np.array, product(*zip(w.low, w.high, strict=True)))
    ]
    around = enclosures.mean(yi, w)
    np.testing.assert_allclose([around.low, around.high], [min(corners), max(corners)], atol=1e-9)


@few
@given(studies=rounded_studies())
def test_least_sum_of_squares_is_reached_by_effects_as_near_as_their_boxes_let_them(studies):
    yi, w = studies
    around = enclosures.sum_of_squares(yi, w)
    centres = np.linspace(yi.low.min(), yi.high.max(), 4001)[:, None]
    nearest = np.clip(centres, yi.low, yi.high)
    own = (w.low * nearest).sum(-1, keepdims=True) / w.low.sum()
    reached = (w.low * (nearest - own) ** 2).sum(-1).min()
    scale = w.low.sum() * float(yi.high.max() - yi.low.min()) ** 2
    assert around.low <= reached * (1 + 1e-12)
    assert reached - around.low <= 1e-6 * scale + 1e-12


def test_sum_of_squares_does_not_drown_in_a_common_offset():
    yi = np.array([1.0, 1.001, 0.998]) + 1e6
    around = enclosures.sum_of_squares(box(yi), box(np.full(3, 1e4)))
    exact = 1e4 * ((yi - yi.mean()) ** 2).sum()
    assert around.low <= exact <= around.high
    assert around.low > 0.9 * exact


def test_homogeneous_effects_are_bounded_by_no_variance_between_studies():
    yi, vi = box(np.full(6, 1.2)), box(np.full(6, 0.1))
    for method in enclosures.TAU2:
        assert enclosures.between_variance(yi, vi, method).high < 1e-6, method


@pytest.mark.parametrize("method", enclosures.TAU2)
def test_single_study_has_no_variance_between_studies(method):
    bounds = enclosures.pooled(box(np.array([1.5])), box(np.array([0.04])), method=method)
    assert ends(bounds["tau2"]) == (0, 0)
    assert not {"i2", "h2", "q_p"} & set(bounds)
    assert bounds["estimate"].low == pytest.approx(1.5)
    assert bounds["ci_high"].high == pytest.approx(1.5 + 1.959964 * 0.2)
    with pytest.raises(UnboundedError, match="two studies"):
        enclosures.pooled(box(np.array([1.5])), box(np.array([0.04])), method=method, test="knha")


def test_prediction_interval_is_left_out_where_there_is_none():
    two = box(np.array([0.1, 0.4])), box(np.array([0.1, 0.1]))
    three = box(np.array([0.1, 0.4, 0.9])), box(np.array([0.1, 0.1, 0.1]))
    assert "pi_low" not in enclosures.pooled(*two, method="DL")
    assert "pi_low" not in enclosures.pooled(*three, method="EE")
    assert "pi_low" in enclosures.pooled(*three, method="DL")


def test_variance_that_can_be_0_has_no_bound():
    yi = box(np.array([0.1, 0.4]))
    vi = Box(np.array([0.0, 0.1]), np.array([0.2, 0.2]))
    for method in enclosures.TAU2:
        with pytest.raises(UnboundedError, match="variance can be 0"):
            enclosures.pooled(yi, vi, method=method)


def test_unknown_estimator_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="no enclosure for XX; there are EE, DL"):
        enclosures.pooled(box(np.array([0.1, 0.4])), box(np.array([0.1, 0.1])), method="XX")


def test_every_estimator_has_bounds():
    assert set(enclosures.TAU2) == set(heterogeneity.METHODS)
