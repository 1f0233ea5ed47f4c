"""The functions that a recipe may call.

Each takes tables, printed rows and numbers. Numbers are floats when a recipe is computed from what
is printed, and boxes when it is bounded over all that prints so; a function that can't be bounded
raises `UnboundedError`. A function's `basis` says what a verdict that rests on it rests on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from analysis.inputs import PrintedRow, Rows
from analysis.statistics import checks, enclosures, pooling
from analysis.statistics.boxes import Box, Number, UnboundedError, box, square_root
from analysis.statistics.effect_sizes import KERNELS
from analysis.statistics.pooling import Pooled

POOLED = (
    *("estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2"),
    *("i2", "h2", "q", "q_df", "q_p", "pi_low", "pi_high"),
)
"""What a recipe can take of a pooled result, by the names of `Pooled`."""

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Reading:
    """The result of a recipe: `value`, `lower`, `upper` and whatever else it has, by name."""

    parts: Mapping[str, Number]


FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Every function that a recipe may call, by name; the ledger adds `row` and `rows`."""

BASIS: dict[str, str] = {}
"""What a verdict rests on, by function: study-data, count, or summary."""


def recipe(name: str, basis: str = "summary") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let recipes call a function by `name`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name], BASIS[name] = function, basis
        return function

    return register


@recipe("count", "count")
def count(rows: Rows, distinct: str = "", **filters: str | int) -> float:
    """How many rows have the given values; with `distinct`, how many values of that column.

    An empty cell is no value.
    """
    chosen = rows.where(**filters)
    return float(len(chosen.values(distinct)) if distinct else len(chosen))


@recipe("sum", "count")
def total_of(rows: Rows, column: str, **filters: str | int) -> Number:
    """Sum of a column over the rows with the given values."""
    numbers = rows.where(**filters).numbers(column)
    return numbers.sum() if isinstance(numbers, Box) else float(np.sum(numbers))


@recipe("extremes", "count")
def extremes(rows: Rows, *columns: str, **filters: str | int) -> Reading:
    """Smallest and largest number in some columns, as `lower` and `upper`."""
    numbers = [box(rows.where(**filters).numbers(column)) for column in columns]
    low = Box(
        np.min([each.low.min() for each in numbers]), np.min([each.high.min() for each in numbers])
    )
    high = Box(
        np.max([each.low.max() for each in numbers]), np.max([each.high.max() for each in numbers])
    )
    return Reading({"lower": _as_read(low), "upper": _as_read(high)})


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
    half = square_root(vi) * Z_95
    parts = {"value": yi, "lower": yi - half, "upper": yi + half, "vi": vi}
    return Reading({name: _scalar(number) for name, number in parts.items()})


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
    from analysis.statistics.moderators import common_subgroups

    chosen = rows.where(outcome=outcome)
    yi, vi = _effects(chosen, "MD")
    if isinstance(yi, Box):
        raise UnboundedError("no bound for subgroups")
    groups = common_subgroups(yi, vi, chosen.texts(moderator), method=method)  # type: ignore[arg-type]
    parts = {"value": groups.q_between, "df": float(groups.df), "p": groups.p}
    return Reading({**parts, "least_p": min(contrast.p for contrast in groups.contrasts)})


@recipe("subgroup", "study-data")
def subgroup(rows: Rows, outcome: str, moderator: str, level: str, method: str = "REML") -> Reading:
    """One subgroup's effect under a common tau², with its interval and its `rank` from the top."""
    from analysis.statistics.moderators import common_subgroups

    chosen = rows.where(outcome=outcome)
    yi, vi = _effects(chosen, "MD")
    if isinstance(yi, Box):
        raise UnboundedError("no bound for subgroups")
    groups = common_subgroups(yi, vi, chosen.texts(moderator), method=method)  # type: ignore[arg-type]
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
    from analysis.statistics.small_study import egger_regression

    yi, vi = _effects(rows.where(outcome=outcome), measure)
    if isinstance(yi, Box):
        raise UnboundedError("no bound for Egger's test")
    return egger_regression(yi, vi).p  # type: ignore[arg-type]


@recipe("same")
def same(row: PrintedRow) -> Reading:
    """The same number as printed elsewhere."""
    return Reading(row.parts)


@recipe("difference")
def difference(first: Any, second: Any) -> Number:
    """The first number less the second one."""
    return cast(Number, _number(first) - _number(second))


@recipe("total")
def total(*numbers: Any) -> Number:
    """The sum of two or more numbers, or of those of `rows`."""
    flat = [each for given in numbers for each in (given if isinstance(given, list) else [given])]
    if len(flat) < 2:
        raise ValueError("takes two numbers or more")
    return cast(Number, sum((_number(each) for each in flat[1:]), _number(flat[0])))


@recipe("share")
def share(part: Any, whole: Any) -> Number:
    """The first number in percent of the second one."""
    return cast(Number, checks.share(_number(part), _number(whole)))


@recipe("centre")
def centre(row: PrintedRow, log: bool = False) -> Number:
    """The middle of a printed interval, on the natural or the logarithmic scale."""
    return cast(Number, checks.centre(row.parts["lower"], row.parts["upper"], log))


@recipe("z")
def z(row: PrintedRow, log: bool = False) -> Number:
    """The z statistic that a printed estimate with its 95% interval implies."""
    return cast(Number, checks.z_of_interval(*_interval(row), log=log))


@recipe("p")
def p(row: PrintedRow, log: bool = False) -> Number:
    """The two-sided p-value that a printed estimate with its 95% interval implies."""
    return cast(Number, checks.p_of_interval(*_interval(row), log=log))


@recipe("i2")
def i2(q: Any, df: Any) -> Number:
    """I² in percent from Q and its degrees of freedom."""
    return cast(Number, checks.i2_of_q(_number(q), _number(df)))


@recipe("h2")
def h2(q: Any, df: Any) -> Number:
    """H² from Q and its degrees of freedom."""
    return cast(Number, checks.h2_of_q(_number(q), _number(df)))


@recipe("rest")
def rest(whole: PrintedRow, part: PrintedRow) -> Reading:
    """What the other studies of a common-effect result must give, from the total and a part."""
    value, lower, upper = checks.rest_of(_interval(whole), _interval(part))
    return Reading({"value": value, "lower": lower, "upper": upper})


@recipe("combined")
def combined(*parts: PrintedRow) -> Reading:
    """Common-effect total of disjoint subgroups as printed."""
    value, lower, upper = checks.combined([_interval(part) for part in parts])
    return Reading({"value": value, "lower": lower, "upper": upper})


@recipe("least_n")
def least_n(row: PrintedRow) -> Number:
    """The least number of animals that the printed interval of an SMD can rest on."""
    return cast(Number, checks.least_n(row.parts["lower"], row.parts["upper"]))


@recipe("greater")
def greater(first: Any, second: Any) -> bool:
    """Whether the first number is above the second one, whatever was rounded away."""
    return checks.certainly(_number(second), _number(first))


@recipe("differs")
def differs(first: Any, second: Any) -> bool:
    """Whether two numbers differ, whatever was rounded away."""
    one, other = _number(first), _number(second)
    return checks.certainly(one, other) or checks.certainly(other, one)


@recipe("agrees")
def agrees(first: Any, second: Any) -> bool:
    """Whether one number can print as both, as far as can be said."""
    one, other = box(_number(first)), box(_number(second))
    return bool(one.low <= other.high and other.low <= one.high)


@recipe("excludes")
def excludes(row: PrintedRow | Reading, number: float = 0.0) -> bool:
    """Whether an interval certainly doesn't contain a number."""
    above = checks.certainly(number, row.parts["lower"])
    return above or checks.certainly(row.parts["upper"], number)


@recipe("both")
def both(*conditions: bool) -> bool:
    """Whether all conditions hold."""
    if not conditions or not all(isinstance(condition, bool) for condition in conditions):
        raise ValueError("takes conditions, such as greater")
    return all(conditions)


def _pooled(yi: Number, vi: Number, method: str, test: str = "z", i2_from: str = "q") -> Pooled:
    return _pool(np.asarray(yi).tobytes(), np.asarray(vi).tobytes(), method, test, i2_from)


@lru_cache(maxsize=256)
def _pool(yi: bytes, vi: bytes, method: str, test: str, i2_from: str) -> Pooled:
    """The pooled result of the same numbers is asked for by many rows: their weights, say."""
    effects, variances = np.frombuffer(yi), np.frombuffer(vi)
    return pooling.pool(effects, variances, method=method, test=test, i2_from=i2_from)


def _effects(rows: Rows, measure: str) -> tuple[Number, Number]:
    if measure not in KERNELS:
        raise ValueError(f"measure must be one of {', '.join(KERNELS)}, got {measure!r}")
    if len(rows) == 0:
        raise ValueError("no row is left to pool")
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


def _interval(row: PrintedRow | Reading) -> tuple[Number, Number, Number]:
    return row.parts["value"], row.parts["lower"], row.parts["upper"]


def _number(given: Any) -> Any:
    number = given.parts["value"] if isinstance(given, Reading) else given
    if isinstance(given, PrintedRow):
        number = given.value
    if isinstance(number, str | bool):
        raise TypeError(f"takes numbers, got {number!r}")
    return number


def _scalar(number: Number) -> Number:
    return number[0] if isinstance(number, Box | np.ndarray) else number


def _as_read(number: Box) -> Number:
    """A box that is a single number as that number."""
    return float(number.low) if number.low == number.high else number
