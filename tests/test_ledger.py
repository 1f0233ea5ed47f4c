"""Verdicts on constructed papers whose truth is known, and on the papers of the book."""

import csv
import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import dictionary, judging, ledger, recipes, results, tables
from analysis.__main__ import main
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.inputs import Reader, Sheet, Sources, sources
from analysis.ledger import Entry
from analysis.statistics import enclosures, pooling
from analysis.verdicts import Claim, Verdict, excludes, judge

Row = Mapping[str, str]

ALPHA = {"n_treated": "10", "mean_treated": "2.37", "sd_treated": "0.81"}
ARMS = {**ALPHA, "n_control": "10", "mean_control": "1.02", "sd_control": "0.64"}
STUDIES: list[Row] = [
    {"study": "Ada 2020", **ARMS},
    {"study": "Bo 2021", **ARMS, "mean_treated": "3.58", "sd_treated": "0.92"},
    {"study": "Cy 2022", **ARMS, "mean_treated": "1.77", "n_treated": "14"},
    {"study": "Di 2023", **ARMS, "mean_treated": "2.91", "sd_control": "0.41"},
]
INFERRED = {"value": ["EE", "REML"], "basis": "inferred", "tried": ["DL", "HE"]}
DEFAULTS: dict[str, Row] = {
    "studies": {
        "year": "2020",
        "outcome": "score",
        "reference": "mou2025",
        "location": "Figure 2",
        "extraction": "printed",
        "in_review": "yes",
        "added": "2026-01-01",
    },
    "reported": {
        "location": "Table 1",
        "label": "A number",
        "kind": "estimate",
        "transcription": "verbatim",
        "checked": "yes",
    },
    "findings": {
        "severity": "number",
        "kind": "count",
        "claim": "One thing is said.",
        "location": "Abstract",
        "against": "Another thing is printed.",
        "checked": "yes",
    },
    "lists": {"location": "Section 1"},
}


def write_chapter(
    data: Path,
    chapter: str,
    reported: Sequence[Row],
    *,
    studies: Sequence[Row] = STUDIES,
    findings: Sequence[Row] = (),
    lists: Sequence[Row] = (),
    as_published: Mapping[str, Any] | None = None,
) -> None:
    """One chapter as files; ids come without the chapter, cells that are left out by default."""
    folder = data / chapter
    folder.mkdir(parents=True)
    for shared in DATA.glob("*.yml"):
        shutil.copy(shared, data)
    review = {
        **tables.review("spinal-cord-injury"),
        "outcomes": {"score": {"label": "S", "unit": "", "measure": "MD", "favours": "higher"}},
        "as_published": as_published or {},
        "living": [],
    }
    (folder / "review.yml").write_text(yaml.safe_dump(review), encoding="utf-8")
    known = dictionary.tables(None, DATA)
    for name, rows in (
        ("studies", studies),
        ("reported", reported),
        ("findings", findings),
        ("lists", lists),
    ):
        if not rows:
            continue
        columns = [column.name for column in known[name].columns.values() if not column.optional]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            for row in rows:
                cells = {**DEFAULTS[name], **row}
                if name in ("reported", "findings"):
                    cells["id"] = f"{chapter}.{row['id']}"
                writer.writerow(cells)


def judged(tmp_path: Path, reported: Sequence[Row], **parts: Any) -> dict[str, Entry]:
    """The entries of a paper without faults, by their ids without the chapter."""
    write_chapter(tmp_path / "data", "paper", reported, **parts)
    found = ledger.ledger(tmp_path / "data")
    assert found.faults == ()
    return {name.removeprefix("paper."): entry for name, entry in found.entries.items()}


def in_memory(rows: Sequence[Row], studies: Sequence[Row] = STUDIES) -> Sources:
    """The same paper without files, for the many that differ in one number."""
    known = dictionary.tables(None, DATA)
    empty = dict.fromkeys(known["reported"].columns, "")
    reported = [
        {**empty, **DEFAULTS["reported"], **row, "id": f"paper.{row['id']}"} for row in rows
    ]
    blank = dict.fromkeys(known["studies"].columns, "")
    filled = [{**blank, **DEFAULTS["studies"], **row} for row in studies]
    cells = {name: [row[name] for row in filled] for name in blank}
    sheet = Sheet(known["studies"], range(2, 2 + len(filled)), cells)
    by_id = {row["id"]: row for row in reported}
    return Sources("paper", {"studies": sheet}, by_id, BARE[0])


BARE: list[Path] = []


@pytest.fixture(scope="session", autouse=True)
def bare(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder whose review states no settings, for papers in memory."""
    data = tmp_path_factory.mktemp("bare") / "data"
    write_chapter(data, "paper", [{"id": "a.a", "value": "1", "not_recomputable": "No."}])
    BARE.append(data)


def entered(row: Row, *inputs: Row, studies: Sequence[Row] = STUDIES) -> tuple[Entry, list[str]]:
    """The entry of one number beside others that nothing determines, and its faults."""
    others = [{"not_recomputable": "It is an input.", **each} for each in inputs]
    source = in_memory([{"id": "the.number", **row}, *others], studies)
    circles = judging.circular(source.reported)
    cells = source.reported["paper.the.number"]
    entry, faults = ledger._entry(source, cells, 2, cells["id"] in circles)
    return entry, [f"{column}: {message}" for column, message in faults]


def verdict(row: Row, *inputs: Row, studies: Sequence[Row] = STUDIES) -> Verdict:
    """The verdict on one number, whose row has no faults."""
    entry, faults = entered(row, *inputs, studies=studies)
    assert faults == []
    return entry.verdict


def pooled(method: str, studies: Sequence[Row] = STUDIES) -> pooling.Pooled:
    """The pooled result of the constructed paper, without any of the code that recipes use."""
    n1, m1, s1, n2, m2, s2 = np.array([[float(row[name]) for name in ARMS] for row in studies]).T
    return pooling.pool(m1 - m2, s1**2 / n1 + s2**2 / n2, method=method, i2_from="q")


def moved(text: str, units: int) -> str:
    """A printed number, moved by units of its last digit."""
    digits = len(text.partition(".")[2])
    return f"{float(text) + units * 10.0**-digits:.{digits}f}"


# ---- exact -----------------------------------------------------------------------------------


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


# ---- rounding --------------------------------------------------------------------------------

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


# ---- qualifiers ------------------------------------------------------------------------------


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


# ---- readings and settings -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "reading"),
    [
        ("44", Verdict.REPRODUCED, "reading 1 of 2"),
        ("40", Verdict.REPRODUCED, "reading 2 of 2"),
        ("42", Verdict.DISCREPANT, ""),
    ],
)
def test_ambiguous_count_is_discrepant_only_if_no_reading_gives_it(
    tmp_path, text, expected, reading
):
    row = {
        "id": "the.number",
        "kind": "count",
        "value": text,
        "recompute": "either(sum(studies, 'n_treated'), sum(studies, 'n_control'))",
    }
    entry = judged(tmp_path, [row])["the.number"]
    assert entry.verdict is expected
    assert reading in entry.settings
    assert entry.basis == "count"


def test_reading_that_stays_undecided_keeps_a_number_from_being_discrepant():
    recipe = "either(count(studies), effect(studies, outcome='score', study='Ada 2020'))"
    digitised = [{**STUDIES[0], "extraction": "digitised"}]
    row = {"value": "9", "recompute": recipe}
    assert verdict(row, studies=digitised) is Verdict.UNDECIDED
    assert verdict(row) is Verdict.DISCREPANT


def random_effects(method: str, digits: int) -> Row:
    result = pooled(method)
    return {
        "id": "the.number",
        "value": f"{result.estimate:.{digits}f}",
        "lower": f"{result.ci_low:.{digits}f}",
        "upper": f"{result.ci_high:.{digits}f}",
        "recompute": "pool(studies, outcome='score', method='REML')",
    }


def test_settings_name_others_that_would_fit_as_well(tmp_path):
    assert abs(pooled("DL").ci_low - pooled("REML").ci_low) > 0.01
    coarse = random_effects("REML", 0)
    entry = judged(tmp_path / "coarse", [coarse], as_published={"model": INFERRED})["the.number"]
    assert entry.verdict is Verdict.REPRODUCED
    assert entry.settings == "method REML (inferred; DL, HE were tried, DL, HE would fit as well)"
    fine = random_effects("REML", 2)
    entry = judged(tmp_path / "fine", [fine], as_published={"model": INFERRED})["the.number"]
    assert entry.settings.endswith("(inferred; DL, HE were tried, none of them reproduces it)")


def test_settings_that_the_paper_states_have_no_others(tmp_path):
    stated = {"model": {"value": "REML", "basis": "stated"}}
    entry = judged(tmp_path, [random_effects("REML", 2)], as_published=stated)["the.number"]
    assert entry.settings == "method REML (stated)"


def fine_studies() -> list[Row]:
    return [
        {**row, **{name: row[name] + "0000" for name in ARMS if "." in row[name]}}
        for row in STUDIES
    ]


def test_number_that_another_admissible_setting_gives_is_not_discrepant(tmp_path):
    row = random_effects("HE", 3)
    stated = {"model": {"value": "REML", "basis": "stated"}}
    only_dl = {"model": {**INFERRED, "tried": ["DL"]}}
    for name, as_published, expected in (
        ("stated", stated, Verdict.DISCREPANT),
        ("silent", {}, Verdict.DISCREPANT),
        ("others exclude it too", only_dl, Verdict.DISCREPANT),
        ("one of them gives it", {"model": INFERRED}, Verdict.UNDECIDED),
        ("no recipe for one", {"model": {**INFERRED, "tried": ["XX"]}}, Verdict.UNDECIDED),
    ):
        parts = {"studies": fine_studies(), "as_published": as_published}
        assert judged(tmp_path / name, [row], **parts)["the.number"].verdict is expected, name


def test_setting_that_a_recipe_leaves_at_its_default_is_varied_as_well(tmp_path):
    n1, m1, s1, n2, m2, s2 = np.array([[float(row[n]) for n in ARMS] for row in STUDIES]).T
    v = s1**2 / n1 + s2**2 / n2
    wide = pooling.pool(m1 - m2, v, method="REML", test="knha")
    row = {
        **random_effects("REML", 3),
        "lower": f"{wide.ci_low:.3f}",
        "upper": f"{wide.ci_high:.3f}",
    }
    tried = {"test": {"value": "z", "basis": "inferred", "tried": ["knha"]}}
    parts = {"studies": fine_studies()}
    assert judged(tmp_path / "z", [row], **parts)["the.number"].verdict is Verdict.DISCREPANT
    assert (
        judged(tmp_path / "knha", [row], as_published=tried, **parts)["the.number"].verdict
        is Verdict.UNDECIDED
    )
    wrong = {**row, "value": "9.999"}
    assert (
        judged(tmp_path / "no", [wrong], as_published=tried, **parts)["the.number"].verdict
        is Verdict.DISCREPANT
    )


# ---- numbers printed again -------------------------------------------------------------------


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
    }
    assert entries["b.k"].basis == "summary"


# ---- what is refused -------------------------------------------------------------------------

PART: Row = {"id": "part.a", "kind": "count", "value": "4"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "recompute: must be given, or a reason in not_recomputable"),
        ({"recompute": "count(studies)", "not_recomputable": "None."}, "recompute: must be empty"),
        ({"recompute": "count(studies"}, "recompute: position 6: does not parse"),
        ({"recompute": "count(studies) + 1"}, "recompute: position 1: only calls"),
        ({"recompute": "cuont(studies)"}, "no function 'cuont' (did you mean count?)"),
        ({"recompute": "count(study)"}, "no table 'study' (did you mean studies?)"),
        (
            {"recompute": "same(row('paper.part.b'))"},
            "no row 'paper.part.b' (did you mean paper.part.a?)",
        ),
        ({"recompute": "same(count(studies))"}, "position 1: same takes one row"),
        ({"recompute": "same(row('paper.part.a')).value"}, "position 1: same takes one row"),
        (
            {"recompute": "total(same(row('paper.part.a')), 0)"},
            "position 7: same must stand outermost",
        ),
        ({"recompute": "row('paper.part.a')"}, "position 1: repeats what is printed"),
        ({"recompute": "row('paper.part.a').value"}, "position 1: repeats what is printed"),
        ({"recompute": "either(same(row('paper.part.a')))"}, "repeats what is printed"),
        ({"recompute": "total(row('paper.part.a'))"}, "takes two numbers or more"),
        ({"recompute": "printed(row('paper.part.a'))"}, "repeats a number that is printed"),
        (
            {"recompute": "printed(row('paper.coarse.number'))", "kind": "p", "value": "4.06"},
            "repeats a number",
        ),
        ({"recompute": "total(3, 1)"}, "reads no table and no printed row"),
        ({"recompute": "either()"}, "either takes recipes alone"),
        ({"recompute": "greater(row('paper.part.a'), 3)"}, "gives no number as value"),
        ({"recompute": "difference(row('paper.the.number'), 0)"}, "recompute: depends on itself"),
        ({"recompute": "total(rows('paper.the'), 0)"}, "recompute: depends on itself"),
        ({"recompute": "count(studies)", "lower": "1"}, "gives no lower, which is printed"),
        ({"recompute": "same(row('paper.part.a'))", "lower": "1"}, "paper.part.a prints no lower"),
        ({"recompute": "share(row('paper.part.a'), 0)"}, "recompute: position 1: share:"),
        (
            {"recompute": "pool(studies, outcome='score', study='Ada 2020', method='DL').pi_low"},
            "gives no value: it is not defined",
        ),
        ({"recompute": "count(studies)", "kind": "date", "value": "2024-02"}, "is no number"),
        (
            {"recompute": "count(studies)", "value": "", "transcription": "illegible"},
            "nothing is printed with which",
        ),
        (
            {"recompute": "count(studies)", "severity": "number"},
            "severity: must be empty: the row is reproduced",
        ),
        ({"recompute": "count(studies)", "explanation": "So."}, "explanation: must be empty"),
        ({"not_recomputable": "No.", "severity": "label"}, "the row is not recomputable"),
    ],
)
def test_wrong_row_is_refused_with_its_column_and_a_reason(row, message):
    coarse = {"id": "coarse.number", "value": "4.05"}  # may be 4.055, which prints as 4.06
    _, faults = entered({"kind": "count", "value": "4", **row}, PART, coarse)
    assert any(message in fault for fault in faults), faults


def test_circle_of_recipes_is_refused_in_every_row_of_it_and_in_no_other(tmp_path):
    rows: list[Row] = [
        {"id": "a.a", "value": "1", "recompute": "difference(row('paper.a.b'), 1)"},
        {"id": "a.b", "value": "2", "recompute": "total(row('paper.a.c'), 0)"},
        {"id": "a.c", "value": "2", "recompute": "total(row('paper.a.a'), 1)"},
        {"id": "a.d", "value": "3", "recompute": "total(row('paper.a.a'), 2)"},
    ]
    write_chapter(tmp_path / "data", "paper", rows)
    faults = ledger.check(tmp_path / "data")
    assert [(fault.line, fault.column) for fault in faults] == [(n, "recompute") for n in (2, 3, 4)]
    assert all("depends on itself" in fault.message for fault in faults)


def test_circle_through_another_chapter_is_refused(tmp_path):
    for one, other in (("paper", "second"), ("second", "paper")):
        row = {"id": "a.a", "value": "1", "recompute": f"same(row('{other}.a.a'))"}
        write_chapter(tmp_path / "data", one, [row])
    faults = ledger.check(tmp_path / "data")
    assert [fault.file for fault in faults] == [
        "data/paper/reported.csv",
        "data/second/reported.csv",
    ]


def test_row_that_confirmed_a_restored_cell_is_not_recomputed_from_it():
    studies = [
        {
            **STUDIES[0],
            "restored": "sd_treated;mean_treated",
            "confirmed_by": "paper.other.number;paper.the.number",
        },
        *STUDIES[1:],
    ]
    effect = "effect(studies, outcome='score', study='Ada 2020')"
    rows: dict[str, Row] = {
        "used": {"value": "1.35", "recompute": effect},
        "one of two": {"value": "1.35", "recompute": f"either({effect}, count(studies))"},
        "the worse of two": {"value": "4", "recompute": f"either({effect}, count(studies))"},
        "left alone": {"value": "4", "recompute": "count(studies)"},
        "another study": {
            "value": "2.56",
            "recompute": "effect(studies, outcome='score', study='Bo 2021')",
        },
        "no mean is read": {
            "value": f"{pooled('EE').weights[0]:.1f}",
            "recompute": "weight(studies, outcome='score', study='Ada 2020', method='EE')",
        },
    }
    other = {"id": "other.number", "value": "1"}
    for name, row in rows.items():
        _, faults = entered(row, other, studies=studies)
        expected = "reads mean_treated of studies.csv line 2, which was restored with the help of"
        assert (expected in "".join(faults)) is (name in list(rows)[:3]), name
        assert len(faults) == (name in list(rows)[:3]), name


def test_every_fault_is_named_at_once_with_file_line_and_column(tmp_path):
    reported: list[Row] = [
        {"id": "a.ok", "kind": "count", "value": "4", "recompute": "count(studies)"},
        {"id": "a.neither", "value": "4"},
        {"id": "a.both", "value": "4", "recompute": "count(studies)", "not_recomputable": "No."},
        {"id": "a.bad", "value": "4", "recompute": "count(studies"},
        {"id": "Malformed Id", "value": "4", "recompute": "count(studies)"},
        {"id": "a.ok", "value": "4", "recompute": "count(studies)"},
        {"id": "a.kind", "kind": "counts", "value": "4", "recompute": "count(studies)"},
        {"id": "a.text", "value": "four", "recompute": "count(studies)"},
        {
            "id": "a.said",
            "value": "4",
            "recompute": "count(studies)",
            "explanation": "So.",
            "severity": "number",
        },
        {"id": "a.circle", "value": "4", "recompute": "total(row('paper.a.circle'), 0)"},
        {
            "id": "a.braces",
            "kind": "count",
            "value": "5",
            "recompute": "count(studies)",
            "severity": "number",
            "explanation": "It is {cuont(studies)}.",
        },
        {"id": "finding.taken", "value": "4", "not_recomputable": "No."},
    ]
    findings: list[Row] = [
        {"id": "finding.true", "check": "greater(count(studies), 3)", "rows": "paper.a.ok"},
        {"id": "finding.false", "check": "greater(count(studies), 4)"},
        {"id": "finding.number", "check": "count(studies)"},
        {"id": "finding.parse", "check": "greater(count(studies), 4"},
        {"id": "finding.unknown", "check": "graeter(count(studies), 4)"},
        {"id": "finding.empty-both", "check": "both()"},
        {"id": "finding.rows", "rows": "paper.a.ok;paper.a.okay"},
        {"id": "Not-a-finding"},
        {"id": "finding.taken"},
    ]
    studies = [{**STUDIES[0], "sd_treated": "-1"}, *STUDIES[1:]]
    data = tmp_path / "data"
    write_chapter(data, "paper", reported, findings=findings, studies=studies)
    faults = ledger.check(data)
    places = [(fault.file.rpartition("/")[2], fault.line, fault.column) for fault in faults]
    assert places == [
        ("findings.csv", 3, "check"),
        ("findings.csv", 4, "check"),
        ("findings.csv", 5, "check"),
        ("findings.csv", 6, "check"),
        ("findings.csv", 7, "check"),
        ("findings.csv", 8, "rows"),
        ("findings.csv", 9, "id"),
        ("findings.csv", 10, "id"),
        ("reported.csv", 3, "recompute"),
        ("reported.csv", 4, "recompute"),
        ("reported.csv", 5, "recompute"),
        ("reported.csv", 6, "id"),
        ("reported.csv", 7, "id"),
        ("reported.csv", 8, "kind"),
        ("reported.csv", 9, "recompute"),
        ("reported.csv", 9, "value"),
        ("reported.csv", 10, "explanation"),
        ("reported.csv", 10, "severity"),
        ("reported.csv", 11, "recompute"),
        ("reported.csv", 12, "explanation"),
        ("studies.csv", 2, "sd_treated"),
    ]
    said = {(fault.line, fault.column): fault.message for fault in faults}
    assert "stands already" in said[7, "id"]
    assert str(faults[0]) == (
        "data/paper/findings.csv:3: check: is not true: the finding does not hold"
    )
    assert main(["check", str(data)]) == 1


def test_files_that_cannot_be_read_are_faults_too(tmp_path):
    data = tmp_path / "data"
    write_chapter(data, "paper", [{"id": "a.a", "value": "4"}])
    good = (data / "paper" / "reported.csv").read_text(encoding="utf-8")
    for spoilt in ("", "id\n", good.replace("recompute", "recipe"), good + "ragged,row\n", '"'):
        (data / "paper" / "reported.csv").write_text(spoilt, encoding="utf-8")
        ledger.ledger.forget()
        faults = ledger.check(data)
        assert faults
        assert all(isinstance(fault, Fault) for fault in faults)
    (data / "paper" / "reported.csv").write_text(good, encoding="utf-8")
    (data / "paper" / "review.yml").write_text("title: [", encoding="utf-8")
    tables.review.forget()
    ledger.ledger.forget()
    assert {fault.file for fault in ledger.check(data)} >= {"data/paper/review.yml"}


CELLS = st.sampled_from(
    [
        *("", "4", "1,2", "-", "nan", "1e9", "0", "−0.00", "2024-02", "~", "<", "range", "date"),
        *("either()", "same(row('paper.a.b'))", "same(1)", "row('paper.a.b')", "rows('paper')"),
        *("total()", "total(rows('paper.a'))", "z(row('paper.a.b'))", "h2(1, 0)", "studies"),
        *("effect(studies, 'score', 'Ada 2020')", "pool(studies, 'score')", "p(1)", "sum(1)"),
        *("weight(studies, 'score', 'Bo 2021', method='XX')", "sum(studies, 'study')", "{"),
        *("share(row('paper.a.b'), row('paper.a.b'))", "i2(row('paper.a.b'), 'x')", "{count(x)}"),
        *("illegible", "count", "p", "greater(1, 2)", "paper.a.b", "both(1)", "centre(studies)"),
        *("extremes(studies)", "extremes(studies, 'source')", "subgroup_q(studies, 'score', 'x')"),
        *("egger_p(studies, 'score')", "rest(row('paper.a.b'), row('paper.a.c'))", "(" * 99),
    ]
)
COLUMNS = st.sampled_from(
    [
        *("id", "kind", "qualifier", "value", "lower", "upper", "transcription", "severity"),
        *("not_recomputable", "explanation", "rows", "check", *["recompute"] * 4),
    ]
)


@settings(max_examples=120, derandomize=True, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2), COLUMNS, CELLS), max_size=6))
def test_no_cells_make_the_ledger_raise(changes):
    empty = dict.fromkeys(dictionary.tables(None, DATA)["findings"].columns, "")
    source = in_memory(
        [
            {**empty, "id": f"a.{name}", "value": "4", "lower": "1", "upper": "7",
             "recompute": "effect(studies, outcome='score', study='Ada 2020')"}
            for name in "abc"
        ]
    )  # fmt: skip
    rows = [dict(row) for row in source.reported.values()]
    for place, column, cell in changes:
        rows[place][column] = cell
    source = replace(source, reported={row["id"]: row for row in rows})
    circles = judging.circular(source.reported)
    for line, row in enumerate(rows, 2):
        entry, faults = ledger._entry(source, row, line, row["id"] in circles)
        assert isinstance(entry.verdict, Verdict)
        finding, more = ledger._finding(source, row, line)
        assert isinstance(finding.holds, bool)
        assert all(column in rows[0] and message for column, message in [*faults, *more])


# ---- explanations and findings ---------------------------------------------------------------


def test_discrepant_row_that_nobody_explained_shows_its_bare_arithmetic(tmp_path):
    row = {"id": "a.k", "kind": "count", "value": "5", "recompute": "count(studies)"}
    entry = judged(tmp_path / "bare", [row])["a.k"]
    assert (entry.verdict, entry.severity, entry.explained) == (Verdict.DISCREPANT, "number", False)
    assert "The recipe gives value 4." in entry.explanation
    told = {**row, "severity": "label", "explanation": "There are {count(studies)}, not 5."}
    entry = judged(tmp_path / "told", [told])["a.k"]
    assert (entry.severity, entry.explained) == ("label", True)
    assert entry.explanation == "There are 4, not 5."


def test_finding_holds_as_long_as_its_check_is_true_for_all_that_was_rounded_away(tmp_path):
    rows: list[Row] = [{"id": "a.a", "value": "1.2"}, {"id": "a.b", "value": "1.3"}]
    rows = [{**row, "not_recomputable": "No."} for row in rows]
    checks = {
        "apart": "greater(row('paper.a.b'), 1.2)",
        "perhaps": "greater(row('paper.a.b'), row('paper.a.a'))",  # 1.25 prints as both
        "unbounded": "greater(egger_p(studies, outcome='score'), 0)",
        "none": "",
    }
    findings: list[Row] = [
        {"id": f"finding.{name}", "check": check} for name, check in checks.items()
    ]
    write_chapter(tmp_path / "data", "paper", rows, findings=findings)
    found = ledger.ledger(tmp_path / "data")
    holds = {name.rpartition(".")[2]: each.holds for name, each in found.findings.items()}
    assert holds == {"apart": True, "perhaps": False, "unbounded": True, "none": True}
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, "check")]


def test_findings_come_worst_first(tmp_path):
    findings: list[Row] = [
        {"id": f"finding.{severity}", "severity": severity}
        for severity in ("label", "conclusion", "number")
    ]
    rows = [{"id": "a.a", "value": "1", "not_recomputable": "No."}]
    write_chapter(tmp_path / "data", "paper", rows, findings=findings)
    order = [each.severity for each in ledger.ledger(tmp_path / "data").findings_of("paper")]
    assert order == ["conclusion", "number", "label"]


def test_data_that_are_not_known_yet_make_recipes_wait(tmp_path):
    studies = [{**STUDIES[0], **dict.fromkeys(ARMS, ""), "n_treated": "", "study": "Ada 2020"}]
    row = {
        "id": "a.a",
        "value": "1",
        "recompute": "effect(studies, outcome='score', study='Ada 2020')",
    }
    findings = [{"id": "finding.waits", "check": "greater(sum(studies, 'n_treated'), 1)"}]
    write_chapter(tmp_path / "data", "paper", [row], studies=studies, findings=findings)
    found = ledger.ledger(tmp_path / "data")
    [entry] = found.entries.values()
    assert entry.verdict is Verdict.NOT_RECOMPUTABLE
    assert "is not known for 1 rows of studies.csv" in entry.not_recomputable
    assert [fault.column for fault in found.faults] == ["check"]


# ---- papers made from random data ------------------------------------------------------------


@st.composite
def raw_data(draw: st.DrawFn) -> tuple[Any, int]:
    """Arms (k, 6) as an author has them, unrounded, and the digits to which they are printed."""
    k = draw(st.integers(2, 7))
    random = np.random.default_rng(draw(st.integers(0, 100_000)))
    spread = draw(st.sampled_from([0.0, 0.4, 2.0]))
    digits = draw(st.integers(0, 3))
    least = 0.6 if digits == 0 else 0.1
    arms = np.column_stack(
        [
            random.integers(3, 30, k),
            random.normal(2, spread, k),
            random.uniform(least, 3, k),
            random.integers(3, 30, k),
            random.normal(1, 0.3, k),
            random.uniform(least, 3, k),
        ]
    )
    return arms, digits


def as_printed(arms: Any, digits: int) -> list[Row]:
    return [
        {
            "study": f"Study {place}",
            **{
                name: f"{number:.0f}" if name.startswith("n_") else f"{number:.{digits}f}"
                for name, number in zip(ARMS, row, strict=True)
            },
        }
        for place, row in enumerate(arms)
    ]


def true_results(arms: Any, method: str) -> dict[str, tuple[dict[str, float], str]]:
    """What the author's software gives from unrounded data, with the recipes for it."""
    n1, m1, s1, n2, m2, s2 = arms.T
    y, v = m1 - m2, s1**2 / n1 + s2**2 / n2
    result = pooling.pool(y, v, method=method, i2_from="q")
    recipe = f"pool(studies, outcome='score', method='{method}')"
    numbers: dict[str, tuple[dict[str, float], str]] = {
        "pooled": (
            {"value": result.estimate, "lower": result.ci_low, "upper": result.ci_high},
            recipe,
        ),
        "weight": (
            {"value": result.weights[0]},
            f"weight(studies, outcome='score', study='Study 0', method='{method}')",
        ),
        "effect": (
            {
                "value": y[0],
                "lower": y[0] - 1.959963984540054 * np.sqrt(v[0]),
                "upper": y[0] + 1.959963984540054 * np.sqrt(v[0]),
            },
            "effect(studies, outcome='score', study='Study 0')",
        ),
        "animals": ({"value": n1.sum()}, "sum(studies, 'n_treated')"),
        "means": (
            {"lower": min(m1.min(), m2.min()), "upper": max(m1.max(), m2.max())},
            "extremes(studies, 'mean_treated', 'mean_control')",
        ),
    }
    for name in ("tau2", "i2", "h2", "q", "q_p", "p", "se", "statistic"):
        numbers[name] = ({"value": getattr(result, name)}, f"{recipe}.{name}")
    return numbers


@pytest.mark.parametrize("method", enclosures.TAU2)
@settings(max_examples=6, derandomize=True, deadline=None)
@given(data=raw_data(), digits=st.integers(0, 5))
def test_paper_that_rounds_its_own_data_is_never_called_discrepant(method, data, digits):
    arms, printed = data
    rows = as_printed(arms, printed)
    source = in_memory([], rows)
    for name, (numbers, recipe) in true_results(arms, method).items():
        cells = {field: f"{number:.{digits}f}" for field, number in numbers.items()}
        computed = partial(judging.evaluate, source, recipes.parse(recipe))
        assert not excludes(Claim(cells), computed), (name, cells)


@settings(max_examples=8, derandomize=True, deadline=None)
@given(data=raw_data(), digits=st.integers(0, 3), method=st.sampled_from(["EE", "DL", "REML"]))
def test_effects_of_a_paper_that_rounds_its_own_data_are_shown_to_follow(data, digits, method):
    arms, printed = data
    rows = as_printed(arms, printed)
    every = true_results(arms, method)
    for name in ("effect", "animals", "means"):
        numbers, recipe = every[name]
        cells = {field: f"{number:.{digits}f}" for field, number in numbers.items()}
        assert verdict({**cells, "recompute": recipe}, studies=rows) in (
            Verdict.REPRODUCED,
            Verdict.WITHIN_ROUNDING,
        ), (name, cells)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    data=raw_data(),
    digits=st.integers(0, 3),
    further=st.floats(1.01, 50),
    up=st.booleans(),
    method=st.sampled_from(["EE", "DL", "REML", "SJ"]),
)
def test_number_moved_beyond_all_rounding_is_discrepant(data, digits, further, up, method):
    """Margins by hand: half a unit of the number itself, and of each input as far as it can act."""
    arms, printed = data
    rows = as_printed(arms, printed)
    input_half, half = 0.5 * 10.0**-printed, 0.5 * 10.0**-digits
    y, m1 = np.round(arms[:, 1], printed) - np.round(arms[:, 4], printed), arms[:, 1]
    sign = 1 if up else -1
    cases = {
        # one difference: two means
        "effect(studies, outcome='score', study='Study 0')": (y[0], 2 * input_half),
        # a sum: every mean
        "sum(studies, 'mean_treated')": (np.round(m1, printed).sum(), m1.size * input_half),
        # a weighted mean lies among the differences
        f"pool(studies, outcome='score', method='{method}')": (
            y.max() if up else y.min(),
            2 * input_half,
        ),
        "sum(studies, 'n_treated')": (arms[:, 0].sum(), 0.0),
    }
    for recipe, (centre, reach) in cases.items():
        text = f"{centre + sign * (reach + 2 * half) * further:.{digits}f}"
        row = {"value": text, "recompute": recipe}
        assert verdict(row, studies=rows) is Verdict.DISCREPANT, (recipe, text, centre)


# ---- the papers of the book ------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> ledger.Ledger:
    return ledger.ledger()


def test_every_number_of_the_book_has_a_verdict_and_no_file_a_fault(book):
    assert ledger.check() == []
    assert set(book.entries) == {
        identifier
        for chapter in tables.chapters()
        for identifier in tables.load(chapter, "reported")["id"]
    }
    for entry in book.entries.values():
        assert entry.verdict in Verdict
        if entry.verdict is Verdict.NOT_RECOMPUTABLE:
            assert entry.not_recomputable
        else:
            assert entry.recipe
            assert entry.basis in ("study-data", "summary", "count")


def test_every_discrepant_number_of_the_book_is_explained_with_its_severity(book):
    discrepant = [each for each in book.entries.values() if each.verdict is Verdict.DISCREPANT]
    assert discrepant
    for entry in discrepant:
        assert entry.explained, entry.id
        assert any(character.isdigit() for character in entry.explanation), entry.id


def test_every_finding_of_the_book_holds(book):
    assert book.findings
    assert [each.id for each in book.findings.values() if not each.holds] == []


def test_counts_of_a_chapter_add_up(book):
    for chapter in tables.chapters():
        counts = book.counts(chapter)
        assert counts.pop("reported") == sum(counts.values()) == len(book.of(chapter))


def test_audit_agrees_with_the_results_row_by_row(book, capsys):
    assert main(["audit", "--json"]) == 0
    audited = json.loads(capsys.readouterr().out)
    document = json.loads(json.dumps(results.results()))
    assert audited == {part: document[part] for part in ("results", "findings")}
    assert [row["id"] for row in audited["results"]] == list(book.entries)
    for row in audited["results"]:
        entry = book.entries[row["id"]]
        assert row["verdict"] == entry.verdict.value
        reported = {name: text for name, text in row["reported"].items() if text is not None}
        assert reported == entry.reported


@pytest.fixture(scope="module")
def restored() -> list[tuple[Sources, int, str, str]]:
    """Every restored cell: its tables, the place of its row, its column, what confirmed it."""
    found = []
    for chapter in tables.chapters():
        rows = ledger.ledger().entries
        reported = {name: {**entry.reported, "qualifier": ""} for name, entry in rows.items()}
        source = sources(chapter, reported)
        if "studies" not in source.sheets:
            continue
        sheet = source.sheets["studies"]
        for key, identifier in source.confirmed.items():
            place = list(map(str, sheet.lines)).index(key.place)
            found.append((source, place, key.column, identifier))
    return found


def confirming(source: Sources, place: int, identifier: str) -> tuple[str, Claim]:
    """The recipe by which the confirming number would follow, and the number."""
    cells = source.sheets["studies"].cells
    outcome, study = cells["outcome"][place], cells["study"][place]
    what = identifier.split(".")[1]
    arguments = f"studies, outcome='{outcome}', study='{study}'"
    recipe = {
        f"{outcome}-md": f"effect({arguments})",
        f"{outcome}-weight-common": f"weight({arguments}, method='EE')",
    }[what]
    return recipe, Claim(ledger.ledger().entries[identifier].reported)


def point_elsewhere(text: str, by: int) -> str:
    """The same digits with the point moved to the right, or to the left if `by` is below 0."""
    digits = text.replace(".", "").rjust(4, "0").ljust(8, "0")
    point = len(text.replace(".", "").rjust(4, "0")) - len(text.partition(".")[2]) + by
    kept = len(text.partition(".")[2]) - by
    return f"{int(digits[:point])}.{digits[point:][: max(kept, 0)]}".rstrip(".")


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [("2.41", 1, "24.1"), ("2.41", 2, "241"), ("2.41", -1, "0.241"), ("0.60", 1, "6.0")],
)
def test_point_is_moved_with_its_digits(text, by, expected):
    assert point_elsewhere(text, by) == expected


def with_cells(source: Sources, place: int, changed: Mapping[str, str]) -> Sources:
    sheet = source.sheets["studies"]
    cells = dict(sheet.cells)
    for column, text in changed.items():
        cells[column] = [
            text if at == place else cell for at, cell in enumerate(sheet.cells[column])
        ]
    return replace(source, sheets={"studies": Sheet(sheet.table, sheet.lines, cells)})


def test_restored_cells_are_confirmed_by_the_row_that_they_name(restored):
    assert len(restored) > 50
    for source, place, column, identifier in restored:
        recipe, claim = confirming(source, place, identifier)
        call = recipes.parse(recipe)
        reader = Reader()
        judging.evaluate(source, call, reader)
        assert any(
            key.column == column and key.place == str(source.sheets["studies"].lines[place])
            for key in reader.read
        ), identifier
        found = judge(claim, partial(judging.evaluate, source, call))
        assert found.verdict is Verdict.REPRODUCED, (identifier, column)


def test_point_anywhere_else_breaks_the_row_that_confirmed_a_restored_cell(restored):
    """Also with the points of all cells moved that the same row confirmed."""
    groups: dict[str, tuple[Sources, int, list[str]]] = {}
    for source, place, column, identifier in restored:
        groups.setdefault(identifier, (source, place, []))[2].append(column)
    for identifier, (source, place, columns) in groups.items():
        recipe, claim = confirming(source, place, identifier)
        call = recipes.parse(recipe)
        sheet = source.sheets["studies"]
        for moves in itertools.product((0, 1, 2, -1), repeat=len(columns)):
            if any(moves):
                changed = {
                    column: point_elsewhere(sheet.cells[column][place], by)
                    for column, by in zip(columns, moves, strict=True)
                }
                other = with_cells(source, place, changed)
                found = judge(claim, partial(judging.evaluate, other, call)).verdict
                assert found is Verdict.DISCREPANT, (identifier, changed, found)


def test_number_that_rests_on_counts_alone_is_never_left_open(book):
    for entry in book.entries.values():
        if entry.basis == "count" and entry.qualifier != "~":
            assert entry.verdict in (Verdict.REPRODUCED, Verdict.DISCREPANT), entry.id


def test_the_book_is_computed_once_however_its_folder_is_named():
    assert ledger.ledger() is ledger.ledger(DATA) is ledger.ledger(data=DATA)
