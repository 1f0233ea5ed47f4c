"""The functions that a recipe may call.

Each takes tables, printed rows and numbers. Numbers are floats when a recipe is computed from what
is printed, and boxes when it is bounded over all that prints so; a function that can't be bounded
raises `UnboundedError`. A function's `basis` says what a verdict that rests on it rests on.
"""

from analysis.recipe_functions import conditions, counts, study_data, summaries, tables
from analysis.recipe_functions.registry import BASIS, FUNCTIONS, Reading
from analysis.statistics.boxes import UnboundedError

__all__ = [
    "BASIS",
    "FUNCTIONS",
    "Reading",
    "UnboundedError",
    "conditions",
    "counts",
    "study_data",
    "summaries",
    "tables",
]
