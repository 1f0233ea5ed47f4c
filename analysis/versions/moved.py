"""What moved between two releases: results that changed, rows that were added."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis import formats
from analysis.faults import short
from analysis.statistics.effect_sizes import RATIO_MEASURES
from analysis.versions.documents import PARTS, numbers, same
from analysis.versions.releases import Cells, Release

INTERVALS = {"interval": ("ci_low", "ci_high"), "prediction interval": ("pi_low", "pi_high")}


@dataclass(frozen=True)
class Change:
    """One result that is not what it was: before and after as a reader sees them, and what of it.

    `kind` is living, evidence, classification, number, finding, study or row; the last two are rows
    with other cells, of a study or of another table. A result that is new or gone has an empty text
    on the other side.
    """

    kind: str
    id: str
    label: str
    before: str
    after: str
    note: str = ""

    @property
    def chapter(self) -> str:
        """The chapter that has the result."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Moved:
    """What moved since a release: changed results, added and removed rows of studies."""

    changes: tuple[Change, ...]
    added: tuple[tuple[str, ...], ...]
    removed: tuple[tuple[str, ...], ...]

    def of(self, *kinds: str) -> list[Change]:
        """The changes of some kinds."""
        return [each for each in self.changes if each.kind in kinds]

    def __bool__(self) -> bool:
        """Whether anything moved."""
        return bool(self.changes or self.added or self.removed)


def moved(before: Release, now: Release) -> Moved:
    """What is not in one release as it is in a later one."""
    changes: list[Change] = []
    for part in PARTS:
        old, new = (
            {entry["id"]: entry for entry in each.document.get(part, ())} for each in (before, now)
        )
        changes += [
            _change(part, old.get(name), new.get(name))
            for name in dict.fromkeys([*new, *old])
            if not same(numbers(part, old.get(name)), numbers(part, new.get(name)))
        ]
    # Which rows of studies are gone is said of their keys, below.
    changes += (each for each in _rows("study", before.studies, now.studies) if each.after)
    changes += _rows("row", before.others, now.others)
    rows = set(before.rows), set(now.rows)
    return Moved(
        tuple(changes),
        tuple(row for row in now.rows if row not in rows[0]),
        tuple(row for row in before.rows if row not in rows[1]),
    )


def says(part: str, entry: Mapping[str, Any]) -> str:
    """What a result of a part of a document says, as a reader sees it."""
    return SAID[_kind(part, entry)](entry)


def _kind(part: str, entry: Mapping[str, Any]) -> str:
    if part == "living" and "estimate" not in entry:
        return "classification"
    return {"results": "number", "findings": "finding"}.get(part, part)


def _change(part: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change:
    entry = new or old or {}
    kind = _kind(part, entry)
    label = entry.get("label") or entry.get("claim", "")
    texts = [says(part, each) if each else "" for each in (old, new)]
    note = _note(old, new) if SAID[kind] is _estimate and old and new else ""
    return Change(kind, str(entry["id"]), str(label), texts[0], texts[1], note)


def _rows(kind: str, before: Mapping[str, Cells], now: Mapping[str, Cells]) -> Iterator[Change]:
    """The rows that don't have every cell that they had, or are gone."""
    for name, old in before.items():
        new = now.get(name, {})
        columns = [column for column in old if old[column] != new.get(column, "")]
        if columns:
            texts = [
                "; ".join(f"{column} {short(cells.get(column, 'empty'))}" for column in columns)
                for cells in (old, new)
            ]
            yield Change(kind, name, name.rpartition(".")[2], texts[0], texts[1] if new else "")


def _estimate(entry: Mapping[str, Any]) -> str:
    limits = _span(entry["ci_low"], entry["ci_high"])
    k = f", k = {entry['k']}" if entry["k"] else ""
    certainty = f", {entry['certainty']}" if "certainty" in entry else ""
    return f"{_shown(entry['estimate'])} ({limits}){k}{certainty}"


def _rank(entry: Mapping[str, Any]) -> str:
    return f"{entry['after']}, {entry['added']} added"


def _number(entry: Mapping[str, Any]) -> str:
    printed = formats.phrase(entry["reported"], entry["unit"], entry["qualifier"])
    return f"{printed}: {entry['verdict']}"


def _finding(entry: Mapping[str, Any]) -> str:
    return f"{entry['severity']}, {'holds' if entry['holds'] else 'does not hold'}"


SAID: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "living": _estimate,
    "evidence": _estimate,
    "classification": _rank,
    "number": _number,
    "finding": _finding,
}
"""How a result of each kind is said."""


def _note(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What the change means for the intervals: which is gone, or includes now what it excluded."""
    null = 1.0 if new["measure"] in RATIO_MEASURES else 0.0
    said = []
    for name, (low, high) in INTERVALS.items():
        ends = [(each[low], each[high]) for each in (old, new)]
        if any(end is None for pair in ends for end in pair):
            if None not in ends[0]:
                said.append(f"the {name} is withdrawn")
            continue
        excluded = [not pair[0] <= null <= pair[1] for pair in ends]
        if excluded[0] != excluded[1]:
            verb = "excludes" if excluded[1] else "includes"
            said.append(f"the {name} now {verb} no effect")
    return "; ".join(said)


def _shown(value: float | None) -> str:
    return "–" if value is None else formats.number(value)


def _span(low: float | None, high: float | None) -> str:
    return f"{_shown(low)} to {_shown(high)}"
