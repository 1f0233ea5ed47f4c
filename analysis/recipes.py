"""How a printed number follows from others: short expressions over a chapter's tables and rows.

A recipe is one call of a function of `recipe_functions`; its arguments are literals, names of
tables, `row("<id>")`, or further calls; a call may be followed by one attribute. There are no
operators. A recipe is parsed, never passed to `eval`.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import Any

from analysis.faults import nearest

Literal = str | int | float | bool

LARGEST = 1e100
"""The size that a number in a recipe can have."""

REFUSALS = (ArithmeticError, RuntimeError, ValueError)
"""What a function raises for arguments of the right kinds with which it can't compute."""

MISTAKES = (AttributeError, LookupError, TypeError)
"""What comes of arguments of other kinds than a function takes, or else of a fault in its code."""


class RecipeError(ValueError):
    """A recipe that is malformed or names what isn't there; says where."""

    def __str__(self) -> str:
        """Its parts in a row, each made only when somebody reads it."""
        return "".join(map(str, self.args))


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
    text = text.strip()
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise RecipeError(f"position {error.offset}: does not parse: {error.msg}") from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise RecipeError(f"position 1: does not parse: {str(error) or 'too deep'}") from None
    expression = _expression(tree.body, text.encode().splitlines())
    if not isinstance(expression, Call):
        raise RecipeError("position 1: must be a call of a function")
    return expression


def calls(expression: Expression) -> Iterator[Call]:
    """Every call in an expression, the outermost first."""
    if isinstance(expression, Call):
        yield expression
        for argument in (*expression.arguments, *(value for _, value in expression.keywords)):
            yield from calls(argument)


def rows_named(call: Call, known: Iterable[str] = ()) -> list[str]:
    """The ids of the printed rows that a recipe reads; those of `rows` as far as they are known."""
    found = []
    for each in calls(call):
        name = each.arguments[0] if each.arguments else ""
        if each.function == "row" and isinstance(name, str):
            found.append(name)
        elif each.function == "rows":
            found += [identifier for identifier in known if identifier.rpartition(".")[0] == name]
    return found


def reads(expression: Expression) -> bool:
    """Whether an expression reads any table or printed row, and is not made of literals alone."""
    if isinstance(expression, Call):
        inner = (*expression.arguments, *(value for _, value in expression.keywords))
        return expression.function in ("row", "rows") or any(map(reads, inner))
    return isinstance(expression, Name)


def alternatives(call: Call) -> tuple[Call, ...]:
    """The recipes of which any may hold: the arguments of `either`, or the recipe itself.

    Raises RecipeError for an `either` that stands inside, or has anything but calls.
    """
    choices = tuple(each for each in call.arguments if isinstance(each, Call))
    if call.function != "either":
        choices = (call,)
    elif call.attribute or call.keywords or not choices or choices != call.arguments:
        raise RecipeError(f"position {call.position}: either takes recipes alone, and no attribute")
    for each in (inner for choice in choices for inner in calls(choice)):
        if each.function == "either":
            raise RecipeError(f"position {each.position}: either must stand outermost")
    return choices


def with_keywords(call: Call, chosen: Callable[[Call], Mapping[str, Literal]]) -> Call:
    """The same recipe with the keywords that `chosen` gives for each of its calls."""

    def changed(expression: Expression) -> Expression:
        return with_keywords(expression, chosen) if isinstance(expression, Call) else expression

    given = {name: changed(value) for name, value in call.keywords}
    keywords = tuple({**given, **chosen(call)}.items())
    arguments = tuple(map(changed, call.arguments))
    if arguments == call.arguments and keywords == call.keywords:
        return call
    return Call(call.function, arguments, keywords, call.attribute, call.position)


def evaluate(call: Call, functions: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    """The result of a recipe with `functions` by name and the tables of `scope`.

    Raises RecipeError that names the position of an unknown function, table or attribute, and
    offers the nearest known name; or of a call that its function refuses or can't compute. A fault
    in the code of a function is raised as it is.
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
    if keywords:
        _refuse_unknown(call, functions[call.function], arguments)
    try:
        result = functions[call.function](*arguments, **keywords)
        parts = getattr(result, "parts", {}) if call.attribute else {}
    except RecipeError as error:
        raise _placed(call.position, error) from None
    except REFUSALS as error:
        raise RecipeError(f"position {call.position}: {call.function}: ", error) from None
    except MISTAKES:
        wrong = _unfit(functions[call.function], arguments, keywords)
        if not wrong:
            raise
        raise RecipeError(f"position {call.position}: {call.function}: {wrong}") from None
    if not call.attribute:
        return result
    if call.attribute not in parts:
        raise RecipeError(_unknown("attribute", call.attribute, call.position, parts))
    return parts[call.attribute]


def _expression(node: ast.expr, lines: Sequence[bytes]) -> Expression:
    """What a node says; `lines` are those of the recipe, in whose bytes offsets count."""
    position = len(lines[node.lineno - 1][: node.col_offset].decode()) + 1
    match node:
        case ast.Constant(value=str() as value):
            # Else what a recipe reads could not be found by its name in the file.
            if (
                lines[node.lineno - 1][node.col_offset + 1 : (node.end_col_offset or 0) - 1]
                != value.encode()
            ):
                raise RecipeError(
                    f"position {position}: a text must be written in one piece, without escapes "
                    "and prefixes"
                )
            return value
        case ast.Constant(value=bool() as value):
            return value
        case ast.Constant(value=int() | float() as value) if abs(value) <= LARGEST:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if (
            abs(value) <= LARGEST
        ):
            return -value
        case ast.Name(id=name):
            return Name(name, position)
        case ast.Attribute(value=ast.Call() as inner, attr=attribute):
            call = _expression(inner, lines)
            assert isinstance(call, Call)
            return Call(call.function, call.arguments, call.keywords, attribute, call.position)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=keywords):
            named = tuple((each.arg or "**", _expression(each.value, lines)) for each in keywords)
            names = [name for name, _ in named]
            if "**" in names:
                raise RecipeError(f"position {position}: ** is not allowed")
            if len(set(names)) < len(names):
                raise RecipeError(f"position {position}: an argument is given twice")
            return Call(
                function=function,
                arguments=tuple(_expression(argument, lines) for argument in arguments),
                keywords=named,
                attribute="",
                position=position,
            )
    raise RecipeError(
        f"position {position}: only calls, names of tables, numbers of at most "
        f"{LARGEST:g}, texts and one "
        "attribute of a call are allowed"
    )


def _refuse_unknown(call: Call, function: Callable[..., Any], arguments: Sequence[Any]) -> None:
    """Refuse keywords that a function doesn't have, naming those that it has.

    A function that chooses rows also takes the columns of its table.
    """
    parameters, filters = _parameters(function)
    columns = getattr(arguments[0], "columns", ()) if filters and arguments else ()
    for name, _ in call.keywords:
        if name not in parameters and name not in columns:
            others = f"; it has {', '.join(parameters)}"
            others += " and the columns of its table" if filters else ""
            hint = nearest(name, [*parameters, *columns])
            message = f"{call.function} has no setting {name!r}{others}{hint}"
            raise RecipeError(f"position {call.position}: {message}")


@cache
def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], bool]:
    """The names of a function's arguments, and whether it takes others by their own names."""
    parameters = signature(function).parameters.values()
    named = (each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD)
    return tuple(named), any(each.kind is each.VAR_KEYWORD for each in parameters)


def _unfit(
    function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> str:
    """What of some arguments is not as a function declares it, or "" if all are."""
    declared = signature(function)
    try:
        given = declared.bind(*arguments, **keywords).arguments
    except TypeError as error:
        return str(error)
    for name, value in given.items():
        parameter = declared.parameters[name]
        kind = int | float if parameter.annotation is float else parameter.annotation
        if parameter.kind is parameter.VAR_KEYWORD:
            value = tuple(value.values())
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            value = (value,)
        for each in () if kind is Any else value:
            if not isinstance(each, kind):
                return f"can't take {type(each).__name__} as {name}"
    return ""


def _placed(position: int, error: RecipeError) -> RecipeError:
    placed = str(error.args[0]).startswith("position ")
    return error if placed else RecipeError(f"position {position}: ", error)


def _unknown(kind: str, name: str, position: int, known: Mapping[str, Any]) -> str:
    listed = f"; there are {', '.join(sorted(known))}" if known else ""
    hint = nearest(name, known) or listed
    return f"position {position}: no {kind} {name!r}{hint}"
