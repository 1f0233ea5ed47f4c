"""What a cell of a column may hold: the rules that follow from the column's description."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from analysis.csv_files import LARGEST_CELL
from analysis.dictionary import Column
from analysis.faults import shown
from analysis.kinds import FORMULA, is_plain, today

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
PRINTED = re.compile(
    r"[-+−]?([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)?(\.[0-9]+)?(?<=[0-9])( × 10\^-?[0-9]{1,3})?"
    r"|10\^-?[0-9]{1,3}"
)
"""A printed number; `1.83 × 10^10` and `10^8` are some too."""
DECIMAL_COMMA = re.compile(r"[-+−]?[0-9]+,[0-9]+")
PRINTED_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
SPREADSHEET_DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1([0-9]{4}|[0-9]{2})")
"""A day as spreadsheets write it into a file that they were only to open."""
SPREADSHEET_MONTH = re.compile(
    r"([0-9]{1,2}-)?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2,4}"
    r"|[0-9]{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)
"""A day or month that a spreadsheet has made of something else, such as 9-Oct of 9-10."""
PRINTED_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
WORD = re.compile(r"[^\W\d_]+")
FOREIGN = re.compile(r"[^\x00-\x7f]+")
LOOK_ALIKES = frozenset(
    "аеорсухіјѕһԁԛԝвкмнтАЕОРСУХІЈЅҺԀԚԜВКМНТ"  # Cyrillic
    "οινϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek; those of units and names, as α, κ, µ and τ, look like none
    "ɑɡ"  # phonetic
)
"""Letters of other alphabets that look like Latin ones."""
OTHERS = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "HEBREW", "LISU"})
"""Alphabets of which no word has letters beside Latin ones, by the names of their letters."""
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that show nothing and are no control characters."""
RAISED = ("<super>", "<sub>", "<fraction>")
"""Kinds of characters that stand for plain ones and mean something else, such as ²."""


class Rule(NamedTuple):
    """What a cell must be, as a message says it, and the test; empty cells pass most.

    `hint` says of a cell that breaks the rule what is likely meant.
    """

    says: str
    holds: Callable[[str], bool]
    on_empty: bool = False
    hint: Callable[[str], str] = lambda cell: ""


def rules(column: Column) -> list[Rule]:
    """The rules of a column. A cell that is no number breaks none of those about its size."""
    found = [Rule("must not begin or end with a space", lambda cell: cell == cell.strip())]
    if column.required:
        found.insert(0, Rule("must not be empty", lambda cell: cell != "", on_empty=True))
    found += _of_type(column)
    found += _of_time(column)
    found += [Rule(says, _numbers_where(holds)) for says, holds in limits(column)]
    return found


def limits(column: Column) -> Iterator[tuple[str, Callable[[float], bool]]]:
    """What a number of a column must be, each as a message says it, with the test."""
    above, least, most = column.above, column.minimum, column.maximum
    if above is not None:
        yield f"must be greater than {above:g}", lambda number: number > above
    if least is not None:
        yield f"must be at least {least:g}", lambda number: number >= least
    if most is not None:
        yield f"must be at most {most:.15g}", lambda number: number <= most
    if column.until == "next year":
        yield "must not lie ahead", lambda number: number <= today().year + 1


def is_past_date(cell: str) -> bool:
    """Whether a text is a day that exists, as YYYY-MM-DD, and not one that lies ahead."""
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return False
    return day.isoformat() == cell and day <= today()


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


def _of_time(column: Column) -> Iterator[Rule]:
    """Rules of columns with days, or with days, months and years: they exist, and have come."""
    if column.since:
        says = f"must not be before {column.since}"
        yield Rule(says, lambda cell: not PRINTED_DAY.fullmatch(cell) or cell >= column.since)
    if column.until == "today" and column.type != "date":
        yield Rule("must be a date that exists and not lie ahead", _has_come)


def _has_come(cell: str) -> bool:
    cell = cell.strip()
    if not PRINTED_DAY.fullmatch(cell):
        return True  # a fault of its own
    return is_past_date(cell + "-01-01"[len(cell) - 4 :])


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
        "must not have letters that look like others, or show nothing",
        lambda cell: cell.isascii() or not _disguised(cell),
        hint=lambda cell: f" ({_disguised(cell)})",
    )
    yield Rule(
        "must not have characters garbled by another encoding",
        lambda cell: cell.isascii() or not garbled(cell),
        hint=lambda cell: f" ({' and '.join(f'{a} for {b}' for a, b in garbled(cell).items())}?)",
    )
    yield Rule(
        "must not be a date that a spreadsheet has made of something else",
        lambda cell: not SPREADSHEET_MONTH.fullmatch(cell.strip()),
    )
    if column.pattern:
        says = f"must be {column.pattern_says or column.pattern}"
        yield Rule(says, _matches(re.compile(column.pattern, re.ASCII)))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    # A space at the ends is a fault of its own.
    return lambda cell: pattern.fullmatch(cell.strip()) is not None


def _numbers_where(holds: Callable[[float], bool]) -> Callable[[str], bool]:
    return lambda cell: not _matches(NUMBER)(cell) or holds(float(cell))


def _are_levels(parts: list[str], column: Column) -> bool:
    return len(parts) == len(set(parts)) and all(part in column.levels for part in parts)


def garbled(text: str) -> dict[str, str]:
    """What of a text is UTF-8 that was read in another encoding, and what it was."""
    found = {}
    for run in FOREIGN.findall(text):
        try:
            meant = run.encode("cp1252").decode("utf-8")
        except UnicodeError:
            try:
                meant = run.encode("latin-1").decode("utf-8")
            except UnicodeError:
                continue
        found[run] = meant
    return found


def _disguised(text: str) -> str:
    """What of a text looks like something else, with what it is; empty if nothing does."""
    for letter in filter(lambda each: not each.isascii(), text):
        plain = unicodedata.normalize("NFKC", letter)
        if UNSEEN.match(letter):
            return unicodedata.name(letter, f"U+{ord(letter):04X}")
        raised = unicodedata.decomposition(letter).startswith(RAISED)
        wide = "WIDTH" in unicodedata.name(letter, "")
        if plain.isascii() and not raised and (wide or plain.isalnum()):
            return f"{unicodedata.name(letter)} for {plain}"
    for word in WORD.findall(text):
        if not word.isascii() and (letter := _foreign(word)):
            return f"{unicodedata.name(letter)} in {shown(word)}"
    return ""


def _foreign(word: str) -> str:
    """The first letter of a word that looks like a Latin one and is none; empty without one.

    A word that has no Latin letter may have some, if it has others besides.
    """
    alphabets = [unicodedata.name(letter, "").partition(" ")[0] for letter in word]
    latin = "LATIN" in alphabets
    plain = {letter: unicodedata.normalize("NFD", letter)[0] for letter in word}
    for letter, alphabet in zip(word, alphabets, strict=True):
        if latin and alphabet in OTHERS:
            return letter
        if plain[letter] in LOOK_ALIKES and (latin or LOOK_ALIKES.issuperset(plain.values())):
            return letter
    return ""
