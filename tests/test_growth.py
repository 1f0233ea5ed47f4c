"""A chapter of thousands of studies: time grows as its rows, and its page stays small."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import charts, exhibits, figures, html, studies, validation
from analysis.charts import Figure, part
from analysis.ledger import ledger
from analysis.odd_rows import Others
from analysis.recipes import parse
from analysis.refutable import refutable
from analysis.statistics import enclosures, small_study
from analysis.statistics.boxes import Box
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
    """The least processor time of three that some work takes."""
    found = []
    for _ in range(3):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
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


@pytest.fixture(scope="module")
def outcome(grown: Callable[[int], Path]) -> studies.Outcome:
    """An outcome of 2,021 studies."""
    return studies.outcomes(CHAPTER, grown(2000), in_review_only=False)[OUTCOME]


def test_a_long_table_shows_its_first_rows_and_says_of_how_many(outcome: studies.Outcome) -> None:
    markup = exhibits.studies_table(outcome, []).markup
    assert "The first 200 of 2,021 rows are shown. The data of all are in" in markup
    assert markup.count("<tr>") == 1 + html.ROWS
    assert 'href="download.html"' in markup
    assert len(markup) < 100_000


def test_a_table_shows_every_row_that_has_an_address() -> None:
    ids = [f"paper.number.{place}" for place in range(html.ROWS + 1)]
    markup = html.table("Numbers", ["Number"], [[each] for each in ids], ids=ids).markup
    assert [f'id="{each}"' in markup for each in ids] == [True] * len(ids)
    assert "are shown" not in markup


def test_a_forest_of_very_many_draws_the_largest_weights_and_pools_all(
    outcome: studies.Outcome,
) -> None:
    pooled = studies.pool(outcome)
    chart = figures.forest(outcome, {"Random effects": {}})
    assert isinstance(chart, Figure)
    assert pooled.k == 2021
    assert "Of 2,021 studies, 200 are drawn, those with the largest weights" in chart.description
    assert "pooled effects are of all" in chart.description
    drawn = set(chart.data["Study"][:-1])
    weights = dict(zip(outcome.labels, pooled.weights, strict=True))
    least = min(weights[study] for study in drawn)
    assert len(drawn) == part.ROWS
    assert all(weights[study] <= least for study in weights.keys() - drawn)
    assert chart.data["Effect"].iloc[-1] == pytest.approx(pooled.estimate)
    assert len(chart.html()) < 800_000


def test_a_funnel_of_very_many_draws_some_of_every_precision(outcome: studies.Outcome) -> None:
    chart = figures.funnel(outcome, {})
    assert isinstance(chart, Figure)
    drawn = len(chart.data)
    assert part.DOTS <= drawn <= part.DOTS + 4
    assert f"Of 2,021 studies, {drawn} are drawn" in chart.description
    errors = np.sqrt(outcome.vi)
    assert chart.data["Standard error"].min() == errors.min()
    assert chart.data["Standard error"].median() == pytest.approx(np.median(errors), rel=0.02)


def test_points_of_a_plane_keep_those_that_are_named() -> None:
    numbers = np.linspace(0, 1, 3000)
    numbers[1234] = 50.0
    labels = [f"Study {place}" for place in range(3000)]
    chart = charts.scatter(numbers, numbers, labels, x_title="x", y_title="y", name="a", title="A")
    assert "Study 1234" in set(chart.data["Study"])
    assert re.search(r"Of 3,000 points, 50\d are drawn", chart.description)


def test_what_takes_a_pool_for_each_of_very_many_studies_says_that_it_is_not_done(
    outcome: studies.Outcome,
) -> None:
    for shown in (figures.leave_one_out, figures.baujat, exhibits.influence_table):
        said = shown(outcome)._repr_mimebundle_()["text/html"]
        assert "at most 1,000 effects is left out in turn, got 2,021" in said


def test_no_pool_of_a_part_is_offered_to_the_reader(outcome: studies.Outcome) -> None:
    many = replace(outcome, rows=pd.concat([outcome.rows] * 3, ignore_index=True))
    markup = exhibits.what_if({OUTCOME: many}, [], []).markup
    assert "has 6,063 studies, more than the 5,000 that this part can take" in markup
    assert "what-if-data" not in markup
    both = exhibits.what_if({OUTCOME: many, "short": replace(outcome, id="short")}, [], []).markup
    assert "has 6,063 studies" in both
    assert '"id": "short"' in both
    assert f'"id": "{OUTCOME}"' not in both


def test_begg_counts_pairs_in_order_rather_than_each() -> None:
    generator = np.random.default_rng(1)
    y, v = generator.normal(size=32000), generator.uniform(1, 2, 32000)
    few = seconds(lambda: small_study.begg(y[:2000], v[:2000]))
    # Sixteen times as many effects have 256 times as many pairs.
    assert seconds(lambda: small_study.begg(y, v)) < 100 * few


def test_bounds_of_a_sum_of_squares_grow_as_the_studies() -> None:
    def bound(k: int) -> Callable[[], object]:
        y = np.linspace(0, 3, k)
        yi, w = Box(y - 0.01, y + 0.01), Box(np.full((8, k), 0.9), np.full((8, k), 1.1))
        return lambda: enclosures.sum_of_squares(yi, w)

    # Eight times as many studies: 64 if each is held against the ends of all boxes.
    assert seconds(bound(4000)) < 30 * seconds(bound(500))
