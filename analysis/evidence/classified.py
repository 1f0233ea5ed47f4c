"""A paper's own ranking rule, applied to its groups of evidence as printed and with added rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from analysis import tables
from analysis.dictionary import tables as dictionary
from analysis.evidence.bodies import BodyOfEvidence, Estimate, bodies_of_evidence
from analysis.folders import DATA
from analysis.inputs import FIELDS
from analysis.once import once
from analysis.pools import PrintedResult, printed_results
from analysis.printed import Printed, reach
from analysis.statistics import checks, classification
from analysis.statistics.boxes import box
from analysis.statistics.classification import Answer, Bounds, Evidence, Extent, Rule
from analysis.statistics.effect_sizes import RATIO_MEASURES

STANDARDIZED = "SMD"
"""The measure that a limit for the size of an effect is about; others leave the size unknown."""

CELLS = ("effect", "ci_low", "ci_high")
"""Where an added row has its estimate and interval."""

UNKNOWN_EFFECT = (0.0, inf)
UNKNOWN_P = (0.0, 1.0)


@dataclass(frozen=True)
class Classification:
    """What the rule says of a group of evidence: as its table prints it, and with added rows.

    `counted` is the number of reviews that the table gives, `recounted` that of another table,
    `added` that of added ones. `before`, `recount`, `after` are whether the highest rank is
    reached with each of them; `extent_before`, `extent_after` which outcomes are heterogeneous;
    `meeting` the added outcomes that meet every limit; `doubtful` the added reviews whose printed
    numbers a finding of their own chapter contradicts; `second` whether the second rank is reached,
    as printed.
    """

    id: str
    chapter: str
    label: str
    printed: str
    counted: int
    recounted: int
    i2: str
    added: int
    before: Answer
    recount: Answer
    after: Answer
    extent_before: Extent
    extent_after: Extent
    meeting: tuple[str, ...]
    doubtful: tuple[str, ...]
    second: Answer

    @property
    def says_before(self) -> str:
        """The ranking in one phrase, as printed."""
        return _phrase(self.before, self.extent_before)

    @property
    def says_after(self) -> str:
        """The ranking in one phrase, with what was added."""
        return _phrase(self.after, self.extent_after)


@dataclass(frozen=True)
class RuleResult:
    """What a ranking rule says of a body of evidence that it was not made for.

    All is judged on one scale: as printed or, where another measure than the rule's is printed and
    the studies are known, by the standardized mean difference that the modern settings give.
    `effect`, `p` and `i2` are whether each limit is met, `meets` whether all three are, which a
    rule may want of several independent reviews.
    """

    body: BodyOfEvidence
    effect: Answer
    p: Answer
    i2: Answer
    meets: Answer


def applied_evenly(chapter: str, data: Path = DATA) -> list[RuleResult]:
    """The rule of a chapter, applied to every body of evidence of the book."""
    rule = rule_of(chapter, data)
    return [_applied(body, rule) for body in bodies_of_evidence(data)]


def _applied(body: BodyOfEvidence, rule: Rule) -> RuleResult:
    printed, smd = body.printed, body.smd
    if printed.measure != STANDARDIZED and smd is not None:
        known = _of_studies(smd)
    else:
        known = _as_printed(printed)
    met = {"effect": (inf, inf), "p": (0.0, 0.0), "i2": (0.0, 0.0)}

    def answer(names: Iterable[str]) -> Answer:
        parts = {**met, **{name: known[name] for name in names}}
        return classification.meets(Evidence(body.id, printed.pool, **parts), rule)

    return RuleResult(body, answer(["effect"]), answer(["p"]), answer(["i2"]), answer(known))


def _of_studies(smd: Estimate) -> dict[str, Bounds]:
    """Effect, p and I² on the scale that the rule is about, from the studies of an outcome."""
    p = float(checks.p_of_t(smd.estimate / smd.se, smd.k - 1))
    return {"effect": _size(smd.estimate, smd.estimate), "p": (p, p), "i2": smd.i2}


def _as_printed(result: PrintedResult) -> dict[str, Bounds]:
    """Effect, p and I² with all that prints so; the size of other measures is not known."""
    known = {"effect": UNKNOWN_EFFECT, "p": UNKNOWN_P, "i2": classification.UNKNOWN_I2}
    if all(result.i2_range):
        known["i2"] = reach(*result.i2_range)
    elif result.i2:
        known["i2"] = reach(result.i2, result.i2)
    if result.sound:  # else neither estimate nor interval can be relied on
        estimate, lower, upper = result.boxes
        implied = box(checks.p_of_interval(estimate, lower, upper, log=result.log))
        known["p"] = (float(implied.low), float(implied.high))
        if result.measure == STANDARDIZED:
            known["effect"] = _size(float(estimate.low), float(estimate.high))
    return known


def _size(low: float, high: float) -> tuple[float, float]:
    """The least and largest size of an effect, without its sign."""
    return (0.0 if low < 0 < high else min(abs(low), abs(high)), max(abs(low), abs(high)))


@once
def classifications(data: Path = DATA) -> Mapping[str, Classification]:
    """Every group of every chapter that has a rule, by id."""
    found: dict[str, Classification] = {}
    for chapter in tables.chapters(data):
        if "classification" in tables.review(chapter, data):
            found |= {each.id: each for each in _of(chapter, data)}
    return found


def rule_of(chapter: str, data: Path = DATA) -> Rule:
    """The rule of a chapter, its limits as the paper prints them."""
    settings = tables.review(chapter, data)["classification"]
    reported = _by("id", chapter, "reported", data)
    limits = [
        Printed(reported[settings[name]][FIELDS[0]]).number
        for name in ("effect_above", "p_below", "i2_below", "reviews")
    ]
    return Rule(*limits)


def _second_rank(chapter: str, data: Path) -> tuple[tuple[float, float], float]:
    """The range of effects of the second rank, and the I² above which it holds as well."""
    settings = tables.review(chapter, data)["classification"]
    reported = _by("id", chapter, "reported", data)
    effect, i2 = (reported[settings[name]] for name in ("second_effect", "second_i2_above"))
    low, high = (Printed(effect[name]).number for name in FIELDS[1:])
    return (low, high), Printed(i2[FIELDS[0]]).number


def _by(column: str, chapter: str, table: str, data: Path) -> Mapping[str, Mapping[str, str]]:
    """The rows of a table by what stands in one of its columns."""
    return {row[column]: row for _, row in tables.records(chapter, table, data)}


def evidence_of(row: Mapping[str, str]) -> Evidence:
    """What an added row of studies.csv says, each number with all that prints so."""
    measure = row["measure_printed"]
    cells = [row[name] for name in CELLS]
    effect = p = None
    if all(cells):
        numbers = [Printed(cell).box for cell in cells]
        if measure == STANDARDIZED:
            effect = _size(float(numbers[0].low), float(numbers[0].high))
        estimate, lower, upper = numbers
        implied = box(checks.p_of_interval(estimate, lower, upper, log=measure in RATIO_MEASURES))
        p = (float(implied.low), float(implied.high))
    i2 = Printed(row["i2"]).box if row["i2"] else None
    known = Evidence(row["study"], row["outcome"])
    return Evidence(
        review=known.review,
        outcome=known.outcome,
        effect=effect or known.effect,
        p=p or known.p,
        i2=(float(i2.low), float(i2.high)) if i2 is not None else known.i2,
    )


def _of(chapter: str, data: Path) -> list[Classification]:
    settings = tables.review(chapter, data)["classification"]
    rule, group = rule_of(chapter, data), settings["group"]
    printed = _by(group, chapter, settings["table"], data)
    added: dict[str, list[Mapping[str, str]]] = {}
    for _, row in tables.records(chapter, "studies", data):
        if row["in_review"] == "no":
            added.setdefault(row[group], []).append(row)
    columns = dictionary(chapter, data)[settings["table"]].columns
    members = [
        code
        for _, row in tables.records(chapter, settings["recount_table"], data)
        for code in row[settings["recount_column"]].split(";")
    ]
    outcomes = tables.review(chapter, data)["outcomes"]
    contradicted = _contradicted(data)
    found = []
    for code in [*printed, *sorted(added.keys() - printed.keys())]:
        cells = printed.get(code, {})
        more = [evidence_of(each) for each in added.get(code, ())]
        low, high = cells.get("i2_lower", ""), cells.get("i2_upper", "")
        i2 = reach(low, high) if low else classification.UNKNOWN_I2
        counted = int(cells.get("reviews", 0))
        before = classification.unnamed(counted, i2)
        ends = [Evidence("", i2=reach(end, end)) for end in (low, high)] if low else before
        found.append(
            Classification(
                id=f"{chapter}.classification.{code}",
                chapter=chapter,
                label=columns[group].levels[code],
                printed=columns["label"].levels[cells["label"]] if cells else "",
                counted=counted,
                recounted=members.count(code),
                i2=low if low == high else f"{low} to {high}",
                added=len({each.review for each in more}),
                before=classification.highest(before, rule),
                recount=classification.highest(
                    classification.unnamed(max(counted, members.count(code)), i2), rule
                ),
                after=classification.highest([*before, *more], rule),
                extent_before=classification.heterogeneous(ends, rule.i2_below),
                extent_after=classification.heterogeneous([*ends, *more], rule.i2_below),
                meeting=tuple(
                    f"{each.review}: {outcomes[each.outcome]['label']}"
                    for each in more
                    if classification.meets(each, rule) is Answer.YES
                ),
                doubtful=tuple(
                    row["study"]
                    for row in added.get(code, ())
                    if (row["reference"], *(row[name] for name in CELLS)) in contradicted
                ),
                second=classification.within(ends, *_second_rank(chapter, data)),
            )
        )
    return found


def _contradicted(data: Path) -> set[tuple[str, ...]]:
    """Source, estimate and interval of printed results of the book that can't all be true."""
    return {
        (str(tables.review(name, data)["source"]), each.estimate, each.lower, each.upper)
        for name in tables.chapters(data)
        for each in printed_results(name, data).values()
        if not each.usable
    }


def _phrase(highest: Answer, extent: Extent) -> str:
    if highest is Answer.YES:
        return "High"
    if highest is Answer.NOT_DECIDABLE:
        return "not decidable"
    if extent is Extent.NOT_DECIDABLE:
        return "not High; heterogeneity not decidable"
    return f"not High; heterogeneous in {extent.value}"
