"""How a printed number follows from others: short expressions over a chapter's tables and rows.

A recipe is one call of a function of `recipe_functions`; its arguments are literals, names of
tables, `row("<id>")`, or further calls; a call may be followed by one attribute. There are no
operators. A recipe is parsed, never passed to `eval`.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from analysis.faults import nearest

Literal = str | int | float | bool


class RecipeError(ValueError):
    """A recipe that is malformed or names what isn't there; says where."""


@dataclass(frozen=True)
class Name:
    """A table, by its name."""

    name: str
    position: int


@dataclass(frozen=True)
class Call:
    """A function with its arguments, and the attribute taken of its result, if any."""

    function: str
    arguments: tuple["Expression", ...]
    keywords: tuple[tuple[str, "Expression"], ...]
    attribute: str
    position: int


Expression = Call | Name | Literal


@cache
def parse(text: str) -> Call:
    """The call that a recipe is. Raises RecipeError with the position of what is wrong."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise RecipeError(f"position {error.offset}: does not parse: {error.msg}") from None
    except ValueError as error:
        raise RecipeError(f"does not parse: {error}") from None
    expression = _expression(tree.body)
    if not isinstance(expression, Call):
        raise RecipeError("position 1: must be a call of a function")
    return expression


def calls(expression: Expression) -> Iterator[Call]:
    """Every call in an expression, the outermost first."""
    if isinstance(expression, Call):
        yield expression
        for argument in (*expression.arguments, *(value for _, value in expression.keywords)):
            yield from calls(argument)


def rows_named(call: Call) -> list[str]:
    """The ids of the printed rows that a recipe reads."""
    return [
        str(each.arguments[0]) for each in calls(call) if each.function == "row" and each.arguments
    ]


def alternatives(call: Call) -> tuple[Call, ...]:
    """The recipes of which any may hold: the arguments of `either`, or the recipe itself."""
    if call.function != "either":
        return (call,)
    return tuple(argument for argument in call.arguments if isinstance(argument, Call))


def with_keyword(call: Call, keyword: str, value: Literal) -> Call:
    """The same recipe with another value wherever `keyword` is given."""

    def changed(expression: Expression) -> Expression:
        return (
            with_keyword(expression, keyword, value) if isinstance(expression, Call) else expression
        )

    return Call(
        function=call.function,
        arguments=tuple(changed(argument) for argument in call.arguments),
        keywords=tuple(
            (name, value if name == keyword else changed(given)) for name, given in call.keywords
        ),
        attribute=call.attribute,
        position=call.position,
    )


def evaluate(call: Call, functions: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    """The result of a recipe with `functions` by name and the tables of `scope`.

    Raises RecipeError that names the position of an unknown function, table or attribute, and
    offers the nearest known name; or of a call that its function refuses.
    """

    def value(expression: Expression) -> Any:
        if isinstance(expression, Name):
            if expression.name not in scope:
                raise RecipeError(_unknown("table", expression.name, expression.position, scope))
            return scope[expression.name]
        if isinstance(expression, Call):
            return evaluate(expression, functions, scope)
        return expression

    if call.function not in functions:
        raise RecipeError(_unknown("function", call.function, call.position, functions))
    arguments = [value(argument) for argument in call.arguments]
    keywords = {name: value(given) for name, given in call.keywords}
    try:
        result = functions[call.function](*arguments, **keywords)
    except RecipeError as error:
        raise RecipeError(_placed(call.position, str(error))) from None
    except (TypeError, ValueError, KeyError) as error:
        raise RecipeError(_placed(call.position, f"{call.function}: {error}")) from None
    if not call.attribute:
        return result
    parts = getattr(result, "parts", {})
    if call.attribute not in parts:
        raise RecipeError(_unknown("attribute", call.attribute, call.position, parts))
    return parts[call.attribute]


def _expression(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id=name):
            return Name(name, node.col_offset + 1)
        case ast.Attribute(value=ast.Call() as inner, attr=attribute):
            call = _expression(inner)
            assert isinstance(call, Call)
            return Call(call.function, call.arguments, call.keywords, attribute, call.position)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=keywords):
            named = tuple((each.arg or "**", _expression(each.value)) for each in keywords)
            if any(name == "**" for name, _ in named):
                raise RecipeError(f"position {node.col_offset + 1}: ** is not allowed")
            return Call(
                function=function,
                arguments=tuple(_expression(argument) for argument in arguments),
                keywords=named,
                attribute="",
                position=node.col_offset + 1,
            )
    raise RecipeError(
        f"position {node.col_offset + 1}: only calls, names of tables, numbers, texts and one "
        "attribute of a call are allowed"
    )


def _placed(position: int, message: str) -> str:
    return message if message.startswith("position ") else f"position {position}: {message}"


def _unknown(kind: str, name: str, position: int, known: Mapping[str, Any]) -> str:
    hint = nearest(name, known) or f"; there are {', '.join(sorted(known))}"
    return f"position {position}: no {kind} {name!r}{hint}"
