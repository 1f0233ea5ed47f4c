"""What is allowed in the data and yet unlikely: said, and not refused."""

from collections.abc import Iterator, Mapping
from math import inf, log, sqrt
from pathlib import Path
from statistics import median

from analysis import studies, tables
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.printed import Printed
from analysis.statistics.checks import largest_sd
from analysis.verdicts import Verdict

ARMS = (("mean_treated", "sd_treated", "n_treated"), ("mean_control", "sd_control", "n_control"))

FEWEST = 8
"""Standard deviations of an outcome below which none of them can be told from the others."""

NARROW = 3.0
"""How many times smaller than the middle one a standard deviation must be to be suspicious."""


def suspicions(data: Path = DATA) -> list[Fault]:
    """Standard deviations that may be something else, and discrepancies that nobody explained.

    Of added rows, those that look like standard errors: far smaller than the others of the outcome,
    and nearer to them if multiplied by √n. Of any row, those too large for their mean on the scale
    of the outcome; a row of the published review keeps what is printed, and has a finding. A number
    that is discrepant before anybody has found why may be one that the recipe is wrong for.
    """
    of_studies = (
        fault
        for chapter in tables.chapters(data)
        if tables.has(chapter, "studies", data)
        for fault in (*_standard_errors(chapter, data), *_too_large(chapter, data))
    )
    return sorted([*of_studies, *_unexplained(data)])


def _unexplained(data: Path) -> Iterator[Fault]:
    for entry in ledger(data).entries.values():
        if entry.verdict is Verdict.DISCREPANT and not entry.explained:
            file = f"{data.name}/{entry.chapter}/reported.csv"
            message = (
                f"{entry.id} is discrepant and has no severity and explanation; before it is "
                "published, see whether other settings or another reading of the text give it"
            )
            yield Fault(file, entry.line, "explanation", message)


def _standard_errors(chapter: str, data: Path) -> Iterator[Fault]:
    added = {
        (row["study"], row["outcome"]): line
        for line, row in tables.records(chapter, "studies", data)
        if row["in_review"] == "no"
    }
    for name, outcome in studies.outcomes(chapter, data, in_review_only=False).items():
        for study, column, message in _far_smaller(outcome):
            if (study, name) in added:
                yield Fault(_file(chapter, data), added[study, name], column, message)


def _far_smaller(outcome: studies.Outcome) -> list[tuple[str, str, str]]:
    """Study, column and message of each cell that looks like a standard error."""
    cells = [
        (str(row["study"]), column, float(row[column]), float(row[size]))
        for row in outcome.rows.to_dict("records")
        for _, column, size in ARMS
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


def _too_large(chapter: str, data: Path) -> Iterator[Fault]:
    scales = tables.review(chapter, data)["outcomes"]
    for line, row in tables.records(chapter, "studies", data):
        scale = scales.get(row["outcome"], {})
        for mean, sd, n in ARMS:
            if "minimum" in scale and row.get(mean) and row.get(sd) and row.get(n):
                most = _most(row[mean], int(row[n]), scale)
                if Printed(row[sd]).ends[0] > most:
                    limits = f"a mean of {row[mean]} with n = {row[n]} on a scale "
                    limits += f"from {scale['minimum']:g}"
                    if "maximum" in scale:
                        limits += f" to {scale['maximum']:g}"
                    message = f"is too large: {limits} allows {most:.3g} at most, got {row[sd]}"
                    yield Fault(_file(chapter, data), line, sd, message)


def _most(mean: str, n: int, scale: Mapping[str, float]) -> float:
    """The largest standard deviation with a mean that prints so."""
    low, high = scale["minimum"], scale.get("maximum", inf)
    about = [min(max(end, low), high) for end in Printed(mean).ends]
    # It grows with the mean up to the middle of the scale, and falls beyond it.
    middle = min(max((low + high) / 2, about[0]), about[1])
    return max(largest_sd(at, n, low, high) for at in (*about, middle))


def _file(chapter: str, data: Path) -> str:
    return f"{data.name}/{chapter}/studies.csv"
