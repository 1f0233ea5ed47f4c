"""An id that was published stays, keeps its meaning, or says where it went."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from analysis import citation, ledger_pages, tables
from analysis.exhibits import moved_tables
from analysis.faults import Fault
from analysis.versions import identity, releases
from analysis.versions.history import History
from analysis.versions.identity import Retired
from analysis.versions.releases import Version
from book import copies
from book.copies import Row
from tests.frozen import LIVE
from tests.test_releases import forget

CHAPTER = "intervertebral-disc"
HEADER = "id,retired,went_to,reason\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One chapter, with a release of it."""
    copy = copies.copy_chapter(CHAPTER, tmp_path / "data")
    releases.freeze(Version(2025, 1, 0), date(2026, 11, 20), copy)
    forget()
    return copy


def edit(data: Path, file: str, alter: Callable[[list[Row]], None]) -> None:
    copies.edit(data / CHAPTER / file, alter)
    forget()


def faults(data: Path) -> list[str]:
    return [str(fault) for fault in identity.check(data)]


def rename(old: str, new: str) -> Callable[[list[Row]], None]:
    def alter(rows: list[Row]) -> None:
        for row in rows:
            for name in row:
                row[name] = row[name].replace(old, new)

    return alter


def relabel(rows: list[Row]) -> None:
    rows[0]["label"] = "Something else"


def test_the_ids_of_the_book_are_those_that_were_published() -> None:
    assert identity.check(LIVE) == []
    assert len(releases.releases(LIVE)) >= 2


def test_what_two_checks_find_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault("book/references.bib", 623, "", "stands twice: basso1995")
    monkeypatch.setattr("analysis.book_files.check.check", lambda: [fault])
    monkeypatch.setattr("analysis.ledger.check", lambda data: [fault])
    assert identity.check() == [fault]


def test_an_unchanged_chapter_has_no_faults(data: Path) -> None:
    assert faults(data) == []


def test_a_released_finding_keeps_a_check(data: Path) -> None:
    def drop(rows: list[Row]) -> None:
        for row in rows:
            row["check"] = ""

    checked = {row["id"] for _, row in tables.records(CHAPTER, "findings", data) if row["check"]}
    assert checked
    edit(data, "findings.csv", drop)
    assert faults(data) == [
        f"data/{CHAPTER}/findings.csv: check: {each} must keep a check, as it has one in 2025.1.0"
        for each in sorted(checked)
    ]


def test_a_pool_favours_what_its_outcome_does(data: Path) -> None:
    def turn(rows: list[Row]) -> None:
        rows[0]["favours"] = {"higher": "lower", "lower": "higher"}[rows[0]["favours"]]

    line, row = tables.records(CHAPTER, "pools", data)[0]
    edit(data, "pools.csv", turn)
    [fault] = [each for each in faults(data) if "pools.csv" in each]
    assert fault == (
        f"data/{CHAPTER}/pools.csv:{line}: favours: must be that of {row['outcome']} in "
        f"review.yml, {row['favours']}, got {'lower' if row['favours'] == 'higher' else 'higher'}"
    )


def test_a_released_estimate_favours_what_it_did(studies: Path) -> None:
    review = studies / STUDIED / "review.yml"
    text = review.read_text(encoding="utf-8").replace("favours: higher", "favours: lower")
    review.write_text(text, encoding="utf-8")

    def turn(rows: list[Row]) -> None:
        for row in rows:
            row["favours"] = "lower"

    copies.edit(studies / STUDIED / "pools.csv", turn)
    forget()
    found = [fault for fault in map(str, identity._faults(studies)) if "its favours was" in fault]
    assert {fault.split(": ")[2].split(" ")[0] for fault in found} == {
        f"{STUDIED}.{name}.{part}"
        for name, part in (("bbb-first", "living"), ("bbb-last", "living"))
    } | {f"{STUDIED}.certainty.{name}" for name in ("bbb-first", "bbb-last")}


def test_an_id_that_is_gone_is_named(data: Path) -> None:
    ids = tables.load_text(CHAPTER, "reported", data)["id"]
    pools = (data / CHAPTER / "pools.csv").read_text(encoding="utf-8")
    first = next(each for each in ids if sum(each in other for other in [*ids, pools]) == 1)
    for path in (data / CHAPTER).glob("*.csv"):
        edit(data, path.name, rename(first, f"{first}-new"))
    [fault] = faults(data)
    assert fault == (
        f"data/{CHAPTER}: id: {first} was published in 2025.1.0 and must stay, or stand in "
        "retired.csv with what took its place"
    )
    row = f"{first},2026-11-21,{first}-new,It was misnamed.\n"
    (data / CHAPTER / "retired.csv").write_text(HEADER + row, encoding="utf-8")
    forget()
    assert faults(data) == []
    [gone] = identity.retired(CHAPTER, data)
    assert gone == Retired(first, "2026-11-21", f"{first}-new", "It was misnamed.")
    markup = ledger_pages.retired_table([gone]).markup
    assert f'<tr role="row" id="{first}">' in markup
    assert f'<a href="#{first}-new">' in markup


def test_an_id_that_means_something_else_is_named_until_a_correction_says_why(data: Path) -> None:
    before = tables.load_text(CHAPTER, "reported", data).iloc[0]
    edit(data, "reported.csv", relabel)
    [fault] = faults(data)
    assert fault == (
        f"data/{CHAPTER}: id: {before['id']} must mean what it did in 2025.1.0: its label was "
        f"{before['label']} and is Something else; a row of corrections.csv says why"
    )
    correction = f"{before['id']},2026-11-21,{before['label']},It was misread.\n"
    path = data / CHAPTER / "corrections.csv"
    path.write_text("id,corrected,was,reason\n" + correction, encoding="utf-8")
    forget()
    assert faults(data) == []
    path.write_text(
        "id,corrected,was,reason\n" + correction.replace("11-21", "11-19"), encoding="utf-8"
    )
    forget()
    assert len(faults(data)) == 1


def test_a_printed_number_that_lost_its_zeros_is_named(data: Path) -> None:
    identifier = f"{CHAPTER}.dhi.pooled"

    def save_as_a_spreadsheet_does(rows: list[Row]) -> None:
        [row] = [row for row in rows if row["id"] == identifier]
        assert row["upper"] == "18.0"
        row["upper"] = "18"

    edit(data, "reported.csv", save_as_a_spreadsheet_does)
    assert faults(data) == [
        f"data/{CHAPTER}: id: {identifier} must mean what it did in 2025.1.0: its upper was 18.0 "
        "and is 18; a row of corrections.csv says why"
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{used},2026-11-21,,x", "must not be retired: it is in use"),
        (f"{CHAPTER}.never.there,2026-11-21,,x", "must be an id that a release has published"),
        ("{used},2026-11-21,nobody.at.all,x", "is not known: nobody.at.all"),
        ("a,2026-11-21,,x", "must be three parts"),
    ],
)
def test_a_retirement_that_makes_no_sense_is_named(data: Path, row: str, message: str) -> None:
    used = tables.load_text(CHAPTER, "reported", data)["id"].iloc[0]
    text = HEADER + row.format(used=used) + "\n"
    (data / CHAPTER / "retired.csv").write_text(text, encoding="utf-8")
    forget()
    found = faults(data)
    assert any(message in fault for fault in found), found
    assert all("retired.csv" in fault for fault in found)


@pytest.mark.parametrize("version", ["2024.9.9", "2024.0.0", "2099.0.0", "2099.1.1"])
def test_version_of_the_book_is_that_of_its_last_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    copy = tmp_path / "CITATION.cff"
    last = releases.releases(LIVE)[-1]
    text = citation.CITATION.read_text(encoding="utf-8")
    copy.write_text(text.replace(f"version: {last.version}", f"version: {version}"))
    monkeypatch.setattr(citation, "CITATION", copy)
    [fault] = map(str, identity._version(LIVE))
    assert fault == (
        f"CITATION.cff:{text[: text.index('version: 2')].count(chr(10)) + 1}: version: "
        f"must be that of the last release, {last.version}, got {version}"
    )
    copy.write_text(text.replace(f"date-released: {last.released}", "date-released: 2020-01-01"))
    [fault] = map(str, identity._version(LIVE))
    assert f"must be that of the last release, {last.released}, got 2020-01-01" in fault


STUDIED = "spinal-cord-injury"
ROW = f"{STUDIED}.studies.chang-2021-bbb-last"


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A chapter with study data, and a release of it."""
    copy = copies.copy_chapter(STUDIED, tmp_path / "data")
    for table in ("corrections", "retired"):
        (copy / STUDIED / f"{table}.csv").unlink(missing_ok=True)
    releases.freeze(Version(2025, 1, 0), date(2026, 11, 20), copy)
    forget()
    return copy


def edit_row(data: Path, **cells: str) -> None:
    def alter(rows: list[Row]) -> None:
        [row] = [r for r in rows if (r["study"], r["outcome"]) == ("Chang 2021", "bbb-last")]
        row |= cells

    copies.edit(data / STUDIED / "studies.csv", alter)
    forget()


def correct(data: Path, identifier: str, day: str = "2026-11-21") -> None:
    text = f"id,corrected,was,reason\n{identifier},{day},another,It was misread.\n"
    (data / STUDIED / "corrections.csv").write_text(text, encoding="utf-8")
    forget()


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"sd_treated": "0.6"}, "sd_treated was 0.60 and is 0.6"),
        ({"n_treated": "25"}, "n_treated was 24 and is 25"),
        ({"route": "local"}, "route was tail-vein and is local"),
    ],
)
def test_a_released_row_of_a_study_that_was_edited_is_named_until_a_correction_says_why(
    studies: Path, cells: dict[str, str], said: str
) -> None:
    edit_row(studies, **cells)
    named = [fault for fault in map(str, identity._faults(studies)) if ROW in fault]
    assert named == [
        f"data/{STUDIED}: id: {ROW} must mean what it did in 2025.1.0: its {said}; "
        "a row of corrections.csv says why"
    ]
    correct(studies, ROW, "2026-11-19")
    assert [fault for fault in map(str, identity._faults(studies)) if ROW in fault] == named
    correct(studies, ROW)
    assert [fault for fault in map(str, identity._faults(studies)) if ROW in fault] == []
    history = History(studies)
    [change] = history.now.of("study")
    assert (change.id, change.label) == (ROW, "chang-2021-bbb-last")
    assert ROW not in " ".join(map(str, history.unexplained()))
    assert "It was misread." in moved_tables(history, history.now).markup


def test_a_released_row_that_is_gone_is_named_and_one_with_more_cells_is_not(
    studies: Path,
) -> None:
    edit_row(studies, mechanism="")
    releases.freeze(Version(2025, 2, 0), date(2026, 11, 21), studies)
    edit_row(studies, mechanism="IRF5 down")
    assert [*identity._faults(studies)] == []
    edit_row(studies, study="Zhang 2021")
    [fault] = map(str, identity._faults(studies))
    assert fault == (
        f"data/{STUDIED}: id: {ROW} was published in 2025.2.0 and must stay, or stand in "
        "corrections.csv with why it went"
    )
    correct(studies, ROW)
    assert [*identity._faults(studies)] == []


def test_releases_without_cells_ask_for_no_row_that_is_as_it_was(studies: Path) -> None:
    folder = studies / "releases" / "2025.1.0"
    with (folder / "studies.csv").open(encoding="utf-8", newline="") as file:
        rows = [row[:5] for row in csv.reader(file)]
    text = "".join(",".join(row) + "\n" for row in rows)
    (folder / "studies.csv").write_text(text, encoding="utf-8")
    sums = [releases._sum(text, "studies.csv")]
    sums.append(releases._sum((folder / "results.json").read_text(), "results.json"))
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    forget()
    edit_row(studies, route="local")
    assert [*map(str, identity._faults(studies))] == []
    correct(studies, ROW)
    assert [*map(str, identity._faults(studies))] == []


def test_rows_that_a_correction_could_not_tell_apart_are_refused(studies: Path) -> None:
    assert [*identity._confused(studies)] == []
    lines = {
        (row["study"], row["outcome"]): line
        for line, row in tables.records(STUDIED, "studies", studies)
    }

    def add(rows: list[Row]) -> None:
        like = next(r for r in rows if (r["study"], r["outcome"]) == ("Chang 2021", "bbb-last"))
        rows.append(like | {"study": "Chang 2021 α"})

    copies.edit(studies / STUDIED / "studies.csv", add)
    forget()
    assert [*map(str, identity._confused(studies))] == [
        f"data/{STUDIED}/studies.csv:{max(lines.values()) + 1}: study: must differ from that of "
        f"line {lines['Chang 2021', 'bbb-last']} in a letter a to z or a digit: both would be "
        f"corrected as {ROW}"
    ]


def test_a_released_row_of_another_table_that_changed_or_went_is_told_until_a_correction_says_why(
    studies: Path,
) -> None:
    def alter(rows: list[Row]) -> None:
        rows[0]["effect"] = "9.9"
        del rows[1]

    before = tables.records(STUDIED, "prior_reviews", studies)[0][1]["effect"]
    copies.edit(studies / STUDIED / "prior_reviews.csv", alter)
    forget()
    history = History(studies)
    changed, gone = history.now.of("row")
    assert (changed.before, changed.after) == (f"effect {before}", "effect 9.9")
    assert gone.after == ""
    assert gone.before.startswith("review ")
    told = [str(each) for each in history.unexplained() if "prior-reviews" in str(each)]
    assert len(told) == 2
    assert told[0].endswith(f"was effect {before} in 2025.1.0 and is effect 9.9; no row says why")
    assert told[1].endswith("and is gone; no row says why")
    assert history.summary(history.now).startswith(
        "No rows of studies added and 0 removed, two rows of tables changed"
    )
    correct(studies, changed.id)
    assert [fault for fault in identity._faults(studies) if fault.column == "id"] == []
    history = History(studies)
    assert [each.id for each in history.now.of("row") if each.id not in history.corrections] == [
        gone.id
    ]


def test_every_row_of_every_table_is_in_a_release(studies: Path) -> None:
    [release] = releases.releases(studies)
    rows = sum(
        len(tables.records(STUDIED, path.stem, studies))
        for path in (studies / STUDIED).glob("*.csv")
        if path.stem not in releases.ELSEWHERE
    )
    assert len(release.others) == rows
    assert release.others == releases.current(studies).others
    for path in (studies / "releases" / "2025.1.0").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    forget()
    [again] = releases.releases(studies)
    assert again.others == release.others
