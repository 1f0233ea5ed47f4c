"""The settings with which papers pool, in words."""

from collections.abc import Mapping

from analysis.statistics import heterogeneity

NAMES: Mapping[str, str] = {
    "measure": "Measure of effect",
    "model": "Model",
    "models": "Models",
    "test": "Interval and test",
    "i2_from": "I² computed from",
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
}
"""What a value stands for; behind it, the name that the methods page and recipes use."""


def value(setting: object) -> str:
    """A value of a setting, or several of them, in words; what has no other words stays."""
    values = setting if isinstance(setting, list) else [setting]
    return "; ".join(VALUES.get(str(each), str(each)) for each in values)
