"""Tables of results, ready for a page."""

from analysis.exhibits.classifications import change_table, classification_table
from analysis.exhibits.printed_results import (
    PrintedResult,
    implied_table,
    intervals_table,
    least_animals_table,
    parts_table,
    whole_numbers_table,
    widened_table,
)
from analysis.exhibits.records import (
    axis,
    cross_table,
    entries_table,
    membership_table,
    pairs_table,
    rows_table,
)
from analysis.exhibits.study_data import (
    asymmetry_table,
    contrasts_table,
    estimators_table,
    influence_table,
    studies_table,
    subgroups_table,
    trim_and_fill_table,
)

__all__ = [
    "PrintedResult",
    "asymmetry_table",
    "axis",
    "change_table",
    "classification_table",
    "contrasts_table",
    "cross_table",
    "entries_table",
    "estimators_table",
    "implied_table",
    "influence_table",
    "intervals_table",
    "least_animals_table",
    "membership_table",
    "pairs_table",
    "parts_table",
    "rows_table",
    "studies_table",
    "subgroups_table",
    "trim_and_fill_table",
    "whole_numbers_table",
    "widened_table",
]
