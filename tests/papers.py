"""Constructed papers whose truth is known, and the verdicts on their numbers."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from analysis import dictionary, judging, ledger, tables
from analysis.folders import DATA
from analysis.inputs import Sheet, Sources
from analysis.ledger import Entry
from analysis.statistics import enclosures, pooling
from analysis.verdicts import Verdict

Row = Mapping[str, str]

ALPHA = {"n_treated": "10", "mean_treated": "2.37", "sd_treated": "0.81"}
ARMS = {**ALPHA, "n_control": "10", "mean_control": "1.02", "sd_control": "0.64"}
STUDIES: list[Row] = [
    {"study": "Ada 2020", **ARMS},
    {"study": "Bo 2021", **ARMS, "mean_treated": "3.58", "sd_treated": "0.92"},
    {"study": "Cy 2022", **ARMS, "mean_treated": "1.77", "n_treated": "14"},
    {"study": "Di 2023", **ARMS, "mean_treated": "2.91", "sd_control": "0.41"},
]
STATED = {
    "measure": {"value": ["MD", "SMD"], "basis": "stated"},
    "vtype": {"value": "LS", "basis": "stated"},
    "models": {"value": list(enclosures.TAU2), "basis": "stated"},
    "test": {"value": list(pooling.TESTS), "basis": "stated"},
    "i2_from": {"value": list(pooling.I2_SOURCES), "basis": "stated"},
    "tau2_from": {"value": ["common", "separate"], "basis": "stated"},
}
"""A paper whose text settles every setting, so that only those of a recipe can be meant."""

INFERRED = {"value": ["EE", "REML"], "basis": "inferred", "tried": ["DL", "HE"]}
DEFAULTS: dict[str, Row] = {
    "studies": {
        "year": "2020",
        "outcome": "score",
        "reference": "mou2025",
        "location": "Figure 2",
        "extraction": "printed",
        "in_review": "yes",
        "added": "2026-01-01",
    },
    "reported": {
        "location": "Table 1",
        "label": "A number",
        "kind": "estimate",
        "transcription": "verbatim",
        "checked": "yes",
    },
    "findings": {
        "severity": "number",
        "kind": "count",
        "claim": "One thing is said.",
        "location": "Abstract",
        "against": "Another thing is printed.",
        "checked": "yes",
    },
    "lists": {"location": "Section 1"},
    "contradictions": {"contradiction": "one", "what": "One sentence makes both."},
}


def with_defaults(table: str, row: Row) -> dict[str, str]:
    """A row with what it leaves out; a number with a reason is an input unless it says more."""
    kind = {"not_recomputable_kind": "input"} if row.get("not_recomputable") else {}
    return {**DEFAULTS[table], **kind, **row}


def write_chapter(
    data: Path,
    chapter: str,
    reported: Sequence[Row],
    *,
    studies: Sequence[Row] = STUDIES,
    findings: Sequence[Row] = (),
    lists: Sequence[Row] = (),
    contradictions: Sequence[Row] = (),
    as_published: Mapping[str, Any] | None = None,
) -> None:
    """One chapter as files; ids come without the chapter, cells that are left out by default."""
    folder = data / chapter
    folder.mkdir(parents=True)
    for shared in DATA.glob("*.yml"):
        shutil.copy(shared, data)
    review = {
        **tables.review("spinal-cord-injury"),
        "outcomes": {"score": {"label": "S", "unit": "", "measure": "MD", "favours": "higher"}},
        "as_published": STATED if as_published is None else as_published,
        "living": [],
    }
    del review["doses"]  # a range that the paper does not print
    (folder / "review.yml").write_text(yaml.safe_dump(review), encoding="utf-8")
    known = dictionary.tables(None, DATA)
    for name, rows in (
        ("studies", studies),
        ("reported", reported),
        ("findings", findings),
        ("lists", lists),
        ("contradictions", contradictions),
    ):
        if not rows:
            continue
        columns = [column.name for column in known[name].columns.values() if not column.optional]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            for row in rows:
                cells = with_defaults(name, row)
                if name in ("reported", "findings"):
                    cells["id"] = f"{chapter}.{row['id']}"
                writer.writerow(cells)


def judged(tmp_path: Path, reported: Sequence[Row], **parts: Any) -> dict[str, Entry]:
    """The entries of a paper without faults, by their ids without the chapter."""
    write_chapter(tmp_path / "data", "paper", reported, **parts)
    found = ledger.ledger(tmp_path / "data")
    assert found.faults == ()
    return {name.removeprefix("paper."): entry for name, entry in found.entries.items()}


def in_memory(rows: Sequence[Row], studies: Sequence[Row] = STUDIES) -> Sources:
    """The same paper without files, for the many that differ in one number."""
    known = dictionary.tables(None, DATA)
    empty = dict.fromkeys(known["reported"].columns, "")
    reported = [
        {**empty, **with_defaults("reported", row), "id": f"paper.{row['id']}"} for row in rows
    ]
    blank = dict.fromkeys(known["studies"].columns, "")
    filled = [{**blank, **DEFAULTS["studies"], **row} for row in studies]
    cells = {name: [row[name] for row in filled] for name in blank}
    sheet = Sheet(known["studies"], range(2, 2 + len(filled)), cells)
    by_id = {row["id"]: row for row in reported}
    return Sources("paper", {"studies": sheet}, by_id, {"as_published": STATED, "outcomes": {}})


def entered(row: Row, *inputs: Row, studies: Sequence[Row] = STUDIES) -> tuple[Entry, list[str]]:
    """The entry of one number beside others that nothing determines, and its faults."""
    others = [{"not_recomputable": "It is an input.", **each} for each in inputs]
    source = in_memory([{"id": "the.number", **row}, *others], studies)
    circles = judging.circular(source.reported)
    cells = source.reported["paper.the.number"]
    entry, faults = ledger._entry(source, cells, 2, cells["id"] in circles)
    return entry, [f"{column}: {message}" for column, message in faults]


def verdict(row: Row, *inputs: Row, studies: Sequence[Row] = STUDIES) -> Verdict:
    """The verdict on one number, whose row has no faults."""
    entry, faults = entered(row, *inputs, studies=studies)
    assert faults == []
    return entry.verdict


def pooled(method: str, studies: Sequence[Row] = STUDIES) -> pooling.Pooled:
    """The pooled result of the constructed paper, without any of the code that recipes use."""
    n1, m1, s1, n2, m2, s2 = np.array([[float(row[name]) for name in ARMS] for row in studies]).T
    return pooling.pool(m1 - m2, s1**2 / n1 + s2**2 / n2, method=method, i2_from="q")


def moved(text: str, units: int) -> str:
    """A printed number, moved by units of its last digit."""
    digits = len(text.partition(".")[2])
    return f"{float(text) + units * 10.0**-digits:.{digits}f}"
