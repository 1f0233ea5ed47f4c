"""What Zhang et al. 2025 print (doi:10.3389/fendo.2025.1625969), and what follows from it."""

import re

import pytest

from analysis import exhibits
from analysis.html import Html
from analysis.ledger import Entry, ledger
from analysis.pools import printed_results
from analysis.printed import Printed
from analysis.statistics import checks, pooling
from analysis.studies import outcomes, pool
from analysis.verdicts import Verdict

RESULTS = printed_results("osteoporosis")


def printed(name: str) -> Entry:
    return ledger().entries[f"osteoporosis.{name}"]


def cells(table: Html, label: str) -> list[str]:
    """The cells of a table's row, without markup."""
    row = next(row for row in re.split("<tr", table.markup) if label in row)
    return [cell for cell in re.split("(?:<[^>]*>)+", row) if cell.strip() and cell != ">"]


@pytest.mark.parametrize(
    ("study", "animals"),
    [("hu-2020", 6), ("yang-2022", 20)],  # Figure 7: 5.28 [−0.06, 10.63], 12.08 [7.81, 16.35]
)
def test_interval_of_a_study_fits_whole_and_equal_arms(study: str, animals: int) -> None:
    entry = printed(f"mar-study.{study}")
    smd, low, high = (Printed(entry.reported[part]) for part in ("value", "lower", "upper"))
    found = checks.n_of_smd(smd.number, low.number, high.number)
    assert found == pytest.approx(animals, abs=0.02)
    bounds = checks.n_of_smd(smd.box, low.box, high.box)
    assert bounds.low < animals < bounds.high
    # Nothing prints the arms: it is the form of the number, and no recomputation.
    assert (entry.verdict, entry.basis) == (Verdict.NOT_RECOMPUTABLE, "form")


def test_one_interval_of_two_studies_by_our_settings() -> None:
    ours = pool(outcomes("osteoporosis")["mar"], measure="SMD", **pooling.MODERN)
    # t of 1 degree of freedom is 12.706: 8.88 ± 12.706 × 3.394.
    assert (ours.ci_low, ours.ci_high) == pytest.approx((-34.25, 52.01), abs=0.005)
    table = exhibits.widened_table(list(RESULTS.values()))
    shown = cells(table, RESULTS["mar"].label)
    assert "−34.25 to 52.01" in shown
    assert shown[-1] == "–"  # no prediction interval of two studies
    assert "−34.2" not in exhibits.implied_table(list(RESULTS.values())).markup


def test_prediction_intervals_stand_in_one_table_alone() -> None:
    results = list(RESULTS.values())
    assert "prediction" not in exhibits.implied_table(results).markup
    table = exhibits.widened_table(results)
    # t of 13 degrees of freedom is 2.1604, tau² 3.12 and SE 2.30 / 3.92 as Figure 3 prints them.
    assert cells(table, RESULTS["bmd"].label)[-1] == "−0.07 to 7.97"
    # tau² from I² = 68%: 0.68 × 16 × (2.17 / 3.92)² = 3.334; t of 15 is 2.1314.
    assert cells(table, RESULTS["tb-n"].label)[-1] == "0.50 to 8.64"
