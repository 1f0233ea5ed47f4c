"""Tables as text: the described columns of some rows, as a CSV file has them."""

import csv
import io
from collections.abc import Iterable, Mapping

from analysis.dictionary import Table


def text(table: Table, rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as comma-separated text with the columns of `table`; None is an empty cell.

    Floats are written in the fewest digits that give them back. Raises ValueError for a row with a
    column that the table does not have.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, list(table.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
