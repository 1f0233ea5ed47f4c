"""Further analyses refuse what they can't compute with, and name it."""

from typing import Any

import numpy as np
import pytest

from analysis.statistics import (
    comparison,
    dependence,
    effect_sizes,
    multilevel,
    permutation,
    publication,
    robust,
    selection,
    subsets,
    uncertainty,
)
from tests.effects import V, Y

PAIRED: dict[str, Any] = {
    "uncertainty.assess_heterogeneity": uncertainty.assess_heterogeneity,
    "permutation.permutation_test": permutation.permutation_test,
    "subsets.gosh": subsets.gosh,
    "publication.pet_peese": publication.pet_peese,
    "publication.excess_significance": publication.excess_significance,
    "selection.selection_model": selection.selection_model,
    "multilevel.three_level": lambda yi, vi: multilevel.three_level(yi, vi, [1, 1, 2]),
}

Y3, V3 = [0.1, 0.2, 0.4], [0.1, 0.2, 0.3]
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("function", PAIRED.values(), ids=PAIRED)
@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([], [], "there must be at least one effect"),
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
        (lambda: publication.pet_peese(Y3, [0.1] * 3), "the standard error must differ"),
        (lambda: publication.pet_peese(Y3, V3, alpha=0), "alpha must lie between 0 and 1"),
        (lambda: publication.pet_peese([1, 2], [1, 2]), "need more than 2 effects, got 2"),
        (lambda: publication.excess_significance(Y3, V3, alpha=5), "alpha must lie between"),
        (lambda: selection.selection_model(Y, V, steps=()), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, steps=(0.5, 0.025)), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, steps=(1.5,)), "steps must ascend"),
        (lambda: selection.selection_model(Y, V, alternative="both"), "alternative must be one"),
        (lambda: selection.selection_model(Y3, V3), "3 parameters need more than 3 effects"),
        (
            lambda: selection.selection_model(-Y, V),
            "no effect has a p-value between 0 and 0.025",
        ),
        (lambda: multilevel.three_level(Y3, V3, [1, 1]), "study must name 3 effects, got 2"),
        (lambda: multilevel.three_level(Y3, V3, [1, 1, 1]), "study must name at least 2 studies"),
        (lambda: multilevel.three_level(Y3, V3, [1, 2, 3]), "one with 2 effects, got 3 of 3"),
        (
            lambda: multilevel.three_level([*Y3, 1], [*V3, 1], ["Li", None, "Wu", None]),
            r"study\[1\] must be a label, got None",
        ),
        (lambda: robust.cluster_robust(Y3, np.eye(3), ["a", "b", NAN]), r"cluster\[2\] must be a"),
        (lambda: dependence.dependent_pairs("abc", ["Li", "", ""]), r"study\[1\] must be a label"),
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
            "vtype must be one of LS, LS2, UB, got 'AV'",
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
