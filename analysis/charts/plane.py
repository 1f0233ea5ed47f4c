"""Points in a plane of two axes: the common part of funnel plots and scatter plots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import altair as alt

from analysis.charts import marks, theme
from analysis.charts.marks import Area, Layer, Segment, Symbol, Text
from analysis.charts.scale import Scale
from analysis.charts.theme import BODY, CAPTION, INK, MUTED, Token, text_width, wrap

Box = tuple[float, float, float, float]


class Dot(NamedTuple):
    """A point in the units of the axes; `label` names it, `tip` is said on request.

    `key` names the study that it is about, if it is about one.
    """

    x: float
    y: float
    label: str = ""
    color: Token = theme.STUDY
    shape: str = "circle"
    open: bool = False
    tip: str = ""
    key: str = ""


class Key(NamedTuple):
    """An entry of the legend: a symbol, a line or, by default, a patch of color."""

    text: str
    color: Token
    kind: str = "patch"


@dataclass(frozen=True)
class Plane:
    """Where the two axes stand in a drawing of `width` px; `y_down` turns the vertical one over."""

    x: Scale
    y: Scale
    width: float
    height: float
    y_down: bool = False
    left: float = 44.0
    top: float = 32.0

    @property
    def right(self) -> float:
        """The end of the horizontal axis; half a tick's label stands beyond it."""
        return self.width - 14

    @property
    def bottom(self) -> float:
        """The level of the horizontal axis."""
        return self.top + self.height

    def at(self, x: float, y: float) -> marks.Point:
        """The px of a point in the units of the axes."""
        ends = (self.top, self.bottom) if self.y_down else (self.bottom, self.top)
        return self.x.px(x, self.left, self.right), self.y.px(y, *ends)

    def dots(self, dots: Iterable[Dot], total: float) -> Layer:
        """The points on their scales, with both axes, in a drawing `total` px high."""
        ends = (self.top, self.bottom) if self.y_down else (self.bottom, self.top)
        values = [
            {
                "across": dot.x,
                "along": dot.y,
                "shape": dot.shape,
                "color": str(dot.color),
                "fill": str(theme.SURFACE if dot.open else dot.color),
                "tip": theme.clean(dot.tip or dot.label),
                "key": theme.clean(dot.key),
            }
            for dot in dots
        ]
        horizontal = self.x.axis("bottom", self.bottom - total, self.right - self.left)
        vertical = self.y.axis("left", -self.left, self.height)
        return Layer(
            alt.MarkDef(type="point", opacity=1, size=42, strokeWidth=1.4),
            {
                "x": alt.X("across:Q", scale=self.x.vega(self.left, self.right), axis=horizontal),
                "y": alt.Y("along:Q", scale=self.y.vega(*ends), axis=vertical),
                "shape": alt.Shape("shape:N", scale=None, legend=None),
                "fill": alt.Fill("fill:N", scale=None, legend=None),
                "stroke": alt.Stroke("color:N", scale=None, legend=None),
                "tooltip": alt.Tooltip("tip:N"),
            },
            values,
        )

    def titles(self, x_title: str, y_title: str) -> list[Text]:
        """The titles of the axes, both horizontal: the vertical one stands on top of its axis."""
        found = [Text(0, 11, y_title, "left", INK, CAPTION)]
        for place, line in enumerate(wrap(x_title, self.width, CAPTION)):
            half = text_width(line, CAPTION) / 2
            middle = max(min((self.left + self.right) / 2, self.width - half), half)
            found.append(Text(middle, self.bottom + 34 + 16 * place, line, "center", INK, CAPTION))
        return found


def legend(
    groups: Sequence[Sequence[Key]], top: float, width: float
) -> tuple[list[Area], list[Symbol], list[Segment], list[Segment], list[Text], float]:
    """The legend from `top` down: patches, symbols, lines, dashed lines, texts, its lower end.

    Each group begins on a line of its own.
    """
    areas: list[Area] = []
    symbols: list[Symbol] = []
    lines: list[Segment] = []
    dashes: list[Segment] = []
    texts: list[Text] = []
    x, y = 0.0, top - 20
    for starts, entry in ((not place, key) for keys in groups for place, key in enumerate(keys)):
        room = 22 + text_width(entry.text, CAPTION)
        if starts or x + room > width:
            x, y = 0.0, y + 20
        if entry.kind == "patch":
            areas.append(Area(marks.box(x, y - 6, x + 16, y + 6), entry.color, theme.LINE))
        elif entry.kind in ("line", "dashes"):
            stroke = Segment((x, y), (x + 16, y), entry.color, 1.5)
            (lines if entry.kind == "line" else dashes).append(stroke)
        else:
            fill = theme.SURFACE if entry.kind == "open" else None
            symbols.append(Symbol(x + 8, y, "circle", entry.color, 42, fill))
        texts.append(Text(x + 22, y, entry.text, "left", MUTED, CAPTION))
        x += room + 18
    return areas, symbols, lines, dashes, texts, y + 10


def name_points(
    points: Sequence[marks.Point],
    labels: Sequence[str],
    order: Iterable[int],
    bounds: tuple[float, float, float, float],
    lines: Sequence[Segment] = (),
) -> list[Text]:
    """Names beside points, in `order` of importance, where they meet no point, name or line.

    `bounds` are left, top, right and bottom in px. A name that finds no place is left out: the
    table has it.
    """
    left, top, right, bottom = bounds
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    strokes = [box for line in lines for box in _along(line)]
    found: list[Text] = []
    for number in order:
        text = theme.clean(labels[number])
        others = [box for place, box in enumerate(taken) if place != number]
        for candidate, area in _beside(points[number], text):
            inside = left <= area[0] and area[2] <= right and top <= area[1] and area[3] <= bottom
            if inside and not any(_meet(area, box) for box in (*others, *strokes)):
                found.append(candidate)
                taken.append(area)
                break
    return found


def _beside(point: marks.Point, text: str) -> list[tuple[Text, Box]]:
    """Where a name can stand, the best place first, each with the space that it takes."""
    width, found = text_width(text, BODY), []
    for dx, dy in ((9, 0), (-9, 0), (0, -14), (0, 14), (8, -12), (-8, -12), (8, 12), (-8, 12)):
        x, y = point[0] + dx, point[1] + dy
        start = x - (width / 2 if dx == 0 else width if dx < 0 else 0)
        align = "center" if dx == 0 else "right" if dx < 0 else "left"
        found.append((Text(x, y, text, align), (start, y - 7, start + width, y + 7)))
    return found


def _along(line: Segment) -> list[Box]:
    """Small boxes that cover a line."""
    (x1, y1), (x2, y2) = line.start, line.end
    steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) // 4))
    at = [(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(steps + 1)]
    return [(x - 2, y - 2, x + 2, y + 2) for x, y in at]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
