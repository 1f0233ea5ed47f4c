"""How numbers are written in sentences and tables."""

import re
from collections.abc import Mapping
from math import floor, isfinite, isnan, log10

from analysis.statistics.pooling import number

__all__ = [
    "count",
    "exact_p",
    "from_python",
    "interval",
    "number",
    "p_value",
    "percent",
    "phrase",
    "plain_number",
    "plain_p",
    "significant",
    "typeset",
    "word",
]

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

POWER = re.compile(r"\b10\^([-−]?[0-9]+)")
HYPHEN = re.compile(r"(?<![\w.)])-(?=\.?[0-9])")
"""A hyphen that stands for a minus sign: no date, range, or name of a molecule has it there."""
NEGATIVE_ZERO = re.compile(r"^-(?=[0.,]+$)")
RAISED = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")

LEAST_P = 1e-10
"""Below it a p-value says no more: no data follow a distribution so far into its tail."""


def interval(low: float, high: float, digits: int = 2) -> str:
    """`1.43 to 2.00`, or `not defined`."""
    if isnan(low) or isnan(high):
        return "not defined"
    return f"{low:z.{digits}f} to {high:z.{digits}f}".replace("-", "−")


def p_value(p: float) -> str:
    """`p = 0.41`, `p = 0.032` or `p < 0.001`, and `p not defined` for nan.

    Raises ValueError for what is no probability.
    """
    if isnan(p):
        return "p not defined"
    if not 0 <= p <= 1:
        raise ValueError(f"a p-value lies between 0 and 1, got {p}")
    if p < 0.001:
        return "p < 0.001"
    if p >= 0.1:
        return f"p = {p:.2f}"
    # Rounding must not turn 0.0502 into 0.05.
    return f"p = {p:.4f}" if 0.0495 <= p < 0.0505 else f"p = {p:.3f}"


def percent(value: float, digits: int = 0) -> str:
    """`78%`, or `not defined`; `value` is in percent already. Raises ValueError for infinity."""
    if isnan(value):
        return "not defined"
    if not isfinite(value):
        raise ValueError(f"a percentage must be a number, got {value}")
    return f"{value:z.{digits}f}%".replace("-", "−")


def word(n: int) -> str:
    """`no`, `one` or `ten`, and `1,234` for what is more than ten."""
    return WORDS[n] if 0 <= n < len(WORDS) else f"{n:,}"


def count(n: int, singular: str, plural: str | None = None) -> str:
    """`one study`, `two studies`, `21 studies`."""
    return f"{word(n)} {singular if n == 1 else plural or singular + 's'}"


def significant(value: float, digits: int = 3) -> str:
    """`0.0123`, or `3 × 10⁻²⁶⁰` for very small and large ones; `–` for nan."""
    return "–" if isnan(value) else from_python(f"{value:.{digits}g}")


def from_python(text: str) -> str:
    """A number as Python has formatted it, `-1.5` or `3e+11`, as a page shows it."""
    factor, _, exponent = text.partition("e")
    if not exponent:
        return typeset(NEGATIVE_ZERO.sub("", factor))
    power = f"10^{int(exponent)}"
    return typeset(power if factor == "1" else f"{factor} × {power}")


def exact_p(p: float, digits: int = 3) -> str:
    """A p-value to significant digits, `3.1 × 10⁻⁷`; `< 10⁻¹⁰` for all that are smaller."""
    return significant(p, digits) if p >= LEAST_P else f"< {significant(LEAST_P)}"


def plain_p(p: float, digits: int = 3) -> str:
    """`p = 8.56e-52` for a terminal, whose numbers are in plain characters; never 0, as above."""
    return f"p = {p:.{digits}g}" if p >= LEAST_P else f"p < {LEAST_P:g}"


def plain_number(value: float, scale: float, digits: int = 4) -> str:
    """A number for a terminal, with so many decimals that `scale` would have `digits` digits.

    `1.7150` if the scale is 0.29; `2.2091e-08` where the decimals would be more than nine.
    """
    decimals = max(digits - 1 - floor(log10(scale)), 0)
    if value == 0 or (decimals <= 9 and abs(value) < 1e15):
        return f"{value:z.{min(decimals, 9)}f}"
    return f"{value:.{min(max(floor(log10(abs(value))) + decimals, 0), 16)}e}"


def typeset(text: str) -> str:
    """Numbers, alone or in a sentence, as a page shows them: `-2 × 10^-5` as `−2 × 10⁻⁵`."""
    return HYPHEN.sub("−", POWER.sub(lambda found: f"10{found[1].translate(RAISED)}", text))


def phrase(parts: Mapping[str, str | None], unit: str = "", qualifier: str = "") -> str:
    """`< 1.72 (1.43 to 2.00)`, or what there is of `value`, `lower` and `upper`.

    Of all units `%` alone is written, behind the value or, where there is none, the range.
    """
    value, low, high = (typeset(parts.get(name) or "") for name in ("value", "lower", "upper"))
    span = f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
    percent = "%" if unit == "%" else ""
    if not low and not high:
        text = f"{value}{percent}" if value else ""
    else:
        text = f"{value}{percent} ({span})" if value else f"{span}{percent}"
    return f"{qualifier} {text}".strip()
