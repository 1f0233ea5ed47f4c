"""Effects, weights, pools and tests from the data of single studies.

Ratio measures are analysed as logarithms; `value`, `lower` and `upper` are on the natural scale.
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, cast

import numpy as np

from analysis.dictionary import EFFECT, EVENTS
from analysis.inputs import Rows
from analysis.recipe_functions.registry import Reading, only, recipe
from analysis.statistics import checks, enclosures, pooling, small_study
from analysis.statistics.arrays import FloatArray, one_of
from analysis.statistics.boxes import (
    Box,
    Number,
    UnboundedError,
    box,
    increasing,
    logarithm,
    square_root,
)
from analysis.statistics.effect_sizes import COUNTED, KERNELS, RATIO_MEASURES
from analysis.statistics.moderators import Subgroups, common_subgroups, separate_subgroups
from analysis.statistics.pooling import Pooled

POOLED = (
    *("estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2"),
    *("i2", "h2", "q", "q_df", "q_p", "pi_low", "pi_high"),
)
"""What a recipe can take of a pooled result, by the names of `Pooled`."""

LIMITS = {"value": "estimate", "lower": "ci_low", "upper": "ci_high"}
"""What a result prints, by the names of `Pooled`."""

SUBGROUPS = {"common": common_subgroups, "separate": separate_subgroups}
"""Models of subgroups: one tau² for all of them, or each its own."""


@recipe("pool", "study-data")
def pool(
    rows: Rows,
    outcome: str,
    measure: str = "MD",
    vtype: str = "LS",
    method: str = "REML",
    test: str = "z",
    i2_from: str = "q",
    **filters: str | int,
) -> Reading:
    """The pooled result of an outcome: `value` with `lower` and `upper`, and all of `Pooled`."""
    yi, vi = _effects(rows.where(outcome=outcome, **filters), measure, vtype)
    if isinstance(yi, Box):
        parts: dict[str, Number] = {**_enclosed(yi, box(vi), method, test, i2_from)}
    else:
        pooled = _pooled(yi, vi, method, test, i2_from)
        parts = {name: getattr(pooled, name) for name in POOLED}
    return _reading(parts, measure)


@recipe("effect", "study-data")
def effect(rows: Rows, outcome: str, study: str, measure: str = "MD", vtype: str = "LS") -> Reading:
    """One study's effect with its normal 95% interval."""
    yi, vi = _effects(_one(rows, outcome, study), measure, vtype)
    half = square_root(vi) * checks.Z_95
    parts = {"estimate": yi, "ci_low": yi - half, "ci_high": yi + half, "vi": vi}
    return _reading({name: only(number) for name, number in parts.items()}, measure)


@recipe("weight", "study-data")
def weight(
    rows: Rows,
    outcome: str,
    study: str,
    measure: str = "MD",
    vtype: str = "LS",
    method: str = "EE",
    **filters: str | int,
) -> Number:
    """One study's weight in percent in the model of `method`."""
    chosen = rows.where(outcome=outcome, **filters)
    place = chosen.texts("study").index(_one(chosen, outcome, study).texts("study")[0])
    if method == "EE" and measure == "MD":
        # The weights of mean differences rest on n and SD alone: no mean is read.
        effects: tuple[Number, Number] = (np.zeros(len(chosen)), _variances(chosen))
    else:
        effects = _effects(chosen, measure, vtype)
    yi, vi = effects
    if isinstance(vi, Box):
        tau2 = _between_variance(*_ends(box(yi), vi), method)
        return enclosures.weight_shares(vi, tau2)[place]
    return float(_pooled(yi, vi, method).weights[place])


@recipe("subgroup_q", "study-data")
def subgroup_q(
    rows: Rows,
    outcome: str,
    moderator: str,
    measure: str = "MD",
    vtype: str = "LS",
    method: str = "REML",
    test: str = "z",
    tau2_from: str = "common",
    **filters: str | int,
) -> Reading:
    """Test of subgroups: `value` is Q between them, `df` and `p` its test.

    `tau2_from` says whether they have a common tau² or separate ones; `least_p` is the least p of
    two of them under a common one.
    """
    chosen = rows.where(outcome=outcome, **filters)
    groups = _groups(chosen, moderator, measure, vtype, method, test, tau2_from)
    parts = {"value": groups.q_between, "df": float(groups.df), "p": groups.p}
    if groups.contrasts:
        parts["least_p"] = min(contrast.p for contrast in groups.contrasts)
    return Reading(parts)


@recipe("subgroup", "study-data")
def subgroup(
    rows: Rows,
    outcome: str,
    moderator: str,
    level: str,
    measure: str = "MD",
    vtype: str = "LS",
    method: str = "REML",
    test: str = "z",
    tau2_from: str = "common",
    **filters: str | int,
) -> Reading:
    """One subgroup's effect with its interval and its `rank` from the top.

    `tau2_from` says whether the subgroups have a common tau² or separate ones.
    """
    chosen = rows.where(outcome=outcome, **filters)
    own = {moderator: level} if level in chosen.texts(moderator) else {}
    if own and tau2_from == "separate" and chosen.reader.boxes:
        # Each is a pool of its own, whose bounds are known; its rank is not.
        yi, vi = _effects(chosen.where(**own), measure, vtype)
        return _reading({**_enclosed(box(yi), box(vi), method, test)}, measure)
    groups = _groups(chosen, moderator, measure, vtype, method, test, tau2_from)
    effects = dict(zip(groups.levels, groups.pooled, strict=True))
    if level not in effects:
        raise ValueError(f"no level {level!r} among {', '.join(effects)}")
    found = effects[level]
    rank = sum(other.estimate >= found.estimate for other in effects.values())
    parts = {name: getattr(found, name) for name in LIMITS.values()}
    return _reading({**parts, "rank": float(rank)}, measure)


@recipe("egger_p", "study-data")
def egger_p(
    rows: Rows, outcome: str, measure: str = "MD", vtype: str = "LS", **filters: str | int
) -> float:
    """p-value of Egger's test in its original form."""
    chosen = rows.where(outcome=outcome, **filters)
    yi, vi = _plain_effects(chosen, measure, vtype, "Egger's test")
    return small_study.egger_regression(yi, vi).p


@recipe("asymmetry", "study-data")
def asymmetry(
    rows: Rows, outcome: str, measure: str = "MD", vtype: str = "LS", **filters: str | int
) -> Reading:
    """p-values of what else tests a funnel for asymmetry.

    `meta_regression` on the standard error, `sample_size`, and `ranks` by Begg's test.
    """
    chosen = rows.where(outcome=outcome, **filters)
    yi, vi = _plain_effects(chosen, measure, vtype, "tests of asymmetry")
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


def _reading(parts: dict[str, Number], measure: str) -> Reading:
    """A result with what it prints on the natural scale."""
    natural = partial(increasing, np.exp) if measure in RATIO_MEASURES else lambda number: number
    return Reading({**parts, **{name: natural(parts[part]) for name, part in LIMITS.items()}})


def _groups(
    rows: Rows, moderator: str, measure: str, vtype: str, method: str, test: str, tau2_from: str
) -> Subgroups:
    one_of("tau2_from", tau2_from, SUBGROUPS)
    yi, vi = _plain_effects(rows, measure, vtype, "subgroups")
    levels = tuple(rows.texts(moderator))
    return _subgroups(yi.tobytes(), vi.tobytes(), levels, method, test, tau2_from)


@lru_cache(maxsize=4096)
def _subgroups(
    yi: bytes, vi: bytes, levels: tuple[str, ...], method: str, test: str, tau2_from: str
) -> Subgroups:
    """The same subgroups are asked for by many rows, and by each level that a check names."""
    effects, variances = np.frombuffer(yi), np.frombuffer(vi)
    return SUBGROUPS[tau2_from](effects, variances, levels, method=method, test=test)


def _plain_effects(
    rows: Rows, measure: str, vtype: str, what: str
) -> tuple[FloatArray, FloatArray]:
    """Effects as plain numbers. Raises UnboundedError where boxes are wanted of them."""
    yi, vi = _effects(rows, measure, vtype)
    if isinstance(yi, Box) or isinstance(vi, Box):
        raise UnboundedError(f"no bound for {what}")
    return np.asarray(yi), np.asarray(vi)


def _pooled(yi: Number, vi: Number, method: str, test: str = "z", i2_from: str = "q") -> Pooled:
    return _pool(np.asarray(yi).tobytes(), np.asarray(vi).tobytes(), method, test, i2_from)


@lru_cache(maxsize=4096)
def _pool(yi: bytes, vi: bytes, method: str, test: str, i2_from: str) -> Pooled:
    """The pooled result of the same numbers is asked for by many rows: their weights, say."""
    effects, variances = np.frombuffer(yi), np.frombuffer(vi)
    return pooling.pool(effects, variances, method=method, test=test, i2_from=i2_from)


def _enclosed(yi: Box, vi: Box, method: str, test: str, i2_from: str = "q") -> Mapping[str, Number]:
    return _enclosure(*_ends(yi, vi), method, test, i2_from)


def _ends(yi: Box, vi: Box) -> tuple[bytes, bytes, bytes, bytes]:
    return yi.low.tobytes(), yi.high.tobytes(), vi.low.tobytes(), vi.high.tobytes()


def _boxes(yi_low: bytes, yi_high: bytes, vi_low: bytes, vi_high: bytes) -> tuple[Box, Box]:
    yi, vi = (
        Box(np.frombuffer(low), np.frombuffer(high))
        for low, high in ((yi_low, yi_high), (vi_low, vi_high))
    )
    return yi, vi


@lru_cache(maxsize=4096)
def _between_variance(
    yi_low: bytes, yi_high: bytes, vi_low: bytes, vi_high: bytes, method: str
) -> Box:
    """The bounds on tau² of the same boxes are asked for by the weight of each study."""
    return enclosures.between_variance(*_boxes(yi_low, yi_high, vi_low, vi_high), method)


@lru_cache(maxsize=4096)
def _enclosure(
    yi_low: bytes, yi_high: bytes, vi_low: bytes, vi_high: bytes, *settings: str
) -> Mapping[str, Number]:
    """The bounds of the same boxes under the same settings are asked for by many rows, too."""
    yi, vi = _boxes(yi_low, yi_high, vi_low, vi_high)
    method, test, i2_from = settings
    return {**enclosures.pooled(yi, vi, method=method, test=test, i2_from=i2_from)}


def _effects(rows: Rows, measure: str, vtype: str) -> tuple[Number, Number]:
    """Effects and variances on the scale of analysis, from effects, counts or means of arms."""
    one_of("measure", measure, (*KERNELS, *COUNTED, "HR", "GEN"))
    if len(rows) == 0:
        raise ValueError("no row is left to pool")
    if _as_effects(rows):
        effect, low, high = (rows.numbers(name) for name in EFFECT)
        log = measure in RATIO_MEASURES
        vi = checks.standard_error(low, high, log=log) ** 2
        return logarithm(effect) if log else effect, vi
    if measure in COUNTED:
        counted = COUNTED[measure](*(_exact(rows, name) for name in EVENTS))
        return _as_read(rows, counted.yi), _as_read(rows, counted.vi)
    if measure not in KERNELS:
        raise ValueError(f"{measure} takes effects with their intervals: {', '.join(EFFECT)}")
    kernel = partial(KERNELS["SMD"], vtype=vtype) if measure == "SMD" else KERNELS[measure]
    means = {name: rows.numbers(name) for name in ("mean_treated", "mean_control")}
    sds = {name: rows.numbers(name) for name in ("sd_treated", "sd_control")}
    return kernel(
        _exact(rows, "n_treated"),
        means["mean_treated"],
        sds["sd_treated"],
        _exact(rows, "n_control"),
        means["mean_control"],
        sds["sd_control"],
    )


def _as_read(rows: Rows, numbers: FloatArray) -> Number:
    """Numbers that rest on counts, as boxes where those are wanted."""
    return box(numbers) if rows.reader.boxes else numbers


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
