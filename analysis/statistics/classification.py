"""Rules that rank evidence by size, significance and heterogeneity in several reviews.

What a review prints is often too little to apply such a rule, so every answer may be that it can't
be decided. Each quantity is known between bounds, which are as wide as possible where nothing is
printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

Bounds = tuple[float, float]
UNKNOWN_I2 = (0.0, 100.0)


class Answer(StrEnum):
    """What can be said of a condition."""

    YES = "yes"
    NO = "no"
    NOT_DECIDABLE = "not decidable"


class Extent(StrEnum):
    """Which outcomes of a group are heterogeneous."""

    ALL = "all outcomes"
    SOME = "some outcomes"
    AT_LEAST_SOME = "at least some outcomes"
    NONE = "no outcome"
    NOT_DECIDABLE = "not decidable"


@dataclass(frozen=True)
class Evidence:
    """What one review prints of an outcome.

    `outcome` is empty where it isn't named: it may then be any. `effect` is the size of the
    standardized effect without its sign; `i2` is in percent.
    """

    review: str
    outcome: str = ""
    effect: Bounds = (0.0, inf)
    p: Bounds = (0.0, 1.0)
    i2: Bounds = UNKNOWN_I2


@dataclass(frozen=True)
class Rule:
    """The highest rank needs effect, p and I² beyond these limits in several reviews."""

    effect_above: float
    p_below: float
    i2_below: float
    reviews: float


def meets(evidence: Evidence, rule: Rule) -> Answer:
    """Whether an outcome of one review meets every limit of the rule."""
    if (
        evidence.effect[1] <= rule.effect_above
        or evidence.p[0] >= rule.p_below
        or evidence.i2[0] >= rule.i2_below
    ):
        return Answer.NO
    if (
        evidence.effect[0] > rule.effect_above
        and evidence.p[1] < rule.p_below
        and evidence.i2[1] < rule.i2_below
    ):
        return Answer.YES
    return Answer.NOT_DECIDABLE


def highest(evidence: Sequence[Evidence], rule: Rule) -> Answer:
    """Whether one outcome meets the rule in enough reviews.

    Evidence whose outcome isn't named counts for every outcome as far as it may meet the rule, and
    is proof of none.
    """
    answers = [(each, meets(each, rule)) for each in evidence]
    open_ = Answer.NO
    for outcome in {each.outcome for each in evidence}:
        sure = {e.review for e, met in answers if e.outcome == outcome and met is Answer.YES}
        may = {
            e.review for e, met in answers if e.outcome in (outcome, "") and met is not Answer.NO
        }
        if outcome and len(sure) >= rule.reviews:
            return Answer.YES
        if len(may) >= rule.reviews:
            open_ = Answer.NOT_DECIDABLE
    return open_


def heterogeneous(evidence: Iterable[Evidence], i2_from: float) -> Extent:
    """Which outcomes have an I² of at least `i2_from`."""
    above, below, unknown = False, False, False
    for each in evidence:
        if each.i2[0] >= i2_from:
            above = True
        elif each.i2[1] < i2_from:
            below = True
        else:
            unknown = True
    if above and below:
        return Extent.SOME
    if above:
        return Extent.AT_LEAST_SOME if unknown else Extent.ALL
    return Extent.NOT_DECIDABLE if unknown or not below else Extent.NONE


def within(evidence: Iterable[Evidence], effect: Bounds, i2_above: float) -> Answer:
    """Whether any outcome has an effect inside `effect`, or an I² above a limit."""
    answer = Answer.NO
    for each in evidence:
        inside = effect[0] <= each.effect[0] and each.effect[1] <= effect[1]
        if inside or each.i2[0] > i2_above:
            return Answer.YES
        outside = each.effect[1] < effect[0] or each.effect[0] > effect[1]
        if not outside or each.i2[1] > i2_above:
            answer = Answer.NOT_DECIDABLE
    return answer


def unnamed(reviews: int, i2: Bounds = UNKNOWN_I2) -> list[Evidence]:
    """Evidence of some reviews of which the range of I² is known, or nothing, and no outcome."""
    return [Evidence(f"review {n + 1}", i2=i2) for n in range(reviews)]
