"""Figure 2 of the spinal cord injury review follows, character by character, from its rows.

Mou et al. 2025, Front Neurol 16:1447414, Figure 2: for each of 21 studies at two assessments n,
mean and SD of both arms, the mean difference with its interval, and the weights in the
common-effect and the random-effects model. The computations here don't use the ledger.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import exhibits, judging, living, studies, tables
from analysis.dictionary import ARMS
from analysis.evidence import doses
from analysis.evidence.certainty import certainties
from analysis.ledger import ledger
from analysis.statistics import heterogeneity, pooling, small_study
from analysis.statistics.pooling import Pooled
from analysis.verdicts import Verdict

CHAPTER = "spinal-cord-injury"
PANELS = {"bbb-first": "Figure 2A", "bbb-last": "Figure 2B"}
OUTCOMES = studies.outcomes(CHAPTER)
REPORTED: Mapping[str, Mapping[Any, Any]] = {
    str(row["id"]).removeprefix(f"{CHAPTER}."): row
    for row in tables.load_text(CHAPTER, "reported").to_dict("records")
}
AS_PUBLISHED = tables.review(CHAPTER)["as_published"]
SETTINGS = {"measure": "MD", "method": "REML", "test": "z", "i2_from": "q"}
ROWS = [(panel, study) for panel, outcome in OUTCOMES.items() for study in outcome.labels]
POOLED = [
    row
    for row in tables.load_text(CHAPTER, "studies").to_dict("records")
    if row["in_review"] == "yes"
]


def printed(row: str) -> dict[str, str]:
    return {
        name: REPORTED[row][name] for name in ("value", "lower", "upper") if REPORTED[row][name]
    }


def slug(study: str) -> str:
    """The last part of the ids of a study's numbers."""
    return study.lower().replace(" ", "-")


def like(text: str, value: float) -> str:
    """A number in as many decimals as a printed one has."""
    return f"{value:.{len(text.partition('.')[2])}f}"


def as_printed(row: str, **values: float) -> dict[str, str]:
    """Computed values in the form of those that a row prints."""
    return {name: like(text, values[name]) for name, text in printed(row).items()}


def settings(**changed: str) -> dict[str, Any]:
    return {**SETTINGS, **changed}


def figure(panel: str, pooled: Pooled) -> dict[str, dict[str, str]]:
    """What the random-effects model gives of a panel, in the form in which it is printed."""
    model = {"value": pooled.estimate, "lower": pooled.ci_low, "upper": pooled.ci_high}
    return {
        f"{panel}.random": as_printed(f"{panel}.random", **model),
        f"{panel}.tau2": as_printed(f"{panel}.tau2", value=pooled.tau2),
        f"{panel}.i2": as_printed(f"{panel}.i2", value=pooled.i2),
    }


def missed(**changed: str) -> set[str]:
    """The printed numbers that some other setting does not give."""
    return {
        row
        for panel in PANELS
        for row, given in figure(
            panel, studies.pool(OUTCOMES[panel], **settings(**changed))
        ).items()
        if given != printed(row)
    }


def test_figure_has_21_studies_in_each_panel() -> None:
    assert len(ROWS) == 42
    for panel, place in PANELS.items():
        rows = OUTCOMES[panel].rows
        assert set(rows["location"]) == {place}
        assert rows["study"].is_unique
        assert rows["n_treated"].sum() == int(printed(f"{panel}.n-treated")["value"])
        assert rows["n_control"].sum() == int(printed(f"{panel}.n-control")["value"])
        for what in ("md", "weight-common", "weight-random"):
            assert sum(row.startswith(f"{panel}-{what}.") for row in REPORTED) == 21


def test_ledger_lists_every_arm_of_the_figure_as_the_studies_have_it() -> None:
    for row in POOLED:
        name, restored = slug(row["study"]), row["restored"].split(";")
        for column in ARMS:
            listed = REPORTED[f"{row['outcome']}-{column.replace('_', '-')}.{name}"]
            assert (listed["value"], listed["lower"], listed["upper"]) == (row[column], "", "")
            assert (listed["transcription"] == "restored") == (column in restored)
            assert listed["location"] == REPORTED[f"{row['outcome']}-md.{name}"]["location"]
            assert listed["not_recomputable_kind"] == "input"
    arms = re.compile(r"bbb-(first|last)-(n|mean|sd)-(treated|control)\.")
    assert sum(bool(arms.match(row)) for row in REPORTED) == len(POOLED) * len(ARMS) == 252


def test_ledger_lists_the_year_of_every_study_in_the_table_and_in_both_panels() -> None:
    for row in POOLED:
        name, panel = slug(row["study"]), row["outcome"]
        assert REPORTED[f"table-1-year.{name}"]["value"] == row["year"]
        assert REPORTED[f"{panel}-year.{name}"]["value"] == row["study_printed"][-len("YYYY") :]
    assert (
        sum(bool(re.match(r"(table-1|bbb-first|bbb-last)-year\.", row)) for row in REPORTED) == 63
    )


@pytest.mark.parametrize(("panel", "study"), ROWS, ids=[f"{p} {s}" for p, s in ROWS])
def test_study_gives_its_difference_interval_and_weights(panel: str, study: str) -> None:
    outcome = OUTCOMES[panel]
    place, name = outcome.labels.index(study), slug(study)
    yi, half = outcome.yi[place], stats.norm.ppf(0.975) * sqrt(outcome.vi[place])
    row = f"{panel}-md.{name}"
    assert as_printed(row, value=yi, lower=yi - half, upper=yi + half) == printed(row)
    for model, method in (("common", "EE"), ("random", "REML")):
        row = f"{panel}-weight-{model}.{name}"
        weight = studies.pool(outcome, method=method).weights[place]
        assert as_printed(row, value=weight) == printed(row)


@pytest.mark.parametrize("panel", PANELS)
def test_pooled_rows_follow_from_the_studies(panel: str) -> None:
    common = studies.pool(OUTCOMES[panel], **settings(method="EE"))
    values = {"value": common.estimate, "lower": common.ci_low, "upper": common.ci_high}
    assert as_printed(f"{panel}.common", **values) == printed(f"{panel}.common")
    random = studies.pool(OUTCOMES[panel], **SETTINGS)
    for row, given in figure(panel, random).items():
        assert given == printed(row), row
    assert (REPORTED[f"{panel}.q-p"]["qualifier"], printed(f"{panel}.q-p")) == (
        "<",
        {"value": "0.01"},
    )
    assert random.q_p < 0.01
    assert {random.q_df, common.q_df} == {20}


def test_abstract_prints_the_common_effect_rows() -> None:
    for panel in PANELS:
        assert printed(f"abstract.{panel}") == printed(f"{panel}.common")
        assert printed(f"abstract.{panel}") != printed(f"{panel}.random")


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("method", [name for name in heterogeneity.METHODS if name != "REML"])
def test_no_other_estimator_gives_tau2(panel: str, method: str) -> None:
    tau2 = studies.pool(OUTCOMES[panel], method=method).tau2
    assert as_printed(f"{panel}.tau2", value=tau2) != printed(f"{panel}.tau2")


def test_settings_of_the_review_are_those_that_print_the_figure() -> None:
    given = {name: entry["value"] for name, entry in AS_PUBLISHED.items()}
    assert given == {"measure": "MD", "models": ["EE", "REML"], "test": "z", "i2_from": "q"}
    assert {entry["basis"] for entry in AS_PUBLISHED.values()} == {"inferred"}
    assert missed() == set()


@pytest.mark.parametrize(
    ("setting", "other"),
    [(name, other) for name, entry in AS_PUBLISHED.items() for other in entry["tried"]],
)
def test_every_setting_that_was_tried_is_excluded_by_a_printed_number(
    setting: str, other: str
) -> None:
    keyword = {"models": "method"}.get(setting, setting)
    decisive = {"models": "tau2", "i2_from": "i2"}.get(setting, "random")
    assert {f"{panel}.{decisive}" for panel in PANELS} <= missed(**{keyword: other})


def test_every_setting_was_tried() -> None:
    every = {
        "models": set(heterogeneity.METHODS),
        "test": set(pooling.TESTS),
        "i2_from": set(pooling.I2_SOURCES),
    }
    for name, known in every.items():
        value = AS_PUBLISHED[name]["value"]
        chosen = set(value if isinstance(value, list) else [value])
        assert chosen | set(AS_PUBLISHED[name]["tried"]) == known
        assert chosen.isdisjoint(AS_PUBLISHED[name]["tried"])


def test_standardized_differences_that_the_methods_announce_are_not_those_printed() -> None:
    for panel in PANELS:
        for model, method in (("common", "EE"), ("random", "REML")):
            estimate = studies.pool(OUTCOMES[panel], measure="SMD", method=method).estimate
            assert (
                as_printed(f"{panel}.{model}", value=estimate, lower=0, upper=0)["value"]
                != (printed(f"{panel}.{model}")["value"])
            )


def test_restored_cells_are_those_of_their_rows_and_confirmed_by_printed_numbers() -> None:
    rows = tables.load(CHAPTER, "studies")
    restored = rows[rows["restored"] != ""]
    assert len(restored) > 0
    for _, row in restored.iterrows():
        cells, confirming = row["restored"].split(";"), row["confirmed_by"].split(";")
        assert len(cells) == len(confirming)
        name = slug(row["study"])
        for cell, identifier in zip(cells, confirming, strict=True):
            assert cell.startswith(("mean_", "sd_"))
            assert identifier.startswith(f"{CHAPTER}.{row['outcome']}-")
            assert identifier.endswith(f".{name}")
            recipe = REPORTED[identifier.removeprefix(f"{CHAPTER}.")]["recompute"]
            assert not recipe or judging.tests_form(recipe)


@pytest.mark.parametrize("panel", PANELS)
def test_living_estimate_is_that_of_every_row_by_the_modern_settings(panel: str) -> None:
    entry = living.estimates()[f"{CHAPTER}.{panel}.living"]
    every = studies.outcomes(CHAPTER, in_review_only=False)[panel]
    assert entry.pooled.k == len(every)
    assert entry.added == len(every) - 21
    assert (entry.pooled.method, entry.pooled.test, entry.pooled.level) == ("REML", "adhoc", 0.95)
    expected = pooling.pool(
        every.yi, every.vi, method="REML", test="adhoc", prediction="k-1", i2_from="tau2"
    )
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2", "p"):
        assert getattr(entry.pooled, name) == getattr(expected, name)


def test_added_row_moves_the_living_estimate_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(tables.DATA, data)
    path = data / CHAPTER / "studies.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    taken = rows[(rows["study"] == "Chang 2021") & (rows["outcome"] == "bbb-last")]
    new = taken.assign(study="Chang 2026", mean_treated="9.51", in_review="no")
    pd.concat([rows, new]).to_csv(path, index=False)
    name = f"{CHAPTER}.bbb-last.living"
    before, after = living.estimates()[name], living.estimates(data)[name]
    assert (after.pooled.k, after.added) == (before.pooled.k + 1, before.added + 1)
    assert after.pooled.estimate > before.pooled.estimate
    other = f"{CHAPTER}.bbb-first.living"
    assert str(living.estimates(data)[other]) == str(living.estimates()[other])
    for panel, outcome in studies.outcomes(CHAPTER, data).items():
        assert (
            studies.pool(outcome, **SETTINGS).estimate
            == studies.pool(OUTCOMES[panel], **SETTINGS).estimate
        )


@pytest.mark.parametrize("panel", PANELS)
def test_modern_settings_are_what_the_methods_page_says(panel: str) -> None:
    """Knapp-Hartung with a multiplier of at least 1, t on k - 1, Q-profile interval of tau²."""
    pooled = living.estimates()[f"{CHAPTER}.{panel}.living"].pooled
    outcome = studies.outcomes(CHAPTER, in_review_only=False)[panel]
    w = 1 / (outcome.vi + pooled.tau2)
    mean = (w * outcome.yi).sum() / w.sum()
    multiplier = max(1.0, (w * (outcome.yi - mean) ** 2).sum() / (len(outcome) - 1))
    se, t = sqrt(multiplier / w.sum()), stats.t.ppf(0.975, len(outcome) - 1)
    assert pooled.estimate == pytest.approx(mean, rel=1e-12)
    assert (pooled.ci_low, pooled.ci_high) == pytest.approx((mean - t * se, mean + t * se))
    spread = t * sqrt(pooled.tau2 + se**2)
    assert (pooled.pi_low, pooled.pi_high) == pytest.approx((mean - spread, mean + spread))
    for tau2, probability in ((pooled.tau2_ci_low, 0.975), (pooled.tau2_ci_high, 0.025)):
        v = outcome.vi + tau2
        centre = np.average(outcome.yi, weights=1 / v)
        q = ((outcome.yi - centre) ** 2 / v).sum()
        assert stats.chi2.cdf(q, len(outcome) - 1) == pytest.approx(probability, abs=1e-9)


def test_analyses_of_missing_results_are_those_of_metafor() -> None:
    """metafor 3.8: `selmodel(type = "stepfun")` of ML and `tes` of REML; PEESE by R's `lm`."""
    markup = exhibits.publication_table(list(OUTCOMES.values())).markup
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", markup)[1:]
    cells = [[re.sub("<[^>]*>", "", cell) for cell in re.split("</t[hd]>", row)] for row in rows]
    assert [row[2:4] for row in cells] == [
        ["1.32 (95% CI 1.07 to 1.57)", "–"],
        ["1.17 (95% CI 0.78 to 1.57)", "–"],
        ["1.31 (95% CI 1.00 to 1.62)", "p = 0.91"],
        ["18 of 21 significant, 17.8 expected", "p = 0.60"],
        ["1.72 (95% CI 1.43 to 2.00)", "–"],
        ["1.18 (95% CI 0.70 to 1.66)", "–"],
        ["1.66 (95% CI 1.31 to 2.01)", "p = 0.55"],
        ["20 of 21 significant, 19.4 expected", "p = 0.52"],
    ]


def test_tests_of_asymmetry_do_not_agree_at_the_last_assessment() -> None:
    """Egger's forms and Begg's test, each held to metafor in test_statistics_metafor.py."""
    outcome = OUTCOMES["bbb-last"]
    found = {
        "regression": small_study.egger_regression(outcome.yi, outcome.vi).p,
        "meta_regression": small_study.egger_meta_regression(outcome.yi, outcome.vi).p,
        "ranks": small_study.begg(outcome.yi, outcome.vi).p,
        "sample_size": small_study.egger_meta_regression(
            outcome.yi, outcome.vi, outcome.sample_size_predictor
        ).p,
    }
    printed = {name: f"{p:.3f}" for name, p in found.items()}
    assert printed == {
        "regression": "0.032",
        "meta_regression": "0.080",
        "ranks": "0.140",
        "sample_size": "0.797",
    }
    said = ledger().findings[f"{CHAPTER}.finding.egger"].against
    assert "p = 0.41 at the first assessment and p = 0.032 at the last" in said
    assert "give 0.080, 0.14 and 0.80 there" in said


def test_dose_whose_unit_scanning_may_have_damaged_says_so() -> None:
    assert "µg" in ledger().entries[f"{CHAPTER}.results.dose"].not_recomputable
    assert {dose.unit for dose in doses.doses() if dose.chapter == CHAPTER} == {"mg or µg"}


def test_certainty_tells_the_tests_of_asymmetry_that_do_not_agree() -> None:
    found = next(each for each in certainties() if each.body.printed.pool == "bbb-last")
    [bias] = [each for each in found.proposals if each.domain == "publication-bias"]
    assert bias.downgrade == 1
    for p in ("p = 0.032", "p = 0.080", "0.14", "0.80"):
        assert p in bias.reason
    assert "the funnel is asymmetric" not in bias.reason


def test_numbers_credited_to_earlier_reviews_are_those_of_their_abstracts() -> None:
    """Yi and Wang 2021, doi:10.1515/med-2021-0304; Shang 2024, doi:10.1016/j.jcyt.2023.09.002."""
    entries = ledger().entries
    credited = {"yi-articles": 35, "yi-rodents": 583 + 116, "shang-studies": 40}
    for name, recomputed in credited.items():
        entry = entries[f"{CHAPTER}.discussion.{name}"]
        assert (entry.verdict, entry.recomputed["value"]) == (Verdict.REPRODUCED, recomputed)
    # The abstract of the first counts no studies; another paper of the book does.
    assert entries["umbrella.t2-studies.yi-2021"].reported["value"] == "35"


def test_earlier_reviews_print_larger_effects_than_the_one_that_agrees_with_them() -> None:
    """Abstracts of Shang 2024 (doi:10.1016/j.jcyt.2023.09.002) and Yi 2021 (med-2021-0304)."""
    finding = ledger().findings[f"{CHAPTER}.finding.prior-size"]
    assert finding.holds
    for printed in ("4.54 points (3.42 to 5.66)", "3.12 (2.56 to 3.67)", "1.72 (1.43 to 2.00)"):
        assert printed in finding.against


def test_missing_reports_and_method_text_touch_no_conclusion() -> None:
    severities = {
        name.removeprefix(f"{CHAPTER}.finding."): each.severity
        for name, each in ledger().findings.items()
        if each.chapter == CHAPTER
    }
    labels = ("sources-unreported", "models-conflict", "nakazaki-year", "egger", "databases")
    for name in (*labels, "four-weeks", "sources-differ"):
        assert severities[name] == "label"
    assert severities["model-rule"] == "conclusion"


def test_sources_differ_by_one_of_the_two_rules_only() -> None:
    """Overall tests and one pair of sources, as in the tables of contrasts."""
    finding = ledger().findings[f"{CHAPTER}.finding.sources-differ"]
    assert finding.holds
    for printed in ("p = 0.82 at the first and 0.50 at the last", "p = 0.003", "p = 0.09", "0.016"):
        assert printed in finding.against
    contrasts = exhibits.contrasts_table(
        [OUTCOMES["bbb-first"]],
        "source",
        {name: name for name in set(OUTCOMES["bbb-first"].rows["source"])},
        method="EE",
    ).markup
    assert "0.016" in contrasts


def test_number_that_is_printed_twice_is_one_contradiction() -> None:
    made = [[entry.id for entry in each] for each in ledger().contradictions(CHAPTER)]
    years = ("bbb-first-year.nakazaki-2021", "bbb-last-year.nakazaki-2021")
    for pair in (("abstract.rats", "results.rats"), years):
        assert [f"{CHAPTER}.{name}" for name in pair] in made


@pytest.mark.parametrize("place", ["abstract", "results"])
def test_rats_said_to_be_the_total_are_the_treated_arms_alone(place: str) -> None:
    entry = ledger().entries[f"{CHAPTER}.{place}.rats"]
    assert (entry.verdict, entry.severity) == (Verdict.DISCREPANT, "number")
    assert "235 rats in the treated arms and 229 in the control arms, 464 in all" in (
        entry.explanation
    )


def test_selection_is_not_defined_where_every_result_is_significant() -> None:
    outcome = OUTCOMES["bbb-last"]
    kept = np.abs(outcome.yi) > 2 * np.sqrt(outcome.vi)
    significant = replace(outcome, rows=outcome.rows[kept].reset_index(drop=True))
    markup = exhibits.publication_table([significant]).markup
    text = re.sub("(<[^>]*>)+", " ", markup)
    why = "not defined for these data: no effect has a p-value between 0.025 and 1"
    assert f"three parameters {why} – BBB" in text
