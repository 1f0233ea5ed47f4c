"""Tables of a ranking rule, applied to the groups of evidence that a paper prints."""

from collections.abc import Sequence

from analysis import html
from analysis.evidence.classified import Classification
from analysis.html import Cell, Html


def classification_table(entries: Sequence[Classification]) -> Html:
    """A ranking rule on what is printed: the label in print, and what the rule allows."""
    rows = [
        [
            entry.label,
            str(entry.counted),
            str(entry.recounted),
            entry.i2 or "none",
            entry.before.value,
            entry.recount.value,
            entry.extent_before.value.removesuffix(" outcomes").removesuffix(" outcome"),
            entry.second.value,
            entry.printed,
        ]
        for entry in entries
        if entry.counted
    ]
    header = [
        *("Group", "Reviews", "Recounted", "I² (%)", "High?", "Recounted?"),
        *("High I²", "Moderate?", "Label in print"),
    ]
    return html.table("The rule, applied to what is printed", header, rows, numeric=(1, 2))


def change_table(entries: Sequence[Classification]) -> Html:
    """The same rule before and after added rows, one group a row, each with its anchor."""
    rows: list[list[str | Cell]] = [
        [
            entry.label,
            str(entry.counted),
            str(entry.added),
            entry.says_before if entry.counted else "no evidence",
            Cell(entry.says_after, note=_caution(entry)),
            "; ".join(entry.meeting) or "–",
        ]
        for entry in entries
    ]
    header = ["Group", "Reviews", "Added", "Before", "After", "Added results that meet the rule"]
    return html.table(
        "The classification, before and after",
        header,
        rows,
        ids=[entry.id for entry in entries],
        numeric=(1, 2),
    )


def _caution(entry: Classification) -> str:
    """Which added reviews print numbers that can't all be true; empty if none does."""
    names = ", ".join(entry.doubtful)
    return f"not all that {names} prints can be true" if names else ""
