"""Could a check fail? One that holds whatever the data are proves nothing of them."""

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random

from analysis import recipes
from analysis.cells import PRINTED, is_printed_date
from analysis.dictionary import Column
from analysis.inputs import EVERY, FIELDS, STUDIES, MissingDataError, Reader, Sheet, Sources
from analysis.judging import certain, completed, computed
from analysis.printed import Printed
from analysis.recipes import Call, Expression, Name, RecipeError

TRIES = 200
FACTORS = (0.0, 0.1, 0.5, 0.9, 1.1, 2.0, 10.0)
"""By what numbers are multiplied."""

FEW = (1, 2, 3)
"""How many rows suffice to be without effect, of which more are seldom left by chance."""

PLACES = (-0.5, 0.0, 0.5, 1.0, 1.5)
"""Where a value is put between its limits."""


NUMBERS = ("number", "integer", "printed")
"""Types of columns that hold numbers."""


STRICT = ("greater", "excludes")
"""Conditions that are true of all that prints so only if they are of what is printed."""

FILLED = "1"
"""What a cell can hold that was empty."""

MOST = 300
"""Rows of a table that a check is tried on: few moves refute what holds of many thousands."""


def refutable(source: Sources, check: Call) -> bool:
    """Whether each condition of a check is false for some data like those of its chapter."""
    if check.function == "both":
        return all(isinstance(each, Call) and refutable(source, each) for each in check.arguments)
    check, random = completed(source, check), Random(0)
    named = [each.name for each in _parts(check) if isinstance(each, Name)]
    # The recipe's table of every study is that of the studies.
    sheets = {
        name: source.sheets[name]
        for name in dict.fromkeys(STUDIES if name == EVERY else name for name in named)
    }
    reader, columns = Reader(), {name: _Columns(each.cells) for name, each in sheets.items()}
    watched = {name: replace(each, cells=columns[name]) for name, each in sheets.items()}
    computed(replace(source, sheets={**source.sheets, **watched}), check, reader)
    numbers = [printed.text for printed in reader.read.values()]
    numbers += [str(each) for each in _parts(check) if isinstance(each, int | float)]
    texts = frozenset(each for each in _parts(check) if isinstance(each, str))
    tables = {name: _tried(source, name, named, columns[name].read, texts) for name in sheets}
    rows = [row for row in recipes.rows_named(check, source.reported) if row in source.reported]
    reported = dict(source.reported)
    for _ in range(TRIES):
        moved_rows: dict[str, Mapping[str, str]] = {
            row: _moved_row(reported[row], numbers, random) for row in rows
        }
        moved_sheets = {
            name: _moved_sheet(sheet, columns[name].read, texts, random)
            for name, sheet in tables.items()
        }
        elsewhere = replace(
            source,
            sheets={**source.sheets, **moved_sheets},
            reported=ChainMap(moved_rows, reported),
        )
        try:
            if not _holds(elsewhere, check):
                return True
        except (RecipeError, MissingDataError):
            continue
    return False


def _holds(source: Sources, check: Call) -> bool:
    """Whether a condition is true, by what is printed alone where that suffices to refute it."""
    if check.function in STRICT:
        return computed(source, check, Reader()) is True
    return certain(source, check)


class _Columns(dict[str, Sequence[str]]):
    """The columns of a table, which remember that they were read: no other one can matter."""

    def __init__(self, cells: Mapping[str, Sequence[str]]) -> None:
        super().__init__(cells)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Sequence[str]:
        self.read.add(name)
        return super().__getitem__(name)


def _parts(expression: Expression) -> Iterator[Expression]:
    """An expression and all that it is made of."""
    yield expression
    if isinstance(expression, Call):
        for each in (*expression.arguments, *(value for _, value in expression.keywords)):
            yield from _parts(each)


def _tried(
    source: Sources,
    table: str,
    named: Collection[str],
    read: Collection[str],
    texts: frozenset[str],
) -> Sheet:
    """A table without rows that can't matter; of very many, those with the texts of the check."""
    sheet = source.sheets[table]
    every = table == STUDIES and EVERY in named
    places = source.scope(Reader())[EVERY if every else table].places
    if len(places) > MOST:
        columns = [sheet.cells[name] for name in read]
        held = [-sum(column[place] in texts for column in columns) for place in places]
        places = sorted(place for _, place in sorted(zip(held, places, strict=True))[:MOST])
    return _with_rows(sheet, places) if len(places) < len(sheet.lines) else sheet


def _with_rows(sheet: Sheet, places: Sequence[int]) -> Sheet:
    """A table with some of its rows."""
    cells = {name: [column[place] for place in places] for name, column in sheet.cells.items()}
    return Sheet(sheet.table, [sheet.lines[place] for place in places], cells)


def _moved_sheet(
    sheet: Sheet, read: Collection[str], texts: frozenset[str], random: Random
) -> Sheet:
    """A table with fewer rows, or with other cells in some of the columns that are read."""
    rows = len(sheet.lines)
    if rows and random.random() < 0.3:
        kept = min(rows, random.choice((*FEW, random.randint(1, rows))))
        sheet = _with_rows(sheet, sorted(random.sample(range(rows), kept)))
    cells = dict(sheet.cells)
    for name in sheet.cells:
        if name in read and random.random() < 0.3:
            cells[name] = _moved_cells(cells[name], sheet.table.columns[name], texts, random)
    return Sheet(sheet.table, sheet.lines, cells)


def _moved_cells(
    cells: Sequence[str], column: Column, texts: frozenset[str], random: Random
) -> list[str]:
    """Other cells of a column: multiples of its numbers, or texts, first those the check names."""
    if column.type in NUMBERS and random.random() < 0.5:
        factor = random.choice(FACTORS)
        return [_times(cell, factor) for cell in cells]
    if column.type not in NUMBERS and random.random() < 0.5:
        known = list(column.levels or dict.fromkeys([*cells, FILLED]))
        some = random.sample(known, min(len(known), random.randint(1, 3)))
        return random.choices(sorted({*texts.intersection(known), *some}), k=len(cells))
    return random.choices(cells, k=len(cells))


def _moved_row(row: Mapping[str, str], numbers: Sequence[str], random: Random) -> dict[str, str]:
    """A printed row with other numbers: multiplied, taken from elsewhere, moved in their limits."""
    moved = dict(row)
    fields = [name for name in FIELDS if row[name]]
    if row["kind"] == "date" or any(is_printed_date(row[name]) for name in fields):
        years = random.randint(-9, 9)
        return moved | {name: f"{int(row[name][:4]) + years}{row[name][4:]}" for name in fields}
    factor = random.choice(FACTORS)
    moved |= {name: _times(row[name], factor) for name in fields}
    if numbers and random.random() < 0.5:
        moved[random.choice(fields)] = random.choice(numbers)
    if len(fields) == len(FIELDS) and random.random() < 0.5:
        low, high = Printed(moved["lower"]), Printed(moved["upper"])
        value = low.number + random.choice(PLACES) * (high.number - low.number)
        moved["value"] = f"{value:.{low.decimals}f}"
    if "lower" in fields and "upper" in fields and random.random() < 0.3:
        moved["lower"], moved["upper"] = moved["upper"], moved["lower"]
    return moved


@lru_cache(maxsize=4096)
def _times(text: str, factor: float) -> str:
    """A printed number times a factor, with as many decimals; what is no number stays."""
    if not PRINTED.fullmatch(text):
        return text
    printed = Printed(text)
    return f"{printed.number * factor:.{printed.decimals}f}"
