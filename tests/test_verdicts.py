"""Verdicts on the numbers of constructed papers whose truth is known."""

import numpy as np
import pytest

from analysis import judging, ledger
from analysis.verdicts import Verdict
from tests.papers import (
    ARMS,
    STUDIES,
    Row,
    entered,
    in_memory,
    judged,
    moved,
    pooled,
    verdict,
    write_chapter,
)


def test_numbers_that_follow_exactly_are_reproduced(tmp_path):
    reml, common = pooled("REML"), pooled("EE")
    pool = "pool(studies, outcome='score', method='{}'){}"
    rows = {
        "random.md": (reml.estimate, pool.format("REML", "")),
        "random.low": (reml.ci_low, pool.format("REML", ".ci_low")),
        "random.tau2": (reml.tau2, pool.format("REML", ".tau2")),
        "random.i2": (reml.i2, pool.format("REML", ".i2")),
        "random.p": (reml.p, pool.format("REML", ".p")),
        "random.pi": (reml.pi_high, pool.format("REML", ".pi_high")),
        "common.md": (common.estimate, pool.format("EE", "")),
        "common.weight": (
            common.weights[1],
            "weight(studies, outcome='score', study='Bo 2021', method='EE')",
        ),
    }
    printed: list[Row] = [
        {"id": name, "value": f"{number:.4f}", "recompute": recipe}
        for name, (number, recipe) in rows.items()
    ]
    printed[0] = {
        **printed[0],
        "lower": f"{reml.ci_low:.2f}",
        "upper": f"{reml.ci_high:.2f}",
    }
    printed += [
        {"id": "a.n", "kind": "count", "value": "44", "recompute": "sum(studies, 'n_treated')"},
        {"id": "a.k", "kind": "count", "value": "4", "recompute": "count(studies)"},
        {
            "id": "a.range",
            "kind": "range",
            "lower": "10",
            "upper": "14",
            "recompute": "extremes(studies, 'n_treated', 'n_control')",
        },
        {
            "id": "a.effect",
            "value": "1.35",
            "lower": "0.71",
            "upper": "1.99",
            "recompute": "effect(studies, outcome='score', study='Ada 2020')",
        },
    ]
    entries = judged(tmp_path, printed)
    assert {name: entry.verdict for name, entry in entries.items()} == dict.fromkeys(
        entries, Verdict.REPRODUCED
    )
    bases = {name: entry.basis for name, entry in entries.items()}
    assert (bases["random.md"], bases["a.n"]) == ("study-data", "count")


@pytest.mark.parametrize("field", ["value", "lower", "upper"])
@pytest.mark.parametrize("units", [-1, 1])
def test_last_digit_off_by_one_is_discrepant_if_the_inputs_are_known_well(field, units):
    fine = [
        {**row, **{name: row[name] + "0000" for name in row if "." in row[name]}} for row in STUDIES
    ]
    exact = pooled("REML")
    cells = {
        "value": f"{exact.estimate:.2f}",
        "lower": f"{exact.ci_low:.2f}",
        "upper": f"{exact.ci_high:.2f}",
    }
    recipe = "pool(studies, outcome='score', method='REML')"
    wrong = {**cells, field: moved(cells[field], units)}
    assert verdict({**cells, "recompute": recipe}, studies=fine) is Verdict.REPRODUCED
    row = {**wrong, "recompute": recipe, "severity": "number", "explanation": "It is not so."}
    assert verdict(row, studies=fine) is Verdict.DISCREPANT


@pytest.mark.parametrize("units", [-1, 1])
@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("44", "sum(studies, 'n_treated')"),
        ("4", "count(studies)"),
        ("1,034", "total(rows('paper.part'))"),
        ("990", "difference(row('paper.part.b'), row('paper.part.a'))"),
    ],
)
def test_count_off_by_one_is_discrepant(text, recipe, units):
    parts: list[Row] = [
        {"id": "part.a", "kind": "count", "value": "22"},
        {"id": "part.b", "kind": "count", "value": "1,012"},
    ]
    wrong = str(int(text.replace(",", "")) + units)
    for value, expected in ((text, Verdict.REPRODUCED), (wrong, Verdict.DISCREPANT)):
        row = {"kind": "count", "value": value, "recompute": recipe}
        assert verdict(row, *parts) is expected


def test_count_is_a_whole_number_and_no_rounded_one():
    row = {"value": "4", "recompute": "total(row('paper.part.a'), 0.3)"}
    part = {"id": "part.a", "kind": "count", "value": "4"}
    assert verdict({**row, "kind": "estimate"}, part) is Verdict.REPRODUCED
    assert verdict({**row, "kind": "count"}, part) is Verdict.DISCREPANT


SUMMANDS: list[Row] = [{"id": "part.a", "value": "1.2"}, {"id": "part.b", "value": "2.3"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.5", Verdict.REPRODUCED),
        ("3.6", Verdict.WITHIN_ROUNDING),  # 1.25 + 2.34 = 3.59
        ("3.4", Verdict.WITHIN_ROUNDING),
        ("3.7", Verdict.DISCREPANT),  # at most 1.25 + 2.35 = 3.60, and 3.65 is the least
        ("3.3", Verdict.DISCREPANT),
        ("3.59", Verdict.WITHIN_ROUNDING),
        ("3.61", Verdict.DISCREPANT),  # at most 3.60, and 3.605 is the least
        ("4", Verdict.REPRODUCED),
        ("3", Verdict.REPRODUCED),  # 3.5 is a tie
        ("2", Verdict.DISCREPANT),
    ],
)
def test_sum_of_rounded_numbers_is_judged_by_what_they_can_stand_for(text, expected):
    row = {"value": text, "recompute": "total(rows('paper.part'))"}
    assert verdict(row, *SUMMANDS) is expected


@pytest.mark.parametrize(("text", "ties"), [("2.4", True), ("2.5", True), ("2.3", False)])
def test_tie_may_be_rounded_either_way(text, ties):
    exact: list[Row] = [
        {"id": "a.low", "kind": "count", "value": "1"},
        {"id": "a.high", "kind": "count", "value": "98"},
    ]
    recipe = "share(row('paper.a.low'), total(row('paper.a.high'), -57.183673469387756))"
    share = 100 / (98 - 57.183673469387756)
    assert share == pytest.approx(2.45, abs=1e-12)
    expected = Verdict.REPRODUCED if ties else Verdict.DISCREPANT
    row = {"kind": "percent", "value": text, "recompute": recipe}
    assert verdict(row, *exact) is expected


def test_value_and_limits_that_are_possible_each_but_not_together_are_undecided():
    """One mean difference in [0, 2]: each limit can be moved, but not one without the other."""
    coarse = [
        {
            **ARMS,
            "study": "Ada 2020",
            "mean_treated": "2",
            "mean_control": "1",
            "sd_treated": "0.81000",
            "sd_control": "0.64000",
        }
    ]
    recipe = "effect(studies, outcome='score', study='Ada 2020')"
    half = 1.959964 * np.sqrt((0.81**2 + 0.64**2) / 10)
    together = {"value": "1.40", "lower": f"{1.4 - half:.2f}", "upper": f"{1.4 + half:.2f}"}
    apart = {**together, "lower": f"{1.1 - half:.2f}"}
    assert verdict({**together, "recompute": recipe}, studies=coarse) is Verdict.WITHIN_ROUNDING
    for name, text in apart.items():
        alone = {name: text, "recompute": recipe}
        assert verdict(alone, studies=coarse) is Verdict.WITHIN_ROUNDING
    assert verdict({**apart, "recompute": recipe}, studies=coarse) is Verdict.UNDECIDED
    met = {**together, "value": "1.00", "recompute": recipe}  # as computed, but for its limits
    assert verdict(met, studies=coarse) is Verdict.UNDECIDED


def test_negative_zero_stands_for_nothing_above_zero():
    parts: list[Row] = [{"id": "part.a", "value": "0.30"}, {"id": "part.b", "value": "0.29"}]
    row = {"value": "-0.00", "recompute": "difference(row('paper.part.a'), row('paper.part.b'))"}
    assert verdict(row, *parts) is Verdict.WITHIN_ROUNDING  # 0.295 both
    parts[1] = {"id": "part.b", "value": "0.28"}
    assert verdict(row, *parts) is Verdict.DISCREPANT  # 0.01 at least


def test_negative_zero_as_an_input_is_not_moved_above_zero():
    part = {"id": "part.a", "value": "-0.0"}
    recipe = "total(row('paper.part.a'), 1)"
    assert verdict({"value": "0.95", "recompute": recipe}, part) is (Verdict.WITHIN_ROUNDING)
    assert verdict({"value": "1.04", "recompute": recipe}, part) is (Verdict.DISCREPANT)


def test_float_noise_makes_nothing_discrepant():
    tenths: list[Row] = [
        {"id": f"part.a{place}", "kind": "count", "value": "0.1"} for place in range(10)
    ]
    row = {"kind": "count", "value": "1", "recompute": "total(rows('paper.part'))"}
    assert verdict(row, *tenths) is Verdict.REPRODUCED
    nothing = [
        {**tenths[0], "value": "0.3"},
        {**tenths[1], "value": "0.1"},
        {**tenths[2], "value": "0.2"},
    ]
    recipe = "difference(row('paper.part.a0'), total(row('paper.part.a1'), row('paper.part.a2')))"
    row = {"kind": "count", "value": "0", "recompute": recipe}
    assert verdict(row, *nothing) is Verdict.REPRODUCED


def test_study_data_read_off_a_figure_never_make_a_number_discrepant():
    wrong = {"value": "9.99", "recompute": "effect(studies, outcome='score', study='Ada 2020')"}
    digitised = [{**STUDIES[0], "extraction": "digitised"}]
    assert verdict(wrong, studies=digitised) is Verdict.UNDECIDED
    computed = [{**STUDIES[0], "extraction": "computed"}]
    assert verdict(wrong, studies=computed) is Verdict.UNDECIDED
    assert verdict(wrong) is Verdict.DISCREPANT


@pytest.mark.parametrize(
    ("qualifier", "text", "expected"),
    [
        ("<", "0.001", Verdict.REPRODUCED),  # p is about 1e-13
        ("<", "0.05", Verdict.REPRODUCED),
        (">", "0.05", Verdict.DISCREPANT),
        ("≥", "0.05", Verdict.DISCREPANT),
        ("", "0.000", Verdict.REPRODUCED),
        ("", "0.001", Verdict.DISCREPANT),
        ("", "0.00", Verdict.REPRODUCED),
    ],
)
def test_p_is_tested_as_the_inequality_that_is_printed(qualifier, text, expected):
    row = {
        "kind": "p",
        "qualifier": qualifier,
        "value": text,
        "recompute": "p(row('paper.effect.md'))",
    }
    md = {"id": "effect.md", "value": "2.56", "lower": "1.87", "upper": "3.25"}
    assert verdict(row, md) is expected


@pytest.mark.parametrize(
    ("estimate", "qualifier", "text", "expected"),
    [
        ("2.01", "<", "0.05", Verdict.REPRODUCED),  # p = 0.0489, and from 0.048 to 0.050
        ("2.01", ">", "0.05", Verdict.UNDECIDED),
        ("2.01", "≥", "0.05", Verdict.UNDECIDED),
        ("1.99", "<", "0.05", Verdict.UNDECIDED),  # p = 0.0511
        ("1.99", ">", "0.05", Verdict.REPRODUCED),
        ("1.99", "≥", "0.05", Verdict.REPRODUCED),
        ("1.99", "<", "0.01", Verdict.DISCREPANT),
        ("1.99", "<", "0.06", Verdict.REPRODUCED),
        ("1.99", ">", "0.06", Verdict.DISCREPANT),
        ("1.99", "≥", "0.06", Verdict.DISCREPANT),
        ("1.99", "", "0.05", Verdict.REPRODUCED),
        ("1.99", "", "0.050", Verdict.WITHIN_ROUNDING),
        ("1.99", "", "0.000", Verdict.DISCREPANT),
    ],
)
def test_inequality_near_its_limit_is_left_open(estimate, qualifier, text, expected):
    row = {"qualifier": qualifier, "value": text, "recompute": "p(row('paper.effect.md'))"}
    md = {"id": "effect.md", "value": estimate, "lower": "0.00", "upper": "4.00"}
    assert verdict(row, md) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("44", Verdict.REPRODUCED),
        ("45", Verdict.WITHIN_ROUNDING),
        ("40", Verdict.WITHIN_ROUNDING),
        ("30", Verdict.UNDECIDED),
        ("4000", Verdict.UNDECIDED),
    ],
)
def test_approximate_count_is_never_discrepant(text, expected):
    row = {
        "kind": "count",
        "qualifier": "~",
        "value": text,
        "recompute": "sum(studies, 'n_treated')",
    }
    assert verdict(row) is expected


@pytest.mark.parametrize("qualifier", ["<", ">", "≥", "~"])
def test_number_with_a_qualifier_is_no_input(qualifier):
    row = {"value": "5", "recompute": "share(row('paper.part.a'), 20)"}
    _, faults = entered(row, {"id": "part.a", "value": "1", "qualifier": qualifier})
    said = f"paper.part.a is printed with '{qualifier}' and can't be an input"
    assert faults == [f"recompute: position 1: share: {said}"]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ({"value": "1.26"}, {"value": "1.26"}, Verdict.RESTATED),
        ({"value": "1.26"}, {"value": "1.27"}, Verdict.DISCREPANT),
        ({"value": "1.3"}, {"value": "1.26"}, Verdict.RESTATED),
        ({"value": "1.26"}, {"value": "1.3"}, Verdict.RESTATED),
        ({"value": "1.2"}, {"value": "1.26"}, Verdict.DISCREPANT),
        ({"value": "1.3"}, {"value": "1.25"}, Verdict.RESTATED),
        ({"value": "1.2"}, {"value": "1.25"}, Verdict.RESTATED),
        ({"value": "1"}, {"value": "1.49"}, Verdict.RESTATED),
        ({"value": "1"}, {"value": "1.51"}, Verdict.DISCREPANT),
        ({"value": "1,024"}, {"value": "1024"}, Verdict.RESTATED),
        ({"value": "-0.5"}, {"value": "−0.5"}, Verdict.RESTATED),
        ({"value": "0.5"}, {"value": "-0.5"}, Verdict.DISCREPANT),
        ({"value": "235", "kind": "count"}, {"value": "235", "kind": "count"}, Verdict.RESTATED),
        ({"value": "235", "kind": "count"}, {"value": "236", "kind": "count"}, Verdict.DISCREPANT),
        ({"value": "5", "lower": "1"}, {"value": "5", "lower": "1"}, Verdict.RESTATED),
        ({"value": "5", "lower": "1"}, {"value": "5", "lower": "2"}, Verdict.DISCREPANT),
        ({"value": "5"}, {"value": "5", "lower": "1", "upper": "9"}, Verdict.RESTATED),
        (
            {"qualifier": "<", "value": "0.01"},
            {"qualifier": "<", "value": "0.01"},
            Verdict.RESTATED,
        ),
        (
            {"qualifier": "<", "value": "0.05"},
            {"qualifier": "<", "value": "0.01"},
            Verdict.UNDECIDED,
        ),
        ({"qualifier": "<", "value": "0.01"}, {"value": "0.004"}, Verdict.RESTATED),
        ({"qualifier": "<", "value": "0.01"}, {"value": "0.03"}, Verdict.DISCREPANT),
        ({"qualifier": "<", "value": "0.01"}, {"value": "0.01"}, Verdict.UNDECIDED),
        ({"value": "0.004"}, {"qualifier": "<", "value": "0.01"}, Verdict.UNDECIDED),
        ({"value": "0.03"}, {"qualifier": "<", "value": "0.01"}, Verdict.DISCREPANT),
        (
            {"qualifier": "<", "value": "0.01"},
            {"qualifier": ">", "value": "0.5"},
            Verdict.UNDECIDED,
        ),
        ({"qualifier": "~", "value": "35"}, {"value": "36"}, Verdict.RESTATED),
        ({"value": "36"}, {"qualifier": "~", "value": "35"}, Verdict.RESTATED),
        ({"qualifier": "~", "value": "35"}, {"value": "99"}, Verdict.UNDECIDED),
        ({"qualifier": "~", "value": "35"}, {"qualifier": "<", "value": "35"}, Verdict.UNDECIDED),
        (
            {"value": "2024-02-29", "kind": "date"},
            {"value": "2024-02", "kind": "date"},
            Verdict.RESTATED,
        ),
        ({"value": "2024", "kind": "date"}, {"value": "2024-02", "kind": "date"}, Verdict.RESTATED),
        (
            {"value": "2024-03", "kind": "date"},
            {"value": "2024-02-29", "kind": "date"},
            Verdict.DISCREPANT,
        ),
        ({"value": "2023", "kind": "date"}, {"value": "2024", "kind": "date"}, Verdict.DISCREPANT),
    ],
)
def test_number_printed_again_agrees_as_far_as_its_rounding_goes(here, there, expected):
    row = {**here, "recompute": "same(row('paper.first.place'))"}
    assert verdict(row, {"id": "first.place", **there}) is expected


def test_number_printed_again_is_counted_apart(tmp_path):
    rows: list[Row] = [
        {"id": "a.k", "kind": "count", "value": "4", "recompute": "count(studies)"},
        {"id": "b.k", "kind": "count", "value": "4", "recompute": "same(row('paper.a.k'))"},
    ]
    entries = judged(tmp_path, rows)
    counts = ledger.ledger(tmp_path / "data").counts("paper")
    assert counts == {
        "reported": 2,
        "reproduced": 1,
        "within_rounding": 0,
        "discrepant": 0,
        "undecided": 0,
        "not_recomputable": 0,
        "restated": 1,
        "not_recomputable_input": 0,
        "not_recomputable_choice": 0,
        "not_recomputable_result": 0,
        "contradictions": 0,
    }
    assert entries["b.k"].basis == "summary"


def test_discrepant_numbers_of_one_contradiction_count_as_one(tmp_path):
    wrong = {"kind": "count", "value": "5", "recompute": "count(studies)"}
    explained = {"severity": "number", "explanation": "There are {count(studies)}."}
    rows: list[Row] = [{"id": f"{name}.k", **wrong, **explained} for name in "abcd"]
    right: Row = {"id": "e.k", **wrong, "value": "4"}
    shared: Row = {"rows": "paper.a.k;paper.b.k;paper.e.k"}  # of which the last one is right
    judged(tmp_path, [*rows, right], contradictions=[shared])
    [fault] = ledger.check(tmp_path / "data")
    assert str(fault).endswith("rows: must be discrepant, and paper.e.k is reproduced")
    book = ledger.ledger(tmp_path / "data")
    found = [[entry.id for entry in each] for each in book.contradictions("paper")]
    assert found == [["paper.a.k", "paper.b.k"], ["paper.c.k"], ["paper.d.k"]]
    counts = book.counts("paper")
    assert (counts["discrepant"], counts["contradictions"]) == (4, 3)


def test_number_in_two_contradictions_is_refused(tmp_path):
    rows: list[Row] = [{"id": f"{name}.k", "value": "1", **NO_DATA} for name in "ab"]
    shared: list[Row] = [
        {"contradiction": "one", "rows": "paper.a.k;paper.b.k"},
        {"contradiction": "two", "rows": "paper.a.k;paper.x.k"},
    ]
    write_chapter(tmp_path / "data", "paper", rows, contradictions=shared)
    found = [str(fault) for fault in ledger.check(tmp_path / "data")]
    faults = [each for each in found if "must be discrepant" not in each]
    assert len(faults) == 2
    assert "contradictions.csv:3: rows: must stand in one contradiction" in "".join(faults)
    assert "contradictions.csv:3: rows: is not known: paper.x.k" in "".join(faults)


NO_DATA = {"not_recomputable": "It would take the studies.", "not_recomputable_kind": "result"}


@pytest.mark.parametrize(
    ("value", "lower", "upper", "expected"),
    [
        ("2.90", "2.60", "3.20", Verdict.NOT_RECOMPUTABLE),
        ("2.91", "2.60", "3.21", Verdict.NOT_RECOMPUTABLE),  # the middle can be 2.91
        ("2", "2.80", "5.10", Verdict.DISCREPANT),  # outside its own interval
    ],
)
def test_middle_of_its_own_interval_is_form_and_reproduces_nothing(value, lower, upper, expected):
    row = {"id": "the.number", "value": value, "lower": lower, "upper": upper}
    row |= {"recompute": "centre(row('paper.the.number'))"}
    row |= NO_DATA if expected is Verdict.NOT_RECOMPUTABLE else {}
    entry, faults = entered(row)
    assert faults == []
    assert (entry.verdict, entry.basis) == (expected, "form")
    assert entry.not_recomputable_kind == row.get("not_recomputable_kind", "")
    assert bool(entry.recomputed) is (expected is Verdict.DISCREPANT)


@pytest.mark.parametrize(
    ("value", "n", "expected"),
    [
        ("30", "20", Verdict.NOT_RECOMPUTABLE),  # 6 of 20
        ("33", "20", Verdict.DISCREPANT),  # 30% or 35%
        ("33", "21", Verdict.NOT_RECOMPUTABLE),  # 7 of 21
        ("5.0", "20", Verdict.NOT_RECOMPUTABLE),
        ("4.9", "20", Verdict.DISCREPANT),
    ],
)
def test_percentage_that_whole_numbers_can_give_has_its_form(value, n, expected):
    row = {"id": "the.number", "kind": "percent", "value": value}
    row |= {"recompute": f"grim(row('paper.the.number'), {n})"}
    row |= NO_DATA if expected is Verdict.NOT_RECOMPUTABLE else {}
    entry, faults = entered(row)
    assert faults == []
    assert (entry.verdict, entry.basis) == (expected, "form")


EMPTY_STUDIES = [{"study": "Ada 2020"}, {"study": "Bo 2021"}]


@pytest.mark.parametrize(
    ("measure", "value", "lower", "upper", "expected"),
    [
        ("MD", "2.90", "2.60", "3.20", Verdict.NOT_RECOMPUTABLE),
        ("MD", "2", "2.80", "5.10", Verdict.DISCREPANT),
        ("SMD", "-5.22", "-6.98", "-3.46", Verdict.NOT_RECOMPUTABLE),
    ],
)
def test_pool_that_waits_for_its_data_has_its_form_tested(measure, value, lower, upper, expected):
    row = {"value": value, "lower": lower, "upper": upper}
    row |= {"recompute": f"pool(studies, 'score', measure='{measure}', method='REML')"}
    entry, faults = entered(row, studies=EMPTY_STUDIES)
    assert faults == []
    assert (entry.verdict, entry.basis) == (expected, "form")
    assert bool(entry.not_recomputable) is (expected is Verdict.NOT_RECOMPUTABLE)
    assert entry.recipe == row["recompute"]


def test_form_of_a_ratio_is_that_of_its_logarithm():
    cells = {"value": "2.00", "lower": "1.00", "upper": "4.00"}  # 2² is 1 × 4
    row = {"id": "the.number", **cells, "recompute": "pool(studies, 'score', measure='OR')"}
    source = in_memory([row])
    judgement, basis = judging.form(source, source.reported["paper.the.number"])
    assert (judgement.verdict, basis) == (Verdict.NOT_RECOMPUTABLE, "form")


def test_part_of_a_pool_that_waits_has_no_form():
    row = {"value": "3.12", "recompute": "pool(studies, 'score', method='DL').tau2"}
    entry, faults = entered(row, studies=EMPTY_STUDIES)
    assert faults == []
    assert (entry.verdict, entry.basis) == (Verdict.NOT_RECOMPUTABLE, "")


def test_number_whose_form_alone_is_tested_says_what_would_determine_it():
    row = {"value": "2.9", "lower": "2.6", "upper": "3.2"}
    _, faults = entered({**row, "recompute": "centre(row('paper.the.number'))"})
    assert faults == [
        "not_recomputable: must say what would determine it: the recipe tests its form alone"
    ]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({**NO_DATA, "not_recomputable_kind": ""}, "must be input, choice or result"),
        ({"recompute": "count(studies)", "not_recomputable_kind": "input"}, "must be empty"),
    ],
)
def test_reason_and_its_kind_come_together(cells, fault):
    _, faults = entered({"value": "4", "kind": "count", **cells})
    assert [each for each in faults if each.startswith(f"not_recomputable_kind: {fault}")]
