"""Verdicts as proofs that a printed number does, or does not, follow from what its recipe reads.

*Reproduced* takes the inputs as exact. *Within rounding* shows one set of inputs, each inside the
rounding of what is printed, that gives value and limits together. *Discrepant* needs an outer bound
over all such inputs that leaves a printed number out. What neither shows is *undecided*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from analysis.inputs import FIELDS, Key, Reader
from analysis.printed import Printed
from analysis.recipe_functions import Reading, UnboundedError
from analysis.recipes import RecipeError
from analysis.statistics.boxes import Box, Number, box

Evaluate = Callable[[Reader], Any]

SEARCHES = 8
STEPS = 12
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
    """A verdict with what was computed from the inputs as printed, and the bounds if there are."""

    verdict: Verdict
    recomputed: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Claim:
    """A printed number: characters by field, qualifier, and whether it can only be exact."""

    cells: Mapping[str, str]
    qualifier: str = ""
    exact: bool = False

    @property
    def printed(self) -> dict[str, Printed]:
        """The fields that are printed."""
        return {name: Printed(text, self.exact) for name, text in self.cells.items() if text}

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
        slack = 1e-9 * max(printed.half_unit, abs(printed.number) * 1e-6)
        return bool(high < printed.box.low - slack or low > printed.box.high + slack)


def judge(claim: Claim, evaluate: Evaluate) -> Judgement:
    """The verdict on a claim by one recipe.

    `evaluate` computes the recipe with a given reader. Raises RecipeError where the recipe doesn't
    give a field that is printed.
    """
    reader = Reader()
    exact = _fields(evaluate(reader), claim)
    recomputed = {name: float(np.asarray(number)) for name, number in exact.items()}
    if all(claim.met(name, value) for name, value in recomputed.items()):
        return Judgement(Verdict.REPRODUCED, recomputed, {})
    bounds = _bounds(claim, evaluate)
    limits = {name: (float(each.low), float(each.high)) for name, each in bounds.items()}
    if any(claim.excluded(name, each) for name, each in bounds.items()):
        return Judgement(Verdict.DISCREPANT, recomputed, limits)
    if _witness(claim, evaluate, reader.read, recomputed):
        return Judgement(Verdict.WITHIN_ROUNDING, recomputed, limits)
    return Judgement(Verdict.UNDECIDED, recomputed, limits)


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
    return {name: parts[name] for name in FIELDS if name in claim.printed}


def _witness(
    claim: Claim, evaluate: Evaluate, read: Mapping[Key, Printed], start: Mapping[str, float]
) -> bool:
    """Whether a search finds inputs inside their rounding that give all that is printed.

    A linear program on the slopes at the best inputs so far is solved again and again, from the
    printed inputs and from random ones. Only inputs that give every printed character count.
    """
    keys = [key for key, printed in read.items() if printed.half_unit > 0]
    if claim.qualifier == "~":
        # "Approximately" is never exactly wrong; near is what it says.
        return all(
            abs(value - claim.printed[name].number) <= APPROXIMATELY * abs(value)
            for name, value in start.items()
        )
    if not keys or claim.qualifier:
        return False
    half = np.array([read[key].half_unit for key in keys])
    random = np.random.default_rng(0)

    def outcome(moves: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        reader = Reader(moves=dict(zip(keys, moves.tolist(), strict=True)))
        return np.array([float(np.asarray(v)) for v in _fields(evaluate(reader), claim).values()])

    for search in range(SEARCHES):
        moves = np.zeros(len(keys)) if search == 0 else random.uniform(-half, half)
        for _ in range(STEPS):
            now = outcome(moves)
            if all(claim.met(name, float(v)) for name, v in zip(start, now, strict=True)):
                return True
            following = _step(claim, start, outcome, moves, now, half)
            if following is None or np.allclose(following, moves, rtol=0, atol=1e-12):
                break
            moves = following
    return False


def _step(
    claim: Claim,
    start: Mapping[str, float],
    outcome: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]],
    moves: np.ndarray[Any, Any],
    now: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any] | None:
    """Inputs that, as far as the slopes tell, come closest to the middle of what is printed."""
    from scipy.optimize import linprog  # only searches need it, and it is slow to import

    width = half * 1e-4
    slopes = np.column_stack(
        [
            (outcome(moves + np.where(np.arange(half.size) == i, width, 0)) - now) / width[i]
            for i in range(half.size)
        ]
    )
    printed = [claim.printed[name] for name in start]
    target = np.array([each.number for each in printed])
    unit = np.array([each.half_unit or 1e-9 for each in printed])
    # Variables: the inputs' moves, and the largest miss in half units, which is to be least.
    gap = (target - now + slopes @ moves) / unit
    scaled = slopes / unit[:, None]
    ones = np.ones((len(printed), 1))
    solved = linprog(
        c=np.append(np.zeros(half.size), 1.0),
        A_ub=np.vstack([np.hstack([scaled, -ones]), np.hstack([-scaled, -ones])]),
        b_ub=np.concatenate([gap, -gap]),
        bounds=[*zip(-half, half, strict=True), (0, None)],
    )
    return np.asarray(solved.x[:-1]) if solved.success else None
