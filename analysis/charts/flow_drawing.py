"""Boxes and arrows of a flow diagram: where they stand, and how they are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import altair as alt

from analysis.charts import marks
from analysis.charts.drawing import assemble
from analysis.charts.figure import Layout
from analysis.charts.marks import Area, Segment, Text
from analysis.charts.theme import (
    BODY,
    CAPTION,
    FAINT,
    INK,
    LINE,
    MUTED,
    RAISED,
    SURFACE,
    Token,
    wrap,
)

PAD = 10.0
STEP = 17.0
BETWEEN = 30.0


@dataclass
class Box:
    """A box of the diagram, and once it is placed its edges in px."""

    key: str
    removed: bool
    parents: list[str]
    label: str
    n: str
    reasons: list[tuple[str, str]] = field(default_factory=list)
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def lines(self, width: float) -> list[Text]:
        """What stands in the box, from its upper left corner."""
        found, y = [], PAD + STEP / 2

        def add(
            words: str,
            color: Token = INK,
            size: float = BODY,
            bold: bool = False,
            indent: float = 0,
        ) -> None:
            nonlocal y
            for line in wrap(words, width - 2 * PAD - indent, size, bold):
                found.append(Text(PAD + indent, y, line, "left", color, size, bold))
                y += STEP

        add(self.label, bold=not self.removed)
        add(self.n, INK if "=" in self.n else MUTED)
        for label, n in self.reasons:
            add(f"{label} ({n})", MUTED, CAPTION, indent=10)
        return found

    def place(self, left: float, top: float, right: float) -> None:
        """Take the width from `left` to `right` and the height that the text needs."""
        self.left, self.top, self.right = left, top, right
        self.bottom = top + 2 * PAD + STEP * len(self.lines(right - left))


def arrange(boxes: Mapping[str, Box], levels: Sequence[Sequence[Box]], layout: Layout) -> float:
    """Place every box level by level; return the height of the drawing."""
    top = 1.0
    for level in levels:
        each = (layout.width - BETWEEN / 2 * (len(level) - 1)) / len(level)
        beside = not layout.narrow and len(level) == 1
        lowest = top
        for place, box in enumerate(level):
            left = place * (each + BETWEEN / 2)
            removed = _removed(boxes, box)
            if beside:
                box.place(left + 1, top, 0.46 * layout.width)
                at = top
                for gone in removed:
                    gone.place(0.46 * layout.width + 52, at, layout.width - 1)
                    at = gone.bottom + 10
                if len(removed) == 1 and removed[0].bottom < box.bottom:
                    gone = removed[0]
                    gone.place(gone.left, box.middle[1] - (gone.bottom - gone.top) / 2, gone.right)
            else:
                box.place(left + 1, top, left + each - 1)
                at = box.bottom + 14
                for gone in removed:
                    gone.place(left + 44, at, left + each - 1)
                    at = gone.bottom + 10
            lowest = max(lowest, box.bottom, *(gone.bottom for gone in removed), top)
        top = lowest + BETWEEN
    return round(top - BETWEEN + 2)


def _removed(boxes: Mapping[str, Box], parent: Box) -> list[Box]:
    return [box for box in boxes.values() if box.removed and box.parents[0] == parent.key]


def draw(
    boxes: Mapping[str, Box], levels: Sequence[Sequence[Box]], layout: Layout, height: float
) -> alt.LayerChart:
    """Arrows, then boxes on top of them, then text."""
    lines: list[Segment] = []
    areas: list[Area] = []
    texts: list[Text] = []
    depth = {box.key: place for place, level in enumerate(levels) for box in level}
    for box in boxes.values():
        for parent in (boxes[key] for key in box.parents):
            if box.removed:
                path = _aside(parent, box)
            else:
                start = depth[parent.key]
                below = max(_lowest(boxes, other) for other in levels[start])
                indented = any(gone.left < parent.right for gone in _removed(boxes, parent))
                path = _down(parent, box, below, indented)
            drawn, head = _arrow(path)
            lines += drawn
            areas.append(head)
    for box in boxes.values():
        fill, outline = (RAISED, FAINT) if box.removed else (SURFACE, LINE)
        areas.append(Area(marks.box(box.left, box.top, box.right, box.bottom), fill, outline))
        texts += [
            text._replace(x=box.left + text.x, y=box.top + text.y)
            for text in box.lines(box.right - box.left)
        ]
    layers = [marks.segments(lines), marks.areas(areas), marks.texts(texts)]
    return assemble(layers, layout.width, height)


def _lowest(boxes: Mapping[str, Box], box: Box) -> float:
    return max([box.bottom, *(gone.bottom for gone in _removed(boxes, box))])


def _aside(parent: Box, box: Box) -> list[marks.Point]:
    """From a kept box to a removed one beside or below it."""
    level = box.middle[1]
    if box.left > parent.right:
        start = parent.middle[1]
        if box.top < start < box.bottom:
            return [(parent.right, start), (box.left, start)]
        turn = (parent.right + box.left) / 2
        return [(parent.right, start), (turn, start), (turn, level), (box.left, level)]
    return [(parent.left + 20, parent.bottom), (parent.left + 20, level), (box.left, level)]


def _down(parent: Box, box: Box, below: float, indented: bool) -> list[marks.Point]:
    """From a kept box to the next one, past what was removed below it."""
    start = parent.left + 20 if indented else parent.middle[0]
    if box.left + 10 <= start <= box.right - 10:
        return [(start, parent.bottom), (start, box.top)]
    end, turn = box.middle[0], below + BETWEEN / 2
    return [(start, parent.bottom), (start, turn), (end, turn), (end, box.top)]


def _arrow(points: Sequence[marks.Point]) -> tuple[list[Segment], Area]:
    """A line through `points`, horizontal and vertical in turn, with a head at the last one."""
    (x1, y1), (x2, y2) = points[-2:]
    along = 0.0 if x1 == x2 else (7.0 if x2 > x1 else -7.0)
    down = 0.0 if along else (7.0 if y2 > y1 else -7.0)
    base = (x2 - along, y2 - down)
    head = Area(
        (
            (x2, y2),
            (base[0] + 0.6 * down, base[1] + 0.6 * along),
            (base[0] - 0.6 * down, base[1] - 0.6 * along),
        ),
        LINE,
    )
    path = [*points[:-1], base]
    return [Segment(a, b, LINE, 1.2) for a, b in pairwise(path)], head
