"""A Table Schema (Frictionless Data) of each table, from the data dictionary."""

import re
from collections.abc import Sequence
from typing import Any

from analysis.dictionary import Column, Table

TYPES = {"integer": "integer", "number": "number", "date": "date"}
"""The types of Table Schema; a column of any other type of the dictionary is a string."""

RESULT = r"[a-z0-9-]+(\.[a-z0-9-]+){2}"
"""The id of a result."""


def table_schema(table: Table, header: Sequence[str]) -> dict[str, Any]:
    """The schema of a file of `table` that has the columns `header`, in their order.

    It has the key of the table as its primary key only where no cell of the key may be empty.
    Raises KeyError for a column that the table doesn't have.
    """
    columns = [table.columns[name] for name in header]
    schema: dict[str, Any] = {"fields": [_field(column) for column in columns]}
    if set(table.key) <= {column.name for column in columns if column.required}:
        schema["primaryKey"] = list(table.key)
    return {**schema, "missingValues": [""]}


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES.get(column.type, "string"),
        "title": column.title,
        "description": _description(column),
    }
    if column.unit:
        field["unit"] = column.unit
    if column.example:
        field["example"] = column.example
    if constraints := _constraints(column):
        field["constraints"] = constraints
    return field


def _description(column: Column) -> str:
    if not column.levels:
        return column.description
    levels = "; ".join(f"{code}: {meaning}" for code, meaning in column.levels.items())
    return f"{column.description} {levels}."


def _constraints(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.type == "choice":
        constraints["enum"] = list(column.levels)
    elif pattern := _pattern(column):
        constraints["pattern"] = pattern
    for name, limit in (
        ("exclusiveMinimum", column.above),
        ("minimum", column.minimum),
        ("maximum", column.maximum),
    ):
        if limit is not None:
            constraints[name] = limit
    return constraints


def _pattern(column: Column) -> str:
    if column.type == "choices":
        return _several("|".join(map(re.escape, column.levels)))
    if column.type == "results":
        return _several(RESULT)
    # Programs put ^ and $ around a pattern, which must then hold for all of its branches.
    return f"({column.pattern})" if "|" in column.pattern else column.pattern


def _several(one: str) -> str:
    return f"({one})(;({one}))*"
