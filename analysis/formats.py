"""How numbers are written in sentences and tables."""

from math import isfinite, isnan

from analysis.statistics.pooling import number

__all__ = ["count", "interval", "number", "p_value", "percent", "significant"]

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def interval(low: float, high: float, digits: int = 2) -> str:
    """`1.43 to 2.00`, or `not defined`."""
    if isnan(low) or isnan(high):
        return "not defined"
    return f"{low:.{digits}f} to {high:.{digits}f}".replace("-", "−")


def p_value(p: float) -> str:
    """`p = 0.41`, `p = 0.032` or `p < 0.001`. Raises ValueError for what is no probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"a p-value lies between 0 and 1, got {p}")
    if p < 0.001:
        return "p < 0.001"
    if p >= 0.1:
        return f"p = {p:.2f}"
    # Rounding must not turn 0.0502 into 0.05.
    return f"p = {p:.4f}" if 0.0495 <= p < 0.0505 else f"p = {p:.3f}"


def percent(value: float, digits: int = 0) -> str:
    """`78%`; `value` is in percent already. Raises ValueError for nan."""
    if not isfinite(value):
        raise ValueError(f"a percentage must be a number, got {value}")
    return f"{value:.{digits}f}%".replace("-", "−")


def count(n: int, singular: str, plural: str | None = None) -> str:
    """`one study`, `two studies`, `21 studies`."""
    word = WORDS[n] if 0 <= n < len(WORDS) else f"{n:,}"
    return f"{word} {singular if n == 1 else plural or singular + 's'}"


def significant(value: float, digits: int = 3) -> str:
    """`value` to `digits` significant digits, with a true minus sign; `–` for nan."""
    return "–" if isnan(value) else f"{value:.{digits}g}".replace("-", "−")
