"""What is allowed in the data and yet unlikely: said, and not refused."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import inf, log, sqrt
from pathlib import Path
from statistics import median

from analysis import cells, dictionary, studies, tables
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.inputs import FIELDS
from analysis.ledger import ledger
from analysis.living import estimates
from analysis.odd_rows import FEWEST, Rows, odd
from analysis.printed import Printed
from analysis.references import references
from analysis.statistics.checks import largest_sd
from analysis.verdicts import Verdict
from analysis.versions import releases

ARMS = (("mean_treated", "sd_treated", "n_treated"), ("mean_control", "sd_control", "n_control"))

MANY = 60
"""Numbers of which one should end with 0; that none does is as likely as 1 in 500."""

NARROW = 3.0
"""How many times smaller than the middle one a standard deviation must be to be suspicious."""

TOGETHER = 2.0
"""The same of the two standard deviations of a row together, by their geometric mean."""


def suspicions(data: Path = DATA) -> list[Fault]:
    """What may be something else than it is taken for, each with its place.

    Of added rows: standard errors in the place of standard deviations, rows unlike the others of
    their outcome, years and days that don't fit, and outcomes that no estimate takes. Of any row:
    standard deviations too large for their mean on the scale of the outcome; a row of the published
    review keeps what is printed, and has a finding. Of all files: zeros that were lost at the ends
    of numbers, and living estimates that are missing. A number that is discrepant before anybody
    has found why may be one that the recipe is wrong for.
    """
    own = (fault for chapter in tables.chapters(data) for fault in of_studies(chapter, data))
    return sorted([*own, *_unexplained(data), *lost_zeros(data)])


def lost_zeros(data: Path = DATA) -> list[Fault]:
    """Files whose numbers have lost zeros at their ends, as far as the files can be read."""
    found: list[Fault] = []
    for chapter in tables.chapters(data):
        for table, look in (("studies", _lost_zeros), ("reported", _lost_since_release)):
            with suppress(ValueError):  # has a fault of its own
                found += look(chapter, data) if tables.has(chapter, table, data) else ()
    return found


def of_studies(chapter: str, data: Path = DATA) -> Iterator[Fault]:
    """The suspicions that a chapter's study data give rise to."""
    if tables.has(chapter, "studies", data):
        for look in (_standard_errors, _too_large, _odd_rows, _of_time, _of_living):
            yield from look(chapter, data)


def _lines(chapter: str, data: Path) -> dict[tuple[str, str], tuple[int, Mapping[str, str]]]:
    """The rows of the study data, each with its line, by study and outcome."""
    return {
        (row["study"], row["outcome"]): (line, row)
        for line, row in tables.records(chapter, "studies", data)
    }


def _added(chapter: str, data: Path) -> list[tuple[int, Mapping[str, str]]]:
    return [each for each in _lines(chapter, data).values() if each[1]["in_review"] == "no"]


def _odd_rows(chapter: str, data: Path) -> Iterator[Fault]:
    lines = _lines(chapter, data)
    for name, outcome in studies.outcomes(chapter, data, in_review_only=False).items():
        rows = [lines[str(study), name] for study in outcome.rows["study"]]
        for each in odd(Rows(outcome, [row for _, row in rows])):
            yield Fault(_file(chapter, data), rows[each.place][0], each.column, each.message)


def _of_time(chapter: str, data: Path) -> Iterator[Fault]:
    """Added rows whose year is not that of their label or reference, or that are too old."""
    review, known = tables.review(chapter, data), references()
    for line, row in _added(chapter, data):
        named = re.findall(r"\b(?:19|20)[0-9]{2}\b", row["study"])
        cited = known[row["reference"]].year if row["reference"] != review["source"] else ""
        for year, whose in ((named[-1] if named else "", "label"), (cited, "reference")):
            if year and year != row["year"] and review.get("units", "studies") == "studies":
                message = f"is not that of its {whose}, {year}, got {row['year']}"
                yield Fault(_file(chapter, data), line, "year", message)
        for day, whose in ((review["search"]["last_run"], "search"), (review["added"], "chapter")):
            if row["added"] < str(day)[: len(row["added"])]:
                message = f"is before the day of the {whose}, {day}, got {row['added']}"
                yield Fault(_file(chapter, data), line, "added", message)
                break


def _of_living(chapter: str, data: Path) -> Iterator[Fault]:
    """Living estimates that are missing, and added rows that none of them takes."""
    review, rows = tables.review(chapter, data), _lines(chapter, data).values()
    taken, known = {entry["outcome"] for entry in review["living"]}, estimates(data)
    for entry in review["living"]:
        given = any(row["outcome"] == entry["outcome"] and _numbers(row) for _, row in rows)
        if entry["id"] not in known and given:
            file = f"{data.name}/{chapter}/review.yml"
            message = f"{entry['id']} has no estimate, though rows of studies.csv have numbers"
            yield Fault(file, 0, "living", message)
    for line, row in _added(chapter, data) if taken else ():
        if row["outcome"] not in taken:
            message = f"is in no living estimate of review.yml: {row['outcome']}"
            yield Fault(_file(chapter, data), line, "outcome", message)


def _numbers(row: Mapping[str, str]) -> bool:
    return any(row.get(column) for column in (*dictionary.ARMS, *dictionary.EFFECT))


def _lost_zeros(chapter: str, data: Path) -> Iterator[Fault]:
    """Study data of which not one number ends with a zero behind its point."""
    decimals = [
        cell
        for _, row in _lines(chapter, data).values()
        for cell in row.values()
        if cells.NUMBER.fullmatch(cell) and "." in cell
    ]
    if len(decimals) >= MANY and not any(cell.endswith("0") for cell in decimals):
        message = f"not one of {len(decimals)} numbers ends with 0 behind its point; a spreadsheet "
        yield Fault(_file(chapter, data), 0, "", f"{message}may have dropped the zeros")


def _lost_since_release(chapter: str, data: Path) -> Iterator[Fault]:
    """Printed numbers that have fewer digits than in the last release, and the same value."""
    last = releases.releases(data)[-1:]
    before = {entry["id"]: entry["reported"] for each in last for entry in each.document["results"]}
    file = f"{data.name}/{chapter}/reported.csv"
    lost = []
    for line, row in tables.records(chapter, "reported", data):
        for part in FIELDS:
            cell, was = row[part], before.get(row["id"], {}).get(part) or ""
            if (
                "." in was
                and was != cell
                and was.startswith(cell)
                and not was[len(cell) :].strip(".0")
            ):
                message = f"has lost zeros at its end since the last release: {was} is {cell}"
                lost.append(Fault(file, line, part, message))
    if lost:
        like = f" (and {len(lost) - 1} like it)" if len(lost) > 1 else ""
        yield replace(lost[0], message=f"{lost[0].message}{like}")


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
    added = {(row["study"], row["outcome"]): line for line, row in _added(chapter, data)}
    for name, outcome in studies.outcomes(chapter, data, in_review_only=False).items():
        found = [*_far_smaller(outcome), *_together_smaller(outcome)]
        for study, column, message in {each[0]: each for each in reversed(found)}.values():
            if (study, name) in added:
                yield Fault(_file(chapter, data), added[study, name], column, message)


def _far_smaller(outcome: studies.Outcome) -> list[tuple[str, str, str]]:
    """Study, column and message of each cell that looks like a standard error."""
    spreads = [
        (str(row["study"]), column, float(row[column]), float(row[size]))
        for row in outcome.rows.to_dict("records")
        for _, column, size in ARMS
        if column in row and row[column] == row[column]
    ]
    if len(spreads) < FEWEST:
        return []
    middle = median(sd for _, _, sd, _ in spreads)
    return [
        (
            study,
            column,
            f"may be a standard error: {sd:g} is far below {middle:g}, the middle of the outcome, "
            f"and times the root of n = {n:g} it would be {sd * sqrt(n):.2g}",
        )
        for study, column, sd, n in spreads
        if middle / sd > NARROW and abs(log(sd * sqrt(n) / middle)) < abs(log(sd / middle))
    ]


def _together_smaller(outcome: studies.Outcome) -> Iterator[tuple[str, str, str]]:
    """Study, columns and message of rows whose two arms together look like standard errors."""
    rows = outcome.rows[studies.filled(outcome.rows, dictionary.ARMS)]
    if len(rows) < FEWEST:
        return
    sds, roots = (
        (rows[f"{what}_treated"].astype(float) * rows[f"{what}_control"].astype(float)) ** power
        for what, power in (("sd", 0.5), ("n", 0.25))
    )
    middle = float(sds.median())
    for study, sd, root in zip(rows["study"], sds, roots, strict=True):
        if middle / sd > TOGETHER and abs(log(sd * root / middle)) < abs(log(sd / middle)):
            message = (
                f"may be standard errors: together, {sd:.2g}, they are far below {middle:.2g}, "
            )
            message += (
                f"the middle of the outcome, and times the root of n they would be {sd * root:.2g}"
            )
            yield str(study), "sd_treated, sd_control", message


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
