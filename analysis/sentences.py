"""Sentences in the data whose numbers are computed: `Q is {recipe:.1f} on 3 df`.

Between braces stands a recipe, then, after a colon, how Python is to format its result. A printed
row without a format is quoted as printed.
"""

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from analysis import formats, recipes
from analysis.faults import shown
from analysis.inputs import FIELDS, PrintedRow
from analysis.recipe_functions import Reading
from analysis.recipes import Call, RecipeError

FORMAT = re.compile(r",?(\.[0-9]{1,2})?[efg]?")
"""How a number can be written: some digits, with commas or without."""

PLACE = re.compile(r"\{(?P<recipe>[^{}]*?[)\w])(?::(?P<format>[^{}:()']*))?\}")


def fill(sentence: str, evaluate: Callable[[Call], Any]) -> str:
    """The sentence with each recipe replaced by its result, as `evaluate` computes it.

    Raises RecipeError for a recipe that fails, a result that is no number, or a wrong format.
    """

    def result(place: re.Match[str]) -> str:
        return _written(evaluate(recipes.parse(place["recipe"])), place["format"] or "")

    filled = PLACE.sub(result, sentence)
    if "{" in filled or "}" in filled:
        raise RecipeError("has a brace that opens or closes no recipe")
    return formats.typeset(filled)


def _written(value: Any, form: str) -> str:
    if isinstance(value, PrintedRow) and not form:
        return formats.phrase({name: value.cells[name] for name in FIELDS})
    if isinstance(value, PrintedRow | Reading):
        parts = {name: value.parts[name] for name in FIELDS if name in value.parts}
        return formats.phrase({name: _number(number, form) for name, number in parts.items()})
    return _number(value, form)


def _number(value: Any, form: str) -> str:
    if not FORMAT.fullmatch(form):
        raise RecipeError(f"must be written as .1f, ,.0f, .2e or g, got {shown(form)}")
    try:
        number = float(value)
        if not isfinite(number):
            raise RecipeError(f"gives {number}, which no sentence can say")
        text = format(number, form or "g")
    except (TypeError, ValueError) as error:
        raise RecipeError(f"can't be written as {form!r}: {error}") from None
    return formats.from_python(text)
