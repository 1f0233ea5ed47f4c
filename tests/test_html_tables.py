"""Tables of a page: what a phone is told of them, and what stays on one line."""

import re

import pytest

from analysis import html
from analysis.html import Cell
from analysis.review import say

SENTENCE = "Animals that received vesicles walked better than controls."


def labels(markup: str) -> list[str]:
    return re.findall(r'<td[^>]* data-label="([^"]*)"', markup)


def test_a_table_of_sentences_says_the_column_of_each_cell_for_phones() -> None:
    rows = [["Chang 2021", SENTENCE, "24"], ["Chen 2021", "", "6"]]
    made = html.table("Studies", ["Study", "What <it> says", "Rats"], rows).markup
    assert "stacked" in made
    assert labels(made) == ["What &lt;it&gt; says", "Rats"] * 2
    assert '<table role="table"' in made  # its rows are laid out in another way
    assert made.count('role="row"') == 3


def test_a_table_of_two_columns_needs_no_label() -> None:
    made = html.table("Terms", ["Term", "Meaning"], [["Prediction interval", SENTENCE]]).markup
    assert "stacked" in made
    assert labels(made) == []


def test_a_wide_table_of_single_numbers_is_compared_side_by_side() -> None:
    header = ["Study", *(f"Statistic {place}" for place in range(9))]
    made = html.table("Influence", header, [["Chang 2021", *["−0.123"] * 9]]).markup
    assert "stacked" not in made
    assert labels(made) == []


def test_a_narrow_table_and_an_empty_one_stay_as_they_are() -> None:
    narrow = html.table("Studies", ["Study", "Result"], [["Chang 2021", "0.92 (0.49 to 1.35)"]])
    empty = html.table("Studies", ["Study", "Result"], [])
    assert "stacked" not in narrow.markup + empty.markup


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("−3.49 (−4.23 to −2.75)", True),
        ("2026-11-29", True),
        ("reproduced", True),
        ("BBB score, first assessment", False),
        ("18 of 21 significant, 17.8 expected", False),
    ],
)
def test_numbers_with_their_intervals_and_short_words_stay_on_one_line(
    text: str, short: bool
) -> None:
    assert ('class="short"' in Cell(text).markup("td")) == short


def test_a_note_is_parted_from_its_text_where_the_markup_is_read_without_it() -> None:
    markup = Cell("Findings", note="One row each.").markup("td")
    assert re.sub("<[^>]*>", "", markup) == "Findings One row each."


@pytest.mark.parametrize(
    "text", ["nan", "1.2 (0.3 to inf)", "from −inf", "<NA>", "NaT", "None", ""]
)
def test_sentence_gets_no_value_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^effect would print as"):
        say(effect=text)


@pytest.mark.parametrize("text", ["inflammation", "Nan 2020", "None of them", "financed in China"])
def test_sentence_gets_words_that_hold_the_letters_of_such_a_value(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    glued: dict[str, str] = {}
    monkeypatch.setattr("myst_nb.glue", lambda name, text, **_: glued.update({name: text}))
    say(effect=text)
    assert glued == {"effect": text}
