"""The sentences and tables over all chapters follow from the data, and change with them."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from math import isnan
from pathlib import Path

import pytest

from analysis import exhibits, figures, tables, validation
from analysis.evidence.synthesis import Synthesis
from analysis.exhibits.audit import first_sentence
from analysis.folders import DATA, ROOT
from analysis.html import Html
from analysis.pools import printed_results
from analysis.statistics.classification import Answer
from analysis.verdicts import Verdict
from book.copies import Row, edit

CELL = re.compile("<t[dh][ >].*?</t[dh]>")


def altered(tmp_path: Path, file: str, alter: Callable[[list[Row]], None]) -> Synthesis:
    """The synthesis of a copy of the data in which the rows of one file were changed."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    edit(data / file, alter)
    return Synthesis(data)


def cells(table: Html) -> list[list[str]]:
    """The texts of a table's cells, row by row, without its head."""
    body = table.markup.partition("<tbody")[2]
    return [
        [unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in re.findall(CELL, row)]
        for row in re.findall("<tr.*?</tr>", body)
    ]


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
    total = len(before.bodies)
    assert before.direction().startswith(f"All {total} outcomes")
    assert "harm" not in before.direction()
    assert after.direction().startswith(f"{total - 1} of {total} outcomes")
    assert before.strongest.body.chapter == "spinal-cord-injury"
    known = len(before.predicted)
    assert f": 4 of the {known} prediction intervals" in before.new_settings()
    assert f": 5 of the {known} prediction intervals" in after.new_settings()
    assert before.moved().startswith("No study has been added")
    assert after.moved().startswith("21 rows were added")
    changed = {each.body.id: str(each) for each in after.certainties}
    assert changed["spinal-cord-injury.certainty.bbb-last"] == "very low"


def test_sentences_that_count_have_one_denominator() -> None:
    book = Synthesis()
    total, known = len(book.bodies), len(book.predicted)
    printed = [each for each in book.bodies if each.printed.sound]
    assert f"All {total} outcomes" in book.direction()
    assert f"As printed, {len(printed)} intervals lie wholly" in book.direction()
    assert f"; for the other {total - known} of the {total} outcomes" in book.new_settings()
    assert book.sureness().endswith(f"all {total} outcomes.")
    yes, of, no, open_ = (int(number) for number in re.findall(r"\d+", book.rule_says()))
    assert of == total == yes + no + open_


def test_nothing_is_made_of_an_interval_that_excludes_its_own_estimate(tmp_path: Path) -> None:
    # Mussin 2025, Table 3, cardiovascular diseases: ejection fraction 1.57 (0.86 to 1.26).
    def alter(rows: list[Row]) -> None:
        only(rows, id="umbrella.t3-estimate.cardiovascular-ef")["value"] = "1.57"
        interval = only(rows, id="umbrella.t3-interval.cardiovascular-ef")
        interval |= {"lower": "0.86", "upper": "1.26"}

    book = altered(tmp_path, "umbrella/reported.csv", alter)
    [body] = [each for each in book.bodies if each.printed.pool == "cardiovascular-ef"]
    assert not body.sound
    assert body.modern is None
    assert f"That of {body.name} excludes its own estimate" in book.direction()
    [rule] = [each for each in book.rule if each.body is body]
    assert {rule.effect, rule.p} == {Answer.NOT_DECIDABLE}
    [row] = cells(exhibits.intervals_table([body.printed], 0.01))
    assert row[1:] == ["1.57 (0.86 to 1.26)", "1.060", "–", "–", "–"]
    [row] = cells(exhibits.implied_table([body.printed]))
    assert row[2:6] == ["1.57 (0.86 to 1.26)", "–", "–", "–"]
    assert body.name not in exhibits.next_study_table(book.bodies).markup
    assert body.name not in [each.body.name for each in (book.strongest, book.weakest, *book.first)]
    figure = figures.standardized(book.bodies, book.titles)
    assert f"the interval excludes its own estimate: {body.name}." in figure.description


def test_nothing_is_made_of_what_a_chapter_shows_to_be_impossible(tmp_path: Path) -> None:
    # Mai 2025: 2.17 (2.08 to 2.25), I² 30%, k 19, and four subgroups above that interval.
    def alter(rows: list[Row]) -> None:
        for row in rows:
            row["contradicted_by"] = ""

    before, after = Synthesis(), altered(tmp_path, "bone-regeneration/pools.csv", alter)
    name = "bone-regeneration.certainty.overall"
    found, else_ = (
        next(each for each in book.certainties if each.body.id == name) for book in (before, after)
    )
    assert not found.body.usable
    assert (found.body.best.ci_low, found.body.best.ci_high) == (2.08, 2.25)
    assert isnan(found.body.best.pi_low)
    assert "imprecision" in found.open
    assert else_.body.best.pi_low == pytest.approx(1.93, abs=0.005)
    assert "imprecision" not in else_.open
    assert len(after.predicted) == len(before.predicted) + 1
    assert f"not all that is printed of {found.body.name} can be true" in before.rule_says()
    assert "can be true" not in after.rule_says()


def test_a_pool_is_contradicted_by_a_finding_that_is_there(tmp_path: Path) -> None:
    def alter(rows: list[Row]) -> None:
        only(rows, pool="overall")["contradicted_by"] = "bone-regeneration.finding.subgroup"

    book = altered(tmp_path, "bone-regeneration/pools.csv", alter)
    [fault] = validation.check(book.data)
    assert (fault.file, fault.column) == ("data/bone-regeneration/pools.csv", "contradicted_by")
    assert "is not known: bone-regeneration.finding.subgroup" in fault.message


@pytest.mark.parametrize("pool", [each.pool for each in printed_results("osteoporosis").values()])
def test_a_result_under_modern_settings_is_one_number_in_every_table(pool: str) -> None:
    # Zhang 2025, Figures 3 to 8.
    result = printed_results("osteoporosis")[pool]
    book = Synthesis()
    [body] = [each for each in book.certainties if each.body.printed.id == result.id]
    [widened] = cells(exhibits.widened_table([result]))
    [row] = cells(exhibits.evidence_table([body], book.titles))
    assert widened[4] == row[4]
    assert f"({widened[2]})" in row[3]
    known = {"tb-n": "0.50 to 8.64", "bmd": "−0.07 to 7.97", "mar": "–"}
    assert row[4] == known.get(pool, row[4])


def test_chapter_that_takes_numbers_from_others_says_what_their_verdicts_rest_on() -> None:
    book = Synthesis()
    entries = [body.entry for body in book.bodies if body.chapter == "umbrella"]
    rest = Counter(entry.basis for entry in entries)
    assert f"Of the {len(entries)} estimates" in book.credited()
    assert f"{rest['summary']} agree with the abstract" in book.credited()
    assert f"of {rest['form']} the form alone" in book.credited()
    assert rest["summary"] + rest["form"] + rest[""] == len(entries)
    assert book.credited().endswith("; of one nothing could be.")
    # Zhang 2016a and, with two outcomes, Wang 2020 pool it by their abstracts.
    assert "; three of them pool conditioned medium with vesicles." in book.direction()


def test_both_effects_that_would_turn_an_interval_are_told() -> None:
    # Zhang 2025, Figure 8, cortical thickness: 1.82, of which the interval with t excludes 0.
    rows = cells(exhibits.next_study_table(Synthesis().bodies))
    [row] = [row for row in rows if "Cortical thickness" in row[0]]
    assert row[3] == "below 0.41 or above 4.83"


def test_an_added_review_whose_numbers_can_not_all_be_true_is_told() -> None:
    book = Synthesis()
    assert "printed of Mai 2025 (Bone injury) can be true" in book.moved()
    [row] = [
        row for row in cells(exhibits.change_table(book.reclassified)) if row[0] == "Bone injury"
    ]
    assert "not all that Mai 2025 prints can be true" in row[4]


def test_a_printed_p_of_zero_stays_as_it_is_printed() -> None:
    # Zhang 2025, Table 3: P 0.000.
    said = [
        proposal.reason
        for each in Synthesis().certainties
        for proposal in each.proposals
        if each.body.id == "osteoporosis.certainty.bv-tv"
    ]
    assert any("as printed gives p = 0.000;" in reason for reason in said)


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
    total = len(book.certainties)
    assert book.sureness() == f"The certainty of this evidence is {total} high throughout."


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
