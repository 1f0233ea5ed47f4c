"""Tables of an outcome's results, ready for a page."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formats, html, ledger_pages
from analysis.classified import Classification
from analysis.dictionary import Column
from analysis.html import Html
from analysis.ledger import Entry
from analysis.printed import Printed
from analysis.statistics import checks, heterogeneity, moderators, pooling, sensitivity, small_study
from analysis.studies import Outcome

NUMERIC = ("number", "integer")
"""Types of columns that are set flush right."""


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
            pooled = pooling.pool(outcome.yi, outcome.vi, method=method, i2_from="q")
            same = all(_prints(getattr(pooled, name), text) for name, text in target.items())
            rows.append(
                [
                    outcome.label,
                    method,
                    f"{pooled.tau2:.4f}",
                    str(pooled),
                    formats.interval(pooled.pi_low, pooled.pi_high) if method != "EE" else "–",
                    "yes" if same else "no",
                ]
            )
    header = ["Outcome", "Estimator", "tau²", "Estimate (95% CI)", "95% prediction interval"]
    return html.table(
        "The same studies under every estimator", [*header, "As printed"], rows, numeric=(2,)
    )


def asymmetry_table(outcomes: Sequence[Outcome]) -> Html:
    """Tests of funnel plot asymmetry in every form, for mean differences and SMDs."""
    rows = []
    for outcome in outcomes:
        for measure in dict.fromkeys((outcome.measure, "SMD")):
            effects = outcome.as_measure(measure)
            size = small_study.sample_size_predictor(
                outcome.rows["n_treated"].astype(float), outcome.rows["n_control"].astype(float)
            )
            tests = {
                "Egger, weighted regression": small_study.egger_regression(effects.yi, effects.vi),
                "Egger, meta-regression": small_study.egger_meta_regression(effects.yi, effects.vi),
                "Egger, on sample size": small_study.egger_meta_regression(
                    effects.yi, effects.vi, size
                ),
            }
            for name, test in tests.items():
                # The standard error of an SMD contains the SMD: only the last form is valid.
                valid = measure != "SMD" or test is tests["Egger, on sample size"]
                limits = formats.interval(test.slope_low, test.slope_high)
                slope = f"{formats.number(test.slope)} ({limits})"
                rows.append(
                    [outcome.label, measure, name, slope, formats.p_value(test.p), _yes(valid)]
                )
            rank = small_study.begg(effects.yi, effects.vi)
            tau = f"Kendall’s tau {formats.number(rank.tau)}"
            rows.append(
                [
                    outcome.label,
                    measure,
                    "Begg",
                    tau,
                    formats.p_value(rank.p),
                    _yes(measure != "SMD"),
                ]
            )
    header = ["Outcome", "Measure", "Test", "Slope (95% CI)", "p", "Valid for the measure"]
    return html.table("Tests of funnel plot asymmetry", header, rows)


def trim_and_fill_table(outcomes: Sequence[Outcome]) -> Html:
    """Trim and fill under both estimators and both models that find the centre."""
    rows = []
    for outcome in outcomes:
        for estimator in ("L0", "R0"):
            for centre in ("EE", "REML"):
                filled = small_study.trim_and_fill(
                    outcome.yi, outcome.vi, estimator=estimator, trim_method=centre
                )
                rows.append(
                    [
                        outcome.label,
                        estimator,
                        centre,
                        str(filled.k0),
                        filled.side,
                        str(filled.pooled),
                    ]
                )
    header = ["Outcome", "Estimator", "Centre by", "Filled", "Side", "REML estimate (95% CI)"]
    return html.table("Trim and fill", header, rows, numeric=(3,))


def subgroups_table(
    outcomes: Sequence[Outcome], moderator: str, labels: Mapping[str, str], method: str = "REML"
) -> Html:
    """Subgroups under a common tau²: k, pooled effect, P-score."""
    rows = []
    for outcome in outcomes:
        groups = _groups(outcome, moderator, method)
        for level, k, effect, score in zip(
            groups.levels, groups.k, groups.pooled, moderators.p_scores(groups), strict=True
        ):
            rows.append([outcome.label, labels[level], str(k), str(effect), f"{score:.2f}"])
    header = ["Outcome", "Subgroup", "Studies", f"Effect (95% CI), {method}", "P-score"]
    return html.table("Subgroups with a common tau²", header, rows, numeric=(2, 4))


def contrasts_table(
    outcomes: Sequence[Outcome], moderator: str, labels: Mapping[str, str], method: str = "REML"
) -> Html:
    """The difference between each pair of subgroups, with interval and p-value."""
    rows = []
    for outcome in outcomes:
        groups = _groups(outcome, moderator, method)
        for contrast in groups.contrasts:
            first, second = (labels[level] for level in contrast.name.split(" − "))
            pair = f"{first} − {second}"
            rows.append([outcome.label, pair, str(contrast), formats.p_value(contrast.p)])
    header = ["Outcome", "Contrast", f"Difference (95% CI), {method}", "p"]
    return html.table("Contrasts between subgroups, all indirect", header, rows)


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
            _yes(bool(found.influential[i])),
        ]
        for i, study in enumerate(outcome.labels)
    ]
    header = ["Study", "Residual", "DFFITS", "Cook’s distance", "Variance ratio", "tau² without it"]
    caption = f"Influence of each study, {outcome.label}"
    return html.table(caption, [*header, "Influential"], rows, numeric=range(1, 6))


@dataclass(frozen=True)
class PrintedResult:
    """A pooled result as a paper prints it, with what else it prints of the same pool.

    `estimate`, `lower` and `upper` are characters; `k` is the number of studies, 0 where none is
    printed; `tau2`, `i2` (in percent) and `q` are characters too, empty where none is printed.
    `log` marks a ratio.
    """

    label: str
    estimate: str
    lower: str
    upper: str
    k: int = 0
    tau2: str = ""
    i2: str = ""
    q: str = ""
    log: bool = False

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Estimate and limits as numbers."""
        estimate, lower, upper = (
            Printed(text).number for text in (self.estimate, self.lower, self.upper)
        )
        return estimate, lower, upper


def implied_table(results: Sequence[PrintedResult]) -> Html:
    """What printed pooled results imply and do not say: z, p, prediction interval, interval of I².

    Where I² is printed and Q is not, Q is what I² implies, if it is above 0.
    """
    rows = []
    for result in results:
        estimate, lower, upper = result.numbers
        z = float(checks.z_of_interval(estimate, lower, upper, log=result.log))
        prediction = i2 = "–"
        if result.tau2:
            limits = checks.prediction_interval(
                estimate, lower, upper, Printed(result.tau2).number, result.k, result.log
            )
            prediction = formats.interval(*limits)
        q = _implied_q(result)
        if q > 0 and result.k > 2:
            i2 = formats.interval(*checks.i2_interval(q, result.k), digits=0)
        span = f"{result.estimate} ({result.lower} to {result.upper})".replace("-", "−")
        p = formats.p_value(float(checks.p_of_z(z)))
        k = str(result.k) if result.k else "–"
        rows.append([result.label, k, span, formats.number(z), p, prediction, i2])
    header = [
        "Result",
        "Studies",
        "As printed",
        "z",
        "p",
        "95% prediction interval",
        "I², 95% CI (%)",
    ]
    return html.table("What the printed results imply", header, rows, numeric=(1, 3))


def widened_table(results: Sequence[PrintedResult]) -> Html:
    """Printed results as stricter settings give them: t on k - 1, and a prediction interval.

    The interval from t has the printed standard error and tau² as they are, so that the modern
    settings of the book, which never narrow it, give one at least as wide for the same tau². Where
    tau² is not printed, it is what I² means if all studies had one sampling variance.
    """
    rows = []
    for result in results:
        estimate, lower, upper = (
            Printed(text).number for text in (result.estimate, result.lower, result.upper)
        )
        wide = checks.t_interval(estimate, lower, upper, result.k)
        tau2, prediction = f"{result.tau2}, printed", "–"
        if result.tau2:
            squared = Printed(result.tau2).number
        else:
            squared = checks.tau2_of_i2(Printed(result.i2).number, lower, upper, result.k)
            tau2 = f"about {formats.number(squared)}, from I²"
        if result.k > 2:
            limits = checks.prediction_interval(estimate, lower, upper, squared, result.k)
            prediction = formats.interval(*limits)
        cells = [result.label, str(result.k), formats.interval(*wide), tau2, prediction]
        rows.append(cells)
    header = ["Result", "Studies", "95% CI with t on k − 1", "tau²"]
    caption = "The printed results under stricter settings"
    return html.table(caption, [*header, "95% prediction interval"], rows, numeric=(1,))


def membership_table(caption: str, rows: pd.DataFrame, columns: Sequence[Column]) -> Html:
    """Which studies belong to each level of some columns: how many, and their names."""
    cells = []
    for column in columns:
        for level, meaning in column.levels.items():
            names = [str(name) for name in rows.loc[rows[column.name] == level, "study"].unique()]
            if names:
                cells.append([column.title, meaning, str(len(names)), ", ".join(names)])
    return html.table(caption, ["By", "Group", "Studies", "Which"], cells, numeric=(2,))


def parts_table(total: PrintedResult, parts: Sequence[PrintedResult]) -> Html:
    """Printed parts of a printed total: what the rest must give, with common weights.

    The least I² is that of the total which the difference between part and rest, and I² of the
    part, already make; nothing is left to compute where the part has all the weight. Parts may
    overlap; each is held against the total by itself.
    """
    whole = total.numbers
    rows = []
    for part in parts:
        found = part.numbers
        weight = float(checks.weight_of_part(whole, found))
        share = f"{part.k} of {total.k} ({checks.share(part.k, total.k):.0f}%)"
        rest = least = "–"
        if round(weight) < 100:
            value, low, high = (float(each) for each in checks.rest_of(whole, found))
            rest = f"{formats.number(value)} ({formats.interval(low, high)})"
            q = float(checks.q_of_part(whole, found)) + _implied_q(part)
            least = f"{float(checks.i2_of_q(q, total.k - 1)):.0f}%"
        printed = f"{total.i2}%" if total.i2 else "–"
        rows.append([part.label, share, f"{weight:.0f}%", rest, least, printed])
    header = ["Part", "Studies", "Weight implied", "Rest implied (95% CI)", "Least I² implied"]
    return html.table(
        f"Parts of {total.label}, if all studies have one set of weights",
        [*header, "I² printed"],
        rows,
        numeric=(1, 2, 4, 5),
    )


def least_animals_table(results: Sequence[PrintedResult]) -> Html:
    """The least number of animals that the printed intervals of SMDs can rest on."""
    rows = []
    for result in results:
        _, low, high = result.numbers
        least = float(checks.least_n(low, high))
        width = formats.number(high - low)
        rows.append([result.label, str(result.k), width, f"{least:.0f}", f"{least / result.k:.0f}"])
    header = [
        "Result",
        "Studies",
        "Width of the interval",
        "Least animals",
        "Per study, on average",
    ]
    return html.table("What the width of an interval needs", header, rows, numeric=range(1, 5))


def whole_numbers_table(shares: Sequence[tuple[str, str, int]]) -> Html:
    """Printed percentages (label, characters, n): which whole numbers out of n give each (GRIM)."""
    rows = []
    for label, percent, n in shares:
        printed = Printed(percent)
        fitting = [str(count) for count in range(n + 1) if printed.prints(100 * count / n)]
        rows.append([label, f"{percent}%", str(n), ", ".join(fitting) or "none"])
    header = ["Percentage", "As printed", "Out of", "Whole numbers that give it"]
    return html.table("Percentages against their denominators", header, rows, numeric=(1, 2, 3))


def cross_table(frame: pd.DataFrame, rows: Column, columns: Column, caption: str) -> Html:
    """How many rows of a table fall into each pair of levels of two columns, with totals."""
    across = {
        code: name for code, name in columns.levels.items() if (frame[columns.name] == code).any()
    }
    shown = []
    for code, name in rows.levels.items():
        chosen = frame[frame[rows.name] == code]
        if len(chosen):
            counts = [int((chosen[columns.name] == level).sum()) for level in across]
            shown.append([name, *(str(n) if n else "·" for n in counts), str(len(chosen))])
    totals = [str(int((frame[columns.name] == level).sum())) for level in across]
    shown.append(["All", *totals, str(len(frame))])
    header = [rows.title, *across.values(), "All"]
    return html.table(caption, header, shown, numeric=range(1, len(header)))


def axis(name: str, title: str, frame: pd.DataFrame) -> Column:
    """A column of free texts as one with levels, in the order in which they first occur."""
    levels = {str(text): str(text) for text in frame[name]}
    return Column(name, title, "", "choice", levels=levels)


def rows_table(caption: str, frame: pd.DataFrame, columns: Sequence[Column]) -> Html:
    """Rows of a table as they are, with the meanings of codes and the units of numbers."""
    shown = []
    for record in frame.to_dict("records"):
        cells = ["" if pd.isna(record[column.name]) else record[column.name] for column in columns]
        texts = [f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]
        shown.append(
            [
                "; ".join(column.levels.get(part, part) for part in text.split(";"))
                for column, text in zip(columns, texts, strict=True)
            ]
        )
    header = [
        f"{column.title} ({column.unit})" if column.unit else column.title for column in columns
    ]
    numeric = [place for place, column in enumerate(columns) if column.type in NUMERIC]
    return html.table(caption, header, shown, numeric=numeric)


def _implied_q(result: PrintedResult) -> float:
    if result.q:
        return Printed(result.q).number
    i2 = Printed(result.i2).number if result.i2 else 0.0
    return float(checks.q_of_i2(i2, result.k - 1)) if 0 < i2 < 100 else 0.0


def _groups(outcome: Outcome, moderator: str, method: str) -> moderators.Subgroups:
    codes = [str(code) for code in outcome.rows[moderator]]
    return moderators.common_subgroups(outcome.yi, outcome.vi, codes, method=method)


def _prints(value: Any, text: str) -> bool:
    digits = len(text.partition(".")[2])
    return f"{value:.{digits}f}" == text


def _yes(condition: bool) -> str:
    return "yes" if condition else "no"


def intervals_table(results: Sequence[PrintedResult], p_below: float) -> Html:
    """What printed intervals imply of their own estimates: middle, z, p, and p below a limit."""
    rows = []
    for result in results:
        estimate, lower, upper = (
            Printed(text).number for text in (result.estimate, result.lower, result.upper)
        )
        middle = float(checks.centre(lower, upper, log=result.log))
        z = float(checks.z_of_interval(estimate, lower, upper, log=result.log))
        p = float(checks.p_of_z(z))
        span = f"{result.estimate} ({result.lower} to {result.upper})".replace("-", "−")
        cells = [span, formats.number(middle), formats.number(z), formats.p_value(p)]
        rows.append([result.label, *cells, _yes(p < p_below)])
    header = ["Result", "As printed", "Middle of the interval", "z", "p", f"p < {p_below:g}"]
    return html.table("What the printed intervals imply", header, rows, numeric=(2, 3))


def classification_table(entries: Sequence[Classification]) -> Html:
    """A ranking rule on what is printed: the label in print, and what the rule allows."""
    rows = [
        [
            entry.label,
            str(entry.counted),
            str(entry.recounted),
            entry.i2 or "none",
            entry.before.value,
            entry.recount.value,
            entry.extent_before.value.removesuffix(" outcomes").removesuffix(" outcome"),
            entry.second.value,
            entry.printed,
        ]
        for entry in entries
        if entry.counted
    ]
    header = [
        *("Group", "Reviews", "Recounted", "I² (%)", "High?", "Recounted?"),
        *("High I²", "Moderate?", "Label in print"),
    ]
    return html.table("The rule, applied to what is printed", header, rows, numeric=(1, 2))


def change_table(entries: Sequence[Classification]) -> Html:
    """The same rule before and after added rows, one group a row, each with its anchor."""
    rows = [
        [
            entry.label,
            str(entry.counted),
            str(entry.added),
            entry.says_before if entry.counted else "no evidence",
            entry.says_after,
            "; ".join(entry.meeting) or "–",
        ]
        for entry in entries
    ]
    header = ["Group", "Reviews", "Added", "Before", "After", "Added results that meet the rule"]
    return html.table(
        "The classification, before and after",
        header,
        rows,
        ids=[entry.id for entry in entries],
        numeric=(1, 2),
    )


def pairs_table(caption: str, pairs: Mapping[str, Set[tuple[str, str]]]) -> Html:
    """Pairs that some of several tables have and others lack, by the names of the tables."""
    every = sorted(set().union(*pairs.values()))
    rows = [
        [first, second, *(_yes((first, second) in held) for held in pairs.values())]
        for first, second in every
        if not all((first, second) in held for held in pairs.values())
    ]
    return html.table(caption, ["Disease", "Source", *pairs], rows)


def entries_table(caption: str, entries: Sequence[Entry]) -> Html:
    """Printed numbers with what follows from their recipes, each a link to its row."""
    rows = [
        [
            html.Cell(entry.label, link=f"#{entry.id}"),
            ledger_pages.printed_text(entry),
            ledger_pages.recomputed_text(entry),
            entry.verdict.value,
        ]
        for entry in entries
    ]
    return html.table(caption, ["Number", "Printed", "Recomputed", "Verdict"], rows)


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "–"
    return (f"{value:g}" if isinstance(value, float) else str(value)) or "–"
