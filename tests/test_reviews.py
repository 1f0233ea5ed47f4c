"""Reviews as metafor would print them, audited by recipes that leave every setting out.

tests/reference/reviews.json has their numbers, rounded to two decimals, from the arms of Normand
1999, Stat Med 18:321-359. No number of theirs is wrong, so none may be called so.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.verdicts import Verdict
from tests.papers import Row, judged

REFERENCE = json.loads(Path("tests/reference/reviews.json").read_text(encoding="utf-8"))
ARMS = REFERENCE.pop("arms")
HOLDS = {Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING}


def studies() -> list[Row]:
    """The rows of the studies, whose means and SDs are exact to four decimals."""
    rows = [dict(zip(ARMS, cells, strict=True)) for cells in zip(*ARMS.values(), strict=True)]
    return [
        {
            "study": row["study"],
            "location": row["group"],
            **{
                name: str(cell) if name.startswith("n_") else f"{cell}.0000"
                for name, cell in row.items()
                if name not in ("study", "group")
            },
        }
        for row in rows
    ]


def printed(review: dict[str, Any]) -> list[Row]:
    """Every number of a review, each with a recipe that names no setting."""
    pool = "pool(studies, outcome='score')"
    of_study = "studies, outcome='score', study='{}'"
    method = review["settings"]["model"]
    cells: list[tuple[str, Row]] = [
        (pool, review["pooled"]),
        *((f"{pool}.{name}", {"value": review[name]}) for name in ("tau2", "i2", "q")),
        *(
            (f"effect({of_study.format(study)})", cells)
            for study, cells in zip(ARMS["study"], review["effects"], strict=True)
        ),
        *(
            (f"weight({of_study.format(study)}, method='{method}')", {"value": weight})
            for study, weight in zip(ARMS["study"], review["weights"].values(), strict=True)
        ),
        *(
            (f"subgroup(studies, outcome='score', moderator='location', level='{level}')", cells)
            for level, cells in review["groups"].items()
        ),
    ]
    return [
        {"id": f"a.n{place}", "recompute": recipe, **numbers}
        for place, (recipe, numbers) in enumerate(cells)
    ]


def audited(folder: Path, review: str, **changed: str) -> dict[str, Verdict]:
    """The verdicts on a review whose text states its settings, but for those that are empty."""
    settings = {**REFERENCE[review]["settings"], **changed}
    stated = {
        name: {"value": value, "basis": "stated"} for name, value in settings.items() if value
    }
    rows = printed(REFERENCE[review])
    entries = judged(folder, rows, studies=studies(), as_published=stated)
    return {entry.recipe: entry.verdict for entry in entries.values()}


@pytest.mark.parametrize("review", list(REFERENCE))
def test_review_that_states_its_settings_holds_number_by_number(tmp_path, review):
    verdicts = audited(tmp_path, review)
    assert {recipe: verdict for recipe, verdict in verdicts.items() if verdict not in HOLDS} == {}


@pytest.mark.slow
@pytest.mark.parametrize("review", list(REFERENCE))
def test_review_that_is_silent_on_its_settings_is_accused_of_nothing(tmp_path, review):
    silent = {name: "" for name in REFERENCE[review]["settings"] if name != "measure"}
    verdicts = audited(tmp_path, review, **silent)
    assert [recipe for recipe, verdict in verdicts.items() if verdict is Verdict.DISCREPANT] == []


def test_settings_that_a_text_states_and_its_numbers_do_not_have_are_found(tmp_path):
    verdicts = audited(tmp_path, "unbiased variance", vtype="LS")
    assert Verdict.DISCREPANT in verdicts.values()
    verdicts = audited(tmp_path / "knha", "DL and knha", test="z")
    assert verdicts["pool(studies, outcome='score')"] is Verdict.DISCREPANT
