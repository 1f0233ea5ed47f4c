"""What was published under an id in each release, beside what stands there today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from analysis.versions.documents import PARTS, numbers, same
from analysis.versions.moved import says
from analysis.versions.releases import Release


class Fate(StrEnum):
    """What has become of a published result."""

    SAME = "same"
    CHANGED = "changed"
    RETIRED = "retired"


@dataclass(frozen=True)
class Published:
    """A result as some releases in a row published it, and as it is today.

    `versions` are these releases, the oldest first; `label` is its label today or, of a retired
    one, its last; `now` and `url` are empty for a retired one.
    """

    id: str
    label: str
    versions: tuple[str, ...]
    then: str
    now: str
    fate: Fate
    url: str

    @property
    def span(self) -> str:
        """The releases in words."""
        return " to ".join(dict.fromkeys((self.versions[0], self.versions[-1])))


def published(releases: Sequence[Release], now: Release) -> list[Published]:
    """Every result that a release has: those of today in their order, then the retired ones.

    An id stands once for each run of releases, the oldest first, that published the same of it.
    Each part of the documents follows the one before.
    """
    return [
        each
        for part in PARTS
        for entry in _histories(part, releases, now).values()
        for each in _runs(part, *entry)
    ]


History = tuple[list[tuple[str, Mapping[str, Any]]], Mapping[str, Any] | None]
"""The entries of an id by version, the oldest first, and that of today."""


def _histories(part: str, releases: Sequence[Release], now: Release) -> dict[str, History]:
    found: dict[str, History] = {entry["id"]: ([], entry) for entry in now.document.get(part, ())}
    for release in releases:
        for entry in release.document.get(part, ()):
            history, _ = found.setdefault(entry["id"], ([], None))
            history.append((str(release.version), entry))
    return found


def _runs(
    part: str,
    history: Sequence[tuple[str, Mapping[str, Any]]],
    today: Mapping[str, Any] | None,
) -> Iterator[Published]:
    runs: list[tuple[list[str], Mapping[str, Any]]] = []
    for version, entry in history:
        if runs and same(numbers(part, runs[-1][1]), numbers(part, entry)):
            runs[-1][0].append(version)
        else:
            runs.append(([version], entry))
    for versions, entry in runs:
        known = today or history[-1][1]
        yield Published(
            id=str(entry["id"]),
            label=str(known.get("label") or known.get("claim", "")),
            versions=tuple(versions),
            then=says(part, entry),
            now=says(part, today) if today else "",
            fate=_fate(part, entry, today),
            url=str(today["url"]) if today else "",
        )


def _fate(part: str, entry: Mapping[str, Any], today: Mapping[str, Any] | None) -> Fate:
    if today is None:
        return Fate.RETIRED
    return Fate.SAME if same(numbers(part, entry), numbers(part, today)) else Fate.CHANGED
