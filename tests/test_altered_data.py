"""No valid data take a page down: what they leave undefined is said where it would stand.

The alterations that were worst are tried at every run, and a few others by chance, whose seed is
printed. `ALTERED=all` tries them all, `ALTERED=<seed>` those of a seed again, any other text those
whose names have it, as `ALTERED=" left"`.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.dictionary import ARMS, EFFECT
from analysis.folders import ROOT
from analysis.statistics.effect_sizes import RATIO_MEASURES
from book import inputs
from tests.edits import table
from tests.frozen import LIVE

pytestmark = pytest.mark.slow

CHANCE = 1
ARM_NAMES = ("treated", "control")
WORST = ("one study left", "every study added", "all studies alike")
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
    yield from _added(rows)
    by_arms, by_effect = (_filled(rows, columns) for columns in (ARMS, EFFECT))
    if by_arms.any():
        yield from _of_arms(rows, by_arms)
    if by_effect.any():
        yield from _of_effects(rows, by_effect)
    if (by_arms | by_effect).any():
        yield from _waiting(rows, by_arms | by_effect)


def _filled(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Which rows have a text in each of some columns; none where a column is missing."""
    if not set(columns) <= set(rows):
        return pd.Series(False, index=rows.index)
    return (rows[list(columns)] != "").all(axis=1)


def _with(rows: pd.DataFrame, chosen: pd.Series, **cells: str | Sequence[str]) -> pd.DataFrame:
    """The table with other texts in some columns of the chosen rows."""
    altered = rows.copy()
    for name, value in cells.items():
        altered.loc[chosen, name] = value
    return altered


def _first(rows: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    """The first of the chosen rows of each outcome."""
    return chosen & ~rows["outcome"].where(chosen).duplicated()


def _added(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Other studies that were added since the review, and other years."""
    if (rows["in_review"] == "no").any():
        yield "no study added", rows[rows["in_review"] == "yes"]
    yield "every study added", rows.assign(in_review="no")
    odd = np.arange(len(rows)) % 2 > 0
    yield "every other row added", rows.assign(in_review=np.where(odd, "no", "yes"))
    yield "all of one year", rows.assign(year="2021")


def _waiting(rows: pd.DataFrame, known: pd.Series) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows that wait for their results."""
    empty = dict.fromkeys([name for name in (*ARMS, *EFFECT) if name in rows], "")
    last = known & (rows["study"] != rows["study"][known].iloc[0])
    yield "all but one study waiting", _with(rows, last, **empty)
    yield "an outcome waiting", _with(rows, rows["outcome"] == rows["outcome"].iloc[0], **empty)


def _of_arms(rows: pd.DataFrame, known: pd.Series) -> Iterator[tuple[str, pd.DataFrame]]:
    """Other results of arms: alike, equal, huge, none, all on one side, each moved."""
    numbers = {name: rows.loc[known, name].astype(float).to_numpy() for name in ARMS}
    means = np.array([numbers["mean_treated"], numbers["mean_control"]])
    low, high = ([f"{mean:.2f}" for mean in ends] for ends in (means.min(0), means.max(0)))
    first = _first(rows, known)
    second = _first(rows, known & ~first)
    none = {"mean_treated": "5.00", "mean_control": "5.00"}
    spread = {"sd_treated": "1.00", "sd_control": "1.00"}
    huge = {"mean_treated": "20.00", "mean_control": "0.00"} | dict.fromkeys(spread, "0.50")

    def row(which: pd.Series) -> dict[str, str]:
        return {name: str(rows.loc[which, name].iloc[0]) for name in ARMS}

    yield "all studies alike", _with(rows, known, **row(first))
    yield "two studies alike", _with(rows, first | second, **row(first))
    yield "all effects equal", _with(rows, known, mean_treated="9.50", mean_control="8.00")
    yield "all for it", _with(rows, known, mean_treated=high, mean_control=low)
    yield "all against it", _with(rows, known, mean_treated=low, mean_control=high)
    yield "a study without effect", _with(rows, first, **none, **spread)
    yield "no effect in any", _with(rows, known, **none)
    yield "an SMD of 40", _with(rows, first, **huge)
    yield "all SMDs of 40", _with(rows, known, **huge)
    yield "two animals in each arm", _with(rows, known, n_treated="2", n_control="2")
    equal = {**spread, "n_treated": "9", "n_control": "9"}
    yield "all equally precise", _with(rows, known, **equal)
    yield "a study far more precise", _with(rows, first, **dict.fromkeys(spread, "0.01"))
    treated, control = (numbers[f"sd_{arm}"] ** 2 / numbers[f"n_{arm}"] for arm in ARM_NAMES)
    errors = np.sqrt(treated + control)
    for place, error in zip(rows.index[known], errors, strict=True):
        for sign in (-1, 1):
            mean = max(0.0, float(rows["mean_treated"][place]) + sign * error)
            moved = _with(rows, rows.index == place, mean_treated=f"{mean:.2f}")
            yield _moved(rows.loc[place], sign), moved


def _of_effects(rows: pd.DataFrame, known: pd.Series) -> Iterator[tuple[str, pd.DataFrame]]:
    """Other effects of studies that have no arms: equal, huge, none, each moved."""
    ratio = known & rows.get("measure_printed", pd.Series("", rows.index)).isin(RATIO_MEASURES)
    for name, value, reach in (
        ("equal", 2, 1),
        ("none", 0, 1),
        ("huge", 40, 1),
        ("against", -2, 1),
    ):
        ends = (f"{end:.2f}" for end in (value, value - reach, value + reach))
        cells = dict(zip(EFFECT, ends, strict=True))
        yield f"all effects {name}", _with(rows, known & ~ratio, **cells)
    for place in rows.index[known]:
        numbers = rows.loc[place, list(EFFECT)].astype(float).to_numpy()
        numbers = np.log(numbers) if ratio[place] else numbers
        error = (numbers[2] - numbers[1]) / 3.92
        for sign in (-1, 1):
            ends = np.exp(numbers + sign * error) if ratio[place] else numbers + sign * error
            cells = {name: f"{end:.2f}" for name, end in zip(EFFECT, ends, strict=True)}
            yield _moved(rows.loc[place], sign), _with(rows, rows.index == place, **cells)


def _moved(row: pd.Series, sign: int) -> str:
    return f"{row['study']}, {row['outcome']}, {sign:+d} SE"


def every() -> dict[str, tuple[Path, pd.DataFrame]]:
    """The altered file and its table, by the name of the alteration."""
    found = {}
    for chapter in tables.chapters(LIVE):
        if tables.has(chapter, "studies", LIVE):
            file = LIVE / chapter / "studies.csv"
            for name, rows in alterations(table(file)):
                found[f"{chapter}: {name}"] = file, rows
    return found


def texts(file: Path, rows: pd.DataFrame) -> dict[str, str]:
    """The text of an altered file, by its path in the project."""
    return {file.relative_to(ROOT).as_posix(): rows.to_csv(index=False, lineterminator="\n")}


def chosen(names: list[str]) -> list[str]:
    """The alterations to try now."""
    wanted = os.environ.get("ALTERED", "")
    if wanted == "all":
        return names
    if wanted and not wanted.isdigit():
        return [name for name in names if wanted in name]
    seed = int(wanted) if wanted else random.randrange(10**6)
    print(f"ALTERED={seed}")
    worst = [f"spinal-cord-injury: {name}" for name in WORST]
    others = [name for name in names if name not in worst]
    return [*worst, *random.Random(seed).sample(others, CHANCE)]


def test_no_altered_data_take_a_page_down(tmp_path: Path) -> None:
    inputs.take(ROOT, tmp_path)
    altered = every()
    asked = [{"name": name, "files": texts(*altered[name])} for name in chosen(list(altered))]
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
