"""Ranges on a logarithmic axis, row by row: doses, times, sizes."""

from collections.abc import Sequence
from math import isnan
from typing import Any, NamedTuple

import pandas as pd

from analysis.charts import marks, theme
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Segment, Symbol, Text
from analysis.charts.scale import Scale
from analysis.charts.theme import CAPTION, MUTED, text_width, wrap
from analysis.formats import significant

GAP = 14.0
"""Px between the axis and the texts beside it."""


class Span(NamedTuple):
    """From `low` to `high`, or a single number where they are the same; `note` stands beside.

    `low` is nan where only the upper end is known: the line then comes from the left edge.
    """

    label: str
    low: float
    high: float
    note: str = ""
    hollow: bool = False


def spans(
    rows: Sequence[Span],
    *,
    axis: str,
    name: str,
    title: str,
    description: str = "",
    heading: str = "Row",
    note: str = "Note",
) -> Figure:
    """Ranges on one logarithmic axis, each with its label; rows of one label share its note.

    `heading` and `note` stand over labels and notes. A `hollow` range is one of another kind, which
    the description explains. Raises ValueError for a number that is not above 0, and for none.
    """
    numbers = [row.high for row in rows] + [row.low for row in rows if not isnan(row.low)]
    if not numbers or not all(number > 0 for number in numbers):
        raise ValueError("ranges must be above 0, and there must be one")
    scale = Scale(min(numbers) / 1.3, max(numbers) * 1.3, log=True)

    def drawing(layout: Layout) -> Any:
        label_width = note_width = 0.0
        texts: list[Text] = []
        at = 12.0
        if not layout.narrow:
            widest = max(text_width(row.label) for row in rows)
            label_width, note_width = min(widest, 0.3 * layout.width), 0.3 * layout.width
            texts += [
                Text(0, at, heading, "left", MUTED, CAPTION),
                Text(layout.width - note_width, at, note, "left", MUTED, CAPTION),
            ]
            at += 16
        left = label_width + GAP
        right = layout.width - note_width - GAP
        top, last = at - 4, ""
        lines: list[Segment] = []
        symbols: list[Symbol] = []
        for row in rows:
            said = row.note if row.label != last else ""
            last = row.label
            if layout.narrow:
                names = wrap(f"{row.label} · {said}" if said else row.label, layout.width)
                texts += [Text(0, at + 8 + 16 * n, line) for n, line in enumerate(names)]
                at += 16 * len(names) + 2
                middle, height = at + 9, 18.0
            else:
                names, notes = wrap(row.label, label_width), wrap(said, note_width, CAPTION)
                middle, height = at + 9, max(15.0 * len(notes) + 3, 16.0 * len(names) + 2)
                texts += [Text(0, middle + 16 * n, line) for n, line in enumerate(names)]
                texts += [
                    Text(right + GAP, middle + 15 * n, line, "left", MUTED, CAPTION)
                    for n, line in enumerate(notes)
                    if line
                ]
            known = [number for number in (row.low, row.high) if not isnan(number)]
            ends = [scale.px(number, left, right) for number in known]
            start = left if isnan(row.low) else ends[0]
            fill = theme.SURFACE if row.hollow else None
            lines.append(Segment((start, middle), (ends[-1], middle), theme.STUDY, 2))
            for end in dict.fromkeys(ends):
                symbols.append(Symbol(end, middle, "circle", theme.STUDY, 34, fill))
            at += height
        ticks = scale.ticks(7 if layout.narrow else 9)
        strokes = [Segment((left, at + 4), (right, at + 4), theme.LINE)]
        for tick in ticks:
            x = scale.px(tick, left, right)
            strokes.append(Segment((x, at + 4), (x, at + 9), theme.LINE))
            if not layout.narrow:  # there they would cross the texts
                strokes.append(Segment((x, top), (x, at + 4), theme.FAINT))
            texts.append(Text(x, at + 18, _tick(tick), "center", MUTED, CAPTION))
        texts.append(Text((left + right) / 2, at + 38, axis, "center", theme.INK, CAPTION))
        layers = [
            marks.segments(strokes),
            marks.segments(lines),
            marks.symbols(symbols),
            marks.texts(texts),
        ]
        return assemble(layers, layout.width, at + 50)

    data = pd.DataFrame(
        [(row.label, significant(row.low, 6), significant(row.high, 6), row.note) for row in rows],
        columns=[heading, "From", "To", note],
    )
    spanned = f"Logarithmic axis, from {_tick(min(numbers))} to {_tick(max(numbers))}."
    return Figure(name, title, f"{description} {spanned}".strip(), drawing, data)


def _tick(value: float) -> str:
    """`100`, or `2·10⁶` from ten thousand on."""
    # There is no room for spaces.
    return f"{value:g}" if value < 1e4 else significant(value).replace(" × ", "·")
