"""What is drawn beside the labels: intervals, squares, diamonds and bars."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import altair as alt

from analysis.charts import marks, theme
from analysis.charts.columns import Effect, Placed, Row
from analysis.charts.marks import Layer, Segment, Symbol
from analysis.charts.scale import Scale

LARGEST = 150.0
SMALLEST = 10.0
"""Areas in px² of the marks of the largest effect, and of one without any weight."""

ARROW = 8.0
"""Px at an end of the axis that belong to the head of an interval which goes on beyond it."""

WHISKERS = {"square": (1.7, 0.0), "circle": (3.2, 0.0), "bar": (3.0, 4.5)}
"""Thickness of an interval, and half the height of its end strokes, in px."""


def row_marks(
    placed: Sequence[Placed], scale: Scale, x: alt.X, ends: tuple[float, float]
) -> list[Layer]:
    """The marks of all rows on the channel `x`, which spans `scale` between two px, `ends`."""
    whiskers: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    corners: list[dict[str, Any]] = []
    arrows: list[Symbol] = []
    strokes: list[Segment] = []
    inner = scale.inset(ARROW, ends[1] - ends[0])
    for number, item in enumerate(placed):
        row, effect, y = item.row, item.row.effect, item.mark_y
        said = {
            "y": y,
            "color": str(row.color),
            "tip": theme.clean(f"{row.label}: {effect}"),
            "key": theme.clean(row.key),
        }
        for low, high, thickness, half in _spans(row.kind, effect):
            if not _meets(scale, low, high):
                continue
            start = low if scale.contains(low) else inner.low
            end = high if scale.contains(high) else inner.high
            whiskers.append({"at": start, "to": end, "width": thickness, **said})
            arrows += _arrows(scale, (low, high), y, ends, row)
            strokes += [
                Segment((at, y - half), (at, y + half), row.color, 1.5, row.key)
                for at in (scale.px(value, *ends) for value in (low, high) if value in (start, end))
                if half
            ]
        if row.kind == "diamond":
            outline = [(effect.low, 0.0), (effect.estimate, -6.5)]
            outline += [(effect.high, 0.0), (effect.estimate, 6.5)]
            corners += [
                {**said, "at": scale.clamp(at), "y": y + dy, "row": number, "corner": corner}
                for corner, (at, dy) in enumerate(outline)
                if isfinite(at)
            ]
        elif row.kind in ("square", "circle") and scale.contains(effect.estimate):
            size = round(SMALLEST + (LARGEST - SMALLEST) * row.share, 1)
            points.append({"at": effect.estimate, "shape": row.kind, "size": size, **said})
    return _layers(x, whiskers, strokes, points, corners, arrows)


def goes_on(row: Row, scale: Scale) -> bool:
    """Whether an interval of the row has an arrow, as it goes on beyond the axis."""
    return any(
        _meets(scale, low, high) and not (scale.contains(low) and scale.contains(high))
        for low, high, *_ in _spans(row.kind, row.effect)
    )


def _meets(scale: Scale, low: float, high: float) -> bool:
    return low <= scale.high and high >= scale.low


def _spans(kind: str, effect: Effect) -> list[tuple[float, float, float, float]]:
    """Intervals to draw as lines: both ends, thickness, half the height of end strokes."""
    found = [(effect.pi_low, effect.pi_high, 1.1, 3.5)]
    if kind in WHISKERS:
        found.append((effect.low, effect.high, *WHISKERS[kind]))
    return [span for span in found if isfinite(span[0]) and isfinite(span[1])]


def _layers(
    x: alt.X,
    whiskers: list[dict[str, Any]],
    strokes: list[Segment],
    points: list[dict[str, Any]],
    corners: list[dict[str, Any]],
    arrows: list[Symbol],
) -> list[Layer]:
    shared = {"x": x, "y": marks.pixel_y(), "tooltip": alt.Tooltip("tip:N")}
    color = {"color": marks.raw_color()}
    shape = alt.Shape("shape:N", scale=None, legend=None)
    outline = {
        "order": alt.Order("corner:Q"),
        "detail": alt.Detail("row:N"),
        "fill": alt.Fill("color:N", scale=None, legend=None),
    }
    return [
        Layer(
            alt.MarkDef(type="rule", strokeWidth=alt.ExprRef("datum.width")),
            {**shared, **color, "x2": alt.X2("to")},
            whiskers,
        ),
        marks.segments(strokes),
        Layer(
            alt.MarkDef(type="point", filled=True, opacity=1),
            {
                **shared,
                **color,
                "shape": shape,
                "size": alt.Size("size:Q", scale=None, legend=None),
            },
            points,
        ),
        Layer(
            alt.MarkDef(type="line", interpolate="linear-closed", strokeWidth=0, stroke="none"),
            {**shared, **outline},
            corners,
        ),
        marks.symbols(arrows),
    ]


def _arrows(
    scale: Scale,
    interval: tuple[float, float],
    y: float,
    ends: tuple[float, float],
    row: Row,
) -> list[Symbol]:
    """Heads where an interval goes on beyond the axis, inside of its ends."""
    found = []
    if interval[0] < scale.low:
        at = ends[0] + ARROW / 2
        found.append(Symbol(at, y, "triangle-left", row.color, 45, key=row.key))
    if interval[1] > scale.high:
        at = ends[1] - ARROW / 2
        found.append(Symbol(at, y, "triangle-right", row.color, 45, key=row.key))
    return found
