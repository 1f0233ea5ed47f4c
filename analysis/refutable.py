"""Could a check fail? One that holds whatever the data are proves nothing of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis import recipes
from analysis.cells import PRINTED, is_printed_date
from analysis.dictionary import Column
from analysis.inputs import FIELDS, MissingDataError, Reader, Sheet, Sources
from analysis.judging import certain, evaluate
from analysis.printed import Printed
from analysis.recipes import Call, Expression, Name, RecipeError

TRIES = 200
FACTORS = (0.0, 0.1, 0.5, 0.9, 1.1, 2.0, 10.0)
"""By what numbers are multiplied."""

PLACES = (-0.5, 0.0, 0.5, 1.0, 1.5)
"""Where a value is put between its limits."""


NUMBERS = ("number", "integer", "printed")
"""Types of columns that hold numbers."""


FILLED = "1"
"""What a cell can hold that was empty."""


def refutable(source: Sources, check: Call) -> bool:
    """Whether each condition of a check is false for some data like those of its chapter."""
    if check.function == "both":
        return all(isinstance(each, Call) and refutable(source, each) for each in check.arguments)
    random = np.random.default_rng(0)
    reader = Reader()
    evaluate(source, check, reader)
    numbers = [printed.text for printed in reader.read.values()]
    numbers += [str(each) for each in _parts(check) if isinstance(each, int | float)]
    texts = frozenset(each for each in _parts(check) if isinstance(each, str))
    # The recipe's table of every study is that of the studies.
    tables = {
        each.name.replace("every_study", "studies")
        for each in _parts(check)
        if isinstance(each, Name)
    }
    rows = [row for row in recipes.rows_named(check, source.reported) if row in source.reported]
    for _ in range(TRIES):
        sheets = {
            name: _moved_sheet(sheet, texts, random) if name in tables else sheet
            for name, sheet in source.sheets.items()
        }
        moved = {row: _moved_row(source.reported[row], numbers, random) for row in rows}
        elsewhere = replace(source, sheets=sheets, reported={**source.reported, **moved})
        try:
            if not certain(elsewhere, check):
                return True
        except (RecipeError, MissingDataError):
            continue
    return False


def _parts(expression: Expression) -> Iterator[Expression]:
    """An expression and all that it is made of."""
    yield expression
    if isinstance(expression, Call):
        for each in (*expression.arguments, *(value for _, value in expression.keywords)):
            yield from _parts(each)


def _moved_sheet(sheet: Sheet, texts: frozenset[str], random: np.random.Generator) -> Sheet:
    """A table with fewer rows, or with other cells in some of its columns."""
    kept = list(range(len(sheet.lines)))
    if random.random() < 0.3:
        kept = sorted(random.permutation(kept)[: random.integers(1, len(kept) + 1)].tolist())
    cells = {
        name: _moved_cells(
            [column[place] for place in kept], sheet.table.columns[name], texts, random
        )
        if random.random() < 0.3
        else [column[place] for place in kept]
        for name, column in sheet.cells.items()
    }
    return Sheet(sheet.table, [sheet.lines[place] for place in kept], cells)


def _moved_cells(
    cells: list[str], column: Column, texts: frozenset[str], random: np.random.Generator
) -> list[str]:
    """Other cells of a column: multiples of its numbers, or texts, first those the check names."""
    known = list(column.levels or dict.fromkeys([*cells, FILLED]))
    if column.type not in NUMBERS and random.random() < 0.5:
        few = [*texts.intersection(known), *random.permutation(known)[: random.integers(1, 4)]]
        return [str(text) for text in random.choice(sorted(few), len(cells))]
    if column.type in NUMBERS and random.random() < 0.5:
        factor = random.choice(FACTORS)
        return [_times(cell, factor) for cell in cells]
    return [cells[place] for place in random.integers(0, len(cells), len(cells))]


def _moved_row(
    row: Mapping[str, str], numbers: Sequence[str], random: np.random.Generator
) -> dict[str, str]:
    """A printed row with other numbers: multiplied, taken from elsewhere, moved in their limits."""
    moved = dict(row)
    fields = [name for name in FIELDS if row[name]]
    if row["kind"] == "date" or any(is_printed_date(row[name]) for name in fields):
        years = int(random.integers(-9, 10))
        return moved | {name: f"{int(row[name][:4]) + years}{row[name][4:]}" for name in fields}
    factor = random.choice(FACTORS)
    moved |= {name: _times(row[name], factor) for name in fields}
    if numbers and random.random() < 0.5:
        moved[random.choice(fields)] = str(random.choice(numbers))
    if len(fields) == len(FIELDS) and random.random() < 0.5:
        low, high = Printed(moved["lower"]), Printed(moved["upper"])
        value = low.number + random.choice(PLACES) * (high.number - low.number)
        moved["value"] = f"{value:.{low.decimals}f}"
    if "lower" in fields and "upper" in fields and random.random() < 0.3:
        moved["lower"], moved["upper"] = moved["upper"], moved["lower"]
    return moved


def _times(text: str, factor: float) -> str:
    """A printed number times a factor, with as many decimals; what is no number stays."""
    if not PRINTED.fullmatch(text):
        return text
    printed = Printed(text)
    return f"{printed.number * factor:.{printed.decimals}f}"
