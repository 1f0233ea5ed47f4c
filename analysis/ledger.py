"""The ledger: every printed number with its verdict, and the findings that no one number shows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import recipes, sentences, tables
from analysis.dictionary import DATA
from analysis.faults import Fault, nearest
from analysis.inputs import FIELDS, Key, MissingDataError, Reader, Sources, sources
from analysis.recipe_functions import BASIS, FUNCTIONS, UnboundedError
from analysis.recipes import Call, RecipeError
from analysis.statistics.boxes import box
from analysis.verdicts import Claim, Judgement, Verdict, best, judge

SEVERITIES = ("conclusion", "number", "label")
"""Worst first: a conclusion fails, a number is wrong, a name or unit is."""


@dataclass(frozen=True)
class Entry:
    """One printed number with what follows from its recipe.

    `reported` and `recomputed` hold `value`, `lower`, `upper` as far as there are any; `bounds` the
    outer bounds where one was needed. `explained` says whether a person gave the explanation and
    severity of a discrepant row; without, its explanation is the bare arithmetic. `line` is that
    of reported.csv.
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
    transcription: str
    checked: bool
    line: int


@dataclass(frozen=True)
class Finding:
    """A contradiction between what is said and what stands against it, with its check."""

    id: str
    chapter: str
    severity: str
    claim: str
    location: str
    against: str
    rows: tuple[str, ...]
    check: str
    holds: bool
    line: int


@dataclass(frozen=True)
class Ledger:
    """Entries and findings of all chapters, and what is wrong with the files that hold them."""

    entries: Mapping[str, Entry]
    findings: Mapping[str, Finding]
    faults: tuple[Fault, ...]

    def of(self, chapter: str) -> list[Entry]:
        """The entries of a chapter, in the order of its file."""
        return [entry for entry in self.entries.values() if entry.chapter == chapter]

    def findings_of(self, chapter: str) -> list[Finding]:
        """The findings of a chapter, worst first."""
        found = [each for each in self.findings.values() if each.chapter == chapter]
        return sorted(found, key=lambda each: SEVERITIES.index(each.severity))

    def counts(self, chapter: str) -> dict[str, int]:
        """How many numbers a chapter has, and how many have each verdict."""
        verdicts = Counter(entry.verdict for entry in self.of(chapter))
        return {
            "reported": sum(verdicts.values()),
            **{verdict.value.replace(" ", "_"): verdicts[verdict] for verdict in Verdict},
        }


def check(data: Path = DATA) -> list[Fault]:
    """Every fault of the data: of the tables and, if they can be read, of the ledger."""
    return tables.check(data) or sorted(ledger(data).faults)


@cache
def ledger(data: Path = DATA) -> Ledger:
    """Evaluate the recipes and checks of every chapter."""
    chapters = tables.chapters(data)
    texts = {
        chapter: tables.load_text(chapter, "reported", data)
        for chapter in chapters
        if (data / chapter / "reported.csv").exists()
    }
    rows = {row["id"]: row for frame in texts.values() for _, row in _rows(frame)}
    entries: dict[str, Entry] = {}
    findings: dict[str, Finding] = {}
    faults: list[Fault] = []
    for chapter, frame in texts.items():
        source = sources(chapter, rows, data)
        file = f"{data.name}/{chapter}/reported.csv"
        faults += _ids(file, chapter, frame)
        circular = _circular(frame)
        for line, row in _rows(frame):
            entry, wrong = _entry(source, row, line, circular)
            entries[entry.id] = entry
            faults += [Fault(file, line, column, message) for column, message in wrong]
    for chapter in texts:
        if not (data / chapter / "findings.csv").exists():
            continue
        frame = tables.load_text(chapter, "findings", data)
        file = f"{data.name}/{chapter}/findings.csv"
        source = sources(chapter, rows, data)
        for line, row in _rows(frame):
            finding, wrong = _finding(source, row, line)
            findings[finding.id] = finding
            faults += [Fault(file, line, column, message) for column, message in wrong]
    return Ledger(entries, findings, tuple(faults))


def _rows(frame: pd.DataFrame) -> list[tuple[int, dict[str, str]]]:
    """The rows of a text table as mappings, each with its line."""
    return [
        (int(line), {str(name): str(cell) for name, cell in row.items()})
        for line, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]


def _entry(
    source: Sources, row: Mapping[str, str], line: int, circular: Iterable[str]
) -> tuple[Entry, list[tuple[str, str]]]:
    """The entry of a row, and its faults as pairs of column and message."""
    faults: list[tuple[str, str]] = []
    judgement = Judgement(Verdict.NOT_RECOMPUTABLE, {}, {})
    basis = settings = ""
    recipe, reason = row["recompute"], row["not_recomputable"]
    if bool(recipe) == bool(reason):
        how = "must be given, or a reason in not_recomputable" if not recipe else "must be empty"
        faults.append(("recompute", how + (" where a reason is given" if recipe else "")))
    elif row["id"] in circular:
        faults.append(("recompute", "depends on itself through the recipes of other rows"))
    elif recipe:
        try:
            judgement, basis, settings = _judge(source, row)
        except MissingDataError as error:
            reason = f"It waits for data that the paper does not print: {error}."
        except RecipeError as error:
            faults.append(("recompute", str(error)))
            judgement = Judgement(Verdict.UNDECIDED, {}, {})
    discrepant = judgement.verdict is Verdict.DISCREPANT
    for column in ("severity", "explanation"):
        if row[column] and not discrepant and not faults:
            faults.append((column, f"must be empty: the row is {judgement.verdict}"))
    explanation, wrong = _filled(source, "explanation", row["explanation"])
    faults += wrong
    if discrepant and not explanation:
        explanation = _arithmetic(judgement)
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
        transcription=row["transcription"],
        checked=row["checked"] == "yes",
        line=line,
    )
    return entry, faults


def _arithmetic(judgement: Judgement) -> str:
    """The bare arithmetic of a discrepant row that nobody has explained yet."""
    said = [
        f"{name} {value:.6g}" + (f" (from {low:.6g} to {high:.6g})" if high > low else "")
        for name, value in judgement.recomputed.items()
        for low, high in [judgement.bounds.get(name, (value, value))]
    ]
    return f"The recipe gives {', '.join(said)}. Nobody has explained the difference yet."


def _judge(source: Sources, row: Mapping[str, str]) -> tuple[Judgement, str, str]:
    call = recipes.parse(row["recompute"])
    claim = Claim(
        cells={name: row[name] for name in FIELDS},
        qualifier=row["qualifier"],
        exact=row["kind"] == "count" and row["qualifier"] != "~",
    )
    if call.function == "same":
        return _restated(source, call, row)
    choices = recipes.alternatives(call)
    judgements = [judge(claim, partial(_evaluate, source, choice)) for choice in choices]
    place = best(judgements)
    _refuse_confirming(source, choices[place], row["id"])
    return judgements[place], _basis(call), _settings(source, claim, choices, place)


def _evaluate(source: Sources, call: Call, reader: Reader) -> Any:
    named = {"row": partial(source.row, reader), "rows": partial(source.rows, reader)}
    return recipes.evaluate(call, {**FUNCTIONS, **named}, source.scope(reader))


def _restated(source: Sources, call: Call, row: Mapping[str, str]) -> tuple[Judgement, str, str]:
    """A number printed twice is one computation; its second place is right if it agrees."""
    [original] = recipes.rows_named(call) or [""]
    if original not in source.reported:
        known = nearest(original, source.reported)
        raise RecipeError(f"position {call.position}: no row {original!r}{known}")
    first = source.reported[original]
    fields = [name for name in FIELDS if row[name]]
    if not any(first[name] for name in fields):
        raise RecipeError(f"{original} prints none of {', '.join(fields)}")
    shared = [name for name in fields if first[name]]
    if row["kind"] == "date":
        agree = all(_same_date(row[name], first[name]) for name in shared)
        verdict = Verdict.RESTATED if agree else Verdict.DISCREPANT
        return Judgement(verdict, {}, {}), "summary", ""
    readings = {
        name: (Claim({name: row[name]}).printed[name], Claim({name: first[name]}).printed[name])
        for name in shared
    }
    agree = row["qualifier"] == first["qualifier"] and all(
        box(here.box).low <= there.box.high and there.box.low <= here.box.high
        for here, there in readings.values()
    )
    recomputed = {name: there.number for name, (_, there) in readings.items()}
    verdict = Verdict.RESTATED if agree else Verdict.DISCREPANT
    return Judgement(verdict, recomputed, {}), "summary", ""


def _same_date(first: str, second: str) -> bool:
    """Whether two dates agree as far as the coarser one goes."""
    return first.startswith(second) or second.startswith(first)


def _basis(call: Call) -> str:
    """What a verdict rests on: the farthest of study data, counted rows and printed summaries."""
    found = {BASIS.get(each.function, "summary") for each in recipes.calls(call)}
    return next(basis for basis in ("study-data", "count", "summary") if basis in found)


def _refuse_confirming(source: Sources, call: Call, identifier: str) -> None:
    """Refuse a recipe that reads a cell which was restored with the help of this very row."""
    reader = Reader()
    _evaluate(source, call, reader)
    for key in reader.read:
        if identifier in _confirmations(source, key):
            raise RecipeError(
                f"reads {key.column} of {key.table}.csv line {key.place}, which was restored "
                f"with the help of this row"
            )


def _confirmations(source: Sources, key: Key) -> list[str]:
    """The ids of the rows that confirmed a restored cell."""
    if key.table not in source.texts or "confirmed_by" not in source.texts[key.table]:
        return []
    row = source.texts[key.table].loc[int(key.place)]
    pairs = zip(row["restored"].split(";"), row["confirmed_by"].split(";"), strict=False)
    return [identifier for column, identifier in pairs if column == key.column]


def _settings(source: Sources, claim: Claim, choices: tuple[Call, ...], place: int) -> str:
    """The settings of a recipe: how each is known, and which others would fit as well."""
    said = []
    if len(choices) > 1:
        said.append(f"reading {place + 1} of {len(choices)} that the text admits")
    given = {
        name: str(value)
        for each in recipes.calls(choices[place])
        for name, value in each.keywords
        if name in ("method", "measure", "test", "i2_from") and isinstance(value, str)
    }
    review = tables.review(source.chapter, source.data)["as_published"]
    for name, value in given.items():
        entry = next(
            (
                e
                for e in review.values()
                if value in (e["value"] if isinstance(e["value"], list) else [e["value"]])
            ),
            None,
        )
        if entry is None or entry["basis"] == "stated":
            said.append(f"{name} {value}" + (" (stated)" if entry else ""))
            continue
        fits = [
            other
            for other in entry.get("tried", [])
            if _fits(source, claim, recipes.with_keyword(choices[place], name, other))
        ]
        tried = ", ".join(entry.get("tried", []))
        also = f"{', '.join(fits)} would fit as well" if fits else "none of them fits"
        said.append(f"{name} {value} (inferred; {tried} were tried, {also})")
    return "; ".join(said)


def _fits(source: Sources, claim: Claim, call: Call) -> bool:
    try:
        result = _evaluate(source, call, Reader())
    except RecipeError:
        return False
    parts = getattr(result, "parts", {"value": result})
    return all(claim.met(name, float(parts[name])) for name in claim.printed if name in parts)


def _finding(
    source: Sources, row: Mapping[str, str], line: int
) -> tuple[Finding, list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    holds = True
    if row["check"]:
        try:
            holds = _certain(source, recipes.parse(row["check"]))
            if not holds:
                faults.append(("check", "is not true: the finding does not hold"))
        except RecipeError as error:
            holds = False
            faults.append(("check", str(error)))
    named = tuple(part.strip() for part in row["rows"].split(";") if part.strip())
    faults += [
        ("rows", f"no row {each!r}{nearest(each, source.reported)}")
        for each in named
        if each not in source.reported
    ]
    said = {}
    for column in ("claim", "against"):
        said[column], wrong = _filled(source, column, row[column])
        faults += wrong
    finding = Finding(
        id=row["id"],
        chapter=source.chapter,
        severity=row["severity"],
        claim=said["claim"],
        location=row["location"],
        against=said["against"],
        rows=named,
        check=row["check"],
        holds=holds,
        line=line,
    )
    return finding, faults


def _filled(source: Sources, column: str, sentence: str) -> tuple[str, list[tuple[str, str]]]:
    """A sentence with its numbers computed, or as it stands with the fault of its recipes."""
    try:
        return sentences.fill(sentence, lambda call: _evaluate(source, call, Reader())), []
    except RecipeError as error:
        return sentence, [(column, str(error))]


def _certain(source: Sources, call: Call) -> bool:
    """Whether a condition is true for all that was rounded away, as far as it can be bounded."""
    try:
        return _evaluate(source, call, Reader(boxes=True)) is True
    except UnboundedError:
        return _evaluate(source, call, Reader()) is True


def _ids(file: str, chapter: str, frame: pd.DataFrame) -> Iterator[Fault]:
    for line, identifier in frame["id"].items():
        if not str(identifier).startswith(f"{chapter}."):
            yield Fault(file, int(str(line)), "id", f"must begin with {chapter}., got {identifier}")


def _circular(frame: pd.DataFrame) -> set[str]:
    """Ids of the rows whose recipes lead back to themselves."""
    graph: dict[str, list[str]] = {}
    for identifier, recipe in zip(frame["id"], frame["recompute"], strict=True):
        try:
            graph[identifier] = recipes.rows_named(recipes.parse(recipe)) if recipe else []
        except RecipeError:
            graph[identifier] = []
    found = set()
    for start in graph:
        seen: set[str] = set()
        ahead = list(graph[start])
        while ahead:
            following = ahead.pop()
            if following == start:
                found.add(start)
                break
            if following not in seen:
                seen.add(following)
                ahead += graph.get(following, [])
    return found
