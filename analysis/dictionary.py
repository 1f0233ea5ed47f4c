"""What the data dictionary says: the tables of a chapter and their columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import yaml_files
from analysis.faults import Fault, FaultError
from analysis.folders import DATA
from analysis.once import once
from analysis.yaml_files import Document

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

    `levels` maps each allowed code to its meaning; `above` excludes its own value, `minimum` and
    `maximum` don't. A column that is `optional` may be left out of a file.
    """

    name: str
    title: str
    description: str
    type: str
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
    example: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """One table: its key (columns whose values together stand once) and its columns by name."""

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]

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
    merged: dict[str, dict[str, Any]] = {}
    for file in paths:
        name = file.relative_to(root).as_posix()
        document = yaml_files.read(file, name)
        try:
            for table, entry in (document.content or {}).items():
                before = merged.get(table, {"columns": {}})
                columns = {**before["columns"], **entry["columns"]}
                merged[table] = {**before, **entry, "columns": columns}
        except (AttributeError, KeyError, TypeError):
            raise _fault(document, "must hold tables with their columns") from None
    return {table: _table(document, table, entry) for table, entry in merged.items()}


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
    return [*found, *filter(None, [column.pattern_says])]


def _table(document: Document, name: str, entry: Mapping[str, Any]) -> Table:
    columns = {
        column: _column(document, name, column, spec) for column, spec in entry["columns"].items()
    }
    for part in ("title", "description", "key"):
        if part not in entry:
            raise _fault(document, "is missing", name, part)
    for column in entry["key"]:
        if column not in columns:
            raise _fault(document, f"must name columns of the table, got {column}", name, "key")
    return Table(
        name=name,
        title=entry["title"],
        description=entry["description"].strip(),
        key=tuple(entry["key"]),
        columns=columns,
    )


def _column(document: Document, table: str, name: str, spec: Mapping[str, Any]) -> Column:
    try:
        entry = {**spec, "example": str(spec.get("example", ""))}
        entry["optional"] = entry.pop("optional_column", False)
        entry["description"] = entry["description"].strip()
        return Column(name=name, **entry)
    except (AttributeError, KeyError, TypeError) as error:
        message = f"is no description of a column: {error}"
        raise _fault(document, message, table, "columns", name) from None


def _fault(document: Document, message: str, *place: str) -> FaultError:
    return FaultError(Fault(document.name, document.line(place), ".".join(place), message))
