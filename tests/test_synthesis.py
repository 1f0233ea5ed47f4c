"""The sentences and tables over all chapters follow from the data, and change with them."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import exhibits, tables, validation
from analysis.evidence.synthesis import Synthesis
from analysis.exhibits.audit import first_sentence
from analysis.folders import DATA, ROOT
from analysis.verdicts import Verdict
from book.copies import Row, edit


def altered(tmp_path: Path, file: str, alter: Callable[[list[Row]], None]) -> Synthesis:
    """The synthesis of a copy of the data in which the rows of one file were changed."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    edit(data / file, alter)
    return Synthesis(data)


def only(rows: list[Row], **cells: str) -> Row:
    [row] = [row for row in rows if cells.items() <= row.items()]
    return row


def add_harmful_studies(rows: list[Row]) -> None:
    """As many studies as were pooled, in each of which vesicles did harm."""
    for row in [row for row in rows if row["outcome"] == "bbb-last"]:
        mirrored = {
            "study": f"{row['study']} again",
            "mean_treated": row["mean_control"],
            "mean_control": f"{float(row['mean_treated']) + 4:.2f}",
            "in_review": "no",
            "restored": "",
            "confirmed_by": "",
        }
        rows.append(row | mirrored)


def test_added_studies_that_contradict_the_others_turn_the_sentences(tmp_path: Path) -> None:
    before = Synthesis()
    after = altered(tmp_path, "spinal-cord-injury/studies.csv", add_harmful_studies)
    assert not validation.check(after.data)
    sound = [body for body in before.bodies if body.sound]
    total = len(sound)
    assert before.direction().startswith(f"All {total} outcomes")
    assert "harm" not in before.direction()
    assert after.direction().startswith(f"{total - 1} of {total} outcomes")
    assert before.strongest.body.chapter == "spinal-cord-injury"
    assert "4 of the 10 prediction intervals" in before.new_settings()
    assert "5 of the 10 prediction intervals" in after.new_settings()
    assert before.moved().startswith("No study has been added")
    assert after.moved().startswith("21 rows were added")
    changed = {each.body.id: str(each) for each in after.certainties}
    assert changed["spinal-cord-injury.certainty.bbb-last"] == "very low"


def test_share_that_could_be_checked_is_one_of_results() -> None:
    book = Synthesis()
    entries = list(book.ledger.entries.values())
    kinds = Counter(each.not_recomputable_kind for each in entries)
    repeated = sum(each.verdict is Verdict.RESTATED for each in entries)
    results = len(entries) - repeated - kinds["input"] - kinds["choice"]
    checked = results - kinds["result"]
    assert (book.results(book.counts), book.checked(book.counts)) == (results, checked)
    assert f"Of the other {results:,}, {checked:,} could be checked" in book.audit()


def test_one_changed_cell_of_a_printed_result_reaches_the_table_and_the_class(
    tmp_path: Path,
) -> None:
    def alter(rows: list[Row]) -> None:
        only(rows, id="osteoporosis.bv-tv.tau2")["value"] = "5.98"

    before, after = Synthesis(), altered(tmp_path, "osteoporosis/reported.csv", alter)
    tables = [
        exhibits.evidence_table(each.certainties, each.titles).markup for each in (before, after)
    ]
    assert tables[0] != tables[1]
    levels = [
        next(each for each in book.certainties if each.body.id == "osteoporosis.certainty.bv-tv")
        for book in (before, after)
    ]
    # BV/TV: with a tau² of 5.98 the prediction interval includes 0, with 5.38 it does not.
    assert [each.downgrades for each in levels] == [3, 4]


def test_a_judgement_in_the_data_moves_the_class_and_the_count_of_the_sentence(
    tmp_path: Path,
) -> None:
    def alter(rows: list[Row]) -> None:
        only(rows, domain="risk-of-bias", pool="")["downgrade"] = "0"
        only(rows, domain="publication-bias", pool="bbb-first")["downgrade"] = "0"

    before, after = Synthesis(), altered(tmp_path, "spinal-cord-injury/certainty.csv", alter)
    total = len(before.certainties)
    assert before.sureness().endswith(f"low or very low for all {total} outcomes.")
    assert after.sureness().endswith(
        f"low or very low for {total - 2} of {total} outcomes, and 1 high and 1 moderate."
    )


def test_a_comparison_in_the_data_turns_what_is_said_of_a_question(tmp_path: Path) -> None:
    def alter(rows: list[Row]) -> None:
        only(rows, question="source")["comparison"] = "direct"

    before, after = Synthesis(), altered(tmp_path, "umbrella/questions.csv", alter)
    assert "none prints a comparison within studies" in before.compared("source")
    assert "One prints a comparison that can answer it" in after.compared("source")


@pytest.mark.parametrize("question", list(Synthesis().questions))
def test_every_paper_is_asked_every_question(question: str) -> None:
    assert set(Synthesis().held(question)) == set(Synthesis().titles)


def test_every_paper_is_asked_for_every_item_of_its_methods() -> None:
    book = Synthesis()
    items = [[row["item"] for row in rows] for rows in book.methods.values()]
    assert all(each == items[0] for each in items)
    assert len(items[0]) == len(set(items[0])) > 10


def test_first_outcomes_are_sorted_from_the_most_certain() -> None:
    found = [each.downgrades for each in Synthesis().first]
    assert found == sorted(found)
    conditions = [each.body.printed.condition for each in Synthesis().first]
    assert len(conditions) == len(set(conditions))


def test_sentences_without_any_body_of_evidence_in_doubt_say_so() -> None:
    book = Synthesis()
    sure = [
        replace(each, proposals=tuple(replace(p, downgrade=0) for p in each.proposals))
        for each in book.certainties
    ]
    book.__dict__["certainties"] = tuple(sure)
    assert book.sureness() == "The certainty of this evidence is 33 high throughout."


def test_first_sentence_ends_at_a_point_that_no_number_or_name_contains() -> None:
    text = "Of p = 0.05 in He et al. 2022 (2.17) nothing follows. Nor of this."
    assert first_sentence(text) == "Of p = 0.05 in He et al. 2022 (2.17) nothing follows."
    assert first_sentence("No end") == "No end"


def test_chapters_stand_in_the_order_of_their_pages() -> None:
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    titles = Synthesis().titles
    assert list(titles) == sorted(titles, key=lambda name: contents.index(f"book/{name}\n"))
    assert list(titles) != tables.chapters()
    markup = exhibits.chapters_table(Synthesis()).markup
    places = [markup.index(f'href="{name}.html"') for name in titles]
    assert places == sorted(places)


def test_chapter_without_a_page_stands_last(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    shutil.copytree(DATA / "umbrella", tmp_path / "data" / "a-new-one")
    assert list(tables.titles(tmp_path / "data")) == [*tables.titles(), "a-new-one"]
