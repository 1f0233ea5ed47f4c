"""Bodies of evidence: each pooled outcome of each paper, as published and by modern settings."""

from dataclasses import dataclass, replace
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

from analysis import formats, living, studies, tables
from analysis.dictionary import ARMS
from analysis.folders import DATA
from analysis.ledger import Entry, ledger
from analysis.once import once
from analysis.pools import PrintedResult, printed_results
from analysis.printed import Printed
from analysis.statistics import checks, prediction, small_study
from analysis.statistics.arrays import UndefinedError
from analysis.statistics.effect_sizes import analysis_scale, natural_scale
from analysis.statistics.pooling import MODERN, Pooled
from analysis.studies import Outcome
from analysis.verdicts import Verdict

ROLES = ("first", "further")
"""Roles of the pooled results that are bodies of evidence: parts of another one are none."""

STUDY_DATA = "study data"


@dataclass(frozen=True)
class Estimate:
    """A pooled effect with its intervals, on the scale of analysis; what isn't known is nan.

    `basis` says what it was made from: study data, or the printed result with the tau² named. `i2`
    is the least and largest I² in percent.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    tau2: float
    k: int
    basis: str
    i2: tuple[float, float] = (nan, nan)


class SmallStudyTest(NamedTuple):
    """A test of funnel plot asymmetry: its name, p-value, and whether it is valid here.

    `printed` is the p-value as a paper prints it, empty where it is computed.
    """

    name: str
    p: float
    valid: bool
    printed: str = ""

    @property
    def says(self) -> str:
        """Its p-value in words: the printed characters, so that 0.000 stays what it is."""
        return f"p = {self.printed}" if self.printed else formats.p_value(self.p)


@dataclass(frozen=True)
class BodyOfEvidence:
    """One outcome of one paper: its printed result, and what a modern analysis makes of it.

    `modern` is missing where neither study data nor the number of studies is known, or where what
    is printed can't be used; `smd` is the same on the scale of standardized mean differences, where
    the data allow. `animals` is the number pooled, 0 where unknown. `rests_on` is the id of the
    result that the modern one is or is made from.
    """

    printed: PrintedResult
    entry: Entry
    modern: Estimate | None
    smd: Estimate | None
    animals: int
    added: int
    small_study: tuple[SmallStudyTest, ...]
    rests_on: str

    @property
    def id(self) -> str:
        """Its name: the chapter, certainty, and the pool."""
        return f"{self.chapter}.certainty.{self.printed.pool}"

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to."""
        return self.printed.chapter

    @property
    def name(self) -> str:
        """What it is about, in words."""
        return f"{self.printed.condition}: {self.printed.label}"

    @property
    def verdict(self) -> Verdict:
        """The verdict on the printed estimate."""
        return self.entry.verdict

    @property
    def best(self) -> Estimate:
        """The modern result or, without one, the printed estimate and interval."""
        return self.modern or as_printed(self.printed)

    @property
    def towards(self) -> float:
        """1 where a higher effect favours the treatment, -1 where a lower one does."""
        return 1.0 if self.printed.favours == "higher" else -1.0

    @property
    def sound(self) -> bool:
        """Whether its estimate lies, or as printed can lie, inside its interval."""
        return self.best.basis == STUDY_DATA or self.printed.sound

    @property
    def usable(self) -> bool:
        """Whether more than what is printed can be said of it."""
        return self.best.basis == STUDY_DATA or self.printed.usable

    @property
    def i2(self) -> tuple[float, float]:
        """The least and largest I² in percent, nan where unknown."""
        return self.best.i2

    @property
    def no_effect(self) -> str:
        """The value that stands for no effect: 0, or 1 for a ratio."""
        return f"{self.natural(0):g}"

    @property
    def implied_animals(self) -> float:
        """About how many animals the result compares, if its studies are alike; nan if unknown.

        For standardized mean differences: tau² and SE give the sampling variance of an average
        study, and that with the effect its animals, in two equal arms.
        """
        best = self.best
        variance = best.k * best.se**2 - best.tau2
        if self.printed.measure != "SMD" or not variance > 0:
            return nan
        return best.k * (4 + best.estimate**2 / 2) / variance

    @property
    def excludes_no_effect(self) -> bool:
        """Whether the interval of the mean excludes no effect."""
        return _excludes_zero(self.best.ci_low, self.best.ci_high)

    @property
    def prediction_excludes_no_effect(self) -> bool | None:
        """Whether the prediction interval excludes no effect; None where there is none."""
        if not isfinite(self.best.pi_low):
            return None
        return _excludes_zero(self.best.pi_low, self.best.pi_high)

    @property
    def favours_treatment(self) -> bool:
        """Whether the estimate favours the treatment."""
        return self.towards * self.best.estimate > 0

    @property
    def probability(self) -> float:
        """Probability that the effect in a new setting favours the treatment; nan if unknown."""
        best = self.best
        if not isfinite(best.tau2):
            return nan
        above = prediction.probability_above(best.estimate, best.se, best.tau2, best.k)
        return above if self.towards > 0 else 1 - above

    def natural(self, value: float) -> float:
        """A number from the scale of analysis as it is printed: a logarithm as its ratio."""
        return float(natural_scale(value, self.printed.measure))


@once
def bodies_of_evidence(data: Path = DATA) -> tuple[BodyOfEvidence, ...]:
    """Every body of evidence of every chapter, in the order of the chapters and their pools."""
    return tuple(
        _body(result, data)
        for chapter in tables.chapters(data)
        for result in printed_results(chapter, data).values()
        if result.role in ROLES
    )


def as_printed(result: PrintedResult) -> Estimate:
    """A printed result on the scale of analysis, with a normal standard error."""
    estimate, low, high = (
        float(analysis_scale("result", x, result.measure)) for x in result.numbers
    )
    se = float(checks.standard_error(low, high))
    basis, i2 = "as printed", _printed_i2(result)
    return Estimate(estimate, se, low, high, nan, nan, nan, result.k, basis, i2)


def modern(result: PrintedResult, data: Path = DATA) -> Estimate | None:
    """A printed result by the modern settings: from its studies, or from what is printed of it.

    None where neither can be used, or the number of studies is not known.
    """
    return _modern(result, _pooled_studies(result, data))


def _modern(result: PrintedResult, pooled: Outcome | None) -> Estimate | None:
    if pooled is None:
        return _from_summary(result)
    return _from_studies(studies.pool(pooled, measure=result.measure, **MODERN))


def _body(result: PrintedResult, data: Path) -> BodyOfEvidence:
    pooled = _pooled_studies(result, data)
    found = _modern(result, pooled)
    entry = ledger(data).entries[result.id]
    smd = (found or as_printed(result)) if result.measure == "SMD" else None
    if pooled is None:
        return BodyOfEvidence(
            printed=result,
            entry=entry,
            modern=found,
            smd=smd,
            animals=result.animals,
            added=0,
            small_study=_printed_test(result, data),
            rests_on=result.id,
        )
    if smd is None and studies.filled(pooled.rows, ARMS).all():
        smd = _from_studies(studies.pool(pooled, measure="SMD", **MODERN))
    return BodyOfEvidence(
        printed=result,
        entry=entry,
        modern=found,
        smd=smd,
        animals=_animals(pooled) or result.animals,
        added=int((pooled.rows["in_review"] == "no").sum()),
        small_study=_own_tests(pooled, result.measure),
        rests_on=_living_id(result, data) or result.id,
    )


def _pooled_studies(result: PrintedResult, data: Path) -> Outcome | None:
    """The studies of a pool, if all those that the paper pooled are known."""
    if not result.outcome or not tables.has(result.chapter, "studies", data):
        return None
    every = tables.load(result.chapter, "studies", data)
    listed = int(((every["outcome"] == result.outcome) & (every["in_review"] == "yes")).sum())
    outcome = studies.outcomes(result.chapter, data, in_review_only=False).get(result.outcome)
    if outcome is None or int((outcome.rows["in_review"] == "yes").sum()) < listed:
        return None
    return outcome


def _living_id(result: PrintedResult, data: Path) -> str:
    """The living estimate of a pool's studies in its measure; empty if the chapter has none."""
    wanted = result.chapter, result.outcome, result.measure
    for each in living.estimates(data).values():
        if (each.chapter, each.outcome, each.measure) == wanted:
            return each.id
    return ""


def _from_studies(pooled: Pooled) -> Estimate:
    return Estimate(
        estimate=pooled.estimate,
        se=pooled.se,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        pi_low=pooled.pi_low,
        pi_high=pooled.pi_high,
        tau2=pooled.tau2,
        k=int(pooled.k),
        basis=STUDY_DATA,
        i2=(float(pooled.i2), float(pooled.i2)),
    )


def _from_summary(result: PrintedResult) -> Estimate | None:
    """The printed result with t on k - 1, and a prediction interval where tau² is known.

    Without a printed tau², the one that I² means if all studies had one sampling variance.
    """
    if result.k < 2 or not result.usable:
        return None
    plain = as_printed(result)
    low, high = checks.t_interval(plain.estimate, plain.ci_low, plain.ci_high, result.k)
    tau2, basis = nan, "printed interval"
    if result.tau2:
        tau2, basis = Printed(result.tau2).number, "printed tau²"
    elif result.i2 and Printed(result.i2).number < 100:
        i2 = Printed(result.i2).number
        tau2 = checks.tau2_of_i2(i2, plain.ci_low, plain.ci_high, result.k)
        basis = "tau² from printed I²"
    limits = (nan, nan)
    if isfinite(tau2) and result.k > 2:
        limits = checks.prediction_interval(
            plain.estimate, plain.ci_low, plain.ci_high, tau2, result.k
        )
    return replace(
        plain,
        ci_low=float(low),
        ci_high=float(high),
        pi_low=float(limits[0]),
        pi_high=float(limits[1]),
        tau2=tau2,
        basis=basis,
    )


def _animals(outcome: Outcome) -> int:
    columns = [name for name in ("n_treated", "n_control") if name in outcome.rows]
    counts = outcome.rows[columns]
    return (
        int(counts.to_numpy(dtype=float).sum())
        if len(columns) == 2 and counts.notna().all(axis=None)
        else 0
    )


def _printed_i2(result: PrintedResult) -> tuple[float, float]:
    low, high = result.i2_range if all(result.i2_range) else (result.i2, result.i2)
    return (Printed(low).number, Printed(high).number) if low and high else (nan, nan)


def _own_tests(outcome: Outcome, measure: str) -> tuple[SmallStudyTest, ...]:
    """Tests from the studies, those that are valid and defined; the first of them decides."""
    return tuple(
        SmallStudyTest(each.name, float(each.found.p), True)
        for each in studies.asymmetry(outcome, measure)
        if each.valid and not isinstance(each.found, UndefinedError)
    )


def _printed_test(result: PrintedResult, data: Path) -> tuple[SmallStudyTest, ...]:
    if not result.small_study:
        return ()
    value = ledger(data).entries[result.small_study].reported["value"]
    valid = small_study.valid_on_standard_error(result.measure)
    return (SmallStudyTest("Egger’s test as printed", Printed(value).number, valid, value),)


def _excludes_zero(low: float, high: float) -> bool:
    return low > 0 or high < 0
