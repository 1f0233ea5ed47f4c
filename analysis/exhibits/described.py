"""What the book rests on, as tables: the data dictionary, a row of the data, the statistics."""

from analysis import html, tables, undefined
from analysis.dictionary import Column, rules
from analysis.dictionary import tables as dictionary
from analysis.html import Html
from analysis.statistics.arrays import UndefinedError
from analysis.statistics.proofs import proofs


@undefined.in_place("The example is")
def example_row(chapter: str, study: str, outcome: str) -> Html:
    """One row of a chapter's studies, column by column, with what the columns mean.

    A study that has no such row is said to have none.
    """
    rows = tables.load_text(chapter, "studies")
    chosen = rows[(rows["study"] == study) & (rows["outcome"] == outcome)]
    if len(chosen) != 1:
        raise UndefinedError(f"no one row of {study!r} for {outcome!r} in {chapter}")
    columns = dictionary(chapter)["studies"].columns
    cells = [
        [str(name), str(cell) or "–", columns[str(name)].title]
        for name, cell in chosen.iloc[0].items()
    ]
    return html.table(f"A row of studies.csv: {study}", ["Column", "Cell", "Meaning"], cells)


def data_dictionary() -> Html:
    """Every table and column that chapters share: meaning, type, unit, what is allowed, example."""
    header = ["Column", "Meaning", "Type", "Allowed"]
    parts = []
    for table in dictionary().values():
        rows = [
            [
                column.name,
                _meaning(column),
                _type(column),
                "; ".join([*column.levels, *rules(column)]),
            ]
            for column in table.columns.values()
        ]
        caption = f"{table.name}.csv: {table.description}"
        parts.append(html.table(caption, header, rows).markup)
    return Html("".join(parts))


def proofs_table() -> Html:
    """Each function of the statistics, what it is compared with, and the test that does so."""
    rows = [[each.function, each.compared_with, each.test] for each in proofs()]
    header = ["Function", "Compared with, in R", "Test"]
    return html.table("What proves the statistics", header, rows, widths=(36, 28, 36))


def _meaning(column: Column) -> str:
    return (
        f"{column.description} Example: {column.example}" if column.example else column.description
    )


def _type(column: Column) -> str:
    unit = f", {column.unit}" if column.unit else ""
    return f"{column.type}{unit}{', required' if column.required else ''}"
