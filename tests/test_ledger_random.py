"""Papers made from random data that round their own results are never called wrong."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import judging, recipes
from analysis.statistics import enclosures, pooling
from analysis.verdicts import Claim, Verdict, excludes
from tests.papers import (
    ARMS,
    Row,
    in_memory,
    verdict,
)

pytestmark = pytest.mark.slow


@st.composite
def raw_data(draw: st.DrawFn) -> tuple[Any, int]:
    """Arms (k, 6) as an author has them, unrounded, and the digits to which they are printed."""
    k = draw(st.integers(2, 7))
    random = np.random.default_rng(draw(st.integers(0, 100_000)))
    spread = draw(st.sampled_from([0.0, 0.4, 2.0]))
    digits = draw(st.integers(0, 3))
    least = 0.6 if digits == 0 else 0.1
    arms = np.column_stack(
        [
            random.integers(3, 30, k),
            random.normal(2, spread, k),
            random.uniform(least, 3, k),
            random.integers(3, 30, k),
            random.normal(1, 0.3, k),
            random.uniform(least, 3, k),
        ]
    )
    return arms, digits


def as_printed(arms: Any, digits: int) -> list[Row]:
    return [
        {
            "study": f"Study {place}",
            **{
                name: f"{number:.0f}" if name.startswith("n_") else f"{number:.{digits}f}"
                for name, number in zip(ARMS, row, strict=True)
            },
        }
        for place, row in enumerate(arms)
    ]


def true_results(arms: Any, method: str) -> dict[str, tuple[dict[str, float], str]]:
    """What the author's software gives from unrounded data, with the recipes for it."""
    n1, m1, s1, n2, m2, s2 = arms.T
    y, v = m1 - m2, s1**2 / n1 + s2**2 / n2
    result = pooling.pool(y, v, method=method, i2_from="q")
    recipe = f"pool(studies, outcome='score', method='{method}')"
    numbers: dict[str, tuple[dict[str, float], str]] = {
        "pooled": (
            {"value": result.estimate, "lower": result.ci_low, "upper": result.ci_high},
            recipe,
        ),
        "weight": (
            {"value": result.weights[0]},
            f"weight(studies, outcome='score', study='Study 0', method='{method}')",
        ),
        "effect": (
            {
                "value": y[0],
                "lower": y[0] - 1.959963984540054 * np.sqrt(v[0]),
                "upper": y[0] + 1.959963984540054 * np.sqrt(v[0]),
            },
            "effect(studies, outcome='score', study='Study 0')",
        ),
        "animals": ({"value": n1.sum()}, "sum(studies, 'n_treated')"),
        "means": (
            {"lower": min(m1.min(), m2.min()), "upper": max(m1.max(), m2.max())},
            "extremes(studies, 'mean_treated', 'mean_control')",
        ),
    }
    for name in ("tau2", "i2", "h2", "q", "q_p", "p", "se", "statistic"):
        numbers[name] = ({"value": getattr(result, name)}, f"{recipe}.{name}")
    return numbers


@pytest.mark.parametrize("method", enclosures.TAU2)
@settings(max_examples=6, derandomize=True, deadline=None)
@given(data=raw_data(), digits=st.integers(0, 5))
def test_paper_that_rounds_its_own_data_is_never_called_discrepant(method, data, digits):
    arms, printed = data
    rows = as_printed(arms, printed)
    source = in_memory([], rows)
    for name, (numbers, recipe) in true_results(arms, method).items():
        cells = {field: f"{number:.{digits}f}" for field, number in numbers.items()}
        computed = partial(judging.evaluate, source, recipes.parse(recipe))
        assert not excludes(Claim(cells), computed), (name, cells)


@settings(max_examples=8, derandomize=True, deadline=None)
@given(data=raw_data(), digits=st.integers(0, 3), method=st.sampled_from(["EE", "DL", "REML"]))
def test_effects_of_a_paper_that_rounds_its_own_data_are_shown_to_follow(data, digits, method):
    arms, printed = data
    rows = as_printed(arms, printed)
    every = true_results(arms, method)
    for name in ("effect", "animals", "means"):
        numbers, recipe = every[name]
        cells = {field: f"{number:.{digits}f}" for field, number in numbers.items()}
        assert verdict({**cells, "recompute": recipe}, studies=rows) in (
            Verdict.REPRODUCED,
            Verdict.WITHIN_ROUNDING,
        ), (name, cells)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    data=raw_data(),
    digits=st.integers(0, 3),
    further=st.floats(1.01, 50),
    up=st.booleans(),
    method=st.sampled_from(["EE", "DL", "REML", "SJ"]),
)
def test_number_moved_beyond_all_rounding_is_discrepant(data, digits, further, up, method):
    """Margins by hand: half a unit of the number itself, and of each input as far as it can act."""
    arms, printed = data
    rows = as_printed(arms, printed)
    input_half, half = 0.5 * 10.0**-printed, 0.5 * 10.0**-digits
    y, m1 = np.round(arms[:, 1], printed) - np.round(arms[:, 4], printed), arms[:, 1]
    sign = 1 if up else -1
    cases = {
        # one difference: two means
        "effect(studies, outcome='score', study='Study 0')": (y[0], 2 * input_half),
        # a sum: every mean
        "sum(studies, 'mean_treated')": (np.round(m1, printed).sum(), m1.size * input_half),
        # a weighted mean lies among the differences
        f"pool(studies, outcome='score', method='{method}')": (
            y.max() if up else y.min(),
            2 * input_half,
        ),
        "sum(studies, 'n_treated')": (arms[:, 0].sum(), 0.0),
    }
    for recipe, (centre, reach) in cases.items():
        text = f"{centre + sign * (reach + 2 * half) * further:.{digits}f}"
        row = {"value": text, "recompute": recipe}
        assert verdict(row, studies=rows) is Verdict.DISCREPANT, (recipe, text, centre)
