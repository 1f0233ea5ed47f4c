"""What stands beside an estimate and contradicts nothing."""

import re
from pathlib import Path

from analysis.evidence.certainty import certainties
from analysis.ledger import ledger
from analysis.review import Chapter
from analysis.tables import chapters
from tests.edits import CHAPTER, cell, faults_after

CAUTIONS = f"{CHAPTER}/cautions.csv"


def test_caution_gives_the_means_of_the_figure_and_the_scale_beside_the_estimate() -> None:
    """Mou et al. 2025, Figure 2B: controls of Chang and Kang, treated of Afsartala and Zhou 2022.

    The steps are those of Basso, Beattie and Bresnahan 1995, J Neurotrauma 12:1-21.
    """
    shown = Chapter(CHAPTER).cautions().markup
    text = re.sub("<[^>]*>", "", shown)
    assert "control groups are 0.53 to 2.16" in text
    assert "treated groups 1.35 to 4.87" in text
    assert "a scale from 0 to 21" in text
    assert 'href="https://doi.org/10.1089/neu.1995.12.1"' in shown
    assert f'id="{CHAPTER}.caution.low-scores"' in shown
    page = Path("book/spinal-cord-injury.md").read_text(encoding="utf-8")
    assert 0 < page.index("bbb-last.living`") < page.index("chapter.cautions()")


def test_no_group_mean_reaches_the_steps_at_which_paws_are_placed() -> None:
    last = Chapter(CHAPTER).studies["bbb-last"].rows
    assert last[["mean_treated", "mean_control"]].to_numpy(dtype=float).max() < 8


def test_caution_is_no_finding_and_lowers_no_certainty() -> None:
    assert not [name for name in ledger().findings if ".caution." in name]
    for each in certainties():
        assert not [one for one in each.proposals if "BBB" in one.reason or "scale" in one.reason]


def test_chapter_without_cautions_shows_none() -> None:
    without = [name for name in chapters() if not ledger().rows(name, "cautions")]
    assert without
    assert {Chapter(name).cautions().markup for name in without} == {""}


def test_caution_names_its_own_chapter_and_a_known_reference(data: Path) -> None:
    wrong = cell(CAUTIONS, 2, id="umbrella.caution.low-scores", reference="basso1994")
    assert faults_after(data, wrong) == [
        f"data/{CAUTIONS}:2: id: must begin with {CHAPTER}., got umbrella.caution.low-scores",
        f"data/{CAUTIONS}:2: reference: is not known: basso1994 (did you mean basso1995?)",
    ]
