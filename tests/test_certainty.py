"""The rules by which certainty is proposed, each on a body of evidence made to meet it or not."""

from dataclasses import replace
from math import inf, isnan, nan

import pytest

from analysis.evidence.bodies import BodyOfEvidence, Estimate, SmallStudyTest, bodies_of_evidence
from analysis.evidence.certainty import (
    Basis,
    Certainty,
    Level,
    Proposal,
    certainties,
    certainty_of,
    domains,
)
from analysis.formats import p_value
from analysis.statistics.arrays import UndefinedError
from analysis.statistics.pooling import MODERN
from analysis.statistics.small_study import AsymmetryTest, RankTest
from analysis.studies import asymmetry, outcomes, pool

SURE = Estimate(2.0, 0.2, 1.6, 2.4, 0.8, 3.2, 0.3, 20, "study data", (10.0, 10.0))


def body(modern: Estimate | None = SURE, **changes: object) -> BodyOfEvidence:
    """A body of evidence that no rule lowers, but for the changes; higher values are better."""
    like = next(each for each in bodies_of_evidence() if each.chapter == "spinal-cord-injury")
    sound = {
        "modern": modern,
        "animals": 500,
        "small_study": (SmallStudyTest("Egger’s test", 0.6, True),),
    }
    return replace(like, **{**sound, **changes})  # type: ignore[arg-type]


def proposal(domain: str, about: BodyOfEvidence) -> Proposal:
    return next(
        each for each in certainty_of(about, [], domains()).proposals if each.domain == domain
    )


def judgement(domain: str, downgrade: int, pool: str = "") -> dict[str, str]:
    return {
        "domain": domain,
        "pool": pool,
        "downgrade": str(downgrade),
        "reason": "A reason.",
        "rows": "",
    }


SOUND = [judgement("risk-of-bias", 0), judgement("indirectness", 0)]


def test_without_any_reason_to_lower_it_the_class_is_high():
    found = certainty_of(body(), SOUND, domains())
    assert (found.level, found.is_bound, str(found)) == (Level.HIGH, False, "high")


@pytest.mark.parametrize(
    ("limits", "downgrade"),
    [((0.01, 4.0), 0), ((-0.01, 4.0), 1), ((-1.99, 6.0), 1), ((-2.0, 6.0), 2), ((-5.0, 9.0), 2)],
)
def test_inconsistency_follows_from_where_the_prediction_interval_ends(limits, downgrade):
    low, high = limits
    for sign in (1, -1):
        ends = sorted((sign * low, sign * high))
        modern = replace(SURE, estimate=sign * 2.0, pi_low=ends[0], pi_high=ends[1])
        printed = replace(body().printed, favours="higher" if sign > 0 else "lower")
        found = proposal("inconsistency", body(modern, printed=printed))
        assert (found.downgrade, found.basis) == (downgrade, Basis.COMPUTED)


@pytest.mark.parametrize(
    ("i2", "downgrade", "basis"),
    [
        ((49.0, 49.0), 0, Basis.COMPUTED),
        ((50.0, 50.0), 1, Basis.COMPUTED),
        ((60.0, 90.0), 1, Basis.COMPUTED),
        ((30.0, 90.0), 0, Basis.OPEN),
        ((nan, nan), 0, Basis.OPEN),
    ],
)
def test_without_a_prediction_interval_inconsistency_follows_from_i2(i2, downgrade, basis):
    modern = replace(SURE, pi_low=nan, pi_high=nan, tau2=nan, i2=i2)
    found = proposal("inconsistency", body(modern))
    assert (found.downgrade, found.basis) == (downgrade, basis)


@pytest.mark.parametrize(
    ("ci_low", "animals", "downgrade", "basis"),
    [
        (0.1, 400, 0, Basis.COMPUTED),
        (0.1, 399, 1, Basis.COMPUTED),
        (-0.1, 400, 1, Basis.COMPUTED),
        (-0.1, 399, 2, Basis.COMPUTED),
        (0.1, 0, 0, Basis.OPEN),
        (-0.1, 0, 1, Basis.COMPUTED),
    ],
)
def test_imprecision_counts_the_interval_and_the_animals(ci_low, animals, downgrade, basis):
    found = proposal("imprecision", body(replace(SURE, ci_low=ci_low), animals=animals))
    assert (found.downgrade, found.basis) == (downgrade, basis)


def test_where_no_number_of_animals_is_printed_the_interval_implies_one():
    # Two arms of 10 in each of 12 studies, g = 1: a variance of 4/20 + 1/40 each, and no tau².
    variance = 4 / 20 + 1 / 40
    smd = replace(SURE, estimate=1.0, se=(variance / 12) ** 0.5, tau2=0.0, k=12)
    printed = replace(body().printed, measure="SMD", estimate="1.00", lower="0.73", upper="1.27")
    about = body(smd, animals=0, printed=printed)
    assert about.implied_animals == pytest.approx(240)
    found = proposal("imprecision", about)
    assert (found.downgrade, found.basis) == (1, Basis.COMPUTED)
    assert "some 240 animals" in found.reason


def test_one_study_is_said_to_leave_interval_and_heterogeneity_undefined():
    last = outcomes("spinal-cord-injury")["bbb-last"]
    one = pool(replace(last, rows=last.rows[:1]), **MODERN)
    about = body(
        replace(
            SURE, ci_low=one.ci_low, ci_high=one.ci_high, pi_low=nan, pi_high=nan, i2=(nan, nan)
        )
    )
    assert isnan(one.ci_low)
    assert isnan(one.i2)
    found = proposal("imprecision", about)
    assert found.downgrade == 1
    assert found.reason.startswith("No interval is defined for so few studies, and none excludes 0")
    found = proposal("inconsistency", about)
    assert found.basis is Basis.OPEN
    assert found.reason == "Neither tau² nor I² is defined for so few studies."


def test_an_estimate_outside_its_interval_leaves_imprecision_open():
    printed = replace(body().printed, estimate="1.57", lower="0.86", upper="1.26")
    about = body(printed=printed, modern=None)
    assert not about.sound
    assert proposal("imprecision", about).basis is Basis.OPEN
    assert body(printed=printed).usable  # the studies are known: the printed interval isn't needed


def test_what_is_shown_to_be_impossible_is_not_graded():
    against = "bone-regeneration.finding.subgroups-and-total"
    printed = replace(body().printed, i2="30", contradicted_by=against)
    about = body(printed=printed, modern=None)
    assert about.sound
    assert not about.usable
    for domain in ("inconsistency", "imprecision"):
        found = proposal(domain, about)
        assert (found.basis, found.rows) == (Basis.OPEN, (against,))
        assert proposal(domain, body(printed=printed)).basis is Basis.COMPUTED


@pytest.mark.parametrize(
    ("test", "k", "downgrade", "basis"),
    [
        (SmallStudyTest("Egger’s test", 0.09, True), 10, 1, Basis.COMPUTED),
        (SmallStudyTest("Egger’s test", 0.10, True), 10, 0, Basis.COMPUTED),
        (SmallStudyTest("Egger’s test", 0.001, True), 9, 0, Basis.OPEN),
        (SmallStudyTest("Egger’s test", 0.001, False), 30, 0, Basis.OPEN),
        (None, 30, 0, Basis.OPEN),
    ],
)
def test_publication_bias_needs_a_valid_test_and_ten_studies(test, k, downgrade, basis):
    tests = (test,) if test else ()
    found = proposal("publication-bias", body(replace(SURE, k=k), small_study=tests))
    assert (found.downgrade, found.basis) == (downgrade, basis)


@pytest.mark.parametrize(("beside", "agree"), [(0.08, "all agree"), (0.8, "not all agree")])
def test_the_first_test_of_asymmetry_decides_and_the_others_are_said(beside, agree):
    tests = SmallStudyTest("Egger’s test", 0.03, True), SmallStudyTest("Begg’s test", beside, True)
    found = proposal("publication-bias", body(small_study=tests))
    assert found.downgrade == 1
    assert found.reason == (
        f"Egger’s test gives p = 0.030, Begg’s test {p_value(beside)}; the first decides, and "
        f"{agree} with it."
    )


def defined(found: AsymmetryTest | RankTest | UndefinedError) -> AsymmetryTest | RankTest:
    assert not isinstance(found, UndefinedError)
    return found


def test_four_valid_tests_of_asymmetry_of_the_last_bbb_score_do_not_agree():
    # metafor's regtest (lm, rma, rma on sample size) and ranktest on the rows of Mou 2025.
    last = outcomes("spinal-cord-injury")["bbb-last"]
    found = asymmetry(last, "MD")
    assert [round(defined(each.found).p, 2) for each in found] == [0.03, 0.08, 0.80, 0.14]
    assert all(each.valid for each in found)
    assert [each.valid for each in asymmetry(last, "SMD")] == [False, False, True, False]


def test_a_test_of_asymmetry_that_is_not_defined_says_why():
    last = outcomes("spinal-cord-injury")["bbb-last"]
    alike = last.rows.assign(sd_treated=1.0, sd_control=1.0, n_treated=9, n_control=9)
    regressions = ["predictor (by default the standard error) must differ between effects"] * 3
    differ = "the studies do not differ enough to be tested"
    for rows, why in (
        (last.rows[:2], ["a test of asymmetry needs at least 3 effects, got 2"] * 4),
        (alike, [*regressions, differ]),
    ):
        tests = asymmetry(replace(last, rows=rows), "MD")
        assert [str(each.found) for each in tests if isinstance(each.found, UndefinedError)] == why


def test_a_judgement_takes_the_place_of_a_rule_and_one_on_the_pool_that_on_the_chapter():
    about = body(replace(SURE, pi_low=-5.0))
    rows = [*SOUND, judgement("inconsistency", 1)]
    assert certainty_of(about, rows, domains()).level is Level.MODERATE
    rows.append(judgement("inconsistency", 0, about.printed.pool))
    found = certainty_of(about, rows, domains())
    assert found.level is Level.HIGH
    assert {each.basis for each in found.proposals if each.domain == "inconsistency"} == {
        Basis.JUDGED
    }


def test_what_nobody_judged_is_open_and_makes_the_class_a_bound():
    found = certainty_of(body(), [], domains())
    assert found.open == ("risk-of-bias", "indirectness")
    assert str(found) == "high at most"


@pytest.mark.parametrize(
    ("downgrades", "level"), [(0, "high"), (2, "low"), (3, "very low"), (7, "very low")]
)
def test_no_class_is_below_very_low_and_there_it_is_no_bound(downgrades, level):
    lowered = Proposal("risk-of-bias", downgrades, Basis.JUDGED, "")
    found = Certainty(body(), (lowered, Proposal("indirectness", 0, Basis.OPEN, "")))
    assert found.level.value == level
    assert found.is_bound == (level != "very low")


def test_every_body_of_evidence_of_the_book_has_each_domain_with_a_reason():
    for found in certainties():
        assert [each.domain for each in found.proposals] == list(domains())
        for each in found.proposals:
            assert each.reason.endswith(".")
            assert 0 <= each.downgrade <= 2
            if each.basis is Basis.COMPUTED and each.downgrade:
                assert each.change, each


def test_the_bodies_of_evidence_are_what_the_papers_pool():
    found = {each.id: each for each in bodies_of_evidence()}
    mar = found["osteoporosis.certainty.mar"]  # two printed studies: pooled again from them
    assert (mar.best.basis, mar.best.k) == ("study data", 2)
    bmd = found["osteoporosis.certainty.bmd"]  # Figure 3: tau² 3.12, k 14, 3.95 (2.80 to 5.10)
    assert (bmd.best.basis, bmd.best.tau2, bmd.best.k) == ("printed tau²", 3.12, 14)
    assert (bmd.best.pi_low, bmd.best.pi_high) == pytest.approx((-0.07, 7.97), abs=0.005)
    tb_sp = found["osteoporosis.certainty.tb-sp"]  # lower is better
    assert tb_sp.best.estimate < 0
    assert tb_sp.favours_treatment
    assert 0.5 < tb_sp.probability < 1
    sepsis = found["umbrella.certainty.sepsis-survival"]  # a hazard ratio, analysed as logarithm
    assert sepsis.natural(sepsis.best.estimate) == pytest.approx(0.33)
    assert sepsis.smd is None
    assert all(-inf < each.best.ci_low <= each.best.ci_high < inf for each in found.values())
