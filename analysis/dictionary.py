"""What the data dictionary says: the tables of a chapter and their columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis import yaml_files
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.folders import DATA
from analysis.once import once
from analysis.yaml_files import Document, Place

TYPES = (
    "text",
    "integer",
    "number",
    "date",
    "choice",
    "choices",
    "printed",
    "sentence",
    "results",
)
Kind = Mapping[str, Any]
KINDS = "kinds"
"""Where the shared dictionary says what kinds of cells there are; no table has this name."""

ARMS = ("n_treated", "mean_treated", "sd_treated", "n_control", "mean_control", "sd_control")
EVENTS = ("events_treated", "n_treated", "events_control", "n_control")
EFFECT = ("effect", "ci_low", "ci_high")
"""Columns of the study data: of two arms with means or with events, or of an effect."""

SENTENCE = "sentence"
"""Type of the columns whose numbers are computed: each is a recipe in braces."""
RESULTS = "results"
"""Type of the columns that name reported numbers by their ids, with ; between them."""


@dataclass(frozen=True)
class Column:
    """One column, with its meaning and what a cell may hold.

    `kind` is the type or kind that the dictionary gives it, `type` what that is at bottom.
    `levels` maps each allowed code to its meaning; `above` excludes its own value, `minimum` and
    `maximum` don't, and neither do `since` and `until`, the limits of dates. `of` is what names a
    cell, `names` are the kinds of numbers that it may name, `one` is whether it names one alone;
    `by` are the columns that say of which of the `kinds` a cell is. A column that is `optional`
    may be left out of a file.
    """

    name: str
    title: str
    description: str
    type: str
    kind: str = ""
    unit: str = ""
    required: bool = False
    optional: bool = False
    moderator: bool = False
    levels: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""
    pattern_says: str = ""
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    since: str = ""
    until: str = ""
    of: str = ""
    names: Sequence[str] = ()
    one: bool = False
    by: Sequence[str] = ()
    kinds: Mapping[str, "Column"] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True)
class Interval:
    """Columns of a table with limits, ordered, and an estimate that lies between them.

    `unless` names columns, or cells as column=text, by which a row says that its source prints
    other limits. An interval that has a `width` has no equal limits.
    """

    lower: str
    upper: str
    estimate: str = ""
    unless: Sequence[str] = ()
    width: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """One table: its key (columns whose values together stand once), its columns and intervals."""

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    intervals: tuple[Interval, ...] = ()

    @property
    def moderators(self) -> tuple[Column, ...]:
        """The columns by which a chapter's studies can be grouped."""
        return tuple(column for column in self.columns.values() if column.moderator)


@once
def tables(chapter: str | None = None, data: Path = DATA) -> Mapping[str, Table]:
    """The tables that chapters share, with what `chapter` adds in its own dictionary.

    Raises FaultError that names the file and the entry for a dictionary that is not well formed.
    """
    return described(files(chapter, data), data.parent)


def described(paths: Iterable[Path], root: Path) -> Mapping[str, Table]:
    """The tables that some dictionaries describe together, a later one adding to those before.

    Raises FaultError as `tables` does; it calls a file by its path from `root`.
    """
    found: dict[str, Table] = {}
    kinds: Mapping[str, Kind] = {}
    for position, file in enumerate(paths):
        document = yaml_files.read(file, file.relative_to(root).as_posix())
        try:
            content = dict(document.content or {})
            if position == 0:
                kinds = content.pop(KINDS, {})
                _check_kinds(document, kinds)
            for name, entry in content.items():
                found[name] = _table(document, name, entry, found.get(name), kinds)
        except (AttributeError, KeyError, TypeError):
            raise _fault(document, (), "must hold tables with their columns") from None
    return found


def files(chapter: str | None = None, data: Path = DATA) -> list[Path]:
    """The dictionaries that hold for a chapter: the shared one and, if there is one, its own."""
    own = [] if chapter is None else [data / chapter / "dictionary.yml"]
    return [data / "dictionary.yml", *(path for path in own if path.exists())]


def rules(column: Column) -> list[str]:
    """What holds for the cells of a column besides its type and levels, in words."""
    limits = {"above": ">", "minimum": "≥", "maximum": "≤"}
    found = [
        f"{sign} {getattr(column, name):g}"
        for name, sign in limits.items()
        if getattr(column, name) is not None
    ]
    said = [
        column.pattern_says,
        f"from {column.since}" if column.since else "",
        f"until {column.until}" if column.until else "",
        f"one of {column.of}" if column.of else "",
        f"names {' or '.join(column.names)}" if column.names else "",
        "one id" if column.one else "",
    ]
    return [*found, *filter(None, said)]


LIMITS = ("above", "minimum", "maximum", "since", "until")
KEPT = ("pattern", "of", "names", "one", "by")
"""What a later description of a column may set where the one before it says nothing."""


def _loosened(before: Column, after: Column) -> str:
    """What of a column a later description of it loosens; empty if it only narrows it."""
    lost = set(after.levels) - set(before.levels) if before.levels else ()
    for name in ("type", *KEPT):
        if getattr(before, name) and getattr(before, name) != getattr(after, name):
            return name
    if lost:
        return "levels"
    if before.required and not after.required:
        return "required"
    if after.optional and not before.optional:
        return "optional_column"
    for name in LIMITS:
        was, now = getattr(before, name), getattr(after, name)
        if was in (None, ""):
            continue
        least = name in ("above", "minimum", "since")
        if now in (None, "") or (now < was if least else now > was):
            return name
    return ""


def _check_kinds(document: Document, kinds: Mapping[str, Kind]) -> None:
    for name, said in kinds.items():
        if said["type"] not in TYPES:
            message = f"must be one of {', '.join(TYPES)}, got {shown(str(said['type']))}"
            raise _fault(document, (KINDS, name, "type"), message)


def _table(
    document: Document,
    name: str,
    entry: Mapping[str, Any],
    before: Table | None,
    kinds: Mapping[str, Kind],
) -> Table:
    """A table; `before` is what an earlier dictionary says of it."""
    if name == KINDS:
        raise _fault(document, (name,), "must stand in the dictionary of all chapters")
    known = before.columns if before else {}
    columns = {
        column: _column(document, (name, "columns", column), spec, known.get(column), kinds)
        for column, spec in entry["columns"].items()
    }
    columns = {**known, **columns}
    intervals = tuple(Interval(**each) for each in entry.get("intervals", ()))
    if before:
        for part in ("title", "description", "key"):
            if part in entry:
                raise _fault(document, (name, part), "is said by the dictionary of all chapters")
        return replace(before, columns=columns, intervals=(*before.intervals, *intervals))
    for part in ("title", "description", "key"):
        if part not in entry:
            raise _fault(document, (name, part), "is missing")
    named = [("key", column) for column in entry["key"]]
    for interval in intervals:
        ends = (interval.lower, interval.upper, interval.estimate)
        unless = (each.partition("=")[0] for each in interval.unless)
        named += [("intervals", column) for column in (*ends, *unless) if column]
    for part, column in named:
        if column not in columns:
            raise _fault(document, (name, part), f"must name columns of the table, got {column}")
    return Table(
        name=name,
        title=entry["title"],
        description=entry["description"].strip(),
        key=tuple(entry["key"]),
        columns=columns,
        intervals=intervals,
    )


def _column(
    document: Document,
    place: Place,
    spec: Mapping[str, Any],
    before: Column | None,
    kinds: Mapping[str, Kind],
) -> Column:
    """A column; what an earlier dictionary says of it holds where `spec` says nothing."""
    entry = dict(spec)
    for part in () if before else ("title", "description", "type"):
        if part not in entry:
            raise _fault(document, (*place, part), "is missing")
    kind = entry.pop("type", before.kind if before else "")
    if kind not in TYPES and kind not in kinds:
        hint = nearest(kind, [*TYPES, *kinds]) or f"; there are {', '.join([*TYPES, *kinds])}"
        raise _fault(document, (*place, "type"), f"is not known: {shown(str(kind))}{hint}")
    general = _column_of(kind, kinds)
    for name, given in (("optional", "optional_column"), ("example", "example")):
        if given in entry:
            entry[name] = type(getattr(general, name))(entry.pop(given))
    if "description" in entry:
        entry["description"] = entry["description"].strip()
    if before and "type" not in spec:
        column = replace(before, **entry)
    else:
        described = {} if before is None else _words(before)
        column = replace(general, name=str(place[-1]), **{**described, **entry})
    if column.by:
        column = replace(column, kinds={name: _column_of(name, kinds) for name in kinds})
    widest = replace(general, optional=True)
    for other, who in ((widest, f"the kind {kind}"), (before, "the dictionary of all chapters")):
        if other and (loosened := _loosened(other, column)):
            message = f"must not loosen what {who} says"
            raise _fault(document, (*place, loosened), message)
    return column


def _column_of(kind: str, kinds: Mapping[str, Kind]) -> Column:
    """A column of which nothing is known but its kind."""
    said = {"type": kind, **kinds.get(kind, {})}
    return Column(**{"name": kind, "title": "", **said, "description": "", "kind": kind})


def _words(column: Column) -> dict[str, Any]:
    """What a column says that no kind does."""
    return {name: getattr(column, name) for name in ("title", "description", "unit", "example")}


def _fault(document: Document, place: Place, message: str, *, line: bool = True) -> FaultError:
    at = document.line(place) if line else 0
    return FaultError(Fault(document.name, at, ".".join(map(str, place)), message))
