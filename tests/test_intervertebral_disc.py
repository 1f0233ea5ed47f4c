"""What follows from the abstract of the review of discs.

Wei et al. 2026, Front Bioeng Biotechnol, doi:10.3389/fbioe.2026.1749916, abstract: mean differences
of 12.8% (7.6 to 18.0), −4.1 (−5.1 to −3.2) and −1.5 (−1.8 to −1.2), and one P = 0.017.
"""

import pytest
from scipy.stats import norm

from analysis.ledger import ledger
from analysis.verdicts import Verdict

CHAPTER = "intervertebral-disc"


@pytest.mark.parametrize("outcome", ["dhi", "histology", "mri"])
def test_estimate_in_the_middle_of_its_interval_is_not_recomputed_by_that(outcome: str) -> None:
    entry = ledger().entries[f"{CHAPTER}.{outcome}.pooled"]
    value, low, high = (
        float(entry.reported[name].replace("−", "-")) for name in ("value", "lower", "upper")
    )
    assert abs(value - (low + high) / 2) <= 0.1
    assert (entry.verdict, entry.basis) == (Verdict.NOT_RECOMPUTABLE, "form")
    assert entry.not_recomputable_kind == "result"


def test_three_comparisons_leave_open_on_which_side_of_the_limit_the_p_value_lies() -> None:
    low, high = 3 * 0.0165, 3 * 0.0175  # what prints as 0.017
    assert low < 0.05 < high
    finding = ledger().findings[f"{CHAPTER}.finding.human-source"]
    assert finding.holds
    assert f"between {low:.4f} and {high:.4f}" in finding.against
    assert "can’t be told" in finding.against


def test_least_difference_behind_the_p_value_holds_for_all_that_prints_so() -> None:
    """Narrowest interval (−1.75 to −1.25) and largest p (0.0175); 2·SE·z by hand."""
    se, z = 0.5 / (2 * norm.isf(0.025)), norm.isf(0.0175 / 2)
    finding = ledger().findings[f"{CHAPTER}.finding.modest"]
    assert finding.holds
    assert f"at least {2 * se * z:.2f} grades" in finding.against
    assert f"{2 * se * z / 1.5:.0%} of the overall effect" in finding.against
    assert "With a larger tau² overall" in finding.against
