"""Living estimates: every outcome that is kept current, from all rows, by one preset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import studies, tables
from analysis.folders import DATA
from analysis.once import once
from analysis.statistics.pooling import MODERN, Pooled


@dataclass(frozen=True)
class LivingEstimate:
    """One living estimate: what it is of, how many studies were added, and its pooled result.

    `outcome` is its name in review.yml.
    """

    id: str
    chapter: str
    outcome: str
    label: str
    measure: str
    unit: str
    favours: str
    added: int
    pooled: Pooled

    def __str__(self) -> str:
        """The estimate as a sentence needs it."""
        return str(self.pooled)


@once
def estimates(data: Path = DATA) -> Mapping[str, LivingEstimate]:
    """Every living estimate of every chapter, by id, in the order of review.yml."""
    found: dict[str, LivingEstimate] = {}
    for chapter in tables.chapters(data):
        outcomes = studies.outcomes(chapter, data, in_review_only=False)
        for entry in _named(chapter, data):
            outcome = outcomes.get(entry["outcome"])
            if outcome is None:  # its studies wait for their data
                continue
            measure = entry.get("measure", outcome.measure)
            found[entry["id"]] = LivingEstimate(
                id=entry["id"],
                chapter=chapter,
                outcome=entry["outcome"],
                label=outcome.label,
                measure=measure,
                unit=outcome.unit if measure == outcome.measure else "",
                favours=outcome.favours,
                added=int((outcome.rows["in_review"] == "no").sum()),
                pooled=studies.pool(outcome, measure=measure, **MODERN),
            )
    return found


def waiting(data: Path = DATA) -> frozenset[str]:
    """Ids of the living estimates whose outcomes have no study with results yet."""
    named = (each["id"] for name in tables.chapters(data) for each in _named(name, data))
    return frozenset(named) - estimates(data).keys()


def _named(chapter: str, data: Path) -> Sequence[Mapping[str, str]]:
    """What a chapter's review.yml says of its living estimates."""
    found: Sequence[Mapping[str, str]] = tables.review(chapter, data)["living"]
    return found
