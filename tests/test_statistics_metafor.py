"""The statistics agree with metafor, on published meta-analyses and on synthetic data.

`reference/metafor.json` holds metafor's results; `reference/metafor.R` regenerates them.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.statistics import (
    effect_sizes,
    heterogeneity,
    least_squares,
    moderators,
    pooling,
    sensitivity,
    small_study,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "metafor.json").read_text())
DATA = {
    name: {key: np.atleast_1d(values) for key, values in columns.items()}
    for name, columns in REFERENCE["data"].items()
}


def assert_close(actual: Any, expected: Any) -> None:
    """Equal to 1e-10, relatively; nan stands for metafor's NA. A tau² of 0 is 1e-15 in metafor."""
    expected = np.array(expected, dtype=float)
    np.testing.assert_allclose(np.asarray(actual, dtype=float), expected, rtol=1e-10, atol=1e-13)


def effects_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    return DATA[name]["yi"], DATA[name]["vi"]


def records(section: str, *keys: str) -> Any:
    """Parametrize a test by the records of a section of the reference, named after `keys`."""
    rows = REFERENCE[section]
    names = ["-".join(str(row[key]) for key in keys) for row in rows]
    return pytest.mark.parametrize("expected", rows, ids=names)


@records("effect_sizes", "measure")
def test_effect_size(expected):
    function = {**effect_sizes.CONTINUOUS, **effect_sizes.COUNTED}[expected["measure"]]
    result = function(**expected["arms"])
    assert_close(result.yi, expected["yi"])
    assert_close(result.vi, expected["vi"])


@records("dropped", "measure")
def test_trials_without_events_are_left_out_where_it_is_asked_for(expected):
    yi, vi = (np.array(expected[name], dtype=float) for name in ("yi", "vi"))
    arms, kept = expected["arms"], ~np.isnan(yi)
    assert effect_sizes.double_zeros(**arms).tolist() == (~kept).tolist()
    result = effect_sizes.COUNTED[expected["measure"]](**arms, drop00=True)
    assert_close(result.yi, yi[kept])
    assert_close(result.vi, vi[kept])
    whole = effect_sizes.COUNTED[expected["measure"]](**arms)
    assert_close(whole.yi[kept], yi[kept])
    # Without events among 10 and 11 animals: half an event among 11 and 12.
    half = {"OR": np.log(23 / 21), "RR": np.log(12 / 11), "RD": 0.5 / 11 - 0.5 / 12}
    assert_close(whole.yi[0], half[expected["measure"]])


@pytest.mark.parametrize("name", [name for name in DATA if name.startswith("bbb")])
def test_effect_size_of_published_arms(name):
    data = DATA[name]
    arms = [data[key] for key in ("n1", "m1", "sd1", "n2", "m2", "sd2")]
    result = effect_sizes.CONTINUOUS[name.split(".")[1]](*arms)
    assert_close(result.yi, data["yi"])
    assert_close(result.vi, data["vi"])


@records("pooled", "data", "method", "test")
def test_pooled(expected):
    method, test = expected["method"], expected["test"]
    result = pooling.pool(*effects_of(expected["data"]), method=method, test=test)
    for field in ("estimate", "se", "statistic", "tau2", "i2", "h2", "q"):
        assert_close(getattr(result, field), expected[field])
    for field in ("p", "q_p"):  # as logarithms, so that 1e-30 is compared at all
        assert_close(np.log(getattr(result, field)), np.log(expected[field]))
    assert_close((result.ci_low, result.ci_high), expected["ci"])
    if expected["weights"] is not None:
        assert_close(result.weights, expected["weights"])


@records("pooled", "data", "method", "test")
def test_prediction_interval(expected):
    method, test = expected["method"], expected["test"]
    for name in pooling.PREDICTIONS:
        result = pooling.pool(
            *effects_of(expected["data"]), method=method, test=test, prediction=name
        )
        interval = (expected["prediction"] or {}).get(name, (np.nan, np.nan))
        if np.size(DATA[expected["data"]]["yi"]) < 3:  # metafor gives one, here there is none
            interval = (np.nan, np.nan)
        assert_close((result.pi_low, result.pi_high), interval)


@pytest.mark.parametrize("name", REFERENCE["profile"])
def test_q_profile_interval(name):
    data = least_squares.problem(*effects_of(name))
    assert_close(heterogeneity.q_profile_interval(data), REFERENCE["profile"][name])


@pytest.mark.parametrize("name", REFERENCE["leave_one_out"])
def test_leave_one_out(name):
    result = sensitivity.leave_one_out(*effects_of(name))
    for field, values in REFERENCE["leave_one_out"][name].items():
        assert_close(getattr(result, field), values)


@pytest.mark.parametrize("name", REFERENCE["cumulative"])
def test_cumulative_by_year(name):
    expected = dict(REFERENCE["cumulative"][name])
    result, steps = sensitivity.cumulative(*effects_of(name), DATA[name]["year"].tolist())
    assert list(steps) == expected.pop("years")
    for field, values in expected.items():
        assert_close(getattr(result, field), values)


@records("influence", "data", "method")
def test_influence_and_baujat(expected):
    y, v = effects_of(expected["data"])
    result = sensitivity.influence(y, v, method=expected["method"])
    for field in expected.keys() - {"data", "method", "baujat_x", "baujat_y"}:
        assert_close(getattr(result, field), expected[field])
    pull = sensitivity.baujat(y, v, method=expected["method"])
    assert_close(pull.heterogeneity, expected["baujat_x"])
    assert_close(pull.influence, expected["baujat_y"])


@records("change", "measure", "correlation")
def test_change_scores(expected):
    before, after = (effects_of(f"bbb-{time}.{expected['measure']}") for time in ("first", "last"))
    change, variance = sensitivity.change_between(before, after, expected["correlation"])
    assert_close(variance, expected["vi"])
    result = pooling.pool(change, variance)
    for field in ("estimate", "se", "tau2"):
        assert_close(getattr(result, field), expected[field])


@records("asymmetry", "data", "predictor", "model", "test")
def test_regression_test_of_asymmetry(expected):
    data = DATA[expected["data"]]
    predictor = None
    if expected["predictor"] == "n":
        predictor = small_study.sample_size_predictor(data["n1"], data["n2"])
    if expected["model"] == "lm":
        result = small_study.egger_regression(data["yi"], data["vi"], predictor)
    else:
        result = small_study.egger_meta_regression(
            data["yi"], data["vi"], predictor, test=expected["test"]
        )
    for field in expected.keys() - {"data", "predictor", "model", "test"}:
        assert_close(getattr(result, field), expected[field])


@pytest.mark.parametrize("name", REFERENCE["rank"])
def test_rank_correlation_test(name):
    expected = REFERENCE["rank"][name]
    result = small_study.begg(expected["yi"], expected["vi"])
    assert_close((result.tau, result.p), (expected["tau"], expected["p"]))


@records("trim_and_fill", "data", "trim_method", "estimator", "side")
def test_trim_and_fill(expected):
    result = small_study.trim_and_fill(
        *effects_of(expected["data"]),
        side=None if expected["side"] == "default" else expected["side"],
        estimator=expected["estimator"],
        method=expected["method"],
        trim_method=expected["trim_method"],
    )
    assert (result.k0, result.side) == (expected["k0"], expected["found_side"])
    assert_close(result.filled_yi, expected["filled_yi"])
    assert_close(result.filled_vi, expected["filled_vi"])
    for field in ("estimate", "se", "tau2"):
        assert_close(getattr(result.pooled, field), expected[field])


@records("regression", "data", "method", "test")
def test_meta_regression(expected):
    data, levels = DATA[expected["data"]], expected["levels"]
    dummies = (data["group"][:, None] == np.array(levels)[1:]).astype(float)
    result = moderators.meta_regression(
        data["yi"],
        data["vi"],
        np.column_stack([np.ones(len(data["yi"])), dummies]),
        ("intercept", *levels[1:]),
        method=expected["method"],
        test=expected["test"],
    )
    fields = {"beta": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "p": "p"}
    for key, field in fields.items():
        assert_close([getattr(c, field) for c in result.coefficients], expected[key])
    assert_close(result.covariance, expected["vcov"])
    for field in ("tau2", "qm", "qm_p", "qe", "qe_p", "i2"):
        assert_close(getattr(result, field), expected[field])
    # Where there is no tau² to explain, R² is not defined here; metafor calls it 0.
    if expected["r2"] is not None and not np.isnan(result.r2):
        assert_close(result.r2, expected["r2"])


@records("polynomial", "degree", "test")
def test_polynomial_of_the_year(expected):
    data = DATA["bbb-first.MD"]
    powers = np.arange(expected["degree"] + 1)
    result = moderators.meta_regression(
        data["yi"],
        data["vi"],
        (data["year"][:, None] - 2021.0) ** powers,
        [str(power) for power in powers],
        test=expected["test"],
    )
    for key, field in {"beta": "estimate", "se": "se", "p": "p"}.items():
        assert_close([getattr(c, field) for c in result.coefficients], expected[key])
    for field in ("tau2", "qm", "qm_p", "qe", "i2"):
        assert_close(getattr(result, field), expected[field])


@records("subgroups", "data", "test")
def test_subgroups_with_a_common_tau2(expected):
    data = DATA[expected["data"]]
    result = moderators.common_subgroups(
        data["yi"], data["vi"], data["group"].tolist(), test=expected["test"]
    )
    assert list(result.levels) == expected["levels"]
    assert_close([c.estimate for c in result.pooled], expected["common_estimate"])
    assert_close([c.se for c in result.pooled], expected["common_se"])
    for field in ("estimate", "se", "ci_low", "ci_high", "p"):
        contrasts = [contrast[field] for contrast in expected["contrasts"]]
        assert_close([getattr(c, field) for c in result.contrasts], contrasts)
    assert_close(
        (result.tau2, result.q_between, result.p),
        (expected["tau2"], expected["common_q"], expected["common_p"]),
    )
    assert_close(moderators.p_scores(result), expected["p_scores"])


@records("subgroups", "data", "test")
def test_separate_subgroups(expected):
    data = DATA[expected["data"]]
    result = moderators.separate_subgroups(
        data["yi"], data["vi"], data["group"].tolist(), test=expected["test"]
    )
    for field in ("estimate", "se", "ci_low", "ci_high", "tau2"):
        values = expected["group_tau2" if field == "tau2" else field]
        assert_close([getattr(group, field) for group in result.pooled], values)
    assert_close((result.q_between, result.p), (expected["q_between"], expected["q_between_p"]))
