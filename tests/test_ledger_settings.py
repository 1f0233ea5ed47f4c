"""Numbers that several readings or settings could give."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.statistics import pooling
from analysis.statistics.effect_sizes import (
    SMD_VARIANCES,
    EffectSizes,
    standardized_mean_difference,
)
from analysis.statistics.moderators import common_subgroups, separate_subgroups
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
        ("silent", {}, Verdict.UNDECIDED),
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


def smd_of(studies: Sequence[Row], vtype: str) -> EffectSizes:
    n1, m1, s1, n2, m2, s2 = np.array([[float(row[name]) for name in ARMS] for row in studies]).T
    return standardized_mean_difference(n1, m1, s1, n2, m2, s2, vtype)


def settled(**known: object) -> dict[str, dict[str, object]]:
    """What a paper states of some settings; what is left out its text leaves open."""
    return {name: {"value": value, "basis": "stated"} for name, value in known.items()}


def test_number_that_an_open_setting_gives_says_which_of_them_it_takes(tmp_path):
    """Hedges 1983 (UB) against metafor's default variance of an SMD (LS)."""
    unbiased_smd = smd_of(STUDIES, "UB")
    unbiased = pooling.pool(unbiased_smd.yi, unbiased_smd.vi, method="DL")
    row = {
        **{"id": "the.number", "value": f"{unbiased.estimate:.4f}"},
        **{"lower": f"{unbiased.ci_low:.4f}", "upper": f"{unbiased.ci_high:.4f}"},
        "recompute": "pool(studies, outcome='score')",
    }
    known = settled(measure="SMD", model="DL", test="z", i2_from="q")
    parts = {"studies": fine_studies()}
    entry = judged(tmp_path / "open", [row], as_published=known, **parts)["the.number"]
    assert entry.verdict is Verdict.UNDECIDED
    assert entry.explanation == (
        "By measure SMD, vtype LS, method DL, test z, i2_from q it can't be what is printed. "
        "By vtype UB, which the text leaves open, every printed character follows."
    )
    large_sample = known | settled(vtype="LS")
    entry = judged(tmp_path / "LS", [row], as_published=large_sample, **parts)["the.number"]
    assert entry.verdict is Verdict.DISCREPANT
    declared = known | settled(vtype="UB")
    entry = judged(tmp_path / "UB", [row], as_published=declared, **parts)["the.number"]
    assert entry.verdict is Verdict.REPRODUCED


@pytest.mark.parametrize("vtype", list(SMD_VARIANCES))
@pytest.mark.parametrize("tau2_from", ["common", "separate"])
def test_paper_of_smds_and_subgroups_is_audited_by_its_own_settings(tmp_path, vtype, tau2_from):
    """Pools, single effects, weights, subgroups and their test, by DL with Knapp-Hartung."""
    groups = ["a", "a", "b", "b", "b"]
    rows = [*fine_studies(), {**fine_studies()[1], "study": "Ed 2024", "mean_treated": "1.90000"}]
    studies = [{**row, "location": group} for row, group in zip(rows, groups, strict=True)]
    smd = smd_of(studies, vtype)
    model = {"common": common_subgroups, "separate": separate_subgroups}[tau2_from]
    found = model(smd.yi, smd.vi, groups, method="DL", test="knha")
    pooled = pooling.pool(smd.yi, smd.vi, method="DL", test="knha")
    ends = ("value", "lower", "upper")
    numbers = {
        "pool(studies, outcome='score')": (pooled.estimate, pooled.ci_low, pooled.ci_high),
        "pool(studies, outcome='score').tau2": (pooled.tau2,),
        "effect(studies, outcome='score', study='Bo 2021')": (smd.yi[1],),
        "weight(studies, outcome='score', study='Bo 2021', method='DL')": (pooled.weights[1],),
        "subgroup_q(studies, outcome='score', moderator='location')": (found.q_between,),
    }
    for level, each in zip(found.levels, found.pooled, strict=True):
        recipe = f"subgroup(studies, outcome='score', moderator='location', level='{level}')"
        numbers[recipe] = (each.estimate, each.ci_low, each.ci_high)
    reported = [
        {
            "id": f"a.n{place}",
            "recompute": recipe,
            **{name: f"{number:.4f}" for name, number in zip(ends, printed, strict=False)},
        }
        for place, (recipe, printed) in enumerate(numbers.items())
    ]
    stated = settled(measure="SMD", model="DL", test="knha", vtype=vtype, tau2_from=tau2_from)
    parts = {"studies": studies}
    entries = judged(tmp_path / "stated", reported, as_published=stated, **parts)
    assert {entry.verdict for entry in entries.values()} == {Verdict.REPRODUCED}
    if (vtype, tau2_from) == ("UB", "separate"):
        silent = settled(measure="SMD")
        entries = judged(tmp_path / "silent", reported, as_published=silent, **parts)
        assert Verdict.DISCREPANT not in {entry.verdict for entry in entries.values()}
