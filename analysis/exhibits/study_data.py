"""Tables of what the data of an outcome's studies give."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from analysis import formats, html, undefined
from analysis.dictionary import Column
from analysis.html import Html
from analysis.printed import Printed
from analysis.statistics import (
    heterogeneity,
    moderators,
    pooling,
    publication,
    selection,
    sensitivity,
    small_study,
)
from analysis.statistics.arrays import UndefinedError
from analysis.statistics.small_study import AsymmetryTest, RankTest
from analysis.studies import Outcome, asymmetry, pool, subgroups


def studies_table(studies: Outcome, columns: Sequence[Column]) -> Html:
    """The studies of an outcome: animals in each arm, and further columns of its rows."""
    shown = []
    for row in studies.rows.to_dict("records"):
        cells = [str(row[column.name]) for column in columns]
        meanings = [
            column.levels.get(cell, cell) for column, cell in zip(columns, cells, strict=True)
        ]
        shown.append([str(row["study"]), f"{row['n_treated']} / {row['n_control']}", *meanings])
    header = ["Study", "Treated / control", *(column.title for column in columns)]
    return html.table(f"Studies of {studies.label}", header, shown, numeric=(1,))


def estimators_table(outcomes: Sequence[Outcome], printed: Mapping[str, Mapping[str, str]]) -> Html:
    """Every estimator of tau² with Wald intervals, and whether it gives what the paper prints.

    `printed` maps each outcome's id to printed characters by their names in `Pooled`: `tau2`,
    `estimate`, `ci_low`, `ci_high`.
    """
    rows = []
    for outcome in outcomes:
        target = printed[outcome.id]
        for method in heterogeneity.METHODS:
            pooled = undefined.attempted(partial(pool, outcome, method=method, i2_from="q"))
            if isinstance(pooled, UndefinedError):
                rows.append([outcome.label, method, "–", undefined.words(pooled), "–", "–"])
                continue
            same = all(Printed(text).prints(getattr(pooled, name)) for name, text in target.items())
            rows.append(
                [
                    outcome.label,
                    method,
                    f"{pooled.tau2:.4f}",
                    str(pooled),
                    formats.interval(pooled.pi_low, pooled.pi_high) if method != "EE" else "–",
                    html.yes(same),
                ]
            )
    header = ["Outcome", "Estimator", "tau²", "Estimate (95% CI)", "95% prediction interval"]
    return html.table(
        "The same studies under every estimator", [*header, "As printed"], rows, numeric=(2,)
    )


def asymmetry_table(outcomes: Sequence[Outcome]) -> Html:
    """Tests of funnel plot asymmetry in every form, for mean differences and SMDs."""
    rows = [
        [
            outcome.label,
            measure,
            test.name,
            *_found(test.found),
            html.yes(test.valid),
        ]
        for outcome in outcomes
        for measure in dict.fromkeys((outcome.measure, "SMD"))
        for test in asymmetry(outcome, measure)
    ]
    header = ["Outcome", "Measure", "Test", "Slope (95% CI)", "p", "Valid for the measure"]
    return html.table("Tests of funnel plot asymmetry", header, rows)


def _found(test: AsymmetryTest | RankTest | UndefinedError) -> tuple[str, str]:
    """What a test of asymmetry finds, the slope of a regression or a rank correlation, and p."""
    if isinstance(test, UndefinedError):
        return undefined.words(test), "–"
    if isinstance(test, RankTest):
        return f"Kendall’s tau {formats.number(test.tau)}", formats.p_value(test.p)
    limits = formats.interval(test.slope_low, test.slope_high)
    return f"{formats.number(test.slope)} ({limits})", formats.p_value(test.p)


def trim_and_fill_table(outcomes: Sequence[Outcome]) -> Html:
    """Trim and fill under both estimators and both models that find the centre."""
    rows = []
    for outcome in outcomes:
        for estimator in ("L0", "R0"):
            for centre in ("EE", "REML"):
                filled = undefined.attempted(
                    partial(
                        small_study.trim_and_fill,
                        outcome.yi,
                        outcome.vi,
                        estimator=estimator,
                        trim_method=centre,
                    )
                )
                found = (
                    ["–", "–", undefined.words(filled)]
                    if isinstance(filled, UndefinedError)
                    else [str(filled.k0), filled.side, str(filled.pooled)]
                )
                rows.append([outcome.label, estimator, centre, *found])
    header = ["Outcome", "Estimator", "Centre by", "Filled", "Side", "REML estimate (95% CI)"]
    return html.table("Trim and fill", header, rows, numeric=(3,))


def publication_table(outcomes: Sequence[Outcome]) -> Html:
    """What the pooled effect would be without small-study effects or selective publication.

    The selection model takes it that results in favour of the treatment are published more
    readily. What is not defined says so, and why.
    """
    analyses: Mapping[str, Callable[[str, Outcome], list[str]]] = {
        "As pooled, REML": _as_pooled,
        "PET-PEESE": _regressed,
        "Selection model, three parameters": _selected,
        "Excess of significance": _excess,
    }
    rows = []
    for outcome in outcomes:
        for name, analysis in analyses.items():
            found = undefined.attempted(partial(analysis, name, outcome))
            if isinstance(found, UndefinedError):
                found = [name, undefined.words(found), "–"]
            rows.append([outcome.label, *found])
    header = ["Outcome", "Analysis", "Estimate (95% CI), or what is found", "p of selection"]
    return html.table("If results are missing", header, rows)


def _as_pooled(name: str, outcome: Outcome) -> list[str]:
    return [name, str(pooling.pool(outcome.yi, outcome.vi)), "–"]


def _regressed(name: str, outcome: Outcome) -> list[str]:
    """The effect without sampling error, by the regression that PET-PEESE chooses."""
    regression = publication.pet_peese(outcome.yi, outcome.vi)
    return [f"{name}, by {regression.chosen}", str(regression.adjusted), "–"]


def _selected(name: str, outcome: Outcome) -> list[str]:
    """The effect by the selection model, and the p-value of selection."""
    towards = "greater" if outcome.favours == "higher" else "less"
    model = selection.selection_model(outcome.yi, outcome.vi, alternative=towards)
    return [name, str(model.mean), formats.p_value(model.lrt_p)]


def _excess(name: str, outcome: Outcome) -> list[str]:
    """How many results are significant and how many should be, and the p-value of the excess."""
    excess = publication.excess_significance(outcome.yi, outcome.vi, method="REML")
    counts = f"{excess.observed} of {len(outcome)} significant, {excess.expected:.1f} expected"
    return [name, counts, formats.p_value(excess.p)]


@undefined.in_place("The subgroups are")
def subgroups_table(
    outcomes: Sequence[Outcome], moderator: str, labels: Mapping[str, str], method: str = "REML"
) -> Html:
    """Subgroups under a common tau²: k, pooled effect, P-score."""
    rows = []
    for outcome in outcomes:
        groups = subgroups(outcome, moderator, method=method)
        for level, k, effect, score in zip(
            groups.levels, groups.k, groups.pooled, moderators.p_scores(groups), strict=True
        ):
            rows.append([outcome.label, labels[level], str(k), str(effect), f"{score:.2f}"])
    header = ["Outcome", "Subgroup", "Studies", f"Effect (95% CI), {method}", "P-score"]
    return html.table("Subgroups with a common tau²", header, rows, numeric=(2, 4))


@undefined.in_place("The contrasts between subgroups are")
def contrasts_table(
    outcomes: Sequence[Outcome], moderator: str, labels: Mapping[str, str], method: str = "REML"
) -> Html:
    """The difference between each pair of subgroups, with interval and p-value."""
    rows = []
    for outcome in outcomes:
        groups = subgroups(outcome, moderator, method=method)
        for contrast in groups.contrasts:
            first, second = (labels[level] for level in contrast.name.split(" − "))
            pair = f"{first} − {second}"
            rows.append([outcome.label, pair, str(contrast), formats.p_value(contrast.p)])
    header = ["Outcome", "Contrast", f"Difference (95% CI), {method}", "p"]
    return html.table(f"Contrasts between subgroups, all indirect, {method}", header, rows)


@undefined.in_place("The influence of each study is")
def influence_table(outcome: Outcome) -> Html:
    """Influence diagnostics of each study in the random-effects model."""
    found = sensitivity.influence(outcome.yi, outcome.vi)
    rows = [
        [
            study,
            formats.number(found.rstudent[i]),
            formats.number(found.dffits[i]),
            formats.number(found.cook_d[i]),
            formats.number(found.cov_ratio[i]),
            f"{found.tau2_deleted[i]:.3f}",
            html.yes(bool(found.influential[i])),
        ]
        for i, study in enumerate(outcome.labels)
    ]
    header = ["Study", "Residual", "DFFITS", "Cook’s distance", "Variance ratio", "tau² without it"]
    caption = f"Influence of each study, {outcome.label}"
    return html.table(caption, [*header, "Influential"], rows, numeric=range(1, 6))
