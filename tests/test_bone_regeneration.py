"""What Mai et al. 2025 print (Am J Transl Res, August 2025), and what follows from it."""

import re

import pytest

from analysis import exhibits
from analysis.ledger import Entry, ledger
from analysis.pools import printed_results
from analysis.printed import Printed
from analysis.review import Chapter
from analysis.statistics import checks
from analysis.verdicts import Verdict

RESULTS = printed_results("bone-regeneration")
OVERALL = RESULTS["overall"]


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
