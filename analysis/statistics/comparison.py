"""The same studies under every measure, estimator of tau² and test, in one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.statistics import heterogeneity, least_squares, pooling
from analysis.statistics.arrays import FloatArray, effects, probability
from analysis.statistics.effect_sizes import EffectSizes


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pooled effects by measure, estimator and test: arrays of shape (measures, methods, tests).

    Estimates and limits are on each measure's own scale of analysis (ratios as logarithms);
    `tau2`, `i2` and `estimate` don't depend on the test, and are repeated.
    """

    measures: tuple[str, ...]
    methods: tuple[str, ...]
    tests: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray
    tau2: FloatArray
    i2: FloatArray

    def rows(self) -> list[dict[str, str | float]]:
        """One row a combination, for a table."""
        numbers = ("estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2", "i2")
        return [
            {"measure": measure, "method": method, "test": test}
            | {name: float(getattr(self, name)[i, j, m]) for name in numbers}
            for i, measure in enumerate(self.measures)
            for j, method in enumerate(self.methods)
            for m, test in enumerate(self.tests)
        ]


def compare_settings(
    measured: Mapping[str, EffectSizes],
    methods: Sequence[str] = tuple(heterogeneity.METHODS),
    tests: Sequence[str] = pooling.TESTS,
    *,
    level: float = 0.95,
) -> Comparison:
    """Pool the same k studies by every measure of `measured`, method and test, as one batch.

    `measured` gives the effects (k,) of each measure, by its name. Knapp-Hartung intervals of a
    single study are nan. Raises ValueError for unknown names and for measures whose k differ,
    UndefinedError without convergence. Sources: as `pooling.pool`.
    """
    if not measured:
        raise ValueError("measured must hold at least one measure, got none")
    probability("level", level)
    for test in tests:
        if test not in pooling.TESTS:
            raise ValueError(f"tests must be of {', '.join(pooling.TESTS)}, got {test!r}")
    sizes = {name: np.size(each.yi) for name, each in measured.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"measures must have the same number of effects, got {sizes}")
    y, v = effects([each.yi for each in measured.values()], [e.vi for e in measured.values()])
    single = least_squares.problem(y, v)
    tau2 = np.stack([heterogeneity.estimate_tau2(single, method) for method in methods], axis=-1)
    data = least_squares.problem(y[:, None, :], v[:, None, :])
    weighted = least_squares.fit(data, tau2)
    q, df, _ = heterogeneity.q_test(data)
    i2, i2_of_q = (pooling.i2_and_h2(data, tau2, q, df, name)[0] for name in pooling.I2_SOURCES)
    i2 = np.where(np.array(methods) == "EE", i2_of_q, i2)
    estimate = np.broadcast_to(weighted.beta[..., 0], tau2.shape)
    columns: dict[str, list[FloatArray]] = {}
    for test in tests:
        se = np.sqrt(pooling.multiplier(weighted, df, test) * weighted.cov[..., 0, 0])
        wald = pooling.inference(estimate, se, None if test == "z" else df, level)
        cells = {"estimate": estimate, "se": se, **wald._asdict(), "tau2": tau2, "i2": i2}
        for name, values in cells.items():
            columns.setdefault(name, []).append(values)
    return Comparison(
        measures=tuple(measured),
        methods=tuple(methods),
        tests=tuple(tests),
        **{name: np.stack(values, axis=-1) for name, values in columns.items()},
    )
