"""The tables in which a reader meets printed numbers and the settings behind them."""

from collections import Counter

import pytest

from analysis import settings, tables
from analysis.ledger import NOT_RECOMPUTABLE_KINDS, ledger
from analysis.ledger_pages import KIND_NAMES, ledger_table, verdict_counts
from analysis.review import Chapter


@pytest.mark.parametrize("chapter", tables.chapters())
def test_place_stands_under_a_label_that_several_rows_of_a_chapter_have(chapter: str) -> None:
    entries = ledger().of(chapter)
    labels = Counter(entry.label for entry in entries)
    rows = ledger_table(entries, "Ledger", {chapter: "Title"}).markup.split("<tr ")[2:]
    assert len(rows) == len(entries)
    for entry, row in zip(entries, rows, strict=True):
        assert ('class="cell-note"' in row) == (labels[entry.label] > 1), entry.id


def test_labels_of_two_chapters_are_not_mistaken_for_one_another() -> None:
    first, other = (ledger().of(chapter)[0] for chapter in tables.chapters()[:2])
    titles = {entry.chapter: "Title" for entry in (first, other)}
    assert "cell-note" not in ledger_table([first, other], "Ledger", titles).markup
    assert "cell-note" in ledger_table([first, first], "Ledger", titles).markup


def test_what_is_not_recomputable_is_counted_by_kind() -> None:
    entries = list(ledger().entries.values())
    kinds = Counter(entry.not_recomputable_kind for entry in entries)
    markup = verdict_counts(entries).markup
    for kind, name in KIND_NAMES.items():
        assert f">{kinds[kind]} {name}<" in markup
        assert f'kind-{kind}" style="flex-grow:{kinds[kind]}"' in markup
    judged = [each for each in entries if not each.not_recomputable_kind]
    assert "kind-" not in verdict_counts(judged).markup


def test_row_says_why_it_is_not_recomputable_and_can_be_chosen_by_that() -> None:
    entries = ledger().of("umbrella")
    table = ledger_table(entries, "Ledger", {"umbrella": "Title"}).markup
    for kind, words in NOT_RECOMPUTABLE_KINDS.items():
        assert f'<option value="{kind}">{words}</option>' in table
    for entry, row in zip(entries, table.split("<tr ")[2:], strict=True):
        kind = entry.not_recomputable_kind
        assert f'data-why="{kind}"' in row
        said = NOT_RECOMPUTABLE_KINDS.get(kind, "").capitalize()
        assert (f"<dt>Why not</dt><dd>{said}. " in row) is bool(kind)


def test_row_of_which_the_form_was_checked_says_so() -> None:
    # Mussin 2025, Table 3: infarct volume −3.76 (−4.22 to −3.29).
    entries = [
        ledger().entries[f"umbrella.t3-estimate.{name}"]
        for name in ("ischemic-stroke", "spinal-cord-injury")
    ]
    rows = ledger_table(entries, "Ledger", {"umbrella": "Title"}).markup.split("<tr ")[2:]
    assert [entry.basis for entry in entries] == ["form", "summary"]
    assert ["in the middle of its interval" in row for row in rows] == [True, False]


def test_every_setting_and_value_of_the_book_that_is_a_code_is_said_in_words() -> None:
    for chapter in tables.chapters():
        markup = Chapter(chapter).settings_table().markup
        for name, entry in tables.review(chapter)["as_published"].items():
            assert name in settings.NAMES
            for value in entry.get("tried", []):
                assert value in settings.VALUES
            assert settings.value(entry["value"]) in markup
        assert "i2_from" not in markup


def test_value_without_other_words_stays_as_it_is() -> None:
    assert settings.value(["EE", "a rule"]) == "common effect (EE); a rule"
    assert settings.value([]) == ""
