"""Ranking rules: what they may say of too little evidence, and what moves them."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import tables
from analysis.evidence.classified import (
    applied_evenly,
    classifications,
    evidence_of,
    rule_of,
)
from analysis.printed import Printed, reach
from analysis.statistics.classification import (
    Answer,
    Evidence,
    Extent,
    Rule,
    heterogeneous,
    highest,
    meets,
    unnamed,
    within,
)
from analysis.statistics.pooling import MODERN
from analysis.studies import outcomes, pool
from book.copies import Row, edit

RULE = Rule(effect_above=1.5, p_below=0.01, i2_below=70, reviews=2)
RANK = {Answer.NO: 0, Answer.NOT_DECIDABLE: 1, Answer.YES: 2}
quick = settings(max_examples=60, derandomize=True, deadline=None)


def strong(review: str, outcome: str = "score", **changes: Any) -> Evidence:
    known: dict[str, Any] = {"effect": (2.0, 2.0), "p": (0.0, 0.001), "i2": (40.0, 40.0)}
    return Evidence(review, outcome, **{**known, **changes})


def test_every_limit_counts():
    assert meets(strong("a"), RULE) is Answer.YES
    assert meets(strong("a", effect=(1.5, 1.5)), RULE) is Answer.NO  # above, not at
    assert meets(strong("a", p=(0.01, 0.01)), RULE) is Answer.NO
    assert meets(strong("a", i2=(70.0, 70.0)), RULE) is Answer.NO


def test_what_is_not_printed_is_not_decidable():
    assert meets(Evidence("a"), RULE) is Answer.NOT_DECIDABLE
    assert meets(strong("a", effect=(1.45, 1.55)), RULE) is Answer.NOT_DECIDABLE
    assert meets(Evidence("a", i2=(71.0, 90.0)), RULE) is Answer.NO  # one failed limit is enough


def test_one_review_is_never_enough():
    assert highest([strong("a"), strong("a", "weight")], RULE) is Answer.NO
    assert highest(unnamed(1), RULE) is Answer.NO
    assert highest([], RULE) is Answer.NO


def test_reviews_must_agree_in_an_outcome():
    assert highest([strong("a"), strong("b")], RULE) is Answer.YES
    assert highest([strong("a", "score"), strong("b", "weight")], RULE) is Answer.NO
    assert highest([strong("a", "score"), strong("b", "")], RULE) is Answer.NOT_DECIDABLE


def test_unnamed_reviews_leave_the_rank_open_unless_they_fail():
    assert highest(unnamed(2, (60.0, 94.0)), RULE) is Answer.NOT_DECIDABLE
    assert highest(unnamed(4, (75.0, 81.0)), RULE) is Answer.NO
    assert highest([*unnamed(1, (97.0, 98.0)), strong("b")], RULE) is Answer.NO


def test_which_outcomes_are_heterogeneous():
    def extent(*ranges: tuple[float, float]) -> Extent:
        return heterogeneous([Evidence("a", i2=i2) for i2 in ranges], 70)

    assert extent((96, 96)) is Extent.ALL
    assert extent((70, 70)) is Extent.ALL  # from 70 on
    assert extent((23, 23), (92, 92)) is Extent.SOME
    assert extent((10, 10)) is Extent.NONE
    assert extent((0, 100)) is Extent.NOT_DECIDABLE
    assert extent((96, 96), (0, 100)) is Extent.AT_LEAST_SOME
    assert extent((69.5, 70.5)) is Extent.NOT_DECIDABLE  # 70 as printed may be 69.6
    assert extent() is Extent.NOT_DECIDABLE


def test_the_second_rank():
    assert within([strong("a", effect=(1.0, 1.0))], (0.8, 1.5), 70) is Answer.YES
    assert within([strong("a", i2=(71.0, 71.0))], (0.8, 1.5), 70) is Answer.YES
    assert within([strong("a")], (0.8, 1.5), 70) is Answer.NO
    assert within([Evidence("a")], (0.8, 1.5), 70) is Answer.NOT_DECIDABLE


bounds = st.tuples(st.floats(0, 3), st.floats(0, 3)).map(lambda pair: (min(pair), max(pair)))
evidence = st.builds(
    Evidence,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["", "score", "weight"]),
    bounds,
    bounds.map(lambda pair: (pair[0] / 150, pair[1] / 150)),
    bounds.map(lambda pair: (pair[0] * 33, pair[1] * 33)),
)


@quick
@given(st.lists(evidence, max_size=5))
def test_knowing_less_never_decides_more(given_evidence: list[Evidence]):
    """An answer from narrow bounds may be lost when they widen, and never turn over."""
    wide = [Evidence(e.review, e.outcome, (0, e.effect[1]), (0, 1), e.i2) for e in given_evidence]
    narrow, blurred = highest(given_evidence, RULE), highest(wide, RULE)
    assert blurred in (narrow, Answer.NOT_DECIDABLE)


@quick
@given(st.lists(evidence, max_size=4), evidence)
def test_more_evidence_never_lowers_the_rank(held: list[Evidence], added: Evidence):
    assert RANK[highest([*held, added], RULE)] >= RANK[highest(held, RULE)]


# ---- the data --------------------------------------------------------------------------------


def test_the_rule_is_read_from_the_printed_rows():
    assert rule_of("umbrella") == RULE


def test_an_added_row_is_known_to_its_rounding():
    row = {
        **{"study": "a", "outcome": "births", "measure_printed": "SMD", "i2": "69"},
        **{"effect": "2.17", "ci_low": "1.31", "ci_high": "3.04"},
    }
    found = evidence_of(row)
    assert found.effect == pytest.approx((2.165, 2.175))
    assert found.i2 == pytest.approx((68.5, 69.5))
    assert 0 < found.p[0] < found.p[1] < 0.001
    assert meets(found, RULE) is Answer.YES
    other = evidence_of({**row, "measure_printed": "RR"})
    assert other.effect == Evidence("a").effect  # the rule is about standardized effects
    assert evidence_of({**row, "i2": ""}).i2 == (0.0, 100.0)


@pytest.mark.parametrize(("name", "i2"), [("bbb-last", (78, 37)), ("bbb-first", (75, 63))])
def test_the_rule_is_applied_on_one_scale(name: str, i2: tuple[int, int]):
    """BBB scores of Mou 2025, Figures 2A and 2B: I² of MD is above the limit of 70, of SMD below.

    metafor: rma(measure=c("MD", "SMD"), method="REML") on the rows that the paper pools.
    """
    pooled = outcomes("spinal-cord-injury")[name]
    found = tuple(round(pool(pooled, measure=each, **MODERN).i2) for each in ("MD", "SMD"))
    assert found == i2
    [rule] = [each for each in applied_evenly("umbrella") if each.body.printed.pool == name]
    assert rule.body.smd
    assert (rule.i2 is Answer.YES) is (rule.body.smd.i2[1] < 70)
    assert rule.effect is Answer.YES  # unknown on the scale of the mean difference


def test_an_i2_printed_at_the_limit_decides_nothing():
    # Mussin 2025, Table 3: liver diseases from 70%, which can be 69.6%; the limit is 70%.
    every = {each.body.printed.pool: each for each in applied_evenly("umbrella")}
    found = every["liver-fibrosis"]
    assert found.body.printed.i2_range[0] == "70"
    assert found.i2 is Answer.NOT_DECIDABLE


def test_every_row_of_the_table_is_classed():
    found = classifications()
    printed = tables.load("umbrella", "conditions")
    assert {f"umbrella.classification.{code}" for code in printed["condition"]} <= found.keys()
    assert not any(each.before is Answer.YES for each in found.values())
    for each in found.values():
        if each.counted == 1:
            assert each.before is Answer.NO
        if not each.added:
            assert (each.before, each.extent_before) == (each.after, each.extent_after)


def test_added_reviews_that_meet_the_rule_change_the_class(tmp_path: Path):
    """A maintainer adds one review that agrees with an added one in an outcome, and rebuilds."""
    data = tmp_path / "data"
    shutil.copytree(tables.DATA, data)

    def add(rows: list[Row]) -> None:
        [model] = [row for row in rows if row["outcome"] == "ct-th"]
        rows.append({**model, "study": "Another 2026"})

    edit(data / "umbrella" / "studies.csv", add)
    assert not tables.check(data)
    changed = classifications(data)["umbrella.classification.osteoporosis"]
    assert (changed.before, changed.after) == (Answer.NO, Answer.YES)
    assert changed.says_after == "High"


def test_rows_without_numbers_wait_for_them(tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(tables.DATA, data)
    path = data / "umbrella" / "studies.csv"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("Dai 2025,"))
    path.write_text(text.replace(line, line.replace(",,,,,,,,,,", ",,,,,,,2.5,1.5,3.5,", 1)))
    assert not tables.check(data)
    path.write_text(text.replace(line, line.replace(",,,,,,,,,,", ",,,,,,,2.5,,,", 1)))
    assert tables.check(data)


@pytest.mark.parametrize(
    ("text", "number", "half"),
    [
        ("1.83 × 10^10", 1.83e10, 5e7),
        ("10^8", 1e8, 5e7),
        ("2 × 10^-3", 2e-3, 5e-4),
        ("1,234.5", 1234.5, 0.05),
    ],
)
def test_printed_powers_of_ten(text: str, number: float, half: float):
    assert Printed(text).number == pytest.approx(number)
    assert Printed(text).half_unit == pytest.approx(half)


def test_the_reach_of_a_printed_range():
    assert reach("70", "91.5") == (69.5, 91.55)
