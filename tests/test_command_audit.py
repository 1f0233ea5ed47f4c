"""The command `audit`: its table, and the same as JSON."""

import json
from typing import Any

import pytest

from analysis import __main__ as command_line
from analysis import ledger, results, tables
from analysis.faults import Fault
from analysis.versions import identity
from tests.commands import Captured, run


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return results.results()


def test_audit_prints_a_table_that_fits_the_page(
    capsys: Captured, document: dict[str, Any]
) -> None:
    status, out, err = run(capsys, "audit", "spinal-cord-injury")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("spinal-cord-injury: ")
    assert ["id", "reported", "recomputed", "verdict"] in [line.split() for line in lines]
    rows = [line for line in lines if line.startswith("bbb-last.")]
    assert [row.split() for row in rows if row.startswith(("bbb-last.tau2", "bbb-last.i2"))] == [
        ["bbb-last.i2", "80%", "80%", "reproduced"],
        ["bbb-last.tau2", "0.3285", "0.3285", "reproduced"],
    ]
    assert any(
        line.split()[0] == "flow.duplicates" and line.endswith("discrepant")
        for line in lines
        if line
    )


def test_audit_shows_every_number_and_finding(capsys: Captured, document: dict[str, Any]) -> None:
    _, out, _ = run(capsys, "audit")
    for chapter in tables.chapters():
        _, alone, _ = run(capsys, "audit", chapter)
        # The first column, with ids that go over several lines put together again.
        ids = "".join(line[:39].strip() for line in alone.splitlines())
        for entry in document["results"] + document["findings"]:
            if entry["chapter"] == chapter:
                assert entry["id"].removeprefix(f"{chapter}.") in ids, entry["id"]
    words = " ".join(out.split())
    for finding in document["findings"]:
        assert " ".join(finding["claim"].split()) in words


def test_audit_as_json_is_what_the_site_publishes(
    capsys: Captured, document: dict[str, Any]
) -> None:
    status, out, err = run(capsys, "audit", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {part: document[part] for part in ("results", "findings")}
    one = json.loads(run(capsys, "audit", "spinal-cord-injury", "--json")[1])
    assert list(one) == ["results", "findings"]
    for part, entries in one.items():
        assert entries
        assert entries == [e for e in document[part] if e["chapter"] == "spinal-cord-injury"]


def test_audit_of_a_chapter_leaves_out_the_others(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [{"id": "a", "chapter": "spinal-cord-injury"}, {"id": "b", "chapter": "umbrella"}]
    monkeypatch.setattr(results, "results", lambda: {"results": entries, "findings": entries[1:]})
    _, out, _ = run(capsys, "audit", "spinal-cord-injury", "--json")
    assert json.loads(out) == {"results": entries[:1], "findings": []}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("spinal-cord", " (did you mean spinal-cord-injury?)"),
        ("qqq", f"; there are {', '.join(tables.chapters())}"),
    ],
)
def test_audit_of_an_unknown_chapter_is_refused(capsys: Captured, name: str, hint: str) -> None:
    assert run(capsys, "audit", name) == (2, "", f"audit: no chapter {name!r}{hint}\n")


def test_audit_of_faulty_data_is_refused(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault("data/a.csv", line, "n", "is odd") for line in (2, 3, 4)]
    monkeypatch.setattr(ledger, "check", lambda data: faults)
    assert run(capsys, "audit") == (
        2,
        "",
        "audit: `check` finds 3 faults in the data: data/a.csv:2: n: is odd\n",
    )


def test_audit_of_a_book_that_is_not_built_is_refused(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [Fault("data/a/retired.csv", 2, "id", "is in use")] * 3
    monkeypatch.setattr(identity, "_faults", lambda data: faults)
    assert run(capsys, "audit") == (
        2,
        "",
        "audit: `check` finds 3 faults in the data: data/a/retired.csv:2: id: is in use\n",
    )


def test_long_texts_go_on_below_in_their_column() -> None:
    lines = list(command_line._cells(["a" * 30, "1.25 (1.00 to 1.50) and more", "", "reproduced"]))
    assert len(lines) == 2
    assert lines[0].endswith("reproduced")
    assert lines[1].strip() == "and more"
    assert lines[1].index("and more") == lines[0].index("1.25")
