"""Ranges on a logarithmic axis, row by row: doses, times, sizes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis.charts import marks, theme
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Segment, Symbol, Text
from analysis.charts.scale import Scale
from analysis.charts.theme import CAPTION, MUTED, text_width, wrap


class Span(NamedTuple):
    """From `low` to `high`, or a single number where they are the same; `note` stands beside."""

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
    """Ranges on one logarithmic axis; rows that follow each other with one label share it.

    A `hollow` range is one of another kind, which the description explains. Raises ValueError for
    a number that is not above 0, and for none at all.
    """
    numbers = [number for row in rows for number in (row.low, row.high)]
    if not numbers or min(numbers) <= 0:
        raise ValueError("ranges must be above 0, and there must be one")
    scale = Scale(min(numbers) / 1.3, max(numbers) * 1.3, log=True)

    def drawing(layout: Layout) -> Any:
        widest = max(text_width(row.label) for row in rows)
        label_width = 0.0 if layout.narrow else min(widest + 12, 0.3 * layout.width)
        note_width = 0.0 if layout.narrow else 0.3 * layout.width
        left, right = label_width + 12, layout.width - note_width - 10
        top, at, last = 8.0, 12.0, ""
        texts: list[Text] = []
        lines: list[Segment] = []
        symbols: list[Symbol] = []
        for row in rows:
            new = row.label != last
            last = row.label
            notes = wrap(row.note, note_width, CAPTION) if row.note and not layout.narrow else []
            if layout.narrow and new:
                said = wrap(f"{row.label} · {row.note}" if row.note else row.label, layout.width)
                texts += [Text(0, at + 8 + 16 * n, line) for n, line in enumerate(said)]
                at += 16 * len(said) + 2
            names = wrap(row.label, label_width - 10) if new and not layout.narrow else []
            height = max(18.0, 15.0 * len(notes) + 3, 16.0 * len(names) + 2) if new else 16.0
            middle = at + 9
            if new and not layout.narrow:
                texts += [Text(0, middle + 16 * n, line) for n, line in enumerate(names)]
                texts += [
                    Text(right + 14, middle + 15 * n, line, "left", MUTED, CAPTION)
                    for n, line in enumerate(notes)
                ]
            low, high = sorted((row.low, row.high))
            ends = [scale.px(number, left, right) for number in (low, high)]
            fill = theme.SURFACE if row.hollow else None
            lines.append(Segment((ends[0], middle), (ends[1], middle), theme.STUDY, 2))
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
        [(row.label, f"{row.low:g}", f"{row.high:g}", row.note) for row in rows],
        columns=[heading, "From", "To", note],
    )
    shown = f"Ranges on a logarithmic axis, from {_tick(min(numbers))} to {_tick(max(numbers))}."
    return Figure(name, title, f"{shown} {description}".strip(), drawing, data)


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _tick(value: float) -> str:
    """`100`, or `10⁶` from ten thousand on."""
    if value < 1e4:
        return f"{value:g}"
    digits, exponent = f"{value:.2e}".split("e+")
    factor = f"{float(digits):g}"
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    return power if factor == "1" else f"{factor}·{power}"
