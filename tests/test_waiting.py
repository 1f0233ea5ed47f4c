"""A chapter whose studies wait for data, and a copy of it in which they are filled in."""

import shutil
from pathlib import Path

import pytest

from analysis import living, validation
from analysis.evidence.missing import missing
from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.review import quote
from analysis.verdicts import Verdict
from book.copies import Row, edit

ARMS: Row = {
    "n_treated": "8",
    "sd_treated": "4.0",
    "n_control": "8",
    "mean_control": "22.0",
    "sd_control": "4.1",
}


def test_filled_studies_turn_a_waiting_pool_into_a_recomputation(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)

    def fill(rows: list[Row]) -> None:
        for place, row in enumerate(rows):
            row |= {**ARMS, "mean_treated": str(30 + place / 4)}

    edit(data / "bone-regeneration" / "studies.csv", fill)
    pool = "bone-regeneration.overall.smd"
    assert ledger(DATA).entries[pool].verdict is Verdict.NOT_RECOMPUTABLE
    filled = ledger(data).entries[pool]
    assert filled.verdict is Verdict.DISCREPANT
    assert filled.recomputed["value"] > 0
    assert not validation.check(data)


def test_a_check_of_form_does_not_wait_for_the_studies() -> None:
    entries = ledger(DATA).entries
    assert entries["umbrella.t3-estimate.wound-healing"].basis == "form"
    waiting = {each.chapter: each.waiting for each in missing()}
    assert "umbrella" not in waiting
    for chapter, number in waiting.items():
        pooled = [
            each
            for each in ledger(DATA).of(chapter)
            if each.recipe.startswith("pool(studies") and not each.recomputed
        ]
        assert number == len(pooled) > 0


def test_a_sentence_says_of_a_living_estimate_that_its_studies_wait(monkeypatch) -> None:
    name = "spinal-cord-injury.bbb-last.living"
    assert not living.waiting()
    assert "(95% CI " in quote(name)
    monkeypatch.setattr(living, "estimates", lambda data=DATA: {})
    assert quote(name, "pi") == "not defined for these data: no study of it has results yet"
    with pytest.raises(ValueError, match="no result"):
        quote("spinal-cord-injury.bbb-lost.living")
