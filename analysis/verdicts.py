"""Verdicts as proofs that a printed number does, or does not, follow from what its recipe reads.

*Reproduced* takes the inputs as exact. *Within rounding* shows one set of inputs, each inside the
rounding of what is printed, that gives value and limits together. *Discrepant* needs an outer bound
over all such inputs that leaves a printed number out. What neither shows is *undecided*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from analysis.inputs import FIELDS, Key, Reader
from analysis.printed import Printed
from analysis.recipe_functions import Reading
from analysis.recipes import RecipeError
from analysis.statistics.arrays import FloatArray
from analysis.statistics.boxes import Box, Number, UnboundedError, box

Evaluate = Callable[[Reader], Any]

SEARCHES = 8
STEPS = 12
NEAR = 0.05
"""How far a search may end from what is printed, as a share of all that the inputs can change."""

ENDS = 3
"""How many searches that went straight and ended far away suffice to give the others up."""

STRAIGHT = 0.1
"""How much the slopes of a result may change, relatively, for it to be called straight."""

APPROXIMATELY = 0.1
"""How far, relatively, a number called approximate may be from the computed one."""


class Verdict(StrEnum):
    """What can be said of a printed number."""

    REPRODUCED = "reproduced"
    WITHIN_ROUNDING = "within rounding"
    DISCREPANT = "discrepant"
    UNDECIDED = "undecided"
    NOT_RECOMPUTABLE = "not recomputable"
    RESTATED = "restated"


@dataclass(frozen=True)
class Judgement:
    """A verdict with what was computed from the inputs as printed, and the bounds if there are.

    `read` are the printed numbers that it rests on; `open_setting` says which choice of settings
    that the text leaves open keeps a number from being discrepant.
    """

    verdict: Verdict
    recomputed: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    read: frozenset[Key] = frozenset()
    open_setting: str = ""


@dataclass(frozen=True)
class Claim:
    """A printed number: characters by field, qualifier, and whether it can only be exact."""

    cells: Mapping[str, str]
    qualifier: str = ""
    exact: bool = False

    @cached_property
    def printed(self) -> dict[str, Printed]:
        """The fields that are printed."""
        return {
            name: Printed(self.cells[name], self.exact) for name in FIELDS if self.cells.get(name)
        }

    def met(self, name: str, value: float) -> bool:
        """Whether a computed value gives what is printed in field `name`."""
        printed = self.printed[name]
        match self.qualifier:
            case "<":
                return value < printed.number
            case ">":
                return value > printed.number
            case "≥":
                return value >= printed.number
        return printed.prints(value)

    def excluded(self, name: str, bounds: Box) -> bool:
        """Whether no value inside `bounds` gives what is printed in field `name`."""
        printed = self.printed[name]
        low, high = float(bounds.low), float(bounds.high)
        match self.qualifier:
            case "<":
                return low >= printed.number
            case ">":
                return high <= printed.number
            case "≥":
                return high < printed.number
            case "~":
                return False
        return printed.excludes(bounds)


def judge(claim: Claim, evaluate: Evaluate) -> Judgement:
    """The verdict on a claim by one recipe.

    `evaluate` computes the recipe with a given reader. Raises RecipeError where nothing is printed,
    or the recipe doesn't give a number for what is printed.
    """
    if not claim.printed:
        raise RecipeError("nothing is printed with which its result could be compared")
    reader = Reader()
    exact = _fields(evaluate(reader), claim)
    recomputed = {name: float(np.asarray(number)) for name, number in exact.items()}
    for name, value in recomputed.items():
        if not isfinite(value):
            raise RecipeError(f"gives no {name}: it is not defined for what is printed")
    read = frozenset(reader.read)
    if all(claim.met(name, value) for name, value in recomputed.items()):
        return Judgement(Verdict.REPRODUCED, recomputed, {}, read)
    bounds = _bounds(claim, evaluate)
    limits = {
        name: (float(each.low), float(each.high))
        for name, each in bounds.items()
        if np.isfinite(each.low) and np.isfinite(each.high)
    }
    if any(claim.excluded(name, each) for name, each in bounds.items()):
        return Judgement(Verdict.DISCREPANT, recomputed, limits, read)
    if _witness(claim, evaluate, reader.read, recomputed):
        return Judgement(Verdict.WITHIN_ROUNDING, recomputed, limits, read)
    return Judgement(Verdict.UNDECIDED, recomputed, limits, read)


def excludes(claim: Claim, evaluate: Evaluate) -> bool:
    """Whether an outer bound shows that a recipe can't give what is printed."""
    return any(claim.excluded(name, each) for name, each in _bounds(claim, evaluate).items())


def best(judgements: list[Judgement]) -> int:
    """Which of several admissible recipes speaks for the claim: the place of the best verdict.

    A claim is discrepant only if every admissible recipe excludes it.
    """
    order = [Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING, Verdict.UNDECIDED, Verdict.DISCREPANT]
    return min(range(len(judgements)), key=lambda place: order.index(judgements[place].verdict))


def _bounds(claim: Claim, evaluate: Evaluate) -> dict[str, Box]:
    try:
        return {
            name: box(each) for name, each in _fields(evaluate(Reader(boxes=True)), claim).items()
        }
    except UnboundedError:
        return {}


def _fields(result: Any, claim: Claim) -> dict[str, Number]:
    parts = result.parts if isinstance(result, Reading) else {"value": result}
    missing = [name for name in claim.printed if name not in parts]
    if missing:
        raise RecipeError(f"gives no {', '.join(missing)}, which is printed")
    fields = {name: parts[name] for name in FIELDS if name in claim.printed}
    for name, number in fields.items():
        if isinstance(number, bool) or not isinstance(number, Box | float | int | np.number):
            raise RecipeError(f"gives no number as {name}")
    return fields


def _witness(
    claim: Claim, evaluate: Evaluate, read: Mapping[Key, Printed], start: Mapping[str, float]
) -> bool:
    """Whether a search finds inputs inside their rounding that give all that is printed.

    From the printed inputs and from random ones it goes, again and again, where the slopes point.
    Only inputs that give every printed character count.
    """
    if claim.qualifier == "~":
        # "Approximately" is never exactly wrong; near is what it says.
        return all(
            abs(value - claim.printed[name].number) <= APPROXIMATELY * abs(value)
            for name, value in start.items()
        )
    loose = {key: printed for key, printed in read.items() if not printed.exact}
    if not loose or claim.qualifier:
        return False
    room = np.array([printed.ends for printed in loose.values()]).T
    room = room - np.array([printed.number for printed in loose.values()])
    random = np.random.default_rng(0)

    def outcome(moves: FloatArray) -> FloatArray:
        reader = Reader(moves=dict(zip(loose, moves.tolist(), strict=True)))
        try:
            fields = _fields(evaluate(reader), claim)
        except RecipeError:
            return np.full(len(start), np.nan)
        return np.array([float(np.asarray(number)) for number in fields.values()])

    ended_far = 0
    for search in range(SEARCHES):
        moves = np.zeros(len(loose)) if search == 0 else random.uniform(*room)
        passed = []
        for _ in range(STEPS):
            now = outcome(moves)
            if all(claim.met(name, float(v)) for name, v in zip(start, now, strict=True)):
                return True
            slopes = _slopes(outcome, moves, now, room)
            passed.append(slopes)
            following = _step(claim, slopes, moves, now, room)
            if following is None or np.all(np.abs(following - moves) <= 1e-9 * np.ptp(room, 0)):
                break
            moves = following
        ended_far += _straight_on(passed) and _far(claim, passed[-1], now, room)
        if ended_far == ENDS:
            return False
    return False


def _slopes(
    outcome: Callable[[FloatArray], FloatArray],
    moves: FloatArray,
    now: FloatArray,
    room: FloatArray,
) -> FloatArray:
    """How each number that is printed changes with each input, shape (numbers, inputs)."""
    width = (room[1] - room[0]) * 1e-4
    changes = np.column_stack([outcome(moves + step) - now for step in np.diag(width)])
    return np.asarray(changes / width)


def _straight_on(passed: list[FloatArray]) -> bool:
    """Whether the slopes at the places that a search passed are alike, so that it has one end."""
    change = np.abs(passed[-1] - passed[0]).max(1)
    return len(passed) > 1 and bool(np.all(change <= STRAIGHT * np.abs(passed[0]).max(1)))


def _far(claim: Claim, slopes: FloatArray, now: FloatArray, room: FloatArray) -> bool:
    """Whether something printed is not near what the inputs where a search ended give."""
    reach = np.abs(slopes) @ (room[1] - room[0])
    printed = claim.printed.values()
    missing = np.array([abs(each.number - x) for each, x in zip(printed, now, strict=True)])
    return bool(np.any(missing - [each.half_unit for each in printed] > NEAR * reach))


def _step(
    claim: Claim, slopes: FloatArray, moves: FloatArray, now: FloatArray, room: FloatArray
) -> FloatArray | None:
    """Inputs that, as far as the slopes tell, come closest to the middle of what is printed."""
    if not np.all(np.isfinite(slopes)):
        return None
    printed = list(claim.printed.values())
    missing = np.array([each.number for each in printed]) - now
    if len(printed) == 1:
        return _straight(moves, float(missing[0]), slopes[0], room)
    return _balanced(
        moves, missing, slopes, room, np.array([each.half_unit or 1e-9 for each in printed])
    )


def _straight(
    moves: FloatArray, missing: float, slopes: FloatArray, room: FloatArray
) -> FloatArray:
    """Inputs on the way to the corner of their rounding that lies in the right direction."""
    corner = np.where(slopes * missing > 0, room[1], room[0])
    whole = float(np.abs(slopes) @ np.abs(corner - moves))
    share = min(1.0, abs(missing) / whole) if whole else 0.0
    return np.asarray(np.clip(moves + share * (corner - moves), *room))


def _balanced(
    moves: FloatArray, missing: FloatArray, slopes: FloatArray, room: FloatArray, unit: FloatArray
) -> FloatArray | None:
    """Inputs with the least of the largest misses, in units of what is printed, on straight lines.

    The variables of the linear program are the steps of the inputs, each in its own rounding, and
    that largest miss.
    """
    from scipy.optimize import linprog  # only this search needs it, and it is slow to import

    span = room[1] - room[0]
    scaled = slopes * span / unit[:, None]
    ones = np.ones((unit.size, 1))
    solved = linprog(
        c=np.append(np.zeros(span.size), 1.0),
        A_ub=np.vstack([np.hstack([scaled, -ones]), np.hstack([-scaled, -ones])]),
        b_ub=np.concatenate([missing / unit, -missing / unit]),
        bounds=[*zip((room[0] - moves) / span, (room[1] - moves) / span, strict=True), (0, None)],
    )
    return np.clip(moves + solved.x[:-1] * span, *room) if solved.success else None
