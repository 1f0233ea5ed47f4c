"""What a printed part says of its printed total, and lists that are out of order."""

import numpy as np
import pytest

from analysis.statistics import checks, pooling
from analysis.statistics.boxes import Box

YI = np.array([0.2, 0.9, 1.4, 0.1, 0.7])
VI = np.array([0.04, 0.10, 0.08, 0.05, 0.20])


def _result(yi: np.ndarray, vi: np.ndarray) -> tuple[float, float, float]:
    found = pooling.pool(yi, vi, method="EE")
    return found.estimate, found.ci_low, found.ci_high


def test_part_and_total_give_q_between_weight_and_rest() -> None:
    total, part, rest = _result(YI, VI), _result(YI[:2], VI[:2]), _result(YI[2:], VI[2:])
    q, q_part, q_rest = (
        pooling.pool(yi, vi, method="EE").q
        for yi, vi in ((YI, VI), (YI[:2], VI[:2]), (YI[2:], VI[2:]))
    )
    assert checks.q_of_part(total, part) == pytest.approx(q - q_part - q_rest)
    assert checks.rest_of(total, part) == pytest.approx(rest)
    share = 100 * (1 / VI[:2]).sum() / (1 / VI).sum()
    assert checks.weight_of_part(total, part) == pytest.approx(share)


def test_bounds_of_a_rest_hold_what_its_inputs_give() -> None:
    def boxes(result: tuple[float, float, float]) -> tuple[Box, Box, Box]:
        low, middle, high = (Box(np.asarray(x - 0.005), np.asarray(x + 0.005)) for x in result)
        return low, middle, high

    total, part = _result(YI, VI), _result(YI[:2], VI[:2])
    for exact, bound in zip(
        checks.rest_of(total, part), checks.rest_of(boxes(total), boxes(part)), strict=True
    ):
        assert bound.low <= exact <= bound.high


def test_kappa_bounds_disagreement() -> None:
    assert checks.most_disagreement(0.85, 3) == pytest.approx(10)
    assert checks.most_disagreement(1.0, 2) == 0


def test_inversions_are_rows_whose_volume_does_not_rise_with_the_year() -> None:
    journals, years, volumes = ["a", "a", "a", "b"], [2019, 2020, 2021, 2000], [21, 18, 22, 50]
    assert checks.inversions(journals, years, volumes) == [0, 1]
    assert checks.inversions(["a", "a"], [2019, 2019], [1, 2]) == []
    assert checks.inversions(["a", "a"], [2019, 2023], [21, 21]) == [0, 1]
