"""From the recipe of a printed number to its verdict, under the settings that the paper admits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from inspect import signature
from itertools import product
from typing import Any

import numpy as np

from analysis import recipes, settings
from analysis.cells import is_printed_date
from analysis.faults import nearest
from analysis.inputs import FIELDS, Key, Reader, Sources
from analysis.printed import Printed
from analysis.recipe_functions import BASIS, FUNCTIONS
from analysis.recipes import Call, Literal, RecipeError
from analysis.statistics.boxes import UnboundedError
from analysis.statistics.effect_sizes import RATIO_MEASURES
from analysis.verdicts import APPROXIMATELY, Claim, Judgement, Verdict, best, excludes, judge

REPEATING = frozenset({"row", "rows", "same"})
"""Functions that repeat what is printed: no verdict can rest on them alone."""


DEPENDS = {
    "test": frozenset({"lower", "upper", "se", "ci_low", "ci_high", "statistic", "p"}),
    "i2_from": frozenset({"i2", "h2"}),
}
"""What of a result depends on a setting; on the others all of it does."""


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
    judgements = [_judged(source, claim, completed(source, choice)) for choice in choices]
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


def form(source: Sources, row: Mapping[str, str]) -> tuple[Judgement, str]:
    """What is known of a number that waits for data, and its basis.

    A pooled effect stands in the middle of its interval, that of a ratio on the logarithmic scale.
    """
    call = completed(source, recipes.parse(row["recompute"]))
    if call.function != "pool" or call.attribute or not all(row[name] for name in FIELDS):
        return Judgement(Verdict.NOT_RECOMPUTABLE, {}, {}), ""
    log = dict(call.keywords)["measure"] in RATIO_MEASURES
    middle = f"centre(row('{row['id']}'), log={log})"
    judgement, basis, _ = ruling(source, {**row, "recompute": middle})
    return judgement, basis


def evaluate(source: Sources, call: Call, reader: Reader) -> Any:
    """The result of a recipe. Raises as `recipes.evaluate` does; what is undefined is nan."""
    return computed(source, completed(source, call), reader)


def computed(source: Sources, call: Call, reader: Reader) -> Any:
    """The result of a recipe that has every setting, of which a search asks many times."""
    named = {"row": partial(source.row, reader), "rows": partial(source.rows, reader)}
    with np.errstate(all="ignore"):
        return recipes.evaluate(call, {**FUNCTIONS, **named}, source.scope(reader))


def certain(source: Sources, call: Call) -> bool:
    """Whether a condition is true for all that was rounded away, as far as it can be bounded.

    It has every setting, as `completed` gives them. Raises as `evaluate` does.
    """
    try:
        return computed(source, call, Reader(boxes=True)) is True
    except UnboundedError:
        return computed(source, call, Reader()) is True


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
    judgement = judge(claim, partial(computed, source, call))
    if judgement.verdict is Verdict.DISCREPANT:
        for chosen in _admitted(source, claim, call):
            other = _with_settings(call, chosen)
            try:
                excluded = excludes(claim, partial(computed, source, other))
            except RecipeError:
                excluded = False
            if not excluded:
                return replace(
                    judgement,
                    verdict=Verdict.UNDECIDED,
                    open_setting=_open(_used(call), chosen, _fits(source, claim, other)),
                )
    return judgement


def _open(used: Mapping[str, str], chosen: Mapping[str, str], fits: bool) -> str:
    """What keeps a number from being discrepant, in a sentence or two."""
    return (
        f"By {_listed(used)} it can't be what is printed. By {_listed(chosen)}, which the text "
        f"leaves open, {'every printed character follows' if fits else 'it can not be excluded'}."
    )


def _listed(chosen: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in chosen.items())


def _matters(name: str, claim: Claim, call: Call) -> bool:
    """Whether what is printed, or read of a call inside, can depend on a setting."""
    if name not in DEPENDS:
        return True
    inner = [each for each in recipes.calls(call) if name in dict(each.keywords)]
    return any(
        not DEPENDS[name].isdisjoint(
            [each.attribute] if each.attribute else claim.printed if each is call else FIELDS
        )
        for each in inner
    )


def _admitted(source: Sources, claim: Claim, call: Call) -> Iterator[dict[str, str]]:
    """Every other choice of the settings that the paper's text leaves open, the nearest first."""
    used = _used(call)
    values = [
        (value, *(_known(source, name, value).others if _matters(name, claim, call) else ()))
        for name, value in used.items()
    ]
    choices = [
        {name: value for name, value in zip(used, chosen, strict=True) if value != used[name]}
        for chosen in product(*values)
    ]
    for changed in sorted(choices, key=len)[1:]:
        if "vtype" not in changed or {**used, **changed}.get("measure") == "SMD":
            yield changed


def _used(call: Call) -> dict[str, str]:
    """The settings of a recipe that has all of them."""
    return {
        name: value
        for each in recipes.calls(call)
        for name, value in each.keywords
        if name in settings.POSSIBLE and isinstance(value, str)
    }


def _with_settings(call: Call, chosen: Mapping[str, Literal]) -> Call:
    """The same recipe with some settings changed wherever they are given."""
    return recipes.with_keywords(
        call, lambda each: {name: chosen[name] for name, _ in each.keywords if name in chosen}
    )


def completed(source: Sources, call: Call) -> Call:
    """The recipe with every setting that its functions take.

    One that is not given is as review.yml says, if that is one value; a measure is that of the
    outcome; the others are at the function's own default.
    """
    review = source.review

    def missing(each: Call) -> dict[str, Literal]:
        given = dict(each.keywords)
        found: dict[str, Literal] = {}
        for name, default in _defaults(each.function).items():
            if name in given:
                continue
            if name == "measure":
                outcome = given.get("outcome", (*each.arguments, "", "")[1])
                default = review["outcomes"].get(outcome, {"measure": default})["measure"]
            values = settings.known(review["as_published"], name, default).values
            found[name] = values[0] if len(values) == 1 else default
        return found

    return recipes.with_keywords(call, missing)


@cache
def _defaults(function: str) -> Mapping[str, Any]:
    if function not in FUNCTIONS:
        return {}
    parameters = signature(FUNCTIONS[function]).parameters
    return {name: parameters[name].default for name in settings.POSSIBLE if name in parameters}


def _known(source: Sources, name: str, value: str) -> settings.Known:
    return settings.known(source.review["as_published"], name, value)


def _settings(source: Sources, claim: Claim, choices: Sequence[Call], place: int) -> str:
    """The settings of a recipe: how each is known, and which others would fit as well."""
    said = []
    if len(choices) > 1:
        said.append(f"reading {place + 1} of {len(choices)} that the text admits")
    chosen = completed(source, choices[place])
    for name, value in _used(choices[place]).items():
        known = _known(source, name, value)
        if known.basis != "inferred":
            said.append(f"{name} {value}" + (f" ({known.basis})" if known.basis else ""))
            continue
        fits = [
            other
            for other in known.others
            if _fits(source, claim, _with_settings(chosen, {name: other}))
        ]
        also = f"{', '.join(fits)} would fit as well" if fits else "none of them reproduces it"
        said.append(f"{name} {value} (inferred; {', '.join(known.others)} were tried, {also})")
    return "; ".join(said)


def _fits(source: Sources, claim: Claim, call: Call) -> bool:
    """Whether a recipe gives what is printed, from the inputs as printed."""
    try:
        result = computed(source, call, Reader())
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
