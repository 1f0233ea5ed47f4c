"""What printed numbers imply of each other, without the data of single studies."""

from typing import Any, cast

from analysis.inputs import PrintedRow
from analysis.recipe_functions.registry import Reading, interval_of, number_of, recipe, whole_of
from analysis.statistics import checks
from analysis.statistics.boxes import Number


@recipe("same")
def same(row: PrintedRow) -> Reading:
    """The same number as printed elsewhere."""
    return Reading(row.parts)


@recipe("printed")
def printed(row: PrintedRow) -> Number:
    """A number printed elsewhere, to which an inequality or a part that is the whole is held."""
    return row.value


@recipe("rounding")
def rounding(row: PrintedRow) -> Reading:
    """The least and the largest number that print as the value of a row: `lower` and `upper`.

    Raises ValueError for an inequality, and for a row without a value.
    """
    if "value" not in row.printed:
        raise ValueError(f"{row.id} prints no value that was rounded")
    low, high = row.printed["value"].ends
    return Reading({"lower": low, "upper": high})


@recipe("difference")
def difference(first: Any, second: Any) -> Number:
    """The first number less the second one."""
    return cast(Number, number_of(first) - number_of(second))


@recipe("total")
def total(*numbers: Any) -> Number:
    """The sum of two or more numbers, or of those of `rows`."""
    flat = [each for given in numbers for each in (given if isinstance(given, list) else [given])]
    if len(flat) < 2:
        raise ValueError("takes two numbers or more")
    return cast(Number, sum((number_of(each) for each in flat[1:]), number_of(flat[0])))


@recipe("share")
def share(part: Any, whole: Any) -> Number:
    """The first number in percent of the second one."""
    return cast(Number, checks.share(number_of(part), number_of(whole)))


@recipe("centre", "form")
def centre(row: PrintedRow, log: bool = False) -> Number:
    """The middle of a printed interval, on the natural or the logarithmic scale."""
    return cast(Number, checks.centre(row.parts["lower"], row.parts["upper"], log))


@recipe("grim", "form")
def grim(row: PrintedRow, n: Any) -> float:
    """What n whole numbers can give that is nearest to a printed percentage or mean of theirs."""
    whole = 100.0 if row.cells["kind"] == "percent" else 1.0
    return whole * checks.nearest_ratio(row.printed["value"].number / whole, whole_of(n))


@recipe("z")
def z(row: PrintedRow, log: bool = False) -> Number:
    """The z statistic that a printed estimate with its 95% interval implies."""
    return cast(Number, checks.z_of_interval(*interval_of(row), log=log))


@recipe("p")
def p(row: PrintedRow, log: bool = False) -> Number:
    """The two-sided p-value that a printed estimate with its 95% interval implies."""
    return cast(Number, checks.p_of_interval(*interval_of(row), log=log))


@recipe("i2")
def i2(q: Any, df: Any) -> Number:
    """I² in percent from Q and its degrees of freedom."""
    return cast(Number, checks.i2_of_q(number_of(q), number_of(df)))


@recipe("h2")
def h2(q: Any, df: Any) -> Number:
    """H² from Q and its degrees of freedom."""
    return cast(Number, checks.h2_of_q(number_of(q), number_of(df)))


@recipe("rest")
def rest(whole: PrintedRow, part: PrintedRow) -> Reading:
    """What the other studies of a common-effect result must give, from the total and a part."""
    value, lower, upper = checks.rest_of(interval_of(whole), interval_of(part))
    return Reading({"value": value, "lower": lower, "upper": upper})


@recipe("combined")
def combined(*parts: PrintedRow) -> Reading:
    """Common-effect total of disjoint subgroups as printed."""
    value, lower, upper = checks.combined([interval_of(part) for part in parts])
    return Reading({"value": value, "lower": lower, "upper": upper})


@recipe("least_n")
def least_n(row: PrintedRow) -> float:
    """The least number of animals on which any interval of an SMD that prints so can rest."""
    return float(checks.least_n(row.printed["lower"].box, row.printed["upper"].box).low)


@recipe("q_of_i2")
def q_of_i2(i2: Any, df: Any) -> Number:
    """Q that I² in percent, above 0, implies with its degrees of freedom."""
    return cast(Number, checks.q_of_i2(number_of(i2), number_of(df)))


@recipe("q_of_p")
def q_of_p(p: Any, df: Any) -> Number:
    """Q that its p-value implies with its degrees of freedom."""
    return cast(Number, checks.q_of_p(number_of(p), whole_of(df)))


@recipe("p_of_q")
def p_of_q(q: Any, df: Any) -> Number:
    """p-value of Q with its degrees of freedom."""
    return cast(Number, checks.p_of_q(number_of(q), whole_of(df)))


@recipe("p_of_t")
def p_of_t(t: Any, df: Any) -> Number:
    """Two-sided p-value of a t statistic with its degrees of freedom."""
    return cast(Number, checks.p_of_t(number_of(t), whole_of(df)))


@recipe("n_of_smd")
def n_of_smd(row: PrintedRow) -> Number:
    """Animals in all, in two equal arms, on which one study's SMD with its interval rests."""
    return cast(Number, checks.n_of_smd(*interval_of(row)))


@recipe("least_contrast")
def least_contrast(row: PrintedRow, p: PrintedRow) -> Number:
    """Least difference of two disjoint subgroups of a result that can have its printed p-value.

    Over all numbers that print as the limits and as p; for a result with the tau² of the contrast.
    """
    low, high = row.printed["lower"].ends[1], row.printed["upper"].ends[0]
    return cast(Number, checks.least_contrast(low, high, rounding(p).parts["upper"]))


@recipe("product")
def product(first: Any, second: Any) -> Number:
    """The first number times the second one."""
    return cast(Number, number_of(first) * number_of(second))


@recipe("ratio")
def ratio(first: Any, second: Any) -> Number:
    """The first number divided by the second one."""
    return cast(Number, number_of(first) / number_of(second))


@recipe("part_q")
def part_q(whole: PrintedRow, part: PrintedRow) -> Number:
    """Q on 1 df between a part of the studies and the rest of a common-effect result."""
    return cast(Number, checks.q_of_part(interval_of(whole), interval_of(part)))


@recipe("least_q")
def least_q(whole: PrintedRow, part: PrintedRow, i2: PrintedRow, df: Any) -> float:
    """The least Q of a common-effect result, within rounding, from a part and I² of the part.

    `df` are the degrees of freedom of the part.
    """
    total, held = (
        (row.printed["value"].box, row.printed["lower"].box, row.printed["upper"].box)
        for row in (whole, part)
    )
    within = checks.q_of_i2(i2.printed["value"].box, whole_of(df))
    return checks.least_q(total, held, float(within.low))


@recipe("part_weight")
def part_weight(whole: PrintedRow, part: PrintedRow) -> Number:
    """Weight in percent that a part has in a common-effect result."""
    return cast(Number, checks.weight_of_part(interval_of(whole), interval_of(part)))


@recipe("most_disagreement")
def most_disagreement(kappa: Any, categories: int) -> Number:
    """Largest disagreement, in percent, that Cohen's kappa admits with this many categories."""
    return cast(Number, checks.most_disagreement(number_of(kappa), categories))
