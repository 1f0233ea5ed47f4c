"""Charts of outcomes say in words what their rows and columns are."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from analysis import exhibits, figures, tables
from analysis.charts import NARROW, WIDE, Figure
from analysis.evidence.bodies import bodies_of_evidence
from analysis.evidence.certainty import certainties
from analysis.evidence.doses import AXES, doses
from analysis.folders import DATA
from analysis.html import Html
from analysis.pools import PrintedResult, printed_results
from analysis.statistics import likelihood
from analysis.statistics.heterogeneity import METHODS, NAMES
from analysis.studies import outcomes
from tests.figures import words

LAST = outcomes("spinal-cord-injury")["bbb-last"]


def test_every_estimator_of_tau2_stands_with_its_name() -> None:
    assert list(NAMES) == list(METHODS)
    figure = figures.estimators(LAST)
    assert isinstance(figure, Figure)
    labels = list(figure.data["Estimator"])
    assert labels == [f"{method}, {NAMES[method]}" for method in METHODS]


def test_numbers_of_studies_stand_under_one_head() -> None:
    levels = {name: name for name in LAST.rows["source"].unique()}
    groups, years = figures.subgroups(LAST, "source", levels), figures.cumulative(LAST)
    assert isinstance(groups, Figure)
    assert isinstance(years, Figure)
    for figure in (groups, years):
        assert "Studies" in figure.data.columns
        assert "k" not in figure.data.columns
    assert list(years.data["Studies"])[-1] == str(len(LAST))


def test_one_study_left_has_no_share_of_heterogeneity() -> None:
    two = replace(LAST, rows=LAST.rows.head(2))
    without, without_more = figures.leave_one_out(two), figures.leave_one_out(LAST)
    assert isinstance(without, Figure)
    assert isinstance(without_more, Figure)
    assert list(without.data["I²"]) == ["–", "–"]
    assert all("%" in cell for cell in without_more.data["I²"])


def test_study_whose_subgroup_is_not_known_is_no_subgroup_of_its_own() -> None:
    rows = LAST.rows.copy()
    rows.loc[3, "source"] = None
    shown = figures.subgroups(replace(LAST, rows=rows), "source", {})
    assert isinstance(shown, Html)
    assert f"not defined for these data: source is not known of {LAST.labels[3]}." in shown.markup


def test_a_chart_that_is_not_defined_keeps_its_address_and_its_title() -> None:
    one, none = (replace(LAST, rows=LAST.rows.head(k)) for k in (1, 0))
    whole, left = figures.leave_one_out(LAST), figures.leave_one_out(one)
    assert isinstance(whole, Figure)
    assert isinstance(left, Html)
    opening = f'<figure class="chart" id="{whole.name}">'
    assert whole.html().startswith(opening)
    assert left.markup.startswith(opening)
    assert f"<strong>{whole.title}</strong>" in left.markup
    assert (
        '<p class="undefined">This is not defined for these data: leaving one out needs at least '
        "2 effects, got 1.</p>"
    ) in left.markup
    empty = figures.forest(none, {"Random effects": {"method": "REML"}})
    assert isinstance(empty, Html)
    assert "there must be at least one effect, got none" in empty.markup


def test_an_iteration_that_does_not_converge_is_said_in_its_place(monkeypatch) -> None:
    monkeypatch.setattr(likelihood, "ITERATIONS", 0)
    why = "not defined for these data: the likelihood of tau² did not converge in 0 iterations"
    for figure in (figures.leave_one_out(LAST), figures.estimators(LAST)):
        assert isinstance(figure, Html)
        assert why in figure.markup
    table = exhibits.estimators_table([LAST], {LAST.id: {}}).markup
    assert table.count(why) == 2  # ML and REML; the others need no likelihood
    assert exhibits.publication_table([LAST]).markup.count(why) == 3  # PET-PEESE needs no tau²


def drawn(results: list[PrintedResult]) -> Figure:
    return figures.printed_results(results, name="printed", title="Printed", measure="SMD")


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
def test_printed_results_say_which_direction_is_better(layout) -> None:
    results = list(printed_results("osteoporosis").values())
    lower = [result for result in results if result.favours == "lower"]
    higher = [result for result in results if result.favours == "higher"]
    assert [result.label for result in lower] == ["Trabecular separation"]
    mixed = drawn(results)
    text = " ".join(words(mixed, layout)).replace("\u00a0", " ")
    assert "Trabecular separation (lower is better)" in text
    assert text.count("is better") == 1
    assert "favours" not in text
    assert "Higher is better" in mixed.description
    assert mixed.data["Estimate"].min() < 0, "with its printed sign"
    assert "favours vesicles →" in " ".join(words(drawn(higher), layout))
    assert "← favours vesicles" in " ".join(words(drawn(lower), layout))
    assert "better" not in " ".join(words(drawn(lower), layout))


def test_outcomes_of_one_scale_say_what_differs_from_other_pages() -> None:
    bodies, titles = bodies_of_evidence(), tables.titles()
    first = [each for each in certainties() if each.body.printed.role == "first"]
    for figure in (figures.standardized(bodies, titles), figures.evidence(first)):
        labels = figure.data["Condition and outcome"]
        turned = {label for label in labels if label.endswith(" (as\u00a0SMD)")}
        assert turned
        assert all("BBB score" in label for label in turned)
        assert "“As SMD”: " in figure.description
        assert "by the t distribution" in figure.description


def test_no_row_repeats_the_condition_that_stands_above_it() -> None:
    rows = figures.standardized(bodies_of_evidence(), tables.titles()).data
    pairs = list(zip(rows["Condition and outcome"], rows["Group"], strict=True))
    assert ("Bone mineral density", "Osteoporosis") in pairs
    assert ("Knee osteoarthritis: OARSI score", "Umbrella review of 47 meta-analyses") in pairs
    assert not [label for label, group in pairs if label.startswith(f"{group}:")]


def test_a_dose_whose_unit_is_in_doubt_is_on_no_axis(tmp_path: Path) -> None:
    # Mou 2025, section 3.2: 100 to 400 mg, or µg of which scanning lost a letter.
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    path = data / "spinal-cord-injury" / "review.yml"
    review = yaml.safe_load(path.read_text(encoding="utf-8"))
    units = []
    for unit in ("mg or µg", "mg"):
        review["doses"]["unit"] = unit
        path.write_text(yaml.safe_dump(review, allow_unicode=True), encoding="utf-8")
        tables.review.forget()
        assert not tables.check(data)
        units.append({each.unit for each in doses(data) if each.chapter == "spinal-cord-injury"})
    assert units == [{"mg or µg"}, {"µg"}]
    assert not units[0] & set(AXES)
