"""Versions, frozen releases, and what is said to have moved between them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis import ledger, living, results, tables
from analysis.evidence import bodies, certainty, classified
from analysis.exhibits import moved_tables
from analysis.versions import releases
from analysis.versions.documents import same, same_numbers
from analysis.versions.history import History
from analysis.versions.moved import Change, Moved, moved
from analysis.versions.releases import Release, Version
from book import copies
from book.copies import Row
from tests.frozen import LIVE

CHAPTER = "spinal-cord-injury"
DAY = date(2026, 11, 21)


CACHED: tuple[Any, ...] = (
    ledger.ledger,
    living.estimates,
    releases.current,
    releases.releases,
    tables.review,
    bodies.bodies_of_evidence,
    certainty.certainties,
    classified.classifications,
)
"""What is computed once of a folder of data."""


def forget() -> None:
    """Forget what was computed of a folder that has changed since."""
    for cached in CACHED:
        cached.forget()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data with one chapter."""
    return copies.copy_chapter(CHAPTER, tmp_path / "data")


def edit(data: Path, file: str, alter: Callable[[list[Row]], None]) -> None:
    copies.edit(data / CHAPTER / file, alter)
    forget()


def add_study(effect: str) -> Callable[[list[Row]], None]:
    def alter(rows: list[Row]) -> None:
        like = next(row for row in rows if row["outcome"] == "bbb-last")
        new = {"study": "Newcomer 2026", "year": "2026", "in_review": "no", "added": "2026-11-21"}
        rows.append(like | new | {"mean_treated": effect, "restored": "", "confirmed_by": ""})

    return alter


def test_first_version_is_the_year_of_the_latest_search(data: Path) -> None:
    assert releases.proposed(data) == Version(2024, 0, 0)  # searched to 29 February 2024
    assert releases.releases(data) == ()


def test_a_release_is_frozen_as_it_was(data: Path) -> None:
    now = results.results(data)
    folder = releases.freeze(Version(2024, 0, 0), DAY, data)
    frozen = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert (frozen["version"], frozen["released"]) == ("2024.0.0", "2026-11-21")
    assert frozen["data_digest"] == now["data_digest"]
    assert same_numbers(frozen, now)
    [release] = releases.releases(data)
    assert len(release.rows) == len(tables.load(CHAPTER, "studies", data))
    assert not moved(release, releases.current(data))


def test_without_any_changed_number_only_the_last_part_rises(data: Path) -> None:
    releases.freeze(Version(2024, 0, 0), DAY, data)

    def reword(rows: list[Row]) -> None:
        rows[0]["label"] += ", in other words"

    edit(data, "reported.csv", reword)
    assert releases.proposed(data) == Version(2024, 0, 1)


def test_an_added_study_raises_the_minor_part_and_is_named_with_its_effect(data: Path) -> None:
    before = living.estimates(data)[f"{CHAPTER}.bbb-last.living"].pooled
    releases.freeze(Version(2024, 0, 0), DAY, data)
    edit(data, "studies.csv", add_study("40"))
    assert releases.proposed(data) == Version(2024, 1, 0)
    found = moved(releases.find(None, data), releases.current(data))
    assert [row[1] for row in found.added] == ["Newcomer 2026"]
    [change] = found.of("living")
    assert change.id == f"{CHAPTER}.bbb-last.living"
    assert f"{before.estimate:.2f}" in change.before
    assert change.before.endswith("k = 21")
    assert change.after.endswith("k = 22")
    assert (
        change.note
        == "the interval now includes no effect; the prediction interval now includes no effect"
    )
    assert not found.of("number")  # the published review is recomputed from its own rows alone
    history = History(data)
    assert history.summary(history.now).startswith("One row of studies added and 0 removed")
    markup = moved_tables(history, history.now).markup
    assert "What of it" in markup
    assert "BBB score, last assessment</td>" in markup  # and not bbb-last
    assert f"Rows of studies: {history.titles[CHAPTER]}</caption>" in markup


def test_a_prediction_interval_that_is_gone_is_told_with_the_reason(data: Path) -> None:
    now = releases.current(data)
    entry = next(each for each in now.document["evidence"] if each["pi_low"] is not None)
    gone = replace(now, document={"evidence": [{**entry, "pi_low": None, "pi_high": None}]})
    before = replace(now, document={"evidence": [entry]})
    found = moved(before, gone)
    assert [each.note for each in found.changes] == ["the prediction interval is withdrawn"]
    assert [each.note for each in moved(gone, before).changes] == [""]
    (data / CHAPTER / "corrections.csv").write_text(
        f"id,corrected,was,reason\n{entry['id']},2026-11-30,1 to 2,It was impossible.\n"
    )
    markup = moved_tables(History(data), found).markup
    assert "the prediction interval is withdrawn" in markup
    assert "2026-11-30: It was impossible. It was 1 to 2." in markup


def test_tables_of_what_moved_have_captions_of_their_own() -> None:
    history = History()
    change = Change("evidence", "a.b.c", "All studies", "before", "now")
    number = Change("number", "a.b.d", "A number", "before", "now")
    what = Moved((change, number), (("gone", "New 2026", "x", "no", "2026-11-21"),), ())
    pages = [moved_tables(history, what).markup, moved_tables(history, what, " to 2025.1.0").markup]
    captions = [re.findall("<caption>(.*?)</caption>", markup) for markup in pages]
    assert len(captions[0]) == 3
    assert len({*captions[0], *captions[1]}) == 6


def test_what_moved_is_told_without_columns_that_say_nothing(data: Path) -> None:
    history = History(data)
    rank = Change("classification", "umbrella.classification.x", "X", "no", "yes")
    added = [(name, "New 2026", "bbb-last", "no", "2026-11-21") for name in (CHAPTER, "gone")]
    markup = moved_tables(history, Moved((rank,), tuple(added), ())).markup
    assert "What of it" not in markup
    assert ">Chapter</th>" in markup
    assert "bbb-last</td>" in markup  # of a chapter that is no more, the name is all that is left


def test_a_corrected_number_is_named_with_its_reason(data: Path) -> None:
    releases.freeze(Version(2024, 0, 0), DAY, data)
    corrected = f"{CHAPTER}.bbb-last.common"

    def alter(rows: list[Row]) -> None:
        next(row for row in rows if row["id"] == corrected)["value"] = "1.65"

    edit(data, "reported.csv", alter)
    (data / CHAPTER / "corrections.csv").write_text(
        f"id,corrected,was,reason\n{corrected},2026-11-21,1.56 (1.43 to 1.68),It was misread.\n",
        encoding="utf-8",
    )
    forget()
    history = History(data)
    changed = {change.id: change for change in history.now.of("number")}
    assert changed[corrected].before == "1.56 (1.43 to 1.68): reproduced"
    assert changed[corrected].after == "1.65 (1.43 to 1.68): discrepant"
    assert history.corrections[corrected].startswith("2026-11-21: It was misread.")
    assert corrected not in " ".join(map(str, history.unexplained()))


def test_what_moved_for_no_reason_that_is_given_is_warned_of(data: Path) -> None:
    releases.freeze(Version(2024, 0, 0), DAY, data)
    moved = f"{CHAPTER}.bbb-last.common"

    def alter(rows: list[Row]) -> None:
        next(row for row in rows if row["id"] == moved)["value"] = "1.65"

    edit(data, "reported.csv", alter)
    forget()
    [warning] = [each for each in History(data).unexplained() if moved in each.message]
    assert str(warning) == (
        f"data/{CHAPTER}/corrections.csv: id: {moved} was 1.56 (1.43 to 1.68): reproduced in "
        "2024.0.0 and is 1.65 (1.43 to 1.68): discrepant; no row says why"
    )


def test_every_move_of_the_book_since_its_last_release_is_explained() -> None:
    assert [str(each) for each in History(LIVE).unexplained()] == []


def test_a_later_search_year_raises_the_major_part(data: Path) -> None:
    releases.freeze(Version(2024, 3, 1), DAY, data)
    path = data / CHAPTER / "review.yml"
    text = path.read_text(encoding="utf-8").replace("last_run: 2024-02-29", "last_run: 2026-01-15")
    path.write_text(text, encoding="utf-8")
    forget()
    assert releases.proposed(data) == Version(2026, 0, 0)


def test_no_version_is_frozen_twice_or_before_another(data: Path) -> None:
    releases.freeze(Version(2024, 1, 0), DAY, data)
    for version in (Version(2024, 1, 0), Version(2024, 0, 9)):
        with pytest.raises(ValueError, match=r"is not later than the last release, 2024\.1\.0"):
            releases.freeze(version, DAY, data)
    assert len(releases.releases(data)) == 1


def test_unknown_release_is_refused_with_those_that_there_are(data: Path) -> None:
    with pytest.raises(ValueError, match="there is no release yet"):
        releases.find(None, data)
    releases.freeze(Version(2024, 0, 0), DAY, data)
    with pytest.raises(ValueError, match=r"no release '2023.0.0'; there are 2024.0.0"):
        releases.find("2023.0.0", data)


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "a.b.c", "1.2.-3", ""])
def test_a_version_has_three_whole_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="a version has three numbers"):
        Version.parse(text)


def test_versions_are_sorted_by_their_numbers(data: Path) -> None:
    for version in ((2024, 2, 0), (2024, 10, 0), (2025, 0, 0)):
        releases.freeze(Version(*version), DAY, data)
    assert [str(each.version) for each in releases.releases(data)] == [
        "2024.2.0",
        "2024.10.0",
        "2025.0.0",
    ]


def test_the_last_digits_of_another_machine_are_no_change() -> None:
    assert same({"a": [1.0, None]}, {"a": [1.0 + 1e-12, None]})
    assert not same({"a": 1.0}, {"a": 1.0 + 1e-6})
    assert not same({"a": 1.0}, {"a": None})
    assert not same([1], [1, 2])


def test_version_and_day_are_written_where_the_book_takes_them_from(tmp_path: Path) -> None:
    citation = tmp_path / "CITATION.cff"
    citation.write_text("cff-version: 1.2.0\ntitle: T\nversion: 0.1.0\nauthors: []\n")
    for version in (Version(2025, 0, 0), Version(2025, 1, 0)):
        releases.write_version(version, DAY, citation)
    assert citation.read_text() == (
        "cff-version: 1.2.0\ntitle: T\nversion: 2025.1.0\ndate-released: 2026-11-21\nauthors: []\n"
    )


def test_results_that_are_new_or_gone_are_named() -> None:
    entry = {"id": "a.b.c", "label": "L", "estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5, "k": 3}
    with_it = Release(Version(1, 0, 0), {"living": [entry], "released": ""}, ())
    without = Release(Version(2, 0, 0), {"living": [], "released": ""}, ())
    [gone] = moved(with_it, without).changes
    [new] = moved(without, with_it).changes
    assert (gone.before, gone.after) == ("1.00 (0.50 to 1.50), k = 3", "")
    assert (new.before, new.after) == ("", "1.00 (0.50 to 1.50), k = 3")
