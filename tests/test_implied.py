"""What printed summaries imply, and a chapter whose study data are filled in later."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, norm

from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.statistics import checks
from analysis.statistics.boxes import Box
from analysis.statistics.effect_sizes import KERNELS
from analysis.verdicts import Verdict
from book.copies import Row, edit


@pytest.mark.parametrize("n", [6, 20, 48])
@pytest.mark.parametrize("g", [0.0, -1.3, 5.28])
def test_n_of_smd_finds_the_animals_behind_an_interval(n: int, g: float) -> None:
    se = np.sqrt(4 / n + g**2 / (2 * (n - 3.94)))
    assert checks.n_of_smd(g, g - checks.Z_95 * se, g + checks.Z_95 * se) == pytest.approx(n)


def test_q_of_p_turns_p_of_q_around() -> None:
    assert checks.q_of_p(float(chi2.sf(3.7, 2)), 2) == pytest.approx(3.7)
    bounds = checks.q_of_p(Box(np.asarray(0.135), np.asarray(0.145)), 2)
    assert bounds.low == pytest.approx(chi2.isf(0.145, 2))
    assert bounds.high == pytest.approx(chi2.isf(0.135, 2))


def test_least_contrast_is_reached_by_equal_halves() -> None:
    se, p = 0.2, 0.017
    difference = norm.isf(p / 2) * np.hypot(se * np.sqrt(2), se * np.sqrt(2))
    low, high = -checks.Z_95 * se, checks.Z_95 * se
    assert checks.least_contrast(low, high, p) == pytest.approx(difference)


def test_tau2_of_i2_is_exact_where_variances_are_equal() -> None:
    tau2, v, k = 3.0, 1.5, 14
    se = np.sqrt((tau2 + v) / k)
    i2 = 100 * tau2 / (tau2 + v)
    assert checks.tau2_of_i2(i2, -checks.Z_95 * se, checks.Z_95 * se, k) == pytest.approx(tau2)


def test_smd_of_revman_by_hand() -> None:
    g, v = KERNELS["SMD-RevMan"](np.array([5.0]), 3.0, 1.0, np.array([5.0]), 1.0, 1.0)
    assert g == pytest.approx(2 * (1 - 3 / 31))
    assert v == pytest.approx(0.4 + g**2 / (2 * 6.06))


def test_study_data_that_are_filled_in_are_recomputed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    arms = ("n_treated", "mean_treated", "sd_treated", "n_control", "mean_control", "sd_control")

    def fill(rows: list[Row]) -> None:
        for place, row in enumerate(row for row in rows if row["outcome"] == "ct-th"):
            row |= dict(zip(arms, ("6", f"{5 + place}.0", "1.0", "6", "3.0", "1.0"), strict=True))

    edit(data / "osteoporosis" / "studies.csv", fill)
    before, after = (
        found.entries["osteoporosis.ct-th.pooled"] for found in (ledger(), ledger(data))
    )
    assert before.verdict is Verdict.NOT_RECOMPUTABLE
    assert after.verdict is Verdict.DISCREPANT
    # Three studies of 6 and 6, differences 2, 3 and 4 SD: RevMan 5 gives the middle one nearly.
    assert after.recomputed["value"] == pytest.approx(2.6, abs=0.3)
