"""The tables in which a reader meets printed numbers and the settings behind them."""

from collections import Counter

import pytest

from analysis import settings, tables
from analysis.ledger import ledger
from analysis.ledger_pages import ledger_table
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
