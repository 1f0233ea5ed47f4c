"""Explanations of discrepant numbers, and findings on what a paper says."""

import pytest

from analysis import ledger
from analysis.verdicts import Verdict
from tests.papers import (
    ARMS,
    STUDIES,
    Row,
    judged,
    write_chapter,
)


def test_discrepant_row_that_nobody_explained_shows_its_bare_arithmetic(tmp_path):
    row = {"id": "a.k", "kind": "count", "value": "5", "recompute": "count(studies)"}
    entry = judged(tmp_path / "bare", [row])["a.k"]
    assert (entry.verdict, entry.severity, entry.explained) == (Verdict.DISCREPANT, "number", False)
    assert "The recipe gives value 4." in entry.explanation
    told = {**row, "severity": "label", "explanation": "There are {count(studies)}, not 5."}
    entry = judged(tmp_path / "told", [told])["a.k"]
    assert (entry.severity, entry.explained) == ("label", True)
    assert entry.explanation == "There are 4, not 5."


def test_finding_holds_as_long_as_its_check_is_true_for_all_that_was_rounded_away(tmp_path):
    rows: list[Row] = [{"id": "a.a", "value": "1.2"}, {"id": "a.b", "value": "1.3"}]
    rows = [{**row, "not_recomputable": "No."} for row in rows]
    checks = {
        "apart": "greater(row('paper.a.b'), 1.2)",
        "perhaps": "greater(row('paper.a.b'), row('paper.a.a'))",  # 1.25 prints as both
        "unbounded": "greater(egger_p(studies, outcome='score'), 0.3)",
        "none": "",
    }
    findings: list[Row] = [
        {"id": f"finding.{name}", "check": check} for name, check in checks.items()
    ]
    write_chapter(tmp_path / "data", "paper", rows, findings=findings)
    found = ledger.ledger(tmp_path / "data")
    holds = {name.rpartition(".")[2]: each.holds for name, each in found.findings.items()}
    assert holds == {"apart": True, "perhaps": False, "unbounded": True, "none": True}
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, "check")]


def test_findings_come_worst_first(tmp_path):
    findings: list[Row] = [
        {"id": f"finding.{severity}", "severity": severity}
        for severity in ("label", "conclusion", "number")
    ]
    rows = [{"id": "a.a", "value": "1", "not_recomputable": "No."}]
    write_chapter(tmp_path / "data", "paper", rows, findings=findings)
    order = [each.severity for each in ledger.ledger(tmp_path / "data").findings_of("paper")]
    assert order == ["conclusion", "number", "label"]


def test_data_that_are_not_known_yet_make_recipes_wait(tmp_path):
    studies = [{**STUDIES[0], **dict.fromkeys(ARMS, ""), "n_treated": "", "study": "Ada 2020"}]
    row = {
        "id": "a.a",
        "value": "1",
        "recompute": "effect(studies, outcome='score', study='Ada 2020')",
    }
    findings = [{"id": "finding.waits", "check": "greater(sum(studies, 'n_treated'), 1)"}]
    write_chapter(tmp_path / "data", "paper", [row], studies=studies, findings=findings)
    found = ledger.ledger(tmp_path / "data")
    [entry] = found.entries.values()
    assert entry.verdict is Verdict.NOT_RECOMPUTABLE
    assert "is not known for 1 rows of studies.csv" in entry.not_recomputable
    assert [fault.column for fault in found.faults] == ["check"]


@pytest.mark.parametrize(
    "check",
    [
        "greater(2, 1)",
        "agrees(row('paper.a.k'), row('paper.a.k'))",
        "greater(count(studies), -1)",
        "both(greater(count(studies), 3), greater(2, 1))",
        "greater(sum(studies, 'n_treated'), -5)",
        "both(True)",
        "both(greater(count(studies), 3), True)",
    ],
)
def test_check_that_can_not_fail_is_refused(tmp_path, check):
    rows = [{"id": "a.k", "kind": "count", "value": "4", "not_recomputable": "No."}]
    write_chapter(tmp_path / "data", "paper", rows, findings=[{"id": "finding.a", "check": check}])
    faults = [each for each in ledger.check(tmp_path / "data") if each.column == "check"]
    assert [(each.line, each.message) for each in faults] == [
        (2, "can't fail: no data would make it false")
    ]


@pytest.mark.parametrize(
    "check",
    [
        "greater(count(studies), 3)",
        "agrees(row('paper.a.k'), count(studies))",
        "differs(row('paper.a.k'), 5)",
        "both(greater(count(studies), 3), differs(row('paper.a.k'), 5))",
    ],
)
def test_check_that_other_data_would_make_false_is_taken(tmp_path, check):
    rows = [{"id": "a.k", "kind": "count", "value": "4", "not_recomputable": "No."}]
    write_chapter(tmp_path / "data", "paper", rows, findings=[{"id": "finding.a", "check": check}])
    assert not [each for each in ledger.check(tmp_path / "data") if each.column == "check"]
