"""Whatever is done to the data, no traceback comes of it, and what is accepted can be computed."""

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import living, tables
from tests.edits import (
    CHAPTER,
    FLOW,
    OWN,
    REPORTED,
    REVIEW,
    STUDIES,
    TOMORROW,
    faults_after,
)

JUNK = [
    "",
    ",",
    '"',
    "\n",
    "\r",
    "\0",
    "\ufeff",
    "=",
    "nan",
    "-1",
    "0",
    "é",
    "1e9",
    ";",
    " ",
    "#",
    "[",
    ": ",
]


SLIPS = [
    "",
    "0",
    "1",
    "-1",
    "1e9",
    "1e-300",
    "nan",
    "inf",
    "1,5",
    "x",
    "yes",
    "2024-02-30",
    TOMORROW,
]


def mistype(path: Path, chance: random.Random) -> None:
    """Put junk among the characters of a file, as a hand on the keyboard does."""
    content = path.read_text(encoding="utf-8")
    for _ in range(chance.randint(1, 3)):
        begin = chance.randrange(len(content))
        end = begin + chance.choice([0, 1, 1, 2, 30])
        content = content[:begin] + chance.choice(JUNK) + content[end:]
    path.write_bytes(content.encode())


def misplace(path: Path, chance: random.Random) -> None:
    """Change cells, rows or columns of a CSV file, as a hand in a spreadsheet does."""
    names, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    for _ in range(chance.randint(1, 3)):
        row, other = chance.choices(rows, k=2)
        column, beside = chance.choices(range(len(names)), k=2)
        match chance.randrange(6):
            case 0:
                row[column] = chance.choice(SLIPS)
            case 1:
                row[column] = other[column]
            case 2:
                row[column] = row[beside]
            case 3:
                rows.remove(row)
            case 4:
                rows.append(list(row))
            case 5:
                names[column], names[beside] = names[beside], names[column]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


def seeds(fast: int, all_: int) -> list[Any]:
    """Seeds, of which only the first few are tried when it has to be fast."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(fast, all_)]
    return [*range(fast), *slow]


@pytest.mark.parametrize("seed", seeds(40, 1000))
def test_check_survives_any_edit_and_what_it_accepts_can_be_computed(data: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice([STUDIES, STUDIES, STUDIES, REPORTED, REVIEW, FLOW, OWN, "dictionary.yml"])
    spoil = chance.choice([mistype, misplace]) if name.endswith(".csv") else mistype
    spoil(data / name, chance)
    if not faults_after(data):
        for path in data.glob("*/*.csv"):
            tables.load(path.parent.name, path.stem, data)
        arms = tables.load(CHAPTER, "studies", data)
        for arm in ("treated", "control"):
            assert (arms[f"n_{arm}"] >= 2).all()
            assert (arms[f"sd_{arm}"] > 0).all()
            assert np.isfinite(arms[f"mean_{arm}"]).all()
        for estimate in living.estimates(data).values():
            assert estimate.pooled.k > 1
            assert np.isfinite([estimate.pooled.estimate, estimate.pooled.se]).all()
