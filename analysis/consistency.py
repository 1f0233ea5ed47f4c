"""Faults that no single cell shows: between the cells of a row, the rows of a table, two files."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import inf

import pandas as pd

from analysis.cells import NUMBER, PRINTED, is_printed_date
from analysis.dictionary import ARMS, EFFECT, EVENTS, RESULTS, Table
from analysis.faults import Fault, nearest, shown
from analysis.references import references
from analysis.statistics.effect_sizes import CONTINUOUS, COUNTED, RATIO_MEASURES
from analysis.yaml_files import Document, Place

MEANS = ("mean_treated", "mean_control")

DATED = ("date", "range")
"""The kinds of printed numbers that may be dates."""


def check(
    folder: str, texts: Mapping[str, pd.DataFrame], review: Document, known: Mapping[str, Table]
) -> Iterator[Fault]:
    """Faults of a chapter's text tables (indexed by line) and its review, taken together.

    `folder` is how faults call the chapter's folder. Columns that are missing have been reported
    elsewhere, and what depends on them is passed over.
    """
    ids = [cell for _, cell in _cells(texts.get("reported"), "id")]
    yield from _of_review(f"{folder}/review.yml", review, texts, ids)
    if review.content:
        for part, find in (("classification", _of_classification), ("doses", _of_doses)):
            for key, message in find(review.content.get(part, {}), texts, known):
                place = (part, key)
                file, line = f"{folder}/review.yml", review.line(place)
                yield Fault(file, line, f"{part}.{key}", message)
    if "studies" in texts:
        studies, name = texts["studies"], f"{folder}/studies.csv"
        moderators = [column.name for column in known["studies"].moderators]
        yield from _of_studies(name, studies, review, moderators)
        yield from _restored(name, studies, known["studies"].columns, ids)
    if "reported" in texts:
        yield from _of_reported(f"{folder}/reported.csv", texts["reported"])
    for table in ("findings", "cautions"):
        yield from _own(folder, f"{table}.csv", _cells(texts.get(table), "id"))
    cited = _cells(texts.get("cautions"), "reference")
    yield from _unknown(f"{folder}/cautions.csv", cited, "reference", references())
    if "flow" in texts:
        flow, name = texts["flow"], f"{folder}/flow.csv"
        boxes = [cell for _, cell in _cells(flow, "box")]
        yield from _unknown(name, _cells(flow, "parent"), "parent", boxes)
    if "pools" in texts:
        name, findings = f"{folder}/pools.csv", _cells(texts.get("findings"), "id")
        yield from _of_pools(name, texts["pools"], review)
        against = _cells(texts["pools"], "contradicted_by")
        yield from _unknown(name, against, "contradicted_by", [cell for _, cell in findings])
    if "certainty" in texts:
        pools = [cell for _, cell in _cells(texts.get("pools"), "pool")]
        name = f"{folder}/certainty.csv"
        yield from _unknown(name, _cells(texts["certainty"], "pool"), "pool", pools)
    if "contradictions" in texts:
        yield from _shared(f"{folder}/contradictions.csv", _cells(texts["contradictions"], "rows"))
    if "reported" in texts:
        yield from _results(folder, texts, known, ids)


def _cells(frame: pd.DataFrame | None, column: str) -> list[tuple[int, str]]:
    if frame is None or column not in frame:
        return []
    return [(int(str(line)), str(cell)) for line, cell in frame[column].items()]


def _rows(frame: pd.DataFrame) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a table with their filled cells by column."""
    names = [str(name) for name in frame.columns]
    columns = [frame[name].tolist() for name in names]
    for line, *row in zip(frame.index.tolist(), *columns, strict=True):
        yield int(line), {name: cell for name, cell in zip(names, row, strict=True) if cell != ""}


def _unknown(
    name: str, cells: Iterable[tuple[int, str]], column: str, known: Iterable[str]
) -> Iterator[Fault]:
    allowed = set(known)
    for line, cell in cells:
        if cell and cell not in allowed:
            message = f"is not known: {shown(cell)}{nearest(cell, sorted(allowed))}"
            yield Fault(name, line, column, message)


def _results(
    folder: str, texts: Mapping[str, pd.DataFrame], known: Mapping[str, Table], ids: list[str]
) -> Iterator[Fault]:
    """Cells that name reported numbers which are not there."""
    for table, frame in texts.items():
        for column in known[table].columns.values():
            if column.type == RESULTS:
                named = [
                    (line, part)
                    for line, cell in _cells(frame, column.name)
                    for part in cell.split(";")
                ]
                yield from _unknown(f"{folder}/{table}.csv", named, column.name, ids)


def _of_pools(name: str, pools: pd.DataFrame, review: Document) -> Iterator[Fault]:
    """Pools of outcomes that are not known, and conditions without one first pool."""
    if review.content:
        outcomes = review.content["outcomes"]
        yield from _unknown(name, _cells(pools, "outcome"), "outcome", outcomes)
    firsts: dict[str, int] = {}
    for line, row in _rows(pools):
        if row.get("role") == "first" and "condition" in row:
            if row["condition"] in firsts:
                message = (
                    f"must be first once for a condition, as in line {firsts[row['condition']]}"
                )
                yield Fault(name, line, "role", message)
            firsts.setdefault(row["condition"], line)


def _shared(name: str, cells: Iterable[tuple[int, str]]) -> Iterator[Fault]:
    """Numbers that stand in several contradictions, or twice in one."""
    first: dict[str, int] = {}
    for line, cell in cells:
        for part in filter(None, cell.split(";")):
            if part in first:
                message = f"must stand in one contradiction, and {part} is in line {first[part]}"
                yield Fault(name, line, "rows", message)
            first.setdefault(part, line)


def _own(folder: str, file: str, ids: Iterable[tuple[int, str]]) -> Iterator[Fault]:
    chapter = folder.rpartition("/")[2]
    for line, identifier in ids:
        if identifier and not identifier.startswith(f"{chapter}."):
            message = f"must begin with {chapter}., got {shown(identifier)}"
            yield Fault(f"{folder}/{file}", line, "id", message)


def _of_review(
    name: str, review: Document, texts: Mapping[str, pd.DataFrame], ids: list[str]
) -> Iterator[Fault]:
    if not review.content:
        return

    def fault(message: str, *place: str | int) -> Fault:
        return Fault(name, review.line(place), ".".join(map(str, place)), message)

    content = review.content
    named: list[tuple[Place, str, Iterable[str]]] = [(("source",), content["source"], references())]
    for number, entry in enumerate(content["living"]):
        named.append((("living", number, "outcome"), entry["outcome"], content["outcomes"]))
    for number, row in enumerate(content.get("headline", ()) if ids else ()):
        named.append((("headline", number), row, ids))
    for place, given, known in named:
        if given not in known:
            yield fault(f"is not known: {shown(given)}{nearest(given, known)}", *place)
    source = references().get(content["source"])
    if source and source.lacks:
        yield fault(f"{source.key} {source.lacks} in references.bib", "source")
    seen = set(ids)
    for number, entry in enumerate(content["living"]):
        chapter = name.split("/")[-2]
        if not entry["id"].startswith(f"{chapter}."):
            yield fault(f"must begin with {chapter}., got {entry['id']}", "living", number, "id")
        if entry["id"] in seen:
            yield fault(f"stands already for another result: {entry['id']}", "living", number, "id")
        seen.add(entry["id"])
    if "studies" in texts:
        used = {cell for _, cell in _cells(texts["studies"], "outcome")}
        for outcome in content["outcomes"]:
            if outcome not in used:
                yield fault("has no row in studies.csv", "outcomes", outcome)
    search = content["search"]
    if search["last_run"] > date.today().isoformat():
        yield fault(f"must not lie ahead, got {search['last_run']}", "search", "last_run")
    if search["next_due"] <= search["last_run"]:
        message = f"must be later than last_run, {search['last_run']}, got {search['next_due']}"
        yield fault(message, "search", "next_due")


RANKING = {
    **dict.fromkeys(("effect_above", "p_below", "i2_below", "reviews"), ("value",)),
    "second_effect": ("lower", "upper"),
    "second_i2_above": ("value",),
}
"""What a ranking rule takes of the reported numbers that are its limits."""


def _of_classification(
    rule: Mapping[str, str], texts: Mapping[str, pd.DataFrame], known: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """Tables, columns and limits of a ranking rule that are not there."""
    if not rule:
        return
    yield from _missing(
        rule, texts, "table", ("group",), ("reviews", "i2_lower", "i2_upper", "label")
    )
    yield from _missing(rule, texts, "recount_table", ("recount_column",))
    if "studies" not in texts or rule["group"] not in texts["studies"]:
        yield "group", f"must be a column of studies.csv too, got {shown(rule['group'])}"
    table = known.get(rule["table"])
    if table and rule["group"] in table.columns and not table.columns[rule["group"]].levels:
        yield "group", f"must be a column with levels, got {rule['group']}"
    for name, parts in RANKING.items():
        yield from _printed(texts, name, rule[name], parts)


def _of_doses(
    doses: Mapping[str, str], texts: Mapping[str, pd.DataFrame], _: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """Tables, columns and ranges of doses that are not there."""
    if "reported" in doses:
        yield from _printed(texts, "reported", doses["reported"], ("lower", "upper"))
    elif doses:
        columns = [name for name in ("low", "high", "unit_column") if name in doses]
        yield from _missing(doses, texts, "table", columns)


def _missing(
    given: Mapping[str, str],
    texts: Mapping[str, pd.DataFrame],
    table: str,
    columns: Iterable[str],
    needed: Iterable[str] = (),
) -> Iterator[tuple[str, str]]:
    """A table that the chapter has not, and `columns` that are given or `needed` and it has not."""
    if given[table] not in texts:
        yield (
            table,
            f"is no table of the chapter: {shown(given[table])}{nearest(given[table], texts)}",
        )
        return
    frame = texts[given[table]]
    for name in columns:
        if given[name] not in frame:
            hint = nearest(given[name], frame)
            yield name, f"is no column of {given[table]}: {shown(given[name])}{hint}"
    for name in needed:
        if name not in frame:
            yield table, f"must have the column {name}"


def _printed(
    texts: Mapping[str, pd.DataFrame], key: str, identifier: str, parts: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """A reported number that is not there, or is not printed with the parts that it needs."""
    rows = dict(_rows(texts["reported"])) if "reported" in texts else {}
    row = next((each for each in rows.values() if each.get("id") == identifier), None)
    if row is None:
        known = [each["id"] for each in rows.values() if "id" in each]
        yield key, f"is not known: {shown(identifier)}{nearest(identifier, known)}"
        return
    for part in parts:
        if not PRINTED.fullmatch(row.get(part, "")):
            yield key, f"must have a number as its {part}: {identifier}"


def _of_studies(
    name: str, studies: pd.DataFrame, review: Document, moderators: list[str]
) -> Iterator[Fault]:
    measures = _measures(review)
    if measures:
        yield from _unknown(name, _cells(studies, "outcome"), "outcome", measures)
    yield from _unknown(name, _cells(studies, "reference"), "reference", references())
    for line, year in _cells(studies, "year"):
        if NUMBER.fullmatch(year) and float(year) > date.today().year + 1:
            yield Fault(name, line, "year", f"must not lie ahead, got {year}")
    columns = set(map(str, studies.columns))
    scales = review.content["outcomes"] if review.content else {}
    for line, row in _rows(studies):
        faults = list(_of_row(row, columns))
        faults += _off_scale(row, scales.get(row.get("outcome", ""), {}))
        wanted = measures.get(row.get("outcome", ""), set())
        if not faults and columns.issuperset(ARMS) and not _waits(row):
            faults += [fault for measure in sorted(wanted) for fault in _unmeasured(row, measure)]
        yield from (Fault(name, line, column, message) for column, message in faults)
    yield from _changing(name, studies, ["year", *moderators])


def _measures(review: Document) -> dict[str, set[str]]:
    """The measures in which each outcome is computed, by outcome."""
    content = review.content or {"outcomes": {}, "living": []}
    measures = {outcome: {entry["measure"]} for outcome, entry in content["outcomes"].items()}
    for entry in content["living"]:
        if "measure" in entry and entry["outcome"] in measures:
            measures[entry["outcome"]].add(entry["measure"])
    return measures


def _of_row(row: Mapping[str, str], columns: set[str]) -> Iterator[tuple[str, str]]:
    """Columns of a row with what is wrong: a part without the rest, limits that hold nothing."""
    groups = [EFFECT, EVENTS if "events_treated" in row or "events_control" in row else ARMS]
    for group in groups:
        missing = [column for column in group if column not in row]
        if missing and len(missing) < len(group) and columns.issuperset(group):
            message = f"must not be empty while the rest of {', '.join(group)} is given"
            yield ", ".join(missing), message
    numbers = [float(row.get(name, "")) for name in EFFECT if NUMBER.fullmatch(row.get(name, ""))]
    if len(numbers) == len(EFFECT):
        effect, low, high = numbers
        if low >= high:
            yield "ci_low", f"must be less than ci_high {row['ci_high']}, got {row['ci_low']}"
        elif not low <= effect <= high:
            limits = f"ci_low {row['ci_low']} and ci_high {row['ci_high']}"
            yield "effect", f"must lie between {limits}, got {row['effect']}"


def _off_scale(row: Mapping[str, str], scale: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Columns of a row with a mean that no animals can have, by the scale of the outcome."""
    low, high = scale.get("minimum", -inf), scale.get("maximum", inf)
    allowed = f"at least {low:g}" if high == inf else f"from {low:g} to {high:g}"
    for column in MEANS:
        if NUMBER.fullmatch(row.get(column, "")) and not low <= float(row[column]) <= high:
            yield column, f"must be {allowed}, as review.yml says of it, got {row[column]}"


def _waits(row: Mapping[str, str]) -> bool:
    """Whether a row of the published review waits for data that the review doesn't print."""
    return row.get("in_review") == "yes" and not row.keys() & {*ARMS, *EFFECT, *EVENTS}


def _unmeasured(row: Mapping[str, str], measure: str) -> Iterator[tuple[str, str]]:
    """Columns of a row with what keeps its effect from being computed in a measure."""
    arms = ARMS if measure in CONTINUOUS else EVENTS if measure in COUNTED else EFFECT
    if row.keys() >= set(arms):
        positive: tuple[str, ...] = MEANS if measure == "ROM" else ()
    elif row.keys() >= set(EFFECT):
        positive = EFFECT if measure in RATIO_MEASURES else ()
    else:
        needed = " or ".join(", ".join(group) for group in dict.fromkeys((arms, EFFECT)))
        yield "", f"must give {needed}, from which {measure} follows"
        return
    for column in positive:
        if NUMBER.fullmatch(row[column]) and float(row[column]) <= 0:
            yield column, f"must be greater than 0 for {measure}, got {row[column]}"


def _restored(
    name: str, studies: pd.DataFrame, known: Iterable[str], ids: list[str]
) -> Iterator[Fault]:
    confirmed = dict(_cells(studies, "confirmed_by"))
    for line, cell in _cells(studies, "restored"):
        columns = [part for part in cell.split(";") if part]
        rows = [part for part in confirmed.get(line, "").split(";") if part]
        pairs = [(line, column) for column in columns]
        yield from _unknown(name, pairs, "restored", known)
        if ids:
            yield from _unknown(name, [(line, row) for row in rows], "confirmed_by", ids)
        if line in confirmed and len(rows) != len(columns):
            message = f"must have one id for each restored cell, {len(columns)}, got {len(rows)}"
            yield Fault(name, line, "confirmed_by", message)


def _of_reported(name: str, reported: pd.DataFrame) -> Iterator[Fault]:
    """Printed numbers whose parts don't go with their kind."""
    if not {"kind", "value", "lower", "upper", "transcription"} <= set(reported):
        return
    for line, row in _rows(reported):
        printed = {part: row[part] for part in ("value", "lower", "upper") if part in row}
        kind, limits = row.get("kind", ""), printed.keys() - {"value"}
        if kind == "range":
            if "value" in printed:
                yield Fault(name, line, "value", f"must be empty for a range, got {row['value']}")
            if not limits and row.get("transcription") != "illegible":
                yield Fault(name, line, "lower, upper", "must not both be empty for a range")
        elif "value" not in printed and row.get("transcription") != "illegible":
            yield Fault(name, line, "value", "must not be empty, unless it is a range or illegible")
        for part, cell in printed.items():
            if kind not in DATED and is_printed_date(cell):
                yield Fault(name, line, part, f"must be a number for this kind, got {cell}")
            if kind == "date" and PRINTED.fullmatch(cell) and len(cell) != len("YYYY"):
                message = f"must be YYYY-MM-DD, YYYY-MM or YYYY for a date, got {shown(cell)}"
                yield Fault(name, line, part, message)


def _changing(name: str, studies: pd.DataFrame, columns: list[str]) -> Iterator[Fault]:
    """What describes a study must be the same in every row of the study."""
    for column in columns:
        first: dict[str, tuple[int, str]] = {}
        cells = dict(_cells(studies, column))
        for line, study in _cells(studies, "study"):
            place, value = first.setdefault(study, (line, cells.get(line, "")))
            if cells.get(line, "") != value:
                message = f"must be the same in every row of {shown(study)}: "
                message += f"got {shown(cells[line])}, line {place} has {shown(value)}"
                yield Fault(name, line, column, message)
