"""Checking the content of a YAML file against the JSON Schema that describes it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema
from jsonschema import Draft202012Validator as Validator

from analysis import yaml_files
from analysis.cells import is_printed_date
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.yaml_files import Document, Place

DATES = {
    "date": "a date that exists, as YYYY-MM-DD",
    "day-or-month": "a day or a month that exists, as YYYY-MM-DD or YYYY-MM",
}
"""What a message calls the formats of dates."""

FORMATS = jsonschema.FormatChecker(["date", "regex"])
FORMATS.checks("day-or-month")(
    lambda given: not isinstance(given, str) or is_printed_date(given)  # the type is its own rule
)

NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping of names",
    "string": "text",
}
"""What a message calls the types of JSON Schema."""


def check(path: Path, name: str, schema: Path) -> tuple[Document, tuple[Fault, ...]]:
    """A YAML file with all its faults against `schema`; `name` is how faults call it.

    Raises FaultError for a file, or a schema, that can't be read at all.
    """
    document = yaml_files.read(path, name)
    against = yaml_files.read(schema, f"{schema.parent.name}/{schema.name}")
    return document, _faults(document, against)


@lru_cache(maxsize=64)
def _faults(document: Document, schema: Document) -> tuple[Fault, ...]:
    found = {
        Fault(document.name, document.line(place), ".".join(map(str, place)), message)
        for error in _validator(schema).iter_errors(document.content)
        for place, message in _explained(error)
    }
    return tuple(sorted(found))


@lru_cache(maxsize=64)
def _validator(schema: Document) -> Validator:
    try:
        Validator.check_schema(schema.content)
    except jsonschema.SchemaError as error:
        reason = f"is no JSON Schema: {error.message}"
        raise FaultError(Fault(schema.name, 0, "", reason)) from None
    return Validator(schema.content, format_checker=FORMATS)


def _explained(error: jsonschema.ValidationError) -> Iterator[tuple[Place, str]]:
    """Where an error is, and what is wrong and allowed there."""
    place, schema = tuple(error.absolute_path), cast(Mapping[str, Any], error.schema)
    given, rule = cast(Any, error.instance), cast(Any, error.validator_value)
    if "propertyNames" in error.absolute_schema_path:
        place = (*place, given)
    got = shown(given if isinstance(given, str) else repr(given))
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            for name in given:
                if name not in known:
                    hint = nearest(name, known) or f"; there may be {', '.join(known)}"
                    yield (*place, name), f"is not known{hint}"
        case "required":
            yield from (((*place, name), "is missing") for name in rule if name not in given)
        case "dependentRequired":
            for name, needed in rule.items():
                missing = [each for each in needed if name in given and each not in given]
                yield from (((*place, each), f"is missing beside {name}") for each in missing)
        case "enum":
            allowed = ", ".join(map(str, rule))
            yield place, f"must be one of {allowed}, got {got}{nearest(str(given), rule)}"
        case "type":
            kinds = " or ".join(NAMES[each] for each in ([rule] if isinstance(rule, str) else rule))
            yield place, f"must be {kinds}, got {got}"
        case "format" if rule in DATES:
            yield place, f"must be {DATES[rule]}, got {got}"
        case "minLength" | "minItems" | "minProperties":
            yield place, "must not be empty"
        case _:
            yield place, _rule(error.validator, rule, got)


def _rule(validator: Any, rule: Any, got: str) -> str:
    says = {"minimum": "be at least", "pattern": "match", "format": "be a valid"}
    return f"must {says.get(validator, validator)} {rule}, got {got}"
