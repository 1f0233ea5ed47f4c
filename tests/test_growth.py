"""A chapter of thousands of studies: time grows as its rows, and its page stays small."""

import time
from collections.abc import Callable
from functools import cache
from math import nan
from pathlib import Path

import numpy as np
import pytest

from analysis import validation
from analysis.ledger import ledger
from analysis.odd_rows import Others
from analysis.recipes import parse
from analysis.refutable import refutable
from analysis.suspicions import of_studies
from book.copies import Row, copy_chapter, edit

CHAPTER, OUTCOME = "spinal-cord-injury", "bbb-last"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """The data of a chapter with so many more studies, all of them different."""

    @cache
    def made(n: int) -> Path:
        data = copy_chapter(CHAPTER, tmp_path_factory.mktemp(f"with-{n}") / "data")

        def add(rows: list[Row]) -> None:
            like = [row for row in rows if row["outcome"] == OUTCOME]
            for place in range(n):
                row = like[place % len(like)]
                new = {"study": f"Newcomer {place}", "in_review": "no", "added": "2026-11-25"}
                mean = f"{float(row['mean_treated']) + place / n:.4f}"
                blank = {"restored": "", "confirmed_by": ""}
                rows.append(row | new | blank | {"mean_treated": mean})

        edit(data / CHAPTER / "studies.csv", add)
        return data

    return made


def seconds(work: Callable[[], object]) -> float:
    """The least of three times that some work takes."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


@pytest.mark.parametrize(
    "check",
    [
        lambda data: validation.check_chapter(data / CHAPTER),
        lambda data: list(of_studies(CHAPTER, data)),
    ],
    ids=["faults", "suspicions"],
)
def test_the_time_of_a_check_grows_as_the_rows(
    grown: Callable[[int], Path], check: Callable[[Path], object]
) -> None:
    few, many = (grown(n) for n in (1000, 4000))
    # Four times as many rows: 4 if it is linear, and 16 if each row is held against all others.
    assert seconds(lambda: check(many)) < 8 * seconds(lambda: check(few))


def test_rows_that_a_check_does_not_read_neither_slow_it_nor_hide_what_refutes_it(
    grown: Callable[[int], Path],
) -> None:
    check = parse("greater(0.001, pool(studies, outcome='bbb-last', method='EE').p)")
    few, many = (ledger(grown(n)).sources[CHAPTER] for n in (1, 4000))
    assert refutable(many, check)
    assert seconds(lambda: refutable(many, check)) < 3 * seconds(lambda: refutable(few, check))


def test_the_others_of_a_row_are_found_without_looking_at_each() -> None:
    numbers = np.array([[1.0, 3.0, nan, 3.0, 9.0], [2.0, 3.0, 5.0, nan, 7.0]])
    others = Others(numbers)
    for place in range(numbers.shape[1]):
        own = numbers[:, place]
        rest = np.delete(numbers, place, axis=1)
        rest = rest[np.isfinite(rest)]
        assert others.count(*own) == rest.size
        assert others.median(*own) == np.median(rest)
        assert [others.at(rank, *own) for rank in range(rest.size)] == sorted(rest)
