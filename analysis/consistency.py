"""Faults that no single cell shows: between the cells of a row, the rows of a table, two files."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from math import inf

from analysis import relations
from analysis.cells import NUMBER, PRINTED, is_printed_date, limits
from analysis.csv_files import TextTable
from analysis.dictionary import ARMS, EFFECT, EVENTS, Column, Table
from analysis.faults import Fault, nearest, shown
from analysis.kinds import today
from analysis.printed import Printed
from analysis.references import references
from analysis.relations import Chapter, unknown
from analysis.statistics.effect_sizes import (
    CONTINUOUS,
    COUNTED,
    RATIO_MEASURES,
    natural_scale,
)
from analysis.yaml_files import Document, Place

MEANS = ("mean_treated", "mean_control")
SIZES = {"n_treated", "n_control"}
"""What may be known of the arms of an effect."""
SDS = ("sd_treated", "sd_control")
SPREADS = (*MEANS, *SDS)
LEAST_SPREAD = 1e-6
"""The least that a standard deviation can be of the largest number of its row."""

DATED = ("date", "range")
"""The kinds of printed numbers that may be dates."""


def check(
    folder: str,
    texts: Mapping[str, TextTable],
    review: Document,
    known: Mapping[str, Table],
    unread: Collection[str] = (),
) -> Iterator[Fault]:
    """Faults of a chapter's text tables (indexed by line) and its review, taken together.

    `folder` is how faults call the chapter's folder; `unread` are tables that can't be read to the
    end. Columns that are missing have been reported elsewhere, and what depends on them is passed
    over.
    """
    chapter = Chapter(folder, texts, review, known, references(), unread)
    yield from relations.check(chapter)
    for table in texts:
        related = known[table].intervals or any(each.by for each in known[table].columns.values())
        for line, row in chapter.rows(table) if related else ():
            for found in (*_of_kinds(row, known[table]), *_of_intervals(row, known[table])):
                yield Fault(chapter.file(table), line, *found)
    yield from _of_review(chapter)
    yield from _of_studies(chapter)
    yield from _restored(chapter)
    yield from _of_reported(chapter)


def _of_review(chapter: Chapter) -> Iterator[Fault]:
    name, review = f"{chapter.folder}/review.yml", chapter.review
    if not review.content:
        return
    ids = list(chapter.reported)

    def fault(message: str, *place: str | int) -> Fault:
        return Fault(name, review.line(place), ".".join(map(str, place)), message)

    content = review.content
    named: list[tuple[Place, str, Iterable[str]]] = [(("source",), content["source"], references())]
    for number, entry in enumerate(content["living"]):
        named.append((("living", number, "outcome"), entry["outcome"], content["outcomes"]))
    for number, row in enumerate(content.get("headline", ()) if ids else ()):
        named.append((("headline", number), row, ids))
    for key, outcome in content["outcomes"].items():
        low, high = outcome.get("minimum", -inf), outcome.get("maximum", inf)
        if low >= high:
            message = f"must be less than maximum, {high:g}, got {low:g}"
            yield fault(message, "outcomes", key, "minimum")
    for place, given, known in named:
        if given not in known:
            yield fault(f"is not known: {shown(given)}{nearest(given, known)}", *place)
    source = references().get(content["source"])
    if source and source.lacks:
        yield fault(f"{source.key} {source.lacks} in references.bib", "source")
    seen = set(ids)
    for number, entry in enumerate(content["living"]):
        beginning = f"{chapter.folder.rpartition('/')[2]}."
        if not entry["id"].startswith(beginning):
            yield fault(f"must begin with {beginning}, got {entry['id']}", "living", number, "id")
        if entry["id"] in seen:
            yield fault(f"stands already for another result: {entry['id']}", "living", number, "id")
        seen.add(entry["id"])
    if "studies" in chapter.texts and "studies" not in chapter.unread:
        used = {cell for _, cell in chapter.cells("studies", "outcome")}
        for outcome in content["outcomes"]:
            if outcome not in used:
                yield fault("has no row in studies.csv", "outcomes", outcome)
    search = content["search"]
    if search["last_run"] > today().isoformat():
        yield fault(f"must not lie ahead, got {search['last_run']}", "search", "last_run")
    if search["next_due"] <= search["last_run"]:
        message = f"must be later than last_run, {search['last_run']}, got {search['next_due']}"
        yield fault(message, "search", "next_due")


def _of_studies(chapter: Chapter) -> Iterator[Fault]:
    if "studies" not in chapter.texts:
        return
    name, measures = chapter.file("studies"), _measures(chapter.review)
    columns = set(chapter.texts["studies"].header)
    scales = chapter.review.content["outcomes"] if chapter.review.content else {}
    for line, row in chapter.rows("studies"):
        faults = list(_of_row(row, columns))
        faults += _off_scale(row, scales.get(row.get("outcome", ""), {}))
        wanted = measures.get(row.get("outcome", ""), set())
        if not faults and columns.issuperset(ARMS) and not _waits(row):
            faults += [fault for measure in sorted(wanted) for fault in _unmeasured(row, measure)]
        if not faults and row.keys() >= {*ARMS, *EFFECT}:
            faults += _two_effects(row, scales.get(row.get("outcome", ""), {}).get("measure", ""))
        yield from (Fault(name, line, column, message) for column, message in faults)
    moderators = [column.name for column in chapter.known["studies"].moderators]
    yield from _changing(chapter, ["year", *moderators])


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
        sizes_alone = row.keys() & set(group) <= SIZES and row.keys() >= set(EFFECT)
        if 0 < len(missing) < len(group) and columns.issuperset(group) and not sizes_alone:
            message = f"must not be empty while the rest of {', '.join(group)} is given"
            yield ", ".join(missing), message
    spreads = {name: float(row[name]) for name in SPREADS if NUMBER.fullmatch(row.get(name, ""))}
    size = max(map(abs, spreads.values()), default=0)
    for column in SDS:
        if 0 < spreads.get(column, size) < LEAST_SPREAD * size:
            yield column, f"is too small beside the numbers of its row, got {row[column]}"


def _of_kinds(row: Mapping[str, str], table: Table) -> Iterator[tuple[str, str]]:
    """Columns of a row whose cell is not of the kind that another cell of the row names."""
    for column in table.columns.values():
        number = _number(row, column) if column.by else None
        for by in column.by:
            kind = column.kinds.get(row.get(by, ""))
            if kind is None or number is None:
                continue
            broken = [says for says, holds in limits(kind) if not holds(number)]
            if kind.type == "integer" and number % 1:
                broken.append("must be a whole number")
            for says in broken[:1]:
                yield column.name, f"{says} for {by} {row[by]}, got {row[column.name]}"


def _of_intervals(row: Mapping[str, str], table: Table) -> Iterator[tuple[str, str]]:
    """Columns of a row with limits that are not in order, or an estimate outside of them."""
    for interval in table.intervals:
        lower, upper = interval.lower, interval.upper
        low, high, estimate = (
            _number(row, table.columns[name]) if name else None
            for name in (lower, upper, interval.estimate)
        )
        if low is None or high is None or any(_says(row, each) for each in interval.unless):
            continue
        if low > high or (interval.width and low == high):
            yield lower, f"must be less than {upper} {row[upper]}, got {row[lower]}"
        elif estimate is not None and not low <= estimate <= high:
            ends = f"{lower} {row[lower]} and {upper} {row[upper]}"
            got = f"got {row[interval.estimate]}"
            yield interval.estimate, f"must lie between {ends}, {got}"


def _number(row: Mapping[str, str], column: Column) -> float | None:
    """What stands in a column, if it is a number; a date is none."""
    cell = row.get(column.name, "")
    form = PRINTED if column.type == "printed" else NUMBER
    if not form.fullmatch(cell) or is_printed_date(cell):
        return None
    try:
        return Printed(cell).number
    except ValueError:  # of a power that nothing is computed with
        return None


def _says(row: Mapping[str, str], what: str) -> bool:
    """Whether a column is filled or, of column=text, has this text."""
    column, _, text = what.partition("=")
    return row.get(column, "") == text if text else column in row


def _off_scale(row: Mapping[str, str], scale: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Columns of a row with a mean that no animals can have, by the scale of the outcome."""
    low, high = scale.get("minimum", -inf), scale.get("maximum", inf)
    allowed = f"at least {low:g}" if high == inf else f"from {low:g} to {high:g}"
    for column in MEANS:
        if low >= high:
            return  # a fault of the scale
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


def _two_effects(row: Mapping[str, str], measure: str) -> Iterator[tuple[str, str]]:
    """The effect of a row whose arms give another one, outside of its interval."""
    numbers = [row[name] for name in (*ARMS, *EFFECT)]
    if measure not in CONTINUOUS or not all(map(NUMBER.fullmatch, numbers)):
        return
    *arms, _, low, high = map(float, numbers)
    try:
        yi = CONTINUOUS[measure](*([arm] for arm in arms)).yi
    except ValueError:  # of a cell that is a fault of its own
        return
    given = float(natural_scale(yi, measure)[0])
    if low < high and not low <= given <= high:
        message = f"must agree with the arms of its row, which give {given:.3g}, outside of "
        yield "effect", f"{message}{row['ci_low']} to {row['ci_high']}, got {row['effect']}"


def _restored(chapter: Chapter) -> Iterator[Fault]:
    name, ids = chapter.file("studies"), list(chapter.reported)
    known = chapter.known["studies"].columns
    confirmed = dict(chapter.cells("studies", "confirmed_by"))
    for line, cell in chapter.cells("studies", "restored"):
        columns = [part for part in cell.split(";") if part]
        rows = [part for part in confirmed.get(line, "").split(";") if part]
        pairs = [(line, column) for column in columns]
        yield from unknown(name, pairs, "restored", known)
        if ids:
            yield from unknown(name, [(line, row) for row in rows], "confirmed_by", ids)
        if line in confirmed and len(rows) != len(columns):
            message = f"must have one id for each restored cell, {len(columns)}, got {len(rows)}"
            yield Fault(name, line, "confirmed_by", message)


def _of_reported(chapter: Chapter) -> Iterator[Fault]:
    """Printed numbers whose parts don't go with their kind."""
    name, text = chapter.file("reported"), chapter.texts.get("reported")
    if text is None or not {"kind", "value", "lower", "upper", "transcription"} <= set(text.header):
        return
    for line, row in chapter.rows("reported"):
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


def _changing(chapter: Chapter, columns: list[str]) -> Iterator[Fault]:
    """What describes a study must be the same in every row of the study."""
    name = chapter.file("studies")
    for column in columns:
        first: dict[str, tuple[int, str]] = {}
        cells = dict(chapter.cells("studies", column))
        for line, study in chapter.cells("studies", "study"):
            place, value = first.setdefault(study, (line, cells.get(line, "")))
            if cells.get(line, "") != value:
                message = f"must be the same in every row of {shown(study)}: "
                message += f"got {shown(cells[line])}, line {place} has {shown(value)}"
                yield Fault(name, line, column, message)
