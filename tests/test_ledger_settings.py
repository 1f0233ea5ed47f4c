"""Numbers that several readings or settings could give."""

import numpy as np
import pytest

from analysis.statistics import pooling
from analysis.verdicts import Verdict
from tests.papers import (
    ARMS,
    INFERRED,
    STUDIES,
    Row,
    judged,
    pooled,
    verdict,
)


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
