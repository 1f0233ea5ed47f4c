"""What Mai et al. 2025 print (Am J Transl Res, August 2025), and what follows from it."""

import re
from collections import Counter

import pytest

from analysis import exhibits, tables
from analysis.ledger import Entry, ledger
from analysis.pools import printed_results
from analysis.printed import Printed
from analysis.review import Chapter
from analysis.statistics import checks
from analysis.verdicts import Verdict

RESULTS = printed_results("bone-regeneration")
OVERALL = RESULTS["overall"]
TABLE_1 = [
    row
    for row in tables.load_text("bone-regeneration", "studies").to_dict("records")
    if row["in_review"] == "yes"
]
POWERS = {"10⁹ particles/kg": 0.1, "10¹⁰ particles/kg": 1.0, "10¹¹ particles/kg": 10.0}


def printed(name: str) -> Entry:
    return ledger().entries[f"bone-regeneration.{name}"]


def test_interval_of_the_pool_needs_1897_animals() -> None:
    # 2.08 to 2.25 can be 2.075 to 2.255: 4 / (0.18 / 3.92)² = 1897, 100 for each of 19 studies.
    least = checks.least_n(*OVERALL.boxes[1:]).low
    assert least == pytest.approx(4 * (2 * 1.959964 / 0.18) ** 2, rel=1e-6)
    assert round(least) == 1897
    finding = ledger().findings["bone-regeneration.finding.precision"]
    assert "at least 1,897 animals" in finding.against
    assert "(100 a study" in finding.against
    assert "1,897" in exhibits.least_animals_table([OVERALL]).markup


@pytest.mark.parametrize(
    ("name", "alone", "together"),
    [("rats", 2, 49), ("rct", 27, 54), ("ultracentrifugation", 0, 40), ("bone-defects", 27, 58)],
)
def test_difference_exceeds_the_printed_i2_only_with_that_of_the_subgroup(
    name: str, alone: int, together: int
) -> None:
    part = RESULTS[name]
    q = checks.q_of_part(OVERALL.numbers, part.numbers)
    within = checks.q_of_i2(Printed(part.i2).number, part.k - 1)
    found = [checks.i2_of_q(each, OVERALL.k - 1) for each in (q, q + within)]
    assert [round(each) for each in found] == [alone, together]
    assert found[0] < Printed(OVERALL.i2).number < found[1]


@pytest.mark.parametrize(
    ("name", "least"),
    [("rats", 36), ("rct", 39), ("ultracentrifugation", 32), ("bone-defects", 45)],
)
def test_no_rounding_lets_the_printed_i2_hold_beside_a_subgroup(name: str, least: int) -> None:
    part = RESULTS[name]
    alone = checks.least_q(OVERALL.boxes, part.boxes)
    within = float(checks.q_of_i2(Printed(part.i2).box, part.k - 1).low)
    found = checks.i2_of_q(alone + within, OVERALL.k - 1)
    assert checks.i2_of_q(alone, OVERALL.k - 1) == 0
    assert round(found) == least
    assert found > Printed(OVERALL.i2).box.high
    assert f">{least}%<" in exhibits.parts_table(OVERALL, [part]).markup
    finding = ledger().findings["bone-regeneration.finding.subgroups-and-total"]
    assert f" {least}% (" in finding.against


def slug(study: str) -> str:
    """The last part of the ids of a study's numbers."""
    return re.sub("[ ()]+", "-", study.lower()).strip("-")


def test_ledger_lists_year_dose_and_changes_of_every_study_as_table_1_has_them() -> None:
    names = {slug(row["study"]) for row in TABLE_1}
    assert len(names) == 20
    for row in TABLE_1:
        year, dose = (printed(f"{what}.{slug(row['study'])}") for what in ("table-1-year", "dose"))
        assert year.reported["value"] == row["year"]
        power = POWERS[str(dose.unit)]
        assert float(dose.reported["value"]) * power == pytest.approx(float(row["dose"]))
        assert year.location == dose.location == row["location"]
        assert year.kind == "date"
    changes = {
        (f"{row['outcome']}.{slug(row['study'])}", row["change"], row["location"])
        for row in tables.load_text("bone-regeneration", "outcomes").to_dict("records")
        if slug(row["study"]) in names
    }
    listed = {
        (name.removeprefix("bone-regeneration.change-"), each.reported["value"], each.location)
        for name, each in ledger().entries.items()
        if name.startswith("bone-regeneration.change-")
    }
    assert listed == changes
    for name in names:
        assert printed(f"table-1-year.{name}").not_recomputable_kind == "input"


def test_models_of_table_1_give_any_number_of_bone_defect_models_from_4_to_20() -> None:
    sizes = Counter(row["model_class"] for row in TABLE_1)
    totals = {sizes.pop("bone-defect")}
    for size in sizes.values():
        totals |= {total + size for total in totals}
    assert totals == set(range(4, 21))
    assert printed("subgroup-k.bone-defects").verdict is Verdict.NOT_RECOMPUTABLE


def test_no_study_left_out_gives_the_printed_rats_and_high_doses() -> None:
    rats = int(printed("subgroup-k.rats").reported["value"])
    high = int(printed("high-dose.k").reported["value"])
    assert (rats, high) == (13, 16)
    for left in TABLE_1:
        rest = [row for row in TABLE_1 if row is not left]
        counted = [
            sum(row[column] == value for row in rest)
            for column, value in (("species", "rat"), ("dose_class", "high"))
        ]
        assert counted[1] > high
        assert left["source"] != "synovial" or counted == [rats + 1, high + 1]


@pytest.mark.parametrize("name", ["overall", "local", "high-dose"])
def test_misfit_that_a_scan_can_have_made_is_no_error_of_the_paper(name: str) -> None:
    estimate, interval = printed(f"after.{name}"), printed(f"after-interval.{name}")
    lower, upper = (Printed(interval.reported[part]).box for part in ("lower", "upper"))
    assert Printed(estimate.reported["value"]).excludes(checks.centre(lower, upper))
    assert estimate.verdict is interval.verdict is Verdict.NOT_RECOMPUTABLE
    assert "scan" in estimate.not_recomputable


@pytest.mark.parametrize(
    ("name", "studies"), [("methods.unclear-allocation", 6), ("bias.unclear-housing", 8)]
)
def test_percentage_is_that_of_whole_studies(name: str, studies: int) -> None:
    entry = printed(name)
    assert Printed(entry.reported["value"]).prints(100 * studies / 20)
    assert (entry.verdict, entry.basis) == (Verdict.NOT_RECOMPUTABLE, "form")


@pytest.mark.parametrize("chapter", ["bone-regeneration", "osteoporosis"])
def test_as_many_conclusions_are_counted_as_listed(chapter: str) -> None:
    page = Chapter(chapter)
    listed = re.findall('class="finding severity-conclusion"', page.does_not_add_up().markup)
    assert page.conclusions == len(listed) > 0
