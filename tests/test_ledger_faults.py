"""Rows of the ledger that are refused, with the reason and the place of each fault."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import dictionary, judging, ledger, tables
from analysis.__main__ import main
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.verdicts import Verdict
from tests.papers import (
    STUDIES,
    Row,
    entered,
    in_memory,
    pooled,
    write_chapter,
)

PART: Row = {"id": "part.a", "kind": "count", "value": "4"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "recompute: must be given, or a reason in not_recomputable"),
        ({"recompute": "count(studies)", "not_recomputable": "None."}, "recompute: must be empty"),
        ({"recompute": "count(studies"}, "recompute: position 6: does not parse"),
        ({"recompute": "count(studies) + 1"}, "recompute: position 1: only calls"),
        ({"recompute": "cuont(studies)"}, "no function 'cuont' (did you mean count?)"),
        ({"recompute": "count(study)"}, "no table 'study' (did you mean studies?)"),
        (
            {"recompute": "same(row('paper.part.b'))"},
            "no row 'paper.part.b' (did you mean paper.part.a?)",
        ),
        ({"recompute": "same(count(studies))"}, "position 1: same takes one row"),
        ({"recompute": "same(row('paper.part.a')).value"}, "position 1: same takes one row"),
        (
            {"recompute": "total(same(row('paper.part.a')), 0)"},
            "position 7: same must stand outermost",
        ),
        ({"recompute": "row('paper.part.a')"}, "position 1: repeats what is printed"),
        ({"recompute": "row('paper.part.a').value"}, "position 1: repeats what is printed"),
        ({"recompute": "either(same(row('paper.part.a')))"}, "repeats what is printed"),
        ({"recompute": "total(row('paper.part.a'))"}, "takes two numbers or more"),
        ({"recompute": "printed(row('paper.part.a'))"}, "repeats a number that is printed"),
        (
            {"recompute": "printed(row('paper.coarse.number'))", "kind": "p", "value": "4.06"},
            "repeats a number",
        ),
        ({"recompute": "total(3, 1)"}, "reads no table and no printed row"),
        ({"recompute": "either()"}, "either takes recipes alone"),
        ({"recompute": "greater(row('paper.part.a'), 3)"}, "gives no number as value"),
        ({"recompute": "difference(row('paper.the.number'), 0)"}, "recompute: depends on itself"),
        ({"recompute": "total(rows('paper.the'), 0)"}, "recompute: depends on itself"),
        ({"recompute": "count(studies)", "lower": "1"}, "gives no lower, which is printed"),
        ({"recompute": "same(row('paper.part.a'))", "lower": "1"}, "paper.part.a prints no lower"),
        ({"recompute": "share(row('paper.part.a'), 0)"}, "recompute: position 1: share:"),
        (
            {"recompute": "pool(studies, outcome='score', study='Ada 2020', method='DL').pi_low"},
            "gives no value: it is not defined",
        ),
        ({"recompute": "count(studies)", "kind": "date", "value": "2024-02"}, "is no number"),
        (
            {"recompute": "count(studies)", "value": "", "transcription": "illegible"},
            "nothing is printed with which",
        ),
        (
            {"recompute": "count(studies)", "severity": "number"},
            "severity: must be empty: the row is reproduced",
        ),
        ({"recompute": "count(studies)", "explanation": "So."}, "explanation: must be empty"),
        ({"not_recomputable": "No.", "severity": "label"}, "the row is not recomputable"),
    ],
)
def test_wrong_row_is_refused_with_its_column_and_a_reason(row, message):
    coarse = {"id": "coarse.number", "value": "4.05"}  # may be 4.055, which prints as 4.06
    _, faults = entered({"kind": "count", "value": "4", **row}, PART, coarse)
    assert any(message in fault for fault in faults), faults


def test_circle_of_recipes_is_refused_in_every_row_of_it_and_in_no_other(tmp_path):
    rows: list[Row] = [
        {"id": "a.a", "value": "1", "recompute": "difference(row('paper.a.b'), 1)"},
        {"id": "a.b", "value": "2", "recompute": "total(row('paper.a.c'), 0)"},
        {"id": "a.c", "value": "2", "recompute": "total(row('paper.a.a'), 1)"},
        {"id": "a.d", "value": "3", "recompute": "total(row('paper.a.a'), 2)"},
    ]
    write_chapter(tmp_path / "data", "paper", rows)
    faults = ledger.check(tmp_path / "data")
    assert [(fault.line, fault.column) for fault in faults] == [(n, "recompute") for n in (2, 3, 4)]
    assert all("depends on itself" in fault.message for fault in faults)


def test_circle_through_another_chapter_is_refused(tmp_path):
    for one, other in (("paper", "second"), ("second", "paper")):
        row = {"id": "a.a", "value": "1", "recompute": f"same(row('{other}.a.a'))"}
        write_chapter(tmp_path / "data", one, [row])
    faults = ledger.check(tmp_path / "data")
    assert [fault.file for fault in faults] == [
        "data/paper/reported.csv",
        "data/second/reported.csv",
    ]


def test_row_that_confirmed_a_restored_cell_is_not_recomputed_from_it():
    studies = [
        {
            **STUDIES[0],
            "restored": "sd_treated;mean_treated",
            "confirmed_by": "paper.other.number;paper.the.number",
        },
        *STUDIES[1:],
    ]
    effect = "effect(studies, outcome='score', study='Ada 2020')"
    rows: dict[str, Row] = {
        "used": {"value": "1.35", "recompute": effect},
        "one of two": {"value": "1.35", "recompute": f"either({effect}, count(studies))"},
        "the worse of two": {"value": "4", "recompute": f"either({effect}, count(studies))"},
        "left alone": {"value": "4", "recompute": "count(studies)"},
        "another study": {
            "value": "2.56",
            "recompute": "effect(studies, outcome='score', study='Bo 2021')",
        },
        "no mean is read": {
            "value": f"{pooled('EE').weights[0]:.1f}",
            "recompute": "weight(studies, outcome='score', study='Ada 2020', method='EE')",
        },
    }
    other = {"id": "other.number", "value": "1"}
    for name, row in rows.items():
        _, faults = entered(row, other, studies=studies)
        expected = "reads mean_treated of studies.csv line 2, which was restored with the help of"
        assert (expected in "".join(faults)) is (name in list(rows)[:3]), name
        assert len(faults) == (name in list(rows)[:3]), name


def test_every_fault_is_named_at_once_with_file_line_and_column(tmp_path):
    reported: list[Row] = [
        {"id": "a.ok", "kind": "count", "value": "4", "recompute": "count(studies)"},
        {"id": "a.neither", "value": "4"},
        {"id": "a.both", "value": "4", "recompute": "count(studies)", "not_recomputable": "No."},
        {"id": "a.bad", "value": "4", "recompute": "count(studies"},
        {"id": "Malformed Id", "value": "4", "recompute": "count(studies)"},
        {"id": "a.ok", "value": "4", "recompute": "count(studies)"},
        {"id": "a.kind", "kind": "counts", "value": "4", "recompute": "count(studies)"},
        {"id": "a.text", "value": "four", "recompute": "count(studies)"},
        {
            "id": "a.said",
            "value": "4",
            "recompute": "count(studies)",
            "explanation": "So.",
            "severity": "number",
        },
        {"id": "a.circle", "value": "4", "recompute": "total(row('paper.a.circle'), 0)"},
        {
            "id": "a.braces",
            "kind": "count",
            "value": "5",
            "recompute": "count(studies)",
            "severity": "number",
            "explanation": "It is {cuont(studies)}.",
        },
        {"id": "finding.taken", "value": "4", "not_recomputable": "No."},
    ]
    findings: list[Row] = [
        {"id": "finding.true", "check": "greater(count(studies), 3)", "rows": "paper.a.ok"},
        {"id": "finding.false", "check": "greater(count(studies), 4)"},
        {"id": "finding.number", "check": "count(studies)"},
        {"id": "finding.parse", "check": "greater(count(studies), 4"},
        {"id": "finding.unknown", "check": "graeter(count(studies), 4)"},
        {"id": "finding.empty-both", "check": "both()"},
        {"id": "finding.rows", "rows": "paper.a.ok;paper.a.okay"},
        {"id": "Not-a-finding"},
        {"id": "finding.taken"},
    ]
    lists: list[Row] = [{"list": "Databases", "item": "PubMed", "location": "Methods"}]
    data = tmp_path / "data"
    write_chapter(data, "paper", reported, findings=findings, lists=lists)
    faults = ledger.check(data)
    places = [(fault.file.rpartition("/")[2], fault.line, fault.column) for fault in faults]
    assert places == [
        ("findings.csv", 3, "check"),
        ("findings.csv", 4, "check"),
        ("findings.csv", 5, "check"),
        ("findings.csv", 6, "check"),
        ("findings.csv", 7, "check"),
        ("findings.csv", 8, "rows"),
        ("findings.csv", 9, "id"),
        ("findings.csv", 10, "id"),
        ("lists.csv", 2, "list"),
        ("reported.csv", 3, "recompute"),
        ("reported.csv", 4, "recompute"),
        ("reported.csv", 5, "recompute"),
        ("reported.csv", 6, "id"),
        ("reported.csv", 7, "id"),
        ("reported.csv", 8, "kind"),
        ("reported.csv", 9, "value"),
        ("reported.csv", 10, "explanation"),
        ("reported.csv", 10, "severity"),
        ("reported.csv", 11, "recompute"),
        ("reported.csv", 12, "explanation"),
    ]
    said = {(fault.line, fault.column): fault.message for fault in faults}
    assert "stands already" in said[7, "id"]
    assert str(faults[0]) == (
        "data/paper/findings.csv:3: check: is not true: the finding does not hold"
    )
    assert main(["check", str(data)]) == 1


def test_what_merely_follows_from_a_fault_is_not_said(tmp_path):
    studies = [{**row, "mean_treated": row["mean_treated"].replace(".", ",")} for row in STUDIES]
    reported: list[Row] = [
        {"id": "a.pool", "value": "2", "recompute": "pool(studies, outcome='score', method='EE')"},
        {"id": "a.bad", "value": "2", "recompute": "cuont(lists)"},
    ]
    findings: list[Row] = [{"id": "finding.few", "check": "greater(2, count(studies))"}]
    data = tmp_path / "data"
    write_chapter(data, "paper", reported, findings=findings, studies=studies)
    commas, recipe = sorted(ledger.check(data), key=lambda fault: fault.file, reverse=True)
    assert (commas.line, commas.column) == (2, "mean_treated")
    assert commas.message.endswith(f"(and {len(STUDIES) - 1} like it)")
    assert (recipe.line, recipe.column) == (3, "recompute")


def test_files_that_cannot_be_read_are_faults_too(tmp_path):
    data = tmp_path / "data"
    write_chapter(data, "paper", [{"id": "a.a", "value": "4"}])
    good = (data / "paper" / "reported.csv").read_text(encoding="utf-8")
    for spoilt in ("", "id\n", good.replace("recompute", "recipe"), good + "ragged,row\n", '"'):
        (data / "paper" / "reported.csv").write_text(spoilt, encoding="utf-8")
        ledger.ledger.forget()
        faults = ledger.check(data)
        assert faults
        assert all(isinstance(fault, Fault) for fault in faults)
    (data / "paper" / "reported.csv").write_text(good, encoding="utf-8")
    (data / "paper" / "review.yml").write_text("title: [", encoding="utf-8")
    tables.review.forget()
    ledger.ledger.forget()
    assert {fault.file for fault in ledger.check(data)} >= {"data/paper/review.yml"}


CELLS = st.sampled_from(
    [
        *("", "4", "1,2", "-", "nan", "1e9", "0", "−0.00", "2024-02", "~", "<", "range", "date"),
        *("either()", "same(row('paper.a.b'))", "same(1)", "row('paper.a.b')", "rows('paper')"),
        *("total()", "total(rows('paper.a'))", "z(row('paper.a.b'))", "h2(1, 0)", "studies"),
        *("effect(studies, 'score', 'Ada 2020')", "pool(studies, 'score')", "p(1)", "sum(1)"),
        *("weight(studies, 'score', 'Bo 2021', method='XX')", "sum(studies, 'study')", "{"),
        *("share(row('paper.a.b'), row('paper.a.b'))", "i2(row('paper.a.b'), 'x')", "{count(x)}"),
        *("illegible", "count", "p", "greater(1, 2)", "paper.a.b", "both(1)", "centre(studies)"),
        *("extremes(studies)", "extremes(studies, 'source')", "subgroup_q(studies, 'score', 'x')"),
        *("egger_p(studies, 'score')", "rest(row('paper.a.b'), row('paper.a.c'))", "(" * 99),
    ]
)
COLUMNS = st.sampled_from(
    [
        *("id", "kind", "qualifier", "value", "lower", "upper", "transcription", "severity"),
        *("not_recomputable", "explanation", "rows", "check", *["recompute"] * 4),
    ]
)


@settings(max_examples=120, derandomize=True, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2), COLUMNS, CELLS), max_size=6))
def test_no_cells_make_the_ledger_raise(changes):
    empty = dict.fromkeys(dictionary.tables(None, DATA)["findings"].columns, "")
    source = in_memory(
        [
            {**empty, "id": f"a.{name}", "value": "4", "lower": "1", "upper": "7",
             "recompute": "effect(studies, outcome='score', study='Ada 2020')"}
            for name in "abc"
        ]
    )  # fmt: skip
    rows = [dict(row) for row in source.reported.values()]
    for place, column, cell in changes:
        rows[place][column] = cell
    source = replace(source, reported={row["id"]: row for row in rows})
    circles = judging.circular(source.reported)
    for line, row in enumerate(rows, 2):
        entry, faults = ledger._entry(source, row, line, row["id"] in circles)
        assert isinstance(entry.verdict, Verdict)
        finding, more = ledger._finding(source, row, line)
        assert isinstance(finding.holds, bool)
        assert all(column in rows[0] and message for column, message in [*faults, *more])
