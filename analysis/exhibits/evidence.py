"""Tables of all bodies of evidence: their effects, their certainty, and what would change it."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite

from analysis import formats, html, ledger_pages
from analysis.citing.book import address
from analysis.evidence.bodies import BodyOfEvidence, Estimate
from analysis.evidence.certainty import Basis, Certainty, Proposal
from analysis.evidence.classified import RuleResult
from analysis.html import Cell, Html
from analysis.living import LivingEstimate
from analysis.statistics import prediction


def evidence_table(certainties: Sequence[Certainty], titles: Mapping[str, str]) -> Html:
    """Every body of evidence: as published, by modern settings, as SMD, and how sure it is."""
    rows: list[list[str | Cell]] = []
    for each in certainties:
        body = each.body
        best = body.best
        rows.append(
            [
                Cell(body.name, link=address(body.chapter, body.printed.id)),
                Cell(each.circles, link=f"#{body.id}"),
                f"{body.printed} {body.printed.unit}".strip(),
                _modern(body),
                _limits(body, best.pi_low, best.pi_high),
                _percent(body.probability),
                str(best.k) if best.k else "–",
                f"{body.animals:,}" if body.animals else "–",
                _i2(body),
                formats.significant(best.tau2) if isfinite(best.tau2) else "–",
                _smd(body.smd),
                _small_study(body),
                best.basis,
                f"{ledger_pages.SIGNS[body.verdict]} {body.verdict.value}",
                titles[body.chapter],
            ]
        )
    header = [
        *("Outcome", "Certainty", "As published (95% CI)", "Modern (95% CI)"),
        *(
            "95% prediction interval",
            "Chance of benefit, if unbiased",
            "Studies",
            "Animals",
            "I² (%)",
            "tau²",
        ),
        *("As SMD (95% CI)", "Small-study test", "Made from", "Verdict", "Chapter"),
    ]
    return html.table(
        f"Every pooled outcome of the {formats.count(len(titles), 'paper')}",
        header,
        rows,
        numeric=range(5, 10),
        filters=(1, 12, 13, 14),
        tools=True,
    )


def certainty_table(certainties: Sequence[Certainty], domains: dict[str, str]) -> Html:
    """The proposed class of each body of evidence, domain by domain."""
    rows: list[list[str | Cell]] = [
        [
            Cell(each.body.name, link=f"#{each.body.id}"),
            each.circles,
            *(_downgrade(proposal) for proposal in each.proposals),
        ]
        for each in certainties
    ]
    caption = "Certainty, domain by domain (c computed, j judged)"
    return html.table(
        caption,
        ["Outcome", "Certainty", *domains.values()],
        rows,
        filters=(1,),
        tools=True,
    )


def certainty_reasons(certainties: Sequence[Certainty], domains: dict[str, str]) -> Html:
    """Why each class is proposed and what would change it, one fold an outcome, with its anchor."""
    folds = []
    for each in certainties:
        items = "".join(
            f"<li><b>{escape(domains[proposal.domain])}</b>: {_step(proposal)} "
            f"{escape(proposal.reason)}{_change(proposal)}{_links(each.body, proposal)}</li>"
            for proposal in each.proposals
        )
        folds.append(
            f'<details class="reasons" id="{escape(each.body.id)}">'
            f"<summary>{escape(each.body.name)}: {escape(each.circles)}</summary>"
            f"<ul>{items}</ul></details>"
        )
    return Html("".join(folds))


def rule_table(results: Sequence[RuleResult]) -> Html:
    """A paper's own ranking rule, applied to every body of evidence by the same limits."""
    rows: list[list[str | Cell]] = [
        [
            Cell(each.body.name, link=address(each.body.chapter, each.body.printed.id)),
            each.effect.value,
            each.p.value,
            each.i2.value,
            each.meets.value,
        ]
        for each in results
    ]
    header = ["Outcome", "Effect large enough?", "p small enough?", "I² low enough?", "All three?"]
    return html.table("One rule for all", header, rows, filters=(4,), tools=True)


def next_study_table(bodies: Sequence[BodyOfEvidence]) -> Html:
    """Which effect of a next study would move the conclusion about the mean.

    All studies are taken to be equally precise, and heterogeneity is estimated anew.
    """
    rows: list[list[str | Cell]] = []
    for body in bodies:
        best = body.best
        if body.modern is None or best.k < 2:
            continue
        ends = prediction.tipping_effects(best.estimate, best.se, best.k)
        now, needed = "excludes", "any"
        if body.excludes_no_effect and ends:
            needed = f"below {_effect(body, min(ends))} or above {_effect(body, max(ends))}"
        elif not body.excludes_no_effect:
            now = "includes"
            needed = "no single study"
            if ends:
                needed = f"between {_limits(body, min(ends), max(ends)).replace(' to ', ' and ')}"
        rows.append(
            [
                Cell(body.name, link=address(body.chapter, body.rests_on)),
                _effect(body, best.estimate),
                f"{now} {body.no_effect}",
                needed,
            ]
        )
    header = ["Outcome", "Estimate", "Its interval", "One next study would change that"]
    caption = "What the next study would have to find"
    return html.table(caption, header, rows, numeric=(1,), tools=True)


def living_changes_table(
    entries: Mapping[str, LivingEstimate], before: Mapping[str, BodyOfEvidence]
) -> Html:
    """Each living estimate beside what the paper prints of the same outcome."""
    rows: list[list[str | Cell]] = []
    for entry in entries.values():
        printed = before.get(entry.id)
        rows.append(
            [
                Cell(entry.label, link=address(entry.chapter, entry.id)),
                f"{printed.printed} ({printed.printed.model})" if printed else "–",
                f"{entry} {entry.unit}".strip(),
                str(entry.pooled.k),
                str(entry.added),
            ]
        )
    header = ["Outcome", "As published (model)", "Living estimate", "Studies", "Added"]
    return html.table("Living estimates", header, rows, numeric=(3, 4))


def _modern(body: BodyOfEvidence) -> Cell:
    if body.modern is None:
        return Cell("–")
    best = body.modern
    shown = f"{_effect(body, best.estimate)} ({_limits(body, best.ci_low, best.ci_high)})"
    own = body.rests_on != body.printed.id
    return Cell(shown, link=address(body.chapter, body.rests_on) if own else "")


def _effect(body: BodyOfEvidence, value: float) -> str:
    return formats.number(body.natural(value))


def _limits(body: BodyOfEvidence, low: float, high: float) -> str:
    if not isfinite(low):
        return "–"
    return formats.interval(body.natural(low), body.natural(high))


def _smd(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    limits = formats.interval(estimate.ci_low, estimate.ci_high)
    return f"{formats.number(estimate.estimate)} ({limits})"


def _percent(probability: float) -> str:
    """A chance in whole percent, never said to be certain."""
    if not isfinite(probability):
        return "–"
    shown = round(100 * probability)
    return "> 99%" if shown > 99 else "< 1%" if shown < 1 else f"{shown}%"


def _i2(body: BodyOfEvidence) -> str:
    low, high = body.i2
    if not isfinite(low):
        return "–"
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"


def _small_study(body: BodyOfEvidence) -> str | Cell:
    """The p-value of the test of asymmetry that decides, and those of others below it."""
    if not body.small_study:
        return "–"
    test, *others = body.small_study
    shown = f"{test.says}{'' if test.valid else ', not valid'}"
    beside = ", ".join(other.says.removeprefix("p = ") for other in others)
    return Cell(shown, note=f"others {beside}" if beside else "")


def _downgrade(proposal: Proposal) -> str:
    if proposal.basis is Basis.OPEN:
        return "open"
    mark = "j" if proposal.basis is Basis.JUDGED else "c"
    return f"{_minus(proposal)} {mark}"


def _minus(proposal: Proposal) -> str:
    return f"−{proposal.downgrade}" if proposal.downgrade else "0"


def _step(proposal: Proposal) -> str:
    basis = proposal.basis.value
    return f"<i>{basis}</i>." if basis == Basis.OPEN else f"{_minus(proposal)}, <i>{basis}</i>."


def _change(proposal: Proposal) -> str:
    return f" It would take {escape(proposal.change)}." if proposal.change else ""


def _links(body: BodyOfEvidence, proposal: Proposal) -> str:
    links = ", ".join(
        html.link(address(body.chapter, row), row.partition(".")[2]).markup for row in proposal.rows
    )
    return f" <small>{links}</small>" if links else ""
