"""Charts of bodies of evidence beside each other: their effects as SMD, and their doses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from statistics import median

from analysis import charts, formats
from analysis.charts import Figure
from analysis.evidence.bodies import BodyOfEvidence, Estimate
from analysis.evidence.certainty import Certainty
from analysis.evidence.doses import Dose
from analysis.evidence.doses import ranges as dose_ranges
from analysis.figures.outcomes import sides


def evidence(certainties: Sequence[Certainty]) -> Figure:
    """Every condition's first outcome as SMD, towards benefit on the right, with its certainty.

    Outcomes that no SMD is known of are named in the description.
    """
    drawn = [each for each in certainties if each.body.smd is not None]
    others = [each for each in certainties if each.body.smd is None]
    left_out = "; ".join(f"{each.body.name} ({each})" for each in others)
    return charts.intervals(
        {_label(each.body): _towards_benefit(each.body) for each in drawn},
        name="evidence",
        title="One outcome of each condition, its effect and how sure it is",
        description=f"{_compared([each.body for each in drawn])} “At most”: the highest class "
        f"possible. Other scales: {left_out}.",
        measure="SMD",
        unit="SD",
        heading="Condition and outcome",
        columns={"Certainty": [str(each) for each in drawn]},
        favours=sides(["higher"]),
    )


def standardized(bodies: Sequence[BodyOfEvidence], titles: Mapping[str, str]) -> Figure:
    """Every sound outcome that has an SMD, by chapter, towards benefit on the right.

    An interval that is several times as wide as all the others goes on beyond the axis.
    """
    known = [body for body in bodies if body.smd is not None]
    drawn = [body for body in known if body.sound]
    unsound = ", ".join(body.name for body in known if not body.sound)
    left_out = (
        f" Left out, as the interval excludes its own estimate: {unsound}." if unsound else ""
    )
    return charts.intervals(
        {body.id: _towards_benefit(body) for body in drawn},
        [_label(body, titles[body.chapter]) for body in drawn],
        name="standardized",
        title="Every outcome with a standardized mean difference",
        description=_compared(drawn) + left_out,
        measure="SMD",
        unit="SD",
        heading="Condition and outcome",
        columns={"Studies": [str(body.best.k) if body.best.k else "–" for body in drawn]},
        groups=[titles[body.chapter] for body in drawn],
        domain=_common_domain([_towards_benefit(body) for body in drawn]),
        favours=sides(["higher"]),
    )


def doses(found: Sequence[Dose], unit: str, titles: Mapping[str, str]) -> Figure:
    """The least and largest dose of each chapter in one unit."""
    rows = [
        charts.Span(
            titles[chapter], low, high, formats.count(n, "dose or range", "doses or ranges")
        )
        for chapter, (low, high, n) in dose_ranges(found, unit).items()
    ]
    return charts.spans(
        rows,
        axis=f"Dose ({unit})",
        name=f"doses-{unit.replace('/', '-per-').replace('µ', 'u')}",
        title=f"Least and largest dose, in {unit}",
        description="Of each chapter that prints doses in this unit, and how many it prints.",
        heading="Chapter",
        note="How many",
    )


def _label(body: BodyOfEvidence, heading: str = "") -> str:
    """What a body of evidence is about, without the condition below a heading that names it."""
    name = body.printed.label if body.printed.condition == heading else body.name
    return name if body.printed.measure == "SMD" else f"{name} (as\u00a0SMD)"


def _compared(bodies: Sequence[BodyOfEvidence]) -> str:
    """What outcomes on one scale show, and why that can differ from other pages of the book."""
    said = (
        "Dots are standardized mean differences (SMD), turned so that benefit lies on the right, "
        "with 95% confidence intervals (thick) and, where they can be computed, prediction "
        "intervals (thin). Where the number of studies is known, intervals are the book’s own, by "
        "the t distribution, and can differ from the printed ones."
    )
    refuted = ", ".join(body.name for body in bodies if not body.usable)
    if refuted:
        said += f" As printed, since not all that is printed of it can be true: {refuted}."
    if all(body.printed.measure == "SMD" for body in bodies):
        return said
    return f"{said} “As SMD”: pooled on another scale elsewhere."


def _common_domain(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """An axis for all estimates, and for all intervals but those that dwarf the others."""
    widths = [each.ci_high - each.ci_low for each in estimates]
    usual = [e for e, width in zip(estimates, widths, strict=True) if width < 8 * median(widths)]
    ends = [
        end
        for each in usual
        for end in (each.ci_low, each.ci_high, each.pi_low, each.pi_high)
        if isfinite(end)
    ]
    points = [0.0, *ends, *(each.estimate for each in estimates)]
    margin = 0.04 * (max(points) - min(points))
    return min(points) - margin, max(points) + margin


def _towards_benefit(body: BodyOfEvidence) -> Estimate:
    """The SMD of a body of evidence, mirrored where lower values favour the treatment."""
    smd = body.smd
    if smd is None:
        raise ValueError(f"{body.id} has no standardized mean difference")
    if body.towards > 0:
        return smd
    return replace(
        smd,
        estimate=-smd.estimate,
        ci_low=-smd.ci_high,
        ci_high=-smd.ci_low,
        pi_low=-smd.pi_high,
        pi_high=-smd.pi_low,
    )
