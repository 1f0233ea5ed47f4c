"""What the umbrella review prints of 47 meta-analyses, held against itself and its sources.

Mussin et al. 2025, Front Cell Dev Biol 13:1655623. The arithmetic here doesn't use the ledger.
"""

import pandas as pd
import pytest

from analysis import exhibits, tables
from analysis.ledger import ledger
from analysis.pools import printed_results
from analysis.review import Chapter
from analysis.verdicts import Verdict

CHAPTER = "umbrella"
ENTRIES = {entry.id.removeprefix("umbrella."): entry for entry in ledger().of(CHAPTER)}
FINDINGS = {
    each.id.removeprefix("umbrella.finding."): each for each in ledger().findings_of(CHAPTER)
}
REVIEWS = tables.load_text(CHAPTER, "reviews").set_index("review")
CONDITIONS = tables.load(CHAPTER, "conditions").set_index("condition")
CODINGS = ("condition_exact", "conditions_named", "conditions")

WORDS_ALONE = {
    *("exosome-query", "modified-vesicles", "osteosarcoma", "p-unreported"),
    *("registered", "sensitivity-summaries", "subgroups-unreported", "table-numbers"),
}
"""Findings of what two sentences say, or of what none says: there is nothing to compute."""


def items(name: str) -> list[str]:
    """The items of a list that the paper prints in a sentence."""
    lists = tables.load_text(CHAPTER, "lists")
    return list(lists.loc[lists["list"] == name, "item"])


def printed_by(coding: str) -> dict[str, int]:
    """Meta-analyses of Table 2 by disease of Table 3, in one coding of their names."""
    codes = REVIEWS[coding].str.split(";").explode()
    return {str(code): int((codes == code).sum()) for code in CONDITIONS.index}


# ---- what can be counted, after all ------------------------------------------------------------


@pytest.mark.parametrize("stage", ["search", "screening", "full-text", "extraction", "amstar"])
def test_two_reviewers_are_named_at_each_stage(stage: str) -> None:
    entry = ENTRIES[f"methods.{stage}-reviewers"]
    assert len(items(f"{stage}-reviewers")) == int(entry.reported["value"]) == 2
    assert entry.verdict is Verdict.REPRODUCED


def test_additional_reviewers_are_those_of_the_first_stage_and_one_name_is_no_authors() -> None:
    assert items("full-text-reviewers") == items("screening-reviewers")
    assert set(items("amstar-reviewers")) - set(items("authors")) == {"G.A.T."}


def test_section_3_1_gives_the_i2_of_most_diseases_from_23_to_95() -> None:
    known = CONDITIONS.dropna(subset=["i2_lower", "i2_upper"])
    within = known[(known["i2_lower"] >= 23) & (known["i2_upper"] <= 95)]
    assert (len(within), len(CONDITIONS)) == (20, 27)
    assert (within["i2_lower"].min(), within["i2_upper"].max()) == (23, 95)
    moderate = known[known["consistency"] == "moderate"]  # the word of the same sentence
    assert (moderate["i2_lower"].min(), moderate["i2_upper"].max()) == (0, 99)


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ("t6-share.yang-2022", f"{100 * 12 / 13:.0f}"),  # of 13 studies, Table 2
        ("t2-bias.chen-2024", f"{316 / 55:.2f}"),  # of 55 studies, Table 2
    ],
)
def test_whole_numbers_of_the_studies_in_table_2_have_this_share_and_mean(
    row: str, fits: str
) -> None:
    entry = ENTRIES[row]
    assert entry.reported["value"] == fits
    assert (entry.verdict, entry.basis) == (Verdict.NOT_RECOMPUTABLE, "form")


@pytest.mark.parametrize("level", ["moderate", "high"])
def test_no_whole_number_of_35_is_a_share_of_bernardi_2025(level: str) -> None:
    share = ENTRIES[f"t2-bias.bernardi-2025-{level}"].reported["value"]
    assert share not in {f"{100 * part / 35:.0f}" for part in range(36)}
    assert FINDINGS["bernardi-share"].holds


def test_doses_of_mou_2025_are_not_those_that_mou_et_al_print() -> None:
    entry = ENTRIES["t4-dose-1.mou-2025"]
    source = ledger().entries["spinal-cord-injury.results.dose"]
    assert entry.verdict is Verdict.DISCREPANT
    assert entry.reported == {"lower": "20", "upper": "200"}
    assert source.reported == {"lower": "100", "upper": "400"}


# ---- what a match rests on -----------------------------------------------------------------------


def test_no_single_coding_of_table_2_gives_the_counts_of_table_3() -> None:
    counted = CONDITIONS["reviews"].to_dict()
    given = {
        coding: {code for code, n in printed_by(coding).items() if n == counted[code]}
        for coding in CODINGS
    }
    assert {coding: len(codes) for coding, codes in given.items()} == {
        "condition_exact": 20,
        "conditions_named": 17,
        "conditions": 19,
    }
    never = set(counted).difference(*given.values())
    assert never == {"acute-kidney-injury", "diabetic-kidney-disease"}
    for code in counted:
        wrong = ENTRIES[f"t3-reviews.{code}"].verdict is Verdict.DISCREPANT
        assert wrong == (code in never)


def test_years_of_table_2_are_those_of_the_reference_list_but_for_one() -> None:
    differ = REVIEWS[REVIEWS["year"] != REVIEWS["reference_year"]]
    assert list(differ.index) == ["Jabermoradi 2025"]


def test_number_that_agrees_with_another_place_rests_on_a_summary_and_on_no_count() -> None:
    matched = [each for each in ENTRIES.values() if each.verdict is Verdict.REPRODUCED]
    assert {each.basis for each in matched} <= {"count", "summary"}  # no data of studies
    for each in matched:
        if each.id.startswith("umbrella.t2-year.") or each.recipe.startswith("estimate("):
            assert each.basis == "summary"


# ---- what scanning may have damaged ------------------------------------------------------------


def test_single_6_and_9_of_the_turned_column_are_one_case() -> None:
    assert not set(REVIEWS["studies"]) & {"6", "9"}
    for review in REVIEWS.index[REVIEWS["studies"] == ""]:
        entry = ENTRIES[f"t2-studies.{review.lower().replace(' ', '-')}"]
        assert (entry.transcription, entry.reported) == ("illegible", {})


@pytest.mark.parametrize("row", ["t2-year.jabermoradi-2025", "t3-estimate.cardiovascular-ef"])
def test_place_that_scanning_may_have_damaged_says_so_and_is_not_counted(row: str) -> None:
    entry = ENTRIES[row]
    assert entry.verdict is Verdict.NOT_RECOMPUTABLE
    assert "scan" in entry.not_recomputable


def test_interval_that_does_not_hold_its_estimate_implies_no_z_and_no_p() -> None:
    results = printed_results(CHAPTER)
    table = exhibits.intervals_table([results["cardiovascular-ef"]], 0.01).markup
    assert ">1.57 (0.86 to 1.26)<" in table
    assert ">1.060<" in table  # the middle of its interval
    assert table.count(">–<") == 3  # z, p, and p below the limit
    table = exhibits.intervals_table([results["wound-healing"]], 0.01).markup
    assert table.count(">–<") == 0


def test_middle_of_an_interval_has_one_digit_more_than_its_ends() -> None:
    """Table 3: 5.39 (3.43 to 7.36) and −4.02 (−5.28 to −2.23), whose middles are ties."""
    results = printed_results(CHAPTER)
    for pool, middle in (("ovarian-insufficiency", "5.395"), ("respiratory-injury", "−3.755")):
        assert f">{middle}<" in exhibits.intervals_table([results[pool]], 0.01).markup


# ---- findings ----------------------------------------------------------------------------------


def test_findings_have_a_check_unless_there_are_only_words() -> None:
    assert {name for name, each in FINDINGS.items() if not each.check} <= WORDS_ALONE


def test_review_of_a_reproductive_model_studied_dose_and_response_in_part() -> None:
    """Table 4, Chen 2023, by Table 2 on intrauterine adhesion: a finding had denied it."""
    dosing = tables.load_text(CHAPTER, "dosing").set_index("review")
    assert REVIEWS.loc["Chen 2023", "condition_printed"] == "Intrauterine adhesion"
    assert dosing.loc["Chen 2023", "dose_response"] == "partially"
    assert "reproductive-doses" not in FINDINGS


def test_number_of_studies_in_table_2_is_of_those_included() -> None:
    """Secondary copies of the abstracts of Soltani 2024 and Kirkham 2022."""
    abstracts = tables.load(CHAPTER, "abstracts").groupby("review").first()
    for review, included, pooled in (("Soltani 2024", 20, 12), ("Kirkham 2022", 13, 12)):
        assert REVIEWS.loc[review, "studies"] == str(included)
        assert abstracts.loc[review, "studies_pooled"] == pooled


def test_effect_and_studies_of_yang_2023a_are_not_those_of_its_abstract() -> None:
    abstracts = tables.load(CHAPTER, "abstracts")
    own = abstracts[abstracts["review"] == "Yang 2023a"]
    assert (ENTRIES["t2-estimate.yang-2023a"].reported["value"], set(own["estimate"])) == (
        "4.46",
        {2.36, 2.31},
    )
    assert (REVIEWS.loc["Yang 2023a", "studies"], set(own["studies"])) == ("49", {60})


def test_more_rows_of_table_4_name_the_nose_or_the_organ_than_the_intrathecal_route() -> None:
    """Section 4.2 calls intravenous and intrathecal routes the most common."""
    routes = tables.load_text(CHAPTER, "dosing")["routes"].str.split(";").explode()
    named = {name: int((routes == name).sum()) for name in set(routes)}
    most = [named[name] for name in ("intravenous", "local", "intranasal", "intrathecal")]
    assert most == [41, 23, 11, 8]


def test_numbers_of_studies_that_read_otherwise_upside_down_are_left_empty() -> None:
    """Table 2 is turned in the scanned pages: 6 is printed for He 2022, whose abstract has 9."""
    printed = tables.load_text(CHAPTER, "reported").set_index("id")
    for review in ("he-2022", "zhang-2016b", "jabermoradi-2025"):
        row = printed.loc[f"umbrella.t2-studies.{review}"]
        assert (row["value"], row["transcription"]) == ("", "illegible")


def test_hair_follicle_is_called_superior_with_a_smaller_closure_than_adipose_tissue() -> None:
    """Table 5, which calls adipose tissue most effective for wound closure as well."""
    effects = tables.load(CHAPTER, "source_effects")
    closure = effects[effects["outcome"] == "closure"].set_index("source")["effect"]
    assert (closure["hair-follicle"], closure["adipose-tissue"]) == ("3.60", "4.22")


def test_six_credited_numbers_differ_from_an_abstract() -> None:
    abstracts = tables.load_text(CHAPTER, "abstracts").set_index(["review", "outcome"])
    for row, review, outcome, column in (
        ("discussion.infarct", "Zhao 2023", "infarct volume", "estimate"),
        ("discussion.mnss", "Zhao 2023", "mNSS", "estimate"),
        ("discussion.tbi-mnss", "Chen 2024", "mNSS (TBI)", "estimate"),
        ("t3-estimate.ovarian-insufficiency", "Firouzabadi 2024b", "AMH", "estimate"),
        ("t2-estimate.yang-2023a", "Yang 2023a", "BBB rats (SCI)", "estimate"),
        ("t2-studies.yang-2023a", "Yang 2023a", "BBB rats (SCI)", "studies"),
    ):
        printed = float(ENTRIES[row].reported["value"])
        assert printed != float(str(abstracts.loc[(review, outcome), column]))
        assert any(ENTRIES[row].id in each.check for each in FINDINGS.values() if each.holds)


# ---- papers beside the 47 ----------------------------------------------------------------------


def test_abstract_of_li_2023_prints_ten_estimates_of_engineered_against_natural_vesicles() -> None:
    """doi:10.1186/s12951-023-02114-8, read in a secondary copy."""
    abstracts = tables.load(CHAPTER, "abstracts")
    own = abstracts[abstracts["doi"] == "10.1186/s12951-023-02114-8"]
    assert len(own) == 10
    assert ((own["lower"] < own["estimate"]) & (own["estimate"] < own["upper"])).all()
    assert set(own["contrast"]) == {"engineered EVs vs natural EVs"}
    assert set(own["copy"]) == {"secondary"}


def test_abstract_has_one_doi() -> None:
    abstracts = tables.load_text(CHAPTER, "abstracts")
    given: pd.Series = abstracts.groupby("review")["doi"].nunique()
    assert (given == 1).all()
    failure = abstracts[abstracts["review"] == "Ovarian failure 2024"]
    assert set(failure["doi"]) == {"10.1186/s13048-024-01489-y"}


def test_card_counts_meta_analyses_where_rows_are_meta_analyses() -> None:
    assert "Meta-analyses listed" in Chapter(CHAPTER).card().markup
    assert "Studies listed" in Chapter("spinal-cord-injury").card().markup
