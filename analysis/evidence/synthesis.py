"""What the reviews say together: one object for the synthesis chapter and the front page.

Where numbers decide what a sentence says, the sentence is chosen here by these numbers, so that an
added study can't leave a false one behind.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from statistics import median

from scipy.special import ndtr

from analysis import living, tables
from analysis.dictionary import tables as dictionary
from analysis.evidence import certainty, doses, missing, overlap
from analysis.evidence.bodies import BodyOfEvidence, Estimate, as_printed
from analysis.evidence.certainty import Certainty, Level, certainties, domains
from analysis.evidence.classified import Classification, RuleResult, applied_evenly, classifications
from analysis.evidence.overlap import REVIEWS, Match
from analysis.folders import DATA
from analysis.formats import count, number, word
from analysis.ledger import Finding, Ledger, ledger
from analysis.living import LivingEstimate
from analysis.recipes import parse
from analysis.statistics.classification import Answer
from analysis.verdicts import Verdict

WEAK = (Level.LOW, Level.VERY_LOW)
"""The classes that leave the true effect open."""

DECIDED = ("direct", "tested")
"""Comparisons that can answer a question: arms within studies, or a test between groups."""

LARGE_SMD = 2.0
"""Standard deviations between arms from which few of 100 controls reach the treated mean."""

OTHER_TREATMENT = "conditioned medium"
"""What some reviews pool with vesicles, as their contrasts name it."""

CONFIRMED = (Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING)
"""Verdicts by which a printed number follows from others."""


@dataclass(frozen=True)
class Synthesis:
    """All chapters together; every property is computed from their data."""

    data: Path = DATA

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Titles of the chapters by name."""
        return tables.titles(self.data)

    @cached_property
    def ledger(self) -> Ledger:
        """Every number and finding."""
        return ledger(self.data)

    @cached_property
    def certainties(self) -> tuple[Certainty, ...]:
        """The certainty of every body of evidence, best first within its chapter's order."""
        return certainties(self.data)

    @property
    def domains(self) -> dict[str, str]:
        """The GRADE domains and their names."""
        return dict(domains(self.data))

    @property
    def bodies(self) -> list[BodyOfEvidence]:
        """Every body of evidence."""
        return [each.body for each in self.certainties]

    @property
    def first(self) -> list[Certainty]:
        """The sound first outcome of each condition, the most certain first."""
        found = [each for each in self.certainties if each.body.printed.role == "first"]
        found = [each for each in found if each.body.sound]
        return sorted(found, key=_rank)

    @property
    def predicted(self) -> list[BodyOfEvidence]:
        """The bodies of evidence with a prediction interval."""
        return [body for body in self.bodies if isfinite(body.best.pi_low)]

    @property
    def strongest(self) -> Certainty:
        """The most certain body of evidence; of several, that farthest from no effect."""
        return min(self._known, key=lambda each: (*_rank(each), -_distance(each.body)))

    @property
    def weakest(self) -> Certainty:
        """The least certain body of evidence; of several, that least far from no effect."""
        return max(self._known, key=lambda each: (*_rank(each), -_distance(each.body)))

    @property
    def _known(self) -> list[Certainty]:
        """The bodies of evidence of which more can be said than what is printed."""
        return [each for each in self.certainties if each.body.usable]

    @property
    def claims(self) -> list[tuple[str, list[Finding]]]:
        """Chapters with their findings that touch a conclusion, most of them first."""
        found = [
            (
                chapter,
                [f for f in self.ledger.findings_of(chapter) if f.severity == "conclusion"],
            )
            for chapter in self.titles
        ]
        return sorted((each for each in found if each[1]), key=lambda each: -len(each[1]))

    @property
    def counts(self) -> Counter[str]:
        """How many numbers of all papers have each verdict."""
        total: Counter[str] = Counter()
        for chapter in self.titles:
            total.update(self.ledger.counts(chapter))
        return total

    @property
    def rule_chapter(self) -> str:
        """The chapter whose paper has a ranking rule. Raises ValueError if there is none."""
        for chapter in self.titles:
            if "classification" in tables.review(chapter, self.data):
                return chapter
        raise ValueError("no chapter has a classification")

    @cached_property
    def rule(self) -> list[RuleResult]:
        """That rule, applied to every body of evidence."""
        return applied_evenly(self.rule_chapter, self.data)

    @property
    def living(self) -> Mapping[str, LivingEstimate]:
        """Every living estimate."""
        return living.estimates(self.data)

    @property
    def published(self) -> Mapping[str, BodyOfEvidence]:
        """What the papers print of the outcomes that have a living estimate, by its id."""
        found = {(body.chapter, body.printed.outcome): body for body in self.bodies}
        return {
            name: found[entry.chapter, entry.outcome]
            for name, entry in self.living.items()
            if (entry.chapter, entry.outcome) in found
        }

    @property
    def findings(self) -> list[Finding]:
        """Every finding, worst first within its chapter."""
        return [each for name in self.titles for each in self.ledger.findings_of(name)]

    @property
    def reclassified(self) -> list[Classification]:
        """Groups whose rank by the paper's own rule changes with added rows."""
        every = classifications(self.data).values()
        return [each for each in every if each.counted and each.says_before != each.says_after]

    @property
    def questions(self) -> Mapping[str, str]:
        """What may change the effect, by name."""
        return dictionary(None, self.data)["questions"].columns["question"].levels

    def held(self, question: str) -> Mapping[str, Mapping[str, str]]:
        """What each paper holds on a question, by chapter."""
        return {
            chapter: row
            for chapter in self.titles
            for row in self.ledger.rows(chapter, "questions")
            if row["question"] == question
        }

    @property
    def methods(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """What each paper says of its methods, by chapter."""
        return {chapter: self.ledger.rows(chapter, "methods") for chapter in self.titles}

    @property
    def inclusions(self) -> tuple[overlap.Inclusion, ...]:
        """Papers of the book in another paper's list."""
        return overlap.inclusions(self.data)

    @property
    def overlap(self) -> overlap.Overlap:
        """Primary studies that several chapters list."""
        return overlap.overlap(self.data)

    @property
    def missing(self) -> tuple[missing.Missing, ...]:
        """What each chapter waits for."""
        return missing.missing(self.data)

    @cached_property
    def doses(self) -> list[doses.Dose]:
        """Every dose that is printed."""
        return doses.doses(self.data)

    @property
    def dose_units(self) -> Mapping[str, Counter[str]]:
        """How many doses each chapter gives in each unit."""
        return doses.by_unit(self.doses)

    @property
    def severities(self) -> Mapping[str, str]:
        """What each severity of a finding means, by name."""
        return dictionary(None, self.data)["findings"].columns["severity"].levels

    @property
    def last_changed(self) -> str:
        """The latest day on which a chapter or a row entered the book."""
        return max(tables.last_changed(chapter, self.data) for chapter in self.titles)

    def sentences(self) -> dict[str, str]:
        """Every sentence and number that the page quotes, by name."""
        return {
            "direction": self.direction(),
            "new_settings": self.new_settings(),
            "credited": self.credited(),
            "papers": word(len(self.titles)).capitalize(),
            "sureness": self.sureness(),
            "large": self.large(),
            "rule": self.rule_says(),
            "audit": self.audit(),
            "overlapping": self.overlapping(),
            "moved": self.moved(),
            "i2_limit": f"{certainty.SUBSTANTIAL_I2:g}",
            "information": str(certainty.OPTIMAL_INFORMATION_SIZE),
            "asymmetry": f"{certainty.ASYMMETRY_P:g}",
            "conclusion": self.severities["conclusion"].replace("'", "’"),
            **{f"q_{name}": self.compared(name) for name in self.questions},
        }

    def answer(self) -> list[str]:
        """The answer in sentences: direction, new settings, certainty, and a reason for doubt."""
        said = [self.direction(), self.new_settings(), self.sureness(), self.implausible()]
        return [sentence for sentence in said if sentence]

    def direction(self) -> str:
        """How many bodies of evidence favour the treatment, and exclude no effect."""
        sound = [body for body in self.bodies if body.sound]
        better = sum(body.favours_treatment for body in self.bodies)
        other = sum(OTHER_TREATMENT in row["contrast"] for row in self.abstracts)
        pool = "pools" if other == 1 else "pool"
        mixed = f"; {word(other)} of them {pool} {OTHER_TREATMENT} with vesicles" if other else ""
        printed = [_side(body, as_printed(body.printed)) for body in sound if body.printed.sound]
        own = [_side(body, body.best) for body in sound]
        said = (
            f"{_part(better, len(self.bodies)).capitalize()} outcomes that are printed with an "
            f"estimate and its interval {'favours' if better == 1 else 'favour'} vesicles on "
            f"average{mixed}. As printed, {printed.count(1)} intervals lie wholly on the side of "
            "benefit; redrawn by t, where the number of studies is known and the printed "
            f"numbers can all be true, {own.count(1)} do"
        )
        if harm := own.count(-1):
            said += f", and {harm} on that of harm"
        unsound = [body.name for body in self.bodies if not body.sound]
        if unsound:
            said += f". That of {_and(unsound)} excludes its own estimate, and is not used"
        return f"{said}."

    @property
    def abstracts(self) -> list[Mapping[str, str]]:
        """Rows of abstracts that bodies of evidence agree with: where their estimates come from."""
        found: list[Mapping[str, str]] = []
        for body in self.bodies:
            if body.verdict in CONFIRMED and "abstracts" in body.entry.recipe:
                named = dict(parse(body.entry.recipe).keywords)
                rows = tables.records(body.chapter, "abstracts", self.data)
                found += [row for _, row in rows if named.items() <= row.items()]
        return found

    def new_settings(self) -> str:
        """Whether the effect is to be expected in a new setting."""
        known = self.predicted
        if not known:
            return "What is true in a new setting can’t be told: no prediction interval is known."
        open_ = [body for body in known if not body.prediction_excludes_no_effect]
        unknown, total = len(self.bodies) - len(known), len(self.bodies)
        rest = (
            f"; for the other {unknown} of the {total} outcomes none can be computed"
            if unknown
            else ""
        )
        if not open_:
            return (
                "The same is to be expected in a new setting, as far as it is known: "
                f"none of {len(known)} prediction intervals includes no effect{rest}."
            )
        include = "includes" if len(open_) == 1 else "include"
        return (
            f"In a new setting the effect may be absent: {len(open_)} of the {len(known)} "
            f"prediction intervals that can be computed {include} no effect{rest}."
        )

    def credited(self) -> str:
        """What the verdicts on estimates that a paper takes from others rest on."""
        entries = [
            body.entry for body in self.bodies if overlap.units(body.chapter, self.data) == REVIEWS
        ]
        if not entries:
            return "No estimate is taken from another paper."
        agree, form = len(self.abstracts), sum(each.basis == "form" for each in entries)
        copies = sum(row["copy"] == "secondary" for row in self.abstracts)
        rest = len(entries) - agree - form
        neither = f"; of {word(rest)} nothing could be" if rest else ""
        return (
            f"Of the {len(entries)} estimates that a review takes from other papers, {agree} agree "
            f"with the abstract of the paper that they are from, {copies} of them as an "
            f"index or another site shows it; of {form} the form alone could be checked, which is "
            f"whether they lie in the middle of their interval{neither}."
        )

    def sureness(self) -> str:
        """How certain the evidence is."""
        weak = [each for each in self.certainties if each.level in WEAK]
        total = len(self.certainties)
        best = Counter(each.level for each in self.certainties)
        strong = [f"{best[level]} {level}" for level in Level if level not in WEAK and best[level]]
        if not weak:
            return f"The certainty of this evidence is {' and '.join(strong)} throughout."
        rest = f", and {' and '.join(strong)}" if strong else ""
        return (
            f"The certainty of this evidence is low or very low for {_part(len(weak), total)}"
            f" outcomes{rest}."
        )

    @property
    def smd_sizes(self) -> list[float]:
        """The sizes of all standardized mean differences that can lie in their own intervals."""
        return [abs(body.smd.estimate) for body in self.bodies if body.smd and body.sound]

    def large(self) -> str:
        """The middle one of the sizes of all standardized mean differences, and what it means."""
        middle = median(self.smd_sizes)
        reaching = f"{float(f'{1 / ndtr(-middle):.2g}'):,.0f}"
        return (
            f"Half of the standardized mean differences are {number(middle)} standard deviations "
            f"or larger. If both arms are normal and equally spread, one control in {reaching} is "
            "then as well as the average treated animal."
        )

    def implausible(self) -> str:
        """What the sizes of standardized mean differences say against them; empty if nothing."""
        if not self.smd_sizes or median(self.smd_sizes) < LARGE_SMD:
            return ""
        return self.large()

    def audit(self) -> str:
        """The audit in lines of numbers: what could be checked of results, and what was found."""
        counts, findings = self.counts, self.ledger.findings.values()
        touching = sum(each.severity == "conclusion" for each in findings)
        results, checked = self.results(counts), self.checked(counts)
        made = count(counts["contradictions"], "contradiction")
        return (
            f"Of {counts['reported']:,} printed numbers {counts['restated']:,} repeat another one, "
            f"{counts['not_recomputable_input']:,} are another source’s figures, and "
            f"{counts['not_recomputable_choice']:,} say how the work was done. Of the other "
            f"{results:,}, {checked:,} could be checked, and {counts['discrepant']:,} of these "
            f"are discrepant, in {made}; for {results - checked:,} no data are printed. The audit "
            f"has {len(findings)} findings; {touching} touch a conclusion."
        )

    def results(self, counts: Mapping[str, int]) -> int:
        """How many numbers are results of the papers: no repetition, input or choice."""
        return self.checked(counts) + counts["not_recomputable_result"]

    def checked(self, counts: Mapping[str, int]) -> int:
        """How many numbers could be checked: neither repeated nor beyond what is printed."""
        return counts["reported"] - counts["restated"] - counts["not_recomputable"]

    def rule_says(self) -> str:
        """How many bodies of evidence meet the limits of the rule."""
        answers = Counter(each.meets.value for each in self.rule)
        said = (
            f"{answers['yes']} of {len(self.rule)} outcomes meet all three limits, "
            f"{answers['no']} fail at least one, and for {answers['not decidable']} it can’t be "
            "decided."
        )
        met = [each.body for each in self.rule if each.meets is Answer.YES]
        refuted = [body.name for body in met if not body.usable]
        if refuted:
            said += (
                f" Of those that meet them, not all that is printed of {_and(refuted)} can be true."
            )
        return said

    def compared(self, question: str) -> str:
        """How the papers answer a question: by a comparison, or without one."""
        held = self.held(question)
        if not held:
            return "No paper has been read for it yet."
        decided = [row for row in held.values() if row["comparison"] in DECIDED]
        claims = [row for row in held.values() if row["claim"]]
        bare = [row for row in claims if row["comparison"] not in DECIDED]
        papers = f"of {count(len(held), 'paper')}"
        if not claims:
            return f"None {papers} says that it matters, or that it doesn’t."
        made = _of_papers(len(claims), papers, "makes a claim", "make a claim")
        if not decided:
            return (
                f"{made}; none prints a comparison within studies, or a test between groups of "
                "studies, in the text that we hold."
            )
        prints = "One prints" if len(decided) == 1 else f"{word(len(decided)).capitalize()} print"
        without = "claim stands" if len(bare) == 1 else "claims stand"
        rest = f"; {word(len(bare))} {without} without one" if bare else ""
        return f"{made}. {prints} a comparison that can answer it{rest}."

    def overlapping(self) -> str:
        """What the lists of primary studies share."""
        found = self.overlap
        most = number(found.covered_area_at_most)
        listed = sum(found.listed.values())
        if not found.matches:
            return f"Of {listed} primary studies, no first author and year stands in two chapters."
        differ = self._differ(found.matches)
        apart = "The models and outcomes of each pair differ, and no" if differ else "No"
        return (
            f"{count(len(found.matches), 'pair').capitalize()} of first author and year among "
            f"{listed} listed studies appear in two chapters. {apart} paper’s text "
            f"names a publication in both, so that none is shown to be the same. If "
            f"all were, the corrected covered area would be {most}%; if none is, 0%."
        )

    def _differ(self, matches: Sequence[Match]) -> bool:
        """Whether the chapters of each match are about different conditions."""
        about = {
            chapter: {body.printed.condition for body in self.bodies if body.chapter == chapter}
            for chapter in self.titles
        }
        return all(
            about[one].isdisjoint(other)
            for match in matches
            for (one, _), *rest in [match.places]
            for other in (about[chapter] for chapter, _ in rest)
        )

    def moved(self) -> str:
        """What added studies have changed."""
        added = sum(each.added for each in self.living.values())
        estimates = (
            f"{count(added, 'row').capitalize()} {'was' if added == 1 else 'were'} added to the "
            f"{count(len(self.living), 'living estimate')}"
            if added
            else f"No study has been added to the {count(len(self.living), 'living estimate')}"
        )
        changed = len(self.reclassified)
        high = [each for each in self.reclassified if each.after.value == "yes"]
        ranks = (
            f"what can be said changes for {changed} of the ranked groups with the meta-analyses "
            "that were added"
            if changed
            else "what can be said of the ranked groups is the same"
        )
        reach = (
            f", and {count(len(high), 'group')} reach the highest rank"
            if high
            else (", and none reaches the highest rank" if changed else "")
        )
        said = f"{estimates}; {ranks}{reach}."
        doubtful = [
            f"{name} ({each.label})" for each in self.reclassified for name in each.doubtful
        ]
        if doubtful:
            said += f" Not all that is printed of {_and(doubtful)} can be true."
        return said


def _and(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _of_papers(n: int, papers: str, one: str, several: str) -> str:
    return f"{word(n).capitalize()} {papers} {one if n == 1 else several}"


def _side(body: BodyOfEvidence, estimate: Estimate) -> int:
    """Where an estimate's interval lies as a whole: 1 on the side of benefit, -1 of harm, or 0."""
    ends = [body.towards * end for end in (estimate.ci_low, estimate.ci_high)]
    return 1 if min(ends) > 0 else -1 if max(ends) < 0 else 0


def _rank(each: Certainty) -> tuple[int, int]:
    return each.downgrades, len(each.open)


def _distance(body: BodyOfEvidence) -> float:
    """How far the nearer end of the widest known interval lies on the treatment's side, in SEs."""
    best = body.best
    low, high = (
        (best.pi_low, best.pi_high) if isfinite(best.pi_low) else (best.ci_low, best.ci_high)
    )
    return min(body.towards * low, body.towards * high) / best.se


def _part(n: int, total: int) -> str:
    """`all 33`, `31 of 33`, `none of 33`."""
    return f"all {total}" if n == total else f"{n or 'none'} of {total}"
