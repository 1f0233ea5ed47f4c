"""The history of the book: its releases, and what moved between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from analysis import tables
from analysis.faults import Fault
from analysis.folders import DATA
from analysis.formats import count
from analysis.versions import identity, releases
from analysis.versions.moved import Change, Moved, moved
from analysis.versions.releases import Release

NOTHING = Moved((), (), ())

KEPT = ("number", "finding", "study", "row")
"""The kinds of what changes by a correction alone, and not as studies appear."""


@dataclass(frozen=True)
class History:
    """Every release, and what moved from one to the next and since the last."""

    data: Path = DATA

    @property
    def releases(self) -> tuple[Release, ...]:
        """The releases, the oldest first."""
        return releases.releases(self.data)

    @cached_property
    def now(self) -> Moved:
        """What moved since the last release; nothing without one."""
        if not self.releases:
            return NOTHING
        return moved(self.releases[-1], releases.current(self.data))

    @cached_property
    def steps(self) -> list[tuple[Release, Moved]]:
        """Each release but the first with what moved to it from the one before, the last first."""
        return [(after, moved(before, after)) for before, after in pairwise(self.releases)][::-1]

    @property
    def titles(self) -> Mapping[str, str]:
        """Titles of the chapters by name."""
        return tables.titles(self.data)

    def outcome(self, chapter: str, name: str) -> str:
        """The label of an outcome of a chapter; its name where it is no longer one."""
        if chapter not in self.titles:
            return name
        outcomes = tables.review(chapter, self.data)["outcomes"]
        return str(outcomes[name]["label"]) if name in outcomes else name

    @cached_property
    def corrections(self) -> Mapping[str, str]:
        """Why results were corrected or retired, by their ids; the last reason of each."""
        retired = {
            each.id: f"{each.day}: {each.reason}"
            for chapter in tables.chapters(self.data)
            for each in identity.retired(chapter, self.data)
        }
        return retired | {
            row["id"]: f"{row['corrected']}: {row['reason']} It was {row['was']}."
            for chapter in tables.chapters(self.data)
            if tables.has(chapter, "corrections", self.data)
            for _, row in tables.records(chapter, "corrections", self.data)
        }

    def unexplained(self) -> list[Fault]:
        """What moved since the last release though nothing says why, by the file that would say it.

        Reasons are corrections and, for estimates, rows of studies that were added, removed or
        changed, of which the last ask for a reason of their own.
        """
        fed = {row[0] for row in (*self.now.added, *self.now.removed)}
        fed |= {each.chapter for each in self.now.of("study")}
        return [
            Fault(
                f"{self.data.name}/{each.chapter}/corrections.csv",
                0,
                "id",
                f"{each.id} was {each.before} in {self.releases[-1].version} and is "
                f"{each.after or 'gone'}; no row says why",
            )
            for each in self.now.changes
            if each.before
            and each.id not in self.corrections
            and (each.kind in KEPT or each.chapter not in fed)
        ]

    def summary(self, what: Moved) -> str:
        """What moved, in one sentence."""
        if not self.releases:
            return "There is no release yet."
        if not what:
            return "Nothing has moved."
        estimates = len(what.of("living", "evidence", "classification"))
        rows = len(what.added), len(what.removed)
        corrected = len(what.of("study", "row"))
        said = f"{count(rows[0], 'row').capitalize()} of studies added and {rows[1]} removed"
        said += f", {count(corrected, 'row')} of tables changed" if corrected else ""
        return (
            f"{said}; {count(estimates, 'estimate or rank', 'estimates or ranks')} moved; "
            f"of printed numbers and findings {_sorts(what.of('number', 'finding'))}."
        )


def _sorts(changes: Sequence[Change]) -> str:
    """How many results changed, are new and gone."""
    if not changes:
        return "none changed"
    changed = sum(bool(each.before and each.after) for each in changes)
    new = sum(not each.before for each in changes)
    gone = sum(not each.after for each in changes)
    return f"{changed} changed, {new} are new and {gone} gone"
