"""Certainty of each body of evidence: one proposal for all, in the GRADE domains.

Numbers decide where they can, by the same rule for every body of evidence. Where a person has to
judge, the judgement and its reason stand in the chapter's `certainty.csv`. What nobody can know
from what is printed stays open, and the class is then an upper bound.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, nan
from pathlib import Path

from analysis import formats
from analysis.dictionary import tables as dictionary
from analysis.evidence.bodies import STUDY_DATA, BodyOfEvidence, as_printed, bodies_of_evidence
from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.once import once
from analysis.statistics import checks, prediction

OPTIMAL_INFORMATION_SIZE = 400
"""Animals in all below which a continuous result is imprecise (Guyatt et al. 2011)."""

SUBSTANTIAL_I2 = 50.0
"""I² in percent from which heterogeneity may be substantial (Cochrane Handbook, 10.10.2)."""

ASYMMETRY_P = 0.1
"""p-value below which a funnel plot is taken to be asymmetric (Egger et al. 1997)."""

ASYMMETRY_STUDIES = 10
"""Studies below which tests of asymmetry have too little power (Sterne et al. 2011)."""


class Level(StrEnum):
    """The classes of certainty, best first."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very low"


class Basis(StrEnum):
    """What a proposal rests on."""

    COMPUTED = "computed"
    JUDGED = "judged"
    OPEN = "open"


@dataclass(frozen=True)
class Proposal:
    """By how many levels one domain lowers the certainty, and why; 0 where it is open.

    `change` says what would have to be different for no downgrade; `rows` are the ids of the
    reported numbers behind it.
    """

    domain: str
    downgrade: int
    basis: Basis
    reason: str
    change: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Certainty:
    """The proposal for one body of evidence: a level from high, less every downgrade."""

    body: BodyOfEvidence
    proposals: tuple[Proposal, ...]

    @property
    def downgrades(self) -> int:
        """The sum of all downgrades."""
        return sum(each.downgrade for each in self.proposals)

    @property
    def level(self) -> Level:
        """The class."""
        levels = list(Level)
        return levels[min(self.downgrades, len(levels) - 1)]

    @property
    def open(self) -> tuple[str, ...]:
        """The domains that what is printed leaves open."""
        return tuple(each.domain for each in self.proposals if each.basis is Basis.OPEN)

    @property
    def is_bound(self) -> bool:
        """Whether the class is an upper bound: a domain is open that could lower it."""
        return bool(self.open) and self.level is not Level.VERY_LOW

    @property
    def circles(self) -> str:
        """The class as GRADE writes it: filled circles and its name."""
        filled = len(Level) - list(Level).index(self.level)
        return f"{'⊕' * filled}{'◯' * (len(Level) - filled)} {self}"

    def __str__(self) -> str:
        """The class as a sentence says it."""
        return f"{self.level} at most" if self.is_bound else str(self.level)


def domains(data: Path = DATA) -> Mapping[str, str]:
    """The GRADE domains, and what they are called."""
    return dictionary(None, data)["certainty"].columns["domain"].levels


@once
def certainties(data: Path = DATA) -> tuple[Certainty, ...]:
    """The proposal for every body of evidence, in their order."""
    return tuple(
        certainty_of(body, ledger(data).rows(body.chapter, "certainty"), domains(data))
        for body in bodies_of_evidence(data)
    )


def certainty_of(
    body: BodyOfEvidence, judgements: Sequence[Mapping[str, str]], asked: Iterable[str]
) -> Certainty:
    """The proposal for one body of evidence, from its numbers and the rows of certainty.csv."""
    return Certainty(
        body,
        tuple(_judged(domain, body, judgements) or _computed(domain, body) for domain in asked),
    )


def _judged(
    domain: str, body: BodyOfEvidence, rows: Sequence[Mapping[str, str]]
) -> Proposal | None:
    """A person's judgement, the one on this very pool before that on the whole chapter."""
    found = {row["pool"]: row for row in rows if row["domain"] == domain}
    row = found.get(body.printed.pool) or found.get("")
    if row is None:
        return None
    named = tuple(part for part in row["rows"].split(";") if part)
    return Proposal(domain, int(row["downgrade"]), Basis.JUDGED, row["reason"], rows=named)


def _computed(domain: str, body: BodyOfEvidence) -> Proposal:
    rule = {
        "inconsistency": _inconsistency,
        "imprecision": _imprecision,
        "publication-bias": _publication_bias,
    }.get(domain)
    if rule is None:
        return Proposal(domain, 0, Basis.OPEN, "Nobody has judged it.")
    return rule(domain, body)


def _inconsistency(domain: str, body: BodyOfEvidence) -> Proposal:
    """By the prediction interval or, where there is none, by I²."""
    best, null, rows = body.best, _no_effect(body), (body.rests_on,)
    if body.sound and not body.usable:
        return _contradicted(domain, body)
    if isfinite(best.pi_low):
        span = formats.interval(body.natural(best.pi_low), body.natural(best.pi_high))
        said = f"The prediction interval is {span}"
        if body.prediction_excludes_no_effect:
            return Proposal(domain, 0, Basis.COMPUTED, f"{said}, without {null}.", rows=rows)
        against = -body.towards * best.estimate
        # As far beyond no effect as the mean is on the treatment's side.
        far = min(body.towards * best.pi_low, body.towards * best.pi_high) <= against
        worse = " and reaches as far against the treatment as the mean is for it" if far else ""
        limit = prediction.largest_tau2(best.estimate, best.se, best.k)
        change = (
            f"tau² below {formats.significant(limit)} instead of {formats.significant(best.tau2)}"
            if limit > 0
            else f"more studies: the interval of the mean, with t, includes {null} already"
        )
        reason = f"{said}: it includes {null}{worse}."
        return Proposal(domain, 2 if far else 1, Basis.COMPUTED, reason, change, rows)
    low, high = body.i2
    if not isfinite(low):
        own = best.basis == STUDY_DATA
        known = "is defined for so few studies" if own else "is printed"
        return Proposal(domain, 0, Basis.OPEN, f"Neither tau² nor I² {known}.", rows=rows)
    said = f"I² is {low:.0f}%" if low == high else f"I² is {low:.0f} to {high:.0f}%"
    said += " and no prediction interval can be computed"
    limit_text = f"{SUBSTANTIAL_I2:.0f}%"
    if low >= SUBSTANTIAL_I2:
        change = f"I² below {limit_text}, or a prediction interval without {null}"
        return Proposal(domain, 1, Basis.COMPUTED, f"{said}.", change, rows)
    if high < SUBSTANTIAL_I2:
        return Proposal(domain, 0, Basis.COMPUTED, f"{said}.", rows=rows)
    reason = f"{said}; which I² belongs to this outcome is not printed."
    return Proposal(domain, 0, Basis.OPEN, reason, rows=rows)


def _imprecision(domain: str, body: BodyOfEvidence) -> Proposal:
    """By the interval of the mean and by the number of animals, one level each."""
    best, null, rows = body.best, _no_effect(body), (body.rests_on,)
    if not body.sound:
        reason = "The printed estimate lies outside the interval printed beside it."
        return Proposal(domain, 0, Basis.OPEN, reason, rows=rows)
    if not body.usable:
        return _contradicted(domain, body)
    span = formats.interval(body.natural(best.ci_low), body.natural(best.ci_high))
    reasons, changes, downgrade = [f"The interval {span} excludes {null}"], [], 0
    if not body.excludes_no_effect:
        downgrade += 1
        reasons = [f"The interval {span} includes {null}"]
        if not isfinite(best.ci_low):
            reasons = [f"No interval is defined for so few studies, and none excludes {null}"]
        changes.append(f"an interval without {null}")
    animals, said = _animals(body)
    reasons.append(said)
    few = animals < OPTIMAL_INFORMATION_SIZE
    if few:
        downgrade += 1
        more = OPTIMAL_INFORMATION_SIZE - animals
        changes.append(f"{'' if body.animals else 'some '}{more:,.0f} more animals")
    unknown = not isfinite(animals) and not downgrade
    basis = Basis.OPEN if unknown else Basis.COMPUTED
    reason = "; ".join(reasons) + "."
    return Proposal(domain, downgrade, basis, reason, " and ".join(changes), rows)


def _contradicted(domain: str, body: BodyOfEvidence) -> Proposal:
    reason = "The printed results of this outcome can’t all be true, so that none is used."
    return Proposal(domain, 0, Basis.OPEN, reason, rows=(body.printed.contradicted_by,))


def _animals(body: BodyOfEvidence) -> tuple[float, str]:
    """How many animals were pooled, as printed or as the interval implies; nan if unknown."""
    if body.animals:
        return body.animals, f"{body.animals:,} animals"
    least = _least_animals(body)
    if least >= OPTIMAL_INFORMATION_SIZE:
        return least, f"so narrow an interval needs some {least:,.0f} animals at least"
    implied = body.implied_animals
    if isfinite(implied):
        return implied, f"by its tau² and interval it compares some {implied:,.0f} animals"
    return nan, "the number of animals pooled is not printed"


def _no_effect(body: BodyOfEvidence) -> str:
    return f"{body.no_effect} (no effect)"


def _least_animals(body: BodyOfEvidence) -> float:
    """The least number of animals that the printed interval of an SMD can rest on, else 0."""
    if body.printed.measure != "SMD":
        return 0.0
    printed = as_printed(body.printed)
    return float(checks.least_n(printed.ci_low, printed.ci_high))


def _publication_bias(domain: str, body: BodyOfEvidence) -> Proposal:
    """By a valid test of funnel plot asymmetry in enough studies; others stand beside it."""
    rows = tuple(filter(None, [body.printed.small_study]))
    if not body.small_study:
        return Proposal(domain, 0, Basis.OPEN, "No test of small-study effects is printed.")
    test, *others = body.small_study
    said = f"{test.name} gives {test.says}"
    if not test.valid:
        reason = f"{said}; for standardized mean differences this form is not valid."
        return Proposal(domain, 0, Basis.OPEN, reason, rows=rows)
    if body.best.k < ASYMMETRY_STUDIES:
        few = formats.count(body.best.k, "study", "studies")
        return Proposal(domain, 0, Basis.OPEN, f"{said}; {few} are too few for it.", rows=rows)
    asymmetric = test.p < ASYMMETRY_P
    if others:
        agree = all((other.p < ASYMMETRY_P) is asymmetric for other in others)
        said = ", ".join([said, *(f"{each.name} {each.says}" for each in others)])
        said += f"; the first decides, and {'all' if agree else 'not all'} agree with it"
    if asymmetric:
        change = "a symmetric funnel, or registered studies that rule out missing ones"
        return Proposal(domain, 1, Basis.COMPUTED, f"{said}.", change, rows)
    return Proposal(domain, 0, Basis.COMPUTED, f"{said}.", rows=rows)
