"""The pieces of a drawing, in px from its upper left corner."""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import altair as alt

from analysis.charts.theme import BODY, INK, LINE, Token, clean

Point = tuple[float, float]


class Text(NamedTuple):
    """One line of text; `y` is its middle, `x` its left, center or right.

    A piece with a `key` is about the study of that name, here and in the other drawings of a page.
    """

    x: float
    y: float
    text: str
    align: str = "left"
    color: Token = INK
    size: float = BODY
    bold: bool = False
    key: str = ""


class Segment(NamedTuple):
    """A straight line between two points."""

    start: Point
    end: Point
    color: Token = LINE
    width: float = 1.0
    key: str = ""


class Area(NamedTuple):
    """A filled polygon, with an outline where `outline` is a color."""

    points: tuple[Point, ...]
    fill: Token
    outline: Token | None = None


class Symbol(NamedTuple):
    """A symbol of `size` px² around a point; an open one is filled with the page's color."""

    x: float
    y: float
    shape: str
    color: Token
    size: float = 40.0
    fill: Token | None = None
    tip: str = ""
    key: str = ""


class Layer(NamedTuple):
    """Marks of one kind with their data, a dictionary for each mark or corner."""

    mark: alt.MarkDef
    channels: dict[str, Any]
    values: list[dict[str, Any]]


def texts(items: Iterable[Text]) -> Layer:
    """Lines of text, on top of everything else."""
    values = [
        {
            "x": round(item.x, 1),
            "y": round(item.y, 1),
            "text": clean(item.text),
            "align": item.align,
            "color": str(item.color),
            "size": item.size,
            "weight": "bold" if item.bold else "normal",
            "key": clean(item.key),
        }
        for item in items
    ]
    mark = alt.MarkDef(
        type="text",
        baseline="middle",
        align=alt.ExprRef("datum.align"),
        fontSize=alt.ExprRef("datum.size"),
        fontWeight=alt.ExprRef("datum.weight"),
    )
    channels = {"x": pixel_x(), "y": pixel_y(), "text": alt.Text("text:N"), "color": raw_color()}
    return Layer(mark, channels, values)


def segments(items: Iterable[Segment], dashed: bool = False) -> Layer:
    """Straight lines."""
    values = [
        {
            "x": round(line.start[0], 2),
            "y": round(line.start[1], 2),
            "x2": round(line.end[0], 2),
            "y2": round(line.end[1], 2),
            "color": str(line.color),
            "width": line.width,
            "key": clean(line.key),
        }
        for line in items
    ]
    mark = alt.MarkDef(
        type="rule",
        strokeWidth=alt.ExprRef("datum.width"),
        strokeDash=[4, 3] if dashed else alt.Undefined,
    )
    ends = {"x2": alt.X2("x2"), "y2": alt.Y2("y2")}
    return Layer(mark, {"x": pixel_x(), "y": pixel_y(), "color": raw_color(), **ends}, values)


def areas(items: Iterable[Area]) -> Layer:
    """Polygons, the first one at the back."""
    values = [
        {
            "area": number,
            "corner": corner,
            "x": round(x, 2),
            "y": round(y, 2),
            "color": str(area.fill),
            "outline": str(area.outline or "none"),
        }
        for number, area in enumerate(items)
        for corner, (x, y) in enumerate(area.points)
    ]
    return Layer(
        alt.MarkDef(type="line", interpolate="linear-closed", strokeWidth=1),
        {
            "x": pixel_x(),
            "y": pixel_y(),
            "order": alt.Order("corner:Q"),
            "detail": alt.Detail("area:N"),
            "fill": alt.Fill("color:N", scale=None, legend=None),
            "stroke": alt.Stroke("outline:N", scale=None, legend=None),
        },
        values,
    )


def symbols(items: Iterable[Symbol]) -> Layer:
    """Symbols; those with a `tip` say it when the drawing is made interactive."""
    values = [
        {
            "x": round(item.x, 2),
            "y": round(item.y, 2),
            "shape": item.shape,
            "color": str(item.color),
            "fill": str(item.fill or item.color),
            "size": round(item.size, 1),
            "tip": clean(item.tip),
            "key": clean(item.key),
        }
        for item in items
    ]
    return Layer(
        alt.MarkDef(type="point", opacity=1, strokeWidth=1.3),
        {
            "x": pixel_x(),
            "y": pixel_y(),
            "shape": alt.Shape("shape:N", scale=None, legend=None),
            "size": alt.Size("size:Q", scale=None, legend=None),
            "fill": alt.Fill("fill:N", scale=None, legend=None),
            "stroke": alt.Stroke("color:N", scale=None, legend=None),
            "tooltip": alt.Tooltip("tip:N"),
        },
        values,
    )


def box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    """The corners of a rectangle."""
    return (left, top), (right, top), (right, bottom), (left, bottom)


@cache
def pixel_x() -> alt.X:
    """The channel x in px, beside layers that have a scale."""
    return alt.X("x:Q", scale=None, axis=None)


@cache
def pixel_y() -> alt.Y:
    """The channel y in px from the top."""
    return alt.Y("y:Q", scale=None, axis=None)


@cache
def raw_color() -> alt.Color:
    """The channel color, its field holding tokens."""
    return alt.Color("color:N", scale=None, legend=None)
