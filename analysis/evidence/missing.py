"""What is missing: the data that a chapter waits for, and how many numbers wait for it."""

from dataclasses import dataclass
from pathlib import Path

from analysis import tables
from analysis.dictionary import ARMS, EFFECT
from analysis.folders import DATA
from analysis.ledger import Entry, ledger
from analysis.recipes import Name, calls, parse
from analysis.verdicts import Verdict


@dataclass(frozen=True)
class Missing:
    """Rows of study data without results: how many, of how many studies, which columns are empty.

    `waiting` is the number of reported numbers with a recipe that these rows would settle.
    """

    chapter: str
    rows: int
    studies: int
    columns: tuple[str, ...]
    waiting: int


def missing(data: Path = DATA) -> tuple[Missing, ...]:
    """What each chapter with study data still waits for; chapters that wait for nothing are out."""
    found = []
    for chapter in tables.chapters(data):
        if not tables.has(chapter, "studies", data):
            continue
        frame = tables.load(chapter, "studies", data)
        columns = [name for name in dict.fromkeys((*ARMS, *EFFECT)) if name in frame]
        empty = frame[frame[columns].isna().all(axis=1)]
        waiting = [
            entry
            for entry in ledger(data).of(chapter)
            if entry.verdict is Verdict.NOT_RECOMPUTABLE and _pools_studies(entry)
        ]
        if len(empty) and waiting:
            wanted = [name for name in ARMS if name in frame] or columns
            studies = int(empty["study"].nunique())
            found.append(Missing(chapter, len(empty), studies, tuple(wanted), len(waiting)))
    return tuple(found)


def _pools_studies(entry: Entry) -> bool:
    """Whether its recipe reads the study data; a check of form alone does not wait for them."""
    return bool(entry.recipe) and any(
        isinstance(argument, Name) and argument.name == "studies"
        for call in calls(parse(entry.recipe))
        for argument in call.arguments
    )
