"""Charts of one outcome: what its statistics give, and what its paper prints of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from analysis import charts, formats, undefined
from analysis.charts import About, Figure
from analysis.dictionary import Column
from analysis.html import Html
from analysis.pools import PrintedResult
from analysis.statistics import heterogeneity, pooling, sensitivity, small_study
from analysis.statistics.arrays import UndefinedError
from analysis.studies import Outcome, pool
from analysis.studies import subgroups as by_moderator


def forest(
    studies: Outcome,
    models: Mapping[str, Mapping[str, Any]],
    *,
    measure: str | None = None,
    printed: Mapping[str, Sequence[str]] | None = None,
    moderators: Sequence[Column] = (),
) -> Figure | Html:
    """Forest plot of an outcome with one or several pooled models, the last one leading.

    `models` are the settings of each by its label, as `studies.pool` takes them; `printed` are
    further columns of the folded table, such as the weights that a paper prints; the studies can be
    chosen by `moderators`.
    """
    shown = measure or studies.measure

    def draw(name: str, title: str) -> Figure:
        effects = studies.as_measure(shown)
        return charts.forest(
            studies.labels,
            effects.yi,
            effects.vi,
            pooled={
                label: pooling.pool(effects.yi, effects.vi, **settings)
                for label, settings in models.items()
            },
            measure=shown,
            unit=_unit(studies, shown),
            favours=sides([studies.favours]),
            table=printed,
            about=[
                _about(row, source, moderators)
                for row, source in zip(
                    studies.rows.to_dict("records"), studies.sources, strict=True
                )
            ],
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{studies.id}-forest-{shown.lower()}",
        title=f"{studies.label}: the studies and their pooled effect ({shown})",
    )


def funnel(studies: Outcome, settings: Mapping[str, Any]) -> Figure | Html:
    """Contour-enhanced funnel plot with the line of Egger's regression, where it is defined.

    `settings` are those of the pooled effect in its middle.
    """

    def draw(name: str, title: str) -> Figure:
        egger = undefined.attempted(lambda: small_study.egger_regression(studies.yi, studies.vi))
        line, note = (
            (None, f"Egger’s regression is {undefined.words(egger)}.")
            if isinstance(egger, UndefinedError)
            else (egger, "")
        )
        return charts.funnel(
            studies.yi,
            studies.vi,
            pool(studies, **settings),
            studies.labels,
            measure=studies.measure,
            unit=studies.unit,
            egger=line,
            note=note,
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{studies.id}-funnel",
        title=f"{studies.label}: effects by their standard errors",
    )


def estimators(studies: Outcome) -> Figure | Html:
    """The outcome under every estimator of tau², with prediction intervals."""

    def draw(name: str, title: str) -> Figure:
        found = sensitivity.compare_estimators(studies.yi, studies.vi)
        return charts.intervals(
            found,
            [f"{method}, {heterogeneity.NAMES[method]}" for method in found],
            measure=studies.measure,
            unit=studies.unit,
            heading="Estimator",
            columns={"tau²": [f"{pooled.tau2:.3f}" for pooled in found.values()]},
            favours=sides([studies.favours]),
            name=name,
            title=title,
        )

    return undefined.figure(
        draw, name=f"{studies.id}-estimators", title=f"{studies.label}: every estimator of tau²"
    )


def leave_one_out(studies: Outcome) -> Figure | Html:
    """The pooled effect without each study in turn, beside that of all."""

    def draw(name: str, title: str) -> Figure:
        without = sensitivity.leave_one_out(studies.yi, studies.vi)
        shares = np.atleast_1d(without.i2)
        return charts.intervals(
            without,
            [f"without {study}" for study in studies.labels],
            keys=studies.labels,
            measure=studies.measure,
            unit=studies.unit,
            heading="Left out",
            columns={"I²": [formats.percent(i2) if isfinite(i2) else "–" for i2 in shares]},
            reference=pooling.pool(studies.yi, studies.vi),
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{studies.id}-leave-one-out",
        title=f"{studies.label}: without each study in turn",
    )


def cumulative(studies: Outcome) -> Figure | Html:
    """The pooled effect as the studies of each year are added.

    Years of studies that the published review did not pool stand out.
    """

    def draw(name: str, title: str) -> Figure:
        years = [int(year) for year in studies.rows["year"]]
        added, steps = sensitivity.cumulative(studies.yi, studies.vi, years)
        held = zip(years, studies.rows["in_review"], strict=True)
        later = {year for year, in_review in held if in_review == "no"}
        marked = "Years in bold have studies that were added to those of the published review."
        return charts.intervals(
            added,
            [f"to {step}" for step in steps],
            description=marked if later else "",
            measure=studies.measure,
            unit=studies.unit,
            heading="Published",
            columns={"Studies": [str(k) for k in np.atleast_1d(added.k)]},
            reference=pooling.pool(studies.yi, studies.vi),
            emphasis=[f"to {year}" for year in later],
            name=name,
            title=title,
        )

    return undefined.figure(
        draw, name=f"{studies.id}-cumulative", title=f"{studies.label}: as the studies appeared"
    )


def baujat(studies: Outcome) -> Figure | Html:
    """Each study's share in the heterogeneity against its pull on the result."""

    def draw(name: str, title: str) -> Figure:
        found = sensitivity.baujat(studies.yi, studies.vi)
        return charts.scatter(
            found.heterogeneity,
            found.influence,
            studies.labels,
            x_title="Contribution to heterogeneity",
            y_title="Influence on the result",
            description="Studies far to the right differ most from the others; those far up pull "
            "the result most.",
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{studies.id}-baujat",
        title=f"{studies.label}: which studies differ, and which pull",
    )


def subgroups(
    studies: Outcome, moderator: str, labels: Mapping[str, str], method: str = "REML"
) -> Figure | Html:
    """The pooled effect of each subgroup under a common tau², and of all studies."""

    def draw(name: str, title: str) -> Figure:
        groups = by_moderator(studies, moderator, method=method)
        order = np.argsort([-effect.estimate for effect in groups.pooled])
        return charts.intervals(
            {labels[groups.levels[i]]: groups.pooled[i] for i in order},
            measure=studies.measure,
            unit=studies.unit,
            heading="Subgroup",
            columns={"Studies": [str(groups.k[i]) for i in order]},
            reference=pooling.pool(studies.yi, studies.vi, method=method),
            favours=sides([studies.favours]),
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{studies.id}-{moderator}-{method.lower()}",
        title=f"{studies.label}, by subgroup ({method})",
    )


def change(before: Outcome, after: Outcome, correlations: Sequence[float]) -> Figure | Html:
    """The pooled change between two assessments of the same animals, for each correlation.

    Of the studies that have both.
    """

    def draw(name: str, title: str) -> Figure:
        places = [{study: i for i, study in enumerate(each.labels)} for each in (before, after)]
        both = [study for study in places[0] if study in places[1]]
        if not both:
            raise UndefinedError("no study has both assessments")
        first, last = (np.array([each[study] for study in both]) for each in places)
        yi, vi = sensitivity.change_between(
            (before.yi[first], before.vi[first]),
            (after.yi[last], after.vi[last]),
            np.asarray(correlations),
        )
        pooled = pooling.pool(yi, vi)
        return charts.intervals(
            pooled,
            [f"r = {correlation:g}" for correlation in correlations],
            measure=before.measure,
            unit=before.unit,
            heading="Correlation",
            columns={"tau²": [f"{value:.3f}" for value in np.atleast_1d(pooled.tau2)]},
            name=name,
            title=title,
        )

    return undefined.figure(
        draw,
        name=f"{after.id}-change",
        title=f"Change of the effect: {before.label} to {after.label}",
    )


def printed_results(
    results: Sequence[PrintedResult],
    *,
    name: str,
    title: str,
    measure: str,
    unit: str = "",
    reference: str = "",
    groups: Sequence[str] | None = None,
) -> Figure:
    """Results as a paper prints them, beside each other; `reference` labels the one with a band.

    Where a higher value is better in some and a lower one in others, the rows say so.
    """
    drawn = {result.label: PrintedEstimate(*result.numbers) for result in results}
    directions = sides(result.favours for result in results)
    marked = [directions is None and result.favours == "lower" for result in results]
    mixed = (
        "Dots are estimates with the sign that is printed, thick lines their 95% confidence "
        "intervals. Higher is better, unless the row says otherwise."
    )
    return charts.intervals(
        drawn,
        [
            f"{result.label} (lower\u00a0is\u00a0better)" if lower else result.label
            for result, lower in zip(results, marked, strict=True)
        ],
        name=name,
        title=title,
        description=mixed if any(marked) else "",
        measure=measure,
        unit=unit,
        heading="As printed",
        columns={"Studies": [result.k or "not printed" for result in results]},
        groups=groups,
        reference=drawn[reference] if reference else None,
        favours=directions,
    )


def sides(favours: Iterable[str]) -> tuple[str, str] | None:
    """What lies left and right of no effect, by the values that favour the treatment in outcomes.

    None where `higher` ones do in some and `lower` ones in others.
    """
    higher = ("favours control", "favours vesicles")
    found = set(favours)
    return None if len(found) > 1 else higher if "higher" in found else higher[::-1]


@dataclass(frozen=True)
class PrintedEstimate:
    """A printed estimate with its limits, as numbers that a chart can draw."""

    estimate: float
    ci_low: float
    ci_high: float


def _about(row: Mapping[Any, Any], source: str, moderators: Sequence[Column]) -> About:
    """What the row of a study says besides its effect."""
    facts = {}
    for arm in ("treated", "control"):
        mean, sd, n = (row.get(f"{part}_{arm}") for part in ("mean", "sd", "n"))
        if mean is not None and sd is not None and isfinite(mean):
            shown = f"{formats.significant(mean, 6)} ± {formats.significant(sd, 6)}"
            facts[arm.capitalize()] = f"{shown}, n = {n}"
    codes = [(column, str(row[column.name])) for column in moderators]
    groups = {column.title: column.levels.get(code, code) for column, code in codes}
    told = {**facts, **groups, "Source": source}
    return About(told, {"year": float(row["year"])}, groups)


def _unit(studies: Outcome, measure: str) -> str:
    return studies.unit if measure == studies.measure else ""
