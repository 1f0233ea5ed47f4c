"""Statistics refuse what they can't compute with, and name it."""

import numpy as np
import pytest

from analysis.statistics import (
    effect_sizes,
    moderators,
    pooling,
    sensitivity,
    small_study,
)

NAN, INF = float("nan"), float("inf")
ARMS: dict[str, list[float]] = {
    "n_treated": [6, 6],
    "mean_treated": [2, 3],
    "sd_treated": [1, 1],
    "n_control": [6, 6],
    "mean_control": [1, 1],
    "sd_control": [1, 1],
}
COUNTS: dict[str, list[float]] = {
    "events_treated": [1, 2],
    "n_treated": [5, 5],
    "events_control": [3, 0],
    "n_control": [5, 5],
}
Y3, V3 = [0.1, 0.2, 0.4], [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("yi", "vi", "settings", "message"),
    [
        ([], [], {}, "there must be at least one effect"),
        ([0.1, 0.2], [0.1], {}, "yi and vi must have the same length, got 2 and 1"),
        ([0.1, NAN], [0.1, 0.1], {}, r"yi\[1\] must be finite, got nan"),
        ([INF, 0.1], [0.1, 0.1], {}, r"yi\[0\] must be finite, got inf"),
        ([0.1, 0.2], [0.1, 0], {}, r"vi\[1\] must be greater than 0, got 0"),
        ([0.1, 0.2], [-2, 1], {}, r"vi\[0\] must be greater than 0, got -2"),
        ([0.1, 0.2], [1, NAN], {}, r"vi\[1\] must be finite"),
        ([[0.1, 0.2], [0.3, NAN]], [1, 1], {}, r"yi\[1, 1\] must be finite"),
        (Y3, V3, {"method": "XX"}, "method must be one of EE, DL, .*, got 'XX'"),
        (Y3, V3, {"test": "t"}, "test must be one of z, knha, adhoc, got 't'"),
        (Y3, V3, {"prediction": "k"}, "prediction must be one of"),
        (Y3, V3, {"i2_from": "h2"}, "i2_from must be one of"),
        (Y3, V3, {"level": 95}, "level must lie between 0 and 1, got 95"),
        (Y3, V3, {"include": [False] * 3}, "number of effects to include must be at least 1"),
        (
            Y3,
            V3,
            {"include": [[1, 1, 1], [0, 0, 0]]},
            r"effects to include\[1\] must be at least 1",
        ),
    ],
)
def test_pool_refuses(yi, vi, settings, message):
    with pytest.raises(ValueError, match=message):
        pooling.pool(yi, vi, **settings)


@pytest.mark.parametrize("measure", effect_sizes.CONTINUOUS)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_treated": [6, 1]}, r"n_treated\[1\] must be at least 2, got 1"),
        ({"n_control": [0, 6]}, r"n_control\[0\] must be at least 2, got 0"),
        ({"sd_treated": [0, 1]}, r"sd_treated\[0\] must be greater than 0, got 0"),
        ({"sd_control": [1, -1]}, r"sd_control\[1\] must be greater than 0, got -1"),
        ({"mean_treated": [NAN, 1]}, r"mean_treated\[0\] must be finite, got nan"),
        ({"mean_control": [1, INF]}, r"mean_control\[1\] must be finite, got inf"),
        ({"sd_control": [1, 1, 1]}, "sd_control and n_treated must have the same length, got 3"),
    ],
)
def test_arms_with_means_refuse(measure, wrong, message):
    with pytest.raises(ValueError, match=message):
        effect_sizes.CONTINUOUS[measure](**(ARMS | wrong))


def test_ratio_of_means_refuses_a_mean_that_is_not_positive():
    with pytest.raises(ValueError, match=r"mean_control\[1\] must be greater than 0, got -1"):
        effect_sizes.ratio_of_means(**(ARMS | {"mean_control": [1, -1]}))


@pytest.mark.parametrize("measure", effect_sizes.COUNTED)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"events_treated": [1, -1]}, r"events_treated\[1\] must be at least 0, got -1"),
        ({"events_control": [6, 1]}, r"n_control - events_control\[0\] must be at least 0, got -1"),
        ({"n_treated": [5, 0]}, r"n_treated\[1\] must be at least 1, got 0"),
        ({"n_control": [5, NAN]}, r"n_control\[1\] must be finite"),
        ({"n_control": [5]}, "n_control and events_treated must have the same length, got 1 and 2"),
    ],
)
def test_arms_with_events_refuse(measure, wrong, message):
    with pytest.raises(ValueError, match=message):
        effect_sizes.COUNTED[measure](**(COUNTS | wrong))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 5], [0, 1], [2, 4]), r"effect\[1\] must lie inside its interval"),
        (([1, 1], [1, 0], [1, 2]), r"effect\[0\] must lie inside its interval"),
        (([1, 1], [0], [2, 2]), "ci_low and effect must have the same length, got 1 and 2"),
        (([1], [0], [2], "OR"), r"ci_low\[0\] must be greater than 0"),
        (([1], [0], [INF]), r"ci_high\[0\] must be finite"),
        (([1], [0], [2], "GEN", 1), "level must lie between 0 and 1, got 1"),
    ],
)
def test_from_interval_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        effect_sizes.from_interval(*arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effect_sizes.from_variance([1, 2], [1, 0]), r"variance\[1\] must be greater than"),
        (lambda: effect_sizes.from_variance([1, 2], [1]), "variance and effect must have the same"),
        (lambda: effect_sizes.hedges_correction([4, 1]), r"df\[1\] must be at least 2, got 1"),
        (lambda: sensitivity.leave_one_out([1], [1]), "at least 2 effects, got 1"),
        (lambda: sensitivity.influence([1, 2], [1, 1]), "at least 3 effects, got 2"),
        (lambda: sensitivity.cumulative(Y3, V3, [2020, 2021]), "order must have shape"),
        (
            lambda: sensitivity.change_between((Y3, V3), ([1], [1]), 0.5),
            "before and after must have the same length, got 3 and 1",
        ),
        (
            lambda: sensitivity.change_between((Y3, V3), (Y3, V3), [0.5, -1.2]),
            r"correlation\[1\] must be at least -1, got -1.2",
        ),
        (
            lambda: sensitivity.change_between((Y3, V3), (Y3, V3), [0.5, 1]),
            r"1 - correlation\[1\] must be greater than 0, got 0",
        ),
        (lambda: small_study.begg([1, 2], [1, 2]), "at least 3 effects, got 2"),
        (lambda: small_study.egger_regression(Y3, V3, [1, 2]), r"predictor must have shape \(3,\)"),
        (
            lambda: small_study.egger_regression(Y3, V3, [1, NAN, 2]),
            r"predictor\[1\] must be finite",
        ),
        (lambda: small_study.egger_regression(Y3, [1] * 3), "standard error.* must differ"),
        (lambda: small_study.egger_meta_regression(Y3, [0.1] * 3), "standard error.* must differ"),
        (lambda: small_study.trim_and_fill(Y3, V3, side="up"), "side must be left or right"),
        (lambda: small_study.trim_and_fill(Y3, V3, estimator="Q0"), "estimator must be one of"),
        (
            lambda: small_study.sample_size_predictor([3, 0], [3, 3]),
            r"n_treated\[1\] must be at le",
        ),
        (lambda: moderators.separate_subgroups(Y3, V3, ["a", "b"]), "group must name 3 effects"),
        (lambda: moderators.common_subgroups(Y3, V3, ["a", "b"]), "group must name 3 effects"),
        (
            lambda: moderators.separate_subgroups(Y3, V3, ["a", "b", ""]),
            r"group\[2\] must be a label, got ''",
        ),
        (
            lambda: moderators.common_subgroups(Y3, V3, ["a", None, "b"]),  # type: ignore[list-item]
            r"group\[1\] must be a label, got None",
        ),
        (
            lambda: moderators.common_subgroups(Y3, V3, [NAN, "a", "b"]),  # type: ignore[list-item]
            r"group\[0\] must be a label, got nan",
        ),
        (lambda: sensitivity.cumulative(Y3, V3, [2020, NAN, 2021]), r"order\[1\] must be a label"),
        (lambda: moderators.common_subgroups(Y3, V3, ["a"] * 3), "at least two levels, got a"),
        (lambda: moderators.meta_regression(Y3, V3, np.eye(3), "abc"), "need more than 3 effects"),
        (
            lambda: moderators.meta_regression(Y3, V3, np.ones((3, 2)), "ab"),
            "the columns of x are linearly dependent",
        ),
        (lambda: moderators.meta_regression(Y3, V3, np.ones((2, 1)), "a"), "x must have shape"),
        (
            lambda: moderators.p_scores(moderators.separate_subgroups(Y3, V3, ["a", "b", "a"])),
            "P-scores need subgroups with a common tau2",
        ),
    ],
)
def test_other_functions_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
