"""The studies of a chapter by outcome: from rows of a table to effect sizes and pooled results."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis import tables, undefined
from analysis.csv_files import TextTable
from analysis.dictionary import ARMS, EFFECT, EVENTS, Table
from analysis.dictionary import tables as dictionary
from analysis.folders import DATA
from analysis.references import references
from analysis.statistics import effect_sizes, pooling, small_study
from analysis.statistics.arrays import BoolArray, FloatArray, UndefinedError, one_of, positive
from analysis.statistics.effect_sizes import EffectSizes
from analysis.statistics.moderators import Subgroups, common_subgroups
from analysis.statistics.small_study import AsymmetryTest, RankTest

PRECISION = (("variance",), ("se",), ("ci_low", "ci_high"))
KNOWN = {*ARMS, *EVENTS, "effect", *(column for columns in PRECISION for column in columns)}
"""The columns from which effects follow."""


@dataclass(frozen=True)
class Outcome:
    """The studies of one outcome, one row each, with the measure that the chapter uses.

    `rows` are those of studies.csv; `favours` says whether a higher or a lower value speaks for
    the treatment.
    """

    id: str
    label: str
    unit: str
    measure: str
    favours: str
    rows: pd.DataFrame

    @cached_property
    def effects(self) -> EffectSizes:
        """Effects in the chapter's own measure."""
        return self.as_measure(self.measure)

    @property
    def yi(self) -> FloatArray:
        """Effects on the scale of analysis, shape (k,)."""
        return self.effects.yi

    @property
    def vi(self) -> FloatArray:
        """Sampling variances of the effects, shape (k,)."""
        return self.effects.vi

    @property
    def sources(self) -> list[str]:
        """Where the numbers of each study are from: a publication, and the place in it."""
        known = references()
        return [
            f"{known[str(key)].short}, {place}"
            for key, place in zip(self.rows["reference"], self.rows["location"], strict=True)
        ]

    @property
    def sample_size_predictor(self) -> FloatArray:
        """What Egger's test for SMDs regresses on, shape (k,): sqrt(1/n1 + 1/n2).

        Raises UndefinedError for a study whose numbers of animals are not known.
        """
        known = filled(self.rows, ("n_treated", "n_control"))
        if not known.all():
            unknown = ", ".join(self.rows.loc[~known, "study"].astype(str))
            raise UndefinedError(f"the numbers of animals are not known of {unknown}")
        return small_study.sample_size_predictor(
            _floats(self.rows, "n_treated"), _floats(self.rows, "n_control")
        )

    @property
    def labels(self) -> list[str]:
        """Names of the studies."""
        return [str(study) for study in self.rows["study"]]

    def as_measure(self, measure: str) -> EffectSizes:
        """The same studies in another measure, such as SMD."""
        return effects_of(self.rows, measure)

    def __len__(self) -> int:
        """The number of studies, k."""
        return len(self.rows)


class Outcomes(dict[str, Outcome]):
    """Outcomes with studies, by name; asked for by its name, one without any is given empty."""

    def __init__(self, every: Mapping[str, Outcome]) -> None:
        super().__init__({name: outcome for name, outcome in every.items() if len(outcome)})
        self._every = every

    def __missing__(self, name: str) -> Outcome:
        return self._every[name]


def outcomes(chapter: str, data: Path = DATA, *, in_review_only: bool = True) -> Outcomes:
    """The outcomes of a chapter by their names in review.yml.

    With `in_review_only`, just the rows that the published review pooled; without, every row. Rows
    whose outcome cells are still empty wait in the file, and are in no outcome.
    """
    if not tables.has(chapter, "studies", data):
        return Outcomes({})
    described = tuple(
        (name, entry["label"], entry["unit"], entry["measure"], entry["favours"])
        for name, entry in tables.review(chapter, data)["outcomes"].items()
    )
    read, table = tables.text(chapter, "studies", data), dictionary(chapter, data)["studies"]
    return Outcomes(_outcomes(read, table, described, in_review_only))


@lru_cache(maxsize=64)
def _outcomes(
    read: TextTable,
    table: Table,
    described: tuple[tuple[str, str, str, str, str], ...],
    in_review_only: bool,
) -> Mapping[str, Outcome]:
    """Every outcome of a file, with its parts as `described`; many ask for the same ones."""
    rows = _complete(tables.typed(read, table))
    if in_review_only:
        rows = rows[rows["in_review"] == "yes"]
    return {
        name: Outcome(
            name,
            label,
            unit,
            measure,
            favours,
            rows[rows["outcome"] == name].reset_index(drop=True),
        )
        for name, label, unit, measure, favours in described
    }


def pool(studies: Outcome, *, measure: str | None = None, **settings: Any) -> pooling.Pooled:
    """Pool the studies of an outcome; `settings` are those of `pooling.pool`, REML by default.

    Example: `pool(studies["bbb-last"], method="REML")`.
    """
    effects = studies.effects if measure is None else studies.as_measure(measure)
    return pooling.pool(effects.yi, effects.vi, **settings)


def subgroups(studies: Outcome, moderator: str, *, method: str = "REML") -> Subgroups:
    """The studies of an outcome by the levels of a moderator, under a common tau².

    Raises UndefinedError for a study whose level is not known.
    """
    levels = studies.rows[moderator]
    if levels.isna().any():
        unknown = ", ".join(studies.rows.loc[levels.isna(), "study"].astype(str))
        raise UndefinedError(f"{moderator} is not known of {unknown}")
    codes = [str(level) for level in levels]
    return common_subgroups(studies.yi, studies.vi, codes, method=method)


class Asymmetry(NamedTuple):
    """A test of funnel plot asymmetry by its name, and whether it is valid for the measure.

    What is not defined is found to be so.
    """

    name: str
    found: AsymmetryTest | RankTest | UndefinedError
    valid: bool


def asymmetry(studies: Outcome, measure: str) -> list[Asymmetry]:
    """Every test of funnel plot asymmetry of an outcome; none is defined below k = 3.

    The valid and defined one that stands first is the one to decide by.
    """
    effects = studies.as_measure(measure)
    usual = small_study.valid_on_standard_error(measure)
    yi, vi = effects.yi, effects.vi
    tests: list[tuple[str, bool, Callable[[], AsymmetryTest | RankTest]]] = [
        ("Egger’s test", usual, lambda: small_study.egger_regression(yi, vi)),
        ("Egger’s meta-regression", usual, lambda: small_study.egger_meta_regression(yi, vi)),
        (
            "Egger’s test on sample size",
            True,
            lambda: small_study.egger_meta_regression(yi, vi, studies.sample_size_predictor),
        ),
        ("Begg’s test", usual, lambda: small_study.begg(yi, vi)),
    ]
    return [
        Asymmetry(name, undefined.attempted(partial(_with_p_value, test)), valid)
        for name, valid, test in tests
    ]


def _with_p_value(test: Callable[[], AsymmetryTest | RankTest]) -> AsymmetryTest | RankTest:
    found = test()
    if not isfinite(found.p):
        raise UndefinedError("the studies do not differ enough to be tested")
    return found


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold both arms, with means or with events, or an effect with its interval."""
    return rows[filled(rows, ARMS) | filled(rows, EVENTS) | filled(rows, EFFECT)]


def filled(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Which rows have a number in each of some columns; none where a column is missing."""
    if not set(columns) <= set(rows):
        return pd.Series(False, index=rows.index)
    return rows[list(columns)].notna().all(axis=1)


def effects_of(rows: pd.DataFrame | Mapping[str, Any], measure: str) -> EffectSizes:
    """Effect sizes of rows that hold arms, events, or effects with their precision.

    Columns: `n_treated mean_treated sd_treated n_control mean_control sd_control`, or
    `events_treated n_treated events_control n_control`, or `effect` with `variance`, `se`, or
    `ci_low ci_high`; a row gives its effect by the first of these that it has complete.
    Raises ValueError for an unknown measure, or one that the columns don't give.
    """
    frame = pd.DataFrame(rows)
    given = column_sets([str(name) for name in frame], measure)
    yi, vi = np.empty(len(frame)), np.empty(len(frame))
    left = np.ones(len(frame), dtype=bool)
    for columns in given:
        # What is complete in none of them is refused by the last.
        last = columns is given[-1]
        chosen = left if last else left & filled(frame, columns).to_numpy()
        effects = _effects(frame[chosen], columns, measure)
        yi[chosen], vi[chosen] = effects.yi, effects.vi
        left = left & ~chosen
    return EffectSizes(yi, vi, measure)


def double_zeros(rows: pd.DataFrame | Mapping[str, Any], measure: str) -> BoolArray:
    """Which rows, shape (k,), have events in no arm, or nothing else in both: for OR, RR and RD.

    Raises ValueError for events below 0 or above n.
    """
    frame = pd.DataFrame(rows)
    found = filled(frame, EVENTS).to_numpy() & (measure in effect_sizes.COUNTED)
    if found.any():
        events = (_floats(frame[found], name) for name in EVENTS)
        found[found] = effect_sizes.double_zeros(*events)
    return np.asarray(found)


def column_sets(names: Collection[str], measure: str) -> list[tuple[str, ...]]:
    """The sets of columns among `names` of which each gives effects in a measure, arms first.

    Raises ValueError for an unknown measure, or one that the columns don't give.
    """
    found = [columns for columns in possible_columns(measure) if set(columns) <= set(names)]
    if not found:
        known = [name for name in names if name in KNOWN]
        has = f"of these the file has {', '.join(known)}" if known else "the file has none"
        raise ValueError(f"{measure} needs the columns {_needed(measure)}; {has}")
    return found


def possible_columns(measure: str) -> list[tuple[str, ...]]:
    """Every set of columns that gives effects in a measure, arms first. Raises ValueError."""
    one_of("measure", measure, effect_sizes.MEASURES)
    effects = [("effect", *columns) for columns in PRECISION]
    if measure in effect_sizes.CONTINUOUS:
        return [ARMS, *effects]
    return [EVENTS, *effects] if measure in effect_sizes.COUNTED else effects


def _effects(rows: pd.DataFrame, columns: tuple[str, ...], measure: str) -> EffectSizes:
    if columns in (ARMS, EVENTS):
        kernel = {**effect_sizes.CONTINUOUS, **effect_sizes.COUNTED}[measure]
        return kernel(*(_floats(rows, name) for name in columns))
    return _printed_effects(rows, columns[1:], measure)


def _printed_effects(rows: pd.DataFrame, given: tuple[str, ...], measure: str) -> EffectSizes:
    effect = _floats(rows, "effect")
    if given == ("ci_low", "ci_high"):
        low, high = (_floats(rows, name) for name in given)
        return effect_sizes.from_interval(effect, low, high, measure)
    precision = _floats(rows, given[0])
    if given == ("se",):
        precision = positive("se", precision) ** 2
    return effect_sizes.from_variance(effect, precision, measure)


def _floats(rows: pd.DataFrame, name: str) -> FloatArray:
    return np.asarray(rows[name].astype(float), dtype=float)


def _needed(measure: str) -> str:
    effect = "effect with se, variance, or ci_low and ci_high"
    if measure in effect_sizes.CONTINUOUS:
        return f"{' '.join(ARMS)}, or {effect}"
    if measure in effect_sizes.COUNTED:
        return f"{' '.join(EVENTS)}, or {effect}"
    return effect
