"""Doses of all chapters on common axes, as far as their units can be brought together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from analysis import tables
from analysis.dictionary import tables as dictionary
from analysis.folders import DATA
from analysis.ledger import ledger
from analysis.printed import Printed

CONVERTED: Mapping[str, tuple[str, float]] = {
    "ug": ("µg", 1.0),
    "mg": ("µg", 1e3),
    "mg/kg": ("µg/kg", 1e3),
    "Particles": ("particles", 1.0),
}
"""Units that are another one times a factor; mass, particles, volume and cells are not."""

AXES = ("µg", "µg/kg", "particles", "particles/kg")
"""Units that an axis is drawn for."""


@dataclass(frozen=True)
class Dose:
    """A dose, or a range of doses, in one unit; nan where an end is not known."""

    chapter: str
    low: float
    high: float
    unit: str


def doses(data: Path = DATA) -> list[Dose]:
    """Every dose that the chapters declare in their review.yml."""
    return [
        dose
        for chapter in tables.chapters(data)
        if "doses" in tables.review(chapter, data)
        for dose in _of(chapter, data)
    ]


def ranges(found: Sequence[Dose], unit: str) -> Mapping[str, tuple[float, float, int]]:
    """Least and largest dose of each chapter in a unit, and how many doses they are."""
    made = {}
    for chapter in dict.fromkeys(dose.chapter for dose in found):
        chosen = [each for each in found if each.chapter == chapter and each.unit == unit]
        ends = [end for each in chosen for end in (each.low, each.high) if not isnan(end)]
        if ends:
            made[chapter] = (min(ends), max(ends), len(chosen))
    return made


def by_unit(found: Sequence[Dose]) -> Mapping[str, Counter[str]]:
    """How many doses each chapter gives in each unit."""
    counts: dict[str, Counter[str]] = {}
    for dose in found:
        counts.setdefault(dose.chapter, Counter())[dose.unit] += 1
    return counts


def _of(chapter: str, data: Path) -> list[Dose]:
    where = tables.review(chapter, data)["doses"]
    if "reported" in where:
        entry = ledger(data).entries[where["reported"]]
        unit = where.get("unit", entry.unit)
        unit, factor = CONVERTED.get(unit, (unit, 1.0))
        ends = [Printed(entry.reported[name]).number * factor for name in ("lower", "upper")]
        return [Dose(chapter, ends[0], ends[1], unit)]
    frame = tables.load(chapter, where["table"], data)
    columns = dictionary(chapter, data)[where["table"]].columns
    found = []
    for row in frame.to_dict("records"):
        unit = where.get("unit", "")
        if "unit_column" in where:
            code = str(row[where["unit_column"]])
            unit = columns[where["unit_column"]].levels.get(code, code)
        unit, factor = CONVERTED.get(unit, (unit, 1.0))
        factor *= where.get("factor", 1.0)
        low = float(row[where["low"]]) * factor
        high = float(row[where.get("high", where["low"])]) * factor
        if unit:
            found.append(Dose(chapter, low, high, unit))
    return found
