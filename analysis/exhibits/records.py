"""Tables of a paper's own rows: as they are, counted, crossed, and held against each other."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import pandas as pd

from analysis import formats, html, ledger_pages
from analysis.dictionary import Column
from analysis.html import Html
from analysis.ledger import Entry

NAMED = 100
"""Studies that a cell names at most."""

NUMERIC = ("number", "integer")
"""Types of columns that are set flush right."""


def rows_table(caption: str, frame: pd.DataFrame, columns: Sequence[Column]) -> Html:
    """Rows of a table as they are, with the meanings of codes and the units of numbers."""
    shown = []
    for record in frame.to_dict("records"):
        shown.append([_text(record[column.name], column) for column in columns])
    header = [
        f"{column.title} ({column.unit})" if column.unit else column.title for column in columns
    ]
    numeric = [place for place, column in enumerate(columns) if column.type in NUMERIC]
    return html.table(caption, header, shown, numeric=numeric)


def _text(cell: Any, column: Column) -> str:
    """A cell in words, its number as pages write it."""
    if pd.isna(cell):
        return ""
    if isinstance(cell, float):
        return formats.significant(cell, 6)
    if column.levels:
        return "; ".join(column.levels.get(part, part) for part in str(cell).split(";"))
    return formats.typeset(str(cell))


def membership_table(caption: str, rows: pd.DataFrame, columns: Sequence[Column]) -> Html:
    """Which studies belong to each level of some columns: how many, and their names."""
    cells = []
    for column in columns:
        for level, meaning in column.levels.items():
            names = [str(name) for name in rows.loc[rows[column.name] == level, "study"].unique()]
            if names:
                more = [f"and {len(names) - NAMED:,} more"] if len(names) > NAMED else []
                which = ", ".join([*names[:NAMED], *more])
                cells.append([column.title, meaning, str(len(names)), which])
    return html.table(caption, ["By", "Group", "Studies", "Which"], cells, numeric=(2,))


def cross_table(frame: pd.DataFrame, rows: Column, columns: Column, caption: str) -> Html:
    """How many rows of a table fall into each pair of levels of two columns, with totals."""
    across = {
        code: name for code, name in columns.levels.items() if (frame[columns.name] == code).any()
    }
    shown = []
    for code, name in rows.levels.items():
        chosen = frame[frame[rows.name] == code]
        if len(chosen):
            counts = [int((chosen[columns.name] == level).sum()) for level in across]
            shown.append([name, *(str(n) if n else "·" for n in counts), str(len(chosen))])
    totals = [str(int((frame[columns.name] == level).sum())) for level in across]
    shown.append(["All", *totals, str(len(frame))])
    header = [rows.title, *across.values(), "All"]
    return html.table(caption, header, shown, numeric=range(1, len(header)))


def axis(name: str, title: str, frame: pd.DataFrame) -> Column:
    """A column of free texts as one with levels, in the order in which they first occur."""
    levels = {str(text): str(text) for text in frame[name]}
    return Column(name, title, "", "choice", levels=levels)


def pairs_table(caption: str, pairs: Mapping[str, Set[tuple[str, str]]]) -> Html:
    """Pairs that some of several tables have and others lack, by the names of the tables."""
    every = sorted(set().union(*pairs.values()))
    rows = [
        [first, second, *(html.yes((first, second) in held) for held in pairs.values())]
        for first, second in every
        if not all((first, second) in held for held in pairs.values())
    ]
    return html.table(caption, ["Disease", "Source", *pairs], rows)


def entries_table(caption: str, entries: Sequence[Entry]) -> Html:
    """Printed numbers with what follows from their recipes, each a link to its row."""
    rows = [
        [
            html.Cell(entry.label, link=f"#{entry.id}"),
            ledger_pages.printed_text(entry),
            ledger_pages.recomputed_text(entry),
            entry.verdict.value,
        ]
        for entry in entries
    ]
    return html.table(caption, ["Number", "Printed", "Recomputed", "Verdict"], rows)
