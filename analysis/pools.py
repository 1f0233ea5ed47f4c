"""Pooled results as papers print them: which reported numbers belong to one pool."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import tables
from analysis.folders import DATA
from analysis.formats import phrase
from analysis.ledger import Entry, Ledger, ledger
from analysis.printed import Printed
from analysis.statistics import checks
from analysis.statistics.boxes import Box
from analysis.statistics.effect_sizes import RATIO_MEASURES


@dataclass(frozen=True)
class PrintedResult:
    """A pooled result as a paper prints it, with what else it prints of the same pool.

    `estimate`, `lower` and `upper` are characters; `k` and `animals` are numbers, 0 where none is
    printed; `tau2`, `i2` (in percent) and `q` are characters too, empty where none is printed.
    `i2` is a range, `i2_range`, where the paper prints one for several outcomes. `id` is that of
    the printed estimate; `favours` says which values speak for the treatment. `contradicted_by` is
    the id of a finding, as long as it holds, by which these numbers can't all be true.
    """

    id: str
    pool: str
    label: str
    condition: str
    role: str
    outcome: str
    measure: str
    unit: str
    favours: str
    model: str
    estimate: str
    lower: str
    upper: str
    k: int = 0
    animals: int = 0
    tau2: str = ""
    i2: str = ""
    i2_range: tuple[str, str] = ("", "")
    q: str = ""
    small_study: str = ""
    contradicted_by: str = ""

    @property
    def chapter(self) -> str:
        """The chapter of the paper that prints it."""
        return self.id.partition(".")[0]

    @property
    def log(self) -> bool:
        """Whether it is a ratio, analysed as its logarithm."""
        return self.measure in RATIO_MEASURES

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Estimate and limits as numbers, on the natural scale."""
        estimate, lower, upper = (
            Printed(text).number for text in (self.estimate, self.lower, self.upper)
        )
        return estimate, lower, upper

    @property
    def boxes(self) -> tuple[Box, Box, Box]:
        """Estimate and limits with all that prints so, on the natural scale."""
        estimate, lower, upper = (
            Printed(text).box for text in (self.estimate, self.lower, self.upper)
        )
        return estimate, lower, upper

    @property
    def sound(self) -> bool:
        """Whether the estimate can lie inside the interval printed beside it."""
        return checks.inside(*self.boxes)

    @property
    def usable(self) -> bool:
        """Whether more can be computed from these numbers: nothing shows that they can't be."""
        return self.sound and not self.contradicted_by

    def __str__(self) -> str:
        """The characters, as a table shows them."""
        return phrase({"value": self.estimate, "lower": self.lower, "upper": self.upper})


def printed_results(chapter: str, data: Path = DATA) -> Mapping[str, PrintedResult]:
    """The pooled results of a chapter by their names, in the order of pools.csv.

    Raises ValueError for an estimate without an interval.
    """
    if not tables.has(chapter, "pools", data):
        return {}
    book = ledger(data)
    rows = tables.records(chapter, "pools", data)
    return {row["pool"]: _result(row, book) for _, row in rows}


def _result(row: Mapping[str, str], book: Ledger) -> PrintedResult:
    entries, entry = book.entries, book.entries[row["estimate"]]
    span = entries[row["interval"] or row["estimate"]].reported
    if not {"lower", "upper"} <= set(span):
        raise ValueError(f"{row['interval'] or row['estimate']} prints no interval")

    def value(column: str, part: str = "value") -> str:
        return entries[row[column]].reported.get(part, "") if row[column] else ""

    against = row.get("contradicted_by", "")
    return PrintedResult(
        id=entry.id,
        pool=row["pool"],
        label=row["label"],
        condition=row["condition"],
        role=row["role"],
        outcome=row["outcome"],
        measure=row["measure"],
        unit="SD" if row["measure"] == "SMD" else entry.unit,
        favours=row["favours"],
        model=row["model"],
        estimate=entry.reported["value"],
        lower=span["lower"],
        upper=span["upper"],
        k=int(value("k") or 0),
        animals=sum(_numbers(entries[name] for name in row["animals"].split(";") if name)),
        tau2=value("tau2"),
        i2=value("i2"),
        i2_range=(value("i2", "lower"), value("i2", "upper")),
        q=value("q"),
        small_study=row["small_study"],
        contradicted_by=against if against and book.findings[against].holds else "",
    )


def _numbers(entries: Iterable[Entry]) -> list[int]:
    return [int(Printed(entry.reported["value"]).number) for entry in entries]
