"""The ledger of the papers of the book."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from analysis import judging, ledger, recipes, results, tables
from analysis.__main__ import main
from analysis.folders import DATA
from analysis.inputs import Reader, Sheet, Sources, sources
from analysis.verdicts import Claim, Verdict, judge


@pytest.fixture(scope="module")
def book() -> ledger.Ledger:
    return ledger.ledger()


BASES = ("study-data", "summary", "count", "form")


def test_every_number_of_the_book_has_a_verdict_and_no_file_a_fault(book):
    assert ledger.check() == []
    assert set(book.entries) == {
        identifier
        for chapter in tables.chapters()
        for identifier in tables.load(chapter, "reported")["id"]
    }
    for entry in book.entries.values():
        assert entry.verdict in Verdict
        if entry.verdict is Verdict.NOT_RECOMPUTABLE:
            assert entry.not_recomputable
            assert entry.not_recomputable_kind in ("input", "choice", "result")
            assert entry.basis in ("", "form")
        else:
            assert entry.recipe
            assert entry.basis in BASES
            assert entry.not_recomputable_kind == ""


def test_every_discrepant_number_of_the_book_is_explained_with_its_severity(book):
    discrepant = [each for each in book.entries.values() if each.verdict is Verdict.DISCREPANT]
    assert discrepant
    for entry in discrepant:
        assert entry.explained, entry.id
        assert any(character.isdigit() for character in entry.explanation), entry.id


def test_every_estimate_with_an_interval_and_no_data_is_tested_for_its_form(book):
    waiting = [
        entry
        for entry in book.entries.values()
        if set(entry.reported) == {"value", "lower", "upper"}
        and entry.verdict is Verdict.NOT_RECOMPUTABLE
    ]
    assert waiting
    assert [entry.id for entry in waiting if entry.basis != "form"] == []


def test_every_finding_of_the_book_holds(book):
    assert book.findings
    assert [each.id for each in book.findings.values() if not each.holds] == []


def test_counts_of_a_chapter_add_up(book):
    for chapter in tables.chapters():
        counts = book.counts(chapter)
        kinds = [counts.pop(f"not_recomputable_{kind}") for kind in ("input", "choice", "result")]
        assert sum(kinds) == counts["not_recomputable"]
        assert 0 <= counts.pop("contradictions") <= counts["discrepant"]
        assert counts.pop("reported") == sum(counts.values()) == len(book.of(chapter))


def test_audit_agrees_with_the_results_row_by_row(book, capsys):
    assert main(["audit", "--json"]) == 0
    audited = json.loads(capsys.readouterr().out)
    document = json.loads(json.dumps(results.results()))
    assert audited == {part: document[part] for part in ("results", "findings")}
    assert [row["id"] for row in audited["results"]] == list(book.entries)
    for row in audited["results"]:
        entry = book.entries[row["id"]]
        assert row["verdict"] == entry.verdict.value
        reported = {name: text for name, text in row["reported"].items() if text is not None}
        assert reported == entry.reported


@pytest.fixture(scope="module")
def restored() -> list[tuple[Sources, int, str, str]]:
    """Every restored cell: its tables, the place of its row, its column, what confirmed it."""
    found = []
    for chapter in tables.chapters():
        rows = ledger.ledger().entries
        reported = {name: {**entry.reported, "qualifier": ""} for name, entry in rows.items()}
        source = sources(chapter, reported)
        if "studies" not in source.sheets:
            continue
        sheet = source.sheets["studies"]
        for key, identifier in source.confirmed.items():
            place = list(map(str, sheet.lines)).index(key.place)
            found.append((source, place, key.column, identifier))
    return found


def confirming(source: Sources, place: int, identifier: str) -> tuple[str, Claim]:
    """The recipe by which the confirming number would follow, and the number."""
    cells = source.sheets["studies"].cells
    outcome, study = cells["outcome"][place], cells["study"][place]
    what = identifier.split(".")[1]
    arguments = f"studies, outcome='{outcome}', study='{study}'"
    recipe = {
        f"{outcome}-md": f"effect({arguments})",
        f"{outcome}-weight-common": f"weight({arguments}, method='EE')",
    }[what]
    return recipe, Claim(ledger.ledger().entries[identifier].reported)


def point_elsewhere(text: str, by: int) -> str:
    """The same digits with the point moved to the right, or to the left if `by` is below 0."""
    digits = text.replace(".", "").rjust(4, "0").ljust(8, "0")
    point = len(text.replace(".", "").rjust(4, "0")) - len(text.partition(".")[2]) + by
    kept = len(text.partition(".")[2]) - by
    return f"{int(digits[:point])}.{digits[point:][: max(kept, 0)]}".rstrip(".")


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [("2.41", 1, "24.1"), ("2.41", 2, "241"), ("2.41", -1, "0.241"), ("0.60", 1, "6.0")],
)
def test_point_is_moved_with_its_digits(text, by, expected):
    assert point_elsewhere(text, by) == expected


def with_cells(source: Sources, place: int, changed: Mapping[str, str]) -> Sources:
    sheet = source.sheets["studies"]
    cells = dict(sheet.cells)
    for column, text in changed.items():
        cells[column] = [
            text if at == place else cell for at, cell in enumerate(sheet.cells[column])
        ]
    return replace(source, sheets={"studies": Sheet(sheet.table, sheet.lines, cells)})


def test_restored_cells_are_confirmed_by_the_row_that_they_name(restored):
    assert len(restored) > 50
    for source, place, column, identifier in restored:
        recipe, claim = confirming(source, place, identifier)
        call = recipes.parse(recipe)
        reader = Reader()
        judging.evaluate(source, call, reader)
        assert any(
            key.column == column and key.place == str(source.sheets["studies"].lines[place])
            for key in reader.read
        ), identifier
        found = judge(claim, partial(judging.evaluate, source, call))
        assert found.verdict is Verdict.REPRODUCED, (identifier, column)


def test_point_anywhere_else_breaks_the_row_that_confirmed_a_restored_cell(restored):
    """Also with the points of all cells moved that the same row confirmed."""
    groups: dict[str, tuple[Sources, int, list[str]]] = {}
    for source, place, column, identifier in restored:
        groups.setdefault(identifier, (source, place, []))[2].append(column)
    for identifier, (source, place, columns) in groups.items():
        recipe, claim = confirming(source, place, identifier)
        call = recipes.parse(recipe)
        sheet = source.sheets["studies"]
        for moves in itertools.product((0, 1, 2, -1), repeat=len(columns)):
            if any(moves):
                changed = {
                    column: point_elsewhere(sheet.cells[column][place], by)
                    for column, by in zip(columns, moves, strict=True)
                }
                other = with_cells(source, place, changed)
                found = judge(claim, partial(judging.evaluate, other, call)).verdict
                assert found is Verdict.DISCREPANT, (identifier, changed, found)


def test_number_that_rests_on_counts_alone_is_never_left_open(book):
    for entry in book.entries.values():
        if entry.basis == "count" and entry.qualifier != "~":
            assert entry.verdict in (Verdict.REPRODUCED, Verdict.DISCREPANT), entry.id


def test_the_book_is_computed_once_however_its_folder_is_named():
    assert ledger.ledger() is ledger.ledger(DATA) is ledger.ledger(data=DATA)
