"""What goes beyond pooling agrees with metafor, on published and synthetic data.

`reference/methods.json` holds metafor's results; `reference/methods.R` regenerates them. Closed
forms agree to 1e-8, relatively, and what metafor finds by iteration to 1e-6.
"""

import ast
import inspect
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from analysis.statistics import (
    comparison,
    dependence,
    effect_sizes,
    heterogeneity,
    moderators,
    multilevel,
    permutation,
    pooling,
    publication,
    robust,
    selection,
    sensitivity,
    small_study,
    subsets,
    uncertainty,
)
from analysis.statistics.proofs import proofs

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "methods.json").read_text())
POOLING = json.loads((FOLDER / "metafor.json").read_text())
DATA = {
    name: {key: np.atleast_1d(values) for key, values in columns.items()}
    for name, columns in POOLING["data"].items()
}
CLOSED, ITERATED = 1e-8, 1e-6


def assert_close(actual: Any, expected: Any, rtol: float = CLOSED) -> None:
    """Equal relatively; nan stands for metafor's NA. A tau² of 0 is 1e-15 in metafor."""
    expected = np.array(expected, dtype=float)
    np.testing.assert_allclose(np.asarray(actual, dtype=float), expected, rtol=rtol, atol=1e-13)


def effects_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    return DATA[name]["yi"], DATA[name]["vi"]


def design_of(name: str, column: str = "x") -> np.ndarray:
    return np.column_stack([np.ones(len(DATA[name][column])), DATA[name][column]])


def records(section: str, *keys: str) -> Any:
    """Parametrize a test by the records of a section of the reference, named after `keys`."""
    rows = REFERENCE[section]
    names = ["-".join(str(row[key]) for key in keys) for row in rows]
    return pytest.mark.parametrize("expected", rows, ids=names)


@records("heterogeneity", "data", "method", "moderator")
def test_heterogeneity_with_standard_error_and_intervals(expected):
    name = expected["data"]
    x = design_of(name) if expected["moderator"] else None
    result = uncertainty.assess_heterogeneity(*effects_of(name), x, method=expected["method"])
    assert_close(result.se_tau2, expected["se_tau2"])
    for field in ("tau2", "i2", "h2"):
        numbers = [getattr(result, f"{field}{end}") for end in ("", "_ci_low", "_ci_high")]
        assert_close(numbers, expected[field])


@records("smd", "vtype")
def test_variances_of_the_standardized_mean_difference(expected):
    result = effect_sizes.standardized_mean_difference(**expected["arms"], vtype=expected["vtype"])
    assert_close(result.yi, expected["yi"])
    assert_close(result.vi, expected["vi"])


@records("generic", "from", "measure")
def test_generic_effects(expected):
    function = getattr(effect_sizes, expected["from"])
    result = function(*expected["arguments"], measure=expected["measure"])
    assert_close(result.yi, expected["yi"])
    assert_close(result.vi, expected["vi"])


@records("permutation", "data", "method", "test", "moderator")
def test_exact_permutation_test(expected):
    y, v = (column[: expected["k"]] for column in effects_of(expected["data"]))
    data = {name: column[: expected["k"]] for name, column in DATA[expected["data"]].items()}
    moderator = {
        "none": None,
        "x": data.get("x"),
        "group": (data["group"] == data["group"][0]).astype(float),
    }[expected["moderator"]]
    x = None if moderator is None else np.column_stack([np.ones(len(y)), moderator])
    result = permutation.permutation_test(y, v, x, method=expected["method"], test=expected["test"])
    assert result.exact
    assert_close(result.p, expected["p"])
    assert_close(result.qm_p, expected["qm_p"])


@records("gosh", "data", "method")
def test_gosh_of_all_subsets(expected):
    y, v = (column[: expected["k"]] for column in effects_of(expected["data"]))
    result = subsets.gosh(y, v, method=expected["method"])
    assert result.exact
    names = ["".join(map(str, member.astype(int))) for member in result.include]
    place = {name: i for i, name in enumerate(names)}
    order = [place[name] for name in expected["include"]]
    assert len(order) == len(place) == 2 ** len(y) - 1
    for field in ("estimate", "tau2", "q"):
        assert_close(getattr(result, field)[order], expected[field])
    several = result.k[order] > 1  # I² and H² of a single effect are not defined here
    assert np.isnan(result.i2[order][~several]).all()
    np.testing.assert_allclose(
        result.i2[order][several], np.array(expected["i2"])[several], rtol=CLOSED, atol=1e-11
    )
    h2 = np.array(expected["h2"])[several]
    if expected["method"] == "DL":  # gosh() leaves out that H² from tau² is never below 1
        h2 = np.maximum(h2, 1)
    assert_close(result.h2[order][several], h2)


@records("pet_peese", "data", "form")
def test_pet_peese(expected):
    test = "knha" if expected["form"] == "WLS" else "z"
    result = publication.pet_peese(*effects_of(expected["data"]), test=test)
    for name, limit in (("pet", result.pet), ("peese", result.peese)):
        numbers = (limit.estimate, limit.se, limit.p, limit.ci_low, limit.ci_high)
        assert_close(numbers, expected[name])
    assert result.chosen == ("PEESE" if expected["pet"][2] < 0.1 else "PET")
    assert result.adjusted.name == result.chosen


@records("excess", "data", "method")
def test_excess_significance(expected):
    result = publication.excess_significance(
        *effects_of(expected["data"]), method=expected["method"]
    )
    assert result.observed == expected["observed"]
    for field in ("power", "expected", "chi2", "chi2_p"):
        assert_close(getattr(result, field), expected[field])
    if expected["p"] is not None:
        assert_close(result.p, expected["p"])


@records("selection", "data", "alternative", "steps")
def test_selection_model(expected):
    result = selection.selection_model(
        *effects_of(expected["data"]),
        steps=expected["steps"],
        alternative=expected["alternative"],
    )
    for field in ("estimate", "se", "ci_low", "ci_high", "p"):
        assert_close(getattr(result.mean, field), expected[field], ITERATED)
    for field in ("tau2", "se_tau2", "delta", "delta_se", "lrt", "lrt_p"):
        assert_close(getattr(result, field), expected[field], ITERATED)
    assert_close(result.log_likelihood, expected["ll"])


def clustered(expected: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The data of a record, and the arguments that give its design."""
    data = {
        name: np.array(column) for name, column in REFERENCE["clustered"][expected["data"]].items()
    }
    if not expected["moderator"]:
        return data, {}
    design = np.column_stack([np.ones(len(data["x"])), data["x"]])
    return data, {"x": design, "names": ("intercept", "x")}


@records("three_level", "data", "moderator")
def test_three_level_model(expected):
    data, design = clustered(expected)
    result = multilevel.three_level(data["yi"], data["vi"], data["study"].tolist(), **design)
    sigma2 = (result.sigma2_between, result.sigma2_within)
    np.testing.assert_allclose(sigma2, expected["sigma2"], rtol=ITERATED, atol=1e-9)
    fields = {"beta": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "p": "p"}
    for key, field in fields.items():
        assert_close([getattr(c, field) for c in result.coefficients], expected[key], ITERATED)
    assert_close(result.log_likelihood, expected["ll"])
    assert_close((result.q, result.q_p), (expected["q"], expected["q_p"]))


@records("robust", "data", "moderator", "working", "correction")
def test_cluster_robust_standard_errors(expected):
    data, design = clustered(expected)
    between, within = expected["sigma2"]
    same = data["study"][:, None] == data["study"]
    marginal = np.diag(data["vi"] + within) + between * same
    result = robust.cluster_robust(
        data["yi"], marginal, data["study"].tolist(), **design, correction=expected["correction"]
    )
    fields = {"beta": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "p": "p"}
    for key, field in fields.items():
        assert_close([getattr(c, field) for c in result.coefficients], expected[key])
    assert_close(result.df, expected["df"])


@records("control", "measure", "alike")
def test_covariance_of_effects_that_share_a_control(expected):
    arms = {name: np.array(values) for name, values in expected["arms"].items()}
    sizes = effect_sizes.CONTINUOUS[expected["measure"]](**arms)
    assert_close(sizes.yi, expected["yi"])
    if expected["measure"] == "MD":
        part = arms["sd_control"] ** 2 / arms["n_control"]
        found = dependence.shared_control_errors(sizes.vi, expected["control"], part)
    else:
        found = dependence.shared_control_smd_errors(
            sizes.yi, sizes.vi, expected["control"], arms["n_treated"], arms["n_control"]
        )
    assert_close(found, expected["v"])


@records("correlated", "data", "rho", "within", "moderator")
def test_model_of_correlated_effects_with_robust_standard_errors(expected):
    data, design = clustered(expected)
    study = data["study"].tolist()
    errors = dependence.correlated_errors(data["vi"], study, expected["rho"])
    below = np.tril(data["study"][:, None] == data["study"], -1).T
    assert_close(errors[below][:10], expected["covariance"])
    result = multilevel.three_level(data["yi"], errors, study, **design, within=expected["within"])
    sigma2 = (result.sigma2_between, result.sigma2_within)
    np.testing.assert_allclose(sigma2, expected["sigma2"], rtol=ITERATED, atol=1e-9)
    fields = {"beta": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "p": "p"}
    for key, field in fields.items():
        assert_close([getattr(c, field) for c in result.coefficients], expected[key], ITERATED)
    assert_close(result.log_likelihood, expected["ll"])
    assert_close((result.q, result.q_p), (expected["q"], expected["q_p"]))
    clusters = robust.cluster_robust(data["yi"], result.marginal, study, **design)
    assert_close([c.se for c in clusters.coefficients], expected["robust_se"], ITERATED)
    assert_close([c.p for c in clusters.coefficients], expected["robust_p"], ITERATED)
    assert_close(clusters.df, expected["robust_df"], ITERATED)


@records("profile", "data", "rho", "within", "moderator")
def test_profile_intervals_of_variances(expected):
    data, design = clustered(expected)
    study = data["study"].tolist()
    errors = dependence.correlated_errors(data["vi"], study, expected["rho"])
    x, within = design.get("x"), expected["within"]
    result = multilevel.variance_intervals(data["yi"], errors, study, x, within=within)
    between = (result.between_low, result.between_high)
    assert_close(between, expected["between"], ITERATED)
    assert_close((result.within_low, result.within_high), expected["within_limits"], ITERATED)


@pytest.mark.parametrize(
    "names", [("bbb-last.MD", "bbb-last.SMD"), ("bcg.RR", "bcg.OR"), ("two",), ("homogeneous",)]
)
def test_every_measure_method_and_test_in_one_table(names):
    measured = {
        name: effect_sizes.EffectSizes(*effects_of(name), name.split(".")[-1]) for name in names
    }
    rows = comparison.compare_settings(measured).rows()
    for name in names:
        for method, pooled in sensitivity.compare_estimators(*effects_of(name)).items():
            row = next(r for r in rows if (r["measure"], r["method"]) == (name, method))
            assert (pooled.estimate, pooled.tau2) == pytest.approx((row["estimate"], row["tau2"]))
    keys = ("measure", "method", "test")
    found = {tuple(row[key] for key in keys): row for row in rows}
    expected = [record for record in POOLING["pooled"] if record["data"] in names]
    assert len(expected) == len(found) == len(rows) == 27 * len(names)
    for record in expected:
        row = found[record["data"], record["method"], record["test"]]
        for field in ("estimate", "se", "statistic", "p", "tau2", "i2"):
            assert_close(row[field], record[field])
        assert_close((row["ci_low"], row["ci_high"]), record["ci"])


# Parts of the functions that are compared, and what is not a statistic that metafor knows.
WITHOUT_REFERENCE = {
    "dependence.dependent_pairs",
    "effect_sizes.analysis_scale",
    "effect_sizes.hedges_correction",
    "effect_sizes.natural_scale",
    "moderators.coefficients",
    "moderators.regression_design",
    "multilevel.generalized_least_squares",
    "multilevel.members",
    "pooling.i2_and_h2",
    "pooling.inference",
    "pooling.interval",
    "pooling.number",
    "pooling.p_value",
    "pooling.quantile",
    "pooling.multiplier",
    "small_study.sample_size_predictor",
    "small_study.valid_on_standard_error",
    "subsets.signs",
    "uncertainty.tau2_standard_error",
}

COMPARED = (
    comparison,
    dependence,
    effect_sizes,
    moderators,
    multilevel,
    permutation,
    pooling,
    publication,
    robust,
    selection,
    sensitivity,
    small_study,
    subsets,
    uncertainty,
)


def public_functions(module: ModuleType) -> set[str]:
    place = module.__name__.rpartition(".")[2]
    return {
        f"{place}.{name}"
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_"
    }


def test_no_public_function_is_without_a_reference_value():
    functions = set().union(*map(public_functions, COMPARED))
    compared = {proof.function for proof in proofs()}
    assert functions == compared | WITHOUT_REFERENCE
    assert not compared & WITHOUT_REFERENCE


@cache
def source_of_tests() -> dict[str, str]:
    """The source of each test that compares statistics with another program's."""
    files = (Path(__file__), Path(__file__).with_name("test_statistics_metafor.py"))
    found = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = ast.unparse(node)
    return found


@pytest.mark.parametrize("proof", proofs(), ids=lambda proof: proof.function)
def test_proof_of_a_function_has_numbers_and_a_test_that_calls_it(proof):
    records = {**POOLING, **REFERENCE}[proof.section]
    assert re.search(r"\d\.\d{6}", json.dumps(records))
    by_name = {
        f"effect_sizes.{each['from']}": "getattr(effect_sizes" for each in REFERENCE["generic"]
    }
    for table in ("CONTINUOUS", "COUNTED"):
        for function in getattr(effect_sizes, table).values():
            by_name[f"effect_sizes.{function.__name__}"] = f"effect_sizes.{table}"
    source = source_of_tests()[proof.test]
    assert f"{proof.function}(" in source or by_name[proof.function] in source


@pytest.mark.parametrize("method", heterogeneity.METHODS)
def test_every_estimator_has_reference_values_under_every_test(method):
    found = {record["test"] for record in POOLING["pooled"] if record["method"] == method}
    assert found == set(pooling.TESTS)
    assert {record["data"] for record in POOLING["pooled"]} == DATA.keys() - {"one"}
