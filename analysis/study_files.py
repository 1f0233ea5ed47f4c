"""Effects from a CSV file of any program: which columns are meant, and which rows hold numbers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis import csv_files, studies, tables
from analysis.cells import DECIMAL_COMMA
from analysis.csv_files import TextTable
from analysis.faults import Fault, FaultError, listed, near, nearest, short, shown
from analysis.folders import DATA
from analysis.statistics import effect_sizes
from analysis.statistics.effect_sizes import EffectSizes

METAFOR = {
    "n_treated": ("n1i", "ai+bi"),
    "mean_treated": ("m1i",),
    "sd_treated": ("sd1i",),
    "n_control": ("n2i", "ci+di"),
    "mean_control": ("m2i",),
    "sd_control": ("sd2i",),
    "events_treated": ("ai",),
    "events_control": ("ci",),
    "effect": ("yi",),
    "variance": ("vi",),
    "se": ("sei",),
}
"""The names of the R package metafor, which are read too; `+` stands for a sum of two columns."""

OTHERS = {
    "n_treated": ("total 1", "experimental n", "n_arm1", "totaln_arm1"),
    "mean_treated": ("mean 1", "experimental mean", "mean_arm1"),
    "sd_treated": ("sd 1", "experimental sd", "sd_arm1"),
    "events_treated": ("events 1", "experimental cases", "event_arm1"),
    "n_control": ("total 2", "control n", "n_arm2", "totaln_arm2"),
    "mean_control": ("mean 2", "control mean", "mean_arm2"),
    "sd_control": ("sd 2", "control sd", "sd_arm2"),
    "events_control": ("events 2", "control cases", "event_arm2"),
    "effect": ("effect estimate",),
}
"""Names of Review Manager 5, of its web version and of Metapsy, which are said and not read.

Their files have totals, outcomes and comparisons of one study among their rows: which rows are to
be pooled is for a person to say.
"""

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
MISSING = ("", "NA")


@dataclass(frozen=True)
class StudyFile:
    """What was read from a file.

    `outcome` is that of its rows, or "" where it names none; `taken` says what a column with
    another name was taken as; `left_out` are the lines of rows without any of the numbers, and
    `double_zeros` those of trials with events in no arm, or with nothing else in both.
    """

    effects: EffectSizes
    outcome: str
    taken: Mapping[str, str]
    left_out: tuple[int, ...]
    double_zeros: tuple[int, ...]


class _Column(NamedTuple):
    """A column of a file: its name there, and its place, or those of its parts."""

    name: str
    places: tuple[int, ...]

    def cell(self, row: Sequence[str]) -> str:
        """Its text in a row; of a sum, what keeps it from being one."""
        parts = [row[place].strip() for place in self.places]
        wrong = next((part for part in parts if not NUMBER.fullmatch(part)), "")
        return parts[0] if wrong or len(parts) == 1 else repr(sum(map(float, parts)))


class _Row(NamedTuple):
    """A row: its line, its outcome, and its cells by the columns that may be needed."""

    line: int
    outcome: str
    cells: Mapping[str, str]

    @property
    def waits(self) -> bool:
        """Whether it has none of the numbers yet."""
        return all(cell in MISSING for cell in self.cells.values())

    def given(self, sets: Sequence[Sequence[str]]) -> Sequence[str]:
        """The first set of columns that it has complete or, without one, that is most nearly so."""

        def share(columns: Sequence[str]) -> float:
            return sum(self.cells[column] not in MISSING for column in columns) / len(columns)

        return max(sets, key=share)


def read(
    path: Path, measure: str, outcome: str | None = None, *, drop00: bool = False
) -> StudyFile:
    """The effects of a CSV file, or of standard input for `-`, in the order of its rows.

    Names of columns may be in capitals, between spaces, or metafor's, whose `yi` is on the scale of
    analysis. Of several outcomes in a file one has to be named. `drop00` leaves out the effects of
    `double_zeros`. Raises ValueError, which says in
    one line what is wrong, and where.
    """
    name = "standard input" if str(path) == "-" else str(path)
    table = _table(path, name)
    columns = _columns(table.header, measure, name)
    try:
        sets = studies.column_sets(list(columns), measure)
    except ValueError as error:
        raise ValueError(f"{name}: {error}; {_others(table.header, columns, measure)}") from None
    needed = dict.fromkeys(column for each in sets for column in each)
    outcomes = columns.get("outcome")
    if outcome is not None and outcomes is None:
        raise ValueError(f"{name}: has no column outcome")
    every = [
        _Row(
            line,
            outcomes.cell(row) if outcomes else "",
            {column: columns[column].cell(row) for column in needed},
        )
        for line, row in zip(table.lines, table.rows, strict=True)
        if any(row)
    ]
    chosen = _one_outcome(every, outcome, name)
    rows = [row for row in chosen if not row.waits]
    if not rows:
        of = "" if outcome is None else f" of {short(outcome)!r}"
        raise ValueError(f"{name}: no row{of} has a number in {', '.join(needed)}")
    numbers = _numbers(rows, sets, columns, name)
    used = {column for row in numbers for column in row}
    if "effect" in used and columns["effect"].name.lower() == "yi":
        for row in numbers:
            if "effect" in row:
                row["effect"] = float(effect_sizes.natural_scale(row["effect"], measure))
    lines = [row.line for row in rows]
    effects = _effects(numbers, lines, measure, name)
    double = studies.double_zeros(pd.DataFrame(numbers), measure)
    if drop00 and double.all():
        raise ValueError(f"{name}: every trial has events in no arm, or nothing else in both")
    if drop00:
        effects = EffectSizes(effects.yi[~double], effects.vi[~double], measure)
    return StudyFile(
        effects=effects,
        outcome=rows[0].outcome,
        taken={
            columns[column].name: column
            for column in needed
            if column in used and columns[column].name.lower() != column
        },
        left_out=tuple(row.line for row in chosen if row.waits),
        double_zeros=tuple(line for line, so in zip(lines, double, strict=True) if so),
    )


def measure_of(path: Path, outcome: str | None) -> str | None:
    """The measure of an outcome if the file is a table of the book's own studies.

    Raises ValueError for an outcome that its chapter does not have.
    """
    folder = path.resolve().parent
    if outcome is None or folder.parent != DATA or not (folder / "review.yml").exists():
        return None
    known = tables.review(folder.name)["outcomes"]
    if outcome not in known:
        raise ValueError(f"{path}: {_no_outcome(outcome, known)}")
    return str(known[outcome]["measure"])


def _table(path: Path, name: str) -> TextTable:
    try:
        if str(path) == "-":
            with open(0, "rb", closefd=False) as file:
                raw = file.read()
        else:
            raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{name}: cannot be read: {error.strerror}") from None
    table, faults = csv_files.parse(raw, name)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ValueError(f"{faults[0]}{more}")
    if table is None or not any(map(any, table.rows)):
        raise ValueError(f"{name}: has a header and no row")
    return table


def _columns(header: Sequence[str], measure: str, name: str) -> dict[str, _Column]:
    """The columns that may be needed, by their names in the book.

    Raises FaultError for one of them that stands twice; any other may, or have no name at all.
    """
    places: dict[str, list[int]] = {}
    for place, given in enumerate(header):
        places.setdefault(given.strip().lower(), []).append(place)
    found = {}
    possible = (column for columns in studies.possible_columns(measure) for column in columns)
    for column in dict.fromkeys([*possible, "outcome"]):
        for option in (column, *METAFOR.get(column, ())):
            parts = option.split("+")
            if all(part in places for part in parts):
                for part in parts:
                    if len(places[part]) > 1:
                        raise FaultError(Fault(name, 1, part, "stands twice in the header"))
                at = tuple(places[part][0] for part in parts)
                found[column] = _Column("+".join(header[place].strip() for place in at), at)
                break
    return found


def _others(header: Sequence[str], columns: Mapping[str, _Column], measure: str) -> str:
    """The columns that a file has, and which of those that a measure needs they may be."""
    names = [name for name in map(str.strip, header) if name]
    possible = {column for each in studies.possible_columns(measure) for column in each}
    wanted = sorted(possible - set(columns))
    meant: dict[str, str] = {}
    for guess in (_in_another_program, lambda name: near(name, wanted)):
        for name in names:
            column = guess(name.lower())
            if column in wanted and name not in meant.values() and name not in studies.KNOWN:
                meant.setdefault(column, name)
    hint = ", ".join(f"{column} for {shown(name)}" for column, name in meant.items())
    found = f"its columns are {listed([shown(name) for name in names])}"
    return f"{found} (did you mean {hint}?)" if hint else found


def _in_another_program(name: str) -> str:
    """What a column of another program's file holds; R has points in the place of spaces."""
    plain = name.replace(".", " ")
    return next((column for column, names in OTHERS.items() if plain in names), "")


def _one_outcome(rows: Sequence[_Row], outcome: str | None, name: str) -> list[_Row]:
    """The rows of the outcome that is named or, if none is, that is the only one with numbers."""
    known = list(dict.fromkeys(row.outcome for row in rows if outcome is not None or not row.waits))
    if outcome is None and len(known) > 1:
        several = listed([repr(short(each)) for each in known])
        raise ValueError(f"{name}: the column outcome has {several}; choose one with --outcome")
    if outcome is not None and outcome not in known:
        raise ValueError(f"{name}: {_no_outcome(outcome, known)}")
    return [row for row in rows if row.outcome in (known if outcome is None else [outcome])]


def _no_outcome(outcome: str, known: Collection[str]) -> str:
    hint = nearest(outcome, known) or f"; there are {listed([repr(short(each)) for each in known])}"
    return f"no outcome {short(outcome)!r}{hint}"


def _numbers(
    rows: Sequence[_Row],
    sets: Sequence[Sequence[str]],
    columns: Mapping[str, _Column],
    name: str,
) -> list[dict[str, float]]:
    """The numbers of each row by the columns that give its effect. Raises FaultError for text."""
    wrong = [
        (row.line, columns[column].name, row.cells[column])
        for row in rows
        for column in row.given(sets)
        if not NUMBER.fullmatch(row.cells[column])
    ]
    if wrong:
        line, column, cell = wrong[0]
        message = f"must be a number, got {short(cell)!r}"
        if DECIMAL_COMMA.fullmatch(cell):
            alike = sum(DECIMAL_COMMA.fullmatch(other) is not None for *_, other in wrong) - 1
            message += "; decimals need a point" + (f" (and {alike} like it)" if alike else "")
        raise FaultError(Fault(name, line, column, message))
    return [{column: float(row.cells[column]) for column in row.given(sets)} for row in rows]


def _effects(
    numbers: Sequence[Mapping[str, float]], lines: Sequence[int], measure: str, name: str
) -> EffectSizes:
    """The effects of all rows. Raises ValueError that names the line of one that gives none."""
    try:
        return studies.effects_of(pd.DataFrame(list(numbers)), measure)
    except ValueError:
        for line, row in zip(lines, numbers, strict=True):
            try:
                studies.effects_of({column: [number] for column, number in row.items()}, measure)
            except ValueError as error:
                raise ValueError(f"{name}:{line}: {str(error).replace('[0]', '')}") from None
        raise
