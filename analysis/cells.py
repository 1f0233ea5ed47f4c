"""What a cell of a column may hold: the rules that follow from the column's description."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from analysis.csv_files import LARGEST_CELL
from analysis.dictionary import Column
from analysis.kinds import FORMULA, is_plain

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
PRINTED = re.compile(
    r"[-+−]?([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)?(\.[0-9]+)?(?<=[0-9])( × 10\^-?[0-9]{1,3})?"
    r"|10\^-?[0-9]{1,3}"
)
"""A printed number; `1.83 × 10^10` and `10^8` are some too."""
DECIMAL_COMMA = re.compile(r"[-+−]?[0-9]+,[0-9]+")
PRINTED_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
WORD = re.compile(r"[^\W\d_]+")
LOOK_ALIKES = frozenset("аеорсухіјѕһԁԛԝвкмнтАЕОРСУХІЈЅҺԀԚԜВКМНТ")
"""Cyrillic letters that look like Latin ones."""


class Rule(NamedTuple):
    """What a cell must be, as a message says it, and the test; empty cells pass most."""

    says: str
    holds: Callable[[str], bool]
    on_empty: bool = False


def rules(column: Column) -> list[Rule]:
    """The rules of a column. A cell that is no number breaks none of those about its size."""
    found = [Rule("must not begin or end with a space", lambda cell: cell == cell.strip())]
    if column.required:
        found.insert(0, Rule("must not be empty", lambda cell: cell != "", on_empty=True))
    found += _of_type(column)
    for says, limit, holds in (
        ("must be greater than", column.above, lambda number, limit: number > limit),
        ("must be at least", column.minimum, lambda number, limit: number >= limit),
        ("must be at most", column.maximum, lambda number, limit: number <= limit),
    ):
        if limit is not None:
            found.append(Rule(f"{says} {limit:g}", _numbers_where(holds, limit)))
    return found


def is_past_date(cell: str) -> bool:
    """Whether a text is a day that exists, as YYYY-MM-DD, and not one that lies ahead."""
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return False
    return day.isoformat() == cell and day <= date.today()


def is_printed_date(cell: str) -> bool:
    """Whether a text is a day or a month that exists, as YYYY-MM-DD or YYYY-MM."""
    try:
        date.fromisoformat(cell if len(cell) == 10 else f"{cell}-01")
    except ValueError:
        return False
    return PRINTED_DATE.fullmatch(cell) is not None


def _of_type(column: Column) -> Iterator[Rule]:
    levels = ", ".join(column.levels)
    match column.type:
        case "integer":
            yield Rule("must be a whole number in the digits 0-9", _matches(INTEGER))
        case "number":
            says = "must be a number in the digits 0-9 with a point, without unit or separators"
            yield Rule(says, _matches(NUMBER))
        case "date":
            says = "must be a date that exists, as YYYY-MM-DD, and not lie ahead"
            yield Rule(says, lambda cell: is_past_date(cell.strip()))
        case "choice":
            yield Rule(f"must be one of {levels}", lambda cell: cell.strip() in column.levels)
        case "choices":
            says = f"must be some of {levels}, with ; between them and each once"
            yield Rule(says, lambda cell: _are_levels(cell.strip().split(";"), column))
        case "printed":
            says = (
                "must be a number in the characters as printed, without unit, or a date that exists"
            )
            yield Rule(
                f"{says}, as YYYY-MM-DD or YYYY-MM",
                lambda cell: _matches(PRINTED)(cell) or is_printed_date(cell.strip()),
            )
        case _:
            yield from _of_text(column)


def _of_text(column: Column) -> Iterator[Rule]:
    yield Rule(
        "must not begin with = + - or @, with which spreadsheets begin a formula",
        lambda cell: not cell.lstrip().startswith(FORMULA),
    )
    yield Rule(f"must have at most {LARGEST_CELL} characters", lambda c: len(c) <= LARGEST_CELL)
    yield Rule(
        "must be on one line, with single plain spaces and without control characters",
        lambda cell: "  " not in cell.strip() and is_plain(cell.strip()),
    )
    yield Rule(
        "must have its accents composed (Unicode NFC)",
        lambda cell: unicodedata.is_normalized("NFC", cell),
    )
    yield Rule(
        "must not have Cyrillic letters in the place of Latin ones",
        lambda cell: cell.isascii() or not any(map(_is_disguised, WORD.findall(cell))),
    )
    if column.pattern:
        says = f"must be {column.pattern_says or column.pattern}"
        yield Rule(says, _matches(re.compile(column.pattern, re.ASCII)))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    # A space at the ends is a fault of its own.
    return lambda cell: pattern.fullmatch(cell.strip()) is not None


def _numbers_where(holds: Callable[[float, float], bool], limit: float) -> Callable[[str], bool]:
    return lambda cell: not _matches(NUMBER)(cell) or holds(float(cell), limit)


def _are_levels(parts: list[str], column: Column) -> bool:
    return len(parts) == len(set(parts)) and all(part in column.levels for part in parts)


def _is_disguised(word: str) -> bool:
    """Whether a word mixes Latin with Cyrillic letters, or has only Cyrillic ones that look so."""
    cyrillic = {letter for letter in word if "Ѐ" <= letter <= "ԯ"}
    return bool(cyrillic) and (cyrillic != set(word) or cyrillic <= LOOK_ALIKES)
