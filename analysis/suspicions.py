"""What is allowed in the data and yet unlikely: said, and not refused."""

from math import log, sqrt
from pathlib import Path
from statistics import median

from analysis import studies, tables
from analysis.faults import Fault
from analysis.folders import DATA

ARMS = (("sd_treated", "n_treated"), ("sd_control", "n_control"))

FEWEST = 8
"""Standard deviations of an outcome below which none of them can be told from the others."""

NARROW = 3.0
"""How many times smaller than the middle one a standard deviation must be to be suspicious."""


def suspicions(data: Path = DATA) -> list[Fault]:
    """Standard deviations of added rows that look like standard errors, by file, line and column.

    One does if it is far smaller than the others of its outcome, and if multiplied by √n it would
    be nearer to the middle of them than it is.
    """
    found = []
    for chapter in tables.chapters(data):
        if not tables.has(chapter, "studies", data):
            continue
        text = tables.load_text(chapter, "studies", data)
        added = {
            (str(row["study"]), str(row["outcome"])): int(str(line))
            for line, row in zip(text.index, text.to_dict("records"), strict=True)
            if row["in_review"] == "no"
        }
        file = f"{data.name}/{chapter}/studies.csv"
        for name, outcome in studies.outcomes(chapter, data, in_review_only=False).items():
            found += [
                Fault(file, added[study, name], column, message)
                for study, column, message in _of(outcome)
                if (study, name) in added
            ]
    return sorted(found)


def _of(outcome: studies.Outcome) -> list[tuple[str, str, str]]:
    """Study, column and message of each suspicious cell."""
    cells = [
        (str(row["study"]), column, float(row[column]), float(row[size]))
        for row in outcome.rows.to_dict("records")
        for column, size in ARMS
        if column in row and row[column] == row[column]
    ]
    if len(cells) < FEWEST:
        return []
    middle = median(sd for _, _, sd, _ in cells)
    return [
        (
            study,
            column,
            f"may be a standard error: {sd:g} is far below {middle:g}, the middle of the outcome, "
            f"and times the root of n = {n:g} it would be {sd * sqrt(n):.2g}",
        )
        for study, column, sd, n in cells
        if middle / sd > NARROW and abs(log(sd * sqrt(n) / middle)) < abs(log(sd / middle))
    ]
