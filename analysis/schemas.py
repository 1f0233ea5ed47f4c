"""Checking the content of a YAML file against the JSON Schema that describes it."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import referencing
import referencing.exceptions
from jsonschema import Draft202012Validator as Validator

from analysis import yaml_files
from analysis.cells import is_printed_date
from analysis.faults import Fault, FaultError, nearest, shown
from analysis.kinds import KINDS
from analysis.yaml_files import Document, Place

DAY_OR_MONTH = "must be a day or a month that exists, as YYYY-MM-DD or YYYY-MM"

FORMATS = jsonschema.FormatChecker(["regex"])


def _day_or_month(text: str) -> str:
    if not is_printed_date(text):
        raise ValueError(f"{DAY_OR_MONTH}, got {shown(text)}")
    return text


def _register(name: str, kind: Callable[[str], str]) -> None:
    def holds(given: object) -> bool:
        # The type is a rule of its own, and so is that a text must not be empty.
        return not isinstance(given, str) or not given or kind(given) == given

    FORMATS.checks(name, raises=ValueError)(holds)


for _name, _kind in {**KINDS, "day-or-month": _day_or_month}.items():
    _register(_name, _kind)

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
    return document, faults(document, schema)


def faults(document: Document, schema: Path) -> tuple[Fault, ...]:
    """All faults of a document against `schema`. Raises FaultError for a schema that is none."""
    return _faults(document, yaml_files.read(schema, f"{schema.parent.name}/{schema.name}"))


@lru_cache(maxsize=64)
def _faults(document: Document, schema: Document) -> tuple[Fault, ...]:
    try:
        found = {
            Fault(document.name, document.line(place), ".".join(map(str, place)), message)
            for error in _validator(schema).iter_errors(document.content)
            for place, message in _explained(error)
        }
    except referencing.exceptions.Unresolvable as error:
        raise _no_schema(schema, (), f"{error.ref} is not in it") from None
    return tuple(sorted(found))


@lru_cache(maxsize=64)
def _validator(schema: Document) -> Validator:
    try:
        Validator.check_schema(schema.content)
    except jsonschema.SchemaError as error:
        raise _no_schema(schema, tuple(error.absolute_path), error.message) from None
    # With a registry of its own it asks nothing of the network.
    return Validator(schema.content, format_checker=FORMATS, registry=referencing.Registry())


def _no_schema(schema: Document, place: Place, reason: str) -> FaultError:
    return FaultError(Fault(schema.name, schema.line(place), "", f"is no JSON Schema: {reason}"))


def _explained(error: jsonschema.ValidationError) -> Iterator[tuple[Place, str]]:
    """Where an error is, and what is wrong and allowed there."""
    place, schema = tuple(error.absolute_path), cast(Mapping[str, Any], error.schema)
    given, rule = cast(Any, error.instance), cast(Any, error.validator_value)
    if "propertyNames" in error.absolute_schema_path:
        place = (*place, given)
    got = shown(_written(given))
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
            names = [*map(_written, rule)]
            yield place, f"must be one of {', '.join(names)}, got {got}{nearest(str(given), names)}"
        case "type":
            kinds = " or ".join(NAMES[each] for each in ([rule] if isinstance(rule, str) else rule))
            yield place, f"must be {kinds}, got {got}"
        case "format" if isinstance(error.cause, ValueError):
            yield place, str(error.cause)
        case "minLength" | "minItems" | "minProperties":
            many = f"must have at least {rule}, has {len(given)}"
            yield place, many if rule > 1 and given else "must not be empty"
        case "maxLength" | "maxItems" | "maxProperties":
            yield place, f"must have at most {rule}, has {len(given)}"
        case "anyOf" if "says" in schema:
            yield place, schema["says"]
        case "uniqueItems":
            yield place, "must have each entry once"
        case _:
            yield place, _rule(error.validator, rule, got)


def _written(value: object) -> str:
    """A value as it is written in YAML."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _rule(validator: Any, rule: Any, got: str) -> str:
    says = {
        "minimum": "be at least",
        "maximum": "be at most",
        "exclusiveMinimum": "be greater than",
        "pattern": "match",
        "format": "be a valid",
    }
    return f"must {says.get(validator, validator)} {rule}, got {got}"
