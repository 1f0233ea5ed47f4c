"""The ledger: every printed number with its verdict, and the findings that no one number shows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis import recipes, sentences, settings, tables
from analysis.dictionary import SENTENCE, Table
from analysis.dictionary import tables as dictionary
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.inputs import EVERY, FIELDS, STUDIES, MissingDataError, Reader, Sources, sources
from analysis.judging import certain, circular, completed, evaluate, form, ruling
from analysis.once import once
from analysis.recipes import RecipeError
from analysis.refutable import refutable
from analysis.verdicts import Judgement, Verdict

SEVERITIES = ("conclusion", "number", "label")
"""Worst first: a conclusion fails, a number is wrong, a name or unit is."""

NOT_RECOMPUTABLE_KINDS: Mapping[str, str] = {
    "input": "another source’s figure",
    "choice": "how the work was done",
    "result": "a result whose data are not printed",
}
"""What keeps a number from being recomputed, in words."""

OWN = ("reported", "findings")
"""The tables that become entries and findings."""


@dataclass(frozen=True)
class Entry:
    """One printed number with what follows from its recipe.

    `reported` and `recomputed` hold `value`, `lower`, `upper` as far as there are any; `bounds` the
    outer bounds where one was needed. `explained` says whether a person gave the explanation and
    severity of a discrepant row; without, its explanation is the bare arithmetic.
    `not_recomputable_kind` says what keeps a number from being recomputed: it is an `input`, a
    `choice`, or a `result` whose data are not printed. `line` is that of reported.csv.
    """

    id: str
    chapter: str
    label: str
    location: str
    kind: str
    unit: str
    qualifier: str
    reported: Mapping[str, str]
    recomputed: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    settings: str
    recipe: str
    verdict: Verdict
    basis: str
    severity: str
    explanation: str
    explained: bool
    not_recomputable: str
    not_recomputable_kind: str
    transcription: str
    checked: bool
    line: int


@dataclass(frozen=True)
class Finding:
    """A contradiction between what is said and what stands against it, with its check."""

    id: str
    chapter: str
    severity: str
    kind: str
    claim: str
    location: str
    against: str
    rows: tuple[str, ...]
    check: str
    checked: str
    holds: bool
    line: int


@dataclass(frozen=True)
class Ledger:
    """Entries and findings of all chapters, and what is wrong with the files that hold them.

    `said` are the rows of the other tables that have sentences, by chapter and table; `sources` are
    what the recipes of each chapter read.
    """

    entries: Mapping[str, Entry]
    findings: Mapping[str, Finding]
    faults: tuple[Fault, ...]
    said: Mapping[tuple[str, str], tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    sources: Mapping[str, Sources] = field(default_factory=dict)

    def rows(self, chapter: str, table: str) -> tuple[Mapping[str, str], ...]:
        """The rows of a table that has sentences, with their numbers; none without the table."""
        return self.said.get((chapter, table), ())

    def of(self, chapter: str) -> list[Entry]:
        """The entries of a chapter, in the order of its file."""
        return [entry for entry in self.entries.values() if entry.chapter == chapter]

    def findings_of(self, chapter: str) -> list[Finding]:
        """The findings of a chapter, worst first."""
        found = [each for each in self.findings.values() if each.chapter == chapter]
        return sorted(found, key=lambda each: SEVERITIES.index(each.severity))

    def contradictions(self, chapter: str) -> list[tuple[Entry, ...]]:
        """The discrepant numbers of a chapter, those together that one contradiction makes."""
        shared = {
            name: row["contradiction"]
            for row in self.rows(chapter, "contradictions")
            for name in row["rows"].split(";")
        }
        found: dict[str, list[Entry]] = {}
        for entry in self.of(chapter):
            if entry.verdict is Verdict.DISCREPANT:
                found.setdefault(shared.get(entry.id, entry.id), []).append(entry)
        return [tuple(entries) for entries in found.values()]

    def counts(self, chapter: str) -> dict[str, int]:
        """How many numbers a chapter has, how many have each verdict, and why some have none.

        `contradictions` are those that its discrepant numbers make.
        """
        entries = self.of(chapter)
        verdicts = Counter(entry.verdict for entry in entries)
        kinds = Counter(entry.not_recomputable_kind for entry in entries)
        return {
            "reported": len(entries),
            **{verdict.value.replace(" ", "_"): verdicts[verdict] for verdict in Verdict},
            **{f"not_recomputable_{kind}": kinds[kind] for kind in NOT_RECOMPUTABLE_KINDS},
            "contradictions": len(self.contradictions(chapter)),
        }


def check(data: Path = DATA) -> list[Fault]:
    """Every fault of the data: of the tables and, if they can be read, of the ledger.

    What the ledger says of a recipe that reads a faulty table or number is passed over: it would
    mostly follow from the fault there.
    """
    found = tables.check(data) or list(_unknown_settings(data))
    if any(not fault.file.endswith(".csv") for fault in found):
        return found  # what a recipe says depends on what these say, or a folder is none
    try:
        own = ledger(data).faults or (*_irrefutable(data), *_settled(data))
    except (KeyError, OSError, ValueError):
        if not found:
            raise
        own = ()  # a table is missing, or has no rows and columns that could be read
    if found and own:
        own = tuple(_of_their_own(own, found, data))
    return sorted([*found, *own])


def _of_their_own(own: Iterable[Fault], found: Iterable[Fault], data: Path) -> Iterator[Fault]:
    """The faults of the ledger that don't follow from those of the tables."""
    places = {(fault.file, fault.line, fault.column) for fault in found}
    faulty = {name for fault in found for name in _faulty_names(fault, data)}
    for fault in own:
        chapter, table = _table_of(fault)
        row = tables.load_text(chapter, table, data).loc[fault.line]
        names = {str(row.get("id", "")), *re.findall(r"[\w.-]+", str(row[fault.column]))}
        names |= {f"{chapter}/{name}" for name in names}
        if (fault.file, fault.line, fault.column) not in places and not faulty & names:
            yield fault


def _faulty_names(fault: Fault, data: Path) -> Iterator[str]:
    """What a recipe that reads the place of a fault calls it: a table of the chapter, or ids."""
    chapter, table = _table_of(fault)
    if not fault.file.endswith(".csv"):
        return
    if table != "reported":
        yield f"{chapter}/{table}"
        if table == STUDIES:
            yield f"{chapter}/{EVERY}"
        return
    ids = {line: row["id"] for line, row in tables.records(chapter, table, data)}
    whole = fault.line not in ids or fault.message.endswith("like it)")
    for identifier in ids.values() if whole else [ids[fault.line]]:
        yield from (identifier, identifier.rpartition(".")[0])


def _table_of(fault: Fault) -> tuple[str, str]:
    """Chapter and table of a fault."""
    *_, chapter, name = fault.file.split("/")
    return chapter, name.partition(".")[0]


@once
def ledger(data: Path = DATA) -> Ledger:
    """Evaluate the recipes and checks of every chapter."""
    texts = {
        chapter: tables.records(chapter, "reported", data)
        for chapter in tables.chapters(data)
        if tables.has(chapter, "reported", data)
    }
    rows = {row["id"]: row for records in texts.values() for _, row in records}
    read = {chapter: sources(chapter, rows, data) for chapter in texts}
    circles = circular(rows)
    entries: dict[str, Entry] = {}
    findings: dict[str, Finding] = {}
    said: dict[tuple[str, str], tuple[Mapping[str, str], ...]] = {}
    faults: list[Fault] = []
    for chapter, records in texts.items():
        source = read[chapter]
        folder = f"{data.name}/{chapter}"
        faults += _ids(f"{folder}/reported.csv", chapter, records)
        for line, row in records:
            entry, wrong = _entry(source, row, line, row["id"] in circles)
            entries[entry.id] = entry
            faults += [Fault(f"{folder}/reported.csv", line, *each) for each in wrong]
        if tables.has(chapter, "findings", data):
            for line, row in tables.records(chapter, "findings", data):
                finding, wrong = _finding(source, row, line)
                findings[finding.id] = finding
                faults += [Fault(f"{folder}/findings.csv", line, *each) for each in wrong]
        for table in _with_sentences(chapter, data):
            said[chapter, table.name], wrong_here = _said(source, table, data)
            faults += wrong_here
    return Ledger(entries, findings, tuple(faults), said, read)


def _unknown_settings(data: Path) -> Iterator[Fault]:
    """Settings of the papers that no recipe can have."""
    for chapter in tables.chapters(data):
        review = tables.review_file(chapter, data)
        for place, message in settings.unknown(review.content["as_published"]):
            where = ("as_published", *place)
            yield Fault(review.name, review.line(where), ".".join(map(str, where)), message)


def _irrefutable(data: Path) -> Iterator[Fault]:
    """Checks of findings that could not fail."""
    known = ledger(data)
    for chapter, source in known.sources.items():
        for finding in known.findings_of(chapter):
            if finding.check and not refutable(source, recipes.parse(finding.check)):
                file = f"{data.name}/{chapter}/findings.csv"
                yield Fault(file, finding.line, "check", "can't fail: no data would make it false")


def _settled(data: Path) -> Iterator[Fault]:
    """Numbers of contradictions that are not discrepant."""
    known = ledger(data)
    for chapter in tables.chapters(data):
        if tables.has(chapter, "contradictions", data):
            for line, row in tables.records(chapter, "contradictions", data):
                for name in row["rows"].split(";"):
                    entry = known.entries.get(name)
                    if entry and entry.verdict is not Verdict.DISCREPANT:
                        file = f"{data.name}/{chapter}/contradictions.csv"
                        message = f"must be discrepant, and {name} is {entry.verdict.value}"
                        yield Fault(file, line, "rows", message)


def _with_sentences(chapter: str, data: Path) -> Iterator[Table]:
    """The tables of a chapter that have sentences, besides those of entries and findings."""
    for table in dictionary(chapter, data).values():
        told = any(column.type == SENTENCE for column in table.columns.values())
        if told and table.name not in OWN and tables.has(chapter, table.name, data):
            yield table


def _said(
    source: Sources, table: Table, data: Path
) -> tuple[tuple[Mapping[str, str], ...], list[Fault]]:
    """The rows of a table with their sentences filled, and the faults of those."""
    filled, faults = [], []
    file = f"{data.name}/{source.chapter}/{table.name}.csv"
    for line, row in tables.records(source.chapter, table.name, data):
        made = dict(row)
        for column in table.columns.values():
            if column.type == SENTENCE and column.name in row:
                made[column.name], wrong = _filled(source, column.name, row[column.name])
                faults += [Fault(file, line, *each) for each in wrong]
        filled.append(made)
    return tuple(filled), faults


def _entry(
    source: Sources, row: Mapping[str, str], line: int, circles: bool
) -> tuple[Entry, list[tuple[str, str]]]:
    """The entry of a row, and its faults as pairs of column and message."""
    faults: list[tuple[str, str]] = []
    judgement = Judgement(Verdict.NOT_RECOMPUTABLE, {}, {})
    basis = settings = ""
    recipe, reason, kind = (
        row[name] for name in ("recompute", "not_recomputable", "not_recomputable_kind")
    )
    if not recipe and not reason:
        faults.append(("recompute", "must be given, or a reason in not_recomputable"))
    elif circles:
        faults.append(("recompute", "depends on itself through the recipes of other rows"))
    elif recipe:
        try:
            judgement, basis, settings = ruling(source, row)
            if reason and judgement.verdict is not Verdict.NOT_RECOMPUTABLE:
                faults.append(("recompute", "must be empty where a reason is given"))
            if not reason and judgement.verdict is Verdict.NOT_RECOMPUTABLE:
                message = "must say what would determine it: the recipe tests its form alone"
                faults.append(("not_recomputable", message))
        except MissingDataError as error:
            judgement, basis = form(source, row)
            if judgement.verdict is not Verdict.DISCREPANT:
                reason = f"It waits for data that the paper does not print: {error}."
                kind = "result"
        except ValueError as error:
            faults.append(("recompute", str(error)))
            judgement = Judgement(Verdict.UNDECIDED, {}, {})
    if bool(reason) != bool(kind):
        how = "be empty without a reason" if kind else f"be {_or(NOT_RECOMPUTABLE_KINDS)}"
        faults.append(("not_recomputable_kind", f"must {how}"))
    discrepant = judgement.verdict is Verdict.DISCREPANT
    if not discrepant and not faults:
        faults += [
            (column, f"must be empty: the row is {judgement.verdict}")
            for column in ("severity", "explanation")
            if row[column]
        ]
    explanation, wrong = _filled(source, "explanation", row["explanation"])
    faults += wrong
    if not explanation:
        explanation = _arithmetic(judgement) if discrepant else judgement.open_setting
    entry = Entry(
        id=row["id"],
        chapter=source.chapter,
        label=row["label"],
        location=row["location"],
        kind=row["kind"],
        unit=row["unit"],
        qualifier=row["qualifier"],
        reported={name: row[name] for name in FIELDS if row[name]},
        recomputed=judgement.recomputed,
        bounds=judgement.bounds,
        settings=settings,
        recipe=recipe,
        verdict=judgement.verdict,
        basis=basis,
        severity=row["severity"] or ("number" if discrepant else ""),
        explanation=explanation,
        explained=bool(row["explanation"] and row["severity"]),
        not_recomputable=reason,
        not_recomputable_kind=kind,
        transcription=row["transcription"],
        checked=row["checked"] == "yes",
        line=line,
    )
    return entry, faults


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"


def _arithmetic(judgement: Judgement) -> str:
    """The bare arithmetic of a discrepant row that nobody has explained yet."""
    said = [
        f"{name} {value:.6g}" + (f" (from {low:.6g} to {high:.6g})" if high > low else "")
        for name, value in judgement.recomputed.items()
        for low, high in [judgement.bounds.get(name, (value, value))]
    ]
    return f"The recipe gives {', '.join(said)}. Nobody has explained the difference yet."


def _finding(
    source: Sources, row: Mapping[str, str], line: int
) -> tuple[Finding, list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    holds = True
    if row["check"]:
        try:
            holds = certain(source, completed(source, recipes.parse(row["check"])))
            if not holds:
                faults.append(("check", "is not true: the finding does not hold"))
        except (RecipeError, MissingDataError) as error:
            holds = False
            faults.append(("check", str(error)))
    if row["id"] in source.reported:
        faults.append(("id", "stands already for a printed number"))
    named = tuple(part for part in row["rows"].split(";") if part)
    said = {}
    for column in ("claim", "against"):
        said[column], wrong = _filled(source, column, row[column])
        faults += wrong
    finding = Finding(
        id=row["id"],
        chapter=source.chapter,
        severity=row["severity"],
        kind=row["kind"],
        claim=said["claim"],
        location=row["location"],
        against=said["against"],
        rows=named,
        check=row["check"],
        checked=row["checked"],
        holds=holds,
        line=line,
    )
    return finding, faults


def _filled(source: Sources, column: str, sentence: str) -> tuple[str, list[tuple[str, str]]]:
    """A sentence with its numbers computed, or as it stands with the fault of its recipes."""
    try:
        return sentences.fill(sentence, lambda call: evaluate(source, call, Reader())), []
    except (RecipeError, MissingDataError) as error:
        return sentence, [(column, str(error))]


def _ids(
    file: str, chapter: str, records: Iterable[tuple[int, Mapping[str, str]]]
) -> Iterator[Fault]:
    for line, row in records:
        if not row["id"].startswith(f"{chapter}."):
            yield Fault(file, line, "id", f"must begin with {chapter}., got {row['id']}")
