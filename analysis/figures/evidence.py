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


def evidence(certainties: Sequence[Certainty]) -> Figure:
    """Every condition's first outcome as SMD, towards benefit on the right, with its certainty.

    Outcomes that no SMD is known of are named in the description.
    """
    drawn = [each for each in certainties if each.body.smd is not None]
    others = [each for each in certainties if each.body.smd is None]
    left_out = "; ".join(f"{each.body.name} ({each})" for each in others)
    return charts.intervals(
        {each.body.name: _towards_benefit(each.body) for each in drawn},
        name="evidence",
        title="One outcome of each condition, its effect and how sure it is",
        description="Dots are standardized mean differences, turned so that benefit lies on the "
        "right; thick lines 95% confidence intervals, thin lines prediction intervals where they "
        f"can be computed. “At most” marks the highest class possible. Other scales: {left_out}.",
        measure="SMD",
        unit="SD",
        heading="Condition and outcome",
        columns={"Certainty": [str(each) for each in drawn]},
        favours=("favours control", "favours vesicles"),
    )


def standardized(bodies: Sequence[BodyOfEvidence], titles: Mapping[str, str]) -> Figure:
    """Every sound outcome that has an SMD, by chapter, towards benefit on the right.

    An interval that is several times as wide as all the others goes on beyond the axis.
    """
    drawn = [body for body in bodies if body.smd is not None and body.sound]
    return charts.intervals(
        {body.name: _towards_benefit(body) for body in drawn},
        name="standardized",
        title="Every outcome with a standardized mean difference",
        description="Turned so that benefit lies on the right. Dots are estimates, thick lines "
        "their 95% confidence intervals, thin lines prediction intervals where they can be "
        "computed.",
        measure="SMD",
        unit="SD",
        heading="Condition and outcome",
        columns={"Studies": [str(body.best.k) if body.best.k else "–" for body in drawn]},
        groups=[titles[body.chapter] for body in drawn],
        domain=_common_domain([_towards_benefit(body) for body in drawn]),
        favours=("favours control", "favours vesicles"),
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
