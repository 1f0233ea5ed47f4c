"""What is wrong in a data file, and where."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_QUOTE = 60
LONGEST_NAME = 200
MOST_NAMES = 20


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: file (from the folder above the data), line (0: the whole file), column, what."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        """`file:line: column: message`, without what is not known."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


class FaultError(ValueError):
    """A fault that keeps a file from being used at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class UnknownError(ValueError):
    """A name that isn't known; the known one most like it is looked for once somebody reads it."""

    def __init__(self, message: str, word: str, known: Iterable[object]) -> None:
        super().__init__(message, word, known)

    def __str__(self) -> str:
        """The message with its hint."""
        message, word, known = self.args
        return f"{message}{nearest(word, known)}"


def short(text: str) -> str:
    """A text that is not too long for a message."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 3] + "..."


def shown(text: str) -> str:
    """A cell as a message quotes it: on one line, and not too long."""
    found = short(text)
    return repr(found) if found != found.strip() or not found.isprintable() else found


def listed(names: Sequence[str]) -> str:
    """Some names in a message, as many of them as a line takes."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def near(word: str, known: Iterable[object]) -> str:
    """The known name most like `word`; empty if none is like it."""
    if len(word) > LONGEST_NAME:
        return ""
    names = {str(name).lower(): str(name) for name in known}
    found = difflib.get_close_matches(word.lower(), names, 1, 0.6)
    return names[found[0]] if found else ""


def nearest(word: str, known: Iterable[object]) -> str:
    """The known name most like `word`, as the end of a message; empty if none is like it."""
    name = near(word, known)
    return f" (did you mean {name}?)" if name else ""
