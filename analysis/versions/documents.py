"""Whether two documents of results publish the same numbers."""

from collections.abc import Mapping
from math import isclose
from typing import Any

PARTS = ("living", "evidence", "results", "findings")
"""The parts of a document that hold results, each a list of entries with an id."""

NEEDED: Mapping[str, frozenset[str]] = {
    "living": frozenset({"id", "label", "url"}),
    "evidence": frozenset({"id", "label", "url", "estimate", "ci_low", "ci_high", "k"}),
    "results": frozenset({"id", "label", "url", "reported", "unit", "qualifier", "verdict"}),
    "findings": frozenset({"id", "claim", "url", "severity", "holds"}),
}
"""What every entry of a part has, in whatever release."""

TOLERANCE = 1e-9
"""Relative difference up to which two computed numbers are the same on any machine."""

WORDING = frozenset(
    {
        *("label", "location", "explanation", "not_recomputable_kind"),
        *("url", "recipe", "settings", "basis", "domains"),
    }
)
"""Parts of an entry that are no result: its words, its address, and how it was made."""


def same_numbers(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two documents publish the same, but for what they say of themselves."""
    return all(
        same(
            [numbers(part, entry) for entry in before.get(part, ())],
            [numbers(part, entry) for entry in now.get(part, ())],
        )
        for part in PARTS
    )


def numbers(part: str, entry: Mapping[str, Any] | None) -> Any:
    """What of an entry is a published result: neither its wording nor its address."""
    if entry is None:
        return None
    if part == "findings":
        return [entry["id"], entry["severity"], entry["holds"]]
    return {name: value for name, value in entry.items() if name not in WORDING}


def same(one: Any, other: Any) -> bool:
    """Whether two parts of documents are equal, floats up to `TOLERANCE`.

    Parts that documents have only since the second one are no difference.
    """
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() <= other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
