"""No valid data take a page down: what they leave undefined is said where it would stand.

The alterations that were worst are tried at every run, and a few others by chance, whose seed is
printed. `ALTERED=all` tries them all, `ALTERED=<seed>` those of a seed again.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.dictionary import ARMS
from analysis.folders import ROOT
from book import inputs
from tests.edits import table
from tests.frozen import LIVE

pytestmark = pytest.mark.slow

CHANCE = 1
ARM_NAMES = ("treated", "control")
WORST = ("one study left", "one study less, Afsartala 2023", "all studies alike")
"""Alterations of the chapter with study data that took pages down."""


def alterations(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Names and tables of altered studies, each of them valid."""
    studies = list(dict.fromkeys(rows["study"]))
    for left, word in ((3, "three studies"), (2, "two studies"), (1, "one study")):
        yield f"{word} left", rows[rows["study"].isin(studies[:left])]
    for study in studies:
        yield f"one study less, {study}", rows[rows["study"] != study]
    for outcome in dict.fromkeys(rows["outcome"]):
        of_it = rows["outcome"] == outcome
        yield f"one study in {outcome}", rows[~of_it | (rows.index == rows.index[of_it][0])]
    if "source" in rows:
        for source in dict.fromkeys(rows["source"]):
            yield f"without {source}", rows[rows["source"] != source]
    if set(ARMS) <= set(rows) and (rows[list(ARMS)] != "").all(axis=None):
        yield from _moved(rows)


def _moved(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Other means of arms, and arms that are all alike."""
    numbers = {name: rows[name].astype(float).to_numpy() for name in ARMS}
    means = np.array([numbers["mean_treated"], numbers["mean_control"]])
    low, high = ([f"{mean:.2f}" for mean in ends] for ends in (means.min(0), means.max(0)))
    alike = {name: str(rows[name].tolist()[0]) for name in ARMS}
    yield "all studies alike", rows.assign(**alike)
    yield "all effects equal", rows.assign(mean_treated="9.50", mean_control="8.00")
    yield "all for it", rows.assign(mean_treated=high, mean_control=low)
    yield "all against it", rows.assign(mean_treated=low, mean_control=high)
    treated, control = (numbers[f"sd_{arm}"] ** 2 / numbers[f"n_{arm}"] for arm in ARM_NAMES)
    errors = np.sqrt(treated + control)
    for place, (study, outcome) in enumerate(zip(rows["study"], rows["outcome"], strict=True)):
        for sign in (-1, 1):
            cells = [str(cell) for cell in rows["mean_treated"]]
            cells[place] = f"{max(0.0, numbers['mean_treated'][place] + sign * errors[place]):.2f}"
            yield f"{study}, {outcome}, {sign:+d} SE", rows.assign(mean_treated=cells)


def every() -> dict[str, dict[str, str]]:
    """The texts of the altered files, by the name of the alteration."""
    found = {}
    for chapter in tables.chapters(LIVE):
        if tables.has(chapter, "studies", LIVE):
            file = LIVE / chapter / "studies.csv"
            for name, rows in alterations(table(file)):
                text = rows.to_csv(index=False, lineterminator="\n")
                found[f"{chapter}: {name}"] = {file.relative_to(ROOT).as_posix(): text}
    return found


def chosen(names: list[str]) -> list[str]:
    """The alterations to try now."""
    wanted = os.environ.get("ALTERED", "")
    if wanted == "all":
        return names
    seed = int(wanted) if wanted else random.randrange(10**6)
    print(f"ALTERED={seed}")
    worst = [f"spinal-cord-injury: {name}" for name in WORST]
    others = [name for name in names if name not in worst]
    return [*worst, *random.Random(seed).sample(others, CHANCE)]


def test_no_altered_data_take_a_page_down(tmp_path: Path) -> None:
    inputs.take(ROOT, tmp_path)
    files = every()
    asked = [{"name": name, "files": files[name]} for name in chosen(list(files))]
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "altered_pages.py")],
        cwd=tmp_path,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {}
    for line in ran.stdout.splitlines():
        found |= json.loads(line)
    assert list(found) == [each["name"] for each in asked], ran.stderr
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
