"""From the recipe of a printed number to its verdict, under the settings that the paper admits."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from inspect import signature
from itertools import product
from typing import Any

import numpy as np

from analysis import recipes, tables
from analysis.cells import is_printed_date
from analysis.faults import nearest
from analysis.inputs import FIELDS, Key, Reader, Sources
from analysis.printed import Printed
from analysis.recipe_functions import BASIS, FUNCTIONS
from analysis.recipes import Call, Literal, RecipeError
from analysis.statistics.boxes import UnboundedError
from analysis.verdicts import APPROXIMATELY, Claim, Judgement, Verdict, best, excludes, judge

SETTINGS = ("method", "measure", "test", "i2_from")
"""The arguments of recipes that a paper's methods settle, or leave open."""

REPEATING = frozenset({"row", "rows", "same"})
"""Functions that repeat what is printed: no verdict can rest on them alone."""


def ruling(source: Sources, row: Mapping[str, str]) -> tuple[Judgement, str, str]:
    """The judgement on a printed row, its basis, and its settings.

    Raises RecipeError for a recipe that is wrong, or must not be used for this row; ValueError for
    characters that are no number; MissingDataError where the recipe waits for data.
    """
    call = recipes.parse(row["recompute"])
    if call.function == "same":
        return restated(source, call, row), "summary", ""
    form = tests_form(row["recompute"])
    claim = Claim(
        cells={name: row[name] for name in (FIELDS[:1] if form else FIELDS)},
        qualifier=row["qualifier"],
        exact=row["kind"] == "count" and row["qualifier"] != "~",
    )
    choices = recipes.alternatives(call)
    for choice in choices:
        _refuse_repeating(choice)
    judgements = [_judged(source, claim, choice) for choice in choices]
    for judgement in judgements:
        _refuse_confirmed(source, judgement.read, row["id"])
    place = best(judgements)
    repeats = choices[place].function == "printed" and not claim.qualifier
    if repeats and judgements[place].verdict in (Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING):
        raise RecipeError("repeats a number that is printed elsewhere: that is same(row('...'))")
    judgement = judgements[place]
    if form and judgement.verdict is not Verdict.DISCREPANT:
        judgement = Judgement(Verdict.NOT_RECOMPUTABLE, {}, {}, judgement.read)
    return judgement, _basis(choices[place]), _settings(source, claim, choices, place)


def tests_form(recipe: str) -> bool:
    """Whether a recipe only tests a number's form, so that nothing but a misprint follows."""
    return bool(recipe) and BASIS.get(recipes.parse(recipe).function) == "form"


def evaluate(source: Sources, call: Call, reader: Reader) -> Any:
    """The result of a recipe. Raises as `recipes.evaluate` does; what is undefined is nan."""
    named = {"row": partial(source.row, reader), "rows": partial(source.rows, reader)}
    with np.errstate(all="ignore"):
        return recipes.evaluate(call, {**FUNCTIONS, **named}, source.scope(reader))


def certain(source: Sources, call: Call) -> bool:
    """Whether a condition is true for all that was rounded away, as far as it can be bounded."""
    try:
        return evaluate(source, call, Reader(boxes=True)) is True
    except UnboundedError:
        return evaluate(source, call, Reader()) is True


def restated(source: Sources, call: Call, row: Mapping[str, str]) -> Judgement:
    """A number printed twice is one computation; its second place is right if it agrees."""
    match call:
        case Call("same", (Call("row", (str(original),), (), ""),), (), ""):
            pass
        case _:
            raise RecipeError(f"position {call.position}: same takes one row and no attribute")
    if original not in source.reported:
        known = nearest(original, source.reported)
        raise RecipeError(f"position {call.position}: no row {original!r}{known}")
    first = source.reported[original]
    fields = [name for name in FIELDS if row[name]]
    missing = [name for name in fields if not first[name]]
    if missing or not fields:
        raise RecipeError(f"{original} prints no {', '.join(missing) or 'number that is here too'}")
    signs = row["qualifier"], first["qualifier"]
    found = {_agreement(row[name], first[name], *signs) for name in fields}
    order = (Verdict.DISCREPANT, Verdict.UNDECIDED, Verdict.RESTATED)
    numbers = {name: first[name] for name in fields if not _is_date(first[name], row["kind"])}
    return Judgement(
        verdict=next(verdict for verdict in order if verdict in found),
        recomputed={name: Printed(text).number for name, text in numbers.items()},
        bounds={},
    )


def circular(reported: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Ids of the printed rows whose recipes lead back to themselves."""
    graph: dict[str, list[str]] = {}
    for identifier, row in reported.items():
        try:
            call = recipes.parse(row["recompute"]) if row["recompute"] else None
            named = recipes.rows_named(call, reported) if call else []
            # The form of a number is a matter of its own row: its value beside its limits.
            own = identifier if tests_form(row["recompute"]) else ""
            graph[identifier] = [name for name in named if name != own]
        except RecipeError:
            graph[identifier] = []
    return {start for start in graph if start in _ahead(graph, start)}


def _ahead(graph: Mapping[str, list[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        following = ahead.pop()
        if following not in seen:
            seen.add(following)
            ahead += graph.get(following, [])
    return seen


def _judged(source: Sources, claim: Claim, call: Call) -> Judgement:
    """The judgement by one recipe; discrepant only if every setting admitted is excluded."""
    judgement = judge(claim, partial(evaluate, source, call))
    if judgement.verdict is Verdict.DISCREPANT:
        for other in _admitted(source, call):
            try:
                excluded = excludes(claim, partial(evaluate, source, other))
            except RecipeError:
                excluded = False
            if not excluded:
                return Judgement(
                    Verdict.UNDECIDED, judgement.recomputed, judgement.bounds, judgement.read
                )
    return judgement


def _admitted(source: Sources, call: Call) -> Iterator[Call]:
    """The recipe with every other choice of the settings that the paper's text leaves open."""
    used = _used(call)
    others = {name: [used[name], *_tried(source, used[name])] for name in used}
    for chosen in list(product(*others.values()))[1:]:
        changed = call
        for name, value in zip(others, chosen, strict=True):
            if value != used[name]:
                changed = recipes.with_keyword(changed, name, value, partial(_takes, name))
        yield changed


def _used(call: Call) -> dict[str, Literal]:
    """The settings that a recipe gives, or leaves at what its functions take."""
    found: dict[str, Literal] = {}
    for each in recipes.calls(call):
        given = dict(each.keywords)
        for name in SETTINGS:
            value = given.get(name, _defaults(each.function).get(name))
            if isinstance(value, str):
                found[name] = value
    return found


def _takes(name: str, function: str) -> bool:
    return name in _defaults(function)


@cache
def _defaults(function: str) -> Mapping[str, Any]:
    if function not in FUNCTIONS:
        return {}
    parameters = signature(FUNCTIONS[function]).parameters
    return {name: parameters[name].default for name in SETTINGS if name in parameters}


def _tried(source: Sources, value: Literal) -> list[str]:
    """The values that would do as well by the paper's text; none if it states its own."""
    entry = _as_published(source, value)
    if entry is None or entry["basis"] == "stated":
        return []
    return [other for other in entry.get("tried", []) if other != value]


def _as_published(source: Sources, value: Literal) -> Mapping[str, Any] | None:
    entries = tables.review(source.chapter, source.data)["as_published"].values()
    for entry in entries:
        if value in (entry["value"] if isinstance(entry["value"], list) else [entry["value"]]):
            return dict(entry)
    return None


def _settings(source: Sources, claim: Claim, choices: tuple[Call, ...], place: int) -> str:
    """The settings of a recipe: how each is known, and which others would fit as well."""
    said = []
    if len(choices) > 1:
        said.append(f"reading {place + 1} of {len(choices)} that the text admits")
    given = {
        name: value
        for each in recipes.calls(choices[place])
        for name, value in each.keywords
        if name in SETTINGS and isinstance(value, str)
    }
    for name, value in given.items():
        entry = _as_published(source, value)
        if entry is None or entry["basis"] == "stated":
            said.append(f"{name} {value}" + (" (stated)" if entry else ""))
            continue
        others = _tried(source, value)
        fits = [
            other
            for other in others
            if _fits(source, claim, recipes.with_keyword(choices[place], name, other))
        ]
        also = f"{', '.join(fits)} would fit as well" if fits else "none of them reproduces it"
        said.append(f"{name} {value} (inferred; {', '.join(others)} were tried, {also})")
    return "; ".join(said)


def _fits(source: Sources, claim: Claim, call: Call) -> bool:
    """Whether a recipe gives what is printed, from the inputs as printed."""
    try:
        result = evaluate(source, call, Reader())
    except RecipeError:
        return False
    parts = getattr(result, "parts", {"value": result})
    return all(name in parts and claim.met(name, float(parts[name])) for name in claim.printed)


def _agreement(here: str, there: str, sign: str, other: str) -> Verdict:
    """Whether two printed numbers can be one: restated, discrepant, or undecided."""
    if is_printed_date(here) or is_printed_date(there):
        # Two dates agree as far as the coarser one goes.
        agree = here.startswith(there) or there.startswith(here)
        return Verdict.RESTATED if agree else Verdict.DISCREPANT
    one, two = Printed(here), Printed(there)
    near = abs(one.number - two.number) <= APPROXIMATELY * abs(two.number)
    if "~" in (sign, other):
        return Verdict.RESTATED if near and {sign, other} <= {"", "~"} else Verdict.UNDECIDED
    if sign == other:
        if sign:
            return Verdict.RESTATED if one.number == two.number else Verdict.UNDECIDED
        return Verdict.RESTATED if _one_number(one, two) else Verdict.DISCREPANT
    if sign and other:
        return Verdict.UNDECIDED
    if other:
        excluded = Claim({"value": there}, other).excluded("value", one.box)
        return Verdict.DISCREPANT if excluded else Verdict.UNDECIDED
    claim = Claim({"value": here}, sign)
    if claim.excluded("value", two.box):
        return Verdict.DISCREPANT
    return Verdict.RESTATED if claim.met("value", two.number) else Verdict.UNDECIDED


def _one_number(one: Printed, two: Printed) -> bool:
    """Whether one number rounds to both; a tie between neighbours makes them no less different."""
    (low, high), (other_low, other_high) = one.ends, two.ends
    touching = 1e-6 * min(one.half_unit, two.half_unit)
    return high - other_low > touching and other_high - low > touching


def _is_date(text: str, kind: str) -> bool:
    return kind == "date" or is_printed_date(text)


def _basis(call: Call) -> str:
    """What a verdict rests on: the farthest of study data, counted rows, form and summaries."""
    found = {BASIS.get(each.function, "summary") for each in recipes.calls(call)}
    return next(basis for basis in ("study-data", "count", "form", "summary") if basis in found)


def _refuse_repeating(call: Call) -> None:
    """Refuse a recipe that repeats a printed number, or reads nothing at all."""
    if call.function in REPEATING:
        raise RecipeError(
            f"position {call.position}: repeats what is printed; same(row(...)) says so"
        )
    for each in recipes.calls(call):
        if each.function == "same":
            raise RecipeError(f"position {each.position}: same must stand outermost")
    if not recipes.reads(call):
        raise RecipeError("position 1: reads no table and no printed row")


def _refuse_confirmed(source: Sources, read: Iterable[Key], identifier: str) -> None:
    """Refuse a recipe that reads a cell which was restored with the help of this very row."""
    for key in read:
        if source.confirmed.get(key) == identifier:
            raise RecipeError(
                f"reads {key.column} of {key.table}.csv line {key.place}, which was restored "
                f"with the help of this row"
            )
