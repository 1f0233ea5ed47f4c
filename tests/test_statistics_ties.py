"""Studies that are equal are tied, whatever rounding makes of their numbers."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import ndtr

from analysis.statistics import dependence, effect_sizes, publication, selection, small_study
from analysis.statistics.arrays import UndefinedError


@pytest.mark.parametrize(
    ("y", "v", "tau", "p"),
    [
        # Three effects are the pooled one, to the last digit of exact fractions.
        ([0.5, 0.5, 0.8, 0.5, 0.2], [0.31, 0.31, 0.04, 0.34, 0.04], 0, 1),
        # Two and three studies are the same in effect and variance.
        (
            [0.1, 0.1, 0.5, 0.3, 0.7, 0.1],
            [0.03, 0.03, 0.18, 0.37, 0.29, 0.03],
            0.6667,
            0.0854,
        ),
        (
            [0.9, 0.9, 0.4, 0.8, 0.6, 1.1, 0.3, 0.4],
            [0.17, 0.17, 0.12, 0.15, 0.26, 0.14, 0.33, 0.12],
            0.0769,
            0.7987,
        ),
    ],
)
def test_begg_has_metafors_ranktest_of_equal_studies(y, v, tau, p):
    result = small_study.begg(y, v)
    assert (round(result.tau, 4), round(result.p, 4), result.exact) == (tau, p, False)


def kendall_of_fractions(y: list[int], v: list[int]) -> float:
    """Kendall's tau-b of standardized effects and variances in hundredths, without rounding."""
    effects, variances = ([Fraction(n, 100) for n in numbers] for numbers in (y, v))
    zero = Fraction(0)
    total = sum((1 / each for each in variances), zero)
    mean = sum((e / s for e, s in zip(effects, variances, strict=True)), zero) / total
    # A square with its sign has the order of the root.
    squares = [
        (e - mean) * abs(e - mean) / (s - 1 / total)
        for e, s in zip(effects, variances, strict=True)
    ]

    def sign(number: Fraction) -> int:
        return int(number > 0) - int(number < 0)

    k = len(y)
    pairs = [(i, j) for i in range(k) for j in range(i)]
    score = sum(sign(squares[i] - squares[j]) * sign(variances[i] - variances[j]) for i, j in pairs)
    untied = [
        len(pairs) - sum(n * (n - 1) // 2 for n in Counter(each).values())
        for each in (squares, variances)
    ]
    return score / float(np.sqrt(untied[0] * untied[1])) if all(untied) else float("nan")


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
@pytest.mark.parametrize("seed", range(40))
def test_begg_has_the_ranks_of_exact_fractions(seed, unit):
    generator = np.random.default_rng(seed)
    k = int(generator.integers(3, 12))
    y, v = generator.integers(-3, 4, k) * 10, generator.choice([4, 9, 17, 30], k)
    expected = kendall_of_fractions(y.tolist(), v.tolist())
    result = small_study.begg(unit * (y / 100), unit**2 * (v / 100))
    np.testing.assert_allclose(result.tau, expected, rtol=1e-12, atol=1e-15)


def missing_of_fractions(y: list[int], estimator: str) -> int | None:
    """Studies that are missing on the left by equal weights, without rounding; None of a circle."""
    effects = sorted(Fraction(n, 10) for n in y)
    k, k0, seen = len(effects), 0, set[int]()
    while True:
        mean = sum(effects[: k - k0], Fraction(0)) / (k - k0)
        deviations = [each - mean for each in effects]
        order = sorted(range(k), key=lambda i: (abs(deviations[i]), i))
        rank = {i: place + 1 for place, i in enumerate(order)}
        if estimator == "L0":
            above = sum(rank[i] for i in range(k) if deviations[i] > 0)
            missing = Fraction(4 * above - k * (k + 1), 2 * k - 1)
        else:
            missing = Fraction(k - max(rank[i] for i in range(k) if deviations[i] <= 0) - 1)
        following = max(0, round(missing))
        if following == k0:
            return k0
        if following in seen:
            return None
        seen.add(k0)
        k0 = following


@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("seed", range(40))
def test_trim_and_fill_has_the_ranks_of_exact_fractions(seed, estimator):
    # Effects on a lattice often lie as far above their mean as below it.
    generator = np.random.default_rng(seed)
    y = generator.integers(1, 10, int(generator.integers(5, 12)))
    expected = missing_of_fractions(y.tolist(), estimator)
    for shift in (0, 1, 3, 7):
        arguments = ((y + shift) / 10, np.full(y.size, 0.04))
        settings = {"side": "left", "estimator": estimator, "method": "EE"}
        if expected is None:
            with pytest.raises(UndefinedError, match="trim and fill oscillates"):
                small_study.trim_and_fill(*arguments, **settings)
        else:
            assert small_study.trim_and_fill(*arguments, **settings).k0 == expected


def test_equal_effects_that_were_computed_apart_keep_their_order():
    # 0.1 + 0.2 is not 0.3, and neither is more extreme: the later one is filled.
    y, v = np.array([0.1 + 0.2, 0.3, -0.1, -0.1, -0.1]), np.array([0.01, 0.02, 0.01, 0.02, 0.03])
    for order in ([0, 1, 2, 3, 4], [1, 0, 2, 3, 4]):
        filled = small_study.trim_and_fill(
            y[order], v[order], side="left", estimator="R0", method="EE"
        )
        assert filled.k0 == 1
        assert filled.filled_vi[-1] == v[order][1]


ENDS = [0.1, 0.3, 0.37, 0.9, 1.1, 2.3, 4.7]
"""Upper ends of intervals whose lower end is exactly no effect, so that p is 0.05."""


def ending_at_no_effect() -> effect_sizes.EffectSizes:
    ends = np.array(ENDS)
    return effect_sizes.from_interval(ends / 2, np.zeros(ends.size), ends)


def test_effect_whose_interval_ends_at_no_effect_is_significant():
    given = ending_at_no_effect()
    assert publication.excess_significance(given.yi, given.vi).observed == len(ENDS)


def test_p_value_at_a_step_is_in_the_interval_that_ends_there():
    given = ending_at_no_effect()
    p = ndtr(-given.yi / np.sqrt(given.vi))
    assert np.unique(p > 0.025).size == 2  # as they are computed
    with pytest.raises(ValueError, match=r"no effect has a p-value between 0.025 and 1"):
        selection.selection_model(given.yi, given.vi)


def test_control_of_one_name_may_be_computed_in_two_ways():
    errors = dependence.shared_control_errors([1.0, 1.0], ["saline"] * 2, [0.1 + 0.2, 0.3])
    np.testing.assert_allclose(errors, [[1, 0.3], [0.3, 1]])
