"""Which reviews of the book include each other, and which studies several of them list."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from analysis import tables
from analysis.dictionary import tables as dictionary
from analysis.folders import DATA
from analysis.once import once
from analysis.pools import printed_results
from analysis.references import references
from analysis.statistics.overlap import corrected_covered_area

STUDIES = "studies"
REVIEWS = "meta-analyses"
"""What the rows of a chapter's study data are, by `units` of its review.yml."""

NAME = re.compile(r"(?P<author>.+?)(?: [A-Z])? (?P<year>\d{4})[a-z]?(?: \(.+\))?")
"""A study's name: first author, with an initial where there are several, and year."""


@dataclass(frozen=True)
class Inclusion:
    """A row of a list of meta-analyses with the first author and year of a paper of the book.

    `topic` is what the row is about; `same` whether that is the paper's condition too, or the row
    cites the paper itself. `in_review` tells the umbrella's own rows from added ones.
    """

    umbrella: str
    row: str
    topic: str
    chapter: str
    same: bool
    in_review: bool


@dataclass(frozen=True)
class Match:
    """An author and year that stand in the lists of several chapters: each with its rows.

    Chapters are about different animals and outcomes, so that the same author and year need not be
    the same publication.
    """

    author: str
    year: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Overlap:
    """Lists of primary studies by chapter, their matches, and the covered area at most, in %."""

    listed: dict[str, int]
    matches: tuple[Match, ...]
    covered_area_at_most: float


def units(chapter: str, data: Path = DATA) -> str:
    """What the rows of a chapter's study data are: studies, or meta-analyses."""
    return str(tables.review(chapter, data).get("units", STUDIES))


@once
def inclusions(data: Path = DATA) -> tuple[Inclusion, ...]:
    """The papers of the book that stand in another one's list of meta-analyses, or may."""
    papers = {
        chapter: str(tables.review(chapter, data)["source"]) for chapter in tables.chapters(data)
    }
    found = {}
    for umbrella in (name for name in papers if units(name, data) == REVIEWS):
        group = tables.review(umbrella, data)["classification"]["group"]
        levels = dictionary(umbrella, data)["studies"].columns[group].levels
        for row in tables.load(umbrella, "studies", data).to_dict("records"):
            for chapter, paper in papers.items():
                if chapter == umbrella or _key(row["study"]) != _key(references()[paper].short):
                    continue
                topic = levels.get(row[group], row[group])
                pools = printed_results(chapter, data).values()
                same = topic.lower() in {each.condition.lower() for each in pools}
                found[umbrella, row["study"]] = Inclusion(
                    umbrella=umbrella,
                    row=row["study"],
                    topic=topic,
                    chapter=chapter,
                    same=same or row["reference"] == paper,
                    in_review=row["in_review"] == "yes",
                )
    return tuple(found.values())


@once
def overlap(data: Path = DATA) -> Overlap:
    """The primary studies that chapters list, matched on first author and year."""
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    lists: dict[str, set[str]] = defaultdict(set)
    for chapter, name in _listed(data):
        lists[chapter].add(name)
        places[_key(name)][chapter] = name
    matches = tuple(
        Match(author.title(), year, tuple(sorted(found.items())))
        for (author, year), found in sorted(places.items())
        if len(found) > 1
    )
    # At most: if every match were one publication. Two studies of one author and year in one
    # chapter are kept apart by their own names.
    shared = {(chapter, name): match for match in matches for chapter, name in match.places}
    sets = [
        {shared.get((chapter, name), (chapter, name)) for name in names}
        for chapter, names in lists.items()
    ]
    return Overlap(
        {chapter: len(names) for chapter, names in lists.items()},
        matches,
        corrected_covered_area(sets),
    )


def _listed(data: Path) -> list[tuple[str, str]]:
    """Chapter and name of every primary study that a chapter lists."""
    names = {
        (chapter, row["study"]): None
        for chapter in tables.chapters(data)
        if units(chapter, data) == STUDIES and tables.has(chapter, "studies", data)
        for _, row in tables.records(chapter, "studies", data)
    }
    return list(names)


def _key(name: str) -> tuple[str, str]:
    """First author, without initials and others, and year."""
    parts = NAME.fullmatch(name.replace(" et al.", ""))
    if parts is None:
        return name.lower(), ""
    return parts["author"].split(" and ")[0].lower(), parts["year"]
