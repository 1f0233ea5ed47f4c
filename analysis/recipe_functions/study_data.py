"""Effects, weights, pools and tests from the data of single studies."""

from functools import lru_cache
from typing import Any, cast

import numpy as np

from analysis.dictionary import EFFECT
from analysis.inputs import Rows
from analysis.recipe_functions.registry import Reading, only, recipe
from analysis.statistics import checks, enclosures, pooling, small_study
from analysis.statistics.arrays import FloatArray, one_of
from analysis.statistics.boxes import Box, Number, UnboundedError, box, square_root
from analysis.statistics.effect_sizes import KERNELS
from analysis.statistics.moderators import Subgroups, common_subgroups
from analysis.statistics.pooling import Pooled

POOLED = (
    *("estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2"),
    *("i2", "h2", "q", "q_df", "q_p", "pi_low", "pi_high"),
)
"""What a recipe can take of a pooled result, by the names of `Pooled`."""


@recipe("pool", "study-data")
def pool(
    rows: Rows,
    outcome: str,
    measure: str = "MD",
    method: str = "REML",
    test: str = "z",
    i2_from: str = "q",
    **filters: str | int,
) -> Reading:
    """The pooled result of an outcome: `value` with `lower` and `upper`, and all of `Pooled`."""
    yi, vi = _effects(rows.where(outcome=outcome, **filters), measure)
    if isinstance(yi, Box):
        parts: dict[str, Number] = {
            **enclosures.pooled(yi, box(vi), method=method, test=test, i2_from=i2_from)
        }
    else:
        pooled = _pooled(yi, vi, method, test, i2_from)
        parts = {name: getattr(pooled, name) for name in POOLED}
    values = {"value": parts["estimate"], "lower": parts["ci_low"], "upper": parts["ci_high"]}
    return Reading({**parts, **values})


@recipe("effect", "study-data")
def effect(rows: Rows, outcome: str, study: str, measure: str = "MD") -> Reading:
    """One study's effect with its normal 95% interval."""
    yi, vi = _effects(_one(rows, outcome, study), measure)
    half = square_root(vi) * checks.Z_95
    parts = {"value": yi, "lower": yi - half, "upper": yi + half, "vi": vi}
    return Reading({name: only(number) for name, number in parts.items()})


@recipe("weight", "study-data")
def weight(rows: Rows, outcome: str, study: str, measure: str = "MD", method: str = "EE") -> Number:
    """One study's weight in percent in the model of `method`."""
    chosen = rows.where(outcome=outcome)
    place = chosen.texts("study").index(_one(rows, outcome, study).texts("study")[0])
    if method == "EE" and measure == "MD":
        # The weights of mean differences rest on n and SD alone: no mean is read.
        effects: tuple[Number, Number] = (np.zeros(len(chosen)), _variances(chosen))
    else:
        effects = _effects(chosen, measure)
    yi, vi = effects
    if isinstance(vi, Box):
        tau2 = enclosures.between_variance(box(yi), vi, method)
        return enclosures.weight_shares(vi, tau2)[place]
    return float(_pooled(yi, vi, method).weights[place])


@recipe("subgroup_q", "study-data")
def subgroup_q(rows: Rows, outcome: str, moderator: str, method: str = "REML") -> Reading:
    """Test of subgroups under a common tau²: `value` is Q between them, `df` and `p` its test."""
    groups = _groups(rows, outcome, moderator, method)
    parts = {"value": groups.q_between, "df": float(groups.df), "p": groups.p}
    return Reading({**parts, "least_p": min(contrast.p for contrast in groups.contrasts)})


@recipe("subgroup", "study-data")
def subgroup(rows: Rows, outcome: str, moderator: str, level: str, method: str = "REML") -> Reading:
    """One subgroup's effect under a common tau², with its interval and its `rank` from the top."""
    groups = _groups(rows, outcome, moderator, method)
    effects = dict(zip(groups.levels, groups.pooled, strict=True))
    if level not in effects:
        raise ValueError(f"no level {level!r} among {', '.join(effects)}")
    found = effects[level]
    rank = sum(other.estimate >= found.estimate for other in effects.values())
    return Reading(
        {
            "value": found.estimate,
            "lower": found.ci_low,
            "upper": found.ci_high,
            "rank": float(rank),
        }
    )


@recipe("egger_p", "study-data")
def egger_p(rows: Rows, outcome: str, measure: str = "MD") -> float:
    """p-value of Egger's test in its original form."""
    yi, vi = _plain_effects(rows.where(outcome=outcome), measure, "Egger's test")
    return small_study.egger_regression(yi, vi).p


@recipe("asymmetry", "study-data")
def asymmetry(rows: Rows, outcome: str) -> Reading:
    """p-values of what else tests the funnel of mean differences for asymmetry.

    `meta_regression` on the standard error, `sample_size`, and `ranks` by Begg's test.
    """
    chosen = rows.where(outcome=outcome)
    yi, vi = _plain_effects(chosen, "MD", "tests of asymmetry")
    size = small_study.sample_size_predictor(
        *(_exact(chosen, name) for name in ("n_treated", "n_control"))
    )
    return Reading(
        {
            "meta_regression": small_study.egger_meta_regression(yi, vi).p,
            "sample_size": small_study.egger_meta_regression(yi, vi, size).p,
            "ranks": small_study.begg(yi, vi).p,
        }
    )


def _groups(rows: Rows, outcome: str, moderator: str, method: str) -> Subgroups:
    chosen = rows.where(outcome=outcome)
    yi, vi = _plain_effects(chosen, "MD", "subgroups")
    return common_subgroups(yi, vi, chosen.texts(moderator), method=method)


def _plain_effects(rows: Rows, measure: str, what: str) -> tuple[FloatArray, FloatArray]:
    """Effects as plain numbers. Raises UnboundedError where boxes are wanted of them."""
    yi, vi = _effects(rows, measure)
    if isinstance(yi, Box) or isinstance(vi, Box):
        raise UnboundedError(f"no bound for {what}")
    return np.asarray(yi), np.asarray(vi)


def _pooled(yi: Number, vi: Number, method: str, test: str = "z", i2_from: str = "q") -> Pooled:
    return _pool(np.asarray(yi).tobytes(), np.asarray(vi).tobytes(), method, test, i2_from)


@lru_cache(maxsize=256)
def _pool(yi: bytes, vi: bytes, method: str, test: str, i2_from: str) -> Pooled:
    """The pooled result of the same numbers is asked for by many rows: their weights, say."""
    effects, variances = np.frombuffer(yi), np.frombuffer(vi)
    return pooling.pool(effects, variances, method=method, test=test, i2_from=i2_from)


def _effects(rows: Rows, measure: str) -> tuple[Number, Number]:
    one_of("measure", measure, KERNELS)
    if len(rows) == 0:
        raise ValueError("no row is left to pool")
    if _as_effects(rows):
        effect, low, high = (rows.numbers(name) for name in EFFECT)
        return effect, checks.standard_error(low, high) ** 2
    means = {name: rows.numbers(name) for name in ("mean_treated", "mean_control")}
    sds = {name: rows.numbers(name) for name in ("sd_treated", "sd_control")}
    return KERNELS[measure](
        _exact(rows, "n_treated"),
        means["mean_treated"],
        sds["sd_treated"],
        _exact(rows, "n_control"),
        means["mean_control"],
        sds["sd_control"],
    )


def _as_effects(rows: Rows) -> bool:
    """Whether rows are known as effects with intervals alone, without means of arms."""
    if not set(EFFECT) <= set(rows.sheet.cells):
        return False
    return all(rows.texts("effect")) and not any(rows.texts("mean_treated"))


def _variances(rows: Rows) -> Number:
    nothing = np.zeros(len(rows))
    _, vi = KERNELS["MD"](
        _exact(rows, "n_treated"),
        nothing,
        rows.numbers("sd_treated"),
        _exact(rows, "n_control"),
        nothing,
        rows.numbers("sd_control"),
    )
    return cast(Number, vi)


def _exact(rows: Rows, column: str) -> Any:
    """A column of whole numbers, which rounding leaves alone."""
    numbers = rows.numbers(column)
    return numbers.low if isinstance(numbers, Box) else numbers


def _one(rows: Rows, outcome: str, study: str) -> Rows:
    chosen = rows.where(outcome=outcome, study=study)
    if len(chosen) != 1:
        raise ValueError(f"{len(chosen)} rows of {outcome} are named {study!r}")
    return chosen
