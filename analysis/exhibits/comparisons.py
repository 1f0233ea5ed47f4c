"""Tables that put the reviews beside each other: methods, questions, overlap, what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from analysis import html
from analysis.citing.book import address
from analysis.dictionary import tables as dictionary
from analysis.evidence.missing import Missing
from analysis.evidence.overlap import Inclusion, Match
from analysis.html import Cell, Html

STATES: Mapping[str, str] = {
    "yes": "✓ yes",
    "partly": "~ partly",
    "no": "✗ no",
    "not-held": "? not held",
}
"""How a state of reporting is written, so that none is told by colour alone."""

Row = Mapping[str, str]


def methods_matrix(reported: Mapping[str, Sequence[Row]], titles: Mapping[str, str]) -> Html:
    """Whether each review did and reported each item; a cell leads to what the paper says."""
    items = dictionary()["methods"].columns["item"].levels
    by_chapter = {name: {row["item"]: row for row in rows} for name, rows in reported.items()}
    rows: list[list[str | Cell]] = [
        [
            title,
            *(
                Cell(STATES[found[item]["state"]], link=f"#methods.{chapter}.{item}")
                if item in found
                else "–"
                for chapter, found in by_chapter.items()
            ),
        ]
        for item, title in items.items()
    ]
    header = ["Item", *(titles[chapter] for chapter in by_chapter)]
    return html.table("How the reviews were made", header, rows)


def methods_details(reported: Mapping[str, Sequence[Row]], titles: Mapping[str, str]) -> Html:
    """What each paper says of each item, and where: a fold an item, each entry with its anchor."""
    folds = []
    for item, title in dictionary()["methods"].columns["item"].levels.items():
        entries = "".join(
            f'<li id="methods.{chapter}.{item}"><b>{escape(titles[chapter])}</b>, '
            f"{STATES[row['state']]}. {escape(row['says'])} {_place(chapter, row)}</li>"
            for chapter, rows in reported.items()
            for row in rows
            if row["item"] == item
        )
        if entries:
            folds.append(
                f'<details class="reasons"><summary>{escape(title)}</summary>'
                f"<ul>{entries}</ul></details>"
            )
    return Html("".join(folds))


def question_table(question: str, held: Mapping[str, Row], titles: Mapping[str, str]) -> Html:
    """What each paper holds on one question, and what it says the answer is."""
    columns = dictionary()["questions"].columns
    comparisons = columns["comparison"].levels
    rows: list[list[str | Cell]] = [
        [
            Cell(titles[chapter], note=comparisons[row["comparison"]]),
            row["claim"] or "–",
            Cell(row["holds"], note=row["location"], note_link=_first(chapter, row)),
        ]
        for chapter, row in held.items()
    ]
    header = ["Chapter", "What the paper says", "What it holds"]
    return html.table(columns["question"].levels[question], header, rows, widths=(20, 32, 48))


def inclusions_table(inclusions: Sequence[Inclusion], titles: Mapping[str, str]) -> Html:
    """Papers of the book in another paper's list of meta-analyses, with how they were matched."""
    return html.table(
        "Papers of the book in the umbrella review",
        ["Row", "It is about", "Paper of the same author and year", "The same?", "Listed by"],
        [
            [
                each.row,
                each.topic,
                titles[each.chapter],
                html.yes(each.same),
                "the paper" if each.in_review else "this book, added",
            ]
            for each in inclusions
        ],
    )


def matches_table(matches: Sequence[Match], titles: Mapping[str, str]) -> Html:
    """Author and year that stand in the lists of several chapters."""
    return html.table(
        "First author and year in several lists",
        ["First author", "Year", "Stands in"],
        [
            [
                match.author,
                match.year,
                "; ".join(f"{titles[chapter]} ({name})" for chapter, name in match.places),
            ]
            for match in matches
        ],
    )


def missing_table(missing: Sequence[Missing], titles: Mapping[str, str]) -> Html:
    """The data that would turn each chapter into a full recomputation."""
    return html.table(
        "What would have to be filled in",
        ["Chapter", "Table", "Rows without results", "Studies", "Columns", "Numbers that wait"],
        [
            [
                Cell(titles[each.chapter], link=f"{each.chapter}.html"),
                f"data/{each.chapter}/studies.csv",
                str(each.rows),
                str(each.studies),
                ", ".join(each.columns),
                str(each.waiting),
            ]
            for each in missing
        ],
        numeric=(2, 3, 5),
    )


def doses_table(units: Mapping[str, Counter[str]], titles: Mapping[str, str]) -> Html:
    """How many doses each chapter gives in each unit."""
    every = sorted({unit for counts in units.values() for unit in counts})
    rows = [
        [titles[chapter], *(str(counts[unit]) if counts[unit] else "·" for unit in every)]
        for chapter, counts in units.items()
    ]
    return html.table("Doses by unit", ["Chapter", *every], rows, numeric=range(1, len(every) + 1))


def _first(chapter: str, row: Row) -> str:
    """Address of the first number that a row rests on, or nothing."""
    first = row["rows"].split(";")[0]
    return address(chapter, first) if first else ""


def _place(chapter: str, row: Row) -> str:
    """Where the paper says it, with a link to the first number that it rests on."""
    place, link = row["location"], _first(chapter, row)
    shown = html.link(link, place).markup if place and link else escape(place)
    return f"<small>{shown}</small>" if shown else ""
