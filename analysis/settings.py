"""The settings with which papers pool: which of them a paper's text admits, and their words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.faults import nearest, shown
from analysis.statistics import enclosures, heterogeneity, pooling
from analysis.statistics.effect_sizes import MEASURES, SMD_VARIANCES

NAMES: Mapping[str, str] = {
    "measure": "Measure of effect",
    "vtype": "Variance of an SMD",
    "model": "Model",
    "models": "Models",
    "test": "Interval and test",
    "i2_from": "I² computed from",
    "tau2_from": "tau² of subgroups",
    "pooling": "Pooling",
    "rule": "Rule",
}
"""What a page calls a setting of review.yml."""

VALUES: Mapping[str, str] = {
    "MD": "mean difference (MD)",
    "SMD": "standardized mean difference (SMD)",
    "SMD-RevMan": "standardized mean difference as in RevMan (SMD-RevMan)",
    **{code: f"{words} ({code})" for code, words in heterogeneity.NAMES.items()},
    "z": "normal distribution (z)",
    "knha": "Knapp–Hartung (knha)",
    "adhoc": "Knapp–Hartung, floored (adhoc)",
    "q": "Q",
    "tau2": "tau²",
    "LS": "large-sample (LS)",
    "LS2": "large-sample, corrected (LS2)",
    "UB": "unbiased (UB)",
    "common": "common to all",
    "separate": "of each",
}
"""What a value stands for; behind it, the name that the methods page and recipes use."""


def value(setting: object) -> str:
    """A value of a setting, or several of them, in words; what has no other words stays."""
    values = setting if isinstance(setting, list) else [setting]
    return "; ".join(VALUES.get(str(each), str(each)) for each in values)


POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "measure": (),
    "vtype": tuple(SMD_VARIANCES),
    "method": tuple(enclosures.TAU2),
    "test": pooling.TESTS,
    "i2_from": pooling.I2_SOURCES,
    "tau2_from": ("common", "separate"),
}
"""Every value of each setting of a recipe; of a measure, what else a text can mean by it."""

MEANT_BY: Mapping[str, tuple[str, ...]] = {"SMD": ("SMD-RevMan",), "SMD-RevMan": ("SMD",)}
"""What else a text can mean that names a measure and no program."""

KEYS: Mapping[str, tuple[str, ...]] = {"method": ("method", "model", "models")}
"""Where review.yml has a setting, if not under its own name."""


@dataclass(frozen=True)
class Known:
    """What a paper's text says of a setting: its values, how they are known, and what else may be.

    `basis` is stated, inferred, or empty where review.yml says nothing of it; `others` are what the
    text admits beside the value of a recipe.
    """

    values: tuple[str, ...]
    basis: str
    others: tuple[str, ...]


def known(as_published: Mapping[str, Any], name: str, given: str) -> Known:
    """What the text says of the setting `name`, for a recipe that gives it as `given`.

    What review.yml is silent about, the text leaves open.
    """
    for key in KEYS.get(name, (name,)):
        if key in as_published:
            entry = as_published[key]
            values = entry["value"] if isinstance(entry["value"], list) else [entry["value"]]
            tried = [] if entry["basis"] == "stated" else entry.get("tried", [])
            others = tried if given in values else [*values, *tried]
            return Known(tuple(values), entry["basis"], _without(given, others))
    meant = MEANT_BY.get(given, ()) if name == "measure" else POSSIBLE[name]
    return Known((), "", _without(given, meant))


def unknown(as_published: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Settings and values of review.yml that no recipe knows, each by its place and what is wrong.

    Settings that are only told, such as `rule`, may have any words.
    """
    named = {key: name for name in POSSIBLE for key in KEYS.get(name, (name,))}
    for key, entry in as_published.items():
        if key not in named and key not in NAMES:
            yield (key,), f"is no setting{nearest(key, [*NAMES, *named])}"
        for part in ("value", "tried") if key in named else ():
            given = entry.get(part, [])
            possible = POSSIBLE[named[key]] or (*MEASURES, *MEANT_BY["SMD"])
            for each in given if isinstance(given, list) else [given]:
                if each not in possible:
                    hint = nearest(each, possible)
                    message = f"must be one of {', '.join(possible)}, got {shown(each)}{hint}"
                    yield (key, part), message


def _without(given: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value != given)
